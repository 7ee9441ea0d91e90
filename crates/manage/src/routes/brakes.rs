//! Freezing what the job does, and announcing removals (sync §4).

use enroll_schema::Timestamp;
use enroll_store::Directories;
use enroll_sync::{Accounts, Guards, Ledger, Say};
use enroll_tenants::Tenants;
use serde::Serialize;
use serde_json::json;

use super::history::{reason, span};
use crate::{
    Manage, Problem,
    answer::{Answer, ok},
    asked::Asked,
};

/// The brakes as they are after the change.
#[derive(Serialize)]
struct Shown {
    guards: Guards,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    /// Keeps removals, or everything, from happening; the brake is the tenant's.
    pub(crate) async fn freeze(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        let (tenant, actor) = (integration.tenant, asked.actor());
        let mut fields = asked.fields()?;
        let what = fields
            .text("what")?
            .unwrap_or_else(|| "removals".to_owned());
        if !["none", "removals", "all"].contains(&what.as_str()) {
            return Err(Problem::value("what", "expected none, removals or all"));
        }
        let say = Say {
            approved: true,
            by: fields.name("by")?.unwrap_or_else(|| actor.clone()),
            reason: reason(&mut fields)?,
        };
        let change = json!({"guards": {"freeze": what}});
        let policy = self.desk().patch_policy(&tenant, &change, self.now());
        let guards = policy.await?.guards;
        self.noted(&tenant, &actor, "integration.freeze", what, Some(&say))
            .await?;
        self.wake();
        ok(&Shown { guards })
    }

    /// Raises both limits on removals for a while.
    pub(crate) async fn expect_removals(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        let (tenant, actor, now) = (integration.tenant, asked.actor(), self.now());
        let mut fields = asked.fields()?;
        let removals = fields.number("removals")?;
        let removals = removals.ok_or_else(|| Problem::value("removals", "say how many"))?;
        let until = match (fields.text("until")?, span(&mut fields, "for")?) {
            (None, Some(span)) => span.after(now),
            (Some(text), None) => Timestamp::parse(&text)
                .filter(|at| *at > now)
                .ok_or_else(|| Problem::value("until", "expected an instant to come"))?,
            _ => {
                return Err(Problem::value(
                    "until",
                    "send it, or for (a span such as 6h)",
                ));
            }
        };
        let say = Say {
            approved: true,
            by: fields.name("by")?.unwrap_or_else(|| actor.clone()),
            reason: reason(&mut fields)?,
        };
        let announced = json!({"removals": removals, "until": until, "reason": say.reason});
        let change = json!({"guards": {"announced": announced}});
        let policy = self.desk().patch_policy(&tenant, &change, now);
        let guards = policy.await?.guards;
        let target = format!("{removals} removals until {until}");
        self.noted(&tenant, &actor, "integration.expect", target, Some(&say))
            .await?;
        self.wake();
        ok(&Shown { guards })
    }
}
