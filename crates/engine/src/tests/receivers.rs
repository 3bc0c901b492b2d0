//! Receivers that answer as they are told, and the adapters that speak with them.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use domain::id::RunId;
use domain::incident::Progress;
use domain::time::Timestamp;
use http::HeaderMap;
use integrations::agent::{Agent, AgentOutcome, AgentReport, AgentTask, CallbackError};
use integrations::notifier::{Bulletin, Notification, Notifier, Occasion, RenderError};
use integrations::outcome::{Outcome, Receipt, classify};
use integrations::request::{
    DedupKey, HttpRequest, HttpResponse, Reach, Request, RequestKind, Response, Secret, Sending, Sent, Transport,
    TransportError,
};
use serde_json::json;

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reaction {
    Answer(u16, &'static str),
    Throttle(Duration),
    Refuse,
    Lose,
    /// Never answers.
    Hang,
}

/// Keeps what was sent; answers 200 unless told otherwise.
#[derive(Debug, Default)]
pub(crate) struct Receivers {
    pub(crate) sent: Mutex<Vec<(String, String)>>,
    reactions: Mutex<VecDeque<Reaction>>,
}

impl Receivers {
    pub(crate) fn react(&self, reactions: impl IntoIterator<Item = Reaction>) {
        self.reactions.lock().unwrap().extend(reactions);
    }

    /// What was sent, as `receiver: text`.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

impl Transport for Receivers {
    fn send(&self, request: Request) -> Sending<'_> {
        let RequestKind::Http(http) = &request.kind else { panic!("only HTTP is sent here") };
        let text = String::from_utf8(http.body.to_vec()).unwrap();
        self.sent.lock().unwrap().push((request.key.0.clone(), text));
        let reaction = self.reactions.lock().unwrap().pop_front().unwrap_or(Reaction::Answer(200, ""));
        let http = |status, retry_after, body: &'static str| {
            Ok(Response::Http(HttpResponse { status, retry_after, body: Bytes::from_static(body.as_bytes()) }))
        };
        let lost = |sent| Err(TransportError { sent, permanent: false, reason: "no answer".into() });
        Box::pin(async move {
            match reaction {
                Reaction::Answer(status, body) => http(status, None, body),
                Reaction::Throttle(after) => http(429, Some(after), ""),
                Reaction::Refuse => lost(Sent::No),
                Reaction::Lose => lost(Sent::Maybe),
                Reaction::Hang => std::future::pending().await,
            }
        })
    }
}

fn request(key: &DedupKey, text: String) -> Request {
    Request {
        key: key.clone(),
        deadline: Duration::from_secs(10),
        kind: RequestKind::Http(HttpRequest {
            method: http::Method::POST,
            url: Secret::new("https://receiver.example/".parse().unwrap()),
            headers: Vec::new(),
            body: Bytes::from(text),
            reach: Reach::Public,
            ca_file: None,
        }),
    }
}

/// A notifier that says where, why, what, and which message it edits.
pub(crate) struct Bell(pub(super) &'static str);

impl Notifier for Bell {
    fn kind(&self) -> &'static str {
        "bell"
    }

    fn render(
        &self,
        notification: &Notification,
        last: Option<&Receipt>,
        key: &DedupKey,
        _now: Timestamp,
    ) -> Result<Request, RenderError> {
        let why = match &notification.occasion {
            Occasion::Page { reason, .. } => reason.as_str().to_owned(),
            Occasion::News(news) => serde_json::to_value(news).unwrap()["news"].as_str().unwrap().to_owned(),
            Occasion::Test => "test".to_owned(),
        };
        let edits = if last.is_some() { " (edits)" } else { "" };
        Ok(request(key, format!("{}: {why}{edits}", self.0)))
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, _: Timestamp) -> Result<Request, RenderError> {
        Ok(request(key, format!("{}: {} of {}", self.0, bulletin.kind.as_str(), bulletin.items.len())))
    }

    fn interpret(&self, response: &Response) -> Outcome {
        let Response::Http(answer) = response else { panic!("only HTTP is sent here") };
        match (answer.status, classify(answer)) {
            (404, _) => Outcome::Repost,
            (_, Outcome::Delivered { .. }) => Outcome::Delivered { receipt: Some(Receipt(json!("message"))) },
            (_, outcome) => outcome,
        }
    }
}

/// An agent without idempotency keys, like most.
pub(crate) struct Fixer;

impl Fixer {
    fn read(answer: Result<&Response, &TransportError>) -> AgentOutcome {
        let reason = "no answer".to_owned();
        let report = |progress| AgentReport { external_id: Some("42".into()), progress, url: None, note: None };
        match answer {
            Ok(Response::Http(answer)) => match (answer.status, &answer.body[..]) {
                (200, b"done") => AgentOutcome::Known(report(Progress::Succeeded)),
                (200, b"running") => AgentOutcome::Known(report(Progress::Running)),
                (200, _) => AgentOutcome::Known(report(Progress::Queued)),
                (404, _) => AgentOutcome::NotFound,
                (503, _) => AgentOutcome::Retry { after: None, reason },
                _ => AgentOutcome::Failed { reason: "refused".into() },
            },
            Ok(Response::Console) => panic!("only HTTP is sent here"),
            Err(error) if error.sent == Sent::No => AgentOutcome::Retry { after: None, reason },
            Err(_) => AgentOutcome::Unsure { reason },
        }
    }
}

impl Agent for Fixer {
    fn kind(&self) -> &'static str {
        "fixer"
    }

    fn poll_every(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn run_limit(&self) -> Duration {
        Duration::from_hours(2)
    }

    fn start(&self, task: &AgentTask, _now: Timestamp) -> Request {
        request(&DedupKey(task.run.to_string()), "fixer: start".into())
    }

    fn started(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        Self::read(answer)
    }

    fn find(&self, run: RunId, _now: Timestamp) -> Option<Request> {
        Some(request(&DedupKey(run.to_string()), "fixer: find".into()))
    }

    fn found(&self, _run: RunId, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        Self::read(answer)
    }

    fn poll(&self, run: RunId, external_id: Option<&str>, _now: Timestamp) -> Option<Request> {
        Some(request(&DedupKey(run.to_string()), format!("fixer: poll {}", external_id.unwrap_or("?"))))
    }

    fn polled(&self, answer: Result<&Response, &TransportError>) -> AgentOutcome {
        Self::read(answer)
    }

    fn callback(
        &self,
        _run: RunId,
        headers: &HeaderMap,
        body: &[u8],
        _now: Timestamp,
    ) -> Option<Result<AgentReport, CallbackError>> {
        if headers.get("x-signature").is_none() {
            return Some(Err(CallbackError::Signature));
        }
        let progress = Progress::ALL.into_iter().find(|progress| progress.as_str().as_bytes() == body);
        let report = progress.map(|progress| AgentReport { external_id: None, progress, url: None, note: None });
        Some(report.ok_or(CallbackError::Unreadable))
    }
}
