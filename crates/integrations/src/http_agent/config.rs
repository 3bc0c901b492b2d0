//! The fields of an `http` agent's table: `url`, `secret` (one or several), `token`, `status_url`, `status_pointer`, `url_pointer`,
//! `statuses`, `include_title`, `poll_every`, `run_limit`, `allow_private`, `ca_file`.

use std::collections::BTreeMap;

use domain::incident::Progress;
use serde_json::Value;
use url::Url;

use super::interpret::own_word;
use crate::agent::settings::{Pace, token};
use crate::fields::{Connection, Fields};
use crate::registry::{ConfigError, Table};
use crate::request::{Reach, Secret};
use crate::standard_webhooks::SigningKey;

/// What stands for the vendor's id in the address of a status.
const PLACE: &str = "{id}";

/// The same while the address is checked and kept: braces would be percent-encoded.
const STAND_IN: &str = "watchfire-places-the-id-here";

/// A sound configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where runs are started.
    pub url: Secret<Url>,
    /// At least one; several while keys are changed. Starts and callbacks are signed with them.
    pub keys: Vec<SigningKey>,
    /// Sent as a bearer token, if the other side wants one besides the signature.
    pub token: Option<Secret<String>>,
    /// Where to ask how a run is doing; without it only callbacks tell.
    pub status_url: Option<StatusUrl>,
    /// Where the status stands in an answer (RFC 6901).
    pub status_pointer: String,
    /// Where the address for people stands in an answer.
    pub url_pointer: String,
    /// The other side's words for a status, besides our own; in lower case.
    pub statuses: BTreeMap<String, Progress>,
    /// Whether the title, which an attacker may have written, is handed on as data.
    pub include_title: bool,
    /// How often to ask, and for how long.
    pub pace: Pace,
    /// How to get there.
    pub connection: Connection,
}

/// An address with a place for the vendor's id in its path or query.
#[derive(Debug, Clone)]
pub struct StatusUrl(Secret<Url>);

impl StatusUrl {
    /// The address for an id; `None` for one that would change the path.
    #[must_use]
    pub fn of(&self, external_id: &str) -> Option<Secret<Url>> {
        // `.` and `..` are steps of a path, in every spelling.
        if external_id.is_empty() || external_id.bytes().all(|byte| byte == b'.') {
            return None;
        }
        let url = self.0.expose();
        let mut filled = url.clone();
        let id = percent_encoded(external_id);
        filled.set_path(&url.path().replace(STAND_IN, &id));
        filled.set_query(url.query().map(|query| query.replace(STAND_IN, &id)).as_deref());
        Some(Secret::new(filled))
    }
}

/// Everything but RFC 3986's unreserved characters.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl Config {
    /// Reads a table.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(mut table: Table) -> Result<Self, Vec<ConfigError>> {
        let statuses = table.remove("statuses");
        if let Some(Value::String(template)) = table.get_mut("status_url") {
            *template = template.replace(PLACE, STAND_IN);
        }
        let mut fields = Fields::of(table);
        let connection = fields.connection();
        let url = fields.required_url("url", connection.reach);
        let keys = fields.signing_keys("secret");
        let token = token(&mut fields);
        let status_url = status_url(&mut fields, connection.reach);
        let status_pointer = pointer(&mut fields, "status_pointer", "/status");
        let url_pointer = pointer(&mut fields, "url_pointer", "/url");
        let statuses = words(&mut fields, statuses);
        let include_title = fields.flag("include_title");
        let pace = Pace::read(&mut fields);
        let built = url.zip(keys).map(|(url, keys)| Self {
            url,
            keys,
            token,
            status_url,
            status_pointer,
            url_pointer,
            statuses,
            include_title,
            pace,
            connection,
        });
        fields.finish(built)
    }
}

fn status_url(fields: &mut Fields, reach: Reach) -> Option<StatusUrl> {
    let url = fields.url("status_url", reach)?;
    let after_host = [Some(url.expose().path()), url.expose().query()];
    if after_host.iter().flatten().any(|part| part.contains(STAND_IN)) {
        Some(StatusUrl(url))
    } else {
        fields.refuse("status_url", "has no `{id}` in its path or query", Some("https://agent.example.com/runs/{id}"))
    }
}

fn pointer(fields: &mut Fields, field: &'static str, default: &str) -> String {
    let pointer = fields.text(field).unwrap_or_else(|| default.to_owned());
    if !pointer.starts_with('/') {
        fields.refuse::<()>(field, "must begin with `/`", Some("a JSON pointer, such as \"/run/status\""));
    }
    pointer
}

fn words(fields: &mut Fields, given: Option<Value>) -> BTreeMap<String, Progress> {
    const HINT: &str =
        "statuses = { done = \"succeeded\" }; ours are queued, running, needs_input, succeeded, failed, cancelled";
    let mut words = BTreeMap::new();
    match given {
        None => {}
        Some(Value::Object(given)) => {
            for (theirs, ours) in given {
                match ours.as_str().and_then(own_word) {
                    Some(progress) => {
                        words.insert(theirs.to_lowercase(), progress);
                    }
                    None => {
                        fields.refuse::<()>("statuses", format!("gives {theirs:?} a meaning that is none"), Some(HINT));
                    }
                }
            }
        }
        Some(_) => {
            fields.refuse::<()>("statuses", "must be a table", Some(HINT));
        }
    }
    words
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testkit::table;

    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn with_status_url(template: &str) -> Result<Config, Vec<ConfigError>> {
        Config::read(table(json!({"url": "https://agent.example.com/", "secret": KEY, "status_url": template})))
    }

    fn filled(template: &str, id: &str) -> Option<String> {
        let url = with_status_url(template).unwrap().status_url.unwrap().of(id)?;
        Some(url.expose().as_str().to_owned())
    }

    #[test]
    fn an_id_stays_one_part_of_the_address() {
        let template = "https://agent.example.com/runs/{id}/status?of={id}";
        let expected = "https://agent.example.com/runs/a-1/status?of=a-1";
        assert_eq!(filled(template, "a-1").as_deref(), Some(expected));
        let escaped =
            "https://agent.example.com/runs/..%2Fadmin%3Fx%3D1%23y%40evil/status?of=..%2Fadmin%3Fx%3D1%23y%40evil";
        assert_eq!(filled(template, "../admin?x=1#y@evil").as_deref(), Some(escaped));
        for step in ["", ".", ".."] {
            assert_eq!(filled(template, step), None, "{step:?}");
        }
    }

    #[test]
    fn each_mistake_names_its_field() {
        let sound = json!({"url": "https://agent.example.com/", "secret": KEY});
        for (field, value) in [
            ("url", json!("http://agent.example.com/")),
            ("secret", json!("hunter2hunter2")),
            ("token", json!("hunter2\nhunter2")),
            ("status_url", json!("https://agent.example.com/runs")),
            ("status_url", json!("https://{id}.example.com/runs")),
            ("status_url", json!("http://agent.example.com/runs/{id}")),
            ("status_pointer", json!("status")),
            ("statuses", json!({"done": "finished"})),
            ("statuses", json!("done")),
            ("run_limit", json!("0 s")),
            ("adress", json!("x")),
        ] {
            let mut given = table(sound.clone());
            given.insert(field.into(), value);
            let mistakes = Config::read(given).map(|_| ()).unwrap_err();
            let told: Vec<_> = mistakes.iter().map(|mistake| mistake.field.as_str()).collect();
            assert_eq!(told, [field]);
            assert!(!format!("{mistakes:?}").contains("hunter2"), "{mistakes:?}");
        }
    }
}
