//! The default notifier: a page on the operator's own terminal, for a machine on which nothing is configured yet.

mod render;

use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;

use crate::fields::Fields;
use crate::notifier::{Bulletin, Notification, Notifier, RenderError};
use crate::outcome::{Outcome, Receipt};
use crate::registry::{ConfigError, Table};
use crate::request::{DedupKey, Request, RequestKind, Response};

/// The word for it.
pub const KIND: &str = "console";
/// No field is secret.
pub const SECRETS: &[&str] = &[];

const DEADLINE: Duration = Duration::from_secs(5);

/// Writes a page to the terminal; it has nothing to configure.
#[derive(Debug, Clone, Copy)]
pub struct Console;

/// Makes one of its table, which must be empty.
///
/// # Errors
/// Each unknown field.
pub fn configure(table: Table) -> Result<Arc<dyn Notifier>, Vec<ConfigError>> {
    Fields::of(table).finish(Some(Console)).map(|console| Arc::new(console) as Arc<dyn Notifier>)
}

impl Notifier for Console {
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
        Ok(written(render::block(notification, now), key))
    }

    fn render_bulletin(&self, bulletin: &Bulletin, key: &DedupKey, now: Timestamp) -> Result<Request, RenderError> {
        Ok(written(render::list(bulletin, now), key))
    }

    fn interpret(&self, response: &Response) -> Outcome {
        match response {
            Response::Console => Outcome::Delivered { receipt: None },
            Response::Http(_) => Outcome::Failed { reason: "expected the terminal, got an HTTP answer".into() },
        }
    }
}

fn written(text: String, key: &DedupKey) -> Request {
    Request { key: key.clone(), deadline: DEADLINE, kind: RequestKind::Console(text) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]
mod tests {
    use domain::attention::BundleKind;

    use super::*;
    use crate::testkit;

    fn text(notification: &Notification) -> String {
        match Console.render(notification, None, &testkit::key(), testkit::now()).map(|request| request.kind) {
            Ok(RequestKind::Console(text)) => text,
            other => panic!("not for the console: {other:?}"),
        }
    }

    #[test]
    fn each_occasion_reads_like_a_page_for_people() {
        for (name, notification) in testkit::notifications() {
            insta::assert_snapshot!(format!("console_{name}"), text(&notification));
        }
    }

    fn list(bulletin: &Bulletin) -> String {
        match Console.render_bulletin(bulletin, &testkit::key(), testkit::now()).map(|request| request.kind) {
            Ok(RequestKind::Console(text)) => text,
            other => panic!("not for the console: {other:?}"),
        }
    }

    #[test]
    fn several_incidents_read_as_one_message() {
        for (name, bulletin) in testkit::bulletins() {
            insta::assert_snapshot!(format!("console_bulletin_{name}"), list(&bulletin));
        }
    }

    #[test]
    fn no_hostile_text_of_one_forges_another() {
        for several in [testkit::hostile_bulletin, testkit::thousand] {
            let sound = list(&several(BundleKind::Storm, "x"));
            for hostile in testkit::hostile() {
                let start: String = hostile.chars().take(40).collect();
                let page = list(&several(BundleKind::Storm, &hostile));
                assert_eq!(page.lines().count(), sound.lines().count(), "a line was forged by {start:?}");
                assert!(page.len() < 64_000, "{} bytes from {start:?}", page.len());
                assert!(!page.chars().any(|c| c != '\n' && testkit::is_dangerous(c)), "{start:?}");
            }
        }
    }

    #[test]
    fn no_hostile_text_reaches_the_terminal() {
        for hostile in testkit::hostile() {
            let page = text(&testkit::everywhere(&hostile));
            let sound = text(&testkit::everywhere("x"));
            assert_eq!(page.lines().count(), sound.lines().count(), "a line was forged by {hostile:.40?}");
            assert!(page.len() < 16_000, "{} bytes from {hostile:.40?}", page.len());
            assert!(!page.chars().any(|c| c != '\n' && testkit::is_dangerous(c)), "{hostile:.40?}");
        }
    }

    #[test]
    fn only_the_terminal_can_have_taken_it() {
        assert_eq!(Console.interpret(&Response::Console), Outcome::Delivered { receipt: None });
        assert!(matches!(Console.interpret(&testkit::answer(200, "")), Outcome::Failed { .. }));
    }

    #[test]
    fn there_is_nothing_to_configure() {
        assert!(configure(Table::new()).is_ok());
        let mistakes = configure(testkit::table(serde_json::json!({"colour": true}))).map(|_| ()).unwrap_err();
        assert_eq!(mistakes[0].field, "colour");
    }
}
