//! The connection doctor: each hint is caused by requests, as a provider that is set up in that way
//! sends them; the time is a value.

use enroll::{
    Connection, Enroll, Place, Provider, TenantHandle,
    manage::doctor::{Diagnosis, Hint, Level},
    schema::Timestamp,
};
use enroll_conformance::corpus::{Exchange, Wire as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scim::Line;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// One server with one integration, and the provider that calls it.
struct Ward {
    _place: TempDir,
    enroll: Enroll,
    acme: TenantHandle,
    okta: Connection,
}

impl Ward {
    async fn new(provider: Provider) -> Self {
        let place = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", place.path().join("enroll.db").display());
        let open = Enroll::open(url).public_url("https://scim.example.com");
        let enroll = open.start().await.unwrap();
        let acme = enroll.tenant("acme");
        let okta = acme.connect(provider).await.unwrap();
        Self {
            _place: place,
            enroll,
            acme,
            okta,
        }
    }

    fn line(&self) -> Line {
        Line::new(&self.enroll, &self.okta)
    }

    /// Sends a request as the provider does; it must not be refused.
    async fn sent(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.line().call(method, path, &body).await;
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Pushes a person, with more attributes than the plain ones; returns the id.
    async fn person(&self, name: &str, more: Value) -> String {
        let mut user = json!({
            "schemas": [USER], "userName": format!("{name}@acme.com"), "active": true,
            "emails": [{"type": "work", "value": format!("{name}@acme.com")}],
        });
        for (key, value) in more.as_object().unwrap() {
            user[key] = value.clone();
        }
        id(&self.sent("POST", "/Users", user).await)
    }

    /// Pushes a group; returns the id.
    async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
        let group = json!({"schemas": [GROUP], "displayName": name, "members": members});
        id(&self.sent("POST", "/Groups", group).await)
    }

    /// Asks the doctor `later` milliseconds from now.
    async fn ask(&self, later: i64) -> Diagnosis {
        self.ask_of(None, later).await
    }

    async fn ask_of(&self, assigned: Option<u64>, later: i64) -> Diagnosis {
        self.enroll.scim().drained().await;
        let now = enroll::http::system_clock().as_millis() + later;
        let now = Timestamp::from_millis(now);
        let asked = self.acme.doctor(&self.okta.integration, assigned, now);
        asked.await.unwrap()
    }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// Finds the hint of a code.
fn hint<'a>(diagnosis: &'a Diagnosis, code: &str) -> &'a Hint {
    let mut all = diagnosis.hints.iter();
    let found = all.find(|hint| hint.code == code);
    found.unwrap_or_else(|| panic!("no {code} in {diagnosis:#?}"))
}

/// Checks level and words of a hint.
#[track_caller]
fn check(diagnosis: &Diagnosis, code: &str, level: Level, text: &str, fix: &str) {
    let hint = hint(diagnosis, code);
    let told = hint.fix.as_deref().unwrap_or_default();
    assert_eq!(hint.level, level, "{hint:?}");
    assert!(hint.text.contains(text), "{hint:?}");
    assert!(
        told.contains(fix) && told.is_empty() == fix.is_empty(),
        "{hint:?}"
    );
}

/// S-46: nobody calls.
#[tokio::test]
async fn not_reached() {
    for (provider, fix) in [
        (
            Provider::Okta,
            "SCIM connector base URL = https://scim.example.com/scim/int_",
        ),
        (
            Provider::Entra,
            "/v2?aadOptscim062020, then Test connection",
        ),
        (Provider::OneLogin, "API Connection: Enable"),
        (
            Provider::Ping,
            "check the URL has no space and your firewall",
        ),
    ] {
        let ward = Ward::new(provider).await;
        let soon = ward.ask(9 * MINUTE).await;
        check(
            &soon,
            "reached",
            Level::Ok,
            "waiting for the first request",
            "",
        );
        assert_eq!(soon.level, Level::Ok, "{soon:#?}");
        let late = ward.ask(11 * MINUTE).await;
        check(
            &late,
            "reached",
            Level::Fail,
            "not reached us: no request in the 11 min",
            fix,
        );
    }
}

