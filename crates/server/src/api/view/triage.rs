//! What triage said of an incident, with its numbers, and what would have to change for another priority.

use std::collections::BTreeMap;

use domain::incident::Incident;
use domain::policy::{Thresholds, TriagePolicy};
use domain::priority::outlook::{Change, Outlook, outlook};
use domain::priority::{Factor, Triage};
use serde::Serialize;
use serde_json::Number;

/// One factor.
#[derive(Serialize)]
pub(in crate::api) struct FactorView {
    name: &'static str,
    score: Option<u8>,
    weight: f64,
    /// Its share of the mean, 0 to 1; `None` for a factor that is left out.
    share: Option<f64>,
    /// In words.
    evidence: String,
    /// The numbers behind the words.
    numbers: BTreeMap<&'static str, Number>,
}

impl FactorView {
    /// Those of a triage.
    pub(in crate::api) fn all(triage: &Triage) -> Vec<Self> {
        let known = triage.factors.iter().filter(|factor| factor.score.is_some());
        let total: f64 = known.map(|factor| factor.weight).sum();
        triage.factors.iter().map(|factor| Self::of(factor, total)).collect()
    }

    fn of(factor: &Factor, total: f64) -> Self {
        let share = factor.score.filter(|_| total > 0.0).map(|_| (factor.weight / total * 1_000.0).round() / 1_000.0);
        let numbers = factor.evidence.numbers().into_iter();
        Self {
            name: factor.name.as_str(),
            score: factor.score,
            weight: factor.weight,
            share,
            evidence: factor.evidence.to_string(),
            numbers: numbers.filter_map(|(name, number)| Some((name, plain(number)?))).collect(),
        }
    }
}

/// A number as people write it: without a fraction where there is none.
fn plain(number: f64) -> Option<Number> {
    #[expect(clippy::cast_possible_truncation, reason = "whole, and below 2^53")]
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Some(Number::from(number as i64))
    } else {
        Number::from_f64(number)
    }
}

/// The whole answer of triage.
#[derive(Serialize)]
pub(in crate::api) struct TriageView<'a> {
    /// What triage came to.
    priority: &'static str,
    /// What it came to before rules, labels and switches.
    scored: &'static str,
    /// The mean.
    score: u8,
    /// The lowest mean of each priority; `None` when the policy is gone.
    thresholds: Option<ThresholdsView>,
    factors: Vec<FactorView>,
    /// What decided: `score`, `ceiling`, `rule`, `label`, `metric`, `low_off`, `nothing_known`, `by_hand` or, from an older version, `told`.
    decided: &'static str,
    /// That in words; `None` for the score.
    because: Option<String>,
    /// The rule that matched first.
    rule: Option<RuleView<'a>>,
    /// The policy that it was made with.
    policy: Option<&'a str>,
    higher: Option<ChangeView>,
    lower: Option<ChangeView>,
    /// What holds it, whatever the factors say.
    held: Option<String>,
}

#[derive(Serialize)]
struct ThresholdsView {
    critical: u8,
    high: u8,
    medium: u8,
    low: u8,
}

#[derive(Serialize)]
struct RuleView<'a> {
    name: &'a str,
    /// Its effect, and why it matched.
    text: String,
    runner_up: Option<&'a str>,
}

#[derive(Serialize)]
struct ChangeView {
    to: &'static str,
    /// Points of the mean that are missing, or too many.
    points: Option<u8>,
    /// The mean that would do it.
    needs: Option<u8>,
    text: String,
    ways: Vec<WayView>,
}

#[derive(Serialize)]
struct WayView {
    factor: &'static str,
    from: Option<u8>,
    to: u8,
    text: String,
}

impl<'a> TriageView<'a> {
    /// Of an incident, and the policy that its triage was made with, where it can be found.
    pub(in crate::api) fn of(incident: &'a Incident, policy: Option<&TriagePolicy>) -> Self {
        let triage = &incident.triage;
        let outlook = policy.map(|policy| outlook(triage, policy));
        let Outlook { higher, lower, held } = outlook.unwrap_or(Outlook { higher: None, lower: None, held: None });
        let by_person = incident.label.as_ref().map(ToString::to_string);
        Self {
            priority: triage.priority.as_str(),
            scored: triage.scored().as_str(),
            score: triage.score,
            thresholds: policy.map(|policy| ThresholdsView::of(policy.thresholds)),
            factors: FactorView::all(triage),
            decided: triage.decided(),
            because: triage.because(),
            rule: triage.rule.as_ref().map(|rule| RuleView {
                name: rule.name.as_str(),
                text: rule.to_string(),
                runner_up: rule.runner_up.as_ref().map(domain::id::Name::as_str),
            }),
            policy: triage.policy.as_ref().map(|hash| hash.0.as_str()),
            higher: higher.as_ref().map(ChangeView::of),
            lower: lower.as_ref().map(ChangeView::of),
            held: by_person.or(held),
        }
    }
}

impl ThresholdsView {
    const fn of(Thresholds { critical, high, medium, low }: Thresholds) -> Self {
        Self { critical, high, medium, low }
    }
}

impl ChangeView {
    fn of(change: &Change) -> Self {
        let way = |way: &domain::priority::outlook::Way| WayView {
            factor: way.factor.as_str(),
            from: way.from,
            to: way.to,
            text: way.to_string(),
        };
        Self {
            to: change.to.as_str(),
            points: change.points(),
            needs: change.needs,
            text: change.to_string(),
            ways: change.ways.iter().map(way).collect(),
        }
    }
}
