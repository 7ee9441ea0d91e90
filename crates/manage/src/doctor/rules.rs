//! What the facts about the connection mean; what the people and groups mean stands in `people`.

use enroll_schema::Timestamp;
use enroll_tenants::{Integration, Token};

use super::{
    Hint, Level, Turned,
    checks::{Check, filled},
    count,
    facts::Facts,
    people, span,
};
use crate::problem::quoted;

/// One check: what it says of the facts, or nothing where it does not apply.
pub(super) type Rule = fn(&Facts) -> Option<Hint>;

/// Every rule.
pub(super) const RULES: &[Rule] = &[
    reached,
    token_refused,
    token_expires,
    silent,
    writes,
    people::assigned,
    dialect,
    refused,
    people::no_email,
    people::no_groups,
    people::empty_groups,
    people::assignment_group,
    people::removed_people,
    people::time_zones,
    people::selection,
    public_url,
    tzdb,
];

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// How long a first request, or a first write after it, may be awaited (S-47).
const WAIT: i64 = 10 * MINUTE;
/// Left of a token's life when it is time for the next one, and when it is late (E-21).
const EXPIRES_SOON: i64 = 60 * DAY;
const EXPIRES_NOW: i64 = 5 * DAY;
/// How long Entra, which calls every 40 minutes, may be silent (ENTRA-65); then how long until it
/// must have been stopped.
const ENTRA_SILENT: (i64, i64) = (2 * 60 * MINUTE, DAY);
/// How long a provider that calls only for changes may be silent.
const OTHERS_SILENT: i64 = 7 * DAY;

/// Says that there is nothing to do.
#[allow(
    clippy::unnecessary_wraps,
    reason = "a rule ends with it, and a rule may say nothing"
)]
pub(super) fn ok(code: &'static str, text: String) -> Option<Hint> {
    Some(Hint {
        code,
        level: Level::Ok,
        text,
        fix: None,
    })
}

