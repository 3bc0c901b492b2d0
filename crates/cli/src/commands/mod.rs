//! One file for each command: ask the API, print for people, or print what the API gave.

mod acts;
pub mod completions;
pub mod config;
pub mod drill;
pub mod escalation;
mod escalation_stats;
pub mod health;
pub mod incident;
pub mod migrate;
pub mod notify;
pub mod oncall;
mod oncall_told;
pub mod owed;
pub mod payloads;
pub mod policy;
pub mod secret;
pub mod serve;
pub mod silence;
mod silence_told;
mod story;
pub mod test_webhook;
pub mod triage_report;
pub mod triage_test;
pub mod why;

use domain::time::{Clock as _, Timestamp};
use serde_json::Value;

use crate::client::Client;
use crate::clock::SystemClock;
use crate::config::{Config, secrets};
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, NOTHING};

/// Where deliveries go.
pub(crate) const WEBHOOK: &str = "/api/sentry-webhook";

/// Longest title in a table; longest anywhere else.
const TITLE_LIMIT: usize = 120;
const TEXT_LIMIT: usize = 1_000;

/// Finds the API, does something with it, and closes it in order. Needs a service, or a database that is there.
async fn with_client<T>(session: &Session, act: impl AsyncFnOnce(&Client) -> Result<T, Failure>) -> Result<T, Failure> {
    done_with(Client::connect(session, false).await?, act).await
}

/// The same for what may begin a database.
async fn with_client_or_new<T>(
    session: &Session,
    act: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    done_with(Client::connect(session, true).await?, act).await
}

async fn done_with<T>(client: Client, act: impl AsyncFnOnce(&Client) -> Result<T, Failure>) -> Result<T, Failure> {
    let done = act(&client).await;
    client.close().await;
    done
}

/// Does something with what a person named. An id in capitals is tried as it was typed first: other systems write theirs so.
async fn named<T>(name: &str, act: impl AsyncFn(&str) -> Result<T, Failure>) -> Result<T, Failure> {
    let done = act(name).await;
    let lower = name.to_ascii_lowercase();
    let is_ours = ["inc-", "esc-", "bnd-"].iter().any(|prefix| lower.starts_with(prefix));
    if matches!(done, Err(Failure::NotFound(_))) && is_ours && lower != name { act(&lower).await } else { done }
}

/// A path of the API from parts that people typed, with a query.
fn address(parts: &[&str], query: &[(&str, String)]) -> String {
    let mut path = String::new();
    for part in parts {
        path.push('/');
        path.extend(part.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        }));
    }
    if !query.is_empty() {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(query.iter().map(|(name, value)| (*name, value.as_str())));
        path.push('?');
        path.push_str(&pairs.finish());
    }
    path
}

/// Says which secrets others can read.
fn remind_of_exposed(config: &Config) {
    for path in secrets::exposed(&config.data_dir) {
        let path = path.display();
        terminal::remind(&format!("{path} holds a secret and can be read by others than its owner: chmod 600 {path}"));
    }
}

/// Prints what the API gave.
fn print_json(value: &Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(terminal::print(&text)?)
}

/// A field as safe text; a dash for what is not there.
fn text(value: &Value, field: &str, limit: usize) -> String {
    match &value[field] {
        Value::String(text) if !text.is_empty() => terminal::safe(text, limit),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        _ => NOTHING.to_owned(),
    }
}

/// A number with its noun, which takes an s.
fn counted(value: &Value, noun: &str) -> String {
    several(value.as_u64().unwrap_or_default(), noun)
}

/// A number with its noun: one event, two events, two deliveries.
fn several(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

/// The rows of a list.
fn items(value: &Value) -> &[Value] {
    value["items"].as_array().map_or(&[], Vec::as_slice)
}

/// Says how to go on when a list has more.
fn more(list: &Value, command: &str) {
    if let Some(next) = list["next"].as_str() {
        terminal::say(&terminal::styled(
            terminal::DIM,
            &format!("more: {command} --cursor {}", terminal::safe(next, 80)),
        ));
    }
}

/// The time, for "in 5 min".
fn now() -> Timestamp {
    SystemClock::start().wall()
}

/// Who acts: as named, else the login name; the service falls back to the token's name.
fn actor(session: &Session, named: Option<String>) -> Option<String> {
    let login =
        || ["USER", "LOGNAME"].iter().find_map(|name| session.environment.get(name)).map(|name| name.expose().clone());
    named.or_else(login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_several_are_several() {
        for (number, noun, said) in [
            (1, "event", "1 event"),
            (2, "event", "2 events"),
            (0, "delivery", "0 deliveries"),
            (1, "delivery", "1 delivery"),
        ] {
            assert_eq!(several(number, noun), said);
        }
    }

    #[test]
    fn what_people_type_cannot_leave_its_place_in_an_address() {
        assert_eq!(
            address(&["api", "v1", "incidents", "a/../b?c#d e"], &[]),
            "/api/v1/incidents/a%2F..%2Fb%3Fc%23d%20e"
        );
        assert_eq!(address(&["x"], &[("project", "a&b=c".to_owned())]), "/x?project=a%26b%3Dc");
    }
}
