//! Tokens: made, listed and revoked; shown in the clear once (threat B3, E-21).

use enroll_schema::Timestamp;
use enroll_store::{Directories, DirectoryId};
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::{
    Digest, Integration, Lookup, Secret, SecretKind, Tenants, TenantsError, Token,
};
use http::StatusCode;
use serde::Serialize;

use super::tenants::located;
use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, Page, json, nothing, ok},
    asked::Asked,
};

/// A token as it is shown; never the secret or its digest.
#[derive(Serialize)]
struct Shown {
    id: String,
    created: Timestamp,
    expires: Timestamp,
    last_used: Option<Timestamp>,
    revoked: Option<Timestamp>,
    live: bool,
}

/// A token that was just made.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    row: Shown,
    token: String,
}

fn shown(token: Token, now: Timestamp) -> Shown {
    Shown {
        live: token.is_live(now),
        id: token.id,
        created: token.created,
        expires: token.expires,
        last_used: token.last_used,
        revoked: token.revoked,
    }
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_tokens(self, asked: Asked) -> Answer {
        let (integration, now) = (self.integration_of(&asked).await?, self.now());
        let all = self.tenants().tokens(&integration.id).await?;
        let shown = all.into_iter().map(|token| shown(token, now)).collect();
        ok(&Page::<Shown>::whole(shown))
    }

    pub(crate) async fn make_token(self, asked: Asked) -> Answer {
        let (integration, actor) = (self.integration_of(&asked).await?, asked.actor());
        let made = self.made_token(&integration, asked).await?;
        let target = integration.id.to_string();
        self.noted(&integration.tenant, &actor, "token.new", target, None)
            .await?;
        Ok(made)
    }

    async fn made_token(&self, integration: &Integration, asked: Asked) -> Answer {
        let mut fields = asked.fields()?;
        if let Some(digest) = fields.text("sha256")? {
            let expires = fields.text("expires")?;
            return self.take_token(&integration.id, &digest, expires).await;
        }
        if fields.text("expires")?.is_some() {
            return Err(Problem::value("expires", "send it with sha256 only"));
        }
        let secret = Secret::generate(SecretKind::Token)?;
        let row = self.add_token(&integration.id, &secret).await?;
        let below = format!("tokens/{}", row.id);
        let made = Made {
            row: shown(row, self.now()),
            token: secret.expose().to_owned(),
        };
        Ok(located(&below, json(StatusCode::CREATED, &made)?))
    }

    /// Takes a token that the provider has already, by its SHA-256: it is never seen in the clear.
    async fn take_token(&self, of: &DirectoryId, digest: &str, expires: Option<String>) -> Answer {
        let digest = Digest::from_hex(digest).ok_or_else(|| {
            Problem::value(
                "sha256",
                "expected the 64 hex digits of the token's SHA-256",
            )
        })?;
        // Of a variable that was not set, without and with a line break.
        if ["", "\n"].map(Digest::of).contains(&digest) {
            let detail = "this is the SHA-256 of an empty text: was the variable set?";
            return Err(Problem::value("sha256", detail));
        }
        let now = self.now();
        let expires = expires
            .map(|text| {
                let at = Timestamp::parse(&text).filter(|at| *at > now);
                let expected = "expected an instant to come: 2027-01-31T00:00:00Z";
                at.ok_or_else(|| Problem::value("expires", expected))
            })
            .transpose()?;
        let alike = self.tenants().find_tokens(Lookup::of(&digest)).await?;
        if alike.iter().any(|row| row.digest == digest) {
            let detail = "this token is known already; a token opens one integration";
            return Err(Problem::new(ProblemKind::Exists, detail));
        }
        let row = Token::imported(&(self.options().ids)("tok"), of, digest, now, expires);
        self.tenants().add_token(row.clone()).await?;
        let below = format!("tokens/{}", row.id);
        Ok(located(
            &below,
            json(StatusCode::CREATED, &shown(row, now))?,
        ))
    }

    pub(crate) async fn revoke_token(self, asked: Asked) -> Answer {
        let (integration, id) = (self.integration_of(&asked).await?, asked.named("k"));
        let all = self.tenants().tokens(&integration.id).await?;
        // Another integration's token is as unknown as any (threat B4).
        if !all.iter().any(|token| token.id == id) {
            return Err(TenantsError::NoToken(id.chars().take(64).collect()).into());
        }
        self.tenants().revoke_token(id, self.now()).await?;
        let (tenant, target) = (&integration.tenant, format!("{} {id}", integration.id));
        self.noted(tenant, &asked.actor(), "token.revoke", target, None)
            .await?;
        Ok(nothing())
    }
}
