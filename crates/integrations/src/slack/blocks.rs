//! The pieces of Block Kit that are used here, with Slack's limits. Lengths are counted in UTF-16 units: Slack says "characters" and
//! not whose.

use serde_json::{Value, json};

/// docs.slack.dev, "Blocks": blocks in a message.
pub const BLOCKS: usize = 50;
/// docs.slack.dev, "Header block": its text.
pub const HEADER: usize = 150;
/// docs.slack.dev, "Section block": its text.
pub const SECTION: usize = 3_000;
/// docs.slack.dev, "Section block": number of fields.
pub const FIELDS: usize = 10;
/// docs.slack.dev, "Section block": the text of a field.
pub const FIELD: usize = 2_000;
/// docs.slack.dev, "chat.postMessage": text beyond 4 000 characters is advised against, beyond 40 000 it is cut.
pub const TEXT: usize = 4_000;

/// All blocks of a message together, as they are written. Slack names no limit and refuses what is beyond it (`msg_blocks_too_long`):
/// with some 13 000 characters (slackapi/bolt-js#2509), in many blocks already with 11 300 (#2867).
pub const TOGETHER: usize = 9_000;

/// How much of [`TOGETHER`] a block takes.
pub fn length(block: &Value) -> usize {
    block.to_string().encode_utf16().count()
}

/// Text in which nothing is markup; `:emoji:` neither.
pub fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}

/// Text with markup of ours; `verbatim` keeps Slack from finding links and names in it by itself.
pub fn marked(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// The headline.
pub fn header(text: &str) -> Value {
    json!({"type": "header", "text": plain(text)})
}

/// A paragraph.
pub fn section(text: &Value) -> Value {
    json!({"type": "section", "text": text})
}

/// Short texts in two columns.
pub fn fields(texts: &[String]) -> Value {
    let fields: Vec<Value> = texts.iter().take(FIELDS).map(|text| plain(text)).collect();
    json!({"type": "section", "fields": fields})
}

/// A line in small print.
pub fn context(text: &Value) -> Value {
    json!({"type": "context", "elements": [text]})
}
