//! Each thing that can be wrong is told clearly, with the way out and the right exit code, and nothing is lost.

#![expect(clippy::unwrap_used, reason = "a socket or file that cannot be used fails the test")]

use std::net::TcpListener;

use crate::process::Folder;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn a_broken_configuration_is_told_with_its_lines_and_starts_nothing() {
    let folder = Folder::new();
    folder.write("watchfire.toml", "[server]\nprot = 3001\n\n[log]\nformat = \"xml\"\n");
    for command in [&["serve"][..], &["config", "check"], &["incident", "list"], &["policy", "check"]] {
        folder
            .run(command)
            .ended(2, &["watchfire.toml:2:1", "did you mean `port`?", "watchfire.toml:5:10", "2 mistakes"]);
    }
    assert!(!folder.path("data").exists());
}

#[test]
fn a_broken_environment_is_told_by_the_variables_name() {
    let folder = Folder::new();
    let variables = [
        ("SENTRY_WEBHOOK_PORT", "many"),
        ("DATABASE_URL", "postgres://db/watchfire"),
        ("SENTRY_WEBHOOK_SECRET_FILE", "/nowhere"),
    ];
    folder.run_with(&["serve"], &variables).ended(
        2,
        &[
            "SENTRY_WEBHOOK_PORT",
            "\"many\"",
            "DATABASE_URL: PostgreSQL is not supported yet",
            "SENTRY_WEBHOOK_SECRET_FILE",
            "3 mistakes",
        ],
    );
}

#[test]
fn a_policy_that_names_an_unknown_target_is_refused_everywhere() {
    let folder = Folder::new();
    let policy = domain::policy::file::DEFAULT.replace("primary = []", "primary = [\"notifier:consol\"]");
    folder.write("policy.toml", &policy);
    folder
        .run(&["policy", "check", "policy.toml"])
        .ended(2, &["policy.toml:", "notifier:consol", "did you mean `console`?"]);
    folder
        .run_with(&["serve"], &[("WATCHFIRE_POLICY", "policy.toml")])
        .ended(2, &["policy.toml:", "did you mean `console`?"]);
    folder.run(&["policy", "check", "nowhere.toml"]).ended(2, &["nowhere.toml"]);
}

#[test]
fn two_services_never_share_a_database() {
    let folder = Folder::new();
    let service = folder.serve();
    folder.run(&["serve", "--port", "0"]).ended(1, &["another watchfire process uses this database", "lock"]);
    folder.run(&["test-webhook"]).ended(0, &["opened"]);
    // Whoever holds the lock but cannot be found is told of, not waited for.
    std::fs::remove_file(folder.path("data/service.json")).unwrap();
    folder.run(&["incident", "list"]).ended(1, &["no service answers here", "WATCHFIRE_URL"]);
    service.stop();
}

#[test]
fn a_read_only_database_is_told_with_the_way_out() {
    let folder = Folder::new();
    folder.run(&["migrate"]).ended(0, &[]);
    let variables = [("DATABASE_URL", "sqlite:data/watchfire.db?mode=ro")];
    folder.run_with(&["serve", "--port", "0"], &variables).ended(1, &["mode=ro"]);
    folder.run_with(&["escalation", "create", "x", "low"], &variables).ended(1, &["mode=ro"]);
    folder.run_with(&["test-webhook"], &variables).ended(1, &["mode=ro"]);
    folder.run_with(&["incident", "list"], &variables).ended(0, &["no incident is live"]);
    let missing = [("DATABASE_URL", "sqlite:nowhere.db?mode=ro")];
    folder.run_with(&["migrate"], &missing).ended(1, &["nowhere.db", "there is no such file"]);
    folder.run_with(&["incident", "list"], &missing).ended(1, &["there is no database here", "nowhere.db"]);
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = Folder::new();
    folder.write("notes.txt", &"these are my notes ".repeat(100));
    folder
        .run_with(&["serve", "--port", "0"], &[("DATABASE_URL", "sqlite:notes.txt")])
        .ended(1, &["notes.txt", "no SQLite database"]);
    assert_eq!(std::fs::read_to_string(folder.path("notes.txt")).unwrap(), "these are my notes ".repeat(100));
}

