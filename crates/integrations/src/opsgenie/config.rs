//! The fields of an `opsgenie` table: `api_key`, `team`, `region`, `api_url`, `allow_private`, `ca_file`.

use url::Url;

use super::render::Alert;
use crate::fields::{Connection, Fields};
use crate::notifier::RenderError;
use crate::posting;
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// docs.opsgenie.com, "API Overview": where accounts of the US are, and those of the EU.
const US: &str = "https://api.opsgenie.com/";
const EU: &str = "https://api.eu.opsgenie.com/";

/// docs.opsgenie.com, "Create Alert": responders of an alert.
const TEAMS: usize = 50;

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The key of an API integration.
    pub api_key: Secret<String>,
    /// The teams that answer, if not that of the integration.
    pub teams: Vec<String>,
    /// The root of the API.
    pub api: Url,
    /// How to get there.
    pub connection: Connection,
}

impl Config {
    /// Reads a table.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(table: Table) -> Result<Self, Vec<ConfigError>> {
        let mut fields = Fields::of(table);
        let connection = fields.connection();
        let api_key = fields.required_secret("api_key").and_then(|key| {
            if posting::fits_a_header(key.expose()) {
                Some(key)
            } else {
                fields.refuse(
                    "api_key",
                    "holds characters that no key has",
                    Some("the key of an integration \"API\", not one of \"API key management\""),
                )
            }
        });
        let teams = fields.texts("team");
        if teams.len() > TEAMS {
            fields.refuse::<()>("team", format!("names {} teams", teams.len()), Some("at most 50"));
        }
        let api = fields.region(US, EU);
        let api = fields.url("api_url", connection.reach).map(|url| url.expose().clone()).or(api);
        let built = api_key.zip(api).map(|(api_key, api)| Self { api_key, teams, api, connection });
        fields.finish(built)
    }

    /// Where alerts are created, or where something is done with one.
    pub(super) fn url(&self, alert: Option<&Alert>) -> Result<Secret<Url>, RenderError> {
        let mut url = posting::below(&self.api, &["v2", "alerts"])?;
        if let Some(Alert { alias, action }) = alert {
            url = posting::below(&url, &[alias, action])?;
            url.query_pairs_mut().append_pair("identifierType", "alias");
        }
        Ok(Secret::new(url))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    #[test]
    fn each_mistake_names_its_field() {
        for (field, value) in [
            ("api_key", json!("hunter2 hunter2")),
            ("api_key", json!(7)),
            ("team", json!([7])),
            ("region", json!("mars")),
            ("api_url", json!("http://127.0.0.1/")),
            ("apikey", json!("hunter2")),
        ] {
            let mut given = json!({"api_key": "k", "team": "ops"});
            assert!(Config::read(table(given.clone())).is_ok());
            given[field] = value;
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
        assert_eq!(Config::read(table(json!({"region": 1, "x": 1}))).unwrap_err().len(), 3, "not all at once");
    }

    #[test]
    fn an_alert_is_found_by_its_alias() {
        let config = Config::read(table(json!({"api_key": "k", "region": "eu"}))).unwrap();
        assert_eq!(config.url(None).unwrap().expose().as_str(), "https://api.eu.opsgenie.com/v2/alerts");
        let alert = Alert { alias: "inc-1".into(), action: "close" };
        let url = config.url(Some(&alert)).unwrap();
        assert_eq!(url.expose().as_str(), "https://api.eu.opsgenie.com/v2/alerts/inc-1/close?identifierType=alias");
    }
}
