//! A person's word about the priority of an identity (semantics A8).

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::priority::Priority;
use crate::time::Timestamp;

/// How long a label holds; saying it again renews it.
pub const HOLDS: Duration = Duration::from_hours(30 * 24);

/// What a person said of an identity: it stands above triage and rules while it holds. `ignore` is noise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// What they said.
    pub priority: Priority,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Until when it holds.
    pub until: Timestamp,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Users that were hit when it was said: ten times as many end it.
    #[serde(default)]
    pub users: u64,
}

/// Whether a label still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Holds,
    /// Its time is over.
    Expired,
    /// Ten times the users are hit.
    Outgrown,
}

impl fmt::Display for Label {
    /// In words: the priority, until when, who said it and why. Names and reasons are people's text: the sink has to escape them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} until {}, said by {}", self.priority, self.until_day(), self.by)?;
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

impl Label {
    /// The day on which it ends, in UTC.
    #[must_use]
    pub fn until_day(&self) -> String {
        let text = self.until.to_string();
        text.get(..10).map_or_else(|| text.clone(), str::to_owned)
    }

    /// Whether it holds for an identity that hits so many users.
    #[must_use]
    pub fn holds(&self, users: Option<u64>, now: Timestamp) -> bool {
        self.standing(users, now) == Standing::Holds
    }

    /// What a person says now. Saying it again is a new one: its time and its users count from then.
    #[must_use]
    pub fn said(priority: Priority, by: &str, reason: Option<&str>, users: Option<u64>, now: Timestamp) -> Self {
        Self {
            priority,
            by: by.to_owned(),
            at: now,
            until: now + HOLDS,
            reason: reason.map(str::to_owned),
            users: users.unwrap_or(0),
        }
    }

    /// Whether it stands for an identity that hits so many users.
    #[must_use]
    pub fn standing(&self, users: Option<u64>, now: Timestamp) -> Standing {
        if now >= self.until {
            Standing::Expired
        } else if users.unwrap_or(0) >= self.users.max(1).saturating_mul(10) {
            Standing::Outgrown
        } else {
            Standing::Holds
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

    fn said(users: Option<u64>) -> Label {
        Label::said(Priority::Low, "alice", Some("known"), users, NOW)
    }

    #[test]
    fn a_label_holds_for_thirty_days_and_no_longer() {
        let label = said(Some(3));
        assert_eq!(label.standing(Some(3), NOW + (HOLDS - Duration::from_millis(1))), Standing::Holds);
        assert_eq!(label.standing(Some(3), NOW + HOLDS), Standing::Expired);
    }

    #[test]
    fn saying_it_again_renews_it() {
        let later = NOW + HOLDS;
        let again = Label::said(Priority::Low, "alice", None, Some(30), later);
        assert_eq!(again.standing(Some(299), later), Standing::Holds);
        assert_eq!(again.until, later + HOLDS);
    }

    #[test]
    fn a_label_yields_when_users_grow_tenfold() {
        assert_eq!(said(Some(3)).standing(Some(29), NOW), Standing::Holds);
        assert_eq!(said(Some(3)).standing(Some(30), NOW), Standing::Outgrown);
        // Nobody counted when it was said: it is measured against one user.
        assert_eq!(said(None).standing(Some(9), NOW), Standing::Holds);
        assert_eq!(said(None).standing(Some(10), NOW), Standing::Outgrown);
        // Users that nobody counts do not end it.
        assert_eq!(said(Some(3)).standing(None, NOW), Standing::Holds);
    }

    #[test]
    fn a_label_without_reason_or_users_still_opens() {
        let stored = r#"{"priority":"low","by":"alice","at":1780000000000,"until":1782592000000}"#;
        assert!(serde_json::from_str::<Label>(stored).is_ok_and(|label| label.users == 0 && label.reason.is_none()));
    }
}
