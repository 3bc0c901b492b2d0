//! Every kind of notifier and agent by its word in the configuration: one line each. The command line turns the operator's file into
//! tables, hands them over, and points at the lines that the answer names.

use std::fmt;
use std::sync::Arc;

use domain::id::Name;

use crate::agent::{Agent, ConfiguredAgent};
use crate::notifier::{ConfiguredNotifier, Notifier};
use crate::{
    codegen, console, discord, http_agent, mattermost, ntfy, opsgenie, pagerduty, pushover, slack, teams, telegram,
    twilio, webhook,
};

/// One `[notifiers.NAME]` or `[agents.NAME]` table of the configuration, as JSON. `type` may still be in it, or not.
pub type Table = serde_json::Map<String, serde_json::Value>;

/// A mistake in one table. Never holds a value of a secret field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The key in the table, such as `url`: whoever has the file points at its line. `type` for an unknown kind.
    pub field: String,
    /// What is wrong and what was expected, as half a sentence without a full stop.
    pub message: String,
    /// The way out, if one is known.
    pub hint: Option<String>,
}

impl ConfigError {
    /// A mistake without a hint.
    pub fn at(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), hint: None }
    }

    /// With the way out.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.field, self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

impl std::error::Error for ConfigError {}

/// A kind of adapter: the word for it, which of its fields are secret, and how one is made of a table.
struct Kind<Adapter: ?Sized> {
    word: &'static str,
    secrets: &'static [&'static str],
    configure: fn(Table) -> Result<Arc<Adapter>, Vec<ConfigError>>,
}

const NOTIFIERS: &[Kind<dyn Notifier>] = &[
    Kind { word: console::KIND, secrets: console::SECRETS, configure: console::configure },
    Kind { word: webhook::KIND, secrets: webhook::SECRETS, configure: webhook::configure },
    Kind { word: slack::KIND, secrets: slack::SECRETS, configure: slack::configure },
    Kind { word: slack::WEBHOOK_KIND, secrets: slack::WEBHOOK_SECRETS, configure: slack::configure_webhook },
    Kind { word: pagerduty::KIND, secrets: pagerduty::SECRETS, configure: pagerduty::configure },
    Kind { word: ntfy::KIND, secrets: ntfy::SECRETS, configure: ntfy::configure },
    Kind { word: telegram::KIND, secrets: telegram::SECRETS, configure: telegram::configure },
    Kind { word: discord::KIND, secrets: discord::SECRETS, configure: discord::configure },
    Kind { word: mattermost::KIND, secrets: mattermost::SECRETS, configure: mattermost::configure },
    Kind { word: teams::KIND, secrets: teams::SECRETS, configure: teams::configure },
    Kind { word: opsgenie::KIND, secrets: opsgenie::SECRETS, configure: opsgenie::configure },
    Kind { word: pushover::KIND, secrets: pushover::SECRETS, configure: pushover::configure },
    Kind { word: twilio::KIND, secrets: twilio::SECRETS, configure: twilio::configure },
];

const AGENTS: &[Kind<dyn Agent>] = &[
    Kind { word: codegen::KIND, secrets: codegen::SECRETS, configure: codegen::configure },
    Kind { word: http_agent::KIND, secrets: http_agent::SECRETS, configure: http_agent::configure },
];

/// The kinds of notifiers, as `type` names them.
pub fn notifier_kinds() -> impl Iterator<Item = &'static str> {
    NOTIFIERS.iter().map(|kind| kind.word)
}

/// The kinds of agents, as `type` names them.
pub fn agent_kinds() -> impl Iterator<Item = &'static str> {
    AGENTS.iter().map(|kind| kind.word)
}

/// The fields of a kind of notifier or agent that are never shown, and that may come from the environment or a file; none for an unknown kind.
#[must_use]
pub fn secret_fields(kind: &str) -> &'static [&'static str] {
    let notifiers = NOTIFIERS.iter().map(|known| (known.word, known.secrets));
    let agents = AGENTS.iter().map(|known| (known.word, known.secrets));
    notifiers.chain(agents).find(|(word, _)| *word == kind).map_or(&[], |(_, secrets)| secrets)
}

/// Makes the notifier `name` of the kind that its `type` names.
///
/// # Errors
/// Every mistake of the table at once.
pub fn notifier(kind: &str, name: &Name, table: Table) -> Result<ConfiguredNotifier, Vec<ConfigError>> {
    let adapter = configure(NOTIFIERS, kind, table)?;
    Ok(ConfiguredNotifier { name: name.clone(), adapter })
}

/// Makes the agent `name` of the kind that its `type` names.
///
/// # Errors
/// Every mistake of the table at once.
pub fn agent(kind: &str, name: &Name, table: Table) -> Result<ConfiguredAgent, Vec<ConfigError>> {
    let adapter = configure(AGENTS, kind, table)?;
    Ok(ConfiguredAgent { name: name.clone(), adapter })
}

fn configure<Adapter: ?Sized>(
    kinds: &[Kind<Adapter>],
    kind: &str,
    mut table: Table,
) -> Result<Arc<Adapter>, Vec<ConfigError>> {
    let Some(known) = kinds.iter().find(|known| known.word == kind) else {
        let words: Vec<_> = kinds.iter().map(|known| known.word).collect();
        return Err(vec![
            ConfigError::at("type", format!("there is no kind {kind:?}"))
                .with_hint(format!("known kinds: {}", words.join(", "))),
        ]);
    };
    table.remove("type");
    (known.configure)(table)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    fn name() -> Name {
        Name::try_from("ops".to_owned()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn an_unknown_kind_is_told_the_known_ones() {
        let mistakes = notifier("slak", &name(), Table::new()).map(|_| ()).unwrap_err();
        assert_eq!(
            mistakes[0].to_string(),
            "`type`: there is no kind \"slak\" (known kinds: console, webhook, slack, slack_webhook, pagerduty, ntfy, telegram, discord, mattermost, teams, opsgenie, pushover, twilio)"
        );
    }

    #[test]
    fn each_kind_says_the_word_by_which_it_was_asked_for() {
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        for (kind, given) in [
            ("console", json!({"type": "console"})),
            ("webhook", json!({"type": "webhook", "url": "https://example.com", "secret": key})),
            ("slack", json!({"token": "xoxb-1", "channel": "#ops"})),
            ("slack_webhook", json!({"url": "https://hooks.slack.com/services/x"})),
            ("pagerduty", json!({"routing_key": "R0123456789ABCDEF0123456789ABCDE"})),
            ("ntfy", json!({"topic": "watchfire"})),
            ("telegram", json!({"token": "123456:ABC-DEF1234ghIkl-zyx57W2v1u", "chat": -100123})),
            ("discord", json!({"url": "https://discord.com/api/webhooks/1/x"})),
            ("mattermost", json!({"url": "https://chat.example.com/hooks/x"})),
            ("teams", json!({"url": "https://x.logic.azure.com/workflows/x?sig=x"})),
            ("opsgenie", json!({"api_key": "x"})),
            ("pushover", json!({"token": "a23456789012345678901234567890", "user": "u23456789012345678901234567890"})),
            (
                "twilio",
                json!({"account": "AC0123456789abcdef0123456789abcdef", "auth_token": "x", "to": "+491711234567", "from": "Watchfire"}),
            ),
        ] {
            let made = notifier(kind, &name(), table(given)).map(|made| (made.name.clone(), made.adapter.kind()));
            assert_eq!(made, Ok((name(), kind)));
        }
        assert_eq!(notifier_kinds().count(), 13);
        assert_eq!(secret_fields("slack"), ["token"]);
    }
}
