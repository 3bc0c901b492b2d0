//! Every kind of event has its sentence: the whole of them is read in `words.txt`.

use domain::attention::{BundleKind, OpenBundle};
use domain::decision::Entry;
use domain::event::{Actor, Event, PageReason, ResolvedBy};
use domain::id::{BundleId, DeliveryId, EscalationId, IncidentId, Name, RunId, SilenceId};
use domain::incident::{Progress, Until};
use domain::policy::{Level, OnlyIf, PolicyHash};
use domain::priority::Priority;
use domain::release::FixedIn;
use domain::signal::Resource;
use domain::why::{RuleId, Why};

use super::*;
use crate::words::words;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// How many kinds there are; a new one does not compile until it has its place here, and so its sentence below.
const fn kinds(event: &Event) -> usize {
    match event {
        Event::Opened { .. }
        | Event::Signal { .. }
        | Event::IssueJoined { .. }
        | Event::PriorityNoted { .. }
        | Event::Labelled { .. }
        | Event::LabelEnded { .. }
        | Event::Fell { .. }
        | Event::Rose { .. }
        | Event::EscalationStarted { .. }
        | Event::RungRan { .. }
        | Event::RungSkipped { .. }
        | Event::RungReachedNobody { .. }
        | Event::Demoted { .. }
        | Event::LimitReached { .. }
        | Event::AcknowledgedInPart { .. }
        | Event::Grew { .. }
        | Event::Snoozed { .. }
        | Event::SnoozeEnded { .. }
        | Event::Silenced { .. }
        | Event::SilenceLifted { .. }
        | Event::SilenceEnded { .. }
        | Event::InMaintenance { .. }
        | Event::LeftMaintenance { .. }
        | Event::FixAnnounced { .. }
        | Event::FixHoldEnded { .. }
        | Event::Rebased { .. }
        | Event::Paged { .. }
        | Event::PageHeld { .. }
        | Event::PageDelivered { .. }
        | Event::PageFailed { .. }
        | Event::Acknowledged { .. }
        | Event::AcknowledgementEnded { .. }
        | Event::Exhausted { .. }
        | Event::Resolved { .. }
        | Event::IssueClosed { .. }
        | Event::StaleResolve { .. }
        | Event::IssueMoved { .. }
        | Event::Excused { .. }
        | Event::Undone { .. }
        | Event::Reopened { .. }
        | Event::Assigned { .. }
        | Event::Remarked { .. }
        | Event::AgentCalled { .. }
        | Event::AgentProgressed { .. }
        | Event::HoldEnded { .. }
        | Event::Resumed { .. }
        | Event::ClockJumped { .. } => 47,
    }
}

