//! The fields of a `teams` table: `url`, `allow_private`, `ca_file`.

use url::Url;

use crate::fields::{Connection, Fields};
use crate::registry::{ConfigError, Table};
use crate::request::Secret;

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The workflow's address; its `sig` is the secret.
    pub url: Secret<Url>,
    /// How to get there.
    pub connection: Connection,
}

impl Config {
    /// Reads a table.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(table: Table) -> Result<Self, Vec<ConfigError>> {
        const HINT: &str =
            "in Teams: the channel, \"Workflows\", \"Post to a channel when a webhook request is received\"";
        let mut fields = Fields::of(table);
        let connection = fields.connection();
        let url = fields.required_url("url", connection.reach).and_then(|url| {
            let host = url.expose().host_str().unwrap_or_default();
            // learn.microsoft.com, "Retirement of Office 365 connectors within Microsoft Teams".
            if host.ends_with(".webhook.office.com") || host == "outlook.office.com" {
                fields.refuse("url", "is that of an Office 365 connector, which Microsoft has retired", Some(HINT))
            } else {
                Some(url)
            }
        });
        let built = url.map(|url| Self { url, connection });
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
    fn each_mistake_names_its_field() {
        let sound =
            "https://prod-01.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke?sig=hunter2";
        assert!(Config::read(table(json!({"url": sound}))).is_ok());
        for (given, field) in [
            (json!({}), "url"),
            (json!({"url": "https://example.webhook.office.com/webhookb2/hunter2"}), "url"),
            (json!({"url": sound.replace("https", "http")}), "url"),
            (json!({"url": sound, "channel": "ops"}), "channel"),
        ] {
            let mistakes = Config::read(table(given.clone())).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field], "{given}");
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
    }
}
