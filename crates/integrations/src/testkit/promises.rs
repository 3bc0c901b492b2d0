//! What every notifier that speaks HTTP promises, checked over every occasion, every hostile text and every status.

use std::time::Duration;

use bytes::Bytes;
use domain::attention::BundleKind;

use super::{
    BUNDLE_KINDS, STATUSES, answer, bulletin, every_occasion, everywhere, header_text, hostile, hostile_bulletin, key,
    now, page, thousand,
};
use crate::notifier::{Bulletin, Notification, Notifier, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::posting::FORM;
use crate::request::{DedupKey, HttpRequest, HttpResponse, Request, RequestKind, Response};

/// Bodies that no vendor means, for every reader of answers: none may panic, and none may be taken for what it is not.
pub const GARBAGE: &[&[u8]] = &[
    b"",
    b"{}",
    b"[]",
    b"null",
    b"true",
    b"[[[[[[[[",
    b"{\"ok\":",
    b"{\"ok\": \"true\"}",
    b"{\"ok\": true, \"ok\": false}",
    b"\xff\xfe\0\0",
    b"<html><body>sign in</body></html>",
    &[b'['; HttpResponse::BODY_LIMIT],
];

/// An adapter with what its vendor allows.
pub struct Promises<'a> {
    /// The adapter, its secrets set to the canaries.
    pub adapter: &'a dyn Notifier,
    /// Parts of its secrets, which must never be seen.
    pub canaries: &'a [&'a str],
    /// The header in which the vendor takes the key of a repeat; `None` when it takes none.
    pub key_header: Option<&'a str>,
    /// Whether the vendor takes its secrets in the body; everywhere else they stay hidden all the same.
    pub secret_in_body: bool,
    /// The longest body.
    pub body_limit: usize,
    /// A receipt as the vendor gives them, if it does.
    pub receipt: Option<Receipt>,
}

