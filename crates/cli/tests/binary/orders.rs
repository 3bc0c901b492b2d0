//! Silences, who is on call, and calendars: ordered by command, heeded by the service.

#![expect(clippy::unwrap_used, reason = "a folder that cannot be read fails the test")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::process::Folder;

const SCHEDULES: &str = r#"
[contacts]
ada = { channels = ["console"] }
bob = { channels = ["console"] }

[schedules.web]
zone = "Europe/Berlin"
[schedules.web.layers.primary]
people = ["ada"]
rotation = "weekly"
"#;

const POLICY: &[(&str, &str)] = &[("WATCHFIRE_POLICY", "policy.toml"), ("USER", "ada")];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("policy.toml", &format!("{}\n{SCHEDULES}", domain::policy::file::DEFAULT));
    folder
}

#[test]
fn a_silence_is_tried_ordered_listed_and_ended() {
    let folder = folder();
    let run = |arguments: &[&str]| folder.run_with(arguments, POLICY);
    let add = ["silence", "add", "project=shop", "environment!=production", "--for", "2h", "--reason", "deploy"];
    run(&[&add[..], &["--dry-run"]].concat()).ended(0, &["was not ordered", "it would have muted nothing"]);
    run(&["silence", "list"]).ended(0, &["nothing is silenced"]);
    let added = run(&[&add[..], &["--json"]].concat());
    let id = added.json()["id"].as_str().unwrap().to_owned();
    run(&["silence", "list"]).ended(0, &[&id, "ends in", "ada", "deploy"]);
    run(&["silence", "preview", &id[..9]]).ended(0, &["it would have muted nothing"]);
    run(&["silence", "end", &id[..9], "--reason", "done"]).ended(0, &[&id, "is over"]);
    run(&["silence", "end", &id]).ended(0, &["by ada already; nothing changed"]);
    run(&["silence", "end", "sil-zzzz"]).ended(3, &["there is no silence 'sil-zzzz'"]);
    run(&["silence", "add", "colour=red", "level=loud", "--for", "2h", "--reason", "x"])
        .ended(2, &["2 mistakes", "colour", "level"]);
    run(&["silence", "add", "--for", "2h", "--reason", "x"]).ended(2, &["TERMS"]);
    run(&["silence", "add", "project=shop", "--days", "sat", "--reason", "x"]).ended(2, &["--last-day"]);
}

#[test]
fn somebody_else_is_on_call_by_order_and_by_calendar() {
    let folder = folder();
    let run = |arguments: &[&str]| folder.run_with(arguments, POLICY);
    run(&["migrate"]).ended(0, &[]);
    run(&["oncall", "now"]).ended(0, &["web", "primary", "ada", "rotation"]);
    let ordered = run(&["oncall", "override", "web", "primary", "bob", "--for", "8h", "--reason", "concert"]);
    ordered.ended(0, &["bob is on call for web/primary", "instead of ada", "oncall override --end ovr-"]);
    let shown = run(&["oncall", "show", "web", "--weeks", "1"]);
    shown.ended(0, &["bob", "concert", "Somebody is on call at all times."]);
    let id = shown.out.split_whitespace().find(|word| word.starts_with("ovr-")).unwrap();
    run(&["oncall", "override", "--end", &id[..8]]).ended(0, &["is over: bob on web/primary ends now"]);
    run(&["oncall", "now"]).ended(0, &["ada", "rotation"]);
    run(&["oncall", "override", "web", "primary", "dan", "--for", "8h"])
        .ended(2, &["there is no contact 'dan'", "ada, bob"]);
    run(&["oncall", "show", "app"]).ended(3, &["there is no schedule 'app'; there are: web"]);

    let event = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:bob\nDTSTART;VALUE=DATE:20240101\nRRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n";
    folder.write("rota.ics", event);
    run(&["oncall", "import", "web", "primary", "rota.ics", "--dry-run"]).ended(0, &["would make 5", "bob"]);
    run(&["oncall", "import", "web", "primary", "rota.ics"]).ended(0, &["made 5"]);
    folder.write("rota.ics", &event.replace("bob", "dan"));
    run(&["oncall", "import", "web", "primary", "rota.ics"]).ended(2, &["line 3", "contact of the policy"]);
    run(&["oncall", "import", "web", "primary", "nowhere.ics"]).ended(2, &["nowhere.ics"]);
}

/// What a calendar program gets, with its head.
fn fetched(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_address_of_a_feed_outlives_a_restart_and_not_its_key() {
    let folder = folder();
    let path_of = |address: &str| {
        let feed = folder.run_with(&["oncall", "feed", "web"], POLICY);
        feed.ended(0, &["whoever knows this address", "public_url is not set"]);
        feed.out.trim().strip_prefix(&format!("http://{address}")).unwrap().to_owned()
    };
    let service = folder.serve_with(POLICY);
    let path = path_of(&service.address());
    let answer = fetched(&service.address(), &path);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("SUMMARY:ada (primary)"), "{answer}");
    assert!(fetched(&service.address(), &path[..path.len() - 1]).starts_with("HTTP/1.1 404"));
    service.stop();

    let service = folder.serve_with(POLICY);
    assert_eq!(path_of(&service.address()), path);
    service.stop();

    std::fs::remove_file(folder.path("data/feed-key")).unwrap();
    let service = folder.serve_with(POLICY);
    assert_ne!(path_of(&service.address()), path);
    assert!(fetched(&service.address(), &path).starts_with("HTTP/1.1 404"));
    service.stop();
    folder
        .run_with(&["oncall", "feed", "web"], &[("WATCHFIRE_POLICY", "policy.toml"), ("WATCHFIRE_FEED_KEY", "short")])
        .ended(2, &["WATCHFIRE_FEED_KEY", "expected at least 32 characters"]);
}
