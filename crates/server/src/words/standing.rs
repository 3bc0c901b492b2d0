//! Where an incident stands, what holds it, and what comes next.

use domain::event::Actor;
use domain::incident::{AnnouncedFix, Escalation, Fixing, Incident, State};
use domain::time::Timestamp;

use super::{number, progress_words, resolver};

/// Where an incident stands and what happens next if nobody does anything: one sentence each.
#[must_use]
pub fn standing(incident: &Incident, now: Timestamp) -> Vec<String> {
    let mut lines = vec![state(incident)];
    if !incident.state.is_live() {
        return lines;
    }
    if let Some(window) = &incident.window {
        lines.push(format!("It belongs to the maintenance window {}, which ends at {}.", window.silence, window.until));
    }
    if let Some(silenced) = &incident.silenced {
        lines.push(format!("Silence {} holds the ladder until {}.", silenced.silence, silenced.until));
    }
    if let Some(escalation) = incident.live_escalation() {
        answers(&mut lines, incident, escalation, now);
        if incident.state.is_pageable() && incident.silenced.is_none() {
            steps(&mut lines, incident, escalation);
        }
    }
    if let Some(fixing) = &incident.fixing {
        lines.push(fixing_words(fixing));
    }
    lines.extend(incident.fix.as_ref().map(announced));
    lines
}

/// Its state alone.
pub(crate) fn state(incident: &Incident) -> String {
    match &incident.state {
        State::Open => "Open: the initial delay is not over, and nobody was told yet.".to_owned(),
        State::Escalating => format!("Escalating at level {}.", incident.level),
        State::Acknowledged { by, until: Some(until), .. } => {
            format!("Acknowledged by {by}; pages are held until {until}.")
        }
        State::Acknowledged { by, until: None, .. } => format!("Acknowledged by {by}; pages are held."),
        State::Snoozed { by, until, .. } => format!("Snoozed by {by}; pages are held, and it comes back {until}."),
        State::Exhausted { since } => format!("Exhausted since {since}: everybody was told and nobody answered."),
        State::Resolved { at, by, .. } => format!("Resolved at {at} by {}.", resolver(by)),
    }
}

/// Who took it and who still must, until when an answer is due.
fn answers(lines: &mut Vec<String>, incident: &Incident, escalation: &Escalation, now: Timestamp) {
    if escalation.acks > 1 && incident.state.is_pageable() {
        let people: Vec<&str> = escalation.acknowledged_by.iter().map(String::as_str).collect();
        let taken = if people.is_empty() { "nobody has yet".to_owned() } else { format!("{} did", people.join(", ")) };
        lines.push(format!("{} people must acknowledge it; {taken}.", escalation.acks));
    }
    if let Some(due) = escalation.response_due_at.filter(|_| is_unanswered(incident)) {
        lines.push(if now > due {
            format!("The response time ended at {due}, and nobody has answered.")
        } else {
            format!("Somebody should answer by {due}.")
        });
    }
}

/// Whether no person has answered in this opening, as far as the incident itself tells.
pub(crate) fn is_unanswered(incident: &Incident) -> bool {
    let owned = incident.owner.as_ref().is_some_and(|owner| matches!(owner, Actor::Person(_)));
    let in_part = incident.escalation.as_ref().is_some_and(|escalation| !escalation.acknowledged_by.is_empty());
    incident.state.is_live() && !owned && !in_part
}

fn steps(lines: &mut Vec<String>, incident: &Incident, escalation: &Escalation) {
    if let Some(due) = escalation.next_rung_at {
        lines.push(format!("Rung {} of the {} ladder is due at {due}.", escalation.next_rung, escalation.level));
    }
    if let (Some(due), State::Escalating) = (escalation.exhausted_at, &incident.state) {
        lines.push(format!("The ladder counts as exhausted at {due}, unless somebody answers."));
    }
    if escalation.limited {
        let pages = number(u64::from(escalation.attempts), "page");
        lines.push(format!("The limit of pages was reached after {pages}: nothing repeats any more."));
    }
    for (contact, told) in &escalation.told {
        if let Some(next) = told.next_at {
            lines.push(format!("{contact} is paged {} at {next}.", if told.pages == 0 { "first" } else { "again" }));
        }
    }
}

fn fixing_words(fixing: &Fixing) -> String {
    let Fixing { run, agent, progress, hold_until, .. } = fixing;
    match hold_until {
        Some(until) => {
            format!("Agent {agent} ({run}): {}; it may hold the ladder until {until}.", progress_words(*progress))
        }
        None => format!("Agent {agent} ({run}): {}; it holds nothing.", progress_words(*progress)),
    }
}

