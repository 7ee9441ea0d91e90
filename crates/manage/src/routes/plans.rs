//! Stored plans (sync §3): made, listed, shown, applied, approved and rejected; what stands open.

use std::{collections::BTreeSet, time::Duration};

use enroll_store::{Directories, TenantId};
use enroll_sync::{
    Accounts, Class, Code, Fate, ItemFilter, Ledger, OpenFilter, Planned, Say, State, StoredPlan,
    Subject, Which,
};
use enroll_tenants::Tenants;
use http::StatusCode;
use serde::Serialize;

use super::{item::Line, sync::WAIT_SECONDS_MAX, tenants::located};
use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, Page, json, ok, one_more},
    asked::Asked,
    cursor::List,
    fields::Fields,
    problem::quoted,
};

/// A plan with a page of its items.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    plan: StoredPlan,
    #[serde(flatten)]
    page: Page<Line>,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn make_plan(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let wait = asked.number("wait", 0, WAIT_SECONDS_MAX)?;
        let wait = Duration::from_secs(wait.unwrap_or(WAIT_SECONDS));
        let actor = asked.actor();
        let by = asked.fields()?.name("by")?.unwrap_or(actor);
        self.rested(&tenant.id, wait).await?;
        let plan = self.desk().make_plan(&tenant.id, &by, self.now()).await?;
        let below = format!("plans/{}", plan.id);
        Ok(located(&below, json(StatusCode::CREATED, &plan)?))
    }

    pub(crate) async fn list_plans(self, asked: Asked) -> Answer {
        let (tenant, limit) = (self.tenant_of(&asked).await?, asked.limit()?);
        let before = asked.place(List::Plans)?;
        let plans = self
            .ledger()
            .stored_plans(&tenant.id, before, one_more(limit))
            .await?;
        let key = |plan: &StoredPlan| plan.id.to_string();
        ok(&Page::cut(List::Plans, plans, limit, key))
    }

    pub(crate) async fn show_plan(self, asked: Asked) -> Answer {
        let (tenant, limit) = (self.tenant_of(&asked).await?, asked.limit()?);
        let plan = self.plan_of(&tenant.id, &asked).await?;
        let after = asked.place(List::Items)?.unwrap_or(0);
        let filter = filter(&asked)?;
        let most = limit.saturating_add(1);
        let items = self
            .desk()
            .planned(&tenant.id, plan.id, filter, (after, most))
            .await?;
        let key = |(one, _): &(Planned, Fate)| one.place.to_string();
        let page = Page::cut(List::Items, items, limit, key)
            .map(|(one, fate)| Line::of(&one.item, one.at).placed(one.place, fate));
        ok(&Shown { plan, page })
    }

    /// Lists what stands open now, without storing it.
    pub(crate) async fn list_open(self, asked: Asked) -> Answer {
        let (tenant, limit) = (self.tenant_of(&asked).await?, asked.limit()?);
        let filter = filter(&asked)?;
        let mut after = asked
            .after(List::Open)?
            .map(|key| subject(&key))
            .transpose()?;
        let mut lines = Vec::new();
        while lines.len() <= limit {
            let page = self
                .desk()
                .open_decisions(&tenant.id, OpenFilter::ALL, after, one_more(limit))
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.item.subject.clone());
            lines.extend(page.into_iter().filter(|last| filter.wants(&last.item)));
        }
        let page = Page::cut(List::Open, lines, limit, |last| {
            last.item.subject.to_string()
        });
        ok(&page.map(|last| Line::of(&last.item, last.at)))
    }

    pub(crate) async fn apply_plan(self, asked: Asked) -> Answer {
        self.decide(asked, true, "plan.apply", |_| Ok(Some(Which::Ready)))
            .await
    }

    pub(crate) async fn approve_plan(self, asked: Asked) -> Answer {
        self.decide(asked, true, "plan.approve", chosen).await
    }

    pub(crate) async fn reject_plan(self, asked: Asked) -> Answer {
        self.decide(asked, false, "plan.reject", chosen).await
    }

    async fn decide(
        self,
        asked: Asked,
        approved: bool,
        action: &'static str,
        choose: fn(&mut Fields) -> Result<Option<Which>, Problem>,
    ) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let plan = self.plan_of(&tenant.id, &asked).await?;
        let actor = asked.actor();
        let mut fields = asked.fields()?;
        let which = match choose(&mut fields)? {
            Some(which) => which,
            None => Which::Of(self.named(&tenant.id, plan.id, &mut fields).await?),
        };
        let reason = fields.name("reason")?;
        if reason.is_none() && which != Which::Ready {
            return Err(Problem::value(
                "reason",
                "say why, for whoever reads it later",
            ));
        }
        let say = Say {
            approved,
            by: fields.name("by")?.unwrap_or_else(|| actor.clone()),
            reason: reason.unwrap_or_default(),
        };
        let done = self
            .desk()
            .decide_plan(&tenant.id, plan.id, &which, (&say, self.now()))
            .await?;
        let target = format!("plan {}: {}, {} items", plan.id, told(&which), done.decided);
        self.noted(&tenant.id, &actor, action, target, Some(&say))
            .await?;
        self.wake();
        ok(&done)
    }

    /// Finds the items meant, by subject, place, userName or address.
    async fn named(
        &self,
        tenant: &TenantId,
        plan: u64,
        fields: &mut Fields,
    ) -> Result<Vec<Subject>, Problem> {
        let expected = "send items (a list), guard (a code), or all: true";
        let list = fields.list("items")?;
        let list = list.ok_or_else(|| Problem::value("items", expected))?;
        let mut wanted = BTreeSet::new();
        for name in list {
            let text = name.as_str().map(str::to_lowercase);
            let text = text.or_else(|| name.as_u64().map(|place| place.to_string()));
            wanted.insert(text.ok_or_else(|| Problem::value("items", "expected texts"))?);
        }
        let (mut found, mut met, mut after) = (Vec::new(), BTreeSet::new(), 0);
        loop {
            let page = self.ledger().planned(tenant, plan, after, 1_000).await?;
            let Some(last) = page.last() else { break };
            after = last.place;
            for one in page {
                let names = names(&one);
                let hits: Vec<_> = names.iter().filter(|name| wanted.contains(*name)).collect();
                if !hits.is_empty() {
                    met.extend(hits.into_iter().cloned());
                    found.push(one.item.subject);
                }
            }
        }
        match wanted.iter().find(|name| !met.contains(*name)) {
            None => Ok(found),
            Some(name) => {
                let detail = format!("plan {plan} has no item of {}", quoted(name));
                Err(Problem::not_found(detail))
            }
        }
    }

    /// Finds the plan that the path names.
    async fn plan_of(&self, tenant: &TenantId, asked: &Asked) -> Result<StoredPlan, Problem> {
        let text = asked.named("n");
        let plan = match (text.parse(), text) {
            (Ok(number), _) => self.desk().stored_plan(tenant, number).await?,
            (Err(_), "latest") => self.ledger().stored_plans(tenant, None, 1).await?.pop(),
            (Err(_), _) => None,
        };
        plan.ok_or_else(|| {
            let detail = format!(
                "there is no plan {}; POST /v1/tenants/{{t}}/plans makes one",
                quoted(text)
            );
            Problem::not_found(detail)
        })
    }
}

