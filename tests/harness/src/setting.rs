//! What a story is set in: people, the channels on which they are reached, the policy.
//!
//! The cast: `ops` is the team's Slack channel `#ops`; `ada` is primary, `bob` secondary, `carol` manager, `dan` director and `desk` the
//! fallback, each with a signed webhook as a phone. `fixer` is an agent behind HTTP that is there when a story asks for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::id::Name;
use domain::policy::{Policy, file};
use domain::time::Timestamp;
use integrations::agent::Agent;
use integrations::notifier::Notifier;
use integrations::registry;
use serde_json::{Value, json};
use toml::Table;

use crate::world::World;

/// The key of every signed webhook and of `fixer`.
pub(crate) const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Monday, 4 May 2026, 09:00 UTC: working hours begin.
const START: Timestamp = Timestamp::from_millis(1_777_885_200_000);

/// Puts people into the roles of the default policy, and lets Sentry's level alone decide the priority, so that a story can name it.
const CAST: &str = r#"
    fallback = ["contact:desk"]

    [roles]
    team = ["notifier:ops"]
    primary = ["contact:ada"]
    secondary = ["contact:bob"]
    manager = ["contact:carol"]
    director = ["contact:dan"]

    [contacts]
    ada = { channels = ["ada"] }
    bob = { channels = ["bob"] }
    carol = { channels = ["carol"] }
    dan = { channels = ["dan"] }
    desk = { channels = ["desk"] }
"#;

/// Sentry's level alone decides.
const BY_LEVEL_ALONE: &str = r"
    [triage.weights]
    severity = 1
    environment = 0
    impact = 0
    velocity = 0
    novelty = 0
    criticality = 0

    [triage.thresholds]
    critical = 90
    high = 56
    medium = 21
    low = 3
";

/// What a world is built from.
#[derive(Clone)]
pub struct Setting {
    pub(crate) start: Timestamp,
    pub(crate) policy: Table,
    pub(crate) notifiers: BTreeMap<Name, Arc<dyn Notifier>>,
    pub(crate) agents: BTreeMap<Name, Arc<dyn Agent>>,
    pub(crate) monitoring: bool,
}

impl Default for Setting {
    fn default() -> Self {
        let mut setting = Self {
            start: START,
            policy: file::DEFAULT.parse().unwrap(),
            notifiers: BTreeMap::new(),
            agents: BTreeMap::new(),
            monitoring: true,
        };
        setting.notifiers.insert(name("ops"), slack("ops"));
        for person in ["ada", "bob", "carol", "dan", "desk"] {
            setting.notifiers.insert(name(person), phone(person));
        }
        setting.with_policy(CAST).with_policy(BY_LEVEL_ALONE)
    }
}

impl Setting {
    /// Lays a piece of a policy over the one there is: tables are merged, everything else is replaced.
    ///
    /// # Panics
    /// When it is no TOML.
    #[must_use]
    pub fn with_policy(mut self, piece: &str) -> Self {
        let piece: Table = piece.parse().unwrap_or_else(|error| panic!("{error}\n{piece}"));
        overlay(&mut self.policy, piece);
        self
    }

    /// With the default policy's own triage instead of Sentry's level alone.
    ///
    /// # Panics
    /// Never: the default policy has a triage.
    #[must_use]
    pub fn with_default_triage(mut self) -> Self {
        let default: Table = file::DEFAULT.parse().unwrap();
        self.policy.insert("triage".to_owned(), default["triage"].clone());
        self
    }

    /// With a schedule `web` in Berlin whose layer `primary` is the role of that name: these people take turns from day to day at nine, the first of
    /// them from Monday, 4 May 2026.
    #[must_use]
    pub fn with_primary_on_call(self, people: &[&str]) -> Self {
        self.with_policy(&format!(
            r#"
                roles.primary = ["oncall:web/primary"]

                [schedules.web]
                zone = "Europe/Berlin"

                [schedules.web.layers.primary]
                people = {people:?}
                rotation = "daily"
                handover = "09:00"
                start = "2026-05-04"
            "#
        ))
    }

    /// With a noise budget for somebody: so many interruptions a day, so many a night.
    #[must_use]
    pub fn with_budget(self, contact: &str, day: u32, night: u32) -> Self {
        self.with_policy(&format!("contacts.{contact}.budget = {{ day = {day}, night = {night} }}"))
    }