fn announced(fix: &AnnouncedFix) -> String {
    match fix.hold_until {
        Some(until) => format!("Sentry says that a fix is on its way; it may hold the ladder until {until}."),
        None => "Sentry says that a fix is on its way; it holds nothing.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use std::collections::BTreeSet;

    use domain::id::{EscalationId, IncidentId, SilenceId};
    use domain::incident::{Silenced, Until, Window};
    use domain::policy::{Level, PolicyHash};
    use serde_json::json;

    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_795_262_400_000);

    fn hours(number: u64) -> Timestamp {
        AT + std::time::Duration::from_hours(number)
    }

    /// Opened at twelve, told at once, the next rung at one, an answer due at two.
    fn incident() -> Incident {
        let id = IncidentId::from_bits(1);
        let subject = json!({"source": "acme", "title": "it broke", "fingerprint": "v1-0"});
        let triage = json!({"fingerprint": "v1-0", "priority": "high", "score": 70, "factors": []});
        let mut incident = Incident::begun(
            id,
            Level::High,
            serde_json::from_value(subject).unwrap(),
            serde_json::from_value(triage).unwrap(),
            PolicyHash("0".repeat(64)),
            AT,
        );
        incident.escalation = Some(
            serde_json::from_value(json!({
                "id": EscalationId::derive(id, 1), "ordinal": 1, "level": "high", "starts_at": AT, "next_rung": 1,
                "next_rung_at": hours(1), "attempts": 1, "response_due_at": hours(2),
            }))
            .unwrap(),
        );
        incident.state = State::Escalating;
        incident
    }

    #[test]
    fn what_nobody_answered_says_until_when_somebody_should_and_then_that_it_was_missed() {
        let incident = incident();
        assert_eq!(
            standing(&incident, hours(1)),
            [
                "Escalating at level high.",
                "Somebody should answer by 2026-11-21T14:00:00.000Z.",
                "Rung 1 of the high ladder is due at 2026-11-21T13:00:00.000Z.",
            ]
        );
        let late = standing(&incident, hours(3));
        assert_eq!(late[1], "The response time ended at 2026-11-21T14:00:00.000Z, and nobody has answered.");
        let owned = Incident { owner: Some(Actor::Person("ada".into())), ..incident };
        assert!(!standing(&owned, hours(3)).iter().any(|line| line.contains("answer")));
    }

    #[test]
    fn what_is_put_off_says_what_brings_it_back_and_promises_no_rung() {
        let until = Until { at: Some(hours(2)), users: Some(50), ..Until::default() };
        let by = Actor::Person("ada".into());
        let snoozed =
            Incident { state: State::Snoozed { by: by.clone(), since: AT, until }, owner: Some(by), ..incident() };
        assert_eq!(
            standing(&snoozed, AT),
            ["Snoozed by ada; pages are held, and it comes back at 2026-11-21T14:00:00.000Z, or at 50 users."]
        );
    }

    #[test]
    fn a_silence_a_window_and_an_announced_fix_say_until_when_they_hold() {
        let silence = SilenceId::from_bits(7);
        let held = Incident {
            silenced: Some(Silenced { silence, since: AT, until: hours(4) }),
            window: Some(Window { silence, until: hours(5), over: false }),
            fix: Some(AnnouncedFix {
                since: AT,
                issues: std::collections::BTreeSet::new(),
                answers: true,
                hold_until: None,
                held_events: 1,
                held_users: 0,
            }),
            ..incident()
        };
        assert_eq!(
            standing(&held, AT),
            [
                "Escalating at level high.",
                "It belongs to the maintenance window sil-000000000007, which ends at 2026-11-21T17:00:00.000Z.",
                "Silence sil-000000000007 holds the ladder until 2026-11-21T16:00:00.000Z.",
                "Somebody should answer by 2026-11-21T14:00:00.000Z.",
                "Sentry says that a fix is on its way; it holds nothing.",
            ]
        );
    }

    #[test]
    fn several_who_must_and_a_limit_are_told() {
        let mut incident = incident();
        let escalation = incident.escalation.as_mut().unwrap();
        escalation.acks = 2;
        escalation.limited = true;
        let lines = standing(&incident, AT);
        assert!(lines.contains(&"2 people must acknowledge it; nobody has yet.".to_owned()), "{lines:?}");
        assert!(
            lines.contains(&"The limit of pages was reached after 1 page: nothing repeats any more.".to_owned()),
            "{lines:?}"
        );
        incident.escalation.as_mut().unwrap().acknowledged_by = BTreeSet::from(["ada".to_owned()]);
        let lines = standing(&incident, AT);
        assert!(lines.contains(&"2 people must acknowledge it; ada did.".to_owned()), "{lines:?}");
    }
}
