//! Every error that a client sees: RFC 9457, `application/problem+json`. A 4xx says what was expected; a 5xx says when to come back and
//! carries the request's id, under which the log has the cause.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use domain::command::Revision;
use domain::decision::Rejection;
use domain::incident::{Incident, State};
use engine::operate::OperateError;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use store::error::StoreError;

use crate::auth::Scope;
use crate::layers::RequestId;
use crate::words;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// In how many seconds a client that met a busy store should come back.
const BUSY_RETRY_SECONDS: u32 = 2;

/// An error, told to a client.
#[derive(Debug, Clone)]
pub struct Problem(Box<Told>);

#[derive(Debug, Clone)]
struct Told {
    status: StatusCode,
    /// The last part of the `type`: stable, for programs.
    kind: &'static str,
    detail: Cow<'static, str>,
    candidates: Vec<String>,
    mistakes: Vec<String>,
    now: Option<Stands>,
    retry_after: Option<u32>,
    challenge: Option<&'static str>,
    /// For the log, never for the client.
    cause: Option<String>,
    request: Option<RequestId>,
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    candidates: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    mistakes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<&'a Stands>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// Where an incident stands, for whoever acted on what it was (semantics L9).
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Stands {
    incident: String,
    state: &'static str,
    level: &'static str,
    opening: u32,
    /// Who has it, put it off or ended it.
    by: Option<String>,
    revision: Revision,
    /// In a sentence.
    text: String,
}

impl Stands {
    pub(crate) fn of(incident: &Incident) -> Self {
        let by = match &incident.state {
            State::Acknowledged { by, .. } | State::Snoozed { by, .. } => Some(by.to_string()),
            State::Resolved { by, .. } => Some(words::resolver(by).to_owned()),
            State::Open | State::Escalating | State::Exhausted { .. } => None,
        };
        Self {
            incident: incident.id.to_string(),
            state: incident.state.as_str(),
            level: incident.level.as_str(),
            opening: incident.opening,
            by,
            revision: Revision::of(incident),
            text: words::state(incident),
        }
    }
}

impl Problem {
    fn of(status: StatusCode, kind: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Told {
            status,
            kind,
            detail: detail.into(),
            candidates: Vec::new(),
            mistakes: Vec::new(),
            now: None,
            retry_after: None,
            challenge: None,
            cause: None,
            request: None,
        }))
    }

    /// 400: the request is not what is expected; `detail` says what is.
    #[must_use]
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// 401 for an API call without a token, or with a wrong one.
    #[must_use]
    pub fn unauthorised() -> Self {
        let mut problem = Self::of(
            StatusCode::UNAUTHORIZED,
            "unauthorised",
            "expected the header 'Authorization: Bearer wf_…' with a token that this service knows",
        );
        problem.0.challenge = Some("Bearer realm=\"watchfire\"");
        problem
    }

    /// 401 for a body that is not signed with a live secret.
    #[must_use]
    pub fn unsigned(detail: &'static str) -> Self {
        let mut problem = Self::of(StatusCode::UNAUTHORIZED, "signature", detail);
        problem.0.challenge = Some("Signature realm=\"watchfire\"");
        problem
    }

    /// 403: the token is known, but may not do this.
    #[must_use]
    pub fn forbidden(needed: Scope) -> Self {
        Self::of(StatusCode::FORBIDDEN, "forbidden", format!("expected a token with the scope '{needed}'"))
    }

    /// 404.
    #[must_use]
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// 405.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::of(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "expected one of the methods in the header 'Allow'",
        )
    }

    /// 408: the body took longer than `deadline`.
    #[must_use]
    pub fn too_slow(deadline: Duration) -> Self {
        let expected = format!("expected the whole body within {} ms", deadline.as_millis());
        Self::of(StatusCode::REQUEST_TIMEOUT, "too-slow", expected)
    }

    /// 409: a shortened name fits several things; `candidates` are their whole names.
    #[must_use]
    pub fn ambiguous(detail: impl Into<Cow<'static, str>>, candidates: Vec<String>) -> Self {
        let mut problem = Self::of(StatusCode::CONFLICT, "ambiguous", detail);
        problem.0.candidates = candidates;
        problem
    }

    /// 409: it does not fit the state of things.
    #[must_use]
    pub fn conflict(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(StatusCode::CONFLICT, "conflict", detail)
    }

    /// An act that does not fit the incident: 409, but 404 where there is none, and 422 for what could never be done. `now` is where the
    /// incident stands.
    #[must_use]
    pub(crate) fn rejected(rejection: &Rejection, now: Option<Stands>) -> Self {
        let (status, kind) = match rejection {
            Rejection::NoIncident => (StatusCode::NOT_FOUND, "not-found"),
            Rejection::Endless => (StatusCode::UNPROCESSABLE_ENTITY, "endless"),
            Rejection::Stale => (StatusCode::CONFLICT, "stale"),
            Rejection::AlreadyResolved
            | Rejection::Unwanted
            | Rejection::NotLater
            | Rejection::WindowOver
            | Rejection::NotAbove(_)
            | Rejection::NotResolved
            | Rejection::NothingToUndo => (StatusCode::CONFLICT, "conflict"),
        };
        let detail = match &now {
            // What it is now is the better half of the answer.
            Some(now) if status == StatusCode::CONFLICT => {
                format!(
                    "{rejection}. {} is at level {}, opening {}: {}",
                    now.incident, now.level, now.opening, now.text
                )
            }
            _ => rejection.to_string(),
        };
        let mut problem = Self::of(status, kind, detail);
        problem.0.now = now;
        problem
    }

    /// 413: the body is larger than `limit` bytes.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        let expected = format!("expected a body of at most {limit} bytes");
        Self::of(StatusCode::PAYLOAD_TOO_LARGE, "too-large", expected)
    }

    /// 422: it can be read, and what it asks for cannot be; each mistake says what was expected. Several are told beside the detail as well.
    #[must_use]
    pub fn unsound(mistakes: Vec<String>) -> Self {
        match <[String; 1]>::try_from(mistakes) {
            Ok([only]) => Self::of(StatusCode::UNPROCESSABLE_ENTITY, "unsound", only),
            Err(mistakes) => {
                let detail = format!("{} mistakes, and nothing was changed", mistakes.len());
                let mut problem = Self::of(StatusCode::UNPROCESSABLE_ENTITY, "unsound", detail);
                problem.0.mistakes = mistakes;
                problem
            }
        }
    }

    /// 429: only ever for requests that failed to prove who they are.
    #[must_use]
    pub fn too_many_failures(retry_after: u32) -> Self {
        let mut problem = Self::of(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-failures",
            "too many requests of this address failed to authenticate; one that succeeds is never refused",
        );
        problem.0.retry_after = Some(retry_after);
        problem
    }

    /// 500: a fault of ours. `cause` goes to the log.
    #[must_use]
    pub fn internal(cause: impl Into<String>) -> Self {
        let mut problem = Self::of(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something failed here; the log has it under the request id",
        );
        problem.0.cause = Some(cause.into());
        problem
    }

    /// 503: not now. `cause` goes to the log.
    #[must_use]
    pub fn busy(cause: impl Into<String>) -> Self {
        let mut problem = Self::of(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "this cannot be taken right now; nothing was changed. Send it again after 'Retry-After' seconds",
        );
        problem.0.retry_after = Some(BUSY_RETRY_SECONDS);
        problem.0.cause = Some(cause.into());
        problem
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// With the request's id, under which the log has the cause.
    #[must_use]
    pub(crate) fn of_request(mut self, request: RequestId) -> Self {
        self.0.request = Some(request);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Told {
            status,
            kind,
            ref detail,
            ref candidates,
            ref mistakes,
            ref now,
            retry_after,
            challenge,
            request,
            ..
        } = *self.0;
        let document = Document {
            kind: format!("urn:watchfire:problem:{kind}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail,
            candidates,
            mistakes,
            now: now.as_ref(),
            request_id: request.map(|id| id.to_string()),
        };
        // Text and numbers always serialise.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if status.is_server_error() {
            // The outermost layer writes it anew with the request's id, and logs the cause.
            response.extensions_mut().insert(self);
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict | StoreError::Locked { .. } => {
                Self::busy(error.to_string())
            }
            StoreError::LeaseLost
            | StoreError::Refused { .. }
            | StoreError::Corrupt { .. }
            | StoreError::SchemaTooNew { .. }
            | StoreError::CannotOpen { .. } => Self::internal(error.to_string()),
        }
    }
}

