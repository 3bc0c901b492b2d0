//! What a person's answer holds, and how that ends: by its time, by growth, by a release, by Sentry (semantics A2, A3, A5).

use crate::decision::News;
use crate::event::{Actor, Event, PageReason};
use crate::id::Name;
use crate::incident::{State, Until};
use crate::policy::{Choice, Reachable, Target};
use crate::release::is_later;
use crate::signal::{Fact, Lifecycle, Signal};

use super::{Draft, millis};

impl Draft<'_> {
    /// Ends a person's answer whose time is over; false while one holds.
    pub(super) fn end_answer_if_due(&mut self) -> bool {
        let until = match &self.incident.state {
            State::Acknowledged { until, .. } => *until,
            State::Snoozed { until, .. } => until.at,
            State::Open | State::Escalating | State::Exhausted { .. } | State::Resolved { .. } => return true,
        };
        if until.is_none_or(|until| until > self.now()) {
            return false;
        }
        self.end_answer("its time is over");
        true
    }

    /// The answer ends: the owner and those told so far are paged at once, and the ladder's clock goes on from where it stood (semantics A3,
    /// A5). Under a silence it goes on standing still, and nobody is paged (A6).
    pub(super) fn end_answer(&mut self, because: &str) {
        let Some(since) = self.incident.state.answered_since() else { return };
        let held = self.now().since(since);
        let snoozed = matches!(self.incident.state, State::Snoozed { .. });
        let numbers = [("held_ms", millis(held))];
        let reason = if snoozed {
            self.decided(Event::SnoozeEnded { held, because: because.to_owned() }, "A5", &numbers);
            PageReason::SnoozeEnded
        } else {
            self.decided(Event::AcknowledgementEnded { held }, "A3", &numbers);
            PageReason::AcknowledgementEnded
        };
        if self.incident.silenced.is_none() {
            self.page_those_told(reason);
        }
    }

    /// Pages the owner and everybody who was told so far, as they can be reached now.
    pub(super) fn page_those_told(&mut self, reason: PageReason) {
        let told = self.incident.escalation.iter().flat_map(|escalation| escalation.told.keys());
        let told = told.filter_map(|contact| self.reachable(contact));
        let people = self.owner().into_iter().chain(told).collect();
        self.page_each(people, reason);
    }

    /// Pages each of them once, whatever their names: two for one endpoint must not ring it twice (semantics L4).
    pub(super) fn page_each(&mut self, people: Vec<Reachable>, reason: PageReason) {
        let mut again: Vec<Reachable> = Vec::new();
        for reachable in people {
            let known = again
                .iter()
                .any(|known| known.contact == reachable.contact || known.channels.first() == reachable.endpoint());
            if !known {
                again.push(reachable);
            }
        }
        for reachable in again {
            self.page(&reachable, reason, None);
        }
    }

    /// Whoever answered for it, if the policy has a contact with the name that the person gave (docs/semantics.md, A3).
    pub(super) fn owner(&self) -> Option<Reachable> {
        let owner: Name = self.incident.owner.as_ref()?.person()?.parse().ok()?;
        self.reachable(&owner)
    }

    /// A contact or notifier by its name, as it can be reached now.
    pub(super) fn reachable(&self, contact: &Name) -> Option<Reachable> {
        let targets = [Target::Contact(contact.clone()), Target::Notifier(Choice::Named(contact.clone()))];
        self.context.reach(&targets).into_iter().next()
    }

    /// A signal may end a snooze, or be growth that the owner hears of. It never ends an acknowledgement (semantics A1, A2, A5).
    pub(super) fn weigh_growth(&mut self, signal: &Signal) {
        let users = self.incident.counts.users;
        let rate = self.incident.counts.pace.rate(self.now());
        match &self.incident.state {
            State::Snoozed { until, by, .. } => {
                if let Some(because) = ended_by(until, by, signal, users, rate) {
                    self.end_answer(&because);
                    self.settle();
                }
            }
            State::Acknowledged { grown, .. } => {
                if users.is_some_and(|users| grown.more_users(users)) || grown.faster(rate) {
                    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
                    let numbers = [
                        ("users_then", count(grown.users)),
                        ("users_now", count(users.unwrap_or(0))),
                        ("rate_then", count(grown.rate)),
                        ("rate_now", count(rate)),
                    ];
                    self.decided(Event::Grew { users: users.unwrap_or(0), rate }, "A2", &numbers);
                    self.tell_owner(&News::Grew { users, rate });
                }
            }
            State::Open | State::Escalating | State::Exhausted { .. } | State::Resolved { .. } => {}
        }
    }

    /// Tells the owner over the channel on which they are reached; without one, those who were told of it.
    fn tell_owner(&mut self, news: &News) {
        match self.owner().and_then(|owner| owner.endpoint().cloned()) {
            Some(channel) => self.tell_channels(vec![channel], news),
            None => self.tell(news),
        }
    }
}

/// Why a snooze ends with this signal, in words of ours.
fn ended_by(until: &Until, by: &Actor, signal: &Signal, users: Option<u64>, rate: u64) -> Option<String> {
    // Whoever put it off in Sentry takes it up again there, whatever the condition was.
    let reopened = match &signal.fact {
        Fact::Lifecycle(Lifecycle::Unresolved { came_back }) => *came_back || *by == Actor::Sentry,
        _ => false,
    };
    if until.reopened_in_sentry && reopened {
        return Some("Sentry opened it again".to_owned());
    }
    if let Some(most) = until.users.filter(|most| users.unwrap_or(0) >= *most) {
        return Some(format!("{} users are hit: it was put off until {most}", users.unwrap_or(0)));
    }
    if let Some(most) = until.rate.filter(|most| rate >= *most) {
        return Some(format!("{rate} events an hour: it was put off until {most}"));
    }
    let release = signal.release.as_deref()?;
    let before = until.release_after.as_deref()?;
    is_later(release, before).then(|| "a later release has it too".to_owned())
}
