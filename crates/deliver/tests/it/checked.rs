//! The checks find each flaw, and nothing else (issue 4.5).

use enroll_deliver::{
    Target,
    check::{CHECKS, Report, Row, Verdict, run},
};

use crate::{
    application::{Running, Shows, start},
    receiver::secret,
};

async fn check(running: &Running, roles: &[&str]) -> Report {
    let target = Target::new(running.url(), [secret()]);
    let roles: Vec<String> = roles.iter().map(|&role| role.to_owned()).collect();
    let mut told = Vec::new();
    let report = run(&target, &roles, |row| told.push(row.clone()))
        .await
        .unwrap();
    assert_eq!(told, report.checks);
    report
}

fn ids(report: &Report, which: fn(&Verdict) -> bool) -> Vec<&'static str> {
    let rows = report
        .checks
        .iter()
        .filter(|row: &&Row| which(&row.verdict));
    rows.map(|row| row.id).collect()
}

fn failed(report: &Report) -> Vec<&'static str> {
    ids(report, |verdict| matches!(verdict, Verdict::Failed { .. }))
}

fn unseen(report: &Report) -> Vec<&'static str> {
    ids(report, |verdict| {
        matches!(verdict, Verdict::NotChecked { .. })
    })
}

#[tokio::test]
async fn s_08_s_10_s_30_e_13_x_05_a_right_receiver_passes_every_check() {
    let report = check(&start("", Shows::Everything).await, &[]).await;
    assert_eq!(report.passed, CHECKS.len(), "{report}");
    assert!(report.ok);
    assert!(report.accounts_inactive > 15, "{report}");
}

/// Accounts that should never have been made, too.
#[tokio::test]
async fn nobody_whom_the_checks_made_may_enter_afterwards() {
    for flaw in [
        "",
        "signature-missing",
        "signature-old",
        "by-directory-id",
        "two-people",
    ] {
        let running = start(flaw, Shows::Everything).await;
        let report = check(&running, &[]).await;
        let mut told = report.accounts_open.clone();
        told.sort_unstable();
        assert_eq!(running.open(), told, "{flaw} {report}");
        // Two accounts with one address: this receiver refuses to deactivate either.
        assert_eq!(told.is_empty(), flaw != "by-directory-id", "{report}");
    }
}

#[tokio::test]
async fn each_check_fails_a_receiver_that_is_wrong_in_just_that() {
    for row in CHECKS {
        let report = check(&start(row.id, Shows::Everything).await, &[]).await;
        assert_eq!(failed(&report), [row.id], "{report}");
        assert!(!report.ok);
        let told = report.to_string();
        for part in ["FAIL ", "sent  ", "expected  ", "came  ", row.change] {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}

#[tokio::test]
async fn without_a_first_answer_nothing_else_is_said() {
    let report = check(&start("reached", Shows::Everything).await, &[]).await;
    assert_eq!(unseen(&report).len(), CHECKS.len() - 1, "{report}");
    let target = Target::new("http://127.0.0.1:1/", [secret()]);
    let report = run(&target, &[], |_| {}).await.unwrap();
    assert_eq!(failed(&report), ["reached"], "{report}");
}

#[tokio::test]
async fn e_13_who_makes_a_second_account_for_a_returner_fails() {
    let report = check(&start("reactivate-anew", Shows::Everything).await, &[]).await;
    assert_eq!(
        failed(&report),
        ["reactivate", "settings-return"],
        "{report}"
    );
}

/// What a receiver does not show is neither passed nor failed.
#[tokio::test]
async fn what_cannot_be_seen_is_not_checked() {
    let settings = ["end-access", "settings-move", "settings-return"];
    let values = [
        "update",
        "fields",
        "not-said",
        "move",
        "external",
        "deactivate",
        "reactivate",
        "out-of-order",
    ];
    let accounts = ["same-key", "by-directory-id", "by-app-ref", "two-people"];
    let rows: [(Shows, Vec<&[&str]>); 3] = [
        (Shows::Observed, vec![&settings]),
        (Shows::Ids, vec![&values, &settings]),
        (
            Shows::Nothing,
            vec![&values, &settings, &accounts, &["group-create"]],
        ),
    ];
    for (shows, wanted) in rows {
        let report = check(&start("", shows).await, &[]).await;
        assert_eq!(failed(&report), [""; 0], "{shows:?} {report}");
        let (mut found, mut wanted) = (unseen(&report), wanted.concat());
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{shows:?} {report}");
    }
}
