//! Response times: until when somebody should have answered, and whether somebody did.

use domain::figures::Resolver;
use domain::response_time::Responded;
use domain::time::Timestamp;
use serde::Serialize;
use store::record::EscalationRow;

use super::When;

/// A response time, and how it stands. What ended by itself before it was due needed nobody, and has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::api) struct ResponseView {
    due_at: When,
    /// `met`, `missed` or `open`.
    state: &'static str,
    /// The first act of a person; `None` while nobody answered.
    answered_at: Option<When>,
}

impl ResponseView {
    /// Of when it is due, the first act of a person, and the end.
    pub(in crate::api) fn of(
        due: Option<Timestamp>,
        acted: Option<Timestamp>,
        ended: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Self> {
        let due = due?;
        let state = match Responded::of(due, acted, ended, now)? {
            Responded::Met => "met",
            Responded::Missed | Responded::Overdue => "missed",
            Responded::Waiting => "open",
        };
        Some(Self { due_at: When(due), state, answered_at: acted.map(When) })
    }

    /// Of an escalation: a resolve by a person is an answer too.
    pub(in crate::api) fn of_row(row: &EscalationRow, now: Timestamp) -> Option<Self> {
        let resolved = row.ended_at.filter(|_| row.resolved_by == Some(Resolver::Person));
        let acted = row.acknowledged_at.into_iter().chain(resolved).min();
        Self::of(row.response_due_at, acted, row.ended_at, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    #[test]
    fn a_response_time_is_met_missed_or_open_and_none_is_needed_for_what_ended_before_it() {
        let state = |acted, ended, now| {
            ResponseView::of(Some(at(15)), acted, ended, now).map(|response| (response.state, response.answered_at))
        };
        assert_eq!(state(None, None, at(15)), Some(("open", None)));
        assert_eq!(state(None, None, at(16)), Some(("missed", None)));
        assert_eq!(state(Some(at(15)), None, at(60)), Some(("met", Some(When(at(15))))));
        assert_eq!(state(Some(at(16)), Some(at(20)), at(60)), Some(("missed", Some(When(at(16))))));
        assert_eq!(state(None, Some(at(20)), at(60)), Some(("missed", None)));
        assert_eq!(state(None, Some(at(15)), at(60)), None);
        assert_eq!(ResponseView::of(None, Some(at(1)), None, at(2)), None);
    }
}
