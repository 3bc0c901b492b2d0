//! What was known before a situation's signal: its incident, its usual rate, its project's releases, a person's word.

use std::time::Duration;

use crate::baseline::{Baseline, Shape};
use crate::environment::Environments;
use crate::event::ResolvedBy;
use crate::fingerprint::fingerprint;
use crate::id::IncidentId;
use crate::incident::{Counts, Incident, State, Stood, Subject};
use crate::label::{self, Label};
use crate::policy::file::reader::{Reader, Value};
use crate::policy::{Level, PolicyHash, TriagePolicy};
use crate::priority::{Known, Priority, assess};
use crate::project::ProjectHistory;
use crate::release::{FixedIn, SeenRelease};
use crate::signal::Signal;
use crate::situation::NOW;
use crate::situation::file::{Section, ago, before_now, filled, priority};
use crate::time::Timestamp;

const SETTINGS: [&str; 10] =
    ["opened", "state", "fixed_in", "users", "events", "environments", "usual", "lately", "releases", "label"];

/// What `before` of a situation says; all of it may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Before {
    opened: Option<Timestamp>,
    state: Option<Told>,
    fixed_in: Option<String>,
    users: Option<u64>,
    events: Option<u64>,
    environments: Vec<String>,
    usual: Option<Rate>,
    lately: Option<Rate>,
    releases: Vec<SeenRelease>,
    label: Option<Priority>,
}

/// Where the incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Open,
    Escalating,
    Exhausted,
    Resolved(Timestamp),
}

/// Thousandths of an event an hour: whole numbers, so that every machine agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate(u64);

/// So much is what a baseline learns from here.
const LEARNT: Duration = Duration::from_hours(4 * 7 * 24);
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

impl Before {
    pub(super) fn read<'t>(reader: &mut Reader<'t>, section: &Section<'_, 't>) -> Self {
        reader.keys(section.table, "`before`", &SETTINGS);
        let mut list = |key: &str, of: &str| section.value(key).and_then(|value| reader.array(value, of));
        let environments = list("environments", "environments");
        let releases = list("releases", "releases with when they were first seen");
        let before = Self {
            opened: section.ago(reader, "opened"),
            state: section.value("state").and_then(|value| state(reader, value)),
            fixed_in: section.text(reader, "fixed_in"),
            users: section.count(reader, "users"),
            events: section.count(reader, "events"),
            environments: (environments.into_iter().flatten())
                .filter_map(|value| filled(reader, value, "an environment"))
                .collect(),
            usual: section.value("usual").and_then(|value| rate(reader, value)),
            lately: section.value("lately").and_then(|value| rate(reader, value)),
            releases: releases.into_iter().flatten().filter_map(|value| release(reader, value)).collect(),
            label: section.value("label").and_then(|value| priority(reader, value, &[("noise", Priority::Ignore)])),
        };
        let opens = ["opened", "state", "environments"].iter().any(|key| section.value(key).is_some());
        for key in ["users", "events", "fixed_in"] {
            if !opens && section.value(key).is_some() {
                let hint = "add opened = \"1h ago\"".to_owned();
                reader.mistake(
                    section.place_of(key),
                    format!("`{key}` is of an incident, and none is told"),
                    Some(hint),
                );
            }
        }
        if section.value("fixed_in").is_some() && before.state.is_some_and(|state| !matches!(state, Told::Resolved(_)))
        {
            let hint = "state = \"resolved 5d ago\"".to_owned();
            reader.mistake(section.place_of("fixed_in"), "`fixed_in` is of a resolved incident", Some(hint));
        }
        before
    }

    /// There is one when its opening, its state or its environments are told.
    pub(super) fn incident(&self, signal: &Signal, policy: &TriagePolicy) -> Option<Incident> {
        if self.opened.is_none() && self.state.is_none() && self.environments.is_empty() {
            return None;
        }
        let resolved_at = self.state.and_then(|state| if let Told::Resolved(at) = state { Some(at) } else { None });
        let told = self.opened.or(signal.first_seen).unwrap_or(NOW - HOUR);
        let opened_at = resolved_at.map_or(told, |at| told.min(at - HOUR));
        let last_signal_at = resolved_at.unwrap_or(NOW - MINUTE).max(opened_at);
        let state = match self.state {
            None | Some(Told::Escalating) => State::Escalating,
            Some(Told::Open) => State::Open,
            Some(Told::Exhausted) => State::Exhausted { since: last_signal_at },
            Some(Told::Resolved(at)) => State::Resolved {
                at,
                by: ResolvedBy::Sentry,
                as_of: at,
                fixed_in: self.fixed_in.clone().map(FixedIn::Release),
                before: Some(Stood::Escalating),
                closed: Vec::new(),
            },
        };
        let triage = assess(signal, &Known::default(), policy, NOW);
        let mut subject = Subject { release: None, link: None, ..Subject::of(signal, fingerprint(signal)) };
        subject.environments = Environments::default();
        self.environments.iter().for_each(|name| subject.environments.add(Some(name)));
        let counts = Counts { signals: 1, events: self.events.unwrap_or(1), users: self.users, ..Counts::default() };
        let id = IncidentId::from_bits(1);
        let begun = Incident::begun(id, Level::Medium, subject, triage, PolicyHash(String::new()), opened_at);
        Some(Incident {
            state,
            last_signal_at,
            last_seen_at: last_signal_at,
            quiet_since: last_signal_at,
            counts,
            escalations: 1,
            ..begun
        })
    }

    /// What is usual for the identity, and what was learnt of its project: the two that a batch loads together.
    pub(super) fn learnt(&self) -> (Option<Baseline>, Option<ProjectHistory>) {
        let (baseline, shape) = self.usual().unzip();
        let mut releases = self.releases.clone();
        releases.sort_by_key(|release| release.first_seen_at);
        let known = baseline.is_some() || !releases.is_empty();
        (baseline, known.then(|| ProjectHistory { shape: shape.unwrap_or_default(), releases }))
    }

    /// What four weeks at the usual rate and an hour at the latest one teach. An identity whose usual rate is nothing is known for that hour alone.
    fn usual(&self) -> Option<(Baseline, Shape)> {
        let usual = self.usual.unwrap_or(Rate(0));
        let lately = self.lately.or(self.usual)?;
        let (mut baseline, mut shape) = (Baseline::default(), Shape::default());
        let mut live = |from: Timestamp, step: Duration, steps: u64, per_hour: u64, rate: Rate| {
            // Of the events so far: a rate below one event a step comes out right in the sum.
            let by = |steps: u64| rate.0.saturating_mul(steps) / per_hour / 1_000;
            let mut at = from;
            for gone in 0..steps {
                let events = by(gone + 1) - by(gone);
                if events > 0 {
                    baseline.take_in(events, at, &mut shape);
                }
                at = at + step;
            }
        };
        live(NOW - HOUR - LEARNT, HOUR, LEARNT.as_secs() / HOUR.as_secs(), 1, usual);
        live(NOW - HOUR + MINUTE, MINUTE, 60, 60, lately);
        Some((baseline, shape))
    }

    /// Said a day ago, when as many users were hit as are told of before.
    pub(super) fn label(&self, signal: &Signal) -> Option<Label> {
        let at = NOW - Duration::from_hours(24);
        self.label.map(|priority| Label {
            priority,
            by: "the team".to_owned(),
            at,
            until: at + label::HOLDS,
            reason: None,
            users: self.users.or(signal.users).unwrap_or(0),
        })
    }
}

