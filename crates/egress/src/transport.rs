//! One `send` for every kind of request.

use std::sync::Arc;

use domain::time::Clock;
use integrations::request::{Request, RequestKind, Sending, Transport};

use crate::console::Console;
use crate::http::Http;

/// The way out of the process. Cheap while nothing is sent: clients are built at their first use.
#[derive(Debug)]
pub struct Egress {
    http: Http,
    console: Console,
}

impl Egress {
    /// With standard output as the console. `clock` turns a `Retry-After` date into a duration.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_console(clock, Console::stdout())
    }

    /// With another console.
    #[must_use]
    pub fn with_console(clock: Arc<dyn Clock>, console: Console) -> Self {
        Self { http: Http::new(clock), console }
    }

    /// Reads so many bytes of an answer instead of [`HttpResponse::BODY_LIMIT`](integrations::request::HttpResponse::BODY_LIMIT): for calls of
    /// our own API, which gives stored bodies back whole.
    #[must_use]
    pub const fn with_answer_limit(mut self, bytes: usize) -> Self {
        self.http.answer_limit = bytes;
        self
    }
}

impl Transport for Egress {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            let Request { key, deadline, kind } = request;
            match kind {
                RequestKind::Http(request) => {
                    let origin = crate::redact::origin(request.url.expose());
                    let answer = self.http.send(request, deadline).await;
                    // Whoever asked handles and logs the outcome; this is for the operator who follows one request.
                    match &answer {
                        Ok(answer) => tracing::debug!(key = ?key.0, %origin, status = answer.status, "answered"),
                        Err(error) => tracing::debug!(key = ?key.0, %origin, reason = ?error.reason, "no answer"),
                    }
                    answer.map(integrations::request::Response::Http)
                }
                RequestKind::Console(message) => self.console.send(message, deadline).await,
            }
        })
    }
}
