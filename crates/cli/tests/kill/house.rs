//! A folder with a configuration, and the service in it.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::clients::Connection;
use crate::receiver::Receiver;

pub const SECRET: &str = "a-secret-of-the-kill-test-with-enough-letters";

/// Rungs in each ladder of the policy.
pub const RUNGS: usize = 4;

const POLICY: &str = r#"
fallback = ["notifier:bell"]
[roles]
team = ["notifier:room"]
[contacts.ada]
channels = ["bell", "room"]
LEVELS
[triage.weights]
severity = 100
environment = 0
impact = 0
velocity = 0
novelty = 0
criticality = 0
[triage.thresholds]
critical = 90
high = 50
medium = 30
low = 10
"#;

const LEVEL: &str = r#"
[levels.NAME]
initial_delay = "DELAY"
cooldown = "1s"
max_cooldown = "1m"
ack_timeout = "1h"
agent_hold = "0"
exhausted_after = "1h"
quiet_resolve = "never"
reopen_window = "1h"
next_channel_after = "1s"
[[levels.NAME.rungs]]
after = "0"
targets = ["role:team"]
[[levels.NAME.rungs]]
after = "1s"
targets = ["contact:ada"]
[[levels.NAME.rungs]]
after = "3s"
targets = ["role:team"]
[[levels.NAME.rungs]]
after = "5s"
targets = ["contact:ada"]
"#;

pub struct House {
    folder: PathBuf,
}

impl House {
    pub fn with(receiver: &Receiver) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("kill-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let levels: String =
            [("critical", "0"), ("high", "1s"), ("medium", "2s"), ("low", "1h"), ("maintenance", "1h")]
                .iter()
                .map(|(name, delay)| LEVEL.replace("NAME", name).replace("DELAY", delay))
                .collect();
        std::fs::write(folder.join("policy.toml"), POLICY.replace("LEVELS", &levels)).unwrap();
        let notifiers: String = ["bell", "room"]
            .iter()
            .map(|name| {
                format!(
                    "[notifiers.{name}]\ntype = \"webhook\"\nurl = \"http://{}/{name}\"\n\
                     secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\nallow_private = true\n",
                    receiver.address()
                )
            })
            .collect();
        let configuration = format!(
            "data_dir = \"data\"\npolicy = \"policy.toml\"\n[server]\nport = 0\n[sentry]\nsecrets = [\"{SECRET}\"]\n\
             [log]\nlevel = \"error\"\n{notifiers}"
        );
        std::fs::write(folder.join("watchfire.toml"), configuration).unwrap();
        Self { folder }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.join("data").join("watchfire.db")
    }

    pub fn serve(&self) -> Service {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.arg("serve").current_dir(&self.folder).env_clear().stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let words = BufReader::new(child.stderr.take().unwrap());
        Service { child, words }
    }

    /// Asks the service until each ladder of short delays has come to its last rung.
    pub fn wait_for_the_last_rungs(&self, address: Option<SocketAddr>, patience: Duration) {
        let service = std::fs::read(self.folder.join("data").join("service.json")).expect("it says where it is");
        let service: serde_json::Value = serde_json::from_slice(&service).expect("JSON");
        let token_file = service["token_file"].as_str().expect("it says where its token is");
        let token = std::fs::read_to_string(self.folder.join(token_file)).expect("its token can be read");
        let mut connection = Connection::open(address.expect("it listens")).expect("it answers");
        let begun = Instant::now();
        loop {
            let answer =
                connection.get("/api/v1/escalations?live=true&limit=200", token.trim()).expect("the service answers");
            let escalations: serde_json::Value = serde_json::from_slice(&answer.1).expect("JSON");
            let items = escalations["items"].as_array().unwrap_or_else(|| panic!("{escalations}"));
            if items.iter().all(|one| one["rung"] == RUNGS - 1 || one["level"] == "low") {
                return;
            }
            assert!(begun.elapsed() < patience, "a ladder does not come to its end: {escalations}");
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // Left behind for whoever wants to know why it failed.
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

pub struct Service {
    child: Child,
    words: BufReader<ChildStderr>,
}

impl Service {
    /// Where it listens, as it says itself; waits until it does.
    pub fn listens(&mut self) -> Option<SocketAddr> {
        let mut heard = String::new();
        loop {
            let before = heard.len();
            let read = self.words.read_line(&mut heard).expect("its words can be read");
            assert!(read > 0, "the service ended before it listened: {heard}");
            if let Some(rest) = heard[before..].split("listens on http://").nth(1) {
                return rest.split_whitespace().next()?.parse().ok();
            }
        }
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it is dead");
    }

    /// Ends it as an init system would.
    pub fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        assert!(self.child.wait().unwrap().success(), "it did not end in order");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
