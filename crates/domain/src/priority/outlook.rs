//! What would have to change for the next higher and the next lower priority: one factor alone, or what holds it where it is.

use std::fmt;

use super::evidence::{Evidence, Many, Missing, Returned, Tenths, Verdict, Word};
use super::factors::velocity::{GROWTH, RATES};
use super::factors::{EVENTS, USERS, along};
use super::{Because, Ceiling, Factor, FactorName, Priority, Triage, by_status, by_threshold, mean};
use crate::policy::TriagePolicy;
use crate::policy::rule::Effect;
use crate::signal::MetricStatus;

/// What would have to change, either way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// For the next higher priority; `None` for what is critical.
    pub higher: Option<Change>,
    /// For the next lower priority; `None` for what is ignored.
    pub lower: Option<Change>,
    /// What holds it where it is, whatever the factors say, or keeps it from more or from less; with what it would be otherwise.
    pub held: Option<String>,
}

/// What one step would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The priority that it would come to, or beyond.
    pub to: Priority,
    /// The mean now.
    pub score: u8,
    /// The mean that would do it; `None` when none would.
    pub needs: Option<u8>,
    /// The smallest change of one factor alone that would do it; empty when no single factor can.
    pub ways: Vec<Way>,
}

/// One factor's part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The factor.
    pub factor: FactorName,
    /// Its score now; `None` while it is not known.
    pub from: Option<u8>,
    /// The score that would do it, with the others as they are.
    pub to: u8,
    /// What that means where the score comes from a count.
    pub count: Option<Count>,
}

/// A count, or a rate in tenths of an event an hour, that would give a score, and the one now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Of what.
    pub of: Counted,
    /// What it would have to be.
    pub to: u64,
    /// What it is.
    pub from: u64,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Users.
    Users,
    /// Events.
    Events,
    /// Tenths of an event an hour.
    Rate,
}

