//! What the channels, people and roles behind pages were asked for lately: from it follow storms (semantics L12), noise budgets (L16) and whose
//! turn it is.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{BundleId, Name};
use crate::time::Timestamp;

/// Interruptions within so much time are one.
const ONE_INTERRUPTION: Duration = Duration::from_secs(60);

/// Whose attention.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// A channel's: storms.
    Channel(Name),
    /// A contact's: the noise budget.
    Contact(Name),
    /// A role's: whose turn it is.
    Role(Name),
}

/// What was asked of it lately. Nothing of it is more than a few days old.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attention {
    /// First pages of the last five minutes, oldest first, as many as decide whether a storm begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first_pages: Vec<Timestamp>,
    /// The storm that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storm: Option<Storm>,
    /// Interruptions in the running day or night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<Spent>,
    /// How many turns a role has had.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub turns: u64,
}

/// A storm: pages to a channel go in bundles until fifteen quiet minutes have passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// Since when.
    pub since: Timestamp,
    /// The last page or news that went into a bundle.
    pub last_at: Timestamp,
    /// The bundle of criticals that still takes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<OpenBundle>,
    /// The same of all other levels: the two never mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<OpenBundle>,
}

/// A bundle that still takes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenBundle {
    /// Its name.
    pub id: BundleId,
    /// Why it is one.
    pub kind: BundleKind,
    /// When it leaves.
    pub due: Timestamp,
}

/// Interruptions of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Until when they are counted: the end of that day or night.
    pub until: Timestamp,
    /// How many.
    pub count: u32,
    /// The last one: several within a minute are one.
    pub last_at: Timestamp,
    /// The team was told that the budget is used up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// When something that is to be told leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// At once, alone.
    Alone,
    /// With others.
    With(OpenBundle),
}

/// So many first pages to one channel go singly within [`SINGLY_IN`]; the next one begins a storm (semantics L12).
pub const SINGLY: usize = 5;
/// See [`SINGLY`].
pub const SINGLY_IN: Duration = Duration::from_mins(5);
/// After so much quiet a storm is over.
pub const QUIET: Duration = Duration::from_mins(15);
/// How long a bundle waits for more.
pub const WAITS: Duration = Duration::from_secs(60);
/// The same of criticals: the first try of a critical is never more than half a minute late.
pub const CRITICAL_WAITS: Duration = Duration::from_secs(20);

impl Attention {
    /// A page to a channel wants to leave. A first page may begin a storm; while one goes on, repeats are bundled too.
    pub fn page(&mut self, channel: &Name, critical: bool, first: bool, now: Timestamp) -> Departure {
        self.calm_down(now);
        if let Some(storm) = &mut self.storm {
            storm.last_at = now;
            return Departure::With(storm.bundle(channel, critical, now));
        }
        if !first {
            return Departure::Alone;
        }
        if self.first_pages.len() < SINGLY {
            self.first_pages.push(now);
            return Departure::Alone;
        }
        let mut storm = Storm { since: now, last_at: now, critical: None, others: None };
        let bundle = storm.bundle(channel, critical, now);
        self.storm = Some(storm);
        Departure::With(bundle)
    }

    /// News for a channel: bundled in a storm, and no part of it.
    pub fn news(&mut self, channel: &Name, critical: bool, now: Timestamp) -> Departure {
        self.calm_down(now);
        match &mut self.storm {
            Some(storm) => Departure::With(storm.bundle(channel, critical, now)),
            None => Departure::Alone,
        }
    }

    /// Forgets what is too long ago to matter.
    fn calm_down(&mut self, now: Timestamp) {
        // What lies ahead was noted before the clock was set back while nobody was there to follow it: it says nothing (semantics C2).
        self.first_pages.retain(|at| *at + SINGLY_IN > now && *at <= now);
        if self.storm.as_ref().is_some_and(|storm| storm.last_at + QUIET <= now || storm.last_at > now) {
            self.storm = None;
        }
    }

    /// One more interruption of a person; several within a minute are one.
    pub fn interrupt(&mut self, mut spent: Spent, now: Timestamp) {
        if !spent.interrupts_still(now) {
            spent.count += 1;
            spent.last_at = now;
        }
        self.spent = Some(spent);
    }

