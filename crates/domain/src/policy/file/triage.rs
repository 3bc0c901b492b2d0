//! `[triage]` and `[working_hours]`: what is left out is taken from the default policy.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::DeTable;

use super::reader::{Reader, Value};
use crate::policy::{DigestTime, Thresholds, TriagePolicy, WorkingHours};
use crate::priority::FactorName;

/// A section that may be missing, with where to point when something in it is.
fn section<'v, 't>(
    reader: &mut Reader<'t>,
    parent: Option<&'v DeTable<'t>>,
    key: &str,
) -> (Option<&'v DeTable<'t>>, Range<usize>) {
    match parent.and_then(|parent| parent.get_key_value(key)) {
        Some((name, value)) => (reader.table(value), name.span()),
        None => (None, 0..0),
    }
}

/// The value of a key as `read` reads it, else the default's; a value that cannot be read was noted and is `None`.
fn or_default<'t, T>(
    reader: &mut Reader<'t>,
    (table, owner): &(Option<&DeTable<'t>>, Range<usize>),
    key: &str,
    default: Option<T>,
    read: impl FnOnce(&mut Reader<'t>, &Value<'t>) -> Option<T>,
) -> Option<T> {
    match table.and_then(|table| table.get(key)) {
        Some(value) => read(reader, value),
        None => {
            if default.is_none() {
                reader.missing(owner.clone(), format!("`{key}` is missing"), None);
            }
            default
        }
    }
}

pub(super) fn triage<'t>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    default: Option<&TriagePolicy>,
) -> Option<TriagePolicy> {
    let whole = section(reader, Some(policy), "triage");
    if let Some(table) = whole.0 {
        let known = [
            "weights",
            "thresholds",
            "environments",
            "environment_default",
            "projects",
            "paths",
            "tags",
            "errors",
            "join_issues",
            "process_low",
        ];
        reader.keys(table, "[triage]", &known);
    }
    let environment_default = or_default(
        reader,
        &whole,
        "environment_default",
        default.map(|default| default.environment_default),
        Reader::score,
    );
    let process_low =
        or_default(reader, &whole, "process_low", default.map(|default| default.process_low), |reader, value| {
            reader.boolean(value)
        });
    let weights = weights(reader, whole.0, default);
    let thresholds = thresholds(reader, whole.0, default);
    let environments = scores(reader, whole.0, "environments")
        .map(|listed| listed.into_iter().map(|(name, score)| (name.trim().to_lowercase(), score)).collect())
        .or_else(|| default.map(|default| default.environments.clone()));
    let projects = scores(reader, whole.0, "projects").or_else(|| default.map(|default| default.projects.clone()));
    let paths = scores(reader, whole.0, "paths").or_else(|| default.map(|default| default.paths.clone()));
    let tags = scores(reader, whole.0, "tags").or_else(|| default.map(|default| default.tags.clone()));
    let errors = scores(reader, whole.0, "errors").or_else(|| default.map(|default| default.errors.clone()));
    // Joining is what semantics I3 says: the default policy need not write it.
    let join_issues = or_default(reader, &whole, "join_issues", Some(true), Reader::boolean);
    Some(TriagePolicy {
        weights: weights?,
        thresholds: thresholds?,
        environments: environments.unwrap_or_default(),
        environment_default: environment_default?,
        projects: projects.unwrap_or_default(),
        paths: paths.unwrap_or_default(),
        tags: tags.unwrap_or_default(),
        errors: errors.unwrap_or_default(),
        join_issues: join_issues?,
        rules: Vec::new(),
        process_low: process_low?,
    })
}

fn weights<'t>(
    reader: &mut Reader<'t>,
    triage: Option<&DeTable<'t>>,
    default: Option<&TriagePolicy>,
) -> Option<BTreeMap<FactorName, f64>> {
    let own = section(reader, triage, "weights");
    if let Some(table) = own.0 {
        reader.keys(table, "[triage.weights]", &FactorName::ALL.map(FactorName::as_str));
    }
    let mut weights = BTreeMap::new();
    for factor in FactorName::ALL {
        let default = default.and_then(|default| default.weights.get(&factor).copied());
        if let Some(weight) = or_default(reader, &own, factor.as_str(), default, Reader::weight) {
            weights.insert(factor, weight);
        }
    }
    if weights.len() == FactorName::ALL.len() && weights.values().sum::<f64>() <= 0.0 {
        reader.mistake(own.1, "one weight at least must be above 0", None);
    }
    (weights.len() == FactorName::ALL.len()).then_some(weights)
}

