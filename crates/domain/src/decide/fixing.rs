//! Agents: started by a rung, at most once; they may hold the ladder for a while, and their failure only ends that (semantics F1, F2).

use crate::decision::{Decision, News, Rejection, Work};
use crate::event::{Actor, Event};
use crate::id::RunId;
use crate::incident::{Incident, Progress};
use crate::policy::Target;
use crate::signal::{Fact, Lifecycle, Outcome, Signal};

use super::{Context, Draft, millis};

/// So many times the events at the start of a hold are growth that ends it.
const EVENTS_GROWTH: u64 = 10;
/// So many times the users at the start of a hold are growth that ends it.
const USERS_GROWTH: u64 = 2;
/// How much of an agent's note people are told, in bytes; all of it stands on the timeline.
const NOTE: usize = 200;

/// A run got further.
pub(super) fn progressed(
    incident: &Incident,
    run: RunId,
    progress: Progress,
    url: Option<&str>,
    note: Option<&str>,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    let known = incident.fixing.as_ref().filter(|fixing| fixing.run == run).ok_or(Rejection::Stale)?;
    // Reports may come twice and late, by poll and by callback: an end stays an end.
    if known.progress.is_over()
        || (known.progress == progress && url.is_none_or(|url| known.url.as_deref() == Some(url)))
    {
        return Err(Rejection::Stale);
    }
    let mut draft = Draft::of(incident.clone(), context);
    let event = Event::AgentProgressed { run, progress, url: url.map(str::to_owned), note: note.map(str::to_owned) };
    draft.record(Actor::Agent(known.agent.clone()), event, None);
    if incident.state.is_live() {
        let agent = known.agent.as_str();
        let said = match progress {
            Progress::Failed => Some(format!("agent {agent} failed: the ladder goes on")),
            Progress::Unknown => Some(format!("nobody can say whether agent {agent} started: the ladder goes on")),
            Progress::NeedsInput => Some(format!("agent {agent} waits for a person")),
            Progress::Succeeded => Some(format!("agent {agent} says that a fix is on its way")),
            Progress::Starting | Progress::Queued | Progress::Running => None,
        };
        if let Some(said) = said {
            draft.tell(&News::Agent { said: with_reason(said, note) });
        }
        if matches!(progress, Progress::Failed | Progress::Unknown | Progress::NeedsInput) {
            draft.end_hold(match progress {
                Progress::NeedsInput => "the agent waits for a person",
                _ => "the agent's run came to nothing",
            });
            draft.settle();
        }
    }
    Ok(draft.finish(Outcome::Joined))
}

/// What happened and, where somebody said it, why (semantics F2). The note is outside text: every sink escapes the whole.
fn with_reason(said: String, note: Option<&str>) -> String {
    match note.map(str::trim).filter(|note| !note.is_empty()) {
        Some(note) => format!("{said} ({})", &note[..note.floor_char_boundary(NOTE)]),
        None => said,
    }
}

