//! What may be said of a request: scheme, host and port. Chat vendors put keys into paths, others into queries and headers.

use std::error::Error;

use integrations::request::{HeaderValue, HttpRequest};
use url::Url;

/// The longest foreign text in a reason, in characters.
const LONGEST: usize = 200;

/// What a foreign text may not contain in place of a secret.
const HIDDEN: &str = "***";

/// Where a request goes, without path and query.
pub(crate) fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

/// The innermost cause of an error: the outer ones only say that something failed.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// A foreign text fit for a reason: short, without control characters, and without anything of `request` that is secret even if some
/// library should repeat it.
pub(crate) fn shown(text: &str, request: &HttpRequest) -> String {
    let url = request.url.expose();
    let mut secrets: Vec<&str> = [Some(url.as_str()), Some(url.path()), url.query(), url.fragment()]
        .into_iter()
        .flatten()
        // A path of `/` is no secret, and replacing it would garble every text.
        .filter(|part| part.len() > 3)
        .collect();
    for (_, value) in &request.headers {
        if let HeaderValue::Secret(value) = value {
            secrets.push(value.expose());
            // `Bearer abc` may be repeated as `abc`.
            secrets.extend(value.expose().split_once(' ').map(|(_, token)| token));
        }
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut text = text.to_owned();
    for secret in secrets {
        text = text.replace(secret, HIDDEN);
    }
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(LONGEST).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a broken address is a broken test")]
mod tests {
    use super::*;
    use bytes::Bytes;
    use integrations::request::{Reach, Secret};

    #[test]
    fn a_reason_never_repeats_what_is_secret() {
        let url = Url::parse("https://hooks.example.com:8443/services/T0/B0/hunter2?token=swordfish").unwrap();
        let request = HttpRequest {
            method: ::http::Method::POST,
            url: Secret::new(url.clone()),
            headers: vec![(
                ::http::header::AUTHORIZATION,
                HeaderValue::Secret(Secret::new("Bearer correct-horse".to_owned())),
            )],
            body: Bytes::new(),
            reach: Reach::Public,
            ca_file: None,
        };
        assert_eq!(origin(&url), "https://hooks.example.com:8443");
        let text = format!("bad {url} and {} and {}\nand correct-horse", url.path(), url.query().unwrap());
        let shown = shown(&text, &request);
        assert_eq!(shown, "bad *** and *** and *** and ***");
    }
}
