//! Text that an attacker may have written. It has no Display: it leaves only through the escape of a sink.
//!
//! Whatever the sink, characters that cannot be seen or that change the order of others (U+202E and its like) are shown as `\u{..}`:
//! a title must not be able to look like another one. Every escape takes a limit and cuts with an ellipsis; a piece that an escape
//! made, such as `&amp;`, is never cut in half, and text past the limit is not even looked at.

use std::fmt;
use std::fmt::Write as _;

use url::Url;

/// Text from outside.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Untrusted(String);

/// Stands where text was cut.
pub const ELLIPSIS: char = '…';

/// The longest log field: 1 KiB.
pub const LOG_LIMIT: usize = 1024;

/// The longest link that is shown; browsers and chat vendors take about as much.
pub const LINK_LIMIT: usize = 2000;

/// In what a limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// Characters as Unicode counts them.
    Characters,
    /// UTF-16 code units: never fewer than characters, so safe where a vendor says "characters" without saying whose.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
    /// Bytes of UTF-8 within a JSON string.
    JsonBytes,
}

impl Unit {
    fn measure(self, piece: &str) -> usize {
        match self {
            Self::Characters => piece.chars().count(),
            Self::Utf16 => piece.encode_utf16().count(),
            Self::Bytes => piece.len(),
            Self::JsonBytes => piece.chars().map(json_length).sum(),
        }
    }
}

impl Untrusted {
    /// Marks text as coming from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For JSON values: serialisation is the escape. Never for building text.
    #[must_use]
    pub fn for_json(&self) -> &str {
        &self.0
    }

    /// For JSON values of a bounded body: at most `limit` bytes once serialised, quotes not counted.
    #[must_use]
    pub fn for_json_within(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::JsonBytes, |rest, out| next_char(rest, |c| out.push(c)))
    }

    /// For a terminal, also when piped: one line of at most `limit` characters without control bytes.
    #[must_use]
    pub fn for_terminal(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::Characters, |rest, out| next_char(rest, |c| push_visible(c, out)))
    }

    /// For a log field: as for a terminal, at most [`LOG_LIMIT`] bytes.
    #[must_use]
    pub fn for_log(&self) -> String {
        shortened(&self.0, LOG_LIMIT, Unit::Bytes, |rest, out| next_char(rest, |c| push_visible(c, out)))
    }

    /// For a Slack `plain_text` object, where nothing is markup: one line of at most `limit` UTF-16 units.
    #[must_use]
    pub fn for_slack_plain(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::Utf16, |rest, out| next_char(rest, |c| push_in_line(c, out)))
    }

    /// For plain text that people read, where nothing is markup: one line of at most `limit` UTF-16 units, so never more characters either.
    #[must_use]
    pub fn for_plain(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::Utf16, |rest, out| next_char(rest, |c| push_in_line(c, out)))
    }

    /// As [`Untrusted::for_plain`], for chats that find the names of people and rooms in plain text by themselves: nobody is called.
    #[must_use]
    pub fn for_chat(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::Utf16, |rest, out| {
            next_char(rest, |c| if calls_somebody(rest) { out.push('＠') } else { push_in_line(c, out) })
        })
    }

    /// For Discord's markdown: every mark with a backslash before it, no custom emoji, and nobody called; at most `limit` UTF-16 units after the
    /// escape, so never more characters.
    #[must_use]
    pub fn for_discord(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::Utf16, |rest, out| {
            next_char(rest, |c| match c {
                '\\' | '`' | '*' | '_' | '~' | '|' | '<' | '>' | '#' | '[' | ']' | '(' | ')' => out.extend(['\\', c]),
                _ => push_unnamed(rest, c, out),
            })
        })
    }

    /// For Mattermost's markdown. As [`Untrusted::for_discord`], but `<` is replaced: incoming webhooks turn `<!channel>` into a call and
    /// `<address|words>` into a link, as Slack does, and no backslash keeps them from it.
    #[must_use]
    pub fn for_mattermost(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::Utf16, |rest, out| {
            next_char(rest, |c| match c {
                '<' => out.push('‹'),
                '\\' | '`' | '*' | '_' | '~' | '|' | '#' | '[' | ']' | '(' | ')' | '!' => out.extend(['\\', c]),
                _ => push_unnamed(rest, c, out),
            })
        })
    }

    /// As [`Untrusted::for_plain`], but at most `limit` bytes of UTF-8.
    #[must_use]
    pub fn for_plain_bytes(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::Bytes, |rest, out| next_char(rest, |c| push_in_line(c, out)))
    }

    /// For Slack's `mrkdwn` and for `text`: `&`, `<` and `>` as Slack's page "Formatting message text" asks, so that neither links nor
    /// mentions can be made; at most `limit` UTF-16 units after the escape.
    #[must_use]
    pub fn for_slack_mrkdwn(&self, limit: usize) -> String {
        shortened(&self.0, limit, Unit::Utf16, |rest, out| {
            next_char(rest, |c| match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                // Some clients and Slack-compatible servers link the bare word as well.
                '@' if calls_everybody(rest) => out.push('＠'),
                _ => push_in_line(c, out),
            })
        })
    }

    /// The text as an address that may be clicked: http or https, without a user name, not too long. `None` for anything else.
    #[must_use]
    pub fn for_link(&self) -> Option<Link> {
        if self.0.len() > LINK_LIMIT {
            return None;
        }
        let url = Url::parse(&self.0).ok()?;
        let plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
        // The parser wrote it anew: host in punycode, control characters and spaces percent-encoded.
        let text: String = url.as_str().chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
        (plain && text.len() <= LINK_LIMIT).then_some(Link(text))
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // For people at a keyboard: quoted, nothing hidden, not endless.
        write!(f, "\"{}\"", self.for_log().replace('"', "\\\""))
    }
}

