//! One run of a ladder: rungs in their order and at their times, pages within their limits, an end that somebody hears of.

use std::collections::{BTreeMap, BTreeSet};

use domain::decision::Page;
use domain::event::{Event, PageReason};
use domain::id::Name;
use domain::policy::{Exhausted, LevelPolicy};
use domain::time::Timestamp;
use store::record::NewEntry;

use super::{Broken, Commit, Rang, Story, millis};
use crate::orders::on_the_wall;

/// Times are true ones, in milliseconds; `None` when they can no longer be known.
pub struct Ladder {
    pub ordinal: u32,
    by_rise: bool,
    /// Rung 0 is due no earlier.
    starts: Option<u64>,
    next_rung: usize,
    last_rung: Option<u64>,
    pub pages: BTreeSet<(Name, u32)>,
    /// Each page with its channels.
    channels: BTreeSet<(Name, u32, Name)>,
    /// When each contact's last page rang, and its number.
    pub last_page: BTreeMap<Name, (u64, u32)>,
    /// The same, known also when it no longer says when the next may come.
    leaves: BTreeMap<Name, (u64, u32)>,
    /// The rung that named each contact first.
    named: BTreeMap<Name, usize>,
    /// How many digests each contact had before a rung rang that told them anew.
    digests: BTreeMap<Name, u32>,
    held: BTreeSet<Name>,
    /// Whose page was held by a cooldown and is still owed: it is no repeat.
    owed: BTreeSet<Name>,
    /// Each contact's last page, while it came to no end.
    under_way: BTreeMap<Name, u32>,
    /// So many different people must acknowledge, and these have.
    pub acks: u32,
    pub answered: BTreeSet<String>,
    limited: bool,
    rebased: bool,
    pub delivered: u32,
    pub failed: u32,
    /// Pages that were put off to a digest, or a summary, and did not come to an end.
    waiting: BTreeSet<(Name, u32)>,
    /// Pages that a hold called back before their bundle left: they rang nobody, and count for no limit.
    called_back: BTreeSet<(Name, u32)>,
}

impl Ladder {
    /// Something holds it from now on: what waits for a bundle will not leave.
    pub fn call_back(&mut self, now: u64) {
        let waits = |(_, (rings, _)): &(&Name, &(u64, u32))| *rings > now;
        let back: Vec<(Name, u32)> =
            self.leaves.iter().filter(waits).map(|(contact, (_, number))| (contact.clone(), *number)).collect();
        for (contact, number) in back {
            self.last_page.remove(&contact);
            self.leaves.remove(&contact);
            self.waiting.remove(&(contact.clone(), number));
            self.called_back.insert((contact, number));
        }
    }

    fn called_back(&self, contact: &Name) -> u32 {
        let mine = self.called_back.iter().filter(|(other, _)| other == contact);
        u32::try_from(mine.count()).unwrap_or(u32::MAX)
    }

    /// How many of the pages before this one count for no wait and no limit of the rung that names the contact.
    fn uncounted(&self, contact: &Name) -> u32 {
        self.called_back(contact) + self.digests.get(contact).copied().unwrap_or(0)
    }

    fn comes_to_an_end(&mut self, contact: &Name, repetition: u32) {
        if self.under_way.get(contact) == Some(&repetition) {
            self.under_way.remove(contact);
        }
    }

    /// A rung rings somebody whom digests alone were for (semantics L2).
    fn is_told_anew(&mut self, contact: &Name) {
        let pages = self.pages.iter().filter(|(other, _)| other == contact).count();
        let pages = u32::try_from(pages).unwrap_or(u32::MAX);
        self.digests.insert(contact.clone(), pages.saturating_sub(self.called_back(contact)));
        self.named.remove(contact);
    }

