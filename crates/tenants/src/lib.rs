//! Who may call, and which directory that is: tenants, integrations, bearer tokens, management keys.
//!
//! A *tenant* is one customer of the application and carries the operator's own id. It has
//! *integrations*, one per identity provider; an integration has exactly one directory, of the same
//! id. A SCIM caller shows a bearer token; the token alone says which directory it reads and writes
//! (threats B4, B5). An operator shows a management key, which opens what its [`Scopes`] say, of every
//! tenant or of one.
//!
//! Secrets are 256 random bits with check digits; stored is only their SHA-256, found by a look-up
//! value that is itself a hash, compared in constant time (threat B3). A secret is shown once, when
//! it is made.
//!
//! # Making and checking a token
//! ```
//! use enroll_tenants::{Secret, SecretKind};
//!
//! let token = Secret::generate(SecretKind::Token)?;
//! assert!(token.expose().starts_with("scim_live_"));
//! assert!(Secret::mistyped(&token.expose().replacen("scim_live_", "scim_live_x", 1)));
//! assert_eq!(format!("{token:?}"), "Secret(…)");
//! # Ok::<(), enroll_tenants::TenantsError>(())
//! ```
//!
//! # Who is it?
//! [`Gate`] answers for a presented token, over any [`Tenants`]:
//! ```
//! # use std::pin::pin; use std::task::{Context, Poll, Waker};
//! # fn wait<T>(f: impl Future<Output = T>) -> T { match pin!(f).poll(&mut Context::from_waker(Waker::noop())) { Poll::Ready(v) => v, Poll::Pending => unreachable!() } }
//! use enroll_schema::Timestamp;
//! use enroll_store::{DirectoryId, TenantId};
//! use enroll_tenants::{Gate, Integration, MemoryTenants, Secret, SecretKind, Tenants, Token};
//!
//! let (tenants, now) = (MemoryTenants::default(), Timestamp::from_millis(0));
//! let acme = TenantId::new("acme");
//! let okta = Integration::new(DirectoryId::new("int_1"), acme.clone(), "Okta", "okta", now);
//! let secret = Secret::generate(SecretKind::Token)?;
//! wait(tenants.put_tenant(&acme, "Acme", now))?;
//! wait(tenants.add_integration(okta))?;
//! wait(tenants.add_token(Token::new("tok_1", &DirectoryId::new("int_1"), &secret, now)))?;
//!
//! let gate = Gate::new(tenants);
//! let access = wait(gate.admit(secret.expose(), now))?.expect("a live token");
//! assert_eq!(access.directory.as_str(), "int_1");
//! assert!(wait(gate.admit("anything else", now))?.is_none());
//! # Ok::<(), enroll_tenants::TenantsError>(())
//! ```
//!
//! # Limits and errors
//! At most [`TOKENS_LIVE_MAX`] live tokens per integration (E-21) and [`KEYS_LIVE_MAX`] live keys. A revoked or expired token is
//! refused on the next request; one that another process revoked, within a second. [`TenantsError`]
//! says what is taken, unknown, or broken.

mod contract;
mod error;
mod fault;
mod gate;
mod memory;
mod model;
mod scope;
mod secret;

pub use contract::Tenants;
pub use error::{Result, TenantsError};
pub use fault::TokenFault;
pub use gate::{Access, Gate};
pub use memory::MemoryTenants;
pub use model::{Integration, KEYS_LIVE_MAX, Key, Learned, Lookup, TOKENS_LIVE_MAX, Tenant, Token};
pub use scope::{Scope, Scopes};
pub use secret::{Digest, Secret, SecretKind};