#[test]
fn a_port_in_use_is_told_with_the_ways_to_choose_another() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    folder.run(&["serve", "--port", &port]).ended(1, &["cannot listen on 127.0.0.1", "--port", "SENTRY_WEBHOOK_PORT"]);
    assert!(!folder.path("data/service.json").exists());
}

#[test]
fn a_data_directory_that_cannot_be_made_is_told() {
    let folder = Folder::new();
    folder.write("data", "a file stands in the way");
    folder.run(&["serve", "--port", "0"]).ended(1, &["data directory"]);
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let folder = Folder::new();
    folder.run(&["migrate"]).ended(0, &[]);
    let pages = std::fs::metadata(folder.path("data/watchfire.db")).unwrap().len() / 4096;
    let url = format!("sqlite:data/watchfire.db?max_page_count={}", pages + 24);
    let variables = [("DATABASE_URL", url.as_str()), ("SENTRY_WEBHOOK_SECRET", SECRET)];
    let mut service = folder.serve_with(&variables);
    let mut taken = 0;
    let refused = loop {
        let said = folder.run_with(&["test-webhook"], &variables);
        match said.code {
            Some(0) if taken < 500 => taken += 1,
            _ => break said,
        }
    };
    refused.ended(1, &["cannot be taken right now"]);
    assert!(taken > 0, "the disk was full from the start");
    // Smaller things may still find room, so that health is well again at any moment; the log keeps it.
    service.hear("full");
    drop(service);

    // With room again everything that was acknowledged is there, and it goes on.
    let service = folder.serve_with(&[("SENTRY_WEBHOOK_SECRET", SECRET)]);
    let list = folder.run(&["incident", "list", "--all", "--json", "--limit", "500"]).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(taken));
    folder.run_with(&["test-webhook"], &[("SENTRY_WEBHOOK_SECRET", SECRET)]).ended(0, &["opened"]);
    service.stop();
}

#[test]
fn wrong_use_and_what_does_not_exist_have_their_own_codes() {
    let folder = Folder::new();
    folder.run(&["migrate"]).ended(0, &[]);
    for blank in [["incident", "show", ""], ["escalation", "status", " "], ["incident", "ack", ""]] {
        folder.run(&blank).ended(2, &["it is empty"]);
    }
    folder.run_with(&["incident", "list"], &[("WATCHFIRE_URL", "ftp://x")]).ended(2, &["WATCHFIRE_URL", "http://"]);
    folder.run(&["test-webhook", "--file", "/dev/zero", "--resource", "issue"]).ended(2, &["larger than 5 MiB"]);
    folder
        .run_with(&["serve", "--port", "0"], &[("WATCHFIRE_LOG_LEVEL", "loud")])
        .ended(2, &["WATCHFIRE_LOG_LEVEL", "\"loud\" is no level", "warn, info"]);
    folder.run(&["incident", "frobnicate"]).ended(2, &["frobnicate"]);
    folder.run(&["escalation", "create", "x", "urgent"]).ended(2, &["critical"]);
    folder.run(&["incident", "show", "inc-000000000000"]).ended(3, &["there is no incident"]);
    folder.run(&["escalation", "status", "esc-0"]).ended(3, &["there is no escalation"]);
    folder.run(&["test-webhook", "--file", "nowhere.json"]).ended(2, &["nowhere.json"]);
    folder.run(&["payloads", "."]).ended(3, &["no .json and no .body file"]);
    folder.run(&["incident", "list", "--cursor", "x"]).ended(2, &["cursor"]);
    folder.run(&["--config", "nowhere.toml", "incident", "list"]).ended(2, &["nowhere.toml"]);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let folder = Folder::new();
    let mut listing = folder.command(&["config", "dump", "--defaults"], &[]);
    let mut child = listing.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
