//! Pages and news: whom, over which channels, when they leave, and what holds or bundles them (semantics L3, L4, L12, L13, L16).

use crate::attention::{Attention, BundleKind, Departure, OpenBundle, WAITS, Whose};
use crate::backoff::repeat_after;
use crate::decision::{Bundled, News, Page, Update, Work};
use crate::event::{Event, PageReason};
use crate::id::Name;
use crate::incident::{Escalation, PageState, State, Told};
use crate::policy::{Reachable, Target};
use crate::time::Timestamp;

use super::{Draft, millis};

/// What ends at one moment for many incidents is told as one: so long it waits until all of them have said their part.
pub(super) const GATHERS: std::time::Duration = std::time::Duration::from_secs(10);

impl Draft<'_> {
    /// Rungs add people: who was told in this escalation repeats on their own, and a second name for the same endpoint adds nobody. Whom a digest alone
    /// was for, a later rung rings (semantics L2).
    pub(super) fn page_unless_told(&mut self, reachable: &Reachable, reason: PageReason, rung: usize) {
        let ladder = self.context.policy.rungs(self.incident.level, self.incident.route.as_ref());
        let now = self.now();
        let is_digest = |rung: usize| ladder.get(rung).is_some_and(|rung| rung.digest);
        let told = self.incident.escalation.iter_mut().flat_map(|escalation| &mut escalation.told);
        for (_, told) in told.filter(|(contact, told)| reachable.is_told_as((*contact, &**told))) {
            if is_digest(rung) || !told.rung.is_some_and(is_digest) {
                return;
            }
            told.rung = Some(rung);
            told.digests = told.left(now);
        }
        self.page(reachable, reason, Some(rung));
    }

    /// Pages a contact over its channels, or holds the page while its endpoint cools down (semantics L3, L4, L13). What can wait goes into a
    /// digest, what comes in a storm into a bundle.
    pub(super) fn page(&mut self, reachable: &Reachable, reason: PageReason, rung: Option<usize>) {
        let Some(escalation) = self.incident.escalation.clone() else { return };
        let level = self.level();
        let Some(endpoint) = reachable.endpoint() else { return };
        // Two names of one endpoint are one receiver, who goes on under the name of the first page (semantics L4).
        let mut known = escalation.told.iter().filter(|told| reachable.is_told_as(*told)).map(|(name, _)| name);
        let name = known.next().filter(|_| !escalation.told.contains_key(&reachable.contact));
        let has_answered = |name: &Name| escalation.acknowledged_by.contains(name.as_str());
        if has_answered(&reachable.contact) || name.is_some_and(has_answered) {
            // One of several who must acknowledge, and has.
            return;
        }
        let reachable =
            &Reachable { contact: name.unwrap_or(&reachable.contact).clone(), channels: reachable.channels.clone() };
        let told = escalation.told.get(&reachable.contact);
        let named_by = told.and_then(|told| told.rung).or(rung);
        let shared = self.told_with_others(reachable, named_by);
        if reason == PageReason::Restart && (shared.is_some() || told.is_some_and(|told| told.waits(self.now()))) {
            // It rang nobody, or waits in the outbox still.
            return;
        }
        // A page from the future was noted before the clock was set back while the incident was over: it says nothing (semantics C2). One that
        // waits in a bundle is none of these.
        let last = self.incident.endpoints.get(endpoint).filter(|last| **last <= self.now() + WAITS);
        let cools_until = last.map(|last| *last + level.cooldown);
        let by_rise = escalation.by_rise && reason != PageReason::Restart;
        let exempt = shared.is_some() || reason.breaks_cooldown() || (by_rise && rung == Some(0));
        if let Some(until) = cools_until.filter(|until| *until > self.now() && !exempt) {
            let event =
                Event::PageHeld { contact: reachable.contact.clone(), channels: reachable.channels.clone(), until };
            self.decided(event, "L4", &[("cooldown_ms", millis(level.cooldown))]);
            let escalation = self.incident.escalation.as_mut();
            if let Some(told) = escalation.and_then(|escalation| escalation.told.get_mut(&reachable.contact)) {
                // It is that rung's page when it is made (semantics L3).
                told.rung = named_by;
                told.owed |= reason != PageReason::Repeat;
            }
            return;
        }
        // Only what would ring now is an interruption, and may be one too many.
        let waiting = shared.or_else(|| self.demoted(reachable));
        let repetition = told.map_or(0, |told| told.pages);
        let bundle = waiting.or_else(|| self.bundle_in_a_storm(reachable, endpoint, reason));
        let leaves = bundle.map_or(self.now(), |bundle| bundle.due);
        // What was called back was never heard: no wait grows by it (semantics L4).
        let counted = told.map_or(0, |told| told.counted(self.now()));
        let next = self.next_repeat(&escalation, reachable, named_by, counted, leaves);
        let event = Event::Paged {
            contact: reachable.contact.clone(),
            channels: reachable.channels.clone(),
            rung,
            repetition,
            reason,
            next,
            bundle,
        };
        let rule = match reason {
            PageReason::Rung => "L2",
            PageReason::Repeat => "L3",
            PageReason::AcknowledgementEnded => "A3",
            PageReason::SnoozeEnded => "A5",
            PageReason::SilenceEnded => "A6",
            PageReason::Restart => "C1",
            PageReason::Fallback => "L14",
            PageReason::NobodyElse => "L7",
        };
        let wait = next.map_or(0, |next| millis(next.since(self.now())));
        self.decided(event, rule, &[("cooldown_ms", millis(level.cooldown)), ("next_ms", wait)]);
        for (position, channel) in reachable.channels.iter().enumerate() {
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            let due = leaves + level.next_channel_after.saturating_mul(position);
            let work = Work::Page(Page {
                escalation: escalation.id,
                ordinal: escalation.ordinal,
                contact: reachable.contact.clone(),
                channel: channel.clone(),
                repetition,
                reason,
                rung: rung.or_else(|| escalation.next_rung.checked_sub(1)),
                bundle: bundle.map(Bundled::from),
            });
            self.plan(due, work);
        }
    }

    /// The summary or digest in which a page waits, because of its window or its rung: it rings nobody.
    fn told_with_others(&self, reachable: &Reachable, rung: Option<usize>) -> Option<OpenBundle> {
        let endpoint = reachable.endpoint()?;
        if let Some(window) = &self.incident.window {
            return Some(OpenBundle::of(BundleKind::Summary, endpoint, (window.until + GATHERS).max(self.now())));
        }
        let ladder = self.context.policy.rungs(self.incident.level, self.incident.route.as_ref());
        let digest = rung.and_then(|rung| ladder.get(rung)).is_some_and(|rung| rung.digest);
        digest.then(|| self.digest(endpoint))
    }

    /// The digest in which a page waits, because the noise budget of whom it is for is used up.
    fn demoted(&mut self, reachable: &Reachable) -> Option<OpenBundle> {
        let endpoint = reachable.endpoint()?;
        self.exceeds_budget(reachable).then(|| self.digest(endpoint))
    }

    fn digest(&self, channel: &Name) -> OpenBundle {
        let policy = self.context.policy;
        OpenBundle::of(BundleKind::Digest, channel, policy.digest.next(self.now(), &policy.working_hours))
    }

    /// Whether a person has been interrupted as often as their budget allows. What is urgent is never held (semantics L16). A page that is not
    /// held is counted.
    fn exceeds_budget(&mut self, reachable: &Reachable) -> bool {
        let contact = self.context.policy.contacts.get(&reachable.contact);
        let Some(budget) = contact.and_then(|contact| contact.budget.as_ref()).filter(|_| !self.incident.synthetic)
        else {
            return false;
        };
        let now = self.now();
        let whose = Whose::Contact(reachable.contact.clone());
        let allowance = budget.at(now);
        let mut spent = budget.spent(self.attention(whose.clone()).spent.as_ref(), now);
        if self.incident.level.is_urgent() || spent.count < allowance.most || spent.interrupts_still(now) {
            self.attention(whose).interrupt(spent, now);
            return false;
        }
        let numbers = [
            ("interruptions", i64::from(spent.count)),
            ("budget", i64::from(allowance.most)),
            ("night", i64::from(allowance.night)),
        ];
        let first = !std::mem::replace(&mut spent.told, true);
        self.attention(whose).spent = Some(spent);
        let contact = reachable.contact.clone();
        if let Some(endpoint) = reachable.endpoint() {
            let until = self.digest(endpoint).due;
            self.decided(Event::Demoted { contact: contact.clone(), until }, "L16", &numbers);
        }
        if first {
            let team = self.role("team").into_iter().filter_map(|room| room.endpoint().cloned()).collect();
            self.tell_channels(team, &News::BudgetSpent { contact, until: allowance.until });
        }
        true
    }

    /// The bundle that a page goes in while its channel is in a storm (semantics L12). A test is no part of any storm.
    fn bundle_in_a_storm(&mut self, reachable: &Reachable, endpoint: &Name, reason: PageReason) -> Option<OpenBundle> {
        if self.incident.synthetic || reachable.channels.is_empty() {
            return None;
        }
        let (critical, now) = (self.is_critical(), self.now());
        let first = reason != PageReason::Repeat;
        match self.attention(Whose::Channel(endpoint.clone())).page(endpoint, critical, first, now) {
            Departure::Alone => None,
            Departure::With(bundle) => Some(bundle),
        }
    }

    /// The attention of somebody, as this decision has left it so far, to be changed.
    pub(super) fn attention(&mut self, whose: Whose) -> &mut Attention {
        let before = self.context.attention;
        self.attention.entry(whose).or_insert_with_key(|whose| before.get(whose).cloned().unwrap_or_default())
    }

    /// When this contact is paged again if nothing happens: doubling cooldowns from the moment at which the page leaves, and once exhausted every
    /// max cooldown, for levels that page until somebody answers and their primary and fallback alone (semantics L3, L5).
    fn next_repeat(
        &self,
        escalation: &Escalation,
        reachable: &Reachable,
        rung: Option<usize>,
        repetition: u32,
        leaves: Timestamp,
    ) -> Option<Timestamp> {
        let level = self.level();
        let ladder = self.context.policy.rungs(self.incident.level, self.incident.route.as_ref());
        let most = rung.and_then(|rung| ladder.get(rung)?.repeats);
        if escalation.limited || most.is_some_and(|most| repetition >= most) {
            return None;
        }
        let doublings = if matches!(self.incident.state, State::Exhausted { .. }) {
            if !self.paged_until_answered().iter().any(|one| one.is_reached_with(reachable)) {
                return None;
            }
            u32::MAX
        } else {
            repetition
        };
        let seed: [&[u8]; 3] =
            [&escalation.id.bits().to_be_bytes(), reachable.contact.as_str().as_bytes(), &repetition.to_be_bytes()];
        Some(leaves + repeat_after(level, doublings, &seed))
    }

    /// Who is paged on after exhaustion, as they are on call now (semantics L5).
    pub(super) fn paged_until_answered(&self) -> Vec<Reachable> {
        if !self.level().until_answered {
            return Vec::new();
        }
        let mut people = self.role("primary");
        people.extend(self.fallback());
        people
    }

    pub(super) fn repeat_due_pages(&mut self) {
        let now = self.now();
        let due: Vec<(Name, Told)> = self
            .incident
            .escalation
            .iter()
            .flat_map(|escalation| &escalation.told)
            .filter(|(_, told)| told.next_at.is_some_and(|next| next <= now))
            .map(|(contact, told)| (contact.clone(), told.clone()))
            .collect();
        let somebody = !due.is_empty();
        for (contact, told) in due {
            // What is owed is no repeat: no limit takes it away.
            if !told.is_owed() && self.stops_at_the_limit() {
                self.repeat_no_more(&contact, now);
                continue;
            }
            let reason = if told.heard(now) { PageReason::Repeat } else { PageReason::Rung };
            let channels = told.channels;
            let reachable = self.reachable(&contact).unwrap_or(Reachable { contact: contact.clone(), channels });
            self.page(&reachable, reason, None);
            self.repeat_no_more(&contact, now);
            if reason == PageReason::Repeat {
                self.page_whom_the_rung_means_now(told.rung);
            }
        }
        if somebody && matches!(self.incident.state, State::Exhausted { .. }) {
            self.page_who_is_on_call_now();
        }
    }

    /// A rung that is told again is told to whoever has come to fill its roles since (semantics L3). What rests, or takes turns, has its own rules.
    fn page_whom_the_rung_means_now(&mut self, rung: Option<usize>) {
        let ladder = self.context.policy.rungs(self.incident.level, self.incident.route.as_ref());
        let ran = self.incident.escalation.as_ref().map_or(0, |escalation| escalation.next_rung);
        let Some(number) = rung.filter(|rung| *rung < ran && !matches!(self.incident.state, State::Exhausted { .. }))
        else {
            return;
        };
        let Some(rung) = ladder.get(number).filter(|rung| !rung.round_robin) else { return };
        let roles: Vec<Target> =
            rung.targets.iter().filter(|target| matches!(target, Target::Role(_))).cloned().collect();
        for reachable in self.context.reach(&roles) {
            self.page_unless_told(&reachable, PageReason::Rung, number);
        }
    }

    /// What is due still will not be made: nobody waits for it.
    fn repeat_no_more(&mut self, contact: &Name, now: Timestamp) {
        let escalation = self.incident.escalation.as_mut();
        if let Some(told) = escalation.and_then(|escalation| escalation.told.get_mut(contact)) {
            told.next_at = told.next_at.filter(|next| *next > now);
        }
    }

    /// Whoever is primary and is not paged any more, or never was, has become it by a hand-over: they are paged in the turn of the one before
    /// (semantics L5). What limits a rung's repeats limits them too (L3).
    pub(super) fn page_who_is_on_call_now(&mut self) {
        for reachable in self.paged_until_answered() {
            let Some(escalation) = self.incident.escalation.clone() else { return };
            let told = escalation.told.iter().find(|told| reachable.is_told_as(*told)).map(|(_, told)| told);
            let goes_on = told.is_none_or(|told| {
                let last = told.counted(self.now()).saturating_sub(1);
                told.next_at.is_none()
                    && self.next_repeat(&escalation, &reachable, told.rung, last, self.now()).is_some()
            });
            if goes_on {
                self.page(&reachable, PageReason::Repeat, None);
            }
        }
    }

    /// The level's limit of pages was reached: nothing repeats any more, and the fallback is told once (semantics L14).
    fn stops_at_the_limit(&mut self) -> bool {
        let Some(escalation) = &self.incident.escalation else { return false };
        if escalation.limited {
            return true;
        }
        let pages = escalation.attempts;
        let Some(most) = self.level().max_pages.filter(|most| pages >= *most) else { return false };
        self.decided(Event::LimitReached { pages }, "L3", &[("max_pages", i64::from(most))]);
        for reachable in self.fallback() {
            self.page(&reachable, PageReason::Fallback, None);
        }
        true
    }

    /// Tells everybody who was paged, over the channels that they were paged on: in this escalation, or in one of this opening that a rise
    /// ended (semantics A1). What concerns the owner is told to them even if nobody paged them (I3, L6, A2); a failed page is told through
    /// the fallback (L14). Who waits for a digest has not been told of anything yet.
    pub(super) fn tell(&mut self, news: &News) {
        let channels = self.who_heard(news);
        self.tell_channels(channels, news);
    }

    /// The channels on which news is told; one may stand there twice.
    pub(super) fn who_heard(&self, news: &News) -> Vec<Name> {
        let now = self.now();
        let told: Vec<Told> = self.incident.told().cloned().collect();
        let heard = told.iter().filter(|told| told.heard(now));
        let mut channels: Vec<Name> = heard.filter_map(|told| told.channels.first().cloned()).collect();
        let opening = self.incident.opened_at..=now;
        let endpoints = self.incident.endpoints.iter().filter(|(_, paged_at)| opening.contains(*paged_at));
        channels.extend(endpoints.map(|(endpoint, _)| endpoint.clone()));
        if matches!(news, News::Rose | News::IssueJoined | News::Grew { .. }) {
            channels.extend(self.owner().and_then(|owner| owner.endpoint().cloned()));
        }
        if told.iter().any(|told| told.last == PageState::Failed) {
            channels.extend(self.fallback().into_iter().filter_map(|fallback| fallback.endpoint().cloned()));
        }
        channels
    }

    /// Tells each channel once: bundled where it is in a storm.
    pub(super) fn tell_channels(&mut self, channels: Vec<Name>, news: &News) {
        let (critical, now) = (self.is_critical(), self.now());
        let mut known: Vec<Name> = Vec::new();
        self.incident.news += 1;
        for channel in channels {
            if known.contains(&channel) {
                continue;
            }
            let departure = if self.incident.synthetic {
                Departure::Alone
            } else {
                self.attention(Whose::Channel(channel.clone())).news(&channel, critical, now)
            };
            let bundle = match departure {
                Departure::Alone => None,
                Departure::With(bundle) => Some(bundle),
            };
            self.plan_news(channel.clone(), news.clone(), bundle);
            known.push(channel);
        }
    }

    /// Puts this incident's part into a message that many share.
    pub(super) fn tell_in_bundle(&mut self, channels: Vec<Name>, news: &News, kind: BundleKind, due: Timestamp) {
        let mut known: Vec<Name> = Vec::new();
        self.incident.news += 1;
        for channel in channels {
            if !known.contains(&channel) {
                let bundle = OpenBundle::of(kind, &channel, due);
                self.plan_news(channel.clone(), news.clone(), Some(bundle));
                known.push(channel);
            }
        }
    }

    fn plan_news(&mut self, channel: Name, news: News, bundle: Option<OpenBundle>) {
        let due = bundle.map_or(self.now(), |bundle| bundle.due);
        let number = self.incident.news;
        self.plan(due, Work::Update(Update { channel, news, number, bundle: bundle.map(Bundled::from) }));
    }
}
