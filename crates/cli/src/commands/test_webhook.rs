//! `watchfire test-webhook`: a signed delivery through the true path, and what became of it.

use std::path::Path;

use bytes::Bytes;
use domain::signal::Resource;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use integrations::request::Secret;
use integrations::sentry::{HOOK_SIGNATURE_HEADER, RESOURCE_HEADER, SigningSecret, sign, synthetic_hook};
use serde_json::Value;

use super::{WEBHOOK, address, now, print_json, text, with_client};
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
        client.call(Method::POST, WEBHOOK, headers, self.body.clone()).await
    }
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
            let body = std::fs::read(session.here.join(path))
                .map_err(|error| Failure::Wrong(format!("the file {} cannot be read: {error}", path.display())))?;
            let resource = asked.resource.clone().or_else(|| guessed(path).map(str::to_owned));
            let Some(resource) = resource else {
                return Err(Failure::Wrong(format!(
                    "the name {} says no resource: add --resource, one of {}",
                    path.display(),
                    Resource::ALL.map(Resource::as_str).join(", ")
                )));
            };
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
    let (told, incident) = with_client(session, async |client: &Client| {
        let answer = hook.send(client).await?;
        if !(200..300).contains(&answer.status) {
            return Err(refused(client, &answer));
        }
        client.remind_of_silence();
        let told = answer.json().unwrap_or_default();
        let incident = match told["incident"].as_str() {
            Some(id) => Some(client.get(&address(&["api", "v1", "incidents", id], &[])).await?),
            None => None,
        };
        Ok((told, incident))
    })
    .await?;
    if asked.output.json {
        return print_json(&told);
    }
    Ok(print(&became(&told, incident.as_ref(), &session.program()))?)
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

fn became(told: &Value, incident: Option<&Value>, program: &str) -> String {
    let outcome = text(told, "outcome", 20);
    let delivery = text(told, "delivery", 24);
    let mut out = format!("{} {}", styled(BOLD, &outcome), styled(DIM, &format!("(delivery {delivery})")));
    let Some(incident) = incident else {
        out.push_str("\n  the delivery was taken and touched no incident");
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
