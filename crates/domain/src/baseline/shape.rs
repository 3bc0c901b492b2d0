//! The shape of a project's week.

use serde::{Deserialize, Serialize};

/// Hours of a week.
const WEEK: u32 = 168;
/// 1970 began on a Thursday; counted from the Monday before it.
const MONDAY: u32 = 72;
/// What one event adds to its bucket: a fraction stays when buckets decay.
const EVENT: u32 = 16;
/// What is left of a bucket a week later, in 256ths: half after five weeks.
const LEFT: u64 = 223;
/// Before so many weeks were seen, every hour is like every other.
const FLAT_WEEKS: u32 = 2;
/// More weeks than these make nothing surer, because older ones fade.
const SURE_WEEKS: u32 = 8;
/// A factor of one.
pub(super) const ONE: u64 = 1024;
/// No hour is believed to be quieter or busier than by this factor.
const MOST: u64 = 8;

/// The shape of a project's week: how busy each of its 168 hours (UTC, from Monday 00:00) usually is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shape {
    /// What was seen in each hour of the week, in sixteenths of an event, half of it forgotten after five weeks; empty before anything was.
    pub hours: Vec<u32>,
    /// The first week that taught something, counted from the Monday before 1970.
    #[serde(default)]
    pub first_week: u32,
    /// The last one.
    #[serde(default)]
    pub last_week: u32,
}

impl Shape {
    /// Learns that `events` were seen in `hour` (hours since 1970). The caller cuts what was no usual hour.
    pub(super) fn learn(&mut self, hour: u32, events: u64) {
        let week = hour.saturating_add(MONDAY) / WEEK;
        if self.hours.len() != WEEK as usize {
            self.hours = vec![0; WEEK as usize];
            (self.first_week, self.last_week) = (week, week);
        }
        for _ in 0..week.saturating_sub(self.last_week).min(64) {
            for bucket in &mut self.hours {
                *bucket = u32::try_from(u64::from(*bucket) * LEFT / 256).unwrap_or(u32::MAX);
            }
        }
        self.last_week = self.last_week.max(week);
        let more = u32::try_from(events.saturating_mul(u64::from(EVENT))).unwrap_or(u32::MAX);
        if let Some(bucket) = self.hours.get_mut(place(hour)) {
            *bucket = bucket.saturating_add(more);
        }
    }

    /// What is needed to tell the factors of many hours.
    pub(super) fn factors(&self) -> Factors<'_> {
        let weeks = self.last_week.saturating_sub(self.first_week).min(SURE_WEEKS);
        let known = self.hours.len() == WEEK as usize && weeks >= FLAT_WEEKS;
        let mean = self.hours.iter().map(|bucket| u64::from(*bucket)).sum::<u64>() / u64::from(WEEK);
        // As if two weeks without any shape had been seen as well, and four events more in every hour: little seen is chance.
        let flat = mean * 2 / u64::from(weeks.max(1)) + 4 * u64::from(EVENT);
        Factors { hours: if known { &self.hours } else { &[] }, mean, flat }
    }
}

/// Where an hour since 1970 stands in the week.
fn place(hour: u32) -> usize {
    (hour.saturating_add(MONDAY) % WEEK) as usize
}

/// The factors of a shape.
pub(super) struct Factors<'a> {
    hours: &'a [u32],
    mean: u64,
    flat: u64,
}

impl Factors<'_> {
    /// How busy this hour (since 1970) is against the mean of the week, in 1024ths, between an eighth and eight.
    pub(super) fn of(&self, hour: u32) -> u64 {
        let at = |place: usize| self.hours.get(place % WEEK as usize).copied().map(u64::from);
        let middle = place(hour);
        let (Some(before), Some(here), Some(after)) = (at(middle + WEEK as usize - 1), at(middle), at(middle + 1))
        else {
            return ONE;
        };
        let smooth = (before + 2 * here + after) / 4;
        ((smooth + self.flat) * ONE / (self.mean + self.flat)).clamp(ONE / MOST, ONE * MOST)
    }
}