/// What would have to change for another priority than the one that triage came to. The rule and the label that stood are taken to stand still.
#[must_use]
pub fn outlook(triage: &Triage, policy: &TriagePolicy) -> Outlook {
    let now = triage.priority;
    let higher = (now < Priority::Critical).then(|| change(triage, policy, Direction::Up));
    let lower = (now > Priority::Ignore).then(|| change(triage, policy, Direction::Down));
    Outlook { higher, lower, held: held(triage, policy) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// What these factors would come to under the same rule, label and switch; `None` when the factors have no say.
pub(super) fn outcome(triage: &Triage, factors: &[Factor], policy: &TriagePolicy) -> Option<Priority> {
    if matches!(&triage.because, Some(Because::Label(_) | Because::Metric(_) | Because::ByHand | Because::Told(_))) {
        return None;
    }
    if triage.rule.as_ref().is_some_and(|rule| rule.metric.is_some()) {
        return None;
    }
    let effect = triage.rule.as_ref().map(|rule| rule.effect).filter(|effect| *effect != Effect::Drop || triage.drop);
    if matches!(effect, Some(Effect::Fixed(_) | Effect::Drop)) {
        return None;
    }
    let under = |ceiling: Option<Ceiling>, priority: Priority| ceiling.map_or(priority, |it| priority.min(it.limit()));
    let scored = match (metric_held_down(triage), mean(factors)) {
        (Some(status), _) => under(Ceiling::over_metric(factors, status), by_status(status)?),
        (None, None) => Priority::Medium,
        (None, Some(mean)) => under(Ceiling::over(factors), by_threshold(mean, &policy.thresholds)),
    };
    let ruled = effect.map_or(scored, |effect| effect.of(scored));
    Some(if ruled == Priority::Low && !policy.process_low { Priority::Ignore } else { ruled })
}

/// The status of a metric alert that an environment holds down: the environment has a say, the score none.
const fn metric_held_down(triage: &Triage) -> Option<MetricStatus> {
    match &triage.because {
        Some(Because::Ceiling(Ceiling::Environment { metric, .. })) => *metric,
        _ => None,
    }
}

/// The least novelty of what may have come back after a fix.
const CAME_BACK: u8 = 60;

/// The least velocity of a pace that is above its limit, but for few events.
const ABOVE_LIMIT: u8 = 85;

/// A factor at another score, with what that score would rest on, as far as a ceiling looks at it.
fn suppose(factor: &mut Factor, to: u8) {
    factor.score = Some(to);
    match &mut factor.evidence {
        Evidence::Pace { lately, limit, .. } if to >= ABOVE_LIMIT => *lately = (*lately).max(limit.saturating_add(1)),
        Evidence::Pace { lately, limit, escalating, .. } => {
            (*lately, *escalating) = ((*lately).min(*limit), false);
        }
        Evidence::Resolved { returned: Some(Returned { verdict, .. }), .. } if to >= CAME_BACK => {
            *verdict = Verdict::Unsure;
        }
        evidence @ (Evidence::FirstSeen { .. } | Evidence::OpenHere { .. }) if to >= CAME_BACK => {
            *evidence = Evidence::Sentry(Word::Regressed);
        }
        _ => {}
    }
}

fn change(triage: &Triage, policy: &TriagePolicy, direction: Direction) -> Change {
    let crosses = |priority: Priority| match direction {
        Direction::Up => priority > triage.priority,
        Direction::Down => priority < triage.priority,
    };
    let mut ways = Vec::new();
    // Where the factors do not come to what was decided, something else did, or another policy than the one given.
    if outcome(triage, &triage.factors, policy) != Some(triage.priority) {
        return Change { to: next(triage.priority, direction), score: triage.score, needs: None, ways };
    }
    let mut factors = triage.factors.clone();
    for index in 0..triage.factors.len() {
        let Factor { name, score: from, weight, .. } = triage.factors[index];
        if weight <= 0.0 {
            continue;
        }
        let mut crossed_at = |to: u8| {
            factors[index].clone_from(&triage.factors[index]);
            suppose(&mut factors[index], to);
            outcome(triage, &factors, policy).is_some_and(crosses)
        };
        // The nearest first. A factor that is not known yet may come to any score.
        let to = match direction {
            Direction::Up => (from.map_or(0, |from| from.saturating_add(1))..=100).find(|to| crossed_at(*to)),
            Direction::Down => (0..from.unwrap_or(101)).rev().find(|to| crossed_at(*to)),
        };
        factors[index].clone_from(&triage.factors[index]);
        let Some(to) = to else { continue };
        match in_counts(&triage.factors[index], to, direction) {
            Reach::Count(count) => ways.push(Way { factor: name, from, to, count: Some(count) }),
            Reach::Score => ways.push(Way { factor: name, from, to, count: None }),
            Reach::Never => {}
        }
    }
    let (to, needs) = step(triage, policy, direction);
    Change { to, score: triage.score, needs, ways }
}

/// The next priority that a mean can come to in a direction, and the nearest such mean. Under a rule or a ceiling that may be further than the
/// next threshold, or nowhere.
fn step(triage: &Triage, policy: &TriagePolicy, direction: Direction) -> (Priority, Option<u8>) {
    let next = next(triage.priority, direction);
    let Some(effect_allows) = allowed(triage, policy) else { return (next, None) };
    let mean = mean(&triage.factors).unwrap_or(triage.score);
    let found = match direction {
        Direction::Up => (mean..=100).find(|mean| effect_allows(*mean) > triage.priority),
        Direction::Down => (0..=mean).rev().find(|mean| effect_allows(*mean) < triage.priority),
    };
    found.map_or((next, None), |at| (effect_allows(at), Some(at)))
}

/// What a mean would come to, the ceilings and the rule as they stand; `None` when no mean has a say.
fn allowed<'a>(triage: &'a Triage, policy: &'a TriagePolicy) -> Option<impl Fn(u8) -> Priority + use<'a>> {
    outcome(triage, &triage.factors, policy)?;
    if metric_held_down(triage).is_some() {
        return None;
    }
    mean(&triage.factors)?;
    let ceiling = Ceiling::over(&triage.factors).map_or(Priority::Critical, |ceiling| ceiling.limit());
    Some(move |mean: u8| {
        let scored = by_threshold(mean, &policy.thresholds).min(ceiling);
        let ruled = triage
            .rule
            .as_ref()
            .filter(|rule| rule.effect != Effect::Drop)
            .map_or(scored, |rule| rule.effect.of(scored));
        if ruled == Priority::Low && !policy.process_low { Priority::Ignore } else { ruled }
    })
}

const fn next(priority: Priority, direction: Direction) -> Priority {
    match (direction, priority) {
        (Direction::Up, _) => priority.raised(),
        (Direction::Down, Priority::Critical) => Priority::High,
        (Direction::Down, Priority::High) => Priority::Medium,
        (Direction::Down, Priority::Medium) => Priority::Low,
        (Direction::Down, Priority::Low | Priority::Ignore) => Priority::Ignore,
    }
}

/// What holds the priority, and what it would be without.
fn held(triage: &Triage, policy: &TriagePolicy) -> Option<String> {
    let now = triage.priority;
    match &triage.because {
        None => held_within(triage),
        Some(Because::Label(label)) => {
            Some(format!("a label holds it at {now} until {}; triage itself says {}", label.until, triage.scored()))
        }
        Some(Because::Rule) => {
            let name = triage.rule.as_ref().map_or("", |rule| rule.name.as_str());
            let holds = if triage.drop { "drops it" } else { "holds it at" };
            let at = if triage.drop { String::new() } else { format!(" {now}") };
            Some(format!("rule {name} {holds}{at}: without it {}", triage.scored()))
        }
        Some(Because::Ceiling(ceiling)) => {
            if let Some(status) = metric_held_down(triage) {
                return Some(format!("{ceiling}; {}; the score has no say", Because::Metric(status)));
            }
            let without = by_threshold(triage.score, &policy.thresholds);
            let lifted = ceiling.lifted_by().map(|by| format!("; {by} lifts that")).unwrap_or_default();
            Some(format!("{ceiling}; by its score it would be {without}{lifted}"))
        }
        Some(because @ Because::Metric(_)) => Some(format!("{because}; the score has no say")),
        Some(Because::LowOff) => Some(format!("{}; otherwise it would be low", Because::LowOff)),
        Some(because) => Some(because.to_string()),
    }
}

/// What changed nothing, but keeps it from more or from less.
fn held_within(triage: &Triage) -> Option<String> {
    let now = triage.priority;
    let by_rule = triage.rule.as_ref().filter(|rule| match rule.effect {
        Effect::Bounds { floor, ceiling } => floor == Some(now) || ceiling == Some(now),
        Effect::Fixed(_) => true,
        Effect::Drop => false,
    });
    // One below what triage came to did not hold it down (a test's).
    let held_down = |ceiling: &Ceiling| ceiling.limit() <= now && triage.scored() <= ceiling.limit();
    let by_ceiling = || Ceiling::over(&triage.factors).filter(held_down);
    by_rule.map(ToString::to_string).or_else(|| by_ceiling().map(|ceiling| ceiling.to_string()))
}

/// What a score means in counts.
enum Reach {
    /// The score comes from a count.
    Count(Count),
    /// It comes from something else.
    Score,
    /// No count gives it.
    Never,
}

fn in_counts(factor: &Factor, to: u8, direction: Direction) -> Reach {
    let count = |of, from, score: &dyn Fn(u64) -> u8| {
        nearest(to, direction, score).map_or(Reach::Never, |to| Reach::Count(Count { of, to, from }))
    };
    match factor.evidence {
        Evidence::Counts { users: Some(users), events } => {
            // To be hit less, fewer users do not help while the events alone are worth more.
            let by_events = events.map_or(0, |events| along(events, EVENTS));
            if direction == Direction::Down && by_events > to {
                return Reach::Score;
            }
            count(Counted::Users, users, &|users| along(users, USERS))
        }
        Evidence::Counts { users: None, events: Some(events) } => {
            count(Counted::Events, events, &|events| along(events, EVENTS))
        }
        Evidence::Missing(Missing::Counts) => count(Counted::Users, 0, &|users| along(users, USERS)),
        Evidence::Growth { lately, before } => {
            count(Counted::Rate, lately, &|rate| along(rate.saturating_mul(100) / before.max(1), GROWTH))
        }
        Evidence::Rate { rate, .. } => count(Counted::Rate, rate, &|rate| along(rate, RATES)),
        _ => Reach::Score,
    }
}

/// The smallest count that is worth at least a score, or the largest that is worth at most it.
fn nearest(score: u8, direction: Direction, worth: &dyn Fn(u64) -> u8) -> Option<u64> {
    const MOST: u64 = 1 << 40;
    let (mut low, mut high) = (1, MOST);
    let bound = match direction {
        Direction::Up => score,
        // The first that is worth more is one too many.
        Direction::Down => score.saturating_add(1),
    };
    if worth(high) < bound {
        return None;
    }
    while low < high {
        let middle = low.midpoint(high);
        if worth(middle) >= bound { high = middle } else { low = middle + 1 }
    }
    match direction {
        Direction::Up => Some(low),
        Direction::Down => low.checked_sub(1).filter(|count| *count > 0),
    }
}

impl Change {
    /// How many points of the mean are missing, or too many.
    #[must_use]
    pub fn points(&self) -> Option<u8> {
        self.needs.map(|needs| needs.abs_diff(self.score))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.needs, self.ways.is_empty()) {
            (None, true) => f.write_str("no factor has a say"),
            (None, false) => f.write_str("one factor would have to be another"),
            (Some(needs), empty) => {
                write!(f, "a mean of {needs} instead of {}", self.score)?;
                if empty { f.write_str("; no single factor can do it") } else { Ok(()) }
            }
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.factor.as_str(), self.to)?;
        match self.from {
            Some(from) => write!(f, " instead of {from}")?,
            None => f.write_str(", which is not known yet")?,
        }
        let Some(Count { of, to, from }) = self.count else { return Ok(()) };
        match of {
            Counted::Users => write!(f, ": about {}", Many(to, "user"))?,
            Counted::Events => write!(f, ": about {}", Many(to, "event"))?,
            Counted::Rate => write!(f, ": about {} events an hour", Tenths(to))?,
        }
        match (of, self.from) {
            (_, None) => Ok(()),
            (Counted::Rate, Some(_)) => write!(f, " instead of {}", Tenths(from)),
            (_, Some(_)) => write!(f, " instead of {from}"),
        }
    }
}
