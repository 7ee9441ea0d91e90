//! The provisioning core, sans-IO: a [`Call`] goes in, a [`Reply`] comes out.

mod anywhere;
mod call;
mod directory;
mod discovery;
mod exchange;
mod media;
mod note;
mod params;
mod precondition;
mod project;
mod refusal;
mod reply;
mod route;
mod served;
mod stream;
mod verbs;
mod write;

pub use call::{Call, Headers};
pub use directory::{Core, Directory, Options};
pub use reply::{Body, BoxFuture, Chunks, Log, Reply};
