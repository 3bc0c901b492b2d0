//! What a factor's answer rests on: what was seen, with its numbers. The store keeps this; the words are made on reading.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::release::Regression;
use crate::signal::{Hint, Severity};

/// What was seen, or what was missing. Its words are its `Display`: one line, at most 120 characters. Lengths of time are seconds, rates tenths
/// of an event an hour. Its tags in the store are short: there is one for each factor of each incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Severity: a level.
    Level {
        /// Sentry's level.
        is: Severity,
        /// Whether the program did not catch it; `None` when not told.
        #[serde(rename = "un", default, skip_serializing_if = "Option::is_none")]
        unhandled: Option<bool>,
        /// A monitor of Sentry's found the service or a job away.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        outage: bool,
        /// Sentry's own priority, where it says something that the level does not, and what it shifts the score by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<(Hint, i8)>,
        /// Sentry's severity in hundredths, where it says something, and what it shifts the score by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<(u8, i8)>,
    },
    /// Severity: no level, but Sentry's priority, which is made from it.
    Hint(Hint),
    /// Where it happened.
    #[serde(rename = "env")]
    Environment {
        /// The worthiest one, shown.
        is: String,
        /// Not this signal told it but an earlier one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        earlier: bool,
        /// How many others are known, which are worth no more.
        #[serde(default, skip_serializing_if = "is_zero")]
        others: u8,
    },
    /// Who is hit.
    #[serde(rename = "n")]
    Counts {
        /// Users.
        #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
        users: Option<u64>,
        /// Events.
        #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
        events: Option<u64>,
    },
    /// Velocity: against what is usual for the identity at this hour of the week.
    Pace {
        /// Over the last sixty minutes.
        #[serde(rename = "l")]
        lately: u64,
        /// Usual for this hour.
        #[serde(rename = "u")]
        usual: u64,
        /// Above this it escalates.
        #[serde(rename = "max")]
        limit: u64,
        /// Sentry says that it escalates.
        #[serde(rename = "esc", default, skip_serializing_if = "std::ops::Not::not")]
        escalating: bool,
    },
    /// Velocity: since the last signal against before it.
    Growth {
        /// Since the last signal.
        #[serde(rename = "l")]
        lately: u64,
        /// Before it.
        #[serde(rename = "b")]
        before: u64,
    },
    /// Velocity: over its whole age.
    Rate {
        /// The rate.
        #[serde(rename = "r")]
        rate: u64,
        /// The age.
        #[serde(rename = "s")]
        age: u64,
    },
    /// Sentry says so, and nothing of ours speaks for or against it.
    Sentry(Word),
    /// Novelty: it ended here, and a signal came.
    Resolved {
        /// How long ago it ended.
        #[serde(rename = "s")]
        ago: u64,
        /// What the signal is to that resolve, where it is anything but plainly later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        returned: Option<Returned>,
        /// Sentry says that it came back.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        regressed: bool,
    },
    /// Novelty: how old it is.
    #[serde(rename = "seen")]
    FirstSeen {
        /// How long ago.
        #[serde(rename = "s")]
        ago: u64,
        /// Where the signal's release stands among those of its project, where that is known.
        #[serde(rename = "rel", default, skip_serializing_if = "Option::is_none")]
        release: Option<Place>,
    },
    /// Novelty: how long it is open here; Sentry did not tell its age.
    #[serde(rename = "open")]
    OpenHere {
        /// How long.
        #[serde(rename = "s")]
        since: u64,
    },
    /// Criticality: what the policy gives a weight of its own, the dearest first, at most three.
    Worth {
        /// What applies.
        of: Vec<Worth>,
        /// How many more apply.
        #[serde(default, skip_serializing_if = "is_zero")]
        more: u8,
    },
    /// Criticality: the policy gives this project no weight, nor anything else that the signal names.
    #[serde(rename = "plain")]
    Unweighed(String),
    /// Velocity: too little for a rate.
    #[serde(rename = "few")]
    TooFew {
        /// Events so far.
        #[serde(rename = "e")]
        events: u64,
        /// Within.
        #[serde(rename = "s")]
        age: u64,
    },
    /// The data were missing.
    #[serde(rename = "no")]
    Missing(Missing),
    /// Words of an older version, which kept nothing else.
    #[serde(untagged)]
    Told(String),
}

