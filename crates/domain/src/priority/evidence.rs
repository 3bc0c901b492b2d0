//! What a factor's answer rests on: what was seen, with its numbers. The store keeps this; the words are made on reading.

use serde::{Deserialize, Serialize};

use crate::release::Regression;
use crate::signal::{Hint, Severity};

mod words;

pub(crate) use words::line;
pub(super) use words::{Many, Tenths};

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