/// S-46, complaint 26: which token it was that was refused.
#[tokio::test]
async fn wrong_token() {
    let ward = Ward::new(Provider::OneLogin).await;
    let call = async |token: Option<&str>| {
        let header = token.map(|token| ("authorization".to_owned(), token.to_owned()));
        let exchange = Exchange {
            method: "GET".to_owned(),
            path: "/Users".to_owned(),
            query: None,
            headers: header.into_iter().collect(),
            body: Vec::new(),
        };
        assert_eq!(ward.line().send(exchange).await.status, 401);
    };
    let bare = ward.okta.token.expose();
    let cut = format!("Bearer {}", &bare[..bare.len() - 1]);
    let twice = format!("Bearer Bearer {bare}");
    for (token, told) in [
        (
            Some("Bearer something-else"),
            "wrong token, none that was made here",
        ),
        (Some(cut.as_str()), "typing mistake, or cut off"),
        (Some(bare), "no token, or not as"),
        (Some(twice.as_str()), "no token, or not as"),
        (None, "no token, or not as"),
    ] {
        call(token).await;
        let fix = "SCIM Bearer Token (bare, without \"Bearer\")";
        check(&ward.ask(0).await, "token_refused", Level::Fail, told, fix);
    }
    let two = ward
        .enroll
        .tenant("other")
        .connect(Provider::OneLogin)
        .await
        .unwrap();
    call(Some(&format!("Bearer {}", two.token.expose()))).await;
    let asked = ward.ask(0).await;
    check(
        &asked,
        "token_refused",
        Level::Fail,
        "the token of another integration",
        "make a token",
    );
    check(
        &asked,
        "reached",
        Level::Ok,
        "none of them with a right token",
        "",
    );

    // The administrator makes another one; the provider goes on with the old.
    let old = ward.okta.token.expose().to_owned();
    let place = Place::new(&ward.okta.integration, "OneLogin", "onelogin");
    let new = ward.acme.ensure(place).await.unwrap();
    call(Some(&format!("Bearer {old}"))).await;
    check(
        &ward.ask(0).await,
        "token_refused",
        Level::Fail,
        "that is tok_",
        "make a token",
    );
    check(
        &ward.ask(0).await,
        "token_refused",
        Level::Fail,
        "revoked on 20",
        "make a token",
    );
    let (status, _) = Line::new(&ward.enroll, &new)
        .call("GET", "/Users", &Value::Null)
        .await;
    assert_eq!(status, 200);
    let asked = ward.ask(DAY - MINUTE).await;
    check(
        &asked,
        "token_refused",
        Level::Warn,
        "later calls were let in",
        "make a token",
    );
    check(
        &ward.ask(DAY + MINUTE).await,
        "token_refused",
        Level::Ok,
        "no call",
        "",
    );
}

/// E-21: tokens live a year.
#[tokio::test]
async fn token_near_its_end() {
    let ward = Ward::new(Provider::Entra).await;
    for (days, level, text, fix) in [
        (0, Level::Ok, "expires in 36", ""),
        (304, Level::Ok, "expires in 60 d", ""),
        (
            305,
            Level::Warn,
            "expires in 59 d",
            "paste it as Secret token",
        ),
        (
            360,
            Level::Fail,
            "expires in 4 d",
            "then revoke the old one",
        ),
        (
            365,
            Level::Fail,
            "no token opens this integration",
            "make a second token",
        ),
    ] {
        let later = days * DAY + MINUTE;
        check(&ward.ask(later).await, "token_expires", level, text, fix);
    }
}

/// Complaint 26: Entra calls every 40 minutes, the others for changes only.
#[tokio::test]
async fn silent_since() {
    for (provider, later, level, text, fix) in [
        (Provider::Entra, 41 * MINUTE, Level::Ok, "as usual", ""),
        (
            Provider::Entra,
            121 * MINUTE,
            Level::Warn,
            "silent since 20",
            "quarantine",
        ),
        (
            Provider::Entra,
            DAY + MINUTE,
            Level::Fail,
            "(24 h ago)",
            "Start provisioning",
        ),
        (Provider::Okta, 6 * DAY, Level::Ok, "as usual", ""),
        (
            Provider::Okta,
            8 * DAY,
            Level::Warn,
            "(8 d ago)",
            "Dashboard > Tasks",
        ),
    ] {
        let ward = Ward::new(provider).await;
        ward.person("ana", json!({})).await;
        check(&ward.ask(later).await, "silent", level, text, fix);
    }
}