/// Says what to do, in the provider's words; `values` fill the places of the fix.
#[allow(
    clippy::unnecessary_wraps,
    reason = "a rule ends with it, and a rule may say nothing"
)]
pub(super) fn hint(
    facts: &Facts,
    (code, level): (&'static str, Level),
    text: String,
    values: &[(&str, &str)],
) -> Option<Hint> {
    let fix = Check::named(code).map(|check| check.fix(facts.idp()));
    let Integration { id, tenant, .. } = &facts.integration;
    let known = [
        ("base_url", facts.setting.base_url.as_str()),
        ("tenant", tenant.as_str()),
        ("integration", id.as_str()),
    ];
    let values: Vec<_> = known.iter().chain(values).copied().collect();
    Some(Hint {
        code,
        level,
        text,
        fix: fix.map(|fix| filled(fix, &values)),
    })
}

/// Returns when the provider was last let in.
fn last_seen(facts: &Facts) -> Option<Timestamp> {
    let logged = facts.requests.accepted.map(|(_, newest)| newest);
    facts.integration.last_seen.max(logged)
}

fn reached(facts: &Facts) -> Option<Hint> {
    if let Some(last) = last_seen(facts) {
        return ok(
            "reached",
            format!("last request {} ago", span(facts.since(last))),
        );
    }
    if facts.requests.turned.is_some() {
        return ok(
            "reached",
            "calls come, none of them with a right token".into(),
        );
    }
    let age = facts.since(facts.integration.created);
    if age < WAIT {
        return ok("reached", "waiting for the first request".into());
    }
    let text = format!(
        "not reached us: no request in the {} since this was made",
        span(age)
    );
    hint(facts, ("reached", Level::Fail), text, &[])
}

fn token_refused(facts: &Facts) -> Option<Hint> {
    let Some(turned) = &facts.requests.turned else {
        let text = "no call of the last day had a wrong token".to_owned();
        return last_seen(facts).and_then(|_| ok("token_refused", text));
    };
    let is_over = last_seen(facts).is_some_and(|last| last > turned.last);
    let level = if is_over { Level::Warn } else { Level::Fail };
    let text = format!(
        "{} of the last day refused, the newest {} ago: {}{}",
        count(turned.count, "call", "calls"),
        span(facts.since(turned.last)),
        told(facts, turned),
        if is_over {
            "; later calls were let in"
        } else {
            ""
        },
    );
    hint(facts, ("token_refused", level), text, &[])
}

/// Says which token it was.
fn told(facts: &Facts, turned: &Turned) -> String {
    let own = |id: &String| facts.tokens.iter().find(|token| token.id == *id);
    let own = turned.token.as_ref().and_then(own);
    match (turned.is.as_str(), own) {
        (
            "revoked",
            Some(Token {
                id,
                revoked: Some(at),
                ..
            }),
        ) => {
            format!("wrong token; that is {id}, revoked on {}", day(*at))
        }
        (_, Some(Token { id, expires, .. })) => {
            format!("wrong token; that is {id}, expired on {}", day(*expires))
        }
        ("missing", _) => "no token, or not as \"Authorization: Bearer …\"".to_owned(),
        ("mistyped", _) => "a token of ours with a typing mistake, or cut off".to_owned(),
        ("elsewhere", _) => "the token of another integration".to_owned(),
        _ => "wrong token, none that was made here".to_owned(),
    }
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn token_expires(facts: &Facts) -> Option<Hint> {
    let live = facts.tokens.iter().filter(|token| token.is_live(facts.now));
    let Some(token) = live.max_by_key(|token| (token.last_used, token.expires)) else {
        let text = "no token opens this integration any more".to_owned();
        return hint(facts, ("token_expires", Level::Fail), text, &[]);
    };
    let left = -facts.since(token.expires);
    let text = format!("token {} expires in {}", token.id, span(left));
    if left > EXPIRES_SOON {
        return ok("token_expires", text);
    }
    let is_late = left <= EXPIRES_NOW;
    let level = if is_late { Level::Fail } else { Level::Warn };
    hint(facts, ("token_expires", level), text, &[])
}

fn silent(facts: &Facts) -> Option<Hint> {
    let last = last_seen(facts).filter(|_| facts.has_writes())?;
    let silence = facts.since(last);
    let text = format!("silent since {} ({} ago)", day(last), span(silence));
    let (soon, late) = match facts.idp() {
        "entra" => ENTRA_SILENT,
        _ => (OTHERS_SILENT, i64::MAX),
    };
    let level = match silence {
        silence if silence < soon => return ok("silent", "heard of as usual".into()),
        silence if silence < late => Level::Warn,
        _ => Level::Fail,
    };
    hint(facts, ("silent", level), text, &[])
}

fn writes(facts: &Facts) -> Option<Hint> {
    let first = facts.requests.accepted.map(|(oldest, _)| oldest);
    let first = first.or(facts.integration.last_seen)?;
    if facts.has_writes() {
        return ok("writes", format!("{} written", written(facts)));
    }
    // What was refused is told elsewhere, and is no sign that nothing was tried.
    if !facts.requests.refused.is_empty() {
        return None;
    }
    let (age, reads) = (facts.since(first), facts.requests.reads);
    if age < WAIT {
        return ok("writes", "connected; nothing written yet".into());
    }
    let reads = count(reads, "read", "reads");
    let text = format!("{reads} and no write in {}", span(age));
    hint(facts, ("writes", Level::Fail), text, &[])
}

fn written(facts: &Facts) -> String {
    let (people, groups) = (facts.survey.people, facts.survey.groups_total);
    let (people, groups) = (
        count(people, "person", "people"),
        count(groups, "group", "groups"),
    );
    format!("{people} and {groups}")
}

fn dialect(facts: &Facts) -> Option<Hint> {
    let Integration { idp, learned, .. } = &facts.integration;
    if idp != "auto" {
        return ok("dialect", format!("set to {idp}"));
    }
    match learned {
        Some(one) if one.is_certain => {
            ok("dialect", format!("recognised {}: {}", one.idp, one.why))
        }
        Some(one) => {
            let text = format!("perhaps {}, which is not certain: {}", one.idp, one.why);
            hint(
                facts,
                ("dialect", Level::Warn),
                text,
                &[("dialect", &one.idp)],
            )
        }
        None => last_seen(facts).and_then(|_| {
            let text = "no provider recognised, and none is needed so far";
            ok("dialect", text.to_owned())
        }),
    }
}

fn refused(facts: &Facts) -> Option<Hint> {
    let all = &facts.requests.refused;
    let Some((_, worst)) = all
        .iter()
        .max_by_key(|((status, _), one)| (*status >= 500, one.count))
    else {
        let text = "no request of the last day was refused".to_owned();
        return last_seen(facts).and_then(|_| ok("refused", text));
    };
    let total = all.values().map(|one| one.count).sum();
    let kinds = all.iter().map(|((status, kind), one)| {
        let kind = if kind.is_empty() {
            String::new()
        } else {
            format!(" {kind}")
        };
        format!("{} × {status}{kind}", one.count)
    });
    let kinds: Vec<_> = kinds.take(KINDS_SHOWN).collect();
    let text = format!(
        "{} of the last day refused ({}), such as {}",
        count(total, "request", "requests"),
        kinds.join(", "),
        quoted(&worst.detail),
    );
    let is_ours = all.keys().any(|(status, _)| *status >= 500);
    let level = if is_ours { Level::Fail } else { Level::Warn };
    hint(
        facts,
        ("refused", level),
        text,
        &[("request", worst.request.as_str())],
    )
}

/// How many kinds of refusals a text names.
const KINDS_SHOWN: usize = 4;

fn public_url(facts: &Facts) -> Option<Hint> {
    let url = &facts.setting.base_url;
    if !facts.setting.is_public {
        return None;
    }
    if url.starts_with("https://") {
        return ok("public_url", url.clone());
    }
    let text = format!("{url} is no https address; providers outside do not reach it");
    hint(facts, ("public_url", Level::Warn), text, &[])
}

fn tzdb(facts: &Facts) -> Option<Hint> {
    let year = |text: &str| text.get(..4).and_then(|year| year.parse::<i32>().ok());
    let tzdb = &facts.setting.tzdb;
    let (known, today) = (year(tzdb)?, year(&facts.now.to_string())?);
    let text = format!("time zones of tzdb {tzdb}");
    if known + 1 >= today {
        return ok("tzdb", text);
    }
    hint(facts, ("tzdb", Level::Warn), text, &[])
}