    /// Something of it was put off, and has not left.
    pub fn is_put_off(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub fn explains(&self, page: &Page) -> bool {
        self.ordinal == page.ordinal
            && self.channels.contains(&(page.contact.clone(), page.repetition, page.channel.clone()))
    }

    pub fn has_answered(&self, contact: &Name) -> bool {
        self.answered.contains(contact.as_str())
    }

    pub fn forget_times(&mut self) {
        self.starts = None;
        self.last_rung = None;
        self.last_page.clear();
    }

    /// The window whose end it waits for was moved.
    pub const fn starts_anew(&mut self, starts: u64) {
        if self.next_rung == 0 {
            self.starts = Some(starts);
        }
    }

    /// Another policy: what ran has run, what is to come follows other numbers (semantics L15).
    pub fn is_rebased(&mut self) {
        self.rebased = true;
        self.last_rung = None;
        self.last_page.clear();
    }

    /// A resolve was taken back: the same ladder under the next number (semantics R4).
    pub fn goes_on_undone(&mut self, ordinal: u32, broken: &mut Broken) {
        if ordinal != self.ordinal + 1 {
            broken.push(format!("escalation {ordinal} follows escalation {}", self.ordinal));
        }
        self.ordinal = ordinal;
        // A page that was called back, or was under way, is owed: it is no repeat, and may come as soon as the cooldown allows.
        self.owed.extend(std::mem::take(&mut self.under_way).into_keys());
        self.last_page.clear();
    }
}

/// One page, as the timeline tells it.
struct Paged<'a> {
    contact: &'a Name,
    channels: &'a [Name],
    rung: Option<usize>,
    repetition: u32,
    reason: PageReason,
    /// The commit that it was decided with.
    commit: u64,
    /// When it rings, in true time: with its bundle.
    rings: u64,
    bundled: bool,
    /// How many of its pages the incident itself says were called back. A clock that was set back and not followed before the next process makes a
    /// page look as if it had not left.
    called_back: u32,
    /// It waits for a digest or a summary, and rings nobody.
    waits: bool,
}

fn is_digest(level: Option<&LevelPolicy>, rung: usize) -> bool {
    level.and_then(|level| level.ladder.get(rung)).is_some_and(|rung| rung.digest)
}

