//! The six questions, each answered with a score and its evidence, or with what was missing.

use std::time::Duration;

use crate::incident::{Incident, State};
use crate::policy::TriagePolicy;
use crate::priority::FactorName;
use crate::signal::{Fact, Hint, Lifecycle, Severity, Signal};
use crate::time::Timestamp;

/// A score with its evidence; no score when the data were missing.
type Answer = (Option<u8>, String);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

pub(super) fn answer(
    name: FactorName,
    signal: &Signal,
    history: Option<&Incident>,
    policy: &TriagePolicy,
    now: Timestamp,
) -> Answer {
    match name {
        FactorName::Severity => severity_factor(signal, history),
        FactorName::Environment => environment_factor(signal, history, policy),
        FactorName::Impact => impact(signal, history),
        FactorName::Velocity => velocity(signal, history, now),
        FactorName::Novelty => novelty(signal, history, now),
        FactorName::Criticality => criticality(signal, policy),
    }
}

/// The level that the signal names, else the one known from before: not every resource carries it.
pub(super) fn severity(signal: &Signal, history: Option<&Incident>) -> Option<Severity> {
    signal.severity.or_else(|| history.and_then(|incident| incident.subject.severity))
}

/// The environment that the signal names, else the one known from before: issue hooks carry none.
pub(super) fn environment<'a>(signal: &'a Signal, history: Option<&'a Incident>) -> Option<&'a str> {
    signal
        .environment
        .as_deref()
        .or_else(|| history.and_then(|incident| incident.subject.environment.as_deref()))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// Outside text within evidence: short, on one line.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let mut shown: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

fn severity_factor(signal: &Signal, history: Option<&Incident>) -> Answer {
    let unhandled = signal.unhandled.or_else(|| signal.exception().and_then(|exception| exception.unhandled));
    let Some(level) = severity(signal, history) else {
        // Sentry's own priority is made from the level, so it stands in for it.
        return match signal.hint {
            Some(Hint::High) => (Some(60), "no level; Sentry's priority is high".to_owned()),
            Some(Hint::Medium) => (Some(45), "no level; Sentry's priority is medium".to_owned()),
            Some(Hint::Low) => (Some(20), "no level; Sentry's priority is low".to_owned()),
            None => (None, "neither a level nor a priority of Sentry's was told".to_owned()),
        };
    };
    let mut evidence = format!("level {}", level.as_str());
    let base: i16 = match (level, unhandled) {
        (Severity::Fatal, _) => 100,
        (Severity::Error, Some(true)) => 70,
        (Severity::Error, Some(false)) => 50,
        (Severity::Error, None) => 55,
        (Severity::Warning, Some(true)) => 40,
        (Severity::Warning, _) => 35,
        (Severity::Info, _) => 15,
        (Severity::Debug, _) => 5,
    };
    match unhandled {
        Some(true) => evidence.push_str(", unhandled"),
        Some(false) => evidence.push_str(", handled"),
        None => {}
    }
    // A monitor of Sentry's found the service or a job away: more than an error inside it.
    let outage = signal.category.as_deref().is_some_and(|category| category.eq_ignore_ascii_case("outage"));
    let base = if outage && level >= Severity::Error {
        evidence.push_str(", an outage");
        base.max(85)
    } else {
        base
    };
    // Without its model Sentry calls every error high, so high says nothing about an error; lower was said by its model or by a person.
    let hint = match (signal.hint, level) {
        (Some(Hint::Low), _) => -10,
        (Some(Hint::Medium), Severity::Error) => -5,
        (Some(Hint::High), Severity::Warning | Severity::Info | Severity::Debug) => 5,
        _ => 0,
    };
    if let (true, Some(told)) = (hint != 0, signal.hint) {
        let word = match told {
            Hint::Low => "low",
            Hint::Medium => "medium",
            Hint::High => "high",
        };
        evidence.push_str(&format!(", Sentry's priority {word} ({hint:+})"));
    }
    let told = signal.severity_score.filter(|score| (0.0..=1.0).contains(score));
    let model = match told {
        Some(score) if score < 0.1 => -10,
        Some(score) if score >= 0.9 => 5,
        _ => 0,
    };
    if let (true, Some(score)) = (model != 0, told) {
        evidence.push_str(&format!(", Sentry's severity {score:.2} ({model:+})"));
    }
    // The priority is made from the severity: what both say counts once.
    let shift = if hint < 0 || model < 0 { hint.min(model) } else { hint.max(model) };
    // What was fatal stays it, whatever a model thinks.
    let shift = if level == Severity::Fatal { 0 } else { shift };
    (Some(score(base + shift)), evidence)
}

fn environment_factor(signal: &Signal, history: Option<&Incident>, policy: &TriagePolicy) -> Answer {
    match environment(signal, history) {
        Some(name) => {
            let earlier = if signal.environment.is_none() { ", from an earlier signal" } else { "" };
            (Some(policy.environment_score(name)), format!("environment {}{earlier}", shown(name)))
        }
        None => (None, "the environment was not told".to_owned()),
    }
}

/// Below this a count of our own says nothing: it is a floor, and the first events of any error are few.
const OWN_COUNT_SPEAKS: u64 = 10;

fn impact(signal: &Signal, history: Option<&Incident>) -> Answer {
    let counts = history.map(|incident| &incident.counts);
    // No user told is not the same as no user hurt: servers often do not know their users.
    let users = signal.users.max(counts.and_then(|counts| counts.users)).filter(|users| *users > 0);
    let told = signal.events.filter(|events| *events > 0);
    let own = counts.map(|counts| counts.events).filter(|events| users.is_some() || *events >= OWN_COUNT_SPEAKS);
    let events = told.max(own);
    let by_users = users.map(|users| along(users, &[(1, 25), (10, 45), (100, 70), (1_000, 95), (10_000, 100)]));
    let by_events = events.map(|events| {
        along(events, &[(1, 25), (10, 30), (100, 45), (1_000, 60), (10_000, 75), (100_000, 90), (1_000_000, 100)])
    });
    let evidence = match (users, events) {
        (Some(users), Some(events)) => format!("{}, {}", many(users, "user"), many(events, "event")),
        (Some(users), None) => many(users, "user"),
        (None, Some(events)) => format!("{}; users were not told", many(events, "event")),
        (None, None) => "neither users nor events were told".to_owned(),
    };
    (by_users.max(by_events), evidence)
}

/// Shorter than this a stretch of time gives no rate.
const SHORTEST_STRETCH: Duration = Duration::from_mins(5);

/// So many events are a rate even when the error is new.
const BURST: u64 = 50;

fn velocity(signal: &Signal, history: Option<&Incident>, now: Timestamp) -> Answer {
    if is_escalating(signal) {
        return (Some(90), "Sentry says that it escalates".to_owned());
    }
    let first = first_seen(signal, history);
    // Users are told with Sentry's own total only: then the two totals count the same thing.
    let totals = history.filter(|incident| incident.counts.users.is_some());
    if let (Some(incident), Some(first), Some(total)) = (totals, first, signal.events) {
        let before = incident.last_signal_at.since(first);
        let recent = now.since(incident.last_signal_at);
        let known = incident.counts.events;
        if before >= HOUR && recent >= SHORTEST_STRETCH && known > 0 && total > known {
            let usual = hourly(known, before);
            let lately = hourly(total - known, recent);
            // In hundredths of the usual rate.
            let growth = lately.saturating_mul(100) / usual.max(1);
            let score =
                along(growth, &[(1, 10), (50, 15), (100, 25), (200, 50), (500, 70), (1_000, 90), (10_000, 100)]);
            let evidence = format!("{} events an hour lately, {} before", tenths(lately), tenths(usual));
            return (Some(score), evidence);
        }
    }
    let events = signal.events.max(history.map(|incident| incident.counts.events));
    let (Some(first), Some(events)) = (first, events) else {
        return (None, "no rate: when it was first seen, or how often, was not told".to_owned());
    };
    let age = now.since(first);
    if age < HOUR && events < BURST {
        return (None, format!("{} in {}: too little for a rate", many(events, "event"), span(age)));
    }
    // A minute at least: a burst that took a second would have any rate.
    let rate = hourly(events, age.max(Duration::from_mins(1)));
    let score = along(rate, &[(10, 25), (100, 35), (1_000, 50), (10_000, 70), (100_000, 90)]);
    (Some(score), format!("{} events an hour over {}", tenths(rate), span(age)))
}

fn novelty(signal: &Signal, history: Option<&Incident>, now: Timestamp) -> Answer {
    let came_back = signal.substatus.as_deref() == Some("regressed")
        || (!is_escalating(signal)
            && matches!(signal.fact, Fact::Lifecycle(Lifecycle::Unresolved { came_back: true })));
    if came_back {
        return (Some(90), "Sentry says that it came back after a resolve".to_owned());
    }
    if let Some(Incident { state: State::Resolved { at, .. }, .. }) = history {
        return (Some(85), format!("resolved here {} ago", span(now.since(*at))));
    }
    if let Some(first) = signal.first_seen {
        let age = now.since(first);
        return (Some(by_age(age)), format!("first seen {} ago", span(age)));
    }
    match (signal.substatus.as_deref(), history) {
        (Some("new"), _) => (Some(70), "Sentry calls it new".to_owned()),
        (Some("ongoing"), _) => (Some(20), "Sentry calls it ongoing".to_owned()),
        (_, Some(incident)) => {
            let age = now.since(incident.opened_at);
            (Some(by_age(age)), format!("open here for {}", span(age)))
        }
        _ => (None, "when it was first seen was not told".to_owned()),
    }
}

fn is_escalating(signal: &Signal) -> bool {
    signal.substatus.as_deref() == Some("escalating")
}

const fn by_age(age: Duration) -> u8 {
    let seconds = age.as_secs();
    if seconds < HOUR.as_secs() {
        70
    } else if seconds < DAY.as_secs() {
        55
    } else if seconds < 7 * DAY.as_secs() {
        35
    } else {
        20
    }
}

fn criticality(signal: &Signal, policy: &TriagePolicy) -> Answer {
    let Some(project) = &signal.project else { return (None, "the project was not told".to_owned()) };
    let worth = [&project.slug, &project.id].into_iter().flatten().find_map(|name| policy.projects.get(name));
    let label = shown(project.label());
    match worth {
        Some(worth) => (Some((*worth).min(100)), format!("project {label} counts {worth} in the policy")),
        None => (None, format!("the policy gives project {label} no weight of its own")),
    }
}

fn first_seen(signal: &Signal, history: Option<&Incident>) -> Option<Timestamp> {
    let here = history.map(|incident| incident.opened_at);
    match (signal.first_seen, here) {
        (Some(told), Some(here)) => Some(told.min(here)),
        (told, here) => told.or(here),
    }
}

/// The score of a count: linear between the points in the count's logarithm; beyond the ends, the ends. Points rise.
fn along(count: u64, points: &[(u64, u8)]) -> u8 {
    let mut before: Option<(u64, u8)> = None;
    for &(at, score) in points {
        if count <= at {
            let Some((from, low)) = before else { return score };
            // In hundredths of a power of two; only integers, so that every machine agrees.
            let way = u32::from(score - low) * (log2(count) - log2(from)) / (log2(at) - log2(from)).max(1);
            return low + u8::try_from(way).unwrap_or(0);
        }
        before = Some((at, score));
    }
    before.map_or(0, |(_, score)| score)
}

/// 256 × log2, by the leading bit and, between two powers of two, in a straight line.
fn log2(count: u64) -> u32 {
    let count = count.max(1);
    let whole = count.ilog2();
    let rest = if whole >= 8 { count >> (whole - 8) } else { count << (8 - whole) };
    whole * 256 + u32::try_from(rest & 255).unwrap_or(0)
}

/// Events an hour, in tenths.
fn hourly(events: u64, span: Duration) -> u64 {
    let millis = span.as_millis().max(1);
    u64::try_from(u128::from(events) * 36_000_000 / millis).unwrap_or(u64::MAX)
}

fn tenths(rate: u64) -> String {
    if rate >= 100 || rate.is_multiple_of(10) {
        (rate / 10).to_string()
    } else {
        format!("{}.{}", rate / 10, rate % 10)
    }
}

fn many(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A length of time in one unit.
fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn score(value: i16) -> u8 {
    u8::try_from(value.clamp(0, 100)).unwrap_or(0)
}
