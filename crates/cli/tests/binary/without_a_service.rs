//! Commands when nothing runs.

#![expect(clippy::unwrap_used, reason = "a socket that cannot be used fails the test")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

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
    folder
        .run(&["escalation", "cleanup", "--dry-run"])
        .ended(0, &["would delete", "incidents that were resolved, with all that is theirs before 2"]);
    service.stop();
}

#[test]
fn reading_without_a_service_says_nothing_of_sending() {
    let folder = Folder::new();
    folder.run(&["migrate"]).ended(0, &[]);
    let cleaned = folder.run(&["escalation", "cleanup"]);
    cleaned.ended(0, &["deleted 0 deliveries", "0 timeline entries"]);
    assert!(!cleaned.err.contains(SILENCE), "{cleaned:#?}");
    folder.run(&["owed"]).ended(0, &["nothing is overdue or failed; no incident is live"]);
    let list = folder.run(&["incident", "list"]);
    list.ended(0, &["no incident is live"]);
    assert!(!list.err.contains(SILENCE), "{list:#?}");
    folder.run(&["health"]).ended(1, &["no service is running here"]);
}

#[test]
fn what_looks_at_nothing_says_so_and_makes_nothing() {
    let folder = Folder::new();
    for command in [
        &["incident", "list"][..],
        &["incident", "show", "inc-000000000000"],
        &["incident", "ack", "inc-000000000000"],
        &["escalation", "list"],
        &["escalation", "stats"],
        &["escalation", "cleanup"],
        &["why", "inc-000000000000"],
        &["owed"],
    ] {
        folder
            .run(command)
            .ended(1, &["there is no database here", "data/watchfire.db", "--data-dir", "WATCHFIRE_URL"]);
    }
    assert!(!folder.path("data").exists(), "looking made files");
}

#[test]
fn situations_are_judged_without_a_service_and_the_exit_code_says_how() {
    let folder = Folder::new();
    folder.run(&["triage", "test"]).ended(0, &["situations:", "0 more than one level off"]);
    std::fs::write(
        folder.path("mine.toml"),
        "[[situation]]\nname = \"alarm\"\npriority = \"low\"\nwhy = \"each Monday\"\n\
         signal = { resource = \"metric_alert\", action = \"critical\", title = \"rate\" }\n",
    )
    .unwrap();
    folder.run(&["triage", "test", "mine.toml"]).ended(1, &["expected low, found critical", "agree too little"]);
    let judged = folder.run(&["triage", "test", "mine.toml", "--json"]);
    judged.ended(1, &["\"levels_off\": 3"]);
    std::fs::write(folder.path("wrong.toml"), "[[situation]]\nnam = \"alarm\"\n").unwrap();
    folder.run(&["triage", "test", "wrong.toml"]).ended(2, &["wrong.toml:2:1", "did you mean `name`?"]);
    folder.run(&["triage", "test", "nowhere.toml"]).ended(2, &["nowhere.toml cannot be read"]);
    assert!(!folder.path("data").exists(), "judging made files");
}

/// A stranger on a port: gives the same answer to everybody, and what it was sent once it is asked.
struct Stranger(TcpListener);

impl Stranger {
    fn on(address: &str) -> Self {
        Self(TcpListener::bind(address).unwrap())
    }

    /// Answers one request with 200, and gives the head of it in lower case.
    fn answer(&self, body: &str) -> String {
        let (mut socket, _) = self.0.accept().unwrap();
        let mut reader = BufReader::new(socket.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let line = line.to_ascii_lowercase();
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
            head.push_str(&line);
        }
        reader.read_exact(&mut vec![0; length]).unwrap();
        let length = body.len();
        write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
        head
    }
}

#[test]
fn whoever_listens_on_the_port_of_a_dead_service_is_not_spoken_to() {
    let folder = Folder::new();
    let mut service = folder.serve();
    let address = service.address();
    service.signal("KILL");
    service.wait();
    let stranger = Stranger::on(&address);
    stranger.0.set_nonblocking(true).unwrap();
    folder.run(&["incident", "list"]).ended(0, &["no incident is live"]);
    folder.run(&["test-webhook"]).ended(0, &["opened", "nothing is sent until"]);
    folder.run(&["health"]).ended(1, &["no service is running here"]);
    let nobody = stranger.0.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(nobody, Err(std::io::ErrorKind::WouldBlock), "a stranger was spoken to");
}

#[test]
fn a_delivery_carries_no_token_and_an_answer_of_somebody_else_is_a_failure() {
    let folder = Folder::new();
    let stranger = Stranger::on("127.0.0.1:0");
    let url = format!("http://{}", stranger.0.local_addr().unwrap());
    let variables = [
        ("WATCHFIRE_URL", url.as_str()),
        ("WATCHFIRE_TOKEN", "wf_00000000000000000000000000000000"),
        ("SENTRY_WEBHOOK_SECRET", "0123456789abcdef0123456789abcdef"),
    ];
    for (arguments, has_token) in [(&["test-webhook"][..], false), (&["health"], true), (&["incident", "list"], true)] {
        let (said, head) = std::thread::scope(|scope| {
            let answered = scope.spawn(|| stranger.answer("welcome"));
            (folder.run_with(arguments, &variables), answered.join().unwrap())
        });
        said.ended(1, &["not as Watchfire does"]);
        assert_eq!(head.contains("authorization"), has_token, "{head}");
    }
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
    folder.run(&["config", "check", "--variables"]).ended(
        0,
        &[
            "SENTRY_WEBHOOK_SECRET_FILE",
            "DATABASE_URL",
            "WATCHFIRE_CONFIG",
            "WATCHFIRE_URL",
            "WATCHFIRE_TOKEN_FILE",
            "WATCHFIRE_FEED_KEY_FILE",
        ],
    );
    folder.run(&["config", "dump"]).ended(0, &["port = 3001  # default"]);
    folder
        .run(&["policy", "check"])
        .ended(0, &["nobody fills the role `primary`", "these rungs reach nobody", "critical     rung 1", "sound"]);
    assert!(!folder.path("data").exists(), "looking made files");
    folder.run(&["migrate"]).ended(0, &["watchfire.db"]);
    folder.run(&["completions", "bash"]).ended(0, &["_watchfire"]);
    let defaults = folder.run(&["config", "dump", "--defaults"]).out;
    folder.write("watchfire.toml", &defaults);
    folder.run(&["config", "check"]).ended(0, &["watchfire.toml"]);
}
