//! Decisions in words: what stood on a timeline as an event, numbers and a rule becomes a sentence here, on reading. Pure, so that the API,
//! the pages and the command line say the same.
//!
//! Names, reasons and remarks within a sentence were written by people, vendors or whoever made the watched program fail: the sink still
//! has to escape them (JSON in the API, the terminal's escape in the command line).

use std::fmt::Write as _;
use std::time::Duration;

use domain::decision::Entry;
use domain::event::{Event, PageReason, ResolvedBy};
use domain::id::Name;
use domain::incident::{Fixing, Incident, Progress, State};
use domain::priority::Priority;
use domain::release::FixedIn;
use domain::time::Timestamp;
use domain::why::Why;

/// What happened, and by which rule and numbers, in one sentence.
#[must_use]
pub fn words(entry: &Entry) -> String {
    let mut sentence = happening(entry);
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

/// Where an incident stands and what happens next if nobody does anything: one sentence each.
#[must_use]
pub fn standing(incident: &Incident) -> Vec<String> {
    let mut lines = vec![state_words(incident)];
    let pageable = incident.state.is_pageable() || matches!(incident.state, State::Open);
    if let Some(escalation) = incident.live_escalation() {
        if let (Some(due), true) = (escalation.next_rung_at, pageable) {
            lines.push(format!("Rung {} of the {} ladder is due at {due}.", escalation.next_rung, escalation.level));
        }
        if let (Some(due), State::Escalating) = (escalation.exhausted_at, &incident.state) {
            lines.push(format!("The ladder counts as exhausted at {due}, unless somebody answers."));
        }
        if pageable {
            for (contact, told) in &escalation.told {
                if let Some(next) = told.next_at {
                    lines.push(format!(
                        "{contact} is paged {} at {next}.",
                        if told.pages == 0 { "first" } else { "again" }
                    ));
                }
            }
        }
    }
    if let Some(fixing) = incident.fixing.as_ref().filter(|_| incident.state.is_live()) {
        lines.push(fixing_words(fixing));
    }
    lines
}

fn state_words(incident: &Incident) -> String {
    match &incident.state {
        State::Open => "Open: the initial delay is not over, and nobody was told yet.".to_owned(),
        State::Escalating => format!("Escalating at level {}.", incident.level),
        State::Acknowledged { by, until: Some(until), .. } => {
            format!("Acknowledged by {by}; pages are held until {until}.")
        }
        State::Acknowledged { by, until: None, .. } => format!("Acknowledged by {by}; pages are held."),
        State::Exhausted { since } => format!("Exhausted since {since}: everybody was told and nobody answered."),
        State::Resolved { at, by, .. } => format!("Resolved at {at} by {}.", resolver(by)),
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

fn happening(entry: &Entry) -> String {
    match &entry.event {
        Event::Opened { level, priority, external_id, previous } => {
            let mut text = format!("Opened at level {level}, priority {priority}");
            if let Some(external_id) = external_id {
                let _ = write!(text, ", by hand for '{external_id}'");
            }
            if let Some(previous) = previous {
                let _ = write!(text, "; {previous} was the same error, but it ended too long ago to be reopened");
            }
            text
        }
        Event::Signal { delivery, resource, action, events } => {
            format!("Signal {resource}.{action} in {delivery}; {}", counted(*events, "event"))
        }
        Event::IssueJoined { issue } => format!("Sentry issue {issue} joined"),
        Event::IssueMoved { from, to, incident } => format!(
            "Sentry merged issue {from} into {to}: its errors come under {to} now; the other incident is {incident}"
        ),
        Event::PriorityNoted { from, to } => {
            format!("Triage now says {to} instead of {from}; the ladder goes on as it is")
        }
        Event::Labelled { from, to, by, until, users, reason } => {
            let mut text = match to {
                Priority::Ignore => format!("{by} says that it is noise; it was {from}"),
                _ if from == to => format!("{by} says {to}, as it was"),
                _ => format!("{by} says {to} instead of {from}"),
            };
            let _ =
                write!(text, "; that holds until {until}, or until {} users are hit", users.max(&1).saturating_mul(10));
            if let Some(reason) = reason {
                let _ = write!(text, ": {reason}");
            }
            text
        }
        Event::LabelEnded { said, by, because } => {
            format!("What {by} said ({said}) holds no longer: {because}; triage decides again")
        }
        Event::Fell { from, to } => format!("Fell from {from} to {to} by a person's word; the lower ladder starts"),
        Event::Rose { from, to, priority } => {
            format!("Rose from {from} to {to}: priority {priority}; the higher ladder starts")
        }
        Event::EscalationStarted { escalation, ordinal, level, starts_at, by_rise } => {
            let cause = if *by_rise { ", because of the rise" } else { "" };
            format!(
                "Escalation {escalation} (number {ordinal}) armed at level {level}{cause}; rung 0 is due at {starts_at}"
            )
        }
        Event::RungRan { rung, due, next } => match next {
            Some(next) => format!("Rung {rung} ran, due at {due}; the next is due at {next}"),
            None => format!("Rung {rung} ran, due at {due}; it was the last"),
        },
        Event::RungReachedNobody { rung } => {
            format!("Rung {rung} reached nobody; the next that reaches somebody is told now")
        }
        Event::Paged { contact, channels, rung, repetition, reason, next } => {
            paged(contact, channels, *rung, *repetition, *reason, *next)
        }
        Event::PageHeld { contact, until, .. } => {
            format!("{contact} was not paged: the same endpoint was paged within the cooldown; held until {until}")
        }
        Event::PageDelivered { contact, channel, repetition } => {
            format!("Page {} to {contact} was delivered by {channel}", repetition + 1)
        }
        Event::PageFailed { contact, channel, repetition, reason, others_left } => {
            let rest = if *others_left { "other channels still try" } else { "no other channel is left" };
            format!("Page {} to {contact} failed for good on {channel}: {reason}; {rest}", repetition + 1)
        }
        Event::Acknowledged { by, until } => match until {
            Some(until) => format!("Acknowledged by {by}; pages are held until {until}"),
            None => format!("Acknowledged by {by}; pages are held"),
        },
        Event::AcknowledgementEnded { held } => {
            format!("The acknowledgement ended after {}; the ladder goes on from where it stood", span(*held))
        }
        Event::Exhausted { still_paged } => {
            let mut text = "Exhausted: everybody was told and nobody answered".to_owned();
            if !still_paged.is_empty() {
                let _ = write!(text, "; {} is still paged", listed(still_paged));
            }
            text
        }
        Event::Resolved { by, reason, fixed_in, .. } => {
            let mut text = format!("Resolved by {}", resolver(by));
            if let Some(reason) = reason {
                let _ = write!(text, ": {reason}");
            }
            match fixed_in {
                Some(FixedIn::Release(release)) => {
                    let _ = write!(text, "; fixed in release {release}");
                }
                Some(FixedIn::Unnamed) => text.push_str("; fixed in a release that has no name yet"),
                None => {}
            }
            text
        }
        Event::Excused { delivery, release, fixed_in } => {
            format!("Signal in {delivery} from release {release}, older than the fix in {fixed_in}: nothing reopens")
        }
        Event::Undone { escalation, ordinal, held } => format!(
            "The resolve was undone in Sentry after {}; escalation {escalation} (number {ordinal}) goes on from where it stood",
            span(*held)
        ),
        Event::IssueClosed { issue } => format!("Sentry closed issue {issue}; others are still open"),
        Event::StaleResolve { issue } => format!(
            "A resolve of {} came that is older than a signal of this opening: it changes nothing",
            issue.as_ref().map_or_else(|| "the alert".to_owned(), |issue| format!("issue {issue}"))
        ),
        Event::Reopened { level, priority, raised } => {
            let cause = if *raised { ", raised, because what was believed fixed came back" } else { "" };
            format!("Reopened at level {level}, priority {priority}{cause}")
        }
        Event::Assigned { assignee } => match assignee {
            Some(assignee) => format!("Sentry assigned it to {assignee}; that is no acknowledgement"),
            None => "Sentry assigned it; that is no acknowledgement".to_owned(),
        },
        Event::Remarked { delivery, resource, action } => format!("Remark {resource}.{action} in {delivery}"),
        Event::AgentCalled { run, agent, hold_until } => match hold_until {
            Some(until) => format!("Agent {agent} called ({run}); it may hold the ladder until {until}"),
            None => format!("Agent {agent} called ({run}); it holds nothing"),
        },
        Event::AgentProgressed { run, progress, url, note } => {
            let mut text = format!("Agent's {run}: {}", progress_words(*progress));
            for more in [url, note].into_iter().flatten() {
                let _ = write!(text, "; {more}");
            }
            text
        }
        Event::HoldEnded { run, because } => format!("{run} no longer holds the ladder: {because}"),
        Event::Resumed { away } => format!("Watchfire came back after {}; who was told is told once more", span(*away)),
        Event::ClockJumped { by } => {
            format!("The wall clock jumped by {}; what is due moved with it", signed_span(*by))
        }
    }
}

fn paged(
    contact: &Name,
    channels: &[Name],
    rung: Option<usize>,
    repetition: u32,
    reason: PageReason,
    next: Option<Timestamp>,
) -> String {
    let mut text = format!("Page {} to {contact}", repetition + 1);
    // A notifier as its own contact has its name twice.
    if channels != [contact.clone()] {
        let _ = write!(text, " over {}", listed(channels));
    }
    text.push_str(match reason {
        PageReason::Rung => ": the rung came due",
        PageReason::Repeat => ": nobody answered the last",
        PageReason::AcknowledgementEnded => ": the acknowledgement ended",
        PageReason::Restart => ": Watchfire was away",
        PageReason::Fallback => ": the fallback is told of what came to nothing",
        PageReason::NobodyElse => ": no rung reaches anybody",
    });
    if let Some(rung) = rung {
        let _ = write!(text, " (rung {rung})");
    }
    match next {
        Some(next) => {
            let _ = write!(text, "; again at {next}");
        }
        None => text.push_str("; it does not repeat"),
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

fn resolver(by: &ResolvedBy) -> &str {
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

fn counted(number: u64, of: &str) -> String {
    if number == 1 { format!("1 {of} so far") } else { format!("{number} {of}s so far") }
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

    use domain::event::Actor;
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
