//! What the application says of itself: one account, all of them, its access groups (sync §7).

use enroll_schema::json;
use enroll_store::Directories;
use enroll_sync::{
    AccessGroupId, Account, AccountId, Accounts, Catalogue, Ledger, REPORTED_KEYS, Report, Role,
    Snapshot,
};
use enroll_tenants::Tenants;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Manage, Problem, ProblemKind,
    answer::{self, Answer, ok},
    asked::Asked,
    fields::Fields,
    near::unknown,
};

/// Keys of a report beside those of the account.
const OWN_KEYS: &[&str] = &["external_id", "is_admin", "changed_by", "changed_at"];
/// Keys of one entry of the catalogue.
const ROLE_KEYS: &[&str] = &["id", "name", "privileged"];
/// Most bytes of an account's id.
const REF_BYTES_MAX: usize = 256;
/// Most entries of one page of a snapshot.
const PAGE_MAX: usize = 1_000;

/// An account after a report.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    account: Account,
    /// Whether a person of a provider has it.
    tied: bool,
}

/// The catalogue as it stands.
#[derive(Serialize)]
struct ShownCatalogue {
    fixed: bool,
    groups: Vec<Role>,
    seats: Option<u64>,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn report_account(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let app_ref = account_id(asked.named("a"), "account")?;
        let report = read(app_ref.clone(), asked.members(), "")?;
        let (desk, now) = (self.desk(), self.now());
        desk.report(&tenant.id, vec![report], now).await?;
        self.wake();
        let seen = self
            .ledger()
            .seen(&tenant.id, vec![app_ref.clone()])
            .await?;
        let seen = seen.into_iter().next();
        let tied = seen.as_ref().is_some_and(|seen| seen.tie.is_some());
        let profile = seen.and_then(|seen| seen.profile).unwrap_or_default();
        let account = Account { app_ref, profile };
        ok(&Shown { account, tied })
    }

    pub(crate) async fn begin_snapshot(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let begun = self.desk().begin_snapshot(&tenant.id, self.now()).await?;
        answer::json(StatusCode::CREATED, &begun)
    }

    pub(crate) async fn show_snapshot(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let id = number(&asked)?;
        let found: Option<Snapshot> = self.ledger().snapshot(&tenant.id).await?;
        let found = found.filter(|snapshot| snapshot.id == id);
        ok(&found.ok_or_else(no_snapshot)?)
    }

    pub(crate) async fn add_page(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let (id, from) = (number(&asked)?, asked.number("from", 0, u64::MAX)?);
        let from = from.ok_or_else(|| {
            let detail = "from: say how many entries came before this page";
            Problem::new(ProblemKind::InvalidParameter, detail).at("from")
        })?;
        let page = lines(asked.lines())?;
        let staged = self.ledger().stage(&tenant.id, id, from, page).await?;
        ok(&staged)
    }

    pub(crate) async fn commit_snapshot(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let (id, now) = (number(&asked)?, self.now());
        let done = self.desk().commit_snapshot(&tenant.id, id, now).await?;
        self.wake();
        ok(&done)
    }

    pub(crate) async fn show_catalogue(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let context = self.ledger().context(&tenant.id).await?;
        let known = context.capabilities;
        ok(&ShownCatalogue {
            fixed: known.is_fixed(),
            groups: known.catalogue().to_vec(),
            seats: known.seats,
        })
    }

    pub(crate) async fn put_catalogue(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let mut fields = asked.fields()?;
        let groups = fields.list("groups")?.unwrap_or_default().into_iter();
        let groups = groups.enumerate().map(|(at, entry)| role(entry, at));
        let groups = groups.collect::<Result<Vec<_>, _>>()?;
        let (seats, left) = (fields.number("seats")?, fields.number("seats_left")?);
        let seats = match (seats, left) {
            (Some(_), Some(_)) => {
                return Err(Problem::value("seats_left", "send seats or seats_left"));
            }
            (None, Some(left)) => {
                let query = enroll_sync::BrakeQuery {
                    since: self.now(),
                    most: 0,
                    privileged: Vec::new(),
                    groups: Vec::new(),
                };
                let counts = self.ledger().guarding(&tenant.id, query).await?;
                Some(counts.active.saturating_add(u64::from(left)))
            }
            (seats, None) => seats.map(u64::from),
        };
        let catalogue = Catalogue {
            fixed: fields.flag("fixed")?.unwrap_or(!groups.is_empty()),
            groups,
            seats,
        };
        let shown = ShownCatalogue {
            fixed: catalogue.fixed,
            groups: catalogue.groups.clone(),
            seats,
        };
        let (desk, now) = (self.desk(), self.now());
        desk.set_catalogue(&tenant.id, catalogue, now).await?;
        self.wake();
        ok(&shown)
    }
}

fn number(asked: &Asked) -> Result<u64, Problem> {
    asked.named("s").parse().map_err(|_| no_snapshot())
}

fn no_snapshot() -> Problem {
    Problem::not_found("there is no such snapshot; a newer one may have replaced it")
}

pub(super) fn account_id(text: &str, place: &str) -> Result<AccountId, Problem> {
    let fits = (1..=REF_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits {
        return Ok(AccountId::new(text));
    }
    let expected = format!("expected 1 to {REF_BYTES_MAX} bytes, no control characters");
    Err(Problem::value(place, expected))
}

/// Reads one report; `place` is what a key is prefixed with.
fn read(app_ref: AccountId, members: Map<String, Value>, place: &str) -> Result<Report, Problem> {
    let known: Vec<&str> = REPORTED_KEYS.iter().chain(OWN_KEYS).copied().collect();
    if let Some(name) = members.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(unknown(ProblemKind::UnknownKey, "key", name, &known).at(name));
    }
    let wrong = |(key, wrong): (String, String)| Problem::value(&format!("{place}{key}"), wrong);
    Report::read(app_ref, members).map_err(wrong)
}

/// Reads a page: one JSON object with a `ref` on each line.
fn lines(bytes: &[u8]) -> Result<Vec<Report>, Problem> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines: Vec<_> = lines.filter(|line| !line.trim_ascii().is_empty()).collect();
    if lines.len() > PAGE_MAX {
        let detail = format!("send at most {PAGE_MAX} lines at once");
        return Err(Problem::new(ProblemKind::TooLarge, detail));
    }
    let read_one = |(at, line): (usize, &[u8])| {
        let place = format!("line {}.", at + 1);
        let value = json::parse(line).map_err(|error| {
            let detail = format!("line {}: {}", at + 1, error.detail());
            Problem::new(ProblemKind::InvalidJson, detail)
        })?;
        let Value::Object(mut members) = value else {
            return Err(Problem::value(
                place.trim_end_matches('.'),
                "expected an object: {…}",
            ));
        };
        let named = members.remove("ref");
        let named = named.as_ref().and_then(Value::as_str).unwrap_or_default();
        read(account_id(named, &format!("{place}ref"))?, members, &place)
    };
    lines.into_iter().enumerate().map(read_one).collect()
}

fn role(entry: Value, at: usize) -> Result<Role, Problem> {
    let mut fields = Fields::known(entry, &format!("groups[{at}]."), ROLE_KEYS)?;
    let id = fields.name("id")?;
    let place = fields.place("id");
    let id = id.ok_or_else(|| Problem::value(&place, "send the application's own id"))?;
    let name = fields.name("name")?.unwrap_or_else(|| id.clone());
    Ok(Role {
        id: AccessGroupId::new(id),
        name,
        privileged: fields.flag("privileged")?.unwrap_or(false),
    })
}