impl Story {
    pub(super) fn climbs(
        &mut self,
        new: &NewEntry,
        commit: &Commit<'_>,
        seen: &mut BTreeMap<&'static str, u64>,
        broken: &mut Broken,
    ) {
        let now = commit.now;
        match &new.entry.event {
            Event::EscalationStarted { ordinal, starts_at, by_rise, .. } => {
                self.escalates(*ordinal, commit.true_time(new.at, *starts_at), *by_rise, broken);
            }
            Event::RungRan { rung, due, .. } => {
                if self.changes_clocks(new.at) {
                    *seen.entry("a rung on a day of change").or_default() += 1;
                }
                self.rung(*rung, *due > new.at, new.at, now, broken);
            }
            Event::RungSkipped { rung, .. } => self.rung_is_skipped(*rung, now, broken),
            Event::RungReachedNobody { .. } => self.reached_nobody += 1,
            Event::Paged { contact, channels, rung, repetition, reason, bundle, .. } => {
                if let Some(bundle) = bundle {
                    *seen
                        .entry(match bundle.kind {
                            domain::attention::BundleKind::Critical => "a critical bundle",
                            domain::attention::BundleKind::Storm => "a storm bundle",
                            domain::attention::BundleKind::Digest => "a digest",
                            domain::attention::BundleKind::Summary => "a summary",
                            domain::attention::BundleKind::Silence => "a bulletin of a silence",
                        })
                        .or_default() += 1;
                    self.leaves_at(bundle.kind, bundle.due, new.at, broken);
                }
                let page = Paged {
                    contact,
                    channels,
                    rung: *rung,
                    repetition: *repetition,
                    reason: *reason,
                    commit: commit.number,
                    rings: bundle.map_or(now, |bundle| commit.true_time(new.at, bundle.due)),
                    bundled: bundle.is_some(),
                    called_back: commit
                        .after
                        .and_then(|incident| Some(incident.escalation.as_ref()?.told.get(contact)?.called_back))
                        .unwrap_or(0),
                    waits: bundle.is_some_and(|bundle| !bundle.kind.interrupts()),
                };
                self.paged(&page, now, broken);
            }
            Event::Demoted { contact, .. } if self.level.is_urgent() => {
                broken.push(format!("{contact}'s page of level {} was held by a budget (L16)", self.level));
            }
            Event::LimitReached { .. } => {
                if let Some(ladder) = &mut self.ladder {
                    ladder.limited = true;
                }
            }
            Event::PageHeld { contact, .. } => {
                let level = self.policy.as_ref().map(|policy| policy.level(self.level));
                if let Some(ladder) = &mut self.ladder {
                    // What is held rings, and nobody tells of which rung it is.
                    if ladder.named.get(contact).is_some_and(|named| is_digest(level, *named)) {
                        ladder.is_told_anew(contact);
                    }
                    ladder.held.insert(contact.clone());
                    ladder.owed.insert(contact.clone());
                    ladder.last_page.remove(contact);
                }
            }
            Event::Resumed { .. } => {
                if let Some(ladder) = &mut self.ladder {
                    ladder.last_page.clear();
                }
            }
            Event::PageDelivered { contact, channel, repetition } => {
                self.delivered += 1;
                if let Some(ladder) = &mut self.ladder {
                    ladder.delivered += 1;
                    ladder.comes_to_an_end(contact, *repetition);
                    ladder.waiting.remove(&(contact.clone(), *repetition));
                }
                self.another_channel_rang(contact, channel, *repetition, commit);
            }
            Event::PageFailed { contact, channel, repetition, others_left, .. } => {
                self.failed += 1;
                let ordinal = self.ladder.as_ref().map_or(0, |ladder| ladder.ordinal);
                if let Some(ladder) = &mut self.ladder {
                    ladder.failed += 1;
                    if !others_left {
                        ladder.comes_to_an_end(contact, *repetition);
                    }
                    ladder.waiting.remove(&(contact.clone(), *repetition));
                }
                self.endpoints.retain(|endpoint, rang| {
                    endpoint != channel
                        || rang.contact != *contact
                        || rang.repetition != *repetition
                        || rang.ordinal != ordinal
                });
            }
            Event::Exhausted { .. } => self.exhausts(now, broken),
            _ => {}
        }
    }

    fn escalates(&mut self, ordinal: u32, starts: u64, by_rise: bool, broken: &mut Broken) {
        let before = self.ladder.as_ref().map_or(0, |ladder| ladder.ordinal);
        if ordinal != before + 1 {
            broken.push(format!("escalation {ordinal} follows escalation {before}"));
        }
        self.ladder = Some(Ladder {
            ordinal,
            by_rise,
            starts: Some(starts),
            next_rung: 0,
            last_rung: None,
            pages: BTreeSet::new(),
            channels: BTreeSet::new(),
            last_page: BTreeMap::new(),
            leaves: BTreeMap::new(),
            named: BTreeMap::new(),
            held: BTreeSet::new(),
            owed: BTreeSet::new(),
            under_way: BTreeMap::new(),
            acks: 0,
            answered: BTreeSet::new(),
            limited: false,
            rebased: false,
            delivered: 0,
            failed: 0,
            waiting: BTreeSet::new(),
            called_back: BTreeSet::new(),
            digests: BTreeMap::new(),
        });
    }

    fn rung(&mut self, rung: usize, early_by_its_own_word: bool, at: Timestamp, now: u64, broken: &mut Broken) {
        self.comes_to_a_rung(rung, now, broken);
        if early_by_its_own_word {
            broken.push(format!("rung {rung} ran before the time that it was due by its own word"));
        }
        let Some(policy) = &self.policy else { return };
        let Some(step) = policy.level(self.level).ladder.get(rung) else {
            return broken.push(format!("rung {rung} ran, and there is none"));
        };
        if step.working_hours_only {
            let (day, hour, _) = on_the_wall(&policy.working_hours.zone, at);
            if day >= 5 || !(9..18).contains(&hour) {
                broken.push(format!("rung {rung} ran on day {day} at {hour}, when nobody works (L2)"));
            }
        }
        if let Some(ladder) = &mut self.ladder {
            ladder.acks = ladder.acks.max(step.acks);
        }
    }

