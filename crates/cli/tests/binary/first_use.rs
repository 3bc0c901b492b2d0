//! A fresh machine, nothing configured.

#![expect(clippy::unwrap_used, reason = "a socket or file that cannot be used fails the test")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::process::{Folder, mode};

#[test]
fn with_nothing_configured_a_test_becomes_a_page_that_somebody_answers() {
    let folder = Folder::new();
    let mut service = folder.serve();

    folder.run(&["test-webhook"]).ended(0, &["opened", "level critical", "watchfire incident ack"]);
    let page = service.page("> watchfire why");
    assert!(page.contains("TEST · CRITICAL · WatchfireTest"), "{page}");

    let list = folder.run(&["incident", "list", "--json"]).json();
    let incident = &list["items"][0];
    assert_eq!(
        (&incident["state"], &incident["level"], &incident["synthetic"]),
        (&"escalating".into(), &"critical".into(), &true.into())
    );
    assert!(list["next"].is_null());
    for field in [
        "id",
        "state",
        "level",
        "priority",
        "title",
        "project",
        "environment",
        "fingerprint",
        "sentry_issue_id",
        "count",
        "opened_at",
        "last_seen_at",
    ] {
        assert!(!incident[field].is_null(), "{field} is missing: {incident}");
    }
    for field in ["id", "rung", "attempts", "next_at"] {
        assert!(!incident["escalation"][field].is_null(), "escalation.{field} is missing: {incident}");
    }
    let id = incident["id"].as_str().unwrap_or_default();
    assert!(page.contains(id), "{page}");

    let short = &id[..9];
    folder
        .run(&["incident", "show", short])
        .ended(0, &["Why critical", "Timeline", "Page 1 to console", "Rung 1 of the critical ladder", "> watchfire"]);
    let shown = folder.run(&["incident", "show", short, "--json"]).json();
    assert_eq!(shown["factors"].as_array().map(Vec::len), Some(6));
    assert!(shown["timeline"].as_array().is_some_and(|timeline| timeline.len() >= 4), "{shown}");
    folder.run(&["why", short]).ended(0, &["L1", "L2"]);

    folder.run(&["incident", "ack", short, "--by", "ada"]).ended(0, &["acknowledged now"]);
    service.page("ada");
    folder
        .run(&["incident", "ack", &short.to_uppercase(), "--by", "ada"])
        .ended(0, &["it was ada's already; the hold now ends at 2"]);
    folder.run(&["incident", "resolve", short, "--by", "ada", "--reason", "it was a test"]).ended(0, &["resolved now"]);
    service.page("resolved");
    folder.run(&["incident", "list"]).ended(0, &["no incident is live"]);
    folder.run(&["owed"]).ended(0, &["no incident is live"]);
    service.stop();
}

#[test]
fn what_serve_makes_is_its_owners_alone() {
    let folder = Folder::new();
    let service = folder.serve();
    assert_eq!(mode(&folder.path("data")), 0o700);
    for name in [
        "data/webhook-secret",
        "data/admin-token",
        "data/feed-key",
        "data/service.json",
        "data/watchfire.db",
        "data/watchfire.db-wal",
        "data/watchfire.db-shm",
        "data/watchfire.db.lock",
    ] {
        assert_eq!(mode(&folder.path(name)), 0o600, "{name}");
    }
    let shown = folder.run(&["secret", "show"]);
    let kept = std::fs::read_to_string(folder.path("data/webhook-secret")).unwrap();
    assert_eq!((shown.out.trim(), shown.out.trim().len()), (kept.trim(), 64));
    service.stop();
    assert!(!folder.path("data/service.json").exists(), "commands would look for a service that is gone");
}

#[test]
fn a_secret_stays_the_same_after_a_restart() {
    let folder = Folder::new();
    folder.serve().stop();
    let before = folder.run(&["secret", "show"]).out;
    folder.serve().stop();
    assert_eq!(folder.run(&["secret", "show"]).out, before);
}

#[test]
fn a_service_elsewhere_is_found_by_its_address_and_token() {
    let (here, there) = (Folder::new(), Folder::new());
    let token = here.run(&["secret", "generate", "--token"]).out.trim().to_owned();
    let service = there.serve_with(&[("WATCHFIRE_TOKEN", &token)]);
    let url = format!("http://{}", service.address());

    here.run_with(&["incident", "list"], &[("WATCHFIRE_URL", &url), ("WATCHFIRE_TOKEN", &token)])
        .ended(0, &["no incident is live"]);
    here.run_with(
        &["incident", "list"],
        &[("WATCHFIRE_URL", &url), ("WATCHFIRE_TOKEN", "wf_00000000000000000000000000000000")],
    )
    .ended(1, &["WATCHFIRE_TOKEN"]);
    here.run_with(&["test-webhook"], &[("WATCHFIRE_URL", &url), ("WATCHFIRE_TOKEN", &token)])
        .ended(2, &["SENTRY_WEBHOOK_SECRET"]);
    let secret = there.run(&["secret", "show"]).out;
    let variables =
        [("WATCHFIRE_URL", url.as_str()), ("WATCHFIRE_TOKEN", &token), ("SENTRY_WEBHOOK_SECRET", secret.trim())];
    here.run_with(&["test-webhook"], &variables).ended(0, &["opened"]);
    assert!(!here.path("data").exists(), "a command for a service elsewhere made files here");
    service.stop();
}

