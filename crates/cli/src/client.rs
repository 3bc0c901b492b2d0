//! The one client of the API: over HTTP to the running service; without one, the server's own router, called in this process.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use egress::Egress;
use http::{HeaderMap, HeaderName, Method, header};
use integrations::request::{
    DedupKey, HeaderValue, HttpRequest, Reach, Request, RequestKind, Response, Secret, Sent, Transport as _,
    TransportError,
};
use serde_json::Value;
use url::Url;

use crate::clock::SystemClock;
use crate::commands::WEBHOOK;
use crate::exit::Failure;
use crate::service_file::{self, ServiceFile};
use crate::session::{NamedService, Session};
use crate::terminal::{remind, safe};
use crate::wire::{self, Local};

/// Longer than anything the service allows itself.
const DEADLINE: Duration = Duration::from_secs(20);

/// How long to wait for a service that may be gone.
const ALIVE_DEADLINE: Duration = Duration::from_secs(5);

/// The largest answer that is read, in bytes: a stored body of 5 MiB and more.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// What came back.
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// A way to the API.
pub struct Client {
    way: Way,
    /// Where the answers come from, for messages.
    origin: String,
}

enum Way {
    Remote(Remote),
    Local(Box<Local>),
}

/// A service that listens somewhere.
struct Remote {
    egress: Arc<Egress>,
    base: Url,
    token: Option<Secret<String>>,
}

enum Alive {
    Yes,
    No,
    Silent(String),
}

impl Remote {
    fn at(base: Url, token: Option<Secret<String>>) -> Self {
        egress::install_tls_provider();
        let egress = Egress::new(Arc::new(SystemClock::start())).with_answer_limit(LARGEST_ANSWER);
        Self { egress: Arc::new(egress), base, token }
    }

    async fn send(
        &self,
        deadline: Duration,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Answer, TransportError> {
        let refused = |reason: String| TransportError { sent: Sent::No, permanent: true, reason };
        let url = self.base.join(path).map_err(|error| refused(error.to_string()))?;
        let mut plain: Vec<(HeaderName, HeaderValue)> = headers
            .iter()
            .map(|(name, value)| {
                (name.clone(), HeaderValue::Plain(String::from_utf8_lossy(value.as_bytes()).into_owned()))
            })
            .collect();
        if let Some(token) = &self.token {
            let text = format!("Bearer {}", token.expose());
            plain.push((header::AUTHORIZATION, HeaderValue::Secret(Secret::new(text))));
        }
        let request =
            HttpRequest { method, url: Secret::new(url), headers: plain, body, reach: Reach::Private, ca_file: None };
        let request = Request { key: DedupKey("command".to_owned()), deadline, kind: RequestKind::Http(request) };
        match self.egress.send(request).await? {
            Response::Http(answer) => Ok(Answer { status: answer.status, body: answer.body }),
            other @ Response::Console => Err(refused(format!("an answer by {} was not expected", other.way()))),
        }
    }

    /// The same place, without the token.
    fn as_stranger(&self) -> Self {
        Self { egress: Arc::clone(&self.egress), base: self.base.clone(), token: None }
    }

    /// Asks without the token: nobody knows yet who listens there.
    async fn is_alive(&self) -> Alive {
        match self
            .as_stranger()
            .send(ALIVE_DEADLINE, Method::GET, "/health/live", &HeaderMap::new(), Bytes::new())
            .await
        {
            Ok(_) => Alive::Yes,
            Err(error) if error.sent == Sent::No => Alive::No,
            Err(error) => Alive::Silent(error.reason),
        }
    }
}

impl Client {
    /// Finds the running service; without one, opens the store, which is made only when `may_make` says so: what looks or changes needs
    /// something that is there.
    ///
    /// # Errors
    /// Configuration mistakes; a service that is there but does not answer; a store that is missing or cannot be opened.
    pub async fn connect(session: &Session, may_make: bool) -> Result<Self, Failure> {
        if let Some(client) = Self::running(session).await? {
            return Ok(client);
        }
        let config = session.load()?.config;
        if !may_make && !config.database.path.exists() {
            return Err(Failure::Failed(format!(
                "there is no database here ({}), and no service is running\n  \
                 say where it is with --data-dir, or where the service is with WATCHFIRE_URL; `{} serve` starts a new one",
                config.database.path.display(),
                session.program()
            )));
        }
        let local = wire::local(session, &config).await?;
        Ok(Self { origin: local.origin().to_owned(), way: Way::Local(Box::new(local)) })
    }

    /// Finds the running service; `None` when there is none.
    ///
    /// # Errors
    /// Configuration mistakes; a service that is there but does not answer.
    pub async fn running(session: &Session) -> Result<Option<Self>, Failure> {
        if let Some(NamedService { url, token }) = session.named_service()? {
            let base = address_of_service(&url).map_err(|reason| Failure::Wrong(format!("WATCHFIRE_URL {reason}")))?;
            return Ok(Some(Self::remote(Remote::at(base, token))));
        }
        let config = session.load()?.config;
        if let Some(found) = ServiceFile::of_running(&config.data_dir) {
            let base = Url::parse(&found.url)
                .map_err(|error| Failure::Failed(format!("{} names no address: {error}", service_file::NAME)))?;
            let token = crate::config::secrets::read_file(&found.token_file).ok();
            let remote = Remote::at(base, token);
            match remote.is_alive().await {
                Alive::Yes => return Ok(Some(Self::remote(remote))),
                Alive::Silent(reason) => {
                    return Err(Failure::Failed(format!(
                        "a service (process {}) should listen on {}, but does not answer: {reason}\n  if it hangs, stop it; its log says more",
                        found.pid, found.url
                    )));
                }
                // It ends at this moment.
                Alive::No => {}
            }
        }
        Ok(None)
    }

