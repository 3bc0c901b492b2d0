//! Names of things: incidents, escalations, agent runs, deliveries, tasks, and the configured names of people's channels.
//!
//! Incident, escalation and run ids are 60 bits written as twelve base32 characters, so that a person can shorten them;
//! deliveries and tasks are integers, because they are many and only machines say them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

/// Crockford's alphabet in lower case: no `i`, `l`, `o`, `u`, so that an id survives being read aloud.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SIXTY_BITS: u64 = (1 << 60) - 1;

/// Text that is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError {
    /// The form that was expected, such as `inc-` and 12 characters.
    pub expected: &'static str,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for IdError {}

fn write_base32(bits: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write as _;
    for position in (0..12).rev() {
        f.write_char(char::from(ALPHABET[((bits >> (position * 5)) & 31) as usize]))?;
    }
    Ok(())
}

fn read_base32(text: &str) -> Option<u64> {
    if text.len() != 12 {
        return None;
    }
    text.bytes().try_fold(0_u64, |bits, byte| {
        let value = ALPHABET.iter().position(|letter| *letter == byte.to_ascii_lowercase())?;
        Some((bits << 5) | value as u64)
    })
}

macro_rules! base32_id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(u64);

        impl $name {
            /// What stands before the twelve characters.
            pub const PREFIX: &'static str = $prefix;

            /// The id with these bits; only the lower 60 count.
            #[must_use]
            pub const fn from_bits(bits: u64) -> Self {
                Self(bits & SIXTY_BITS)
            }

            /// The 60 bits of the id: the form in which the store keeps it.
            #[must_use]
            pub const fn bits(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($prefix)?;
                write_base32(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix)
                    .and_then(read_base32)
                    .map(Self)
                    .ok_or(IdError { expected: concat!($prefix, " and 12 characters") })
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
    };
}

base32_id!(
    /// An incident: the signals of one identity, with a state and a timeline.
    IncidentId,
    "inc-"
);
base32_id!(
    /// One run of a level's ladder for an incident.
    EscalationId,
    "esc-"
);
base32_id!(
    /// One run of an agent for an incident; also the marker that the agent's vendor is given.
    RunId,
    "run-"
);

base32_id!(
    /// A silence or a maintenance window.
    SilenceId,
    "sil-"
);
base32_id!(
    /// One time for which somebody else is on call than the schedule says.
    OverrideId,
    "ovr-"
);
base32_id!(
    /// Messages of several incidents that go to one channel as one (semantics L12).
    BundleId,
    "bnd-"
);

/// The first 60 bits of a SHA-256 over length-prefixed parts: ids that a decision derives instead of drawing.
pub(crate) fn derived_bits(parts: &[&[u8]]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut first = [0_u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first) & SIXTY_BITS
}

impl EscalationId {
    /// The `ordinal`-th escalation of an incident (from 1): derived, so that a decision made twice makes the same id.
    #[must_use]
    pub fn derive(incident: IncidentId, ordinal: u32) -> Self {
        Self(derived_bits(&[b"escalation", &incident.bits().to_be_bytes(), &ordinal.to_be_bytes()]))
    }
}

impl SilenceId {
    /// The silence that a policy gives this name: the same one for as long as it is called so.
    #[must_use]
    pub fn of_policy(name: &Name) -> Self {
        Self(derived_bits(&[b"silence", name.as_str().as_bytes()]))
    }
}

impl BundleId {
    /// The bundle of one kind for one channel at one time: derived, so that whatever belongs into it finds it.
    #[must_use]
    pub fn derive(kind: &str, channel: &Name, due: Timestamp) -> Self {
        let due = due.millis().to_be_bytes();
        Self(derived_bits(&[b"bundle", kind.as_bytes(), channel.as_str().as_bytes(), &due]))
    }
}

impl OverrideId {
    /// What an event of a calendar orders at one of its times, by its `uid` there: derived, so that a calendar imported again orders nothing twice.
    #[must_use]
    pub fn derive(schedule: &Name, layer: &Name, uid: &str, from: Timestamp) -> Self {
        let from = from.millis().to_be_bytes();
        let (schedule, layer) = (schedule.as_str().as_bytes(), layer.as_str().as_bytes());
        Self(derived_bits(&[b"override", schedule, layer, uid.as_bytes(), &from]))
    }
}

impl RunId {
    /// The run of `agent` in an escalation: at most one, however often the decision is made (semantics F1).
    #[must_use]
    pub fn derive(escalation: EscalationId, agent: &Name) -> Self {
        Self(derived_bits(&[b"run", &escalation.bits().to_be_bytes(), agent.as_str().as_bytes()]))
    }
}

macro_rules! integer_id {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix($prefix)
                    .and_then(|digits| digits.parse().ok())
                    .map(Self)
                    .ok_or(IdError { expected: concat!($prefix, " and a number") })
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
    };
}

integer_id!(
    /// One HTTP request from Sentry, kept byte for byte.
    DeliveryId,
    "dlv-"
);
integer_id!(
    /// One due piece of work in the store.
    TaskId,
    "tsk-"
);

/// A configured name: of a notifier, an agent, a role or a contact. Lower-case letters, digits, `-`, `_` and `.`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Name(Arc<str>);

impl Name {
    /// The longest name, in bytes.
    pub const MAX_LENGTH: usize = 64;

    /// The name as text; safe in every sink.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl FromStr for Name {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        if (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.into()))
        } else {
            Err(IdError { expected: "1 to 64 of a-z, 0-9, '-', '_' and '.'" })
        }
    }
}

impl TryFrom<String> for Name {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0.as_ref().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_wrote() {
        for bits in [0, 1, SIXTY_BITS, 0x0123_4567_89ab_cdef & SIXTY_BITS] {
            let id = IncidentId::from_bits(bits);
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(id.to_string().len(), 16);
        }
        assert!("inc-short".parse::<IncidentId>().is_err());
        assert!("esc-000000000000".parse::<IncidentId>().is_err());
        assert_eq!("dlv-7".parse(), Ok(DeliveryId(7)));
    }

    #[test]
    fn an_escalation_is_named_by_its_incident_and_ordinal_alone() {
        let incident = IncidentId::from_bits(42);
        assert_eq!(EscalationId::derive(incident, 1), EscalationId::derive(incident, 1));
        assert_ne!(EscalationId::derive(incident, 1), EscalationId::derive(incident, 2));
    }

    #[test]
    fn a_name_is_safe_in_every_sink() {
        assert!("slack-ops".parse::<Name>().is_ok());
        for bad in ["", "Slack", "a b", "a\n", "ä", "<!channel>"] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
    }
}
