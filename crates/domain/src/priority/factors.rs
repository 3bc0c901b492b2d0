//! The six questions, each answered with a score and its evidence, or with what was missing.

use std::time::Duration;

use crate::incident::Incident;
use crate::policy::TriagePolicy;
use crate::priority::evidence::{Dear, Evidence, Missing, Worth, line};
use crate::priority::{FactorName, Known};
use crate::signal::{Hint, Severity, Signal};
use crate::time::Timestamp;

mod novelty;
pub(super) mod velocity;

/// A score with its evidence; no score when the data were missing.
pub(super) type Answer = (Option<u8>, Evidence);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// So much of an outside text is evidence.
const SHOWN: usize = 40;

/// What the six questions are asked of.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) signal: &'a Signal,
    pub(super) known: &'a Known<'a>,
    pub(super) policy: &'a TriagePolicy,
    pub(super) now: Timestamp,
}

impl<'a> Case<'a> {
    pub(super) fn history(&self) -> Option<&'a Incident> {
        self.known.incident
    }

    /// The most users that were ever told. None told is not the same as none hurt: servers often do not know their users.
    pub(super) fn users(&self) -> Option<u64> {
        self.signal.users.max(self.history().and_then(|incident| incident.counts.users))
    }

    /// The level that the signal names, else the one known from before: not every resource carries it.
    fn severity(&self) -> Option<Severity> {
        self.signal.severity.or_else(|| self.history().and_then(|incident| incident.subject.severity))
    }

    fn first_seen(&self) -> Option<Timestamp> {
        let here = self.history().map(|incident| incident.opened_at);
        match (self.signal.first_seen, here) {
            (Some(told), Some(here)) => Some(told.min(here)),
            (told, here) => told.or(here),
        }
    }

    fn since(&self, then: Timestamp) -> Duration {
        self.now.since(then)
    }
}

pub(super) fn answer(name: FactorName, case: &Case<'_>) -> Answer {
    match name {
        FactorName::Severity => severity(case),
        FactorName::Environment => environment(case),
        FactorName::Impact => impact(case),
        FactorName::Velocity => velocity::velocity(case),
        FactorName::Novelty => novelty::novelty(case),
        FactorName::Criticality => criticality(case),
    }
}

fn severity(case: &Case<'_>) -> Answer {
    let signal = case.signal;
    let unhandled = signal.unhandled.or_else(|| signal.exception().and_then(|exception| exception.unhandled));
    let Some(level) = case.severity() else {
        // Sentry's own priority is made from the level, so it stands in for it.
        return match signal.hint {
            Some(hint @ Hint::High) => (Some(60), Evidence::Hint(hint)),
            Some(hint @ Hint::Medium) => (Some(45), Evidence::Hint(hint)),
            Some(hint @ Hint::Low) => (Some(20), Evidence::Hint(hint)),
            None => (None, Evidence::Missing(Missing::Severity)),
        };
    };
    let base: i8 = match (level, unhandled) {
        (Severity::Fatal, _) => 90,
        (Severity::Error, Some(true)) => 70,
        (Severity::Error, Some(false)) => 50,
        (Severity::Error, None) => 65,
        (Severity::Warning, Some(true)) => 40,
        (Severity::Warning, _) => 35,
        (Severity::Info, _) => 5,
        (Severity::Debug, _) => 0,
    };
    // A monitor of Sentry's found the service or a job away: more than an error inside it.
    let outage = level >= Severity::Error
        && signal.category.as_deref().is_some_and(|category| category.eq_ignore_ascii_case("outage"));
    let base = if outage { base.max(85) } else { base };
    // Without its model Sentry calls every error high, so high says nothing about an error; lower was said by its model or by a person.
    let hint = match (signal.hint, level) {
        (Some(hint @ Hint::Low), _) => Some((hint, -10)),
        (Some(hint @ Hint::Medium), Severity::Error) => Some((hint, -5)),
        (Some(hint @ Hint::High), Severity::Warning) => Some((hint, 15)),
        _ => None,
    };
    let model = signal.severity_score.filter(|score| (0.0..=1.0).contains(score)).and_then(|score| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
        let hundredths = (score * 100.0).round() as u8;
        match score {
            score if score < 0.1 => Some((hundredths, -10)),
            score if score >= 0.9 => Some((hundredths, 5)),
            _ => None,
        }
    });
    // The priority is made from the severity: what both say counts once. What was fatal stays it, whatever a model thinks.
    let shifts = (hint.map_or(0, |(_, shift)| shift), model.map_or(0, |(_, shift)| shift));
    let shift = match shifts {
        _ if level == Severity::Fatal => 0,
        (hint, model) if hint < 0 || model < 0 => hint.min(model),
        (hint, model) => hint.max(model),
    };
    let score = u8::try_from(base.saturating_add(shift).clamp(0, 100)).unwrap_or(0);
    (Some(score), Evidence::Level { is: level, unhandled, outage, hint, model })
}