/// S-47, S-51: the connection test, and nothing after it.
#[tokio::test]
async fn reads_only() {
    for (provider, fix) in [
        (
            Provider::Okta,
            "Create Users, Update User Attributes, Deactivate Users",
        ),
        (Provider::Entra, "Start provisioning"),
        (
            Provider::OneLogin,
            "approve the people in state \"Pending\"",
        ),
        (Provider::Ping, "turn provisioning on in the provider"),
    ] {
        let ward = Ward::new(provider).await;
        ward.sent("GET", "/Users?startIndex=1&count=2", Value::Null)
            .await;
        check(
            &ward.ask(0).await,
            "writes",
            Level::Ok,
            "nothing written yet",
            "",
        );
        let asked = ward.ask(11 * MINUTE).await;
        check(
            &asked,
            "writes",
            Level::Fail,
            "1 read and no write in 11 min",
            fix,
        );
        check(&asked, "reached", Level::Ok, "last request 11 min ago", "");
        ward.person("ana", json!({})).await;
        check(
            &ward.ask(11 * MINUTE).await,
            "writes",
            Level::Ok,
            "1 person and 0 groups",
            "",
        );
    }
}

/// S-48, S-50, complaint 32: the box that everybody misses.
#[tokio::test]
async fn people_without_groups() {
    for (provider, fix) in [
        (
            Provider::Okta,
            "open \"Push Groups\" > \"Find groups by name\"",
        ),
        (Provider::Entra, "Mappings: Groups enabled"),
        (
            Provider::OneLogin,
            "Parameters > Groups > tick \"Include in User Provisioning\"",
        ),
    ] {
        let ward = Ward::new(provider).await;
        ward.person("ana", json!({})).await;
        check(
            &ward.ask(0).await,
            "no_groups",
            Level::Ok,
            "no group yet",
            "",
        );
        let asked = ward.ask(16 * MINUTE).await;
        check(
            &asked,
            "no_groups",
            Level::Fail,
            "1 person, but no group has come",
            fix,
        );
    }
}

/// Complaint 29: groups whose members are not assigned, or not known.
#[tokio::test]
async fn groups_without_members() {
    let ward = Ward::new(Provider::Okta).await;
    let ana = ward.person("ana", json!({})).await;
    ward.group("Staff", &[]).await;
    ward.group("Sales", &["nobody-1", "nobody-2"]).await;
    check(
        &ward.ask(0).await,
        "empty_groups",
        Level::Ok,
        "0 memberships",
        "",
    );
    let asked = ward.ask(16 * MINUTE).await;
    let told =
        "2 of 2 groups without members: \"Staff\", \"Sales\"; 2 were named who are nobody here";
    let fix = "members must be assigned to the app; push a group other than the assignment group";
    check(&asked, "empty_groups", Level::Fail, told, fix);
    ward.group("Editors", &[&ana]).await;
    let asked = ward.ask(16 * MINUTE).await;
    check(
        &asked,
        "empty_groups",
        Level::Warn,
        "2 of 3 groups without members",
        fix,
    );
}

/// E-26, S-17.
#[tokio::test]
async fn people_without_email() {
    let ward = Ward::new(Provider::Entra).await;
    ward.person("ana", json!({})).await;
    check(
        &ward.ask(0).await,
        "no_email",
        Level::Ok,
        "everybody with an address",
        "",
    );
    ward.person("ben", json!({"emails": []})).await;
    let fix = "emails[type eq \"work\"].value <- mail";
    let told = "1 of 2 active people without e-mail; the userName stands in for it";
    check(&ward.ask(0).await, "no_email", Level::Warn, told, fix);
    ward.person("cem", json!({"emails": [], "userName": "cem"}))
        .await;
    ward.person(
        "dee",
        json!({"emails": [], "userName": "dee", "active": false}),
    )
    .await;
    let told = "1 of 3 active people without e-mail: they get no account";
    check(&ward.ask(0).await, "no_email", Level::Warn, told, fix);
}

