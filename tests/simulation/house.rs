//! How a world is set up: policies of some variety, notifiers, contacts, roles and an agent, each drawn, each through the real readers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::id::Name;
use domain::policy::{Directory, Policy};
use engine::ports::Settings;
use integrations::agent::Agent;
use integrations::notifier::Notifier;
use integrations::registry;
use integrations::request::Secret;
use integrations::sentry::SigningSecret;
use serde_json::json;

use crate::chance::Chance;
use crate::sentry::SECRET;

mod policy;

pub const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What stays the same for a world, whatever is restarted.
pub struct House {
    pub notifiers: Vec<Name>,
    pub agent: Option<(&'static str, Name)>,
    pub policies: Vec<(Arc<str>, Arc<Policy>)>,
    /// Contacts are `c0` to below this.
    pub contacts: u64,
    pub zone: &'static str,
    pub slots: (usize, usize),
    pub lease: Duration,
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a sound name")
}

impl House {
    /// `zone` is where its people live.
    pub fn drawn_by(chance: &mut Chance, zone: &'static str) -> Self {
        let notifiers: Vec<Name> = (0..chance.between(2, 5)).map(|number| name(&format!("n{number}"))).collect();
        let agent = match chance.below(4) {
            0 => None,
            1 => Some(("http", name("fixer"))),
            _ => Some(("codegen", name("codegen"))),
        };
        let contacts = chance.between(2, 4);
        let policies = (0..chance.between(1, 2))
            .map(|_| {
                let text = policy::drawn_by(chance, &notifiers, contacts, zone);
                let policy = domain::policy::file::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
                (Arc::from(text.as_str()), Arc::new(policy))
            })
            .collect();
        let slots = *chance.pick(&[(1, 1), (4, 2), (16, 4)]);
        Self { notifiers, agent, policies, contacts, zone, slots, lease: Duration::from_secs(60) }
    }

    pub fn directory(&self) -> Directory {
        Directory {
            notifiers: self.notifiers.clone(),
            agents: self.agent.iter().map(|(_, name)| name.clone()).collect(),
        }
    }

    /// The policy of this number, counted round and round.
    pub fn policy(&self, number: usize) -> (Arc<str>, Arc<Policy>) {
        self.policies[number % self.policies.len()].clone()
    }

    pub fn settings(&self, policy: usize) -> Settings {
        let (policy_text, policy) = self.policy(policy);
        let notifiers: BTreeMap<Name, Arc<dyn Notifier>> =
            self.notifiers.iter().map(|name| (name.clone(), notifier(name))).collect();
        let agents: BTreeMap<Name, Arc<dyn Agent>> =
            self.agent.iter().map(|(kind, name)| (name.clone(), agent(kind, name))).collect();
        Settings {
            secrets: vec![SigningSecret::new("1", Secret::new(SECRET.to_owned()))],
            monitoring: true,
            policy,
            policy_text,
            notifiers,
            agents,
            public_url: Some("https://watchfire.example".to_owned()),
            slots: self.slots.0,
            slots_per_lane: self.slots.1,
            lease: self.lease,
        }
    }
}

fn table(value: serde_json::Value) -> registry::Table {
    match value {
        serde_json::Value::Object(table) => table,
        other => panic!("not a table: {other}"),
    }
}

fn notifier(name: &Name) -> Arc<dyn Notifier> {
    let made = registry::notifier(
        "webhook",
        name,
        table(json!({"url": format!("https://{name}.example/hook"), "secret": KEY})),
    );
    made.map_or_else(|errors| panic!("{errors:?}"), |made| made.adapter)
}

fn agent(kind: &str, name: &Name) -> Arc<dyn Agent> {
    let given = match kind {
        "http" => {
            json!({"url": "https://fixer.example/runs", "status_url": "https://fixer.example/runs/{id}", "secret": KEY,
                         "poll_every": "60 s", "run_limit": "2 h"})
        }
        _ => {
            json!({"token": "sk-1", "org_id": 7, "base_url": "https://codegen.example", "poll_every": "60 s", "run_limit": "2 h"})
        }
    };
    let made = registry::agent(kind, name, table(given));
    made.map_or_else(|errors| panic!("{errors:?}"), |made| made.adapter)
}
