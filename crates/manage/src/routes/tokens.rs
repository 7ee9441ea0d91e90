//! Tokens: made, listed and revoked; shown in the clear once (threat B3, E-21).

use enroll_schema::Timestamp;
use enroll_store::Directories;
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::{Secret, SecretKind, Tenants, TenantsError, Token};
use http::StatusCode;
use serde::Serialize;

use super::tenants::located;
use crate::{
    Manage,
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
        let integration = self.integration_of(&asked).await?;
        let secret = Secret::generate(SecretKind::Token)?;
        let row = self.add_token(&integration.id, &secret).await?;
        let below = format!("tokens/{}", row.id);
        let made = Made {
            row: shown(row, self.now()),
            token: secret.expose().to_owned(),
        };
        Ok(located(&below, json(StatusCode::CREATED, &made)?))
    }

    pub(crate) async fn revoke_token(self, asked: Asked) -> Answer {
        let (integration, id) = (self.integration_of(&asked).await?, asked.named("k"));
        let all = self.tenants().tokens(&integration.id).await?;
        // Another integration's token is as unknown as any (threat B4).
        if !all.iter().any(|token| token.id == id) {
            return Err(TenantsError::NoToken(id.chars().take(64).collect()).into());
        }
        self.tenants().revoke_token(id, self.now()).await?;
        Ok(nothing())
    }
}
