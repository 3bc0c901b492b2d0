//! An incident: the signals of one identity, with a state. What a state needs lives in its variant.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::Actor;
use crate::id::{IncidentId, Name, SilenceId};
use crate::label::{HOLDS, Label};
use crate::policy::{Level, PolicyHash};
use crate::priority::{Priority, Triage};
use crate::time::Timestamp;

mod counts;
mod escalation;
mod fixing;
mod state;
mod subject;

pub use counts::{Counts, Pace};
pub use escalation::{Escalation, PageState, Tally, Told};
pub use fixing::{AnnouncedFix, Fixing, Progress};
pub use state::{Grown, Silenced, State, Stood, Until, Window};
pub use subject::{JoinedIssue, Merged, Subject};

/// One incident, whole: loaded, decided upon and saved as one value. What is not there is not written: that is a sixth of its
/// bytes in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Incident {
    /// Its name.
    pub id: IncidentId,
    /// Which opening this is, from 1; a reopening adds one (semantics L9).
    pub opening: u32,
    /// The revision of the ladder: +1 when state, level, rung or opening changes, never with a signal (semantics L9). Carried by tasks.
    pub plan: u32,
    /// Where it stands.
    pub state: State,
    /// How it is escalated.
    pub level: Level,
    /// What triage, or a person, says of it now.
    pub priority: Priority,
    /// What a person said of it: while it stands, triage does not change the priority (semantics A8).
    #[serde(
        default,
        alias = "priority_by_person",
        deserialize_with = "label_or_flag",
        skip_serializing_if = "Option::is_none"
    )]
    pub label: Option<Label>,
    /// What it is about.
    pub subject: Subject,
    /// The Sentry issues that joined it, with whether Sentry holds them open.
    pub issues: Vec<JoinedIssue>,
    /// Set for an incident opened by hand: the name somebody else has for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Opened by `test-webhook` or a drill (semantics S2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
    /// When this opening began.
    pub opened_at: Timestamp,
    /// When the last signal was received.
    pub last_signal_at: Timestamp,
    /// The latest time that a signal itself named.
    pub last_seen_at: Timestamp,
    /// From when quiet is counted: the last signal, moved by every stop of ours (semantics R2).
    pub quiet_since: Timestamp,
    /// What was counted.
    pub counts: Counts,
    /// The last answer of triage.
    pub triage: Triage,
    /// The policy that it started with (semantics L15).
    pub policy: PolicyHash,
    /// How many escalations it has had.
    pub escalations: u32,
    /// How often those who were paged were told something new.
    pub news: u32,
    /// The escalation that runs, or the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalation: Option<Escalation>,
    /// When each endpoint (notifier) was last paged for this incident: across rungs, restarts and reopenings (semantics L4).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoints: BTreeMap<Name, Timestamp>,
    /// The last run of an agent, beside the state (semantics F1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixing: Option<Fixing>,
    /// A regression already raised it once (semantics R3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub regression_raised: bool,
    /// Who acknowledged this opening last, even when the acknowledgement ran out since (semantics R2, A3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Actor>,
    /// A person answered for it at the level that it has: no rise and no reopening came since (semantics R2). What an older version stored counts as
    /// unanswered, so that nothing urgent ends by quiet which nobody took.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
    /// The named ladder that the running escalation climbs; `None` for its level's own. Taken from triage when an escalation starts, and kept
    /// until the next one starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Name>,
    /// The silence that holds its ladder, beside the state (semantics A6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced: Option<Silenced>,
    /// Silences that every signal of this opening has matched so far.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub matched: BTreeSet<SilenceId>,
    /// Silences that do not hold this opening: a signal of it did not match (semantics A6).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lifted: BTreeSet<SilenceId>,
    /// The maintenance window that this opening began in, until it is told or leaves it (semantics A7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Somebody in Sentry says that a fix is on its way: with a commit, or the next release (semantics A4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<AnnouncedFix>,
}

impl Serialize for Incident {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Incident {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut incident = Self::deserialize(deserializer)?;
        // Before labels only a flag was kept: it stands for the priority kept with it, for a label's time from the opening on.
        if let Some(label) = incident.label.as_mut().filter(|label| label.by.is_empty()) {
            *label = Label {
                priority: incident.priority,
                by: "a person".to_owned(),
                at: incident.opened_at,
                until: incident.opened_at + HOLDS,
                reason: None,
                users: incident.counts.users.unwrap_or(0),
            };
        }
        Ok(incident)
    }
}