    /// The next turn of a role among so many: who comes after whoever came last.
    pub const fn turn(&mut self, among: usize) -> usize {
        let turn = self.turns;
        self.turns = self.turns.wrapping_add(1);
        if among == 0 { 0 } else { (turn % among as u64) as usize }
    }

    /// Everything measured by our own clock moves with it (semantics C2).
    pub fn shift(&mut self, by: i64) {
        let shift = |at: &mut Timestamp| *at = at.shifted(by);
        self.first_pages.iter_mut().for_each(shift);
        if let Some(storm) = &mut self.storm {
            shift(&mut storm.since);
            shift(&mut storm.last_at);
            for bundle in [&mut storm.critical, &mut storm.others].into_iter().flatten() {
                shift(&mut bundle.due);
            }
        }
        if let Some(spent) = &mut self.spent {
            shift(&mut spent.last_at);
        }
    }
}

impl Storm {
    fn bundle(&mut self, channel: &Name, critical: bool, now: Timestamp) -> OpenBundle {
        let (open, kind, waits) = if critical {
            (&mut self.critical, BundleKind::Critical, CRITICAL_WAITS)
        } else {
            (&mut self.others, BundleKind::Storm, WAITS)
        };
        match *open {
            // One that leaves later than one that begins now is of a clock that was set back since.
            Some(bundle) if bundle.due > now && bundle.due <= now + waits => bundle,
            _ => *open.insert(OpenBundle::of(kind, channel, now + waits)),
        }
    }
}

/// Why messages go as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BundleKind {
    /// A storm, of criticals.
    Critical,
    /// A storm, of everything else.
    Storm,
    /// What can wait for the digest's hour.
    Digest,
    /// What happened in a maintenance window.
    Summary,
    /// What a silence hid.
    Silence,
}

impl BundleKind {
    /// Whether it rings somebody: a storm does; what can wait does not, and is no page (semantics L4).
    #[must_use]
    pub const fn interrupts(self) -> bool {
        matches!(self, Self::Critical | Self::Storm)
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Storm => "storm",
            Self::Digest => "digest",
            Self::Summary => "summary",
            Self::Silence => "silence",
        }
    }
}

impl OpenBundle {
    /// The bundle of a kind that leaves for a channel at a moment: whatever belongs into it comes to the same one.
    #[must_use]
    pub fn of(kind: BundleKind, channel: &Name, due: Timestamp) -> Self {
        Self { id: BundleId::derive(kind.as_str(), channel, due), kind, due }
    }
}

impl Spent {
    /// Whether a page now would be part of the interruption that just was.
    #[must_use]
    pub fn interrupts_still(&self, now: Timestamp) -> bool {
        self.count > 0 && self.last_at + ONE_INTERRUPTION > now && self.last_at <= now
    }
}

