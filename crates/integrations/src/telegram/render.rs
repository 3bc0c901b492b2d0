//! The message: plain text and its `entities`. Without `parse_mode` nothing in the text is markup, so no title can break it or forge any;
//! what stands out is said by offsets, counted in UTF-16 units.

use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::bulletin;
use crate::notifier::{Bulletin, Notification};
use crate::prose::{self, Sink, utf16};
use crate::untrusted::Untrusted;
use crate::wording;

/// core.telegram.org/bots/api, "sendMessage": characters of `text`, which Telegram counts as UTF-16 units.
pub const TEXT: usize = 4_096;

const SINK: Sink = Sink { escape: Untrusted::for_chat, ..prose::CHAT };

/// Text that grows, with what stands out in it.
#[derive(Default)]
struct Written {
    text: String,
    units: usize,
    entities: Vec<Value>,
}

impl Written {
    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.units += utf16(text);
    }

    fn marked(&mut self, text: &str, mut entity: Value) {
        entity["offset"] = self.units.into();
        entity["length"] = utf16(text).into();
        self.plain(text);
        self.entities.push(entity);
    }

    fn call(self) -> Value {
        json!({
            "text": self.text,
            "entities": self.entities,
            "link_preview_options": {"is_disabled": true},
        })
    }
}

/// One notification: without the chat.
pub fn message(notification: &Notification, now: Timestamp) -> Value {
    let headline = format!("{} {}", wording::sign(notification), SINK.headline(notification));
    let command: Vec<_> = wording::command(notification).into_iter().collect();
    let links: Vec<_> =
        wording::links(notification).into_iter().map(|(name, link)| (name, link.as_str().to_owned())).collect();
    laid_out(&headline, |room| SINK.fitted(SINK.details(notification, now), room), &links, &command)
}

/// Several incidents, a line each.
pub fn list(several: &Bulletin, now: Timestamp) -> Value {
    let headline = format!("{} {}", bulletin::sign(several), bulletin::headline(several));
    let links: Vec<_> = prose::link_of(several).map(|link| ("Watchfire", link)).into_iter().collect();
    laid_out(&headline, |room| SINK.list(several, room, now), &links, &prose::below_list(several))
}

/// The headline in bold, the lines for which there is room, links, and what can be typed.
fn laid_out(
    headline: &str,
    lines: impl FnOnce(usize) -> Vec<String>,
    links: &[(&'static str, String)],
    commands: &[String],
) -> Value {
    let mut taken = utf16(headline);
    taken += links.iter().map(|(name, _)| utf16(name) + SEPARATOR.len()).sum::<usize>() + 1;
    taken += commands.iter().map(|command| utf16(command) + 1).sum::<usize>();
    let mut written = Written::default();
    written.marked(headline, json!({"type": "bold"}));
    for line in lines(TEXT.saturating_sub(taken)) {
        written.plain("\n");
        written.plain(&line);
    }
    for (index, (name, address)) in links.iter().enumerate() {
        written.plain(if index == 0 { "\n" } else { SEPARATOR });
        written.marked(name, json!({"type": "text_link", "url": address}));
    }
    for command in commands {
        written.plain("\n");
        written.marked(command, json!({"type": "code"}));
    }
    written.call()
}

const SEPARATOR: &str = " · ";