/// S-24, E-05, complaint 28: the expression is written from the values seen.
#[tokio::test]
async fn time_zones_that_are_none() {
    let ward = Ward::new(Provider::Entra).await;
    let western = "W. Europe Standard Time";
    for (name, more) in [
        ("ana", json!({"timezone": "Europe/London"})),
        (
            "ben",
            json!({"timezone": western, "addresses": [{"type": "work", "country": "NL"}]}),
        ),
        ("cem", json!({"timezone": western})),
        ("dee", json!({"timezone": "Tokyo Standard Time"})),
    ] {
        ward.person(name, more).await;
    }
    check(
        &ward.ask(0).await,
        "time_zones",
        Level::Ok,
        "4 people with a time zone that is one",
        "",
    );
    for (name, zone) in [("eli", "Sydney"), ("fay", "Sydney"), ("gus", "GMT+8")] {
        ward.person(name, json!({"timezone": zone})).await;
    }
    let told = "3 of 7 people with a time zone that is none: \"GMT+8\", \"Sydney\" (perhaps Australia/Sydney)";
    let expression = "Switch([timezone], \"\", \"Europe/London\", \"Europe/London\", \
        \"Sydney\", \"Australia/Sydney\", \"Tokyo Standard Time\", \"Asia/Tokyo\", \
        \"W. Europe Standard Time\", \"W. Europe Standard Time\")";
    check(
        &ward.ask(0).await,
        "time_zones",
        Level::Warn,
        told,
        expression,
    );
}

/// Complaint 29: Okta does not support one group for both.
#[tokio::test]
async fn the_assignment_group_is_pushed() {
    let ward = Ward::new(Provider::Okta).await;
    let mut all = Vec::new();
    for name in ["ana", "ben", "cem"] {
        all.push(ward.person(name, json!({})).await);
    }
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    ward.group("Staff", &all[..2]).await;
    ward.group("Sales", &all[2..]).await;
    check(
        &ward.ask(0).await,
        "assignment_group",
        Level::Ok,
        "no pushed group holds",
        "",
    );
    ward.group("App users", &all).await;
    let fix = "does not support the same group for both";
    check(
        &ward.ask(0).await,
        "assignment_group",
        Level::Warn,
        "\"App users\" holds everybody",
        fix,
    );
}

/// S-51: what the administrator sees assigned, and what has come.
#[tokio::test]
async fn fewer_or_more_than_assigned() {
    let ward = Ward::new(Provider::OneLogin).await;
    ward.person("ana", json!({})).await;
    ward.person("ben", json!({"active": false})).await;
    let told = "1 person active here, 3 assigned";
    let asked = ward.ask_of(Some(3), 0).await;
    check(
        &asked,
        "assigned",
        Level::Warn,
        told,
        "\"Pending\" wait for approval",
    );
    check(
        &ward.ask_of(Some(1), 0).await,
        "assigned",
        Level::Ok,
        "1 assigned",
        "",
    );
    let asked = ward.ask_of(Some(0), 0).await;
    check(
        &asked,
        "assigned",
        Level::Warn,
        "0 assigned",
        "Suspend or Delete",
    );
    assert!(
        ward.ask(0)
            .await
            .hints
            .iter()
            .all(|hint| hint.code != "assigned")
    );
}

/// OneLogin with anything but Suspend or Delete: the leaver loses the groups and stays.
#[tokio::test]
async fn removed_people_are_still_active() {
    let ward = Ward::new(Provider::OneLogin).await;
    let (ana, ben) = (
        ward.person("ana", json!({})).await,
        ward.person("ben", json!({})).await,
    );
    let staff = ward.group("Staff", &[&ana, &ben]).await;
    ward.person("cem", json!({})).await;
    check(
        &ward.ask(0).await,
        "removed_people",
        Level::Ok,
        "nobody active",
        "",
    );
    let remove = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "remove", "path": format!("members[value eq \"{ben}\"]")}],
    });
    ward.sent("PATCH", &format!("/Groups/{staff}"), remove)
        .await;
    let told = "1 of 3 active people taken out of the last group, but still active";
    let fix = "Suspend or Delete; anything else leaves leavers in, and we cannot see it";
    check(&ward.ask(0).await, "removed_people", Level::Warn, told, fix);
    ward.sent("DELETE", &format!("/Users/{ben}"), Value::Null)
        .await;
    check(
        &ward.ask(0).await,
        "removed_people",
        Level::Ok,
        "nobody active",
        "",
    );
}