    fn rung_is_skipped(&mut self, rung: usize, now: u64, broken: &mut Broken) {
        self.comes_to_a_rung(rung, now, broken);
        let step = self.policy.as_ref().and_then(|policy| policy.level(self.level).ladder.get(rung));
        if step.is_none_or(|step| step.only_if.is_empty()) {
            broken.push(format!("rung {rung} was skipped, and has no condition (L2)"));
        }
    }

    /// Each rung comes once, in order, never early, and never while something holds the ladder.
    fn comes_to_a_rung(&mut self, rung: usize, now: u64, broken: &mut Broken) {
        if let Some(quiet) = self.quiet() {
            broken.push(format!("rung {rung} ran while it was {quiet} (L10)"));
        }
        if self.held_by_a_fix(now) {
            broken.push(format!("rung {rung} ran while a fix held the ladder (F2)"));
        }
        let offset = self
            .policy
            .as_ref()
            .and_then(|policy| policy.level(self.level).ladder.get(rung).map(|rung| millis(rung.after)));
        let Some(ladder) = &mut self.ladder else {
            return broken.push(format!("rung {rung} ran without an escalation"));
        };
        if rung != ladder.next_rung {
            broken.push(format!("rung {rung} ran, but rung {} was next", ladder.next_rung));
        }
        if let (Some(starts), Some(offset)) = (ladder.starts, offset)
            && now < starts + offset
        {
            broken.push(format!("rung {rung} ran {} ms early", starts + offset - now));
        }
        if ladder.last_rung.is_some_and(|last| last >= now) {
            broken.push(format!("rungs {} and {rung} ran at once", rung.saturating_sub(1)));
        }
        ladder.last_rung = Some(now);
        ladder.next_rung = rung + 1;
    }

