//! A POST to a vendor's API: JSON or a form.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::Url;

use crate::fields::Connection;
use crate::notifier::RenderError;
use crate::request::{DedupKey, HeaderValue, HttpRequest, Request, RequestKind, Secret};

/// None of the vendors names a longest wait; those that are well answer within a second.
const DEADLINE: Duration = Duration::from_secs(10);

const JSON: &str = "application/json; charset=utf-8";
/// The content type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A header.
pub type Header = (http::HeaderName, HeaderValue);

/// Where a request goes, and how it gets there.
#[derive(Debug, Clone)]
pub struct Destination<'a> {
    /// POST, except where a vendor edits with another.
    pub method: http::Method,
    /// The address.
    pub url: Secret<Url>,
    /// How to get there.
    pub connection: &'a Connection,
}

impl<'a> Destination<'a> {
    /// A POST.
    #[must_use]
    pub const fn post(url: Secret<Url>, connection: &'a Connection) -> Self {
        Self { method: http::Method::POST, url, connection }
    }
}

/// An `Authorization` header, never shown.
#[must_use]
pub fn authorization(value: String) -> Header {
    (http::header::AUTHORIZATION, HeaderValue::Secret(Secret::new(value)))
}

/// Basic authentication: a user's name, which has no colon, and a password.
#[must_use]
pub fn basic(user: &str, password: &Secret<String>) -> Header {
    authorization(format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose()))))
}

/// Whether text can stand in a header as it is.
#[must_use]
pub fn fits_a_header(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A body of JSON.
///
/// # Errors
/// When it cannot be serialised.
pub fn json(to: Destination<'_>, headers: Vec<Header>, body: &Value, key: &DedupKey) -> Result<Request, RenderError> {
    let body = serde_json::to_vec(body).map_err(|error| RenderError { reason: error.to_string() })?;
    Ok(sent(to, JSON, headers, body, key))
}

/// A body of a form, its fields in order.
#[must_use]
pub fn form(to: Destination<'_>, headers: Vec<Header>, fields: &[(&str, &str)], key: &DedupKey) -> Request {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    sent(to, FORM, headers, body.into_bytes(), key)
}

fn sent(to: Destination<'_>, content: &str, headers: Vec<Header>, body: Vec<u8>, key: &DedupKey) -> Request {
    let mut all = vec![(http::header::CONTENT_TYPE, HeaderValue::Plain(content.to_owned()))];
    all.extend(headers);
    let request = HttpRequest {
        method: to.method,
        url: to.url,
        headers: all,
        body: body.into(),
        reach: to.connection.reach,
        ca_file: to.connection.ca_file.clone(),
    };
    Request { key: key.clone(), deadline: DEADLINE, kind: RequestKind::Http(request) }
}

/// An address below the root of an API: `path` is ours, each of its segments is percent-encoded.
///
/// # Errors
/// When the root cannot have paths; the configuration's reader takes no such root.
pub fn below(root: &Url, path: &[&str]) -> Result<Url, RenderError> {
    let mut url = root.clone();
    url.path_segments_mut()
        .map_err(|()| RenderError { reason: "the address of the API can have no path".into() })?
        .pop_if_empty()
        .extend(path);
    Ok(url)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined_whether_the_root_ends_with_a_slash_or_not() {
        for root in ["https://api.example.com/v2", "https://api.example.com/v2/"] {
            let url = below(&Url::parse(root).unwrap(), &["alerts", "a/b?c", "close"]).unwrap();
            assert_eq!(url.as_str(), "https://api.example.com/v2/alerts/a%2Fb%3Fc/close");
        }
    }
}
