//! Decisions in words: what stood on a timeline as an event, numbers and a rule becomes a sentence here, on reading. Pure, so that the API,
//! the pages and the command line say the same.
//!
//! Names, reasons and remarks within a sentence were written by people, vendors or whoever made the watched program fail: the sink still
//! has to escape them (JSON in the API, the terminal's escape in the command line).

use std::fmt::Write as _;
use std::time::Duration;

use domain::decision::Entry;
use domain::event::ResolvedBy;
use domain::id::Name;
use domain::incident::Progress;
use domain::why::Why;

mod happening;
mod standing;

pub use standing::standing;
pub(crate) use standing::{is_unanswered, state};

/// What happened, and by which rule and numbers, in one sentence.
#[must_use]
pub fn words(entry: &Entry) -> String {
    let mut sentence = happening::happening(entry);
    if let Some(why) = &entry.why {
        let _ = write!(sentence, " ({})", reason(why));
    }
    sentence
}

/// The rule and the numbers behind a decision, such as `L3: cooldown 5 min, next 5 min 12 s; policy 1a2b3c4d`.
#[must_use]
pub fn reason(why: &Why) -> String {
    let mut text = why.rule.0.clone();
    for (place, (name, number)) in why.numbers.iter().enumerate() {
        text.push_str(if place == 0 { ": " } else { ", " });
        match name.strip_suffix("_ms") {
            Some(name) => {
                let _ = write!(text, "{} {}", name.replace('_', " "), signed_span(*number));
            }
            None => {
                let _ = write!(text, "{} {number}", name.replace('_', " "));
            }
        }
    }
    if !why.policy.is_empty() {
        let _ = write!(text, "; policy {}", why.policy);
    }
    text
}

const fn progress_words(progress: Progress) -> &'static str {
    match progress {
        Progress::Starting => "starting",
        Progress::Queued => "queued at the vendor",
        Progress::Running => "at work",
        Progress::NeedsInput => "waits for a person",
        Progress::Succeeded => "says that a fix is on its way",
        Progress::Failed => "failed",
        Progress::Unknown => "nobody can say whether it ever started",
    }
}

/// By whom or what it ended.
pub(crate) fn resolver(by: &ResolvedBy) -> &str {
    match by {
        ResolvedBy::Person(name) => name,
        ResolvedBy::Sentry => "Sentry",
        ResolvedBy::Quiet => "quiet: no signal for the level's time",
        ResolvedBy::Age => "age: no signal for thirty days",
    }
}

fn listed(names: &[Name]) -> String {
    let names: Vec<_> = names.iter().map(Name::as_str).collect();
    names.join(", ")
}

/// A number with its noun, which takes an s.
fn number(number: u64, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

/// A duration in its two largest units, such as `1 h 30 min`; below a second in milliseconds.
#[must_use]
pub fn span(duration: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    let mut left = duration.as_secs();
    let mut parts: Vec<String> = Vec::new();
    for (size, unit) in UNITS {
        let number = left / size;
        left %= size;
        if number > 0 {
            parts.push(format!("{number} {unit}"));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

fn signed_span(millis: i64) -> String {
    let span = span(Duration::from_millis(millis.unsigned_abs()));
    if millis < 0 { format!("-{span}") } else { span }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use domain::event::{Actor, Event, PageReason};
    use domain::time::Timestamp;
    use domain::why::RuleId;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn a_page_says_who_why_and_when_again() {
        let entry = Entry {
            actor: Actor::Watchfire,
            event: Event::Paged {
                contact: name("alice"),
                channels: vec![name("slack-ops"), name("mail")],
                rung: Some(1),
                repetition: 0,
                reason: PageReason::Rung,
                next: Timestamp::parse("2026-11-21T10:05:00Z"),
                bundle: None,
            },
            why: Some(Why {
                rule: RuleId("L2".into()),
                policy: "1a2b3c4d".into(),
                numbers: vec![("cooldown_ms".into(), 300_000), ("urgent".into(), 1)],
            }),
        };
        assert_eq!(
            words(&entry),
            "Page 1 to alice over slack-ops, mail: the rung came due (rung 1); again at 2026-11-21T10:05:00.000Z \
             (L2: cooldown 5 min, urgent 1; policy 1a2b3c4d)"
        );
    }

    #[test]
    fn a_notifier_that_is_its_own_contact_is_named_once() {
        let entry = Entry {
            actor: Actor::Watchfire,
            event: Event::Paged {
                contact: name("console"),
                channels: vec![name("console")],
                rung: None,
                repetition: 1,
                reason: PageReason::Repeat,
                next: None,
                bundle: None,
            },
            why: None,
        };
        assert_eq!(words(&entry), "Page 2 to console: nobody answered the last; it does not repeat");
    }

    #[test]
    fn durations_are_told_in_their_two_largest_units() {
        let told = |seconds| span(Duration::from_secs(seconds));
        assert_eq!(told(5 * 60), "5 min");
        assert_eq!(told(90 * 60), "1 h 30 min");
        assert_eq!(told(86_400 + 59), "1 d");
        assert_eq!(told(312), "5 min 12 s");
        assert_eq!(span(Duration::from_millis(7)), "7 ms");
        assert_eq!(signed_span(-3_600_000), "-1 h");
    }
}