/// An address from outside that was checked: visible ASCII, http or https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

impl Link {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Markdown's `[words](address)`; `words` are ours.
    #[must_use]
    pub fn for_markdown(&self, words: &'static str) -> String {
        let mut address = String::with_capacity(self.0.len());
        for c in self.0.chars() {
            match c {
                '(' => address.push_str("%28"),
                ')' => address.push_str("%29"),
                '<' => address.push_str("%3C"),
                '>' => address.push_str("%3E"),
                '\\' => address.push_str("%5C"),
                '|' => address.push_str("%7C"),
                _ => address.push(c),
            }
        }
        format!("[{words}]({address})")
    }

    /// Slack's `<address|words>`; `words` are ours.
    #[must_use]
    pub fn for_slack_mrkdwn(&self, words: &'static str) -> String {
        let address = self.0.replace('&', "&amp;").replace('<', "%3C").replace('>', "%3E").replace('|', "%7C");
        format!("<{address}|{words}>")
    }
}

/// Escapes piece by piece up to a limit. `escape` takes the rest of the text, writes its first piece and returns how many bytes it ate.
fn shortened(text: &str, limit: usize, unit: Unit, escape: impl Fn(&str, &mut String) -> usize) -> String {
    let mut ellipsis = [0; 4];
    // `None`: not even the ellipsis has room.
    let room = limit.checked_sub(unit.measure(ELLIPSIS.encode_utf8(&mut ellipsis)));
    let mut out = String::with_capacity(text.len().min(limit));
    let (mut length, mut cut) = (0, 0);
    let mut rest = text;
    while !rest.is_empty() {
        let before = out.len();
        let eaten = escape(rest, &mut out);
        length += unit.measure(&out[before..]);
        if length > limit {
            out.truncate(cut);
            if room.is_some() {
                out.push(ELLIPSIS);
            }
            break;
        }
        if room.is_some_and(|room| length <= room) {
            cut = out.len();
        }
        rest = &rest[eaten..];
    }
    out
}

fn next_char(rest: &str, write: impl FnOnce(char)) -> usize {
    rest.chars().next().map_or(0, |c| {
        write(c);
        c.len_utf8()
    })
}

fn push_visible(c: char, out: &mut String) {
    if is_hidden(c) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
    } else {
        out.push(c);
    }
}

/// As [`push_visible`], but white space that would break the line becomes a space: chat messages are read by people.
fn push_in_line(c: char, out: &mut String) {
    match c {
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push(' '),
        _ => push_visible(c, out),
    }
}

/// Characters without a look of their own, or that change how others look: controls, directions, zero widths, tags, fillers.
/// U+FE0E and U+FE0F stay: emoji need them, and they say nothing.
const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether text that begins with `@` addresses a whole room.
fn calls_everybody(text: &str) -> bool {
    ["@channel", "@here", "@everyone", "@group", "@all"]
        .iter()
        .any(|call| text.get(..call.len()).is_some_and(|start| start.eq_ignore_ascii_case(call)))
}

/// Whether text begins with a name that a chat may call: names begin with a letter.
fn calls_somebody(text: &str) -> bool {
    text.strip_prefix('@').is_some_and(|name| name.starts_with(char::is_alphabetic))
}

/// As [`push_in_line`], but text calls nobody and is no `:emoji:`.
fn push_unnamed(rest: &str, c: char, out: &mut String) {
    match c {
        '@' if calls_somebody(rest) => out.push('＠'),
        ':' if names_an_emoji(rest) => out.push('：'),
        _ => push_in_line(c, out),
    }
}

/// Whether text begins as `:name:` does.
fn names_an_emoji(text: &str) -> bool {
    let after = text.strip_prefix(':').unwrap_or_default();
    let name = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-'));
    let length = name.count();
    length > 0 && after.as_bytes().get(length) == Some(&b':')
}

