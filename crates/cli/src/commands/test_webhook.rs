//! `watchfire test-webhook`: a signed delivery through the true path, and what became of it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use bytes::Bytes;
use domain::id::DeliveryId;
use domain::signal::Resource;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use integrations::request::Secret;
use integrations::sentry::{HOOK_SIGNATURE_HEADER, RESOURCE_HEADER, SigningSecret, sign, synthetic_hook};
use serde_json::Value;

use super::{WEBHOOK, address, now, print_json, text, with_client_or_new};
use crate::args::TestWebhook;
use crate::client::{Answer, Client};
use crate::exit::Failure;
use crate::session::{self, Session};
use crate::terminal::{BOLD, CYAN, DIM, print, safe, styled};

/// A delivery that is ready to be sent.
pub struct Hook {
    /// Value of the resource header.
    pub resource: String,
    /// Value of the signature header.
    pub signature: String,
    /// The body.
    pub body: Bytes,
}

impl Hook {
    /// Signs a body.
    #[must_use]
    pub fn signed(resource: &str, body: Bytes, secret: &Secret<String>) -> Self {
        let signature = sign(&SigningSecret::new("1", secret.clone()), &body);
        Self { resource: resource.to_owned(), signature, body }
    }

    /// Sends it.
    ///
    /// # Errors
    /// When nothing came back.
    pub async fn send(&self, client: &Client) -> Result<Answer, Failure> {
        let mut headers = HeaderMap::new();
        let value = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| Failure::Wrong(format!("{text:?} cannot stand in a header")))
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(HeaderName::from_static(RESOURCE_HEADER), value(&self.resource)?);
        headers.insert(HeaderName::from_static(HOOK_SIGNATURE_HEADER), value(&self.signature)?);
        headers.insert(HeaderName::from_static("sentry-hook-timestamp"), HeaderValue::from(now().millis() / 1_000));
        client.deliver(headers, self.body.clone()).await
    }
}

/// The largest body that the service takes, in bytes (semantics D6).
const LARGEST_BODY: u64 = 5 * 1024 * 1024;

/// Reads a body, and no more of a file without end than shows that it is too large.
fn read_body(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    let read = File::open(path)?.take(LARGEST_BODY + 1).read_to_end(&mut body)?;
    Ok((read as u64 <= LARGEST_BODY).then_some(body))
}

/// What the service says of a delivery that it took: with its id, or it is not Watchfire that answered.
#[must_use]
pub fn taken(answer: &Answer) -> Option<Value> {
    answer.json().filter(|told| told["delivery"].as_str().is_some_and(|id| id.parse::<DeliveryId>().is_ok()))
}

/// The resource that a file name speaks of: `ipe.issue.created.json` of `issue`.
#[must_use]
pub fn guessed(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    name.split('.').find_map(|part| Resource::ALL.into_iter().map(Resource::as_str).find(|word| *word == part))
}

/// The secret to sign with.
///
/// # Errors
/// Configuration mistakes; a remote service whose secret nobody named.
pub fn secret(session: &Session) -> Result<Secret<String>, Failure> {
    let config = session.load()?.config;
    if config.sentry.secrets.is_empty() && session.named_service()?.is_some() {
        return Err(Failure::Wrong(
            "the service at WATCHFIRE_URL has its own secret: set SENTRY_WEBHOOK_SECRET to it".to_owned(),
        ));
    }
    let (secrets, _) = session::webhook_secrets(&config)?;
    secrets.into_iter().next().ok_or_else(|| Failure::Failed("there is no secret to sign with".to_owned()))
}