/// Every environment that is known, the signal's own first: issue hooks carry none, and what runs in production does not end there because
/// it is seen on staging too. A signal that comes after the end is judged by its own.
fn environments<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a str> {
    let own = case.signal.environment.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let earlier = case.history().filter(|incident| own.is_none() || incident.state.is_live());
    let earlier = earlier.into_iter().flat_map(|incident| incident.subject.environments.all()).map(String::as_str);
    own.into_iter().chain(earlier.filter(move |name| own.is_none_or(|own| !own.eq_ignore_ascii_case(name))))
}

fn environment(case: &Case<'_>) -> Answer {
    let (mut best, mut count): (Option<(u8, &str)>, u8) = (None, 0);
    for name in environments(case) {
        count = count.saturating_add(1);
        let worth = case.policy.environment_score(name);
        if best.is_none_or(|(before, _)| worth > before) {
            best = Some((worth, name));
        }
    }
    let Some((worth, name)) = best else { return (None, Evidence::Missing(Missing::Environment)) };
    let earlier = case.signal.environment.as_deref().is_none_or(|own| own.trim() != name);
    (Some(worth), Evidence::Environment { is: line(name, SHOWN), earlier, others: count.saturating_sub(1) })
}

/// Below this a count of our own says nothing: it is a floor, and the first events of any error are few.
const OWN_COUNT_SPEAKS: u64 = 10;

/// What so many users are worth.
pub(super) const USERS: &[(u64, u8)] = &[(1, 25), (10, 45), (100, 70), (1_000, 95), (10_000, 100)];

/// What so many events are worth.
pub(super) const EVENTS: &[(u64, u8)] =
    &[(1, 25), (10, 30), (100, 45), (1_000, 60), (10_000, 75), (100_000, 90), (1_000_000, 100)];

fn impact(case: &Case<'_>) -> Answer {
    let counts = case.history().map(|incident| &incident.counts);
    let users = case.users().filter(|users| *users > 0);
    let told = case.signal.events.filter(|events| *events > 0);
    let own = counts.map(|counts| counts.events).filter(|events| users.is_some() || *events >= OWN_COUNT_SPEAKS);
    let events = told.max(own);
    let score = users.map(|users| along(users, USERS)).max(events.map(|events| along(events, EVENTS)));
    match score {
        Some(_) => (score, Evidence::Counts { users, events }),
        None => (None, Evidence::Missing(Missing::Counts)),
    }
}

/// At most so many things that the policy gives a weight are named.
const NAMED: usize = 3;

/// The dearest of all that the policy gives a weight and that the signal names.
fn criticality(case: &Case<'_>) -> Answer {
    let (signal, policy) = (case.signal, case.policy);
    let mut worth: Vec<(Dear, &str, u8)> = Vec::new();
    if let Some(project) = &signal.project {
        let listed = [&project.slug, &project.id].into_iter().flatten().find_map(|name| policy.projects.get(name));
        worth.extend(listed.map(|worth| (Dear::Project, project.label(), *worth)));
    }
    if let Some(path) = signal.transaction.as_deref() {
        // The longest beginning that fits says most.
        let fitting = policy.paths.iter().filter(|(beginning, _)| path.starts_with(beginning.as_str()));
        let longest = fitting.max_by_key(|(beginning, _)| beginning.len());
        worth.extend(longest.map(|(beginning, worth)| (Dear::Path, beginning.as_str(), *worth)));
    }
    let told = |tag: &str| {
        tag.split_once('=').is_some_and(|(key, value)| signal.tags.iter().any(|(k, v)| k == key && v == value))
    };
    worth.extend(policy.tags.iter().filter(|(tag, _)| told(tag)).map(|(tag, worth)| (Dear::Tag, tag.as_str(), *worth)));
    if !policy.errors.is_empty() {
        let known = case.history().and_then(|incident| incident.subject.exception.as_deref());
        let classes = signal.exceptions.iter().map(|exception| exception.class.as_str());
        let known = known.filter(|known| classes.clone().all(|class| class != *known));
        let listed = classes.chain(known).filter_map(|class| policy.errors.get_key_value(class));
        for (class, score) in listed {
            if worth.iter().all(|(what, name, _)| (*what, *name) != (Dear::Error, class.as_str())) {
                worth.push((Dear::Error, class, *score));
            }
        }
    }
    // Stable: of two that are worth the same the project comes first.
    worth.sort_by_key(|(_, _, worth)| std::cmp::Reverse(*worth));
    match (worth.first(), &signal.project) {
        (Some((_, _, highest)), _) => {
            let more = u8::try_from(worth.len().saturating_sub(NAMED)).unwrap_or(u8::MAX);
            let of =
                worth.iter().take(NAMED).map(|(what, name, worth)| Worth(*what, line(name, SHOWN), (*worth).min(100)));
            (Some((*highest).min(100)), Evidence::Worth { of: of.collect(), more })
        }
        (None, Some(project)) => (None, Evidence::Unweighed(line(project.label(), SHOWN))),
        (None, None) => (None, Evidence::Missing(Missing::Project)),
    }
}

/// The score of a count: linear between the points in the count's logarithm; beyond the ends, the ends. Points rise.
pub(super) fn along(count: u64, points: &[(u64, u8)]) -> u8 {
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