    /// With digests that leave at this hour, also at weekends if so said.
    #[must_use]
    pub fn with_digests(self, at: &str, weekends: bool) -> Self {
        self.with_policy(&format!("digest = {{ at = {at:?}, weekends = {weekends} }}"))
    }

    /// As in `policies/solo.toml`: one developer with a `phone` and `mail`, both signed webhooks here, and nobody else. Sentry's level alone decides.
    ///
    /// # Panics
    /// When that file is no policy.
    #[must_use]
    pub fn solo() -> Self {
        let mut setting = Self {
            start: START,
            policy: include_str!("../../../policies/solo.toml").parse().unwrap(),
            notifiers: BTreeMap::new(),
            agents: BTreeMap::new(),
            monitoring: true,
        };
        for notifier in ["phone", "mail"] {
            setting.notifiers.insert(name(notifier), phone(notifier));
        }
        setting.with_policy(BY_LEVEL_ALONE)
    }

    /// With one more signed webhook.
    #[must_use]
    pub fn with_phone(mut self, notifier: &str) -> Self {
        self.notifiers.insert(name(notifier), phone(notifier));
        self
    }

    /// Without a notifier, as if it were no longer configured.
    #[must_use]
    pub fn without(mut self, notifier: &str) -> Self {
        self.notifiers.remove(&name(notifier));
        self
    }

    /// With `fixer`, an agent behind HTTP that is asked every 30 s how it is doing and may also call back.
    #[must_use]
    pub fn with_agent(mut self) -> Self {
        let table = json!({
            "url": "https://fixer.example.com/runs",
            "status_url": "https://fixer.example.com/runs/{id}",
            "secret": KEY,
            "run_limit": "24 h",
        });
        self.agents.insert(name("fixer"), agent("http", "fixer", table));
        self
    }

    /// With `codegen`, which has no idempotency key: nobody may start it twice.
    #[must_use]
    pub fn with_codegen(mut self) -> Self {
        let table = json!({"token": "sk-test", "org_id": 7, "base_url": "https://codegen.example.com"});
        self.agents.insert(name("codegen"), agent("codegen", "codegen", table));
        self
    }

    /// Begins at another time, as RFC 3339.
    ///
    /// # Panics
    /// When it is no time.
    #[must_use]
    pub fn starting(mut self, at: &str) -> Self {
        self.start = Timestamp::parse(at).unwrap_or_else(|| panic!("{at:?} is no time"));
        self
    }

    /// As with `SENTRY_MONITORING_ENABLED=false`.
    #[must_use]
    pub const fn without_monitoring(mut self) -> Self {
        self.monitoring = false;
        self
    }

    /// Tells a story in this setting, and then asserts what nobody asked.
    pub fn play(self, story: impl AsyncFnOnce(&mut World)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::begin(self).await;
            story(&mut world).await;
            world.end().await;
        });
    }

    pub(crate) fn read_policy(&self) -> (Policy, String) {
        let text = toml::to_string(&self.policy).unwrap();
        let policy = file::parse(&text).unwrap_or_else(|mistakes| {
            let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            panic!("{}\n{text}", told.join("\n"))
        });
        (policy, text)
    }
}

/// Tells a story in the usual setting: see [`Setting::play`].
pub fn scenario(story: impl AsyncFnOnce(&mut World)) {
    Setting::default().play(story);
}

fn overlay(base: &mut Table, piece: Table) {
    for (key, value) in piece {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(piece)) => overlay(base, piece),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn table(value: Value) -> registry::Table {
    match value {
        Value::Object(table) => table,
        other => panic!("{other} is no table"),
    }
}

/// The address's first label is the notifier's name: by it the recorder knows to whom a request goes.
fn phone(notifier: &str) -> Arc<dyn Notifier> {
    let given = json!({"url": format!("https://{notifier}.example.com/hook"), "secret": KEY});
    registry::notifier("webhook", &name(notifier), table(given)).unwrap().adapter
}

fn slack(notifier: &str) -> Arc<dyn Notifier> {
    let given = json!({
        "token": "xoxb-test",
        "channel": format!("#{notifier}"),
        "api_url": format!("https://{notifier}.example.com/api/"),
    });
    registry::notifier("slack", &name(notifier), table(given)).unwrap().adapter
}

fn agent(kind: &str, called: &str, given: Value) -> Arc<dyn Agent> {
    registry::agent(kind, &name(called), table(given)).unwrap().adapter
}