impl Promises<'_> {
    /// Checks them all.
    ///
    /// # Panics
    /// At the first promise that is not kept.
    pub fn check(&self) {
        self.renders_whatever_is_written();
        self.renders_several_incidents_as_one();
        self.tries_of_one_effect_carry_one_key();
        self.reads_every_status();
        self.survives_garbage();
    }

    fn http(
        &self,
        notification: &Notification,
        last: Option<&Receipt>,
        key: &DedupKey,
        later: Duration,
    ) -> HttpRequest {
        self.sent(self.adapter.render(notification, last, key, now() + later), key)
    }

    fn http_of_several(&self, bulletin: &Bulletin, key: &DedupKey, later: Duration) -> HttpRequest {
        self.sent(self.adapter.render_bulletin(bulletin, key, now() + later), key)
    }

    fn sent(&self, rendered: Result<Request, RenderError>, key: &DedupKey) -> HttpRequest {
        assert!(rendered.is_ok(), "{:?}", rendered.map(|_| ()));
        let request = rendered.ok().filter(|request| request.key == *key);
        assert!(request.is_some(), "the request has another key than it was given");
        let deadline = request.as_ref().map(|request| request.deadline).unwrap_or_default();
        assert!((1..=30).contains(&deadline.as_secs()), "a deadline of {deadline:?}");
        let shown = format!("{request:?}");
        self.hides_canaries(&shown, "Debug of the request");
        let http = request.and_then(|request| match request.kind {
            RequestKind::Http(http) => Some(http),
            RequestKind::Console(_) => None,
        });
        assert!(http.is_some(), "not HTTP: {shown:.200}");
        http.unwrap_or_else(|| unreachable!("asserted in the line above"))
    }

    fn renders_whatever_is_written(&self) {
        for text in hostile() {
            let start: String = text.chars().take(40).collect();
            for (name, notification) in every_occasion(&everywhere(&text)) {
                for last in [None, self.receipt.as_ref()] {
                    let http = self.http(&notification, last, &key(), Duration::ZERO);
                    self.is_sendable(&http, &format!("{name} with {start:?}"));
                }
            }
        }
    }

    fn is_sendable(&self, http: &HttpRequest, at: &str) {
        assert!(http.body.len() <= self.body_limit, "{} bytes at {at}", http.body.len());
        let is_form = http.headers.iter().any(|(_, value)| header_text(value).starts_with(FORM));
        if is_form {
            assert!(http.body.iter().all(u8::is_ascii_graphic), "not encoded as a form at {at}");
        } else {
            assert!(serde_json::from_slice::<serde_json::Value>(&http.body).is_ok(), "not JSON at {at}");
        }
        for (header, value) in &http.headers {
            let value = header_text(value);
            assert!(http::HeaderValue::from_str(value).is_ok(), "{header} cannot be sent at {at}");
            assert!(value.is_ascii(), "{header} is not ASCII at {at}");
        }
    }

    fn renders_several_incidents_as_one(&self) {
        for text in hostile() {
            let start: String = text.chars().take(40).collect();
            for several in [hostile_bulletin(BundleKind::Storm, &text), thousand(BundleKind::Storm, &text)] {
                self.tells_several(&several, &format!("{} items with {start:?}", several.items.len()));
            }
        }
        for kind in BUNDLE_KINDS {
            for number in [1, 1_000] {
                let several = bulletin(kind, vec![page(); number]);
                self.tells_several(&several, &format!("{number} in a {}", kind.as_str()));
            }
        }
    }

    /// Whoever reads it can find it again, and the most urgent of what it tells.
    fn tells_several(&self, several: &Bulletin, at: &str) {
        let http = self.http_of_several(several, &key(), Duration::ZERO);
        self.is_sendable(&http, at);
        let body = String::from_utf8_lossy(&http.body).into_owned();
        if !self.secret_in_body {
            self.hides_canaries(&body, "the body of several");
        }
        assert!(body.contains(&several.id.to_string()), "the bulletin has no name at {at}");
        let first = several.items.first().map(|item| item.incident.to_string());
        assert!(first.is_some_and(|first| body.contains(&first)), "the most urgent is not listed at {at}");
    }

    fn tries_of_one_effect_carry_one_key(&self) {
        let Some(header) = self.key_header else { return };
        self.one_key(header, |key, later| self.http(&page(), None, key, later));
        let several = bulletin(BundleKind::Storm, vec![page(); 3]);
        self.one_key(header, |key, later| self.http_of_several(&several, key, later));
    }

    fn one_key(&self, header: &str, http: impl Fn(&DedupKey, Duration) -> HttpRequest) {
        let sent = |key: &DedupKey, later| {
            let http = http(key, later);
            let found = http.headers.iter().find(|(name, _)| name.as_str() == header);
            found.map(|(_, value)| header_text(value).to_owned())
        };
        let first = sent(&key(), Duration::ZERO);
        assert!(first.as_ref().is_some_and(|value| !value.is_empty()), "no {header}");
        assert_eq!(first, sent(&key(), Duration::from_secs(3600)), "{header} changes with the try");
        assert_ne!(
            first,
            sent(&DedupKey("another".into()), Duration::ZERO),
            "{header} does not change with the effect"
        );
    }

    fn reads_every_status(&self) {
        let after = Some(Duration::from_secs(77));
        for status in STATUSES {
            let body = Bytes::from(self.canaries.join(" "));
            let outcome = self.adapter.interpret(&Response::Http(HttpResponse { status, retry_after: after, body }));
            self.hides_canaries(&format!("{outcome:?}"), &format!("the outcome of {status}"));
            match status {
                200..=299 => assert!(!matches!(outcome, Outcome::Failed { .. }), "{status}: {outcome:?}"),
                300..=399 => assert!(matches!(outcome, Outcome::Failed { .. }), "{status}: {outcome:?}"),
                408 | 425 | 429 | 500..=599 => {
                    let kept = matches!(&outcome, Outcome::Retry { after: told, .. } if *told == after);
                    assert!(kept, "{status} forgets Retry-After: {outcome:?}");
                }
                _ => assert!(matches!(outcome, Outcome::Failed { .. } | Outcome::Repost), "{status}: {outcome:?}"),
            }
            if status == 429 {
                assert!(matches!(outcome, Outcome::Retry { throttled: true, .. }), "{outcome:?}");
            }
        }
        let wrong_way = self.adapter.interpret(&Response::Console);
        assert!(matches!(wrong_way, Outcome::Failed { .. }), "took a terminal for an answer: {wrong_way:?}");
    }

    fn survives_garbage(&self) {
        for body in GARBAGE {
            for status in [200, 400, 500] {
                let body = Bytes::from_static(body);
                let _ = self.adapter.interpret(&Response::Http(HttpResponse { status, retry_after: None, body }));
            }
        }
        let refused = self.adapter.interpret(&answer(403, "\u{1b}[2J<!channel>\n"));
        let shown = format!("{refused:?}");
        assert!(!shown.contains("<!channel>"), "what a vendor says is repeated unchecked: {shown}");
    }

    fn hides_canaries(&self, shown: &str, at: &str) {
        for canary in self.canaries {
            // Not shown here either: a failing test must not print a secret.
            assert!(!shown.contains(canary), "a secret shows in {at}");
        }
    }
}
