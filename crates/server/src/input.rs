//! How handlers read what clients write: each mistake is a problem that says what was expected.

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::body;
use crate::problem::Problem;
use crate::state::ServerState;

/// The query of an address.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<ServerState> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &ServerState) -> Result<Self, Problem> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(Problem::malformed(rejection.body_text())),
        }
    }
}

/// The one variable part of a path.
#[derive(Debug)]
pub(crate) struct Named(pub(crate) String);

/// Longer than every id, external id and name.
const LONGEST_NAME: usize = 256;

impl FromRequestParts<ServerState> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) if name.len() <= LONGEST_NAME => Ok(Self(name)),
            Ok(_) => Err(Problem::malformed(format!("expected a name of at most {LONGEST_NAME} bytes in the path"))),
            Err(rejection) => Err(Problem::malformed(rejection.body_text())),
        }
    }
}

/// A JSON body; an empty one stands for the default.
#[derive(Debug)]
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<ServerState> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &ServerState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let limits = state.limits();
        let body = body::read(body, &parts.headers, limits.input_bytes, limits.body, state.room()).await?;
        if body.bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        match serde_json::from_slice(&body.bytes) {
            Ok(input) => Ok(Self(input)),
            Err(error) => Err(Problem::malformed(format!("expected another JSON body: {error}"))),
        }
    }
}

/// A name or a word that a person gave: nothing to see is nothing given.
///
/// # Errors
/// When it is too long for a line of a timeline.
pub(crate) fn said(field: &'static str, text: Option<&str>, limit: usize) -> Result<Option<String>, Problem> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) if text.len() <= limit => Ok(Some(text.to_owned())),
        Some(_) => Err(Problem::malformed(format!("expected at most {limit} bytes in '{field}'"))),
    }
}

/// How many rows a list gives.
///
/// # Errors
/// When it is not from 1 to 500.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked {
        None => Ok(50),
        Some(limit @ 1..=500) => Ok(limit),
        Some(_) => Err(Problem::malformed("expected 'limit' to be from 1 to 500")),
    }
}

/// A switch in an address: there without a value, or with a word that says which.
///
/// # Errors
/// When it is neither `true` nor `false`.
pub(crate) fn flag(field: &str, text: Option<&str>) -> Result<bool, Problem> {
    match text {
        None | Some("false") => Ok(false),
        Some("" | "true") => Ok(true),
        Some(_) => Err(Problem::malformed(format!("expected '{field}' to be true or false"))),
    }
}

/// One of some words.
///
/// # Errors
/// When it is none of them; says which there are.
pub(crate) fn word<T>(field: &str, text: &str, all: &[T], as_str: fn(&T) -> &'static str) -> Result<T, Problem>
where
    T: Copy,
{
    all.iter().copied().find(|one| as_str(one) == text).ok_or_else(|| {
        let words: Vec<_> = all.iter().map(as_str).collect();
        Problem::malformed(format!("expected '{field}' to be one of {}", words.join(", ")))
    })
}
