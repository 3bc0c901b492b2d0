//! What an adapter asks the outside for, as data, and the shape of whoever carries it there.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

/// A value that must not be seen: Debug and Display show `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value; every call is a place to look at in a review.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The key by which a receiver can tell a repeat: the same for every try of one effect. Visible ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DedupKey(pub String);

/// Something to be done outside.
#[derive(Debug, Clone)]
pub struct Request {
    /// For the logs of whoever carries it, and for receivers that honour one.
    pub key: DedupKey,
    /// From the first byte of connecting to the last byte of the answer.
    pub deadline: Duration,
    /// What to do.
    pub kind: RequestKind,
}

/// The ways out.
#[derive(Debug, Clone)]
pub enum RequestKind {
    /// An HTTP request.
    Http(HttpRequest),
    /// Text for the operator's terminal, already escaped for one.
    Console(String),
}

/// One HTTP request. Redirects are never followed. Debug shows how long the body is and not what stands in it: some vendors want their key there.
#[derive(Clone)]
pub struct HttpRequest {
    /// Method.
    pub method: http::Method,
    /// Where to; secret, because chat vendors put keys into addresses.
    pub url: Secret<Url>,
    /// Headers in order; a secret one is marked so.
    pub headers: Vec<(http::HeaderName, HeaderValue)>,
    /// The body, exactly as it is signed.
    pub body: Bytes,
    /// Whether, and where, addresses that are not public may be called.
    pub reach: Reach,
    /// A file of certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, url, headers, body, reach, ca_file } = self;
        f.debug_struct("HttpRequest")
            .field("method", method)
            .field("url", url)
            .field("headers", headers)
            .field("body", &format_args!("{} bytes", body.len()))
            .field("reach", reach)
            .field("ca_file", ca_file)
            .finish()
    }
}

/// A header's value.
#[derive(Debug, Clone)]
pub enum HeaderValue {
    /// May be logged.
    Plain(String),
    /// Never shown.
    Secret(Secret<String>),
}

/// Which addresses a request may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Public addresses over https only: the default.
    #[default]
    Public,
    /// Private and loopback addresses and plain http too, because the configuration of this target says `allow_private = true`.
    Private,
}

/// What came back.
#[derive(Debug, Clone)]
pub enum Response {
    /// An HTTP answer, whatever its status.
    Http(HttpResponse),
    /// The text stands on the terminal.
    Console,
}

impl Response {
    /// The way it came back, in a word.
    #[must_use]
    pub const fn way(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Console => "console",
        }
    }
}

/// One HTTP answer.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// `Retry-After`, in seconds or as a date, already turned into a duration.
    pub retry_after: Option<Duration>,
    /// At most [`HttpResponse::BODY_LIMIT`] bytes; the rest is not read.
    pub body: Bytes,
}

impl HttpResponse {
    /// How much of an answer is read: 64 KiB.
    pub const BODY_LIMIT: usize = 64 * 1024;
}

/// Whether the receiver may have acted on a request that brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Certainly not: it never left, or the connection was refused.
    No,
    /// Perhaps: something was written before it failed.
    Maybe,
}

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// Whether the receiver may have acted.
    pub sent: Sent,
    /// Whether only a change of the configuration can help: true for a forbidden address or a broken certificate file.
    pub permanent: bool,
    /// What went wrong, without secrets.
    pub reason: String,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for TransportError {}

/// A pending answer.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, TransportError>> + Send + 'a>>;

/// Whoever carries requests: `egress` in the service, a recorder in tests.
pub trait Transport: Send + Sync {
    /// Carries one request and reads its answer.
    fn send(&self, request: Request) -> Sending<'_>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> Sending<'_> {
        (**self).send(request)
    }
}