/// A label, or the flag `priority_by_person` of the time before labels, as a label by nobody.
fn label_or_flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Label>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Flag(bool),
        Label(Label),
    }
    Ok(match Option::<Stored>::deserialize(deserializer)? {
        None | Some(Stored::Flag(false)) => None,
        Some(Stored::Flag(true)) => Some(Label::said(Priority::Ignore, "", None, None, Timestamp::EPOCH)),
        Some(Stored::Label(label)) => Some(label),
    })
}

impl Incident {
    /// One that begins: nobody was told yet, and nothing was counted.
    #[must_use]
    pub const fn begun(
        id: IncidentId,
        level: Level,
        subject: Subject,
        triage: Triage,
        policy: PolicyHash,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            opening: 1,
            plan: 1,
            state: State::Open,
            level,
            priority: triage.priority,
            label: None,
            subject,
            issues: Vec::new(),
            external_id: None,
            synthetic: false,
            opened_at: at,
            last_signal_at: at,
            last_seen_at: at,
            quiet_since: at,
            counts: Counts {
                signals: 0,
                events: 0,
                users: None,
                recent_events: Vec::new(),
                total: None,
                pace: Pace { hour: 0, events: 0, before: 0 },
            },
            triage,
            policy,
            escalations: 0,
            news: 0,
            escalation: None,
            endpoints: BTreeMap::new(),
            fixing: None,
            regression_raised: false,
            owner: None,
            answered: false,
            route: None,
            silenced: None,
            matched: BTreeSet::new(),
            lifted: BTreeSet::new(),
            window: None,
            fix: None,
        }
    }

    /// Whether a person's word about its priority stands above triage's (semantics A8).
    #[must_use]
    pub const fn is_labelled(&self) -> bool {
        self.label.is_some()
    }

    /// The live escalation: an incident has at most one.
    #[must_use]
    pub fn live_escalation(&self) -> Option<&Escalation> {
        self.escalation.as_ref().filter(|_| self.state.is_live())
    }

    /// What each contact was told in its escalation.
    pub fn told(&self) -> impl Iterator<Item = &Told> {
        self.escalation.iter().flat_map(|escalation| escalation.told.values())
    }

    /// Until when a fix on its way holds the ladder: an agent's run, or one that was announced in Sentry (semantics F2, A4).
    #[must_use]
    pub fn held_until(&self) -> Option<Timestamp> {
        let run = self.fixing.as_ref().and_then(|fixing| fixing.hold_until);
        let announced = self.fix.as_ref().and_then(|fix| fix.hold_until);
        run.max(announced)
    }

    /// From when the ladder's clock has stood still, if a person's answer or a silence holds it (semantics A3, A6).
    #[must_use]
    pub fn stands_since(&self) -> Option<Timestamp> {
        let silenced = self.silenced.as_ref().map(|silenced| silenced.since);
        self.state.answered_since().into_iter().chain(silenced).min()
    }

    /// When people hear of it next if nobody does anything: the earlier of the next rung and the next page; while an answer, a silence or a
    /// fix holds the ladder, not before that ends (semantics A3, A5, A6, F2).
    #[must_use]
    pub fn next_step_at(&self) -> Option<Timestamp> {
        let escalation = self.live_escalation()?;
        let silence = self.silenced.as_ref().map(|silenced| silenced.until);
        // Of two that hold it the later end counts.
        match &self.state {
            State::Acknowledged { until, .. } => return until.map(|until| silence.map_or(until, |end| end.max(until))),
            State::Snoozed { until, .. } => return until.at.map(|until| silence.map_or(until, |end| end.max(until))),
            _ if silence.is_some() => return silence,
            State::Open | State::Escalating | State::Exhausted { .. } | State::Resolved { .. } => {}
        }
        let pages = escalation.told.values().filter_map(|told| told.next_at);
        let next = pages.chain(escalation.next_rung_at).min()?;
        Some(self.held_until().map_or(next, |until| until.max(next)))
    }

    /// Whether an agent works on it, or says that a fix is on its way: from the moment at which the vendor took the run.
    #[must_use]
    pub fn is_fixing(&self) -> bool {
        let at_work =
            |fixing: &Fixing| !matches!(fixing.progress, Progress::Starting | Progress::Failed | Progress::Unknown);
        self.state.is_live() && (self.fix.is_some() || self.fixing.as_ref().is_some_and(at_work))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::id::EscalationId;

    fn stored(field: &str, value: serde_json::Value) -> Incident {
        let mut incident = json!({
            "id": IncidentId::from_bits(1), "opening": 1, "plan": 1, "state": { "state": "open" }, "level": "high",
            "priority": "high", "subject": { "source": "acme", "title": "it broke", "fingerprint": "v1-0" }, "issues": [],
            "opened_at": 1_780_000_000_000_u64, "last_signal_at": 0, "last_seen_at": 0, "quiet_since": 0,
            "counts": { "signals": 1, "events": 3, "users": 2 },
            "triage": { "fingerprint": "v1-0", "priority": "low", "score": 20, "factors": [] },
            "policy": "0".repeat(64), "escalations": 0, "news": 0,
        });
        incident[field] = value;
        serde_json::from_value(incident).unwrap()
    }

    #[test]
    fn an_incident_from_before_labels_keeps_a_persons_word() {
        assert!(!stored("priority_by_person", json!(false)).is_labelled());
        let incident = stored("priority_by_person", json!(true));
        let label = incident.label.clone().unwrap();
        assert_eq!((label.priority, label.users, label.until), (Priority::High, 2, incident.opened_at + HOLDS));
        let again: Incident = serde_json::from_str(&serde_json::to_string(&incident).unwrap()).unwrap();
        assert_eq!(again, incident);
    }

    fn at(minutes: u64) -> Timestamp {
        // The beginning of an hour.
        Timestamp::from_millis(495_000 * 3_600_000) + Duration::from_secs(minutes * 60)
    }

    #[test]
    fn the_rate_is_that_of_the_last_sixty_minutes_as_if_an_hour_were_even() {
        let mut pace = Pace::default();
        pace.take_in(100, at(10));
        pace.take_in(20, at(50));
        assert_eq!((pace.rate(at(50)), pace.rate(at(59))), (120, 120));
        assert_eq!([60, 75, 90, 119, 120].map(|minute| pace.rate(at(minute))), [120, 90, 60, 2, 0]);
        pace.take_in(8, at(90));
        assert_eq!([90, 105, 120, 150].map(|minute| pace.rate(at(minute))), [68, 38, 8, 4]);
        pace.take_in(1, at(185));
        assert_eq!(pace.rate(at(185)), 1, "an hour without any lies between");
        pace.take_in(1, at(60));
        assert_eq!(pace.rate(at(60)), 1, "a clock that was set back begins anew");
    }

    #[test]
    fn what_was_not_counted_is_not_written_and_what_was_is() {
        let written = |pace: Pace| serde_json::to_string(&Counts { pace, ..Counts::default() }).unwrap();
        assert!(!written(Pace::default()).contains("pace"));
        assert!(written(Pace { hour: 3, events: 1, before: 0 }).contains("pace"));
        let mut escalation = json!({
            "id": EscalationId::from_bits(1), "ordinal": 1, "level": "high", "starts_at": 0, "next_rung": 0, "attempts": 0,
        });
        let read = |value: &serde_json::Value| serde_json::from_value::<Escalation>(value.clone()).unwrap();
        let bare = serde_json::to_value(read(&escalation)).unwrap();
        assert_eq!(bare, escalation, "nothing more than that");
        for (field, value) in [
            ("acks", json!(2)),
            ("last_rise", json!(1)),
            ("tally", json!({ "steps": 1, "steps_on_time": 0, "delivered": 0, "failed": 0, "interruptions": 0 })),
        ] {
            escalation[field] = value;
        }
        assert_eq!(serde_json::to_value(read(&escalation)).unwrap(), escalation);
    }

    #[test]
    fn a_label_is_kept_with_its_incident() {
        let label = Label::said(Priority::Low, "alice", Some("known"), Some(3), Timestamp::from_millis(7));
        let incident = stored("label", serde_json::to_value(&label).unwrap());
        assert_eq!(incident.label, Some(label));
        assert!(!serde_json::to_string(&stored("news", json!(0))).unwrap().contains("label"));
    }
}