fn state<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Told> {
    let text = reader.string(value, "a state")?;
    let read = match text.trim() {
        "open" => Ok(Told::Open),
        "escalating" => Ok(Told::Escalating),
        "exhausted" => Ok(Told::Exhausted),
        other => match other.strip_prefix("resolved ") {
            Some(when) => before_now(when).map(Told::Resolved),
            None => Err("it is none of these".to_owned()),
        },
    };
    read.map_err(|reason| {
        let message =
            format!("expected \"open\", \"escalating\", \"exhausted\" or a time such as \"resolved 5d ago\"; {reason}");
        reader.mistake(value.span(), message, None);
    })
    .ok()
}

/// A release with when its first signal came: `["1.4.0", "10d ago"]`.
fn release<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<SeenRelease> {
    let pair = reader.array(value, "a release and when it was first seen")?;
    let (2, Some(name), Some(seen)) = (pair.len(), pair.first(), pair.get(1)) else {
        let message = "expected a release and when it was first seen, such as [\"1.4.0\", \"10d ago\"]";
        reader.mistake(value.span(), message, None);
        return None;
    };
    let name = filled(reader, name, "a release");
    let first_seen_at = ago(reader, seen);
    Some(SeenRelease { name: name?, first_seen_at: first_seen_at? })
}

/// A rate such as `"20/h"`, `"0.5/h"` or `"3/d"`.
fn rate<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Rate> {
    let text = reader.string(value, "a rate, such as \"20/h\"")?;
    let read = text.trim().split_once('/').and_then(|(number, unit)| {
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |text: &str| !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(part) || part.len() > 3 {
            return None;
        }
        let thousandths: u64 = format!("{whole}{part:0<3}").parse().ok()?;
        match unit {
            "min" => Some(Rate(thousandths * 60)),
            "h" => Some(Rate(thousandths)),
            "d" => Some(Rate(thousandths / 24)),
            _ => None,
        }
    });
    if read.is_none() {
        let message =
            format!("`{text}` is no rate: events in an hour, such as \"20/h\", \"0.5/h\", \"2/min\" or \"3/d\"");
        reader.mistake(value.span(), message, None);
    }
    read
}