/// A word of Sentry's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It escalates.
    Escalating,
    /// It came back after a resolve.
    Regressed,
    /// It is new.
    New,
    /// It is not new.
    Ongoing,
}

/// What was missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// A level, and Sentry's priority.
    Severity,
    /// An environment.
    Environment,
    /// Users and events.
    Counts,
    /// Its age, or a count.
    Rate,
    /// Its age.
    Age,
    /// Its project.
    Project,
}

/// What a signal is to the resolve before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Whether it is the error come back.
    pub verdict: Verdict,
    /// The signal's release, shown; `None` when not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The release that was to carry the fix, shown; `None` when the resolve named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// A [`Regression`] as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It came back.
    Real,
    /// It did not.
    Not,
    /// Nobody can tell.
    Unsure,
}

impl From<Regression> for Verdict {
    fn from(regression: Regression) -> Self {
        match regression {
            Regression::Real => Self::Real,
            Regression::Not => Self::Not,
            Regression::Unsure => Self::Unsure,
        }
    }
}

/// Where a signal's release stands among those seen of its project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// It is the newest, shown.
    Newest(String),
    /// A newer one was seen.
    Older(String),
    /// The project has releases, the signal names none.
    Untold {},
}

/// Something that the policy gives a weight of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worth(
    /// What it is.
    pub Dear,
    /// Its name, shown.
    pub String,
    /// Its worth.
    pub u8,
);

/// What may have a weight of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dear {
    /// A project.
    Project,
    /// A path, by its beginning.
    Path,
    /// A tag.
    Tag,
    /// An error class.
    Error,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &u8) -> bool {
    *count == 0
}

impl Evidence {
    /// The numbers behind the words, by name; lengths of time in seconds, rates in events an hour.
    #[must_use]
    pub fn numbers(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::Level { hint, model, .. } => {
                let hint = hint.map(|(_, shift)| ("hint_shift", f64::from(shift)));
                let model = model.map(|(hundredths, shift)| {
                    [("severity", f64::from(hundredths) / 100.0), ("severity_shift", f64::from(shift))]
                });
                hint.into_iter().chain(model.into_iter().flatten()).collect()
            }
            Self::Counts { users, events } => {
                let users = users.map(|users| ("users", float(users)));
                users.into_iter().chain(events.map(|events| ("events", float(events)))).collect()
            }
            Self::Pace { lately, usual, limit, .. } => {
                vec![
                    ("lately", float(*lately) / 10.0),
                    ("usual", float(*usual) / 10.0),
                    ("limit", float(*limit) / 10.0),
                ]
            }
            Self::Growth { lately, before } => {
                vec![("lately", float(*lately) / 10.0), ("before", float(*before) / 10.0)]
            }
            Self::Rate { rate, age } => vec![("rate", float(*rate) / 10.0), ("age_seconds", float(*age))],
            Self::Resolved { ago, .. } => vec![("resolved_seconds_ago", float(*ago))],
            Self::FirstSeen { ago, .. } => vec![("age_seconds", float(*ago))],
            Self::OpenHere { since } => vec![("open_seconds", float(*since))],
            Self::Worth { of, more } => {
                let first = of.first().map(|Worth(_, _, worth)| ("worth", f64::from(*worth)));
                let applied = of.len().saturating_add(usize::from(*more));
                first.into_iter().chain([("applied", float(applied as u64))]).collect()
            }
            Self::TooFew { events, age } => vec![("events", float(*events)), ("age_seconds", float(*age))],
            Self::Environment { others, .. } if *others > 0 => vec![("others", f64::from(*others))],
            Self::Environment { .. }
            | Self::Hint(_)
            | Self::Sentry(_)
            | Self::Unweighed(_)
            | Self::Missing(_)
            | Self::Told(_) => Vec::new(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 the last digits of a count say nothing to anybody")]
fn float(count: u64) -> f64 {
    count as f64
}

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
pub(super) struct Many(pub u64, pub &'static str);

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// A rate in tenths; small ones with their fraction.
pub(super) struct Tenths(pub u64);

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