/// How long a plan waits for news that is on its way.
const WAIT_SECONDS: u64 = 30;

fn names(one: &Planned) -> Vec<String> {
    let account = one.item.account.as_ref();
    let email = account.and_then(|account| account.email.as_deref());
    let names = [Some(one.item.name.as_str()), email];
    let names = names.into_iter().flatten().map(str::to_lowercase);
    let subject = one.item.subject.to_string().to_lowercase();
    let id = one.item.subject.id.to_string().to_lowercase();
    names.chain([subject, id, one.place.to_string()]).collect()
}

/// Reads what is decided on, unless items are named.
fn chosen(fields: &mut Fields) -> Result<Option<Which>, Problem> {
    let guard = fields.text("guard")?;
    match (fields.flag("all")?.unwrap_or(false), guard) {
        (true, Some(_)) => Err(Problem::value("guard", "send it or all: true, not both")),
        (true, None) => Ok(Some(Which::All)),
        (false, Some(guard)) => Ok(Some(Which::HeldBy(brake(&guard)?))),
        (false, None) => Ok(None),
    }
}

/// Finds the code that holds, by its name or a part of it: `mass` is `H_MASS_DEACTIVATION`.
fn brake(text: &str) -> Result<String, Problem> {
    let wanted = text.trim().to_uppercase().replace('-', "_");
    let held = Code::ALL.iter().filter(|code| code.class() == Class::Held);
    let codes: Vec<&str> = held.map(|code| code.as_str()).collect();
    if codes.contains(&wanted.as_str()) {
        return Ok(wanted);
    }
    let near: Vec<_> = codes.iter().filter(|code| code.contains(&wanted)).collect();
    match near.as_slice() {
        [one] if !wanted.is_empty() => Ok((**one).to_owned()),
        _ => {
            let expected = format!("expected one of {}", codes.join(", "));
            Err(Problem::value("guard", expected))
        }
    }
}

fn told(which: &Which) -> String {
    match which {
        Which::Ready => "ready".to_owned(),
        Which::All => "all".to_owned(),
        Which::HeldBy(code) => code.clone(),
        Which::Of(subjects) => {
            let names = subjects.iter().take(NAMES_TOLD).map(ToString::to_string);
            names.collect::<Vec<_>>().join(" ")
        }
    }
}

/// Most subjects named in a line of the audit log.
const NAMES_TOLD: usize = 20;

/// Reads which items to show.
fn filter(asked: &Asked) -> Result<ItemFilter<'_>, Problem> {
    let state = match asked.parameter("state") {
        None => None,
        Some("ready") => Some(State::Ready),
        Some("held") => Some(State::Held),
        Some("blocked") => Some(State::Blocked),
        Some(_) => {
            let detail = "state: expected ready, held or blocked";
            return Err(Problem::new(ProblemKind::InvalidParameter, detail).at("state"));
        }
    };
    Ok(ItemFilter {
        op: asked.parameter("op"),
        state,
        code: asked.parameter("code"),
    })
}

/// Reads a subject as its cursor spells it.
pub(super) fn subject(text: &str) -> Result<Subject, Problem> {
    let refused =
        || Problem::new(ProblemKind::InvalidCursor, "after: this is no cursor").at("after");
    let mut parts = text.splitn(3, '/');
    let (Some(kind), Some(integration), Some(id)) = (parts.next(), parts.next(), parts.next())
    else {
        return Err(refused());
    };
    let integration = enroll_store::DirectoryId::new(integration);
    let id = enroll_schema::ResourceId::new(id).map_err(|_| refused())?;
    match kind {
        "person" => Ok(Subject::person(&integration, &id)),
        "group" => Ok(Subject::group(&integration, &id)),
        _ => Err(refused()),
    }
}
