//! What a person orders: somebody else on call for a time, and what makes no such order.

use std::fmt;
use std::time::Duration;

use crate::id::Name;
use crate::oncall::Override;
use crate::policy::Policy;
use crate::time::Timestamp;

/// An override lasts so long at most, and begins at most so long from now: who is away for longer belongs out of the rotation.
pub const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Why somebody else cannot be on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverrideError {
    /// The policy has no such schedule; it has these.
    NoSchedule(Name, Vec<Name>),
    /// The schedule has no such layer; it has these.
    NoLayer(Name, Vec<Name>),
    /// The policy has no such contact; it has these.
    NoContact(Name, Vec<Name>),
    /// It names nobody who orders it.
    Nobody,
    /// It would not end after it begins.
    EndsBeforeItBegins,
    /// It would be over already.
    Over,
    /// It would last longer than [`LONGEST`].
    TooLong,
    /// It would begin later than [`LONGEST`] from now.
    TooFar,
}

impl fmt::Display for OverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = LONGEST.as_secs() / 86_400;
        match self {
            Self::NoSchedule(name, known) => missing(f, "schedule", name, known),
            Self::NoLayer(name, known) => missing(f, "layer", name, known),
            Self::NoContact(name, known) => missing(f, "contact", name, known),
            Self::Nobody => f.write_str("an override needs the name of who orders it"),
            Self::EndsBeforeItBegins => f.write_str("it must end after it begins"),
            Self::Over => f.write_str("it would end before it is ordered"),
            Self::TooLong => {
                write!(f, "it lasts {days} days at most: who is away for longer belongs out of the rotation")
            }
            Self::TooFar => write!(f, "it begins within {days} days of now"),
        }
    }
}

fn missing(f: &mut fmt::Formatter<'_>, kind: &str, name: &Name, known: &[Name]) -> fmt::Result {
    if known.is_empty() {
        return write!(f, "there is no {kind} '{name}': the policy has none");
    }
    let known: Vec<_> = known.iter().map(Name::as_str).collect();
    write!(f, "there is no {kind} '{name}'; there are: {}", known.join(", "))
}

impl std::error::Error for OverrideError {}

impl Override {
    /// Makes what a person orders at a moment.
    ///
    /// # Errors
    /// When schedule, layer or person are none of the policy's, when it ends before it begins or before now, lasts or lies too far away, or names
    /// nobody who orders it.
    pub fn order(self, policy: &Policy, now: Timestamp) -> Result<Self, OverrideError> {
        let schedule = policy.schedules.get(&self.schedule).ok_or_else(|| {
            OverrideError::NoSchedule(self.schedule.clone(), policy.schedules.keys().cloned().collect())
        })?;
        if !schedule.layers.contains_key(&self.layer) {
            return Err(OverrideError::NoLayer(self.layer, schedule.layers.keys().cloned().collect()));
        }
        if !policy.contacts.contains_key(&self.person) {
            return Err(OverrideError::NoContact(self.person, policy.contacts.keys().cloned().collect()));
        }
        let by = self.by.trim().to_owned();
        if by.is_empty() {
            return Err(OverrideError::Nobody);
        }
        if self.until <= self.from {
            return Err(OverrideError::EndsBeforeItBegins);
        }
        if self.until <= now {
            return Err(OverrideError::Over);
        }
        if self.until.since(self.from) > LONGEST {
            return Err(OverrideError::TooLong);
        }
        if self.from > now + LONGEST {
            return Err(OverrideError::TooFar);
        }
        Ok(Self { by, ..self })
    }
}
