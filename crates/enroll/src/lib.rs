//! The façade an application depends on: SCIM in front, the synchronisation job behind, one database between.
//!
//! ```
//! use enroll::{Enroll, Provider};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite:{}", folder.path().join("enroll.db").display());
//! let enroll = Enroll::open(url).public_url("https://app.example.com").start().await?;
//! let okta = enroll.tenant("acme").connect(Provider::Okta).await?;
//! assert!(okta.base_url.starts_with("https://app.example.com/scim/int_"));
//! println!("paste {} and {} into Okta", okta.base_url, okta.token.expose());
//!
//! // Nest `enroll.scim()` under `/scim` of your own router, or let `enroll::serve` listen.
//! enroll.close().await?;
//! # Ok(()) }
//! ```
//!
//! Without [`Builder::accounts`] people and groups become accounts and access groups of the same database, to look at. Your
//! application brings its own [`sync::AccountSink`]: one method that makes an account be what it is told.
//!
//! ```
//! use enroll::{Enroll, sync::{AccountId, AccountSink, Item, Outcome}};
//!
//! /// Prints what an application would do.
//! struct Printer;
//!
//! impl AccountSink for Printer {
//!     async fn apply(&self, item: &Item) -> Outcome {
//!         let Some(account) = &item.account else { return Outcome::Unchanged };
//!         println!("{:?} is to be active: {}", account.email, account.active);
//!         let own = || AccountId::new(format!("u_{}", item.subject.id));
//!         Outcome::applied(item.app_ref.clone().unwrap_or_else(own))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let url = format!("sqlite:{}", folder.path().join("enroll.db").display());
//! let enroll = Enroll::open(url).accounts(Printer).start().await?;
//! let nobody = enroll.tenant("acme").explain("pat@acme.example").await?;
//! assert!(nobody.is_none());
//! # enroll.close().await?; Ok(()) }
//! ```
//!
//! # Limits and errors
//! One process serves a database, and a second one is refused; commands beside it use
//! [`Builder::without_sync`]. The job ends with the last handle, whoever still has the services. A SCIM write never waits for the
//! application and never fails because of it. [`Error`] says what to change. Dropping every handle without [`Enroll::close`]
//! loses nothing that was acknowledged, but the last lines of the request log.

mod alerts;
mod builder;
mod claim;
mod counting;
mod error;
mod everything;
mod handle;
mod ids;
mod job;
mod keeper;
mod steady;
mod tenant;

pub use builder::Builder;
pub use enroll_core::Pii;
pub use enroll_http::Rate;
pub use enroll_quirks::Dialect as Provider;
pub use error::{Error, Result};
pub use everything::Everything;
pub use handle::Enroll;
pub use ids::random;
pub use keeper::Retention;
pub use tenant::{Connection, Place, TenantHandle};

pub use {
    enroll_alert as alert, enroll_core as core, enroll_deliver as deliver, enroll_http as http,
    enroll_manage as manage, enroll_quirks as quirks, enroll_schema as schema,
    enroll_store as store, enroll_sync as sync, enroll_tenants as tenants,
};

use enroll_http::server::{Connections, Serve};
use tokio::net::TcpListener;

/// Serves `service` on `listener` until `stop` resolves, with every deadline set; then running requests are finished.
///
/// # Errors
/// When the listener is lost.
pub async fn serve(
    listener: TcpListener,
    service: impl Serve,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    Ok(enroll_http::server::serve(listener, service, Connections::default(), stop).await?)
}
