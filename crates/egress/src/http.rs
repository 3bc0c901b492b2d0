//! HTTP with everything bounded: time to connect, time in all, size of the answer, number of clients.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use domain::time::Clock;
use integrations::request::{HeaderValue, HttpRequest, HttpResponse, Reach, Sent, TransportError};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

use crate::guard::{self, Refusal};
use crate::{redact, retry_after};

/// The longest that DNS, connecting and the TLS handshake may take together.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// How Watchfire names itself to whoever it calls.
pub const USER_AGENT: &str = concat!("watchfire/", env!("CARGO_PKG_VERSION"));

/// The most clients that are kept. More than a handful means that certificate files change often; the oldest goes.
const MOST_CLIENTS: usize = 8;

/// The largest certificate file that is read, in bytes: the system's own bundle is a quarter of it.
const LARGEST_CA_FILE: u64 = 1024 * 1024;

/// After how long an unused connection is closed. Short, because a request on a connection that the other side just gave up is one of
/// which nobody can say whether it arrived.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);

/// Whom a client trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trust {
    /// Nobody: plain http only, so that no copy of the system's certificates is held for it.
    Nobody,
    /// The system's authorities.
    System,
    /// The system's and those of a file, as it was at a time: a renewed file makes a new client.
    File(PathBuf, Option<SystemTime>),
}

type Clients = Vec<((Reach, Trust), Arc<OnceCell<Client>>)>;

pub(crate) struct Http {
    clock: Arc<dyn Clock>,
    /// How much of an answer is read, in bytes.
    pub(crate) answer_limit: usize,
    /// Most recently used first.
    clients: Mutex<Clients>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http")
    }
}

impl Http {
    pub(crate) const fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, answer_limit: HttpResponse::BODY_LIMIT, clients: Mutex::new(Vec::new()) }
    }

    pub(crate) async fn send(&self, request: HttpRequest, deadline: Duration) -> Result<HttpResponse, TransportError> {
        let end = Instant::now() + deadline;
        let origin = redact::origin(request.url.expose());
        guard::check(request.url.expose(), request.reach).map_err(|refusal| refused(&origin, refusal))?;
        let Ok(client) = timeout_at(end, self.client(&request)).await else {
            return Err(unsent(false, format!("{origin}: no client within {deadline:?}")));
        };
        let (client, outgoing) = (client?, outgoing(&request, &origin)?);
        match timeout_at(end, self.exchange(client, outgoing)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(classified(&error, &origin, &request)),
            Err(_) => Err(TransportError {
                sent: Sent::Maybe,
                permanent: false,
                reason: format!("{origin}: no whole answer within {deadline:?}"),
            }),
        }
    }

    async fn exchange(&self, client: Client, outgoing: reqwest::Request) -> Result<HttpResponse, reqwest::Error> {
        let mut answer = client.execute(outgoing).await?;
        let retry_after = answer
            .headers()
            .get(::http::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry_after::read(value, self.clock.wall()));
        let status = answer.status().as_u16();
        let mut body = BytesMut::new();
        while body.len() < self.answer_limit {
            let Some(chunk) = answer.chunk().await? else { break };
            let room = self.answer_limit - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Ok(HttpResponse { status, retry_after, body: body.freeze() })
    }

    async fn client(&self, request: &HttpRequest) -> Result<Client, TransportError> {
        let (trust, extra) = match &request.ca_file {
            _ if request.url.expose().scheme() == "http" => (Trust::Nobody, None),
            None => (Trust::System, None),
            Some(path) => {
                let modified = modified(path).await?;
                (Trust::File(path.clone(), modified), Some(path.as_path()))
            }
        };
        let cell = self.cell((request.reach, trust.clone()));
        // A cell per client: one whose certificate file hangs holds up nobody else.
        let client = cell.get_or_try_init(|| async {
            let certificates = match extra {
                Some(path) => certificates(path).await?,
                None => Vec::new(),
            };
            let reach = request.reach;
            // Loading the system's certificates reads some hundred files.
            tokio::task::spawn_blocking(move || build(reach, &trust, certificates))
                .await
                .map_err(|_| unsent(false, "building a client was broken off".to_owned()))?
        });
        client.await.cloned()
    }

    fn cell(&self, key: (Reach, Trust)) -> Arc<OnceCell<Client>> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match clients.iter().position(|(known, _)| *known == key) {
            Some(position) => clients.remove(position),
            None => (key, Arc::new(OnceCell::new())),
        };
        let cell = Arc::clone(&entry.1);
        clients.insert(0, entry);
        clients.truncate(MOST_CLIENTS);
        cell
    }

    #[cfg(test)]
    fn clients_kept(&self) -> usize {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

fn build(reach: Reach, trust: &Trust, certificates: Vec<Certificate>) -> Result<Client, TransportError> {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .https_only(reach == Reach::Public)
        .connect_timeout(CONNECT_LIMIT)
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(2)
        .dns_resolver(GuardedResolver { reach });
    let builder = match trust {
        Trust::Nobody => builder.tls_certs_only(Vec::new()),
        Trust::System => builder,
        Trust::File(..) => builder.tls_certs_merge(certificates),
    };
    builder.build().map_err(|error| {
        let file = matches!(trust, Trust::File(..));
        unsent(file, format!("no client could be built: {}", redact::innermost(&error)))
    })
}

async fn modified(path: &Path) -> Result<Option<SystemTime>, TransportError> {
    let facts = tokio::fs::metadata(path).await.map_err(|error| unreadable(path, &error))?;
    if facts.len() > LARGEST_CA_FILE {
        return Err(unsent(true, format!("ca_file {} is larger than 1 MiB", path.display())));
    }
    Ok(facts.modified().ok())
}

async fn certificates(path: &Path) -> Result<Vec<Certificate>, TransportError> {
    let text = tokio::fs::read(path).await.map_err(|error| unreadable(path, &error))?;
    match Certificate::from_pem_bundle(&text) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) | Err(_) => Err(unsent(true, format!("ca_file {} holds no readable certificate", path.display()))),
    }
}

