//! P1, P13: a server killed in the middle loses nothing it acknowledged, and the job ends where it would have ended.

use std::process::Child;

use crate::{
    harness::{Dev, call, free_port, play, report},
    main_job::check_accounts,
};

/// How many people the directory has when the server is killed, one kill each.
const KILLS_AT_USERS: [u64; 4] = [1, 20, 50, 79];
/// How many accounts the application has when the server is killed, while the job applies.
const KILLS_AT_ACCOUNTS: [usize; 2] = [1, 30];

#[test]
fn p1_p13_kill_9_in_the_middle_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let start = || Dev::start(folder.path(), &["--listen", &listen]);
    let mut dev = start();
    let (url, token) = (
        dev.text("base_url").to_owned(),
        dev.text("token").to_owned(),
    );
    let mut player = play("okta", &url, &token, &["--users", "80", "--groups", "4"])
        .spawn()
        .unwrap();
    let mut kills = 0;
    for users in KILLS_AT_USERS {
        if !reached(&dev, &mut player, users) {
            break;
        }
        dev.kill();
        kills += 1;
        dev = start();
        assert_eq!(
            (dev.text("base_url"), dev.text("token")),
            (url.as_str(), token.as_str())
        );
    }
    assert!(kills > 0, "the run was over before the first kill");
    let output = player.wait_with_output().unwrap();
    for accounts in KILLS_AT_ACCOUNTS {
        while dev.list("/accounts").len() < accounts {}
        dev.kill();
        dev = start();
    }
    check_accounts(&dev, &[report("okta", &output)]);
}

/// Waits until the directory has that many people; false when the provider was done before.
fn reached(dev: &Dev, player: &mut Child, users: u64) -> bool {
    let count = format!("{}/Users?count=0", dev.text("base_url"));
    loop {
        let (status, list) = call("GET", &count, dev.text("token"), None);
        assert_eq!(status, 200, "{list}");
        if list["totalResults"].as_u64().unwrap() >= users {
            return true;
        }
        if player.try_wait().unwrap().is_some() {
            return false;
        }
    }
}