/// Sends it and tells.
///
/// # Errors
/// When it was refused.
pub async fn run(session: &Session, asked: &TestWebhook) -> Result<(), Failure> {
    let secret = secret(session)?;
    let (resource, body) = match &asked.file {
        Some(path) => {
            let resource = asked.resource.clone().or_else(|| guessed(path).map(str::to_owned));
            let Some(resource) = resource else {
                return Err(Failure::Wrong(format!(
                    "the name {} says no resource: add --resource, one of {}",
                    path.display(),
                    Resource::ALL.map(Resource::as_str).join(", ")
                )));
            };
            let body = read_body(&session.here.join(path))
                .map_err(|error| Failure::Wrong(format!("the file {} cannot be read: {error}", path.display())))?
                .ok_or_else(|| Failure::Wrong(format!("{} is larger than 5 MiB: no delivery is", path.display())))?;
            (resource, body)
        }
        None => {
            // Within what SQLite, JSON readers and Sentry itself take as a number.
            let nonce = rand::random::<u64>() >> 12;
            let hook = synthetic_hook(nonce, now(), "https://sentry.example");
            (asked.resource.clone().unwrap_or_else(|| hook.resource.to_owned()), hook.body)
        }
    };
    let hook = Hook::signed(&resource, Bytes::from(body), &secret);
    let (told, incident, monitoring) = with_client_or_new(session, async |client: &Client| {
        let answer = hook.send(client).await?;
        if !(200..300).contains(&answer.status) {
            return Err(refused(client, &answer));
        }
        let Some(told) = taken(&answer) else { return Err(client.strange(&answer)) };
        client.remind_of_silence();
        let incident = match told["incident"].as_str() {
            Some(id) => Some(client.get(&address(&["api", "v1", "incidents", id], &[])).await?),
            None => None,
        };
        // Only asked when nothing came of it: then it is the likely reason.
        let monitoring = incident.is_some()
            || client.get(WEBHOOK).await.is_ok_and(|status| status["features"]["smartMonitoring"] != false);
        Ok((told, incident, monitoring))
    })
    .await?;
    if asked.output.json {
        return print_json(&told);
    }
    Ok(print(&became(&told, incident.as_ref(), monitoring, &session.program()))?)
}

fn refused(client: &Client, answer: &Answer) -> Failure {
    if answer.status == 401 {
        return Failure::Failed(
            "the service refused the signature: it has another secret than this command\n  \
             give both the same SENTRY_WEBHOOK_SECRET, or use the service's --data-dir"
                .to_owned(),
        );
    }
    client.refusal(answer)
}

fn became(told: &Value, incident: Option<&Value>, monitoring: bool, program: &str) -> String {
    let outcome = text(told, "outcome", 20);
    let delivery = text(told, "delivery", 24);
    let mut out = format!("{} {}", styled(BOLD, &outcome), styled(DIM, &format!("(delivery {delivery})")));
    let Some(incident) = incident else {
        out.push_str("\n  the delivery was taken and touched no incident");
        if !monitoring {
            out.push_str(": monitoring is off ([sentry] monitoring, SENTRY_MONITORING_ENABLED)");
        }
        return out;
    };
    let id = text(incident, "id", 24);
    out.push_str(&format!("\n  {id}, {}, level {}", text(incident, "state", 20), text(incident, "level", 12)));
    out.push_str(&format!("\n  {}", text(incident, "title", 200)));
    for line in incident["standing"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        out.push_str(&format!("\n  {}", safe(line, 300)));
    }
    for command in ["incident show", "incident ack"] {
        out.push_str(&format!("\n  {}", styled(CYAN, &format!("> {program} {command} {id}"))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_says_its_resource() {
        for (name, resource) in [
            ("issue.created.2025-11.json", Some("issue")),
            ("ipe.metric_alert.critical.with_alert_rule_action.json", Some("metric_alert")),
            ("synthetic.issue.created.unicode.body", Some("issue")),
            ("preprod_artifact.size_analysis_completed.body", Some("preprod_artifact")),
            ("rest.list-issues.response.json", None),
            ("keep.legacy-plugin.server-overload.json", None),
        ] {
            assert_eq!(guessed(Path::new(name)), resource, "{name}");
        }
    }
}
