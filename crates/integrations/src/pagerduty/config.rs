//! The fields of a `pagerduty` table: `routing_key`, `region`, `api_url`, `allow_private`, `ca_file`.

use url::Url;

use crate::fields::{Connection, Fields};
use crate::notifier::RenderError;
use crate::posting;
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// developer.pagerduty.com, "Send an Event": where accounts of the service region US send to, and those of the EU.
const US: &str = "https://events.pagerduty.com/";
const EU: &str = "https://events.eu.pagerduty.com/";

/// developer.pagerduty.com, "Events API v2 Overview": the length of an integration's key.
const ROUTING_KEY: usize = 32;

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The key of an integration "Events API V2" of a service.
    pub routing_key: Secret<String>,
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
        let routing_key = fields.required_secret("routing_key").and_then(|key| {
            let text = key.expose();
            if text.len() == ROUTING_KEY && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                Some(key)
            } else {
                fields.refuse(
                    "routing_key",
                    "is not the key of an integration, which has 32 letters and digits",
                    Some("in PagerDuty: the service, \"Integrations\", \"Events API V2\", \"Integration Key\""),
                )
            }
        });
        let api = fields.region(US, EU);
        let api = fields.url("api_url", connection.reach).map(|url| url.expose().clone()).or(api);
        let built = routing_key.zip(api).map(|(routing_key, api)| Self { routing_key, api, connection });
        fields.finish(built)
    }

    /// Where events go.
    pub(super) fn url(&self) -> Result<Secret<Url>, RenderError> {
        posting::below(&self.api, &["v2", "enqueue"]).map(Secret::new)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    const KEY: &str = "R0123456789ABCDEF0123456789ABCDE";

    #[test]
    fn each_mistake_names_its_field() {
        for (field, value) in [
            ("routing_key", json!("hunter2")),
            ("routing_key", json!(7)),
            ("region", json!("mars")),
            ("api_url", json!("http://127.0.0.1/")),
            ("rooting_key", json!(KEY)),
        ] {
            let mut given = json!({"routing_key": KEY, "region": "eu"});
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
    fn an_account_of_the_eu_has_another_address() {
        for (given, address) in [
            (json!({"routing_key": KEY}), "https://events.pagerduty.com/v2/enqueue"),
            (json!({"routing_key": KEY, "region": "eu"}), "https://events.eu.pagerduty.com/v2/enqueue"),
            (json!({"routing_key": KEY, "api_url": "https://pd.example.com/x"}), "https://pd.example.com/x/v2/enqueue"),
        ] {
            let url = Config::read(table(given)).unwrap().url().unwrap();
            assert_eq!(url.expose().as_str(), address);
        }
    }
}
