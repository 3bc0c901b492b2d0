//! The silences and windows that were ordered, as the witness knows them, and when they hold: read from the calendar, apart from the rule.

use std::collections::BTreeMap;

use domain::id::SilenceId;
use domain::policy::Policy;
use domain::silence::{Recurring, Silence, SilenceKind, Times};
use domain::time::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use store::record::StandingOrder;

/// What people of a world order: whether the first two match is plain to see.
pub const EVERYTHING: &str = "{ all = [] }";
pub const MATCHES: [&str; 6] = [
    EVERYTHING,
    EVERYTHING,
    "{ title = { contains = \"anchor\" } }",
    "{ title = { contains = \"rate of errors\" } }",
    "{ project = \"shop\" }",
    "{ environment = \"production\" }",
];
/// What a signal lifts.
pub const UNTIL_IT_GETS_WORSE: [&str; 3] = [
    "{ not = { level = \"fatal\" } }",
    "{ not = { users = { at_least = 2 } } }",
    "{ not = { users = { at_least = 5 } } }",
];

#[derive(Default)]
pub struct Orders {
    /// Each with the true time at which its last word was committed.
    silences: BTreeMap<SilenceId, (Silence, u64)>,
}

impl Orders {
    pub fn committed(&mut self, orders: &[StandingOrder], now: u64) {
        for order in orders {
            if let StandingOrder::Silence { silence, .. } = order {
                self.silences.insert(silence.id, ((**silence).clone(), now));
            }
        }
    }

    pub fn known(&self) -> impl Iterator<Item = SilenceId> {
        self.silences.keys().copied()
    }

    fn standing<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = (&'a Silence, u64)> {
        let own = policy.silences.iter().filter(|own| !self.silences.contains_key(&own.id));
        self.silences.values().map(|(silence, since)| (silence, *since)).chain(own.map(|own| (own, 0)))
    }

    /// The silence of this name, if it holds at a moment.
    pub fn holds(&self, policy: &Policy, id: SilenceId, at: Timestamp) -> bool {
        self.standing(policy).any(|(silence, _)| silence.id == id && holds(silence, at))
    }

    /// A silence, or window, that holds now, was ordered before this moment of true time, and without any doubt matches something of this title.
    pub fn surely(
        &self,
        kind: SilenceKind,
        policy: &Policy,
        title: &str,
        at: Timestamp,
        now: u64,
    ) -> Option<SilenceId> {
        let fits = |text: &str| {
            let word = text.strip_prefix("{ title = { contains = \"").and_then(|rest| rest.strip_suffix("\" } }"));
            text == EVERYTHING || word.is_some_and(|word| title.contains(word))
        };
        self.standing(policy)
            .filter(|(silence, since)| silence.kind == kind && *since < now)
            .find(|(silence, _)| fits(silence.matching.text()) && holds(silence, at))
            .map(|(silence, _)| silence.id)
    }
}

/// Whether a silence holds at a moment: ordered by then, not ended by then, and within one of its stretches.
fn holds(silence: &Silence, at: Timestamp) -> bool {
    let ended = silence.ended.as_ref().is_some_and(|ended| ended.at <= at);
    let runs = match &silence.times {
        Times::Once(once) => once.from() <= at && at < once.until(),
        Times::Recurring(recurring) => recurs(recurring, at),
    };
    silence.created_at <= at && !ended && runs
}

fn recurs(recurring: &Recurring, at: Timestamp) -> bool {
    let plan = recurring.plan();
    let zone = TimeZone::get(&plan.zone).expect("a known zone");
    let instant = jiff::Timestamp::from_millisecond(at.millis()).expect("a moment of the calendar");
    let today = zone.to_datetime(instant).date();
    (-2..=0).any(|back: i64| {
        let day = today.saturating_add(back.days());
        let counts = plan.days.contains(day.weekday())
            && plan.first_day.is_none_or(|first| first <= day)
            && plan.last_day.is_none_or(|last| day <= last);
        let starts = first_shown(&zone, day.to_datetime(plan.from))
            .filter(|starts| counts && zone.to_datetime(*starts).date() == day)
            .map(|starts| Timestamp::from_millis(starts.as_millisecond()));
        starts.is_some_and(|starts| starts <= at && at < starts + plan.lasts)
    })
}

/// The first moment at which the clock on the wall shows this time or a later one.
fn first_shown(zone: &TimeZone, wall: DateTime) -> Option<jiff::Timestamp> {
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(wall).ok()
        }
        AmbiguousOffset::Gap { after, .. } => {
            let before_the_gap = after.to_timestamp(wall).ok()?;
            zone.following(before_the_gap).next().map(|change| change.timestamp())
        }
    }
}

/// Day of the week (Monday is 0), hour and minute that the clock of a zone shows.
pub fn on_the_wall(zone: &str, at: Timestamp) -> (i8, i8, i8) {
    let zone = TimeZone::get(zone).expect("a known zone");
    let instant = jiff::Timestamp::from_millisecond(at.millis()).expect("a moment of the calendar");
    let shown = zone.to_datetime(instant);
    (shown.weekday().to_monday_zero_offset(), shown.hour(), shown.minute())
}

/// Whether the clocks of a zone change within half a day of a moment.
pub fn is_on_a_day_of_change(zone: &str, at: Timestamp) -> bool {
    let zone = TimeZone::get(zone).expect("a known zone");
    let offset = |millis: i64| {
        let instant = jiff::Timestamp::from_millisecond(at.millis() + millis).expect("a moment of the calendar");
        zone.to_offset(instant)
    };
    offset(-43_200_000) != offset(43_200_000)
}
