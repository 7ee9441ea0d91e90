//! The hints that scenarios of simulated providers cause, and that a provider which is set up well
//! causes none.

use enroll::{Enroll, Provider, manage::doctor::Level};
use enroll_simulate::{
    Approval, OneLoginSettings, Options, Provider as Played, Report, Scenario, Simulation,
    Transport, TransportError,
};
use http_body_util::{BodyExt as _, Full};
use std::time::Duration;

use super::{MINUTE, Ward, check};

/// The way to the server in the same process.
struct Within(Enroll);

impl Transport for Within {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let request = request.map(|body| Full::new(body.into()));
        let (parts, body) = self.0.scim().respond(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Ok(http::Response::from_parts(parts, body))
    }

    async fn pause(&self, _: Duration) {}
}

/// Returns the dialect that an integration of a simulated provider is set to.
fn dialect(played: Played) -> Provider {
    let name = match played {
        Played::OktaWizard => "okta",
        Played::EntraOptscim => "entra",
        other => other.name(),
    };
    Provider::named(name).unwrap()
}

/// Plays a scenario of 20 people and 3 groups.
async fn play(
    ward: &Ward,
    played: Played,
    scenario: Scenario,
    onelogin: OneLoginSettings,
) -> Report {
    let options = Options {
        scenario,
        onelogin,
        ..Options::new(ward.okta.base_url.clone(), ward.okta.token.expose())
    };
    let simulation = Simulation::new(played, options).unwrap();
    simulation
        .run_over(&Within(ward.enroll.clone()), |_| {})
        .await
}

/// Everything is `ok` but what is not the provider's: nobody selected a group yet.
#[tokio::test]
async fn a_provider_that_is_set_up_well_gets_no_hint() {
    for played in Played::ALL {
        let ward = Ward::new(dialect(played)).await;
        let story = Scenario::JoinersMoversLeavers;
        let report = play(&ward, played, story, OneLoginSettings::default()).await;
        assert!(report.ok(), "{report}");
        let told = ward.ask(16 * MINUTE).await;
        let hints = told.hints.iter().filter(|hint| hint.level != Level::Ok);
        let codes: Vec<_> = hints.clone().map(|hint| hint.code).collect();
        // Google sends no groups at all, and that is told.
        let wanted = match played {
            Played::Google => "no_groups",
            _ => "selection",
        };
        assert_eq!(
            codes,
            [wanted],
            "{played}: {:#?}",
            hints.collect::<Vec<_>>()
        );
    }
}

/// S-48, S-50, complaint 32.
#[tokio::test]
async fn the_groups_box_was_forgotten() {
    for played in Scenario::ForgotGroupsBox.players() {
        let ward = Ward::new(dialect(played)).await;
        let story = Scenario::ForgotGroupsBox;
        play(&ward, played, story, OneLoginSettings::default()).await;
        let asked = ward.ask(16 * MINUTE).await;
        let fix = match dialect(played) {
            Provider::Okta => "open \"Push Groups\" > \"Find groups by name\"",
            Provider::Entra => "Mappings: Groups enabled",
            Provider::OneLogin => "tick \"Include in User Provisioning\"",
            _ => "let the provider send groups with their members",
        };
        check(
            &asked,
            "no_groups",
            Level::Fail,
            "but no group has come",
            fix,
        );
    }
}

/// S-51: the approval box is ticked, and nobody approves.
#[tokio::test]
async fn everybody_is_pending() {
    let ward = Ward::new(Provider::OneLogin).await;
    let settings = OneLoginSettings {
        approval: Approval::On,
        groups_parameter: false,
        ..OneLoginSettings::default()
    };
    let report = play(&ward, Played::OneLogin, Scenario::Joiners, settings).await;
    assert!(report.meant.active.is_empty(), "{report}");
    let asked = ward.ask_of(Some(20), 11 * MINUTE).await;
    let fix = "approve the people in state \"Pending\"";
    check(&asked, "writes", Level::Fail, "no write in 11 min", fix);
    let fix = "people in state \"Pending\" wait for approval";
    check(
        &asked,
        "assigned",
        Level::Warn,
        "0 people active here, 20 assigned",
        fix,
    );
}

/// S-51: some were approved; the administrator sees 20 assigned.
#[tokio::test]
async fn some_are_pending() {
    for played in Scenario::Pending.players() {
        let ward = Ward::new(dialect(played)).await;
        let report = play(
            &ward,
            played,
            Scenario::Pending,
            OneLoginSettings::default(),
        )
        .await;
        let came = report.meant.active.len();
        assert!(came < 20, "{report}");
        let asked = ward.ask_of(Some(20), 0).await;
        let told = format!("{came} people active here, 20 assigned");
        let fix = match dialect(played) {
            Provider::Okta => "members of a pushed group must be assigned to the app",
            Provider::Entra => "look at Provisioning logs for people who were skipped",
            _ => "people in state \"Pending\" wait for approval",
        };
        check(&asked, "assigned", Level::Warn, &told, fix);
    }
}

/// Complaint 1: leavers of whom the server never hears; the administrator's number tells.
#[tokio::test]
async fn removed_people_are_left_behind() {
    for played in Scenario::RemovedButNothing.players() {
        let ward = Ward::new(dialect(played)).await;
        let story = Scenario::RemovedButNothing;
        let report = play(&ward, played, story, OneLoginSettings::default()).await;
        let stay = report.meant.active.len() as u64;
        let asked = ward.ask_of(Some(stay), 0).await;
        let fix = match dialect(played) {
            Provider::Okta => "Provisioning > To App: Deactivate Users",
            Provider::Entra => "tick Update and Delete under Mappings > Target Object Actions",
            _ => "Suspend or Delete; anything else leaves leavers in, and we cannot see it",
        };
        let told = format!("20 people active here, {stay} assigned");
        check(&asked, "assigned", Level::Warn, &told, fix);
    }
}

/// S-24, E-05: all spellings; what is none is told, and Entra's expression written.
#[tokio::test]
async fn time_zones_come_in_all_spellings() {
    for played in Scenario::TimeZones.players() {
        let ward = Ward::new(dialect(played)).await;
        play(
            &ward,
            played,
            Scenario::TimeZones,
            OneLoginSettings::default(),
        )
        .await;
        let fix = match dialect(played) {
            Provider::Entra => "\"Tokyo Standard Time\", \"Asia/Tokyo\"",
            _ => "IANA name such as Europe/London",
        };
        let asked = ward.ask(0).await;
        check(
            &asked,
            "time_zones",
            Level::Warn,
            "\"GMT+8\", \"Not/A_Zone\", \"Unknown\"",
            fix,
        );
    }
}
