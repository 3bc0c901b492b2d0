//! What people do to incidents from the command line.

#![expect(clippy::unwrap_used, reason = "a process that cannot be driven fails the test")]

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::process::Folder;

/// Opens one by hand, and gives its incident.
fn created(folder: &Folder, name: &str, level: &str) -> String {
    let created = folder.run(&["escalation", "create", name, level, "--by", "desk", "--json"]).json();
    created["incident"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_incident_is_put_off_ended_taken_back_and_reopened_each_with_a_reason() {
    let folder = Folder::new();
    let id = created(&folder, "disk-full", "high");
    let id = id.as_str();
    folder
        .run(&[
            "incident",
            "snooze",
            id,
            "--for",
            "2h",
            "--users",
            "50",
            "--by",
            "ada",
            "--reason",
            "the fix rolls out",
        ])
        .ended(
            0,
            &["is snoozed now: pages are held, and it comes back at 2", "(in ", "or at 50 users", "nothing is sent"],
        );
    folder.run(&["incident", "list", "--state", "snoozed"]).ended(0, &["snoozed", "disk-full"]);
    folder
        .run(&["incident", "show", id])
        .ended(0, &["Snoozed by ada; pages are held", ": the fix rolls out", "answer       in time", " --for 2h"]);
    folder
        .run(&["incident", "snooze", id, "--until", "2020-12-01T09:00Z"])
        .ended(2, &["a snooze needs an end in the future"]);
    folder.run(&["incident", "snooze", id, "--until", "09:00"]).ended(2, &["expected 'until' to be a time such as"]);
    folder.run(&["incident", "snooze", id]).ended(2, &["--for <TIME>", "--next-release"]);
    folder.run(&["incident", "snooze", id, "--users", "0"]).ended(2, &["--users"]);
    folder.run(&["incident", "undo", id]).ended(1, &["the incident is not over", "Snoozed by ada"]);
    folder.run(&["incident", "ack", id, "--by", "bob", "--reason", "on it"]).ended(0, &["acknowledged now"]);
    folder.run(&["incident", "resolve", id, "--by", "bob"]).ended(0, &["resolved now"]);
    folder.run(&["incident", "snooze", id, "--next-release"]).ended(1, &["is resolved already", "Resolved at 2"]);
    folder
        .run(&["incident", "undo", id, "--by", "bob", "--reason", "the wrong one"])
        .ended(0, &["is acknowledged now"]);
    folder.run(&["incident", "resolve", id, "--by", "bob"]).ended(0, &["resolved now"]);
    folder
        .run(&["incident", "reopen", id, "--by", "carol", "--reason", "it is back"])
        .ended(0, &["is open now, level high"]);
    folder
        .run(&["why", id])
        .ended(0, &["Reopened by carol at level high", "it is back", "The resolve was undone by bob", ": on it"]);
    folder.run(&["incident", "reopen", "inc-zzzzzzzzzzzz"]).ended(3, &["there is no incident"]);
    folder.run(&["incident", "ack", "BND-ZZZ"]).ended(3, &["there is no bundle 'bnd-zzz'"]);
}

#[test]
fn a_rebase_is_shown_before_it_is_done() {
    let folder = Folder::new();
    let policy = domain::policy::file::DEFAULT;
    folder.write("policy.toml", policy);
    folder.write("watchfire.toml", "policy = \"policy.toml\"\n");
    let id = created(&folder, "disk-full", "high");
    folder.run(&["policy", "rebase", &id]).ended(0, &["has the current policy", "nothing changes"]);
    let later = policy.replacen("initial_delay = \"2m\"", "initial_delay = \"1h\"", 1);
    assert_ne!(later, policy);
    folder.write("policy.toml", &later);
    let shown = folder.run(&["policy", "rebase", &id, "--dry-run"]);
    shown.ended(0, &["would go on under policy", "next rung", "0, due 2"]);
    assert!(!shown.err.contains("nothing is sent"), "{shown:#?}");
    let tried = folder.run(&["policy", "rebase", &id, "--dry-run", "--json"]).json();
    assert_eq!((&tried["changed"], &tried["dry_run"]), (&true.into(), &true.into()));
    folder.run(&["policy", "rebase", &id, "--reason", "the ladder was wrong"]).ended(0, &["goes on under policy"]);
    folder.run(&["policy", "rebase", &id]).ended(0, &["nothing changes"]);
    folder.run(&["why", &id]).ended(0, &["Moved from policy", "the ladder was wrong"]);
}

#[test]
fn a_drill_without_a_service_begins_nothing() {
    let folder = Folder::new();
    folder.run(&["drill", "critical"]).ended(1, &["no service is running", "no drill was begun"]);
    folder.run(&["drill", "critical", "--wait", "soon"]).ended(2, &["--wait", "such as 15m"]);
    folder.run(&["drill", "maintenance"]).ended(2, &["critical, high, medium, low"]);
    assert!(!folder.path("data").exists(), "a drill made files");
}

#[test]
fn a_drill_follows_the_page_to_its_answer_and_is_resolved() {
    let folder = Folder::new();
    let mut service = folder.serve();
    let mut drill = folder
        .command(&["drill", "critical", "--wait", "5m", "--by", "desk"], &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(drill.stdout.take().unwrap()).lines().map(Result::unwrap);
    let begun = lines.next().unwrap();
    let id = begun.split(' ').nth(1).unwrap().to_owned();
    assert!(
        begun.starts_with("drill inc-") && begun.contains("of level critical: the first message is due"),
        "{begun}"
    );
    let delivered = lines.next().unwrap();
    assert!(delivered.contains("delivered to console, ") && delivered.contains(" after it was due"), "{delivered}");
    let page = service.page("> watchfire why");
    assert!(page.contains("TEST · CRITICAL · Drill of level critical"), "{page}");
    folder.run(&["incident", "ack", &id, "--by", "ada"]).ended(0, &["acknowledged now"]);
    let rest: Vec<_> = lines.collect();
    assert!(rest[0].contains("answered by ada, "), "{rest:?}");
    assert_eq!(rest.last().map(String::as_str), Some("answered: the drill is resolved"));
    assert_eq!(drill.wait().unwrap().code(), Some(0));
    folder.run(&["incident", "list"]).ended(0, &["no incident is live"]);
    folder.run(&["escalation", "stats"]).ended(0, &["0 incidents"]);
    service.stop();
}

#[test]
fn a_drill_that_nobody_answers_fails_and_is_resolved_all_the_same() {
    let folder = Folder::new();
    let service = folder.serve();
    let drill = folder.run(&["drill", "critical", "--wait", "2s", "--json"]);
    assert_eq!(drill.code, Some(1), "{drill:#?}");
    let report: serde_json::Value = serde_json::from_str(&drill.out).unwrap();
    assert_eq!((&report["answered"], &report["resolved"]), (&false.into(), &true.into()), "{report}");
    assert_eq!(report["answered_by"], serde_json::Value::Null);
    folder.run(&["incident", "list"]).ended(0, &["no incident is live"]);
    folder.run(&["drill", "high", "--no-wait"]).ended(0, &["of level high", "it goes on until somebody resolves it"]);
    folder.run(&["incident", "list"]).ended(0, &["TEST Drill of level high"]);
    service.stop();
}
