//! The fields of a `codegen` table: `token`, `org_id`, `base_url`, `repo_id`, `model`, `agent_type`, `include_title`, `poll_every`,
//! `run_limit`, `allow_private`, `ca_file`.

use serde_json::Value;
use url::Url;

use crate::agent::settings::{Pace, token};
use crate::fields::{Connection, Fields};
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// The vendor's own service.
const VENDOR: &str = "https://api.codegen.com";

/// The vendor's words for who does the work (OpenAPI, `CreateAgentRunInput`).
const AGENT_TYPES: [&str; 2] = ["codegen", "claude_code"];

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// A personal token.
    pub token: Secret<String>,
    /// The organization.
    pub org_id: u64,
    /// Where the API is; another one for an installation of one's own.
    pub base_url: Url,
    /// The repository; the organization's default when absent.
    pub repo_id: Option<u64>,
    /// The model; the organization's default when absent.
    pub model: Option<String>,
    /// Who does the work; the vendor's default when absent.
    pub agent_type: Option<String>,
    /// Whether the title, which an attacker may have written, is handed on as data.
    pub include_title: bool,
    /// How often to ask, and for how long.
    pub pace: Pace,
    /// How to get there.
    pub connection: Connection,
}

impl Config {
    /// Reads a table.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(mut table: Table) -> Result<Self, Vec<ConfigError>> {
        // CODEGEN_ORG_ID comes from the environment, where everything is text.
        if let Some(number) =
            table.get("org_id").and_then(Value::as_str).and_then(|text| text.trim().parse::<u64>().ok())
        {
            table.insert("org_id".into(), number.into());
        }
        table.entry("base_url").or_insert_with(|| VENDOR.into());
        let has_token = table.contains_key("token");
        let has_org = table.contains_key("org_id");
        let mut fields = Fields::of(table);
        let connection = fields.connection();
        let base_url = fields.required_url("base_url", connection.reach);
        let token = token(&mut fields);
        if !has_token {
            fields.refuse::<()>("token", "is missing", Some("CODEGEN_API_TOKEN, or a personal token of the vendor"));
        }
        let org_id = fields.integer("org_id", 1..=u64::MAX);
        if !has_org {
            fields.refuse::<()>("org_id", "is missing", Some("a whole number: Codegen shows it under Settings"));
        }
        let repo_id = fields.integer("repo_id", 1..=u64::MAX);
        let model = fields.text("model");
        let agent_type = fields.text("agent_type").and_then(|word| {
            if AGENT_TYPES.contains(&word.as_str()) {
                Some(word)
            } else {
                fields.refuse("agent_type", "must be `codegen` or `claude_code`", None)
            }
        });
        let include_title = fields.flag("include_title");
        let pace = Pace::read(&mut fields);
        let built = base_url.zip(token).zip(org_id).map(|((base_url, token), org_id)| Self {
            token,
            org_id,
            base_url: base_url.expose().clone(),
            repo_id,
            model,
            agent_type,
            include_title,
            pace,
            connection,
        });
        fields.finish(built)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    #[test]
    fn a_token_and_an_organization_are_enough() {
        for org_id in [json!(7), json!("7")] {
            let config = Config::read(table(json!({"token": "sk-hunter2\n", "org_id": org_id}))).unwrap();
            assert_eq!((config.org_id, config.base_url.as_str()), (7, "https://api.codegen.com/"));
            assert_eq!(config.token.expose(), "sk-hunter2");
            assert!(!config.include_title, "free text is left out unless it is asked for");
            assert!(!format!("{config:?}").contains("hunter2"));
        }
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (given, told) in [
            (json!({}), &["token", "org_id"][..]),
            (json!({"token": "hunter2", "org_id": "acme"}), &["org_id"]),
            (json!({"token": "hunter2\u{7}x", "org_id": 7}), &["token"]),
            (json!({"token": "hunter2", "org_id": 7, "base_url": "http://codegen.internal"}), &["base_url"]),
            (json!({"token": "hunter2", "org_id": 7, "agent_type": "gpt"}), &["agent_type"]),
            (json!({"token": "hunter2", "org_id": 7, "poll_every": "0 s", "orgid": 3}), &["poll_every", "orgid"]),
        ] {
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let fields: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(fields, told, "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
    }
}
