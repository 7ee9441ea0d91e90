//! What identity providers really send, rewritten to what they meant.

mod dialect;
mod inbound;
mod table;

pub use dialect::{Dialect, Policy};
pub use inbound::{Applied, Incoming, inbound};
pub use table::{Effect, QUIRKS, Quirk};