/// Not permanent: a file that is not there yet is mended without a restart.
fn unreadable(path: &Path, error: &io::Error) -> TransportError {
    unsent(false, format!("ca_file {} could not be read: {}", path.display(), error.kind()))
}

fn outgoing(request: &HttpRequest, origin: &str) -> Result<reqwest::Request, TransportError> {
    let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.expose().clone());
    for (name, value) in &request.headers {
        let (text, secret) = match value {
            HeaderValue::Plain(text) => (text, false),
            HeaderValue::Secret(text) => (text.expose(), true),
        };
        let mut value = ::http::HeaderValue::from_str(text)
            .map_err(|_| unsent(true, format!("{origin}: the header {name} has a value that cannot be sent")))?;
        value.set_sensitive(secret);
        outgoing.headers_mut().append(name.clone(), value);
    }
    if !(request.body.is_empty() && request.method == ::http::Method::GET) {
        *outgoing.body_mut() = Some(Bytes::clone(&request.body).into());
    }
    Ok(outgoing)
}

/// Nothing of the request can have left before a connection stood; of everything later nobody knows.
fn classified(error: &reqwest::Error, origin: &str, request: &HttpRequest) -> TransportError {
    if let Some(refusal) = cause::<Refusal>(error) {
        return refused(origin, *refusal);
    }
    let said = redact::shown(&redact::innermost(error), request);
    if error.is_builder() {
        return unsent(true, format!("{origin}: the request could not be made: {said}"));
    }
    if error.is_dns() {
        return unsent(false, format!("{origin}: the name could not be resolved: {said}"));
    }
    if error.is_connect() {
        let what = if error.is_timeout() { format!("none within {CONNECT_LIMIT:?}") } else { said };
        return unsent(false, format!("{origin}: no connection: {what}"));
    }
    TransportError { sent: Sent::Maybe, permanent: false, reason: format!("{origin}: no whole answer: {said}") }
}

/// The first cause of a kind.
fn cause<'a, Kind: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a Kind> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

fn refused(origin: &str, refusal: Refusal) -> TransportError {
    // An empty answer of a resolver may be a full one tomorrow; an address that was refused stays refused.
    unsent(refusal != Refusal::NoHost, format!("{origin}: {refusal}"))
}

const fn unsent(permanent: bool, reason: String) -> TransportError {
    TransportError { sent: Sent::No, permanent, reason }
}

/// The system's resolver behind the guard. The connector calls exactly what it returns, so that a name cannot change its mind between
/// being judged and being called.
struct GuardedResolver {
    reach: Reach,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            // Port 0 means: the one of the address, or the scheme's.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = guard::allowed(found, reach)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken address is a broken test")]
mod tests {
    use super::*;
    use domain::time::{ManualClock, Timestamp};

    #[test]
    fn a_client_is_built_once_and_only_a_handful_are_kept() {
        let http = Http::new(Arc::new(ManualClock::starting_at(Timestamp::EPOCH)));
        let key = |number: usize| (Reach::Private, Trust::File(PathBuf::from(number.to_string()), None));
        let first = http.cell(key(0));
        assert!(Arc::ptr_eq(&first, &http.cell(key(0))));
        for number in 1..=MOST_CLIENTS {
            http.cell(key(number));
        }
        assert_eq!(http.clients_kept(), MOST_CLIENTS);
        assert!(!Arc::ptr_eq(&first, &http.cell(key(0))), "the one unused for longest is the one that goes");
    }

    #[tokio::test]
    async fn a_header_that_cannot_be_sent_is_said_without_its_value() {
        let http = Http::new(Arc::new(ManualClock::starting_at(Timestamp::EPOCH)));
        let request = HttpRequest {
            method: ::http::Method::POST,
            url: integrations::request::Secret::new(url::Url::parse("http://127.0.0.1:1/x").unwrap()),
            headers: vec![(
                ::http::header::AUTHORIZATION,
                HeaderValue::Secret(integrations::request::Secret::new("hunter2\r\nX-Evil: 1".to_owned())),
            )],
            body: Bytes::new(),
            reach: Reach::Private,
            ca_file: None,
        };
        let error = http.send(request, Duration::from_secs(30)).await.unwrap_err();
        assert_eq!((error.sent, error.permanent), (Sent::No, true));
        assert!(error.reason.contains("authorization") && !error.reason.contains("hunter2"), "{}", error.reason);
    }
}