/// All attention that decisions know of.
pub type Attentions = BTreeMap<Whose, Attention>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(turns: &u64) -> bool {
    *turns == 0
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

    fn ops() -> Name {
        "ops".parse().unwrap()
    }

    fn after(seconds: u64) -> Timestamp {
        NOW + Duration::from_secs(seconds)
    }

    fn with(departure: Departure) -> OpenBundle {
        match departure {
            Departure::With(bundle) => bundle,
            Departure::Alone => panic!("it left alone"),
        }
    }

    /// A storm that began at `NOW` with its sixth page.
    fn storm() -> (Attention, OpenBundle) {
        let mut attention = Attention::default();
        for _ in 0..SINGLY {
            assert_eq!(attention.page(&ops(), false, true, NOW), Departure::Alone);
        }
        let bundle = with(attention.page(&ops(), false, true, NOW));
        (attention, bundle)
    }

    #[test]
    fn five_first_pages_go_singly_and_the_sixth_begins_a_bundle() {
        let (_, bundle) = storm();
        assert_eq!((bundle.due, bundle.kind), (NOW + WAITS, BundleKind::Storm));
    }

    #[test]
    fn five_in_every_five_minutes_never_begin_a_storm() {
        let mut attention = Attention::default();
        for page in 0..100_u64 {
            let now = after(page * 60);
            assert_eq!(attention.page(&ops(), false, true, now), Departure::Alone, "page {page}");
        }
    }

    #[test]
    fn more_goes_into_the_same_bundle_until_it_leaves_and_then_into_the_next() {
        let (mut attention, first) = storm();
        assert_eq!(with(attention.page(&ops(), false, true, after(59))), first);
        let second = with(attention.page(&ops(), false, true, after(60)));
        assert_eq!(second.due, after(120));
        assert_ne!(second.id, first.id);
    }

    #[test]
    fn criticals_never_mix_with_lower_ones_and_wait_a_third_as_long() {
        let (mut attention, lower) = storm();
        let critical = with(attention.page(&ops(), true, true, NOW));
        assert_ne!(critical.id, lower.id);
        assert_eq!((critical.due, critical.kind), (NOW + CRITICAL_WAITS, BundleKind::Critical));
    }

    #[test]
    fn a_storm_is_over_after_fifteen_quiet_minutes_and_repeats_are_no_quiet() {
        let (mut attention, _) = storm();
        with(attention.page(&ops(), false, false, after(14 * 60)));
        with(attention.page(&ops(), false, false, after(28 * 60)));
        assert_eq!(attention.page(&ops(), false, true, after(43 * 60)), Departure::Alone);
    }

    #[test]
    fn news_is_bundled_in_a_storm_and_keeps_none_going() {
        let (mut attention, bundle) = storm();
        assert_eq!(with(attention.news(&ops(), false, after(1))), bundle);
        with(attention.news(&ops(), false, after(14 * 60)));
        assert_eq!(attention.news(&ops(), false, after(15 * 60)), Departure::Alone);
    }

    #[test]
    fn repeats_alone_begin_no_storm() {
        let mut attention = Attention::default();
        for _ in 0..50 {
            assert_eq!(attention.page(&ops(), false, false, NOW), Departure::Alone);
        }
    }

    #[test]
    fn interruptions_within_a_minute_are_one() {
        let mut attention = Attention::default();
        let spent = Spent { until: after(36_000), count: 0, last_at: Timestamp::EPOCH, told: false };
        attention.interrupt(spent, NOW);
        for (seconds, count) in [(59, 1), (60, 2), (100, 2), (120, 3)] {
            let spent = attention.spent.clone().unwrap();
            attention.interrupt(spent, after(seconds));
            assert_eq!(attention.spent.as_ref().unwrap().count, count, "after {seconds} s");
        }
    }

    #[test]
    fn turns_go_round() {
        let mut role = Attention::default();
        assert_eq!([role.turn(3), role.turn(3), role.turn(3), role.turn(3)], [0, 1, 2, 0]);
        assert_eq!(role.turn(0), 0);
    }

    #[test]
    fn a_clock_that_was_set_back_while_nobody_was_there_keeps_no_page_waiting() {
        let (mut attention, bundle) = storm();
        let now = NOW - Duration::from_hours(2);
        for _ in 0..SINGLY {
            assert_eq!(attention.page(&ops(), true, true, now), Departure::Alone);
        }
        let begun = with(attention.page(&ops(), true, true, now));
        assert_eq!(begun.due, now + CRITICAL_WAITS);
        assert!(begun.due < bundle.due);
    }

    #[test]
    fn turns_are_kept_and_none_are_left_out() {
        let mut role = Attention::default();
        assert_eq!(serde_json::to_string(&role).unwrap(), "{}");
        role.turn(3);
        let kept = serde_json::to_string(&role).unwrap();
        assert_eq!((kept.as_str(), serde_json::from_str(&kept).ok()), (r#"{"turns":1}"#, Some(role)));
    }

    #[test]
    fn a_jump_of_the_clock_moves_a_storm_with_it() {
        let (mut attention, bundle) = storm();
        attention.shift(-3_600_000);
        let moved = with(attention.page(&ops(), false, true, NOW.shifted(-3_600_000)));
        assert_eq!((moved.id, moved.due), (bundle.id, bundle.due.shifted(-3_600_000)));
    }
}
