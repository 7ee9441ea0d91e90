//! Commands on the machine itself: the first key, tenants, integrations.

use std::process::ExitCode;

use enroll::{Connection, Enroll, Place as NewPlace};
use serde_json::json;

use crate::{
    cli::{IntegrationOptions, Place, TenantOptions},
    config, listen,
    report::{self, Failure},
    serve,
};

/// Makes a management key.
pub(crate) async fn new_key(place: Place) -> Result<ExitCode, Failure> {
    let enroll = open(&place).await?;
    let key = enroll.new_manage_key().await?;
    if place.json {
        report::line(&json!({"key": key.expose()}).to_string());
    } else {
        report::line(&format!(
            "{}\n\nShown once. Send it as `Authorization: Bearer …` to /v1.",
            key.expose()
        ));
    }
    finish(enroll).await
}

/// Makes or renames a tenant.
pub(crate) async fn add_tenant(options: TenantOptions) -> Result<ExitCode, Failure> {
    let enroll = open(&options.place).await?;
    let tenant = enroll.tenant(&options.id);
    let known = tenant.find().await?.map(|tenant| tenant.name);
    let name = options.name.or(known).unwrap_or_else(|| options.id.clone());
    let new = tenant.put(&name).await?;
    if options.place.json {
        report::line(&json!({"tenant": options.id, "name": name, "new": new}).to_string());
    } else {
        let done = if new {
            "made"
        } else {
            "is there already; its name is"
        };
        report::line(&format!(
            "tenant {} {done} {name:?}",
            listen::plain(&options.id)
        ));
    }
    finish(enroll).await
}

/// Makes an integration with its first token.
pub(crate) async fn add_integration(options: IntegrationOptions) -> Result<ExitCode, Failure> {
    let idp = listen::known_idp(&options.idp)?;
    let enroll = open(&options.place).await?;
    let tenant = enroll.tenant(&options.tenant);
    if tenant.find().await?.is_none() {
        let id = listen::plain(&options.tenant);
        return Err(Failure::new(format!(
            "there is no tenant {id}; make it first: enroll tenant add {id}"
        )));
    }
    let name = options.name.as_deref().unwrap_or(&idp);
    let made = tenant.connect_as(NewPlace::fresh(name, &idp)).await?;
    let Connection {
        integration,
        base_url,
        token,
        ..
    } = &made;
    if options.place.json {
        report::line(
            &json!({"id": integration, "base_url": base_url, "token": token.expose()}).to_string(),
        );
    } else {
        report::line(&format!(
            "integration {integration}\n  Base URL  {base_url}\n  Token     {}   (shown once)",
            token.expose()
        ));
    }
    finish(enroll).await
}

async fn open(place: &Place) -> Result<Enroll, Failure> {
    let config = config::read(&place.config)?;
    Ok(serve::open(&config)?.without_sync().start().await?)
}

async fn finish(enroll: Enroll) -> Result<ExitCode, Failure> {
    enroll.close().await?;
    Ok(ExitCode::SUCCESS)
}
