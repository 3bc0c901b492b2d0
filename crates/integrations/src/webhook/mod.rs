//! The generic webhook: a signed JSON message to any address, after Standard Webhooks 1.0.0.

mod config;
mod interpret;
mod render;

use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;

use crate::notifier::{Bulletin, Notification, Notifier, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::registry::{ConfigError, Table};
use crate::request::{DedupKey, HeaderValue, HttpRequest, Request, RequestKind, Response};
use crate::standard_webhooks::{ID, SIGNATURE, TIMESTAMP, message_id, sign};

pub use config::Config;
pub use render::BODY_LIMIT;

/// The word for it.
pub const KIND: &str = "webhook";
/// The fields that are never shown.
pub const SECRETS: &[&str] = &["url", "secret"];

/// Between the 15 and 30 s of the specification, "Request timeouts".
const DEADLINE: Duration = Duration::from_secs(15);

/// Posts signed messages to one address.
#[derive(Debug, Clone)]
pub struct Webhook {
    config: Config,
}

/// Makes one of its table.
///
/// # Errors
/// Every mistake of the table.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Config::read(table).map(|config| Arc::new(Webhook { config }) as Arc<dyn Notifier>)
}

impl Notifier for Webhook {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn render(
        &self,
        notification: &Notification,
        _: Option<&Receipt>,
        key: &DedupKey,
        now: Timestamp,
    ) -> Result<Request, RenderError> {
        Ok(self.signed(render::body(notification, now)?, key, now))
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        Ok(self.signed(render::list(bulletin, now)?, key, now))
    }

    fn interpret(&self, response: &Response) -> Outcome {
        interpret::outcome(response)
    }
}

impl Webhook {
    fn signed(&self, body: Vec<u8>, key: &DedupKey, now: Timestamp) -> Request {
        let id = message_id(key);
        let seconds = now.millis().div_euclid(1000);
        let signature = sign(&self.config.keys, &id, seconds, &body);
        let headers = vec![
            (http::header::CONTENT_TYPE, HeaderValue::Plain("application/json".into())),
            (ID, HeaderValue::Plain(id)),
            (TIMESTAMP, HeaderValue::Plain(seconds.to_string())),
            (SIGNATURE, HeaderValue::Plain(signature)),
        ];
        let request = HttpRequest {
            method: http::Method::POST,
            url: self.config.url.clone(),
            headers,
            body: body.into(),
            reach: self.config.connection.reach,
            ca_file: self.config.connection.ca_file.clone(),
        };
        Request { key: key.clone(), deadline: DEADLINE, kind: RequestKind::Http(request) }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]
mod tests {
    use domain::attention::BundleKind;
    use serde_json::{Value, json};

    use super::*;
    use crate::standard_webhooks::{SigningKey, verify};
    use crate::testkit::{self, Promises};

    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn webhook() -> Arc<dyn Notifier> {
        configure(testkit::table(json!({"url": "https://hooks.example.com/canary-path", "secret": KEY}))).unwrap()
    }

    #[test]
    fn it_keeps_what_every_notifier_promises() {
        Promises {
            adapter: &*webhook(),
            canaries: &["canary-path", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            key_header: Some("webhook-id"),
            secret_in_body: false,
            body_limit: BODY_LIMIT,
            receipt: None,
        }
        .check();
    }

    #[test]
    fn each_occasion_has_its_type_and_its_body() {
        for (name, notification) in testkit::notifications() {
            let request = webhook().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
            insta::assert_snapshot!(format!("webhook_{name}"), testkit::golden(&request));
        }
    }

    fn list(bulletin: &Bulletin) -> Value {
        let request = webhook().render_bulletin(bulletin, &testkit::key(), testkit::now()).unwrap();
        let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
        serde_json::from_slice(&http.body).unwrap()
    }

    #[test]
    fn each_kind_of_bulletin_has_its_body() {
        for (name, bulletin) in testkit::bulletins() {
            let request = webhook().render_bulletin(&bulletin, &testkit::key(), testkit::now()).unwrap();
            insta::assert_snapshot!(format!("webhook_bulletin_{name}"), testkit::golden(&request));
        }
    }

    #[test]
    fn an_item_of_a_bulletin_is_what_would_come_alone() {
        for (name, notification) in testkit::notifications() {
            let alone = webhook().render(&notification, None, &testkit::key(), testkit::now()).unwrap();
            let RequestKind::Http(alone) = alone.kind else { panic!("not HTTP") };
            let mut alone: Value = serde_json::from_slice(&alone.body).unwrap();
            let bulletin = testkit::bulletin(BundleKind::Storm, vec![notification]);
            alone["data"]["incident"]["id"] = bulletin.items[0].incident.to_string().into();
            alone["data"]["type"] = alone["type"].clone();
            assert_eq!(list(&bulletin)["data"]["items"], json!([alone["data"]]), "{name}");
        }
    }

    #[test]
    fn what_has_no_room_is_counted() {
        for several in [testkit::bulletin(BundleKind::Storm, vec![testkit::page(); 1_000])]
            .into_iter()
            .chain(testkit::hostile().iter().map(|text| testkit::thousand(BundleKind::Storm, text)))
        {
            let data = &list(&several)["data"];
            let listed = data["items"].as_array().unwrap().len();
            assert!((5..=20).contains(&listed), "{listed} listed");
            assert_eq!((&data["incidents"], &data["more"]), (&json!(1_000), &json!(1_000 - listed)));
        }
    }

    #[test]
    fn a_receiver_can_verify_what_is_sent() {
        let request = webhook().render(&testkit::page(), None, &testkit::key(), testkit::now()).unwrap();
        let RequestKind::Http(http) = request.kind else { panic!("not HTTP") };
        let headers = testkit::header_map(&http);
        let keys = [SigningKey::parse(KEY).unwrap()];
        assert!(verify(&keys, &headers, &http.body, testkit::now()).is_ok());
        assert!(verify(&keys, &headers, b"{}", testkit::now()).is_err());
    }

    #[test]
    fn every_status_means_one_thing() {
        insta::assert_snapshot!("webhook_statuses", testkit::status_table(&*webhook(), ""));
    }
}
