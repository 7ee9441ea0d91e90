//! Commands on the machine itself: the first key, tenants, integrations.

use std::process::ExitCode;

use enroll::{
    Connection, Enroll, Place as NewPlace,
    tenants::{Key, Scope, Scopes},
};
use serde_json::{Value, json};

use crate::{
    cli::{IntegrationOptions, KeyOptions, Place, RevokeOptions, TenantOptions},
    config, listen,
    report::{self, Failure},
    serve,
};

/// Makes a management key.
pub(crate) async fn new_key(options: KeyOptions) -> Result<ExitCode, Failure> {
    let enroll = open(&options.place).await?;
    let scopes = match options.scope.as_slice() {
        [] => Scopes::FULL,
        some => some.iter().copied().collect(),
    };
    let (name, tenant) = (options.name.as_deref(), options.tenant.as_deref());
    let (row, key) = enroll.make_manage_key(name, scopes, tenant).await?;
    if options.place.json {
        let mut shown = shown(&row);
        if let Value::Object(members) = &mut shown {
            members.insert("key".to_owned(), key.expose().into());
        }
        report::line(&shown.to_string());
    } else {
        report::line(&format!(
            "{}\n\n{}\nShown once. Send it as `Authorization: Bearer …` to /v1.",
            key.expose(),
            told(&row)
        ));
    }
    finish(enroll).await
}

/// Lists the management keys.
pub(crate) async fn list_keys(place: Place) -> Result<ExitCode, Failure> {
    let enroll = open(&place).await?;
    for key in enroll.manage_keys().await? {
        if place.json {
            report::line(&shown(&key).to_string());
        } else {
            report::line(&told(&key));
        }
    }
    finish(enroll).await
}

/// Revokes a management key.
pub(crate) async fn revoke_key(options: RevokeOptions) -> Result<ExitCode, Failure> {
    let enroll = open(&options.place).await?;
    enroll.revoke_manage_key(&options.id).await?;
    if options.place.json {
        report::line(&json!({"id": options.id, "revoked": true}).to_string());
    } else {
        report::line(&format!("key {} is revoked", listen::plain(&options.id)));
    }
    finish(enroll).await
}

/// Shows a key as the management API does, without the secret.
fn shown(key: &Key) -> Value {
    let scopes: Vec<_> = key.scopes.iter().map(Scope::name).collect();
    json!({
        "id": key.id, "name": key.name, "scopes": scopes, "tenant": key.tenant,
        "created": key.created, "revoked": key.revoked, "live": key.is_live(),
    })
}

/// Tells of a key in a line.
fn told(key: &Key) -> String {
    let tenant = key.tenant.as_ref().map_or_else(
        || "every tenant".to_owned(),
        |id| format!("tenant {}", listen::plain(id.as_str())),
    );
    let end = if key.is_live() { "" } else { "  revoked" };
    format!(
        "{}  {}  {tenant}  {}{end}",
        key.id,
        key.scopes,
        listen::plain(&key.name)
    )
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
