//! Lets Okta bring people into an axum application, beside the application's own routes.
//!
//! `LISTEN=127.0.0.1:8080 cargo run -p enroll-examples --example in_axum` tells what Okta asks.
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::{env, error::Error};

use axum::{Router, routing::get};
use enroll::sync::{AccountId, AccountSink, Item, Outcome, Preset};
use enroll::{Enroll, Provider};
use tokio::{net::TcpListener, signal};

/// Where the application would change its own accounts; this one only tells.
struct Users;

impl AccountSink for Users {
    async fn apply(&self, item: &Item) -> Outcome {
        println!("{}: {:?}", item.name, item.account);
        let own = || AccountId::new(item.subject.id.as_str());
        Outcome::applied(item.app_ref.clone().unwrap_or_else(own))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(env::var("LISTEN").unwrap_or("127.0.0.1:0".into())).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let database = env::var("DATABASE_URL").unwrap_or("sqlite:enroll.db".into());
    let setup = Enroll::open(database).public_url(&origin).accounts(Users);
    let enroll = setup.preset(Preset::HandsOff).start().await?;
    println!("SCIM is at {origin}/scim");
    if enroll.tenant("acme").put("Acme").await? {
        let okta = enroll.tenant("acme").connect(Provider::Okta).await?;
        println!("base URL {}, token {}", okta.base_url, okta.token.expose());
    }
    let mine = Router::new().route("/", get("the application itself"));
    let app = mine.nest_service("/scim", enroll.scim());
    let once = env::var_os("ENROLL_EXAMPLE_ONCE").is_some();
    let stop = async move { _ = once || signal::ctrl_c().await.is_ok() };
    let server = axum::serve(listener, app).with_graceful_shutdown(stop);
    server.await?;
    Ok(enroll.close().await?)
}
