//! Commands when nothing runs.

use crate::process::Folder;

const SILENCE: &str = "nothing is sent until `watchfire serve` runs";

#[test]
fn a_change_without_a_service_is_stored_and_sent_by_the_next_one() {
    let folder = Folder::new();
    let created = folder.run(&[
        "escalation",
        "create",
        "disk-full-db1",
        "critical",
        "--title",
        "Disk full on db1",
        "--by",
        "ada",
        "--json",
    ]);
    assert!(created.err.contains(SILENCE), "{created:#?}");
    assert!(!created.out.contains("Page"), "a page was sent by a command: {created:#?}");
    let id = created.json()["id"].as_str().unwrap_or_default().to_owned();
    folder.run(&["escalation", "status", &id[..8]]).ended(0, &["Disk full on db1", "critical"]);

    let mut service = folder.serve();
    let page = service.page("> watchfire why");
    assert!(page.contains("Disk full on db1"), "{page}");
    folder.run(&["escalation", "list"]).ended(0, &["running"]);
    folder.run(&["escalation", "resolve", &id, "--reason", "grown"]).ended(0, &["resolved"]);
    folder.run(&["escalation", "list"]).ended(0, &["no escalation is live"]);
    folder.run(&["escalation", "stats", "--json"]).json();
    folder.run(&["escalation", "cleanup", "--dry-run"]).ended(0, &["would delete"]);
    service.stop();
}

#[test]
fn reading_without_a_service_says_nothing_of_sending() {
    let folder = Folder::new();
    let list = folder.run(&["incident", "list"]);
    list.ended(0, &["no incident is live"]);
    assert!(!list.err.contains(SILENCE), "{list:#?}");
    folder.run(&["health"]).ended(1, &["no service is running here"]);
}

#[test]
fn a_service_that_was_killed_is_not_waited_for() {
    let folder = Folder::new();
    let mut service = folder.serve();
    folder.run(&["test-webhook"]).ended(0, &["opened"]);
    service.signal("KILL");
    service.wait();
    assert!(folder.path("data/service.json").exists());
    folder.run(&["incident", "list"]).ended(0, &["WatchfireTest"]);
    folder.serve().stop();
}

#[test]
fn a_test_of_a_target_works_without_a_service() {
    let folder = Folder::new();
    folder.run(&["notify", "test", "console"]).ended(0, &["Watchfire can reach you here", "delivered"]);
    folder.run(&["notify", "test", "slack"]).ended(3, &["configured are: console"]);
}

#[test]
fn configuration_policy_and_schema_are_looked_at_without_a_service() {
    let folder = Folder::new();
    folder.run(&["config", "check"]).ended(0, &["sound", "console"]);
    folder
        .run_with(&["config", "check"], &[("TELEGRAM_BOT_TOKEN", "hunter2")])
        .ended(0, &["TELEGRAM_BOT_TOKEN is set, but not used yet"]);
    folder.run(&["config", "check", "--variables"]).ended(0, &["SENTRY_WEBHOOK_SECRET_FILE", "DATABASE_URL"]);
    folder.run(&["config", "dump"]).ended(0, &["port = 3001  # default"]);
    folder.run(&["policy", "check"]).ended(0, &["nobody fills the role `primary`", "sound"]);
    assert!(!folder.path("data").exists(), "looking made files");
    folder.run(&["migrate"]).ended(0, &["watchfire.db"]);
    folder.run(&["completions", "bash"]).ended(0, &["_watchfire"]);
    let defaults = folder.run(&["config", "dump", "--defaults"]).out;
    folder.write("watchfire.toml", &defaults);
    folder.run(&["config", "check"]).ended(0, &["watchfire.toml"]);
}