    fn remote(remote: Remote) -> Self {
        Self { origin: remote.base.as_str().trim_end_matches('/').to_owned(), way: Way::Remote(remote) }
    }

    /// Whether there is no service, so that nothing will be sent.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self.way, Way::Local(_))
    }

    /// Reads.
    ///
    /// # Errors
    /// Whatever the API refuses, as the exit code for it.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        let answer = self.call(Method::GET, path, HeaderMap::new(), Bytes::new()).await?;
        self.taken(&answer)
    }

    /// Changes. Says when there is no service that would act on it.
    ///
    /// # Errors
    /// Whatever the API refuses, as the exit code for it.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let taken = self.ask(path, body).await?;
        self.remind_of_silence();
        Ok(taken)
    }

    /// Asks for something that the service would have no more to do for.
    ///
    /// # Errors
    /// Whatever the API refuses, as the exit code for it.
    pub async fn ask(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(Method::POST, path, "application/json", Bytes::from(body.to_string())).await
    }

    /// One call with a body of some media type.
    ///
    /// # Errors
    /// Whatever the API refuses, as the exit code for it.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        media_type: &'static str,
        body: Bytes,
    ) -> Result<Value, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(media_type));
        let answer = self.call(method, path, headers, body).await?;
        self.taken(&answer)
    }

    /// Takes away.
    ///
    /// # Errors
    /// Whatever the API refuses, as the exit code for it.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        let answer = self.call(Method::DELETE, path, HeaderMap::new(), Bytes::new()).await?;
        self.taken(&answer)
    }

    /// Ends it; to be called when a command is done, so that a store that was opened is closed in order.
    pub async fn close(self) {
        if let Way::Local(local) = self.way {
            local.close().await;
        }
    }

    /// Says that nothing is sent, when there is no service.
    pub fn remind_of_silence(&self) {
        if self.is_local() {
            remind("no service is running: this is stored, but nothing is sent until `watchfire serve` runs");
        }
    }

    /// Brings a delivery as Sentry would: its signature is all it shows, never the token.
    ///
    /// # Errors
    /// When nothing came back.
    pub async fn deliver(&self, headers: HeaderMap, body: Bytes) -> Result<Answer, Failure> {
        match &self.way {
            Way::Remote(remote) => self.remote_call(&remote.as_stranger(), Method::POST, WEBHOOK, &headers, body).await,
            Way::Local(_) => self.call(Method::POST, WEBHOOK, headers, body).await,
        }
    }

    /// One call, whatever comes back.
    ///
    /// # Errors
    /// When nothing came back.
    pub async fn call(&self, method: Method, path: &str, headers: HeaderMap, body: Bytes) -> Result<Answer, Failure> {
        match &self.way {
            Way::Remote(remote) => self.remote_call(remote, method, path, &headers, body).await,
            Way::Local(local) => local.call(method, path, headers, body).await,
        }
    }

    async fn remote_call(
        &self,
        remote: &Remote,
        method: Method,
        path: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Answer, Failure> {
        remote.send(DEADLINE, method, path, headers, body).await.map_err(|error| {
            let hint = match error.sent {
                Sent::No => "is it running? WATCHFIRE_URL says where it is",
                Sent::Maybe => "it may have acted; look before trying again",
            };
            Failure::Failed(format!("the service at {} did not answer: {}\n  {hint}", self.origin, error.reason))
        })
    }

    /// An answer that no Watchfire gives.
    #[must_use]
    pub fn strange(&self, answer: &Answer) -> Failure {
        Failure::Failed(format!(
            "{} answered {}, but not as Watchfire does: something else listens there",
            self.origin, answer.status
        ))
    }

    fn taken(&self, answer: &Answer) -> Result<Value, Failure> {
        if (200..300).contains(&answer.status) {
            return answer.json().filter(Value::is_object).ok_or_else(|| self.strange(answer));
        }
        Err(self.refusal(answer))
    }

    /// The API's problem document as the failure of a command.
    #[must_use]
    pub fn refusal(&self, answer: &Answer) -> Failure {
        let problem = answer.json().unwrap_or_default();
        let said = problem["detail"].as_str().or_else(|| problem["title"].as_str());
        let mut text = said.map_or_else(|| format!("the service answered {}", answer.status), |said| safe(said, 500));
        if let Some(candidates) = problem["candidates"].as_array() {
            for candidate in candidates.iter().filter_map(Value::as_str) {
                text.push_str("\n  ");
                text.push_str(&safe(candidate, 100));
            }
        }
        if let Some(mistakes) = problem["mistakes"].as_array() {
            for mistake in mistakes.iter().filter_map(Value::as_str) {
                text.push_str("\n  ");
                text.push_str(&safe(mistake, 500));
            }
        }
        match answer.status {
            404 => Failure::NotFound(text),
            400 | 409 if problem["candidates"].is_array() => Failure::Wrong(text),
            400 | 405 | 415 | 422 => Failure::Wrong(text),
            401 | 403 => Failure::Failed(format!(
                "{text}\n  the token does not open {}: set WATCHFIRE_TOKEN, or use the data directory of that service (--data-dir)",
                self.origin
            )),
            _ => Failure::Failed(text),
        }
    }
}

/// An address that the client can speak to.
fn address_of_service(text: &str) -> Result<Url, String> {
    const FORM: &str = "such as http://127.0.0.1:3001";
    let url = Url::parse(text).map_err(|error| format!("is no address: {error}\n  {FORM}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("must begin with http:// or https:// and name a host\n  {FORM}"));
    }
    Ok(url)
}
