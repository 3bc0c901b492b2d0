//! How a world is set up: a policy of some variety, notifiers, contacts, roles and an agent, each drawn, each through the real readers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
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

pub const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What stays the same for a world, whatever is restarted.
pub struct House {
    pub notifiers: Vec<Name>,
    pub agent: Option<(&'static str, Name)>,
    pub policies: Vec<(Arc<str>, Arc<Policy>)>,
    pub slots: (usize, usize),
    pub lease: Duration,
}

pub fn name(text: &str) -> Name {
    text.parse().expect("a sound name")
}

impl House {
    pub fn drawn_by(chance: &mut Chance) -> Self {
        let notifiers: Vec<Name> = (0..chance.between(2, 5)).map(|number| name(&format!("n{number}"))).collect();
        let agent = match chance.below(4) {
            0 => None,
            1 => Some(("http", name("fixer"))),
            _ => Some(("codegen", name("codegen"))),
        };
        let policies = (0..chance.between(1, 2))
            .map(|_| {
                let text = policy(chance, &notifiers);
                let policy = domain::policy::file::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
                (Arc::from(text.as_str()), Arc::new(policy))
            })
            .collect();
        let slots = *chance.pick(&[(1, 1), (4, 2), (16, 4)]);
        Self { notifiers, agent, policies, slots, lease: Duration::from_secs(60) }
    }

    pub fn directory(&self) -> Directory {
        Directory {
            notifiers: self.notifiers.clone(),
            agents: self.agent.iter().map(|(_, name)| name.clone()).collect(),
        }
    }

    pub fn settings(&self, policy: usize) -> Settings {
        let (text, policy) = &self.policies[policy % self.policies.len()];
        let notifiers: BTreeMap<Name, Arc<dyn Notifier>> =
            self.notifiers.iter().map(|name| (name.clone(), notifier(name))).collect();
        let agents: BTreeMap<Name, Arc<dyn Agent>> =
            self.agent.iter().map(|(kind, name)| (name.clone(), agent(kind, name))).collect();
        Settings {
            secrets: vec![SigningSecret::new("1", Secret::new(SECRET.to_owned()))],
            monitoring: true,
            policy: Arc::clone(policy),
            policy_text: Arc::clone(text),
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

/// Weighs by Sentry's level alone, so that a story decides what is critical; everything else is drawn.
fn policy(chance: &mut Chance, notifiers: &[Name]) -> String {
    let mut text = String::new();
    let contacts = chance.between(2, 4);
    let quoted = |names: &[String]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let some_notifier = |chance: &mut Chance| format!("notifier:{}", chance.pick(notifiers));
    let some_contact = |chance: &mut Chance| format!("contact:c{}", chance.below(contacts));
    let fallback = match chance.below(4) {
        0 => "notifier:*".to_owned(),
        1 | 2 => some_notifier(chance),
        _ => some_contact(chance),
    };
    let _ = writeln!(text, "fallback = [\"{fallback}\"]\n[roles]");
    for role in ["team", "primary", "secondary"] {
        let members: Vec<String> = match (role, chance.below(5)) {
            ("secondary", 0) => Vec::new(),
            ("team", 0..3) => vec!["notifier:*".to_owned()],
            (_, 3) => vec![some_contact(chance), some_notifier(chance)],
            _ => vec![some_contact(chance)],
        };
        let _ = writeln!(text, "{role} = [{}]", quoted(&members));
    }
    for contact in 0..contacts {
        let mut channels: Vec<String> = Vec::new();
        for _ in 0..chance.between(1, 3) {
            let channel = chance.pick(notifiers).to_string();
            if !channels.contains(&channel) {
                channels.push(channel);
            }
        }
        let _ = writeln!(text, "[contacts.c{contact}]\nchannels = [{}]", quoted(&channels));
    }
    for level in ["critical", "high", "medium", "low", "maintenance"] {
        level_text(chance, level, &some_contact, &mut text);
    }
    text.push_str(TRIAGE);
    text
}

fn level_text(chance: &mut Chance, level: &str, some_contact: &dyn Fn(&mut Chance) -> String, text: &mut String) {
    let urgent = matches!(level, "critical" | "high");
    let delay = if level == "critical" { "0" } else { chance.pick(&["0", "2m", "15m"]) };
    let (cooldown, most) = *chance.pick(&[("1m", "8m"), ("5m", "1h"), ("15m", "4h"), ("1h", "1h")]);
    let ack = if level == "maintenance" { "never" } else { chance.pick(&["10m", "30m", "2h"]) };
    let hold = if level == "critical" { "0" } else { chance.pick(&["0", "10m", "1h"]) };
    let exhausted = if urgent { chance.pick(&["30m", "4h"]) } else { chance.pick(&["1h", "delivered"]) };
    let quiet = chance.pick(&["6h", "24h", "3d"]);
    let window = chance.pick(&["1h", "24h", "7d"]);
    let next = chance.pick(&["1m", "3m"]);
    let _ = writeln!(
        text,
        "[levels.{level}]\ninitial_delay = \"{delay}\"\ncooldown = \"{cooldown}\"\nmax_cooldown = \"{most}\"\n\
         ack_timeout = \"{ack}\"\nagent_hold = \"{hold}\"\nexhausted_after = \"{exhausted}\"\nquiet_resolve = \"{quiet}\"\n\
         reopen_window = \"{window}\"\nnext_channel_after = \"{next}\""
    );
    let mut after = 0;
    for rung in 0..chance.between(1, 4) {
        let mut targets: Vec<String> = vec![match chance.below(4) {
            0 => "role:team".to_owned(),
            1 => "role:primary".to_owned(),
            2 => "role:secondary".to_owned(),
            _ => some_contact(chance),
        }];
        if rung == 0 {
            targets.insert(0, "role:team".to_owned());
            targets.push("agent:*".to_owned());
        }
        targets.dedup();
        let targets = targets.iter().map(|target| format!("\"{target}\"")).collect::<Vec<_>>().join(", ");
        let hours = rung > 0 && chance.percent(10);
        let _ = writeln!(
            text,
            "[[levels.{level}.rungs]]\nafter = \"{after}m\"\ntargets = [{targets}]{}",
            if hours { "\nworking_hours_only = true" } else { "" }
        );
        after += chance.pick(&[2, 10, 30, 90]);
    }
}

const TRIAGE: &str = r#"
[triage]
environment_default = 60
process_low = true
[triage.weights]
severity = 100
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
[triage.environments]
production = 80
[triage.projects]
shop = 50
[working_hours]
zone = "Europe/Berlin"
from = "09:00"
to = "18:00"
"#;
