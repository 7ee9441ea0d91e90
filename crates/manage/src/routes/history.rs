//! What was applied, who lost what by which cause, and giving it back (sync §8b).

use std::collections::BTreeSet;

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};
use enroll_sync::{Accounts, Affected, Happened, Ledger, LeftOut, Say, Span, Subject, Touch};
use enroll_tenants::Tenants;
use serde::Serialize;
use serde_json::Value;

use super::item::Line;
use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, Page, ok},
    asked::Asked,
    cursor::List,
    fields::Fields,
    problem::quoted,
};

/// Who gets access back, and who does not.
#[derive(Serialize)]
struct Returned {
    cause: String,
    until: Timestamp,
    kept: Vec<Affected>,
    left_out: Vec<Left>,
}

#[derive(Serialize)]
struct Left {
    #[serde(flatten)]
    one: Affected,
    why: LeftOut,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    /// Lists applied changes, newest first.
    pub(crate) async fn list_history(self, asked: Asked) -> Answer {
        let (tenant, limit) = (self.tenant_of(&asked).await?, asked.limit()?);
        let last = self.ledger().context(&tenant.id).await?.seq;
        let before = asked.place(List::History)?.unwrap_or(last + 1);
        let who = match asked.parameter("subject") {
            None => None,
            Some(who) => Some(self.ledger().find(&tenant.id, who).await?),
        };
        let found = self
            .changes(&tenant.id, before, who.as_deref(), limit)
            .await?;
        let page = Page::cut(List::History, found, limit, |one| one.seq.to_string());
        ok(&page.map(|one| Line::of(&one.item, one.at).numbered(one.seq)))
    }

    /// Reads one change more than `limit` before a number, newest first: numbers have no gaps.
    async fn changes(
        &self,
        tenant: &TenantId,
        before: u64,
        who: Option<&[Subject]>,
        limit: usize,
    ) -> Result<Vec<Happened>, Problem> {
        let (mut found, mut end) = (Vec::new(), before.saturating_sub(1));
        let is_wanted = |one: &Happened| who.is_none_or(|who| who.contains(&one.item.subject));
        while end > 0 && found.len() <= limit {
            let start = end.saturating_sub(STRETCH);
            let most = u32::try_from(end - start).unwrap_or(u32::MAX);
            let mut stretch = self.ledger().happened(tenant, start, most).await?;
            stretch.reverse();
            found.extend(stretch.into_iter().filter(is_wanted));
            end = start;
        }
        Ok(found)
    }

    pub(crate) async fn show_impact(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let now = self.now();
        let day = Timestamp::from_millis(now.as_millis().saturating_sub(DAY_MILLIS));
        let from = instant(&asked, "from")?.unwrap_or(day);
        let to = instant(&asked, "to")?.unwrap_or_else(|| just_after(now));
        let effect = asked.parameter("effect").map(effect).transpose()?;
        let mut impact = self.desk().impact(&tenant.id, from, to).await?;
        if let Some(effect) = effect {
            for cause in &mut impact.causes {
                cause.people.retain(|one| one.effect == effect);
            }
            impact.causes.retain(|cause| !cause.people.is_empty());
        }
        ok(&impact)
    }

    pub(crate) async fn give_back(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let (now, actor) = (self.now(), asked.actor());
        let mut fields = asked.fields()?;
        let cause = fields.text("cause")?;
        let cause =
            cause.ok_or_else(|| Problem::value("cause", "send the id of a cause of …/impact"))?;
        let since = match fields.text("since")? {
            None => Timestamp::from_millis(now.as_millis().saturating_sub(WEEK_MILLIS)),
            Some(text) => Timestamp::parse(&text)
                .ok_or_else(|| Problem::value("since", "expected 2027-01-31T00:00:00Z"))?,
        };
        let until = span(&mut fields, "for")?.unwrap_or(TWO_DAYS).after(now);
        let people = fields.list("people")?.unwrap_or_default();
        let people = people.iter().map(|name| name.as_str().map(str::to_owned));
        let people: Option<BTreeSet<String>> = people.collect();
        let people = people.ok_or_else(|| Problem::value("people", "expected texts"))?;
        let say = Say {
            approved: true,
            by: fields.name("by")?.unwrap_or_else(|| actor.clone()),
            reason: reason(&mut fields)?,
        };
        let impact = self
            .desk()
            .impact(&tenant.id, since, just_after(now))
            .await?;
        let known = impact.causes.iter().find(|known| known.id == cause);
        let known = known.ok_or_else(|| {
            let detail = format!(
                "no cause {} since {since}; …/impact lists them",
                quoted(&cause)
            );
            Problem::not_found(detail)
        })?;
        let back = self
            .desk()
            .give_back(&tenant.id, known, &people, until, (&say, now))
            .await?;
        let target = format!("{cause}: {} people until {until}", back.kept.len());
        self.noted(&tenant.id, &actor, "sync.give_back", target, Some(&say))
            .await?;
        self.wake();
        let left = back.left_out.into_iter();
        ok(&Returned {
            cause,
            until,
            kept: back.kept,
            left_out: left.map(|(one, why)| Left { one, why }).collect(),
        })
    }
}

/// Changes read at once.
const STRETCH: u64 = 1_000;
const DAY_MILLIS: i64 = 86_400_000;
/// How far back a cause is looked for unless told.
const WEEK_MILLIS: i64 = 7 * DAY_MILLIS;
/// How long access is given back unless told.
const TWO_DAYS: Span = Span::from_millis(2 * DAY_MILLIS);

/// Takes the reason of something that asks for one.
pub(super) fn reason(fields: &mut Fields) -> Result<String, Problem> {
    let reason = fields.name("reason")?;
    reason.ok_or_else(|| Problem::value("reason", "say why, for whoever reads it later"))
}

/// Takes a span of time, such as `48h`.
pub(super) fn span(fields: &mut Fields, key: &str) -> Result<Option<Span>, Problem> {
    let Some(text) = fields.text(key)? else {
        return Ok(None);
    };
    let span = serde_json::from_value(Value::String(text));
    span.map(Some)
        .map_err(|_| Problem::value(key, "expected a span such as 30m, 48h or 7d"))
}

fn just_after(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_add(1))
}

fn instant(asked: &Asked, name: &str) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = asked.parameter(name) else {
        return Ok(None);
    };
    let detail = format!("{name}: expected an instant such as 2027-01-31T00:00:00Z");
    let refused = || Problem::new(ProblemKind::InvalidParameter, detail).at(name);
    Timestamp::parse(text).map(Some).ok_or_else(refused)
}

fn effect(text: &str) -> Result<Touch, Problem> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|_| {
        let detail = "effect: expected lost, gained, moved, held or blocked";
        Problem::new(ProblemKind::InvalidParameter, detail).at("effect")
    })
}
