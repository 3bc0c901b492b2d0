//! What a person says an incident is worth: it holds the identity, moves the ladder, and yields when it is outgrown (semantics A8, L6).

use crate::command::Act;
use crate::decision::{Decision, Rejection};
use crate::event::{Actor, Event, ResolvedBy};
use crate::incident::Incident;
use crate::label::{Label, Standing};
use crate::policy::Level;
use crate::priority::Priority;
use crate::signal::Outcome;

use super::answer::{End, saw_this};
use super::{Context, Draft, millis};

/// A person says it. Where an incident is over it starts nothing; noise ends one that lives.
pub(super) fn label(
    incident: &Incident,
    act: &Act,
    priority: Priority,
    context: &Context<'_>,
) -> Result<Decision, Rejection> {
    saw_this(incident, act)?;
    let (by, reason) = (act.by.to_string(), act.reason.as_deref());
    let mut draft = Draft::of(incident.clone(), context);
    let label = Label::said(priority, &by, reason, incident.counts.users, context.now);
    let why = draft.why("A8", &[("holds_ms", millis(label.until.since(label.at)))]);
    let actor = act.by.clone();
    let said = Event::Labelled {
        from: incident.priority,
        to: priority,
        by: label.by,
        until: label.until,
        users: label.users,
        reason: label.reason,
    };
    draft.record(actor.clone(), said, Some(why));
    draft.heed_what_began();
    if !incident.state.is_live() {
        return Ok(draft.finish(Outcome::Joined));
    }
    let Some(level) = Level::of(priority) else {
        let as_of = context.now.max(incident.last_seen_at);
        let reason = reason.map_or_else(|| "it is noise".to_owned(), |reason| format!("it is noise: {reason}"));
        let end = End { by: ResolvedBy::Person(by), as_of, reason: Some(reason), fixed_in: None };
        draft.resolve(actor, end, "A8", &[]);
        return Ok(draft.finish(Outcome::Resolved));
    };
    // In a maintenance window the level says nothing: what counts is what it is worth, and less waits for the window's end (semantics A7). After that
    // nothing is waited for.
    let waits = incident.window.as_ref().is_some_and(|window| !window.over);
    let held = if waits { Level::of(worth(incident)) } else { Some(incident.level) };
    if held.is_none_or(|held| level > held) {
        draft.rise(actor, level, priority);
    } else {
        if level < incident.level {
            draft.fall(actor, level);
        }
        draft.hold_anew();
    }
    Ok(draft.finish(Outcome::Joined))
}

/// What a person, or else triage, says now.
const fn worth(incident: &Incident) -> Priority {
    if incident.is_labelled() { incident.priority } else { incident.triage.priority }
}

impl Draft<'_> {
    /// Ends the ladder and starts the lower one, its delay counted from now (semantics L6). Whoever took the incident keeps it.
    fn fall(&mut self, actor: Actor, level: Level) {
        self.cancel_pages = true;
        let why = self.why("L6", &[]);
        self.record(actor, Event::Fell { from: self.incident.level, to: level }, Some(why));
        self.start_escalation(self.now() + self.level().initial_delay, false, "L6");
        self.settle();
    }

    /// What a person said yields when its time is over or users grew tenfold: triage decides again (semantics A8).
    pub(super) fn end_label_if_over(&mut self) {
        let users = self.incident.counts.users;
        let Some(label) = &self.incident.label else { return };
        let (then, now) = (label.users, users.unwrap_or(0));
        let because = match label.standing(users, self.now()) {
            Standing::Holds => return,
            Standing::Expired => "its time is over".to_owned(),
            Standing::Outgrown => format!("{now} users are hit, {then} when it was said"),
        };
        let ended = Event::LabelEnded { said: label.priority, by: label.by.clone(), because };
        let count = |users: u64| i64::try_from(users).unwrap_or(i64::MAX);
        self.decided(ended, "A8", &[("users_then", count(then)), ("users_now", count(now))]);
    }
}
