//! Evidence in plain words, made on reading: one line, whatever it holds.

use std::fmt;

use super::{Dear, Evidence, Missing, Place, Returned, Verdict, Word, Worth};
use crate::signal::Hint;

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level { is, unhandled, outage, hint, model } => {
                write!(f, "level {}", is.as_str())?;
                match unhandled {
                    Some(true) => f.write_str(", unhandled")?,
                    Some(false) => f.write_str(", handled")?,
                    None => {}
                }
                if *outage {
                    f.write_str(", an outage")?;
                }
                if let Some((hint, shift)) = hint {
                    write!(f, ", Sentry's priority {} ({shift:+})", word(*hint))?;
                }
                if let Some((hundredths, shift)) = model {
                    write!(f, ", Sentry's severity {}.{:02} ({shift:+})", hundredths / 100, hundredths % 100)?;
                }
                Ok(())
            }
            Self::Hint(hint) => write!(f, "no level; Sentry's priority is {}", word(*hint)),
            Self::Environment { is, earlier, others } => {
                write!(f, "environment {}", line(is, 40))?;
                if *earlier {
                    f.write_str(", from an earlier signal")?;
                }
                match others {
                    0 => Ok(()),
                    1 => f.write_str("; another one counts no more"),
                    others => write!(f, "; {others} others count no more"),
                }
            }
            Self::Counts { users: Some(users), events } => {
                write!(f, "{}", Many(*users, "user"))?;
                events.map_or(Ok(()), |events| write!(f, ", {}", Many(events, "event")))
            }
            Self::Counts { users: None, events } => {
                write!(f, "{}; users were not told", Many(events.unwrap_or(0), "event"))
            }
            Self::Pace { lately, usual, limit, escalating } => {
                let (before, hour) = if *escalating {
                    ("Sentry says that it escalates; ", "")
                } else {
                    ("", " for this hour of the week")
                };
                write!(
                    f,
                    "{before}{} events in the last hour, {} usual{hour} (limit {})",
                    Tenths(*lately),
                    Tenths(*usual),
                    Tenths(*limit)
                )
            }
            Self::Growth { lately, before } => {
                write!(f, "{} events an hour lately, {} before", Tenths(*lately), Tenths(*before))
            }
            Self::Rate { rate, age } => write!(f, "{} events an hour over {}", Tenths(*rate), Span(*age)),
            Self::Sentry(Word::Escalating) => f.write_str("Sentry says that it escalates"),
            Self::Sentry(Word::Regressed) => f.write_str("Sentry says that it came back after a resolve"),
            Self::Sentry(Word::New) => f.write_str("Sentry calls it new"),
            Self::Sentry(Word::Ongoing) => f.write_str("Sentry calls it ongoing"),
            Self::Resolved { ago, returned, .. } => {
                write!(f, "resolved here {} ago", Span(*ago))?;
                returned.as_ref().map_or(Ok(()), |returned| write!(f, "; {returned}"))
            }
            Self::FirstSeen { ago, release } => {
                write!(f, "first seen {} ago", Span(*ago))?;
                match release {
                    Some(Place::Newest(name)) => write!(f, ", in the newest release, {}", line(name, 40)),
                    Some(Place::Older(name)) => write!(f, ", in {}, which is not the newest release", line(name, 40)),
                    Some(Place::Untold {}) => f.write_str(", in a release that was not told"),
                    None => Ok(()),
                }
            }
            Self::OpenHere { since } => write!(f, "open here for {}", Span(*since)),
            Self::Worth { of, more } => {
                // So that three of them stay within a line.
                let most = if of.len() > 1 || *more > 0 { 16 } else { 40 };
                for (index, Worth(what, name, worth)) in of.iter().take(3).enumerate() {
                    let (before, counts) = if index == 0 { ("", " counts") } else { (", ", "") };
                    write!(f, "{before}{} {}{counts} {}", what.as_str(), line(name, most), worth)?;
                }
                if *more > 0 {
                    write!(f, " and {} more", (*more).min(99))?;
                }
                f.write_str(" in the policy")
            }
            Self::Unweighed(project) => {
                write!(f, "the policy gives project {} no weight of its own", line(project, 40))
            }
            Self::TooFew { events, age } => {
                write!(f, "{} in {}: too little for a rate", Many(*events, "event"), Span(*age))
            }
            Self::Missing(missing) => f.write_str(match missing {
                Missing::Severity => "neither a level nor a priority of Sentry's was told",
                Missing::Environment => "the environment was not told",
                Missing::Counts => "neither users nor events were told",
                Missing::Rate => "no rate: when it was first seen, or how often, was not told",
                Missing::Age => "when it was first seen was not told",
                Missing::Project => "the project was not told",
            }),
            Self::Told(words) => f.write_str(&line(words, 119)),
        }
    }
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Two names in one line: each may have twenty characters.
        let name = |name: &Option<String>| name.as_deref().map(|name| line(name, 20));
        match (self.verdict, name(&self.release), name(&self.fix)) {
            (Verdict::Not, Some(seen), Some(fix)) => {
                write!(f, "release {seen} is older than the fix in {fix}: no regression")
            }
            (Verdict::Not, _, _) => f.write_str("it happened before the resolve: no regression"),
            (Verdict::Real, Some(seen), Some(fix)) => write!(f, "release {seen} has the fix of {fix}: a regression"),
            (Verdict::Real, _, _) => f.write_str("it happened after the resolve"),
            (Verdict::Unsure, Some(seen), Some(fix)) => {
                write!(f, "whether {seen} is older than the fix in {fix} is not known")
            }
            (Verdict::Unsure, None, Some(fix)) => write!(f, "the fix is in {fix}, and the signal names no release"),
            (Verdict::Unsure, _, None) => f.write_str("whether it has the fix is not known"),
        }
    }
}