    fn paged(&mut self, page: &Paged<'_>, now: u64, broken: &mut Broken) {
        let Paged { contact, channels, rung, repetition, reason, commit, rings, .. } = *page;
        if let Some(quiet) = self.quiet() {
            broken.push(format!("{contact} was paged while it was {quiet} (L10)"));
        }
        if self.held_by_a_fix(now) && matches!(reason, PageReason::Rung | PageReason::Repeat) {
            broken.push(format!("{contact} was paged while a fix held the ladder (F2)"));
        }
        let level = self.policy.as_ref().map(|policy| policy.level(self.level));
        let Some(ladder) = &mut self.ladder else {
            return broken.push(format!("{contact} was paged without an escalation"));
        };
        let owed = ladder.owed.remove(contact);
        if reason == PageReason::Repeat && !owed {
            // When it is reached is the rule's own word, tested there; after it nothing repeats.
            let again = repetition > ladder.called_back(contact);
            if again && !ladder.rebased && ladder.limited {
                broken.push(format!("{contact} was paged again beyond the level's limit (L3)"));
            }
            let uncounted = ladder.uncounted(contact).max(page.called_back);
            let repeats = ladder.named.get(contact).and_then(|rung| level?.ladder.get(*rung)?.repeats);
            if !ladder.rebased && repeats.is_some_and(|most| repetition > most + uncounted) {
                broken.push(format!("{contact}'s repeat {repetition} is beyond their rung's limit (L3)"));
            }
            if ladder.has_answered(contact) {
                broken.push(format!("{contact} has acknowledged, for their part, and is paged again (A1)"));
            }
        }
        if !ladder.pages.insert((contact.clone(), repetition)) {
            broken.push(format!("{contact} got page {repetition} twice"));
        }
        if page.waits {
            ladder.waiting.insert((contact.clone(), repetition));
        }
        // What still waited gives way to it, and rings nobody.
        if let Some((_, number)) = ladder.leaves.get(contact).copied().filter(|(rings, _)| *rings > now) {
            ladder.waiting.remove(&(contact.clone(), number));
            ladder.called_back.insert((contact.clone(), number));
            ladder.last_page.remove(contact);
        }
        if let Some(rung) = rung {
            let before = ladder.named.get(contact);
            if before.is_some_and(|before| is_digest(level, *before)) && !is_digest(level, rung) {
                ladder.is_told_anew(contact);
            }
            ladder.named.entry(contact.clone()).or_insert(rung);
        }
        let (cooldown, most) = level.map_or((0, 0), |level| (millis(level.cooldown), millis(level.max_cooldown)));
        if let Some(endpoint) = channels.first().filter(|_| !page.waits) {
            let exempt = reason.breaks_cooldown() || (ladder.by_rise && rung == Some(0));
            // An exception breaks the cooldown of an earlier page; it is no leave to ring twice at once.
            if let Some(rang) = self.endpoints.get(endpoint)
                && now < rang.at + cooldown
                && (!exempt || (rang.commit == commit && rang.ordinal == ladder.ordinal && !page.bundled))
            {
                broken.push(format!(
                    "{endpoint} was paged ({}) {} ms after its last page, within its cooldown of {cooldown} ms (L4)",
                    reason.as_str(),
                    i128::from(now) - i128::from(rang.at)
                ));
            }
            let before = self.endpoints.get(endpoint).map(|rang| rang.at);
            let rang =
                Rang { at: rings, commit, contact: contact.clone(), repetition, ordinal: ladder.ordinal, before };
            self.endpoints.insert(endpoint.clone(), rang);
        }
        if let (PageReason::Repeat, Some((last, number))) = (reason, ladder.last_page.get(contact)) {
            let wait = cooldown
                .saturating_mul(1 << number.saturating_sub(ladder.uncounted(contact).max(page.called_back)).min(20))
                .min(most);
            if now < last + wait {
                broken.push(format!("{contact}'s repeat {repetition} came {} ms early (L3)", last + wait - now));
            }
        }
        ladder.last_page.insert(contact.clone(), (rings, repetition));
        ladder.leaves.insert(contact.clone(), (rings, repetition));
        ladder.under_way.insert(contact.clone(), repetition);
        ladder.channels.extend(channels.iter().map(|channel| (contact.clone(), repetition, channel.clone())));
    }

    /// A later channel that took the page rang as well.
    fn another_channel_rang(&mut self, contact: &Name, channel: &Name, repetition: u32, commit: &Commit<'_>) {
        let told = commit.after.and_then(|incident| incident.escalation.as_ref()?.told.get(contact));
        let another = told.is_some_and(|told| told.pages == repetition + 1 && told.channels.first() != Some(channel));
        if another && commit.after.is_some_and(|incident| incident.endpoints.contains_key(channel)) {
            let ordinal = self.ladder.as_ref().map_or(0, |ladder| ladder.ordinal);
            let rang = Rang {
                at: commit.now,
                commit: commit.number,
                contact: contact.clone(),
                repetition,
                ordinal,
                before: None,
            };
            self.endpoints.insert(channel.clone(), rang);
        }
    }

    fn exhausts(&mut self, now: u64, broken: &mut Broken) {
        self.exhausted += 1;
        if let Some(quiet) = self.quiet() {
            broken.push(format!("it was exhausted while it was {quiet}"));
        }
        let Some(ladder) = &self.ladder else { return broken.push("exhausted without an escalation".to_owned()) };
        let Some(level) = self.policy.as_ref().map(|policy| policy.level(self.level)) else { return };
        if ladder.next_rung < level.ladder.len() {
            broken.push(format!("it was exhausted although rung {} never ran", ladder.next_rung));
        }
        if ladder.pages.is_empty() && ladder.held.is_empty() && self.reached_nobody == 0 {
            broken.push("it was exhausted, nobody was told, and nobody said so (L14)".to_owned());
        }
        if let (Exhausted::After(rest), Some(last)) = (level.exhausted, ladder.last_rung)
            && now < last + millis(rest)
        {
            broken.push(format!("it was exhausted {} ms early (L5)", last + millis(rest) - now));
        }
    }
}
