//! The whole escalation rule: total over (state, command), pure. What happens when nobody answers stands in [`ladder`].
//!
//! A command is turned into events, each applied to the incident as it is recorded, so that the next thought sees the last one's effect. In
//! the end the incident's one timer is armed at its earliest deadline (semantics L11).

use crate::attention::Attentions;
use crate::command::Command;
use crate::decision::{Decision, Entry, Planned, Rejection, Work};
use crate::event::{Actor, Event};
use crate::incident::{Incident, State};
use crate::policy::{Directory, Duty, LevelPolicy, Policy, Reachable, Target};
use crate::signal::Outcome;
use crate::silence::Silence;
use crate::standing::Standing;
use crate::time::Timestamp;
use crate::why::{RuleId, Why};

mod answer;
mod clock;
mod fixing;
mod hold;
mod label;
pub mod ladder;
mod maintenance;
mod observe;
mod outcome;
mod page;
mod rebase;
mod reopen;
pub mod silence;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a story that cannot be told is a failed test")]
mod tests;

/// What a decision may look at besides the incident and the command.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The policy that the incident is pinned to (semantics L15); the current one for commands that open or reopen.
    pub policy: &'a Policy,
    /// Who can be reached right now.
    pub directory: &'a Directory,
    /// What people ordered for a time.
    pub standing: &'a Standing,
    /// What channels, people and roles were asked for lately.
    pub attention: &'a Attentions,
    /// The engine's time.
    pub now: Timestamp,
}

impl<'a> Context<'a> {
    /// Silences and maintenance windows: those that people ordered, and those of the policy, unless an order stands in for one.
    fn silences(&self) -> impl Iterator<Item = &'a Silence> {
        let ordered = &self.standing.silences;
        let own = self.policy.silences.iter().filter(|own| !ordered.iter().any(|order| order.id == own.id));
        ordered.iter().chain(own)
    }

    /// The people and rooms behind targets, as they are on call and can be reached now.
    fn reach(&self, targets: &[Target]) -> Vec<Reachable> {
        let duty = Duty::At { now: self.now, overrides: &self.standing.overrides };
        self.policy.reach(targets, self.directory, duty)
    }
}

/// Whether a command opens an incident or a new opening of one: that is decided by the current policy, everything else by the one that the incident
/// is pinned to (semantics L15). A resolve that is taken back is no new opening: its ladder goes on.
#[must_use]
pub fn opens(incident: Option<&Incident>, command: &Command) -> bool {
    match (incident, command) {
        (None, _) => true,
        (Some(incident), Command::Observe { signal, .. }) => {
            !incident.state.is_live() && !reopen::undoes(incident, &signal.fact)
        }
        (Some(incident), Command::Create { .. }) => !incident.state.is_live(),
        (Some(_), Command::Reopen { .. } | Command::Rebase { .. }) => true,
        (Some(_), _) => false,
    }
}

/// What a command does to an incident.
///
/// # Errors
/// A [`Rejection`] when the command does not fit: nothing changes.
pub fn decide(incident: Option<&Incident>, command: &Command, context: &Context<'_>) -> Result<Decision, Rejection> {
    match (incident, command) {
        (incident, Command::Observe { .. }) => observe::observe(incident, command, context),
        (None, Command::Create { new_id, external_id, title, level, act, policy, synthetic }) => {
            let asked =
                observe::Asked { id: *new_id, external_id, title, level: *level, policy, synthetic: *synthetic };
            Ok(observe::create(&asked, act, context))
        }
        (Some(incident), Command::Create { level, act, .. }) => observe::raise(incident, *level, act, context),
        (None, _) => Err(Rejection::NoIncident),
        (Some(incident), Command::NoteMoved { from, to, other }) => {
            observe::note_moved(incident, from, to, *other, context)
        }
        (Some(incident), Command::Wake { plan }) => ladder::wake(incident, *plan, context),
        (Some(incident), Command::HeedStanding) => ladder::heed_standing(incident, context),
        (Some(incident), Command::Acknowledge(act)) => answer::acknowledge(incident, act, context),
        (Some(incident), Command::Snooze { act, until, next_release }) => {
            answer::snooze(incident, act, until, *next_release, context)
        }
        (Some(incident), Command::Resolve { act, fixed_in }) => {
            answer::resolve_by_person(incident, act, fixed_in.as_deref(), context)
        }
        (Some(incident), Command::Reopen { act, policy }) => reopen::by_person(incident, act, policy, context),
        (Some(incident), Command::Undo(act)) => reopen::undo_by_person(incident, act, context),
        (Some(incident), Command::Label { act, priority }) => label::label(incident, act, *priority, context),
        (Some(incident), Command::Rebase { act, policy }) => rebase::rebase(incident, act, policy, context),
        (Some(incident), Command::PageEnded { .. }) => Ok(outcome::page_ended(incident, command, context)),
        (Some(incident), Command::AgentProgressed { run, progress, url, note }) => {
            fixing::progressed(incident, *run, *progress, url.as_deref(), note.as_deref(), context)
        }
        (Some(incident), Command::Resume { away }) => clock::resume(incident, *away, context),
        (Some(incident), Command::ShiftClock { by, now }) => Ok(clock::shift(incident, *by, *now, context)),
    }
}

/// A decision in the making.
struct Draft<'a> {
    incident: Incident,
    timeline: Vec<Entry>,
    work: Vec<Planned>,
    cancel_pages: bool,
    attention: Attentions,
    context: &'a Context<'a>,
}

impl<'a> Draft<'a> {
    fn of(incident: Incident, context: &'a Context<'a>) -> Self {
        Self {
            incident,
            timeline: Vec::new(),
            work: Vec::new(),
            cancel_pages: false,
            attention: Attentions::new(),
            context,
        }
    }

    const fn now(&self) -> Timestamp {
        self.context.now
    }

    fn level(&self) -> &'a LevelPolicy {
        self.context.policy.level(self.incident.level)
    }

    /// Records an event and lets it take effect.
    fn record(&mut self, actor: Actor, event: Event, why: Option<Why>) {
        self.incident.apply(&event, self.context.now);
        self.timeline.push(Entry { actor, event, why });
    }

    /// Records something that Watchfire itself decided, with the rule and the numbers behind it.
    fn decided(&mut self, event: Event, rule: &str, numbers: &[(&str, i64)]) {
        let why = self.why(rule, numbers);
        self.record(Actor::Watchfire, event, Some(why));
    }

    fn why(&self, rule: &str, numbers: &[(&str, i64)]) -> Why {
        Why {
            rule: RuleId(rule.to_owned()),
            policy: self.incident.policy.0.chars().take(8).collect(),
            numbers: numbers.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect(),
        }
    }

    fn plan(&mut self, due: Timestamp, work: Work) {
        self.work.push(Planned { due, work });
    }

    fn finish(self, outcome: Outcome) -> Decision {
        let wake_at = ladder::next_wake(&self.incident, self.context.policy);
        Decision {
            incident: self.incident,
            timeline: self.timeline,
            work: self.work,
            cancel_pages: self.cancel_pages,
            attention: self.attention,
            wake_at,
            outcome,
        }
    }
}

/// Milliseconds for a `why`.
fn millis(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn is_resolved(incident: &Incident) -> bool {
    matches!(incident.state, State::Resolved { .. })
}