/// S-04: what is only suggested is for a person to decide.
#[tokio::test]
async fn the_provider_is_only_suggested() {
    let ward = Ward::new(Provider::Auto).await;
    ward.person("ana", json!({})).await;
    check(
        &ward.ask(0).await,
        "dialect",
        Level::Ok,
        "no provider recognised",
        "",
    );
    let old = json!({"schemas": ["urn:scim:schemas:core:2.0"]});
    ward.person("ben", old).await;
    let fix = format!(
        "PATCH /v1/tenants/acme/integrations/{} {{\"idp\": \"onelogin\"}}",
        ward.okta.integration
    );
    let asked = ward.ask(16 * MINUTE).await;
    check(
        &asked,
        "dialect",
        Level::Warn,
        "perhaps onelogin, which is not certain",
        &fix,
    );
    let box_of_onelogin = "Include in User Provisioning";
    check(
        &asked,
        "no_groups",
        Level::Fail,
        "2 people",
        box_of_onelogin,
    );
}

/// Complaint 27: what was refused, and which request to look at.
#[tokio::test]
async fn refused_requests() {
    let ward = Ward::new(Provider::Okta).await;
    ward.person("ana", json!({})).await;
    let (status, _) = ward.line().call("GET", "/Users/none", &Value::Null).await;
    assert_eq!(status, 404);
    check(
        &ward.ask(0).await,
        "refused",
        Level::Ok,
        "no request of the last day",
        "",
    );
    let again = json!({"schemas": [USER], "userName": "ana@acme.com"});
    for (body, status) in [
        (&again, 409),
        (&again, 409),
        (&json!({"schemas": [USER]}), 400),
    ] {
        assert_eq!(ward.line().call("POST", "/Users", body).await.0, status);
    }
    let told = "3 requests of the last day refused (1 × 400 invalidValue, 2 × 409 uniqueness)";
    let asked = ward.ask(0).await;
    check(
        &asked,
        "refused",
        Level::Warn,
        told,
        "enroll requests show ",
    );
    check(
        &ward.ask(DAY + MINUTE).await,
        "refused",
        Level::Ok,
        "no request",
        "",
    );
}

/// S-35, and the line for an operator who forgot the public address.
#[tokio::test]
async fn nothing_is_selected_and_nobody_reaches_the_address() {
    let ward = Ward::new(Provider::Okta).await;
    let ana = ward.person("ana", json!({})).await;
    ward.group("Staff", &[&ana]).await;
    let asked = ward.ask(0).await;
    check(
        &asked,
        "selection",
        Level::Warn,
        "0 of 1 group selected",
        "/selections",
    );
    check(
        &asked,
        "public_url",
        Level::Ok,
        "https://scim.example.com/scim/",
        "",
    );
    check(&asked, "tzdb", Level::Ok, "tzdb 20", "");
    check(
        &ward.ask(5 * 366 * DAY).await,
        "tzdb",
        Level::Warn,
        "tzdb 20",
        "newer enroll",
    );
}

/// B4: another tenant's integration is as unknown as any.
#[tokio::test]
async fn b4_another_tenants_integration_is_unknown() {
    let ward = Ward::new(Provider::Okta).await;
    let other = ward.enroll.tenant("other");
    other.put("Other").await.unwrap();
    let now = enroll::http::system_clock();
    for id in [ward.okta.integration.as_str(), "int_none"] {
        let refused = other.doctor(id, None, now).await.unwrap_err();
        assert!(
            refused.to_string().contains("has no integration"),
            "{refused}"
        );
    }
}
