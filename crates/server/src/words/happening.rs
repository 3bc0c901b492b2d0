//! What happened, one sentence for each kind of event.

use std::fmt::Write as _;

use domain::attention::{BundleKind, OpenBundle};
use domain::decision::Entry;
use domain::event::{Actor, Event, PageReason};
use domain::id::Name;
use domain::policy::{OnlyIf, PolicyHash};
use domain::priority::Priority;
use domain::release::FixedIn;
use domain::time::Timestamp;

use super::{listed, number, progress_words, resolver, signed_span, span};

pub(super) fn happening(entry: &Entry) -> String {
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
            format!("Signal {resource}.{action} in {delivery}; {} so far", number(*events, "event"))
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
            because(&mut text, reason.as_ref());
            text
        }
        Event::LabelEnded { said, by, because } => {
            format!("What {by} said ({said}) holds no longer: {because}; triage decides again")
        }
        Event::Fell { from, to } => format!("Fell from {from} to {to} by a person's word; the lower ladder starts"),
        Event::Rose { from, to, priority } => {
            format!("Rose from {from} to {to}: priority {priority}; the higher ladder starts")
        }
        Event::EscalationStarted { escalation, ordinal, level, starts_at, by_rise, response_due_at } => {
            let cause = if *by_rise { ", because of the rise" } else { "" };
            let mut text = format!(
                "Escalation {escalation} (number {ordinal}) armed at level {level}{cause}; rung 0 is due at {starts_at}"
            );
            if let Some(due) = response_due_at {
                let _ = write!(text, ", an answer by {due}");
            }
            text
        }
        Event::RungRan { rung, due, next } => match next {
            Some(next) => format!("Rung {rung} ran, due at {due}; the next is due at {next}"),
            None => format!("Rung {rung} ran, due at {due}; it was the last"),
        },
        Event::RungSkipped { rung, condition, next } => {
            let condition = match condition {
                OnlyIf::Rising => "no more events an hour than when the rung before it ran",
                OnlyIf::Delivered => "no page of an earlier rung was delivered",
            };
            match next {
                Some(next) => format!("Rung {rung} tells nobody: {condition}; the next is due at {next}"),
                None => format!("Rung {rung} tells nobody: {condition}; it was the last"),
            }
        }
        Event::RungReachedNobody { rung } => {
            format!("Rung {rung} reached nobody; the next that reaches somebody is told now")
        }
        Event::Paged { contact, channels, rung, repetition, reason, next, bundle } => {
            let mut text = paged(contact, channels, *rung, *repetition, *reason, *next);
            if let Some(bundle) = bundle {
                bundled(&mut text, bundle);
            }
            text
        }
        Event::Demoted { contact, until } => {
            format!("{contact}'s noise budget is used up: what is not urgent waits for the digest of {until}")
        }
        Event::LimitReached { pages } => format!(
            "The limit of pages was reached after {}: nothing repeats any more, and the fallback is told",
            number(u64::from(*pages), "page")
        ),
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
        Event::Acknowledged { by, until, reason } => {
            let mut text = match until {
                Some(until) => format!("Acknowledged by {by}; pages are held until {until}"),
                None => format!("Acknowledged by {by}; pages are held"),
            };
            because(&mut text, reason.as_ref());
            text
        }
        Event::AcknowledgedInPart { by, have, of, reason } => {
            let mut text = format!("Acknowledged by {by}: {have} of the {of} who must; the others are still paged");
            because(&mut text, reason.as_ref());
            text
        }
        Event::Grew { users, rate } => {
            let rate = number(*rate, "event");
            match users {
                0 => format!("Grew tenfold since it was acknowledged: {rate} an hour; its owner is told"),
                users => format!(
                    "Grew tenfold since it was acknowledged: {}, {rate} an hour; its owner is told",
                    number(*users, "user")
                ),
            }
        }
        Event::Snoozed { by, until, reason } => {
            let mut text = format!("Snoozed by {by}; pages are held, and it comes back {until}");
            because(&mut text, reason.as_ref());
            text
        }
        Event::SnoozeEnded { held, because } => {
            format!("The snooze ended after {}: {because}; the ladder goes on from where it stood", span(*held))
        }
        Event::Silenced { silence, since, until } => {
            format!("Silence {silence} holds the ladder from {since} until {until}")
        }
        Event::SilenceLifted { silence } => {
            format!("A signal does not match silence {silence}: it holds this opening no more")
        }
        Event::SilenceEnded { silence, held } => {
            format!(
                "Silence {silence} ended and none holds the ladder any more; its clock stood still for {}",
                span(*held)
            )
        }
        Event::InMaintenance { silence, until } => {
            format!("It belongs to the maintenance window {silence}, which ends at {until}")
        }
        Event::LeftMaintenance { to, priority } => {
            format!("It outlived the maintenance window: level {to}, priority {priority}, and its ladder starts")
        }
        Event::FixAnnounced { hold_until } => match hold_until {
            Some(until) => format!("Sentry says that a fix is on its way; it may hold the ladder until {until}"),
            None => "Sentry says that a fix is on its way; it holds nothing".to_owned(),
        },
        Event::FixHoldEnded { because } => format!("The announced fix no longer holds the ladder: {because}"),
        Event::Rebased { from, to, next, reason } => {
            let (from, to) = (short(from), short(to));
            let mut text = match next {
                Some(next) => format!("Moved from policy {from} to {to}; the next rung is due at {next}"),
                None => format!("Moved from policy {from} to {to}; no rung is left"),
            };
            because(&mut text, reason.as_ref());
            text
        }
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
            because(&mut text, reason.as_ref());
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
        Event::Undone { escalation, ordinal, held, reason } => {
            let who = match &entry.actor {
                Actor::Person(person) => format!("by {person}"),
                Actor::Sentry | Actor::Watchfire | Actor::Agent(_) => "in Sentry".to_owned(),
            };
            let mut text = format!(
                "The resolve was undone {who} after {}; escalation {escalation} (number {ordinal}) goes on from where it stood",
                span(*held)
            );
            because(&mut text, reason.as_ref());
            text
        }
        Event::IssueClosed { issue } => format!("Sentry closed issue {issue}; others are still open"),
        Event::StaleResolve { issue } => format!(
            "A resolve of {} came that is older than a signal of this opening: it changes nothing",
            issue.as_ref().map_or_else(|| "the alert".to_owned(), |issue| format!("issue {issue}"))
        ),
        Event::Reopened { level, priority, raised, reason } => {
            let by = match &entry.actor {
                Actor::Person(person) => format!(" by {person}"),
                Actor::Sentry | Actor::Watchfire | Actor::Agent(_) => String::new(),
            };
            let cause = if *raised { ", raised, because what was believed fixed came back" } else { "" };
            let mut text = format!("Reopened{by} at level {level}, priority {priority}{cause}");
            because(&mut text, reason.as_ref());
            text
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
        PageReason::SnoozeEnded => ": the snooze ended",
        PageReason::SilenceEnded => ": the silence ended",
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

/// With what else it leaves (semantics L12).
fn bundled(text: &mut String, OpenBundle { id, kind, due }: &OpenBundle) {
    let within = match kind {
        BundleKind::Critical | BundleKind::Storm => "it goes with others as one message",
        BundleKind::Digest => "it waits for the digest",
        BundleKind::Summary => "it goes into the window's summary",
        BundleKind::Silence => "it goes with what else the silence hid",
    };
    let _ = write!(text, "; {within} ({id}) at {due}");
}

/// A person's reason ends the sentence.
fn because(text: &mut String, reason: Option<&String>) {
    if let Some(reason) = reason {
        let _ = write!(text, ": {reason}");
    }
}

/// As much of a hash as names a policy among those of one installation.
fn short(policy: &PolicyHash) -> String {
    policy.0.chars().take(8).collect()
}