#[test]
fn monitoring_that_is_off_stores_and_opens_nothing_and_says_so() {
    let folder = Folder::new();
    let service = folder.serve_with(&[("SENTRY_MONITORING_ENABLED", "false")]);
    folder.run(&["test-webhook"]).ended(0, &["stored", "touched no incident: monitoring is off"]);
    folder.run(&["health"]).ended(0, &["monitoring is off"]);
    service.stop();
}

#[test]
fn a_wrong_signature_is_told_with_the_way_out() {
    let folder = Folder::new();
    let service = folder.serve();
    let other = [("SENTRY_WEBHOOK_SECRET", "00000000000000000000000000000000")];
    folder.run_with(&["test-webhook"], &other).ended(1, &["refused the signature", "SENTRY_WEBHOOK_SECRET"]);
    folder.run(&["incident", "list", "--all"]).ended(0, &["no incident"]);
    service.stop();
}

#[test]
fn a_hang_up_takes_a_sound_policy_refuses_a_bad_one_and_ends_nothing() {
    let folder = Folder::new();
    let policy = domain::policy::file::DEFAULT;
    folder.write("policy.toml", policy);
    folder.write("watchfire.toml", "policy = \"policy.toml\"\n");
    let mut service = folder.serve();
    folder.write("policy.toml", &policy.replacen("cooldown = \"5m\"", "cooldown = 5", 1));
    service.signal("HUP");
    service.hear("a number has no unit");
    service.hear("what runs stays as it is");
    folder.write("policy.toml", &policy.replace("primary = []", "primary = [\"notifier:room\"]"));
    folder.write("watchfire.toml", "policy = \"policy.toml\"\n[notifiers.room]\ntype = \"console\"\n");
    service.signal("HUP");
    service.hear("the policy names what only a restart would know");

    // The first rung of critical waits from now on: who is told at once by the old policy is not by the new one.
    let slower = policy.replacen("initial_delay = \"0\"", "initial_delay = \"3h\"", 1);
    assert_ne!(slower, policy);
    folder.write("policy.toml", &slower);
    folder.write("watchfire.toml", "policy = \"policy.toml\"\n[retention]\ntasks = \"40d\"\n");
    service.signal("HUP");
    service.hear("take effect at the next start");
    service.hear("retention.tasks");
    service.hear("the policy was read anew and is in effect");
    folder.run(&["test-webhook"]).ended(0, &["opened"]);
    let list = folder.run(&["incident", "list", "--json"]).json();
    assert_eq!(list["items"][0]["escalation"]["attempts"], 0, "{list}");
    folder.run(&["owed"]).ended(0, &["nothing is overdue or failed; 1 incident waits for its next rung"]);
    service.signal("INT");
    assert_eq!(service.wait().code(), Some(0));
}

#[test]
fn a_secret_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.run(&["secret", "show"]).ended(0, &[]);
    let path = folder.path("data/webhook-secret");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    folder.run(&["config", "check"]).ended(0, &["data/webhook-secret", "chmod 600"]);
    let mut service = folder.serve();
    service.hear("chmod 600");
    service.stop();
}

#[test]
fn a_second_signal_does_not_wait_for_what_is_under_way() {
    let folder = Folder::new();
    let mut service = folder.serve();
    let mut slow = TcpStream::connect(service.address()).unwrap();
    slow.write_all(
        b"POST /api/sentry-webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
    )
    .unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100", "the body is not being read");
    service.signal("TERM");
    service.hear("stopping");
    service.signal("TERM");
    assert_eq!(service.wait().code(), Some(1));
    service.hear("stopped before everything under way was finished");
}

#[test]
fn a_folder_of_payloads_is_sent_and_judged() {
    let folder = Folder::new();
    let service = folder.serve();
    std::fs::create_dir(folder.path("payloads")).unwrap();
    let issue = r#"{"action":"created","installation":{"uuid":"u"},"data":{"issue":{"id":"7","title":"TypeError: no","level":"error","status":"unresolved",
        "project":{"id":"1","slug":"shop","name":"Shop"},"web_url":"https://sentry.example/organizations/o/issues/7/","firstSeen":"2026-11-20T10:00:00Z",
        "lastSeen":"2026-11-20T10:00:00Z","count":"1","userCount":1}},"actor":{"type":"application","id":"sentry","name":"Sentry"}}"#;
    folder.write("payloads/one.issue.created.json", issue);
    folder.write("payloads/installation.created.json", r#"{"action":"created","data":{"installation":{"uuid":"u"}}}"#);
    folder.write("payloads/rest.list.json", "[]");
    let rows = folder.run(&["payloads", "payloads", "--json"]).json();
    let row = |file: &str| {
        rows.as_array().and_then(|rows| rows.iter().find(|row| row["file"] == file)).cloned().unwrap_or_default()
    };
    let issue = row("one.issue.created.json");
    assert_eq!(
        (&issue["status"], &issue["outcome"], &issue["stored_byte_equal"]),
        (&202.into(), &"opened".into(), &true.into()),
        "{issue}"
    );
    assert_eq!(issue["incident"]["project"], "shop");
    assert_eq!(row("installation.created.json")["outcome"], "stored");
    assert_eq!(row("rest.list.json")["skipped"], "no webhook body");
    folder.write("payloads/two.issue.created.json", "{}");
    folder
        .run(&["payloads", "payloads"])
        .ended(1, &["opened and joined nothing", "1 of 3 were not taken as they should be"]);
    service.stop();
}
