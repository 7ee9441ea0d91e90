//! The core as a tower and hyper service with bearer authentication.

mod address;
mod admit;
mod body;
mod callers;
mod guard;
mod ids;
mod notebook;
mod scim;
pub mod server;

pub use admit::{Admit, Admitted, ByToken};
pub use body::{BoxError, ReplyBody};
pub use callers::Rate;
pub use ids::system_clock;
pub use scim::{Options, Scim};