const fn word(hint: Hint) -> &'static str {
    match hint {
        Hint::Low => "low",
        Hint::Medium => "medium",
        Hint::High => "high",
    }
}

/// Outside text within evidence: on one line, with nothing that is invisible or turns the direction of writing, at most `most` characters and an
/// ellipsis. Looks at no more than it needs.
pub(crate) fn line(text: &str, most: usize) -> String {
    // Invisible characters could be a megabyte long.
    const LOOKED_AT: usize = 8;
    let mut visible = text.chars().take(most * LOOKED_AT).filter(|c| !is_invisible(*c));
    let mut shown: String = visible
        .by_ref()
        .take(most)
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    if visible.next().is_some() || text.chars().nth(most * LOOKED_AT).is_some() {
        shown.push('…');
    }
    shown
}

/// Zero-width characters, marks and overrides of direction, tags (Unicode's Default_Ignorable_Code_Point, as far as it forges text).
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A count with its noun.
pub(in crate::priority) struct Many(pub u64, pub &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// A rate in tenths; small ones with their fraction.
pub(in crate::priority) struct Tenths(pub u64);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 100 || self.0.is_multiple_of(10) {
            // Nothing real is faster, and a line stays a line.
            write!(f, "{}", (self.0 / 10).min(999_999_999_999))
        } else {
            write!(f, "{}.{}", self.0 / 10, self.0 % 10)
        }
    }
}

/// A length of time, in seconds, in one unit.
struct Span(u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0;
        match seconds {
            0..120 => write!(f, "{seconds} s"),
            120..7_200 => write!(f, "{} min", seconds / 60),
            7_200..172_800 => write!(f, "{} h", seconds / 3_600),
            _ => write!(f, "{} d", (seconds / 86_400).min(99_999)),
        }
    }
}

impl Dear {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Path => "path",
            Self::Tag => "tag",
            Self::Error => "error",
        }
    }
}