/// How many bytes a character takes in a JSON string, as serde_json writes it.
const fn json_length(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Untrusted {
        Untrusted::new(text)
    }

    #[test]
    fn a_terminal_gets_no_control_byte_and_no_hidden_character() {
        assert_eq!(text("\u{1b}[2J red\n").for_terminal(99), "\\u{1b}[2J red\\u{a}");
        assert_eq!(text("gpj.\u{202e}exe").for_terminal(99), "gpj.\\u{202e}exe");
        assert_eq!(
            text("a\u{200b}b\u{e0041}\u{2066}\u{9b}\u{7f}").for_terminal(99),
            "a\\u{200b}b\\u{e0041}\\u{2066}\\u{9b}\\u{7f}"
        );
        assert_eq!(text("naïve 日本 ✅️").for_terminal(99), "naïve 日本 ✅️");
    }

    #[test]
    fn nobody_is_called_by_a_title() {
        assert_eq!(text("<!channel> & <@U1>").for_slack_mrkdwn(99), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
        assert_eq!(text("@Channel @here a@b").for_slack_mrkdwn(99), "＠Channel ＠here a@b");
        assert_eq!(text("two\nlines").for_slack_plain(99), "two lines");
        assert_eq!(text("@bob, a@b, shop@4.2 @ x").for_chat(99), "＠bob, a＠b, shop@4.2 @ x");
    }

    #[test]
    fn markdown_says_what_was_written() {
        assert_eq!(text("*a* [b](c) <@1> `d`").for_discord(99), r"\*a\* \[b\]\(c\) \<@1\> \`d\`");
        assert_eq!(text(":x: a:1 KeyError: b::c https://x").for_discord(99), "：x: a:1 KeyError: b::c https://x");
        assert_eq!(text("<!channel> @all #1 ~town").for_mattermost(99), r"‹\!channel> ＠all \#1 \~town");
        let link = text("https://example.com/a_(b)?c=d").for_link().map(|link| link.for_markdown("Sentry"));
        assert_eq!(link.as_deref(), Some("[Sentry](https://example.com/a_%28b%29?c=d)"));
    }

    #[test]
    fn an_escape_is_never_cut_in_half() {
        assert_eq!(text("ab&&").for_slack_mrkdwn(8), "ab&amp;…");
        assert_eq!(text("ab&").for_slack_mrkdwn(7), "ab&amp;");
        assert_eq!(text("ab&").for_slack_mrkdwn(6), "ab…");
        assert_eq!(text("😀😀").for_slack_plain(3), "😀…");
        assert_eq!(text("abc").for_terminal(3), "abc");
        assert_eq!(text("abcd").for_terminal(3), "ab…");
        assert_eq!(text("abc").for_terminal(0), "");
    }

    #[test]
    fn a_json_limit_counts_what_is_written() {
        let shortened = text(&"\0".repeat(100)).for_json_within(63);
        assert_eq!(serde_json::to_string(&shortened).map(|json| json.len() - 2).ok(), Some(63));
    }

    #[test]
    fn only_web_addresses_become_links() {
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://a:b@c/", "x", "", "https://"]
        {
            assert_eq!(text(bad).for_link(), None, "{bad}");
        }
        let link = text("https://sentry.example/a?b=1&c=<x>|y\u{202e} z")
            .for_link()
            .map(|link| link.for_slack_mrkdwn("Sentry"));
        assert_eq!(link.as_deref(), Some("<https://sentry.example/a?b=1&amp;c=%3Cx%3E%7Cy%E2%80%AE%20z|Sentry>"));
    }

    proptest! {
        #[test]
        fn no_limit_is_passed_whatever_is_written(input in any::<String>(), limit in 0_usize..200) {
            let input = Untrusted::new(input);
            prop_assert!(input.for_terminal(limit).chars().count() <= limit);
            prop_assert!(!input.for_terminal(limit).chars().any(is_hidden));
            prop_assert!(input.for_slack_plain(limit).encode_utf16().count() <= limit);
            prop_assert!(input.for_plain(limit).encode_utf16().count() <= limit);
            prop_assert!(input.for_plain_bytes(limit).len() <= limit);
            prop_assert!(input.for_chat(limit).encode_utf16().count() <= limit);
            prop_assert!(input.for_discord(limit).encode_utf16().count() <= limit);
            prop_assert!(input.for_mattermost(limit).encode_utf16().count() <= limit);
            prop_assert!(!input.for_mattermost(limit).contains('<'));
            let mrkdwn = input.for_slack_mrkdwn(limit);
            prop_assert!(mrkdwn.encode_utf16().count() <= limit);
            prop_assert!(!mrkdwn.contains(['<', '>']));
            prop_assert!(serde_json::to_string(&input.for_json_within(limit)).is_ok_and(|json| json.len() <= limit + 2));
            prop_assert!(input.for_log().len() <= LOG_LIMIT);
        }
    }
}
