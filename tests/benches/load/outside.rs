//! What the benches of the engine share: a policy with the ladders of the default one, Sentry's bodies, a receiver that answers at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::id::Name;
use domain::time::{Clock, ManualClock, Timestamp};
use engine::intake::Hook;
use engine::ports::{Ports, Settings};
use http::{HeaderMap, HeaderValue};
use integrations::notifier::Notifier;
use integrations::registry;
use integrations::request::{HttpResponse, Request, Response, Secret, Sending, Transport};
use integrations::sentry::{SigningSecret, sign};
use serde_json::json;
use store::contract::Store;
use tokio::sync::Notify;

const SECRET: &str = "a-secret-of-the-bench-with-enough-letters";
const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// When virtual time begins: a Thursday at 00:00 UTC.
pub const START: Timestamp = Timestamp::from_millis(1_795_046_400_000);

/// Ladders, delays and cooldowns of the default policy; Sentry's level alone decides the priority.
pub fn policy() -> String {
    let default = include_str!("../../../policies/default.toml");
    let ladders = default.split_once("\n[triage]").map_or(default, |(ladders, _)| ladders);
    let staffed = ladders
        .lines()
        .map(|line| match line.split_once(" = []") {
            Some(("primary", _)) => "primary = [\"contact:ada\"]",
            Some(("secondary", _)) => "secondary = [\"contact:bob\"]",
            _ if line.starts_with("team = ") => "team = [\"notifier:ops\"]",
            _ if line.starts_with("fallback = ") => "fallback = [\"notifier:desk\"]",
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    format!(
        "{staffed}\n[contacts.ada]\nchannels = [\"phone-ada\"]\n[contacts.bob]\nchannels = [\"phone-bob\"]\n\
         [triage]\nenvironment_default = 60\nprocess_low = true\n\
         [triage.weights]\nseverity = 100\nenvironment = 0\nimpact = 0\nvelocity = 0\nnovelty = 0\ncriticality = 0\n\
         [triage.thresholds]\ncritical = 90\nhigh = 56\nmedium = 21\nlow = 3\n\
         [triage.environments]\nproduction = 80\n[triage.projects]\nshop = 80\n\
         [working_hours]\nzone = \"UTC\"\nfrom = \"09:00\"\nto = \"18:00\"\n"
    )
}

/// Whoever is paged: answers at once, or not before it is let.
#[derive(Default)]
pub struct Receiver {
    pub requests: AtomicU64,
    pub holds: AtomicBool,
    pub let_go: Notify,
}

impl Transport for Receiver {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            let waits = self.let_go.notified();
            if self.holds.load(Ordering::SeqCst) {
                waits.await;
            }
            self.requests.fetch_add(1, Ordering::SeqCst);
            drop(request);
            Ok(Response::Http(HttpResponse { status: 200, retry_after: None, body: b"{}".to_vec().into() }))
        })
    }
}

fn notifier(name: &str) -> (Name, Arc<dyn Notifier>) {
    let name: Name = name.parse().unwrap();
    let serde_json::Value::Object(table) = json!({"url": format!("https://{name}.example/hook"), "secret": KEY}) else {
        panic!("a table");
    };
    let made = registry::notifier("webhook", &name, table).unwrap();
    (name, made.adapter)
}

pub fn settings() -> Settings {
    let text = policy();
    let policy = domain::policy::file::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let notifiers: BTreeMap<Name, Arc<dyn Notifier>> =
        ["ops", "phone-ada", "phone-bob", "desk"].into_iter().map(notifier).collect();
    Settings {
        secrets: vec![SigningSecret::new("1", Secret::new(SECRET.to_owned()))],
        monitoring: true,
        policy: Arc::new(policy),
        policy_text: Arc::from(text.as_str()),
        notifiers,
        agents: BTreeMap::new(),
        public_url: Some("https://watchfire.example".to_owned()),
        slots: 64,
        slots_per_lane: 16,
        lease: std::time::Duration::from_secs(60),
    }
}

pub fn ports(store: Arc<dyn Store>, receiver: &Arc<Receiver>, clock: &Arc<ManualClock>) -> Ports {
    let ids = AtomicU64::new(1);
    Ports {
        store,
        transport: Arc::clone(receiver) as Arc<dyn Transport>,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        // Spread like drawn ones, and the same in each run.
        ids: Arc::new(move || ids.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4),
    }
}

/// Five syllables: a hundred thousand words that no fingerprint masks.
pub fn word(number: u64) -> String {
    const SYLLABLES: [&str; 10] = ["lo", "mu", "ri", "so", "tu", "vo", "wi", "zu", "no", "ki"];
    (0..5)
        .fold(String::new(), |word, place| word + SYLLABLES[usize::try_from(number / 10_u64.pow(place) % 10).unwrap()])
}

pub fn hook(resource: &'static str, body: String) -> Hook {
    let secret = SigningSecret::new("1", Secret::new(SECRET.to_owned()));
    let signature = sign(&secret, body.as_bytes());
    let mut headers = HeaderMap::new();
    headers.insert("sentry-hook-resource", HeaderValue::from_static(resource));
    headers.insert("sentry-hook-signature", HeaderValue::from_str(&signature).unwrap());
    Hook { headers, body: body.into_bytes().into() }
}

/// An event of an issue; each issue has an error of its own.
pub fn event(issue: u64, event: u64, level: &str, at: Timestamp) -> Hook {
    let (word, seconds) = (word(issue), at.millis() / 1_000);
    let mut body = String::with_capacity(1_024);
    let _ = write!(
        body,
        "{{\"action\":\"triggered\",\"installation\":{{\"uuid\":\"5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11\"}},\"data\":{{\"event\":{{\
         \"event_id\":\"{event:032x}\",\"issue_id\":\"{issue}\",\"project\":1,\"platform\":\"python\",\"level\":\"{level}\",\
         \"type\":\"error\",\"title\":\"KeyError: {word}\",\"culprit\":\"shop.{word} in total\",\"environment\":\"production\",\
         \"release\":\"shop@1.2.0\",\"datetime\":\"{at}\",\"timestamp\":{seconds},\
         \"issue_url\":\"https://sentry.example/api/0/organizations/acme/issues/{issue}/\",\
         \"metadata\":{{\"type\":\"KeyError\",\"value\":\"{word}\"}},\"exception\":{{\"values\":[{{\"type\":\"KeyError\",\
         \"value\":\"{word}\",\"stacktrace\":{{\"frames\":[{{\"module\":\"shop.{word}\",\"function\":\"total\",\"in_app\":true}}]}}}}]}},\
         \"tags\":[[\"environment\",\"production\"]]}},\"triggered_rule\":\"Every error\"}},\
         \"actor\":{{\"type\":\"application\",\"id\":\"sentry\",\"name\":\"Sentry\"}}}}"
    );
    hook("event_alert", body)
}

/// The memory that the process holds, in MiB: resident, and the part of it that no file backs.
pub fn memory() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
        kilobytes.unwrap_or(0.0) / 1_024.0
    };
    (of("VmRSS:"), of("RssAnon:"))
}
