//! What the application has, compared with what one provider has told the server.

use std::collections::{BTreeMap, BTreeSet};

use enroll_simulate::{Report, RosterPerson, Scenario};
use serde_json::{Value, json};

use crate::harness::{Dev, call};

/// The application's accounts, and what they are compared with.
struct Applied<'a> {
    report: &'a Report,
    accounts: Vec<Value>,
    /// Reference → name, of those that are not archived.
    access_groups: BTreeMap<String, String>,
    /// The users of the directory by `userName`.
    users: BTreeMap<String, Value>,
    wrong: Vec<String>,
}

/// Lists what is not in the application as the provider means it.
pub(crate) fn differences(dev: &Dev, token: &str, report: &Report) -> Vec<String> {
    let state = dev.idle();
    let mut applied = Applied {
        report,
        accounts: dev.list("/accounts"),
        access_groups: access_groups(dev),
        users: users(dev, token),
        wrong: Vec::new(),
    };
    let rest = (&state["state"], &state["pending"]);
    applied.same("the job", &json!("idle"), rest.0, &state);
    applied.same("what is pending", &json!(0), rest.1, &state);
    applied.names_are_unique();
    applied.exactly_these_may_enter();
    for person in entitled(report) {
        applied.person(person);
    }
    applied.nobody_else_has_a_group();
    applied.wrong
}

fn access_groups(dev: &Dev) -> BTreeMap<String, String> {
    let groups = dev.list("/access-groups").into_iter();
    let there = groups.filter(|group| group["state"] != "archived");
    there
        .map(|group| (text(&group["ref"]), text(&group["name"])))
        .collect()
}

fn users(dev: &Dev, token: &str) -> BTreeMap<String, Value> {
    let url = format!("{}/Users?count=200", dev.text("base_url"));
    let (status, list) = call("GET", &url, token, None);
    assert_eq!(status, 200, "{list}");
    let users = list["Resources"].as_array().unwrap().iter().cloned();
    users.map(|user| (text(&user["userName"]), user)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Those who are active at the server: those who left without its knowing are, too.
fn active(report: &Report) -> impl Iterator<Item = &RosterPerson> {
    let left = report.meant.left.iter();
    let behind = left.filter(|person| person.standing == "left behind");
    report.meant.active.iter().chain(behind)
}

/// The groups in which the server is told to have a person.
fn groups_of<'a>(report: &'a Report, person: &RosterPerson) -> Vec<&'a str> {
    let groups = report.meant.groups.iter();
    let inside = groups.filter(|group| group.members.contains(&person.user_name));
    inside.map(|group| group.display_name.as_str()).collect()
}

/// Those who get an account: active, and in a group (S-03).
fn entitled(report: &Report) -> impl Iterator<Item = &RosterPerson> {
    active(report).filter(|person| !groups_of(report, person).is_empty())
}

impl Applied<'_> {
    fn same(&mut self, what: &str, wanted: &Value, found: &Value, of: &Value) {
        if wanted != found {
            let line = format!("application: {what} should be {wanted}, is {found}, of {of}");
            self.wrong.push(line);
        }
    }

    fn names_are_unique(&mut self) {
        for name in ["email", "login", "ref"] {
            let all = self
                .accounts
                .iter()
                .map(|one| text(&one[name]).to_lowercase());
            let all: Vec<_> = all.collect();
            let once: BTreeSet<_> = all.iter().collect();
            if once.len() != all.len() {
                self.wrong
                    .push(format!("application: {name} twice in {all:?}"));
            }
        }
    }

    fn exactly_these_may_enter(&mut self) {
        let wanted: BTreeSet<_> = entitled(self.report).map(|one| one.email.clone()).collect();
        let entering = self.accounts.iter().filter(|one| one["active"] == true);
        let found: BTreeSet<_> = entering.map(|one| text(&one["email"])).collect();
        let missing: Vec<_> = wanted.difference(&found).collect();
        let intruders: Vec<_> = found.difference(&wanted).collect();
        if !missing.is_empty() || !intruders.is_empty() {
            let line = format!("application: {missing:?} cannot enter, {intruders:?} can");
            self.wrong.push(line);
        }
    }

    fn nobody_else_has_a_group(&mut self) {
        let outside = self.accounts.iter().filter(|one| one["active"] != true);
        let holding = outside.filter(|one| one["access_groups"] != json!([]));
        let lines = holding.map(|one| format!("application: S-06: rights of a leaver in {one}"));
        self.wrong.extend(lines.collect::<Vec<_>>());
    }

    fn person(&mut self, person: &RosterPerson) {
        let mut accounts = self.accounts.iter();
        let account = accounts.find(|one| one["email"] == person.email.as_str());
        // One who is missing is told already.
        let Some(account) = account.cloned() else {
            return;
        };
        for (field, wanted) in [
            ("first_name", &person.given_name),
            ("last_name", &person.family_name),
            ("login", &person.user_name),
        ] {
            self.same(field, &json!(wanted), &account[field], &account);
        }
        let user = self
            .users
            .get(&person.user_name)
            .cloned()
            .unwrap_or_default();
        let user_type = text(&user["userType"]).to_lowercase();
        let types = ["external", "external recruiter", "agency recruiter"];
        let kind = ["internal", "external"][usize::from(types.contains(&user_type.as_str()))];
        self.same("kind", &json!(kind), &account["kind"], &account);
        // Not everybody sends a zone; what means none leaves the account as it was (E-05).
        if user["timezone"].is_string() && !person.iana_timezone.is_empty() {
            let zone = json!(person.iana_timezone);
            self.same("time_zone", &zone, &account["time_zone"], &account);
        }
        let inside: Vec<_> = account["access_groups"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let names = inside
            .iter()
            .map(|one| self.access_groups.get(&text(one)).cloned());
        let names: Vec<_> = names.map(Option::unwrap_or_default).collect();
        let may = groups_of(self.report, person);
        if names.len() != 1 || !names.iter().all(|name| self.is_one_of(&may, name)) {
            let line = format!("application: S-11: one of {may:?}, is in {names:?}, {account}");
            self.wrong.push(line);
        }
    }

    /// A group that returns finds its name with the archived access group of the one that was
    /// deleted, and its own gets a longer one (E-11, E-30).
    fn is_one_of(&self, may: &[&str], name: &str) -> bool {
        let returns = self.report.scenario == Scenario::GroupDeleteAndReturn;
        let short = name.strip_suffix(" (demo)").filter(|_| returns);
        may.contains(&name) || short.is_some_and(|short| may.contains(&short))
    }
}
