//! Writing for people: colour when somebody looks, plain when piped, and nothing that Sentry sent can move the cursor.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};
use domain::time::Timestamp;
use integrations::untrusted::Untrusted;

/// What stands for a value that is not there.
pub const NOTHING: &str = "–";

/// Secondary text.
pub const DIM: Style = Style::new().dimmed();
/// Headings and names.
pub const BOLD: Style = Style::new().bold();
/// What failed, and critical.
pub const RED: Style = AnsiColor::Red.on_default();
/// What is to be watched, and high.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// What is well.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// What to type.
pub const CYAN: Style = AnsiColor::Cyan.on_default();

/// Text in a style; the escape codes are taken out again when nobody looks.
#[must_use]
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes a line to standard output.
///
/// # Errors
/// When nobody reads it any more.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a line to standard error. Nothing can be done when nobody reads it.
pub fn say(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Says what went wrong.
pub fn complain(reason: &str) {
    say(&format!("{} {reason}", styled(RED.bold(), "error:")));
}

/// Says what to keep in mind.
pub fn remind(text: &str) {
    say(&format!("{} {text}", styled(YELLOW, "note:")));
}

/// Text that somebody outside wrote, as one line that is safe to print.
#[must_use]
pub fn safe(text: &str, limit: usize) -> String {
    Untrusted::new(text).for_terminal(limit)
}

/// The style of a level or priority.
#[must_use]
pub fn level_style(word: &str) -> Style {
    match word {
        "critical" => RED.bold(),
        "high" => RED,
        "medium" => YELLOW,
        _ => Style::new(),
    }
}

/// The style of a state.
#[must_use]
pub fn state_style(word: &str) -> Style {
    match word {
        "open" | "escalating" | "exhausted" | "running" | "pending" | "dead" => YELLOW,
        "acknowledged" | "snoozed" => CYAN,
        "resolved" | "done" => GREEN,
        _ => Style::new(),
    }
}

/// A table for people: no lines around, columns as wide as they need, one row per line. `flexible` is the column that gives way.
#[must_use]
pub fn table(header: &[&str], rows: Vec<Vec<String>>, flexible: usize) -> String {
    let mut table = Table::new();
    // Always coloured here; anstream takes the colours out again where nobody looks or NO_COLOR is set.
    table.load_style(presets::NOTHING).force_no_tty().enforce_styling();
    table.style_text_only();
    table.set_header(header.iter().map(|title| Cell::new(title.to_uppercase())));
    for row in rows {
        table.add_row(header.iter().zip(row).map(|(column, text)| match colour(column, &text) {
            Some(colour) => Cell::new(text).fg(colour),
            None => Cell::new(text),
        }));
    }
    if let Some(width) = columns() {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index != flexible {
            column.set_constraint(ColumnConstraint::ContentWidth);
        } else if columns().is_some() {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(20)));
        }
    }
    let text: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    text.join("\n")
}

/// The colour of a word in a column.
fn colour(column: &str, text: &str) -> Option<Color> {
    let word = text.split([',', ':']).next().unwrap_or_default();
    match (column, word) {
        ("level", "critical" | "high") | ("state", "dead") => Some(Color::Red),
        ("level", "medium") | ("state", "open" | "escalating" | "exhausted" | "running" | "pending") => {
            Some(Color::Yellow)
        }
        ("state", "acknowledged" | "snoozed") => Some(Color::Cyan),
        ("state", "resolved") | ("verdict", "well") => Some(Color::Green),
        ("verdict", "skipped") => Some(Color::Yellow),
        ("verdict", _) => Some(Color::Red),
        _ => None,
    }
}

/// How wide the terminal is; `None` when piped, where lines are never broken.
fn columns() -> Option<u16> {
    use std::io::IsTerminal as _;
    if !io::stdout().is_terminal() {
        return None;
    }
    Table::new().set_content_arrangement(ContentArrangement::Dynamic).width()
}

/// A time as people read it, `20 Nov 12:34:56 UTC`, from the API's RFC 3339.
#[must_use]
pub fn time(text: &str) -> String {
    let Some(at) = Timestamp::parse(text).and_then(|at| jiff::Timestamp::from_millisecond(at.millis()).ok()) else {
        return safe(text, 40);
    };
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How far a time is from now, such as `in 4 min` or `3 h ago`.
#[must_use]
pub fn from_now(text: &str, now: Timestamp) -> String {
    let Some(at) = Timestamp::parse(text) else { return safe(text, 40) };
    let seconds = (at.millis() - now.millis()) / 1000;
    let span = span(seconds.unsigned_abs());
    match seconds {
        -1..=1 => "now".to_owned(),
        2.. => format!("in {span}"),
        _ => format!("{span} ago"),
    }
}

/// Puts "(in 5 min)" behind each time of a sentence.
#[must_use]
pub fn with_distances(sentence: &str, now: Timestamp) -> String {
    let words = sentence.split(' ').map(|word| {
        let bare = word.trim_end_matches(['.', ',', ';', ')']);
        let is_time = bare.len() >= 20 && bare.ends_with('Z') && Timestamp::parse(bare).is_some();
        if is_time {
            format!("{} ({}){}", time(bare), from_now(bare, now), &word[bare.len()..])
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A number of seconds in the largest unit that says enough.
#[must_use]
pub fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_from_the_api_and_never_echoed_raw() {
        assert_eq!(time("2026-11-20T12:34:56.789Z"), "2026-11-20 12:34:56 UTC");
        assert_eq!(time("\u{1b}[2J"), "\\u{1b}[2J");
    }

    #[test]
    fn a_piped_table_never_breaks_a_line() {
        let long = "x".repeat(300);
        let text = table(&["id", "title"], vec![vec!["inc-1".to_owned(), long.clone()]], 1);
        assert!(text.lines().any(|line| line.contains(&long)), "{text}");
    }
}