/// An event, the rule behind it (empty: it says it all itself) and the numbers.
type Sample = (Event, &'static str, &'static [(&'static str, i64)]);

fn bob() -> Actor {
    Actor::Person("bob".into())
}

/// Who does it: what has a reason was done by a person.
fn actor(event: &Event) -> Actor {
    match event {
        Event::Undone { reason: Some(_), .. } | Event::Reopened { reason: Some(_), .. } => bob(),
        _ => Actor::Watchfire,
    }
}

fn every_kind() -> Vec<Sample> {
    let (incident, delivery, at) = (IncidentId::from_bits(1), DeliveryId(7), START);
    let escalation = EscalationId::derive(incident, 1);
    let run = RunId::derive(escalation, &name("codegen"));
    let (level, priority) = (Level::High, Priority::High);
    let (contact, channel, channels) = (name("alice"), name("mail"), vec![name("slack"), name("mail")]);
    let paged = |reason, rung, next| Event::Paged {
        contact: contact.clone(),
        channels: channels.clone(),
        rung,
        repetition: 0,
        reason,
        next,
        bundle: None,
    };
    let bundled = |kind: BundleKind| Event::Paged {
        contact: contact.clone(),
        channels: vec![channel.clone()],
        rung: Some(0),
        repetition: 0,
        reason: PageReason::Rung,
        next: None,
        bundle: Some(OpenBundle { id: BundleId::from_bits(5), kind, due: at }),
    };
    let failed = |others_left| Event::PageFailed {
        contact: contact.clone(),
        channel: channel.clone(),
        repetition: 0,
        reason: "answered 410".into(),
        others_left,
    };
    let said = |to, reason| Event::Labelled { from: priority, to, by: "alice".into(), until: at, users: 3, reason };
    let (hour, silence) = (Duration::from_secs(3_600), SilenceId::from_bits(7));
    vec![
        (Event::Opened { level, priority, external_id: None, previous: Some(incident) }, "", &[]),
        (Event::Opened { level, priority, external_id: Some("PAY-17".into()), previous: None }, "", &[]),
        (Event::Signal { delivery, resource: Resource::Issue, action: "created".into(), events: 1 }, "", &[]),
        (Event::IssueJoined { issue: "4711".into() }, "", &[]),
        (Event::PriorityNoted { from: priority, to: Priority::Low }, "", &[]),
        (said(Priority::Low, Some("the shop has a queue".into())), "A8", &[("holds_ms", 2_592_000_000)]),
        (said(priority, None), "A8", &[]),
        (said(Priority::Ignore, None), "A8", &[]),
        (
            Event::LabelEnded { said: Priority::Low, by: "alice".into(), because: "its time is over".into() },
            "A8",
            &[("users_then", 3), ("users_now", 4)],
        ),
        (Event::Fell { from: level, to: Level::Low }, "L6", &[]),
        (Event::Rose { from: Level::Medium, to: level, priority }, "L6", &[]),
        (
            Event::EscalationStarted {
                escalation,
                ordinal: 2,
                level,
                starts_at: at,
                by_rise: true,
                response_due_at: None,
            },
            "L6",
            &[("initial_delay_ms", 120_000)],
        ),
        (
            Event::EscalationStarted {
                escalation,
                ordinal: 1,
                level,
                starts_at: at,
                by_rise: false,
                response_due_at: Some(at + hour),
            },
            "L1",
            &[("initial_delay_ms", 0)],
        ),
        (Event::RungRan { rung: 0, due: at, next: Some(at + hour) }, "L2", &[("late_ms", 7)]),
        (Event::RungRan { rung: 1, due: at, next: None }, "L2", &[("late_ms", 0)]),
        (Event::RungSkipped { rung: 1, condition: OnlyIf::Rising, next: Some(at) }, "L2", &[("rate_now", 3)]),
        (Event::RungSkipped { rung: 2, condition: OnlyIf::Delivered, next: None }, "L2", &[]),
        (Event::RungReachedNobody { rung: 0 }, "L7", &[]),
        (paged(PageReason::Rung, Some(0), Some(at + hour)), "L2", &[("cooldown_ms", 300_000)]),
        (paged(PageReason::Repeat, None, Some(at + hour)), "L3", &[("next_ms", 3_600_000)]),
        (paged(PageReason::AcknowledgementEnded, None, None), "A3", &[]),
        (paged(PageReason::SnoozeEnded, None, None), "A5", &[]),
        (paged(PageReason::SilenceEnded, None, None), "A6", &[]),
        (bundled(BundleKind::Storm), "L12", &[]),
        (bundled(BundleKind::Digest), "L16", &[]),
        (bundled(BundleKind::Summary), "A7", &[]),
        (bundled(BundleKind::Silence), "L14", &[]),
        (Event::Demoted { contact: contact.clone(), until: at }, "L16", &[("spent", 7)]),
        (Event::LimitReached { pages: 20 }, "L3", &[]),
        (paged(PageReason::Restart, None, None), "C1", &[]),
        (paged(PageReason::Fallback, None, None), "L14", &[]),
        (paged(PageReason::NobodyElse, Some(0), None), "L7", &[]),
        (
            Event::PageHeld { contact: contact.clone(), channels: channels.clone(), until: at },
            "L4",
            &[("cooldown_ms", 300_000)],
        ),
        (Event::PageDelivered { contact: contact.clone(), channel: channel.clone(), repetition: 1 }, "", &[]),
        (failed(true), "L13", &[("others_left", 1)]),
        (failed(false), "L14", &[("others_left", 0)]),
        (Event::Acknowledged { by: bob(), until: Some(at), reason: None }, "A1", &[]),
        (Event::Acknowledged { by: bob(), until: None, reason: Some("on it".into()) }, "A1", &[]),
        (Event::AcknowledgedInPart { by: "bob".into(), have: 1, of: 2, reason: None }, "A1", &[("have", 1), ("of", 2)]),
        (Event::Grew { users: 30, rate: 120 }, "A2", &[("users_then", 3), ("users_now", 30)]),
        (Event::Grew { users: 0, rate: 120 }, "A2", &[]),
        (
            Event::Snoozed {
                by: bob(),
                until: Until { at: Some(at), users: Some(50), ..Until::default() },
                reason: Some("the fix is being rolled out".into()),
            },
            "A5",
            &[("lasts_ms", 3_600_000)],
        ),
        (Event::SnoozeEnded { held: hour, because: "its time is over".into() }, "A5", &[("held_ms", 3_600_000)]),
        (Event::Silenced { silence, since: at, until: at + hour }, "A6", &[]),
        (Event::SilenceLifted { silence }, "A6", &[]),
        (Event::SilenceEnded { silence, held: hour }, "A6", &[("held_ms", 3_600_000)]),
        (Event::InMaintenance { silence, until: at }, "A7", &[]),
        (Event::LeftMaintenance { to: level, priority }, "A7", &[]),
        (Event::FixAnnounced { hold_until: Some(at) }, "A4", &[]),
        (Event::FixAnnounced { hold_until: None }, "A4", &[]),
        (Event::FixHoldEnded { because: "the impact grew".into() }, "F2", &[]),
        (
            Event::Rebased {
                from: PolicyHash("1a2b3c4d5e6f".into()),
                to: PolicyHash("0a1b2c3d4e5f".into()),
                next: Some(at),
                reason: Some("the ladder was wrong".into()),
            },
            "L15",
            &[("rungs_ran", 1), ("rungs", 3)],
        ),
        (
            Event::Rebased { from: PolicyHash("1a2b".into()), to: PolicyHash("0a1b".into()), next: None, reason: None },
            "L15",
            &[],
        ),
        (Event::AcknowledgementEnded { held: hour }, "A3", &[("held_ms", 3_600_000)]),
        (Event::Exhausted { still_paged: vec![contact.clone()] }, "L5", &[("urgent", 1)]),
        (
            Event::Resolved {
                by: ResolvedBy::Person("bob".into()),
                as_of: at,
                reason: Some("fixed".into()),
                fixed_in: Some(FixedIn::Release("shop@1.2.0".into())),
            },
            "L10",
            &[],
        ),
        (
            Event::Resolved { by: ResolvedBy::Quiet, as_of: at, reason: None, fixed_in: None },
            "R2",
            &[("quiet_ms", 86_400_000)],
        ),
        (Event::IssueMoved { from: "4712".into(), to: "4711".into(), incident }, "I1", &[]),
        (Event::Excused { delivery, release: "shop@1.1.0".into(), fixed_in: "shop@1.2.0".into() }, "R5", &[]),
        (Event::Undone { escalation, ordinal: 2, held: hour, reason: None }, "R4", &[("since_resolved_ms", 3_600_000)]),
        (Event::Undone { escalation, ordinal: 2, held: hour, reason: Some("the wrong one".into()) }, "R4", &[]),
        (Event::IssueClosed { issue: "4711".into() }, "R1", &[("issues_open", 1)]),
        (Event::StaleResolve { issue: None }, "R1", &[("behind_ms", 90_000)]),
        (Event::Reopened { level, priority, raised: true, reason: None }, "R3", &[("since_resolved_ms", 60_000)]),
        (Event::Reopened { level, priority, raised: false, reason: Some("it is back".into()) }, "R3", &[]),
        (Event::Assigned { assignee: Some("carol".into()) }, "", &[]),
        (Event::Remarked { delivery, resource: Resource::Comment, action: "created".into() }, "", &[]),
        (
            Event::AgentCalled { run, agent: name("codegen"), hold_until: Some(at) },
            "F2",
            &[("agent_hold_ms", 1_800_000)],
        ),
        (
            Event::AgentProgressed {
                run,
                progress: Progress::NeedsInput,
                url: Some("https://agent.example/1".into()),
                note: Some("which branch?".into()),
            },
            "",
            &[],
        ),
        (Event::HoldEnded { run, because: "the impact grew".into() }, "F2", &[]),
        (Event::Resumed { away: hour }, "C1", &[]),
        (Event::ClockJumped { by: -3_600_000 }, "C2", &[]),
    ]
}

#[test]
fn every_kind_of_event_has_its_sentence() {
    let all = every_kind();
    let mut seen: Vec<_> = all.iter().map(|(event, ..)| event.as_str()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), kinds(&all[0].0), "a kind has no sentence here: {seen:?}");
    let told: String = all
        .into_iter()
        .map(|(event, rule, numbers)| {
            let why = (!rule.is_empty()).then(|| Why {
                rule: RuleId(rule.into()),
                policy: "1a2b3c4d".into(),
                numbers: numbers.iter().map(|(name, number)| ((*name).into(), *number)).collect(),
            });
            format!("{}: {}\n", event.as_str(), words(&Entry { actor: actor(&event), event, why }))
        })
        .collect();
    assert_eq!(told, include_str!("words.txt"), "now:\n{told}");
}