fn thresholds<'t>(
    reader: &mut Reader<'t>,
    triage: Option<&DeTable<'t>>,
    default: Option<&TriagePolicy>,
) -> Option<Thresholds> {
    let own = section(reader, triage, "thresholds");
    if let Some(table) = own.0 {
        reader.keys(table, "[triage.thresholds]", &["critical", "high", "medium", "low"]);
    }
    let default = default.map(|default| default.thresholds);
    let critical = or_default(reader, &own, "critical", default.map(|default| default.critical), Reader::score);
    let high = or_default(reader, &own, "high", default.map(|default| default.high), Reader::score);
    let medium = or_default(reader, &own, "medium", default.map(|default| default.medium), Reader::score);
    let low = or_default(reader, &own, "low", default.map(|default| default.low), Reader::score);
    let thresholds = Thresholds { critical: critical?, high: high?, medium: medium?, low: low? };
    let falling = [thresholds.critical, thresholds.high, thresholds.medium, thresholds.low];
    if !falling.is_sorted_by(|above, below| above > below) {
        let message = format!(
            "thresholds fall from critical to low: found {} > {} > {} > {}",
            thresholds.critical, thresholds.high, thresholds.medium, thresholds.low
        );
        reader.mistake(own.1, message, None);
    }
    Some(thresholds)
}

/// A list of names with scores; `None` when the section is not there.
fn scores<'t>(reader: &mut Reader<'t>, triage: Option<&DeTable<'t>>, key: &str) -> Option<BTreeMap<String, u8>> {
    let (table, _) = section(reader, triage, key);
    let mut scores = BTreeMap::new();
    for (name, value) in table? {
        if let Some(score) = reader.score(value) {
            scores.insert(name.get_ref().to_string(), score);
        }
    }
    Some(scores)
}

pub(super) fn working_hours<'t>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    default: Option<&WorkingHours>,
) -> Option<WorkingHours> {
    let own = section(reader, Some(policy), "working_hours");
    if let Some(table) = own.0 {
        reader.keys(table, "[working_hours]", &["zone", "from", "to"]);
    }
    let zone = or_default(reader, &own, "zone", default.map(|default| default.zone.clone()), |reader, value| {
        reader.zone(value)?.iana_name().map(ToOwned::to_owned)
    });
    let from = or_default(reader, &own, "from", default.map(|default| default.from), Reader::wall_time);
    let to = or_default(reader, &own, "to", default.map(|default| default.to), Reader::wall_time);
    let hours = WorkingHours { zone: zone?, from: from?, to: to? };
    if hours.from >= hours.to {
        let message = format!("work ends at {} and begins at {}: it must begin earlier", hours.to, hours.from);
        reader.mistake(own.1, message, None);
    }
    Some(hours)
}

/// `[digest]`: the hour, in the zone of the working hours.
pub(super) fn digest<'t>(
    reader: &mut Reader<'t>,
    policy: &DeTable<'t>,
    default: Option<&DigestTime>,
) -> Option<DigestTime> {
    let own = section(reader, Some(policy), "digest");
    if let Some(table) = own.0 {
        reader.keys(table, "[digest]", &["at", "weekends"]);
    }
    let at = or_default(reader, &own, "at", default.map(|default| default.at), Reader::wall_time);
    let weekends = or_default(reader, &own, "weekends", default.map(|default| default.weekends), |reader, value| {
        reader.boolean(value)
    });
    Some(DigestTime { at: at?, weekends: weekends? })
}

/// `[answers]`: what else than a word to us counts as an answer.
pub(super) fn assigned_acknowledges<'t>(reader: &mut Reader<'t>, policy: &DeTable<'t>) -> Option<bool> {
    let (own, _) = section(reader, Some(policy), "answers");
    let Some(table) = own else { return Some(false) };
    reader.keys(table, "[answers]", &["assigned_in_sentry"]);
    match table.get("assigned_in_sentry") {
        Some(value) => reader.boolean(value),
        None => Some(false),
    }
}