impl From<OperateError> for Problem {
    fn from(error: OperateError) -> Self {
        match error {
            OperateError::NotFound => Self::not_found("there is no such incident"),
            OperateError::Ambiguous(ref candidates) => Self::ambiguous(
                format!("expected a name that fits one incident: {error}"),
                candidates.iter().map(ToString::to_string).collect(),
            ),
            OperateError::Resolved(_) => Self::conflict(error.to_string()),
            OperateError::Rejected(rejection) => Self::rejected(&rejection, None),
            OperateError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use http_body_util::BodyExt as _;

    use super::*;

    async fn document(response: Response) -> serde_json::Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_is_a_document_of_rfc_9457() {
        let response =
            Problem::ambiguous("'inc-0' fits 2 incidents", vec!["inc-01".into(), "inc-02".into()]).into_response();
        assert_eq!(response.status(), 409);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let document = document(response).await;
        assert_eq!(document["type"], "urn:watchfire:problem:ambiguous");
        assert_eq!(document["title"], "Conflict");
        assert_eq!(document["status"], 409);
        assert_eq!(document["candidates"][1], "inc-02");
    }

    #[tokio::test]
    async fn a_server_error_tells_no_cause() {
        let response = Problem::from(StoreError::Unavailable { reason: "disk sda1 is full".into() }).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        assert!(!document(response).await.to_string().contains("sda1"));
    }

    #[test]
    fn who_does_not_prove_who_they_are_is_told_how() {
        for problem in [Problem::unauthorised(), Problem::unsigned("expected a signature")] {
            let response = problem.into_response();
            assert_eq!(response.status(), 401);
            assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
        }
    }
}