impl Draft<'_> {
    /// Starts the first agent that the rung names, unless one is at work already; not one whose run of this escalation is over. A test
    /// starts none: a run costs money, and there is nothing to fix.
    pub(super) fn call_agents(&mut self, targets: &[Target]) {
        let last = self.incident.fixing.as_ref();
        let busy = last.is_some_and(|fixing| !fixing.progress.is_over());
        let Some(escalation) = self.incident.escalation.as_ref().filter(|_| !busy && !self.incident.synthetic) else {
            return;
        };
        let agents = self.context.policy.agents(targets, self.context.directory).into_iter();
        let mut runs = agents.map(|agent| (RunId::derive(escalation.id, &agent), agent));
        let Some((run, agent)) = runs.find(|(run, _)| last.is_none_or(|last| last.run != *run)) else { return };
        let hold = self.level().agent_hold;
        let hold_until = (!hold.is_zero()).then(|| self.now() + hold);
        self.decided(
            Event::AgentCalled { run, agent: agent.clone(), hold_until },
            "F2",
            &[("agent_hold_ms", millis(hold))],
        );
        self.plan(self.now(), Work::AgentStart { run, agent });
    }

    /// Somebody in Sentry says that a fix is on its way: it may hold the ladder for as long as an agent may, once, and while no issue is open that
    /// has none (semantics A4).
    pub(super) fn announce_fix(&mut self, signal: &Signal) {
        let hold = self.level().agent_hold;
        let before = self.incident.fix.as_ref();
        let until = before.map_or(self.now(), |fix| fix.since) + hold;
        let mut issues = before.map(|fix| fix.issues.clone()).unwrap_or_default();
        issues.extend(signal.issue.clone());
        let open = self.incident.issues.iter().filter(|issue| issue.open && !issues.contains(&issue.id)).count();
        let hold_until = (open == 0 && until > self.now()).then_some(until);
        let numbers = [("agent_hold_ms", millis(hold)), ("issues_without", i64::try_from(open).unwrap_or(i64::MAX))];
        let why = self.why("A4", &numbers);
        self.record(Actor::Sentry, Event::FixAnnounced { hold_until }, Some(why));
        if let Some(fix) = &mut self.incident.fix {
            fix.issues = issues;
        }
    }

    /// Sentry opened it again: nobody waits for the fix that was announced any more, and nobody has answered with it (semantics A4, R2).
    pub(super) fn withdraw_fix_if_reopened(&mut self, signal: &Signal) {
        if !matches!(signal.fact, Fact::Lifecycle(Lifecycle::Unresolved { .. })) {
            return;
        }
        let Some(fix) = self.incident.fix.take() else { return };
        if fix.hold_until.is_some() {
            self.decided(Event::FixHoldEnded { because: "Sentry opened it again".to_owned() }, "A4", &[]);
            self.settle();
        }
    }

    /// Nothing on its way holds the ladder any more.
    pub(super) fn end_holds(&mut self, because: &str) {
        self.end_hold(because);
        if self.incident.fix.as_ref().is_some_and(|fix| fix.hold_until.is_some()) {
            self.decided(Event::FixHoldEnded { because: because.to_owned() }, "A4", &[]);
        }
    }

    /// The run no longer holds the ladder.
    pub(super) fn end_hold(&mut self, because: &str) {
        let holding = self.incident.fixing.as_ref().filter(|fixing| fixing.hold_until.is_some());
        if let Some(run) = holding.map(|fixing| fixing.run) {
            self.decided(Event::HoldEnded { run, because: because.to_owned() }, "F2", &[]);
        }
    }

    /// A hold never outlasts a growing impact (semantics F2).
    pub(super) fn end_hold_if_grown(&mut self) {
        let run = self.incident.fixing.as_ref().filter(|fixing| fixing.hold_until.is_some());
        let fix = self.incident.fix.as_ref().filter(|fix| fix.hold_until.is_some());
        let held = [
            run.map(|fixing| (fixing.held_events, fixing.held_users)),
            fix.map(|fix| (fix.held_events, fix.held_users)),
        ];
        let counts = &self.incident.counts;
        let users = counts.users.unwrap_or(0);
        let grown = held.into_iter().flatten().any(|(held_events, held_users)| {
            let more_events = counts.events >= held_events.max(1).saturating_mul(EVENTS_GROWTH);
            let more_users = users > held_users && users >= held_users.saturating_mul(USERS_GROWTH);
            more_events || more_users
        });
        if grown {
            self.end_holds("the impact grew");
            self.settle();
        }
    }

    /// An issue that no fix was announced for is no reason to wait (semantics A4).
    pub(super) fn end_fix_hold_if_another_issue_is_open(&mut self) {
        let Some(fix) = self.incident.fix.as_ref().filter(|fix| fix.hold_until.is_some()) else { return };
        if self.incident.issues.iter().any(|issue| issue.open && !fix.issues.contains(&issue.id)) {
            let because = "an issue is open that has no fix".to_owned();
            self.decided(Event::FixHoldEnded { because }, "A4", &[]);
            self.settle();
        }
    }
}
