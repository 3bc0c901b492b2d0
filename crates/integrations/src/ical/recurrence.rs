//! RRULE, as far as rotations need it: days and weeks with an interval, days of the week, and an end.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Timestamp, ToSpan as _};

use super::lines::Line;
use super::times::{self, Wall};

/// How an event comes again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recurrence {
    weekly: bool,
    interval: u32,
    /// Never empty.
    days: Vec<Weekday>,
    week_starts: Weekday,
    end: End,
}

#[derive(Debug, Clone, PartialEq)]
enum End {
    Never,
    Count(u32),
    /// With the last that begins then or earlier.
    At(Timestamp),
    /// With the last that begins on that day or earlier.
    On(Date),
}

const TOO_MUCH: &str = "only FREQ=DAILY and FREQ=WEEKLY with INTERVAL, BYDAY, WKST and COUNT or UNTIL are read";

impl Recurrence {
    /// The rule of a line, for an event that first begins at `start`.
    pub(super) fn parse(line: &Line, start: &Wall) -> Result<Self, String> {
        let mut rule =
            Self { weekly: false, interval: 1, days: Vec::new(), week_starts: Weekday::Monday, end: End::Never };
        let mut seen = BTreeSet::new();
        for part in line.value.trim().split(';') {
            let (key, value) = part.split_once('=').ok_or_else(|| refused(part))?;
            let key = key.trim().to_ascii_uppercase();
            let value = value.trim().to_ascii_uppercase();
            let refused = || refused(part);
            match key.as_str() {
                "FREQ" if value == "DAILY" => {}
                "FREQ" if value == "WEEKLY" => rule.weekly = true,
                "INTERVAL" => {
                    let interval = times::number(&value).filter(|interval| (1..=1_000).contains(interval));
                    rule.interval = interval.ok_or_else(refused)?;
                }
                "BYDAY" => {
                    let days: Option<Vec<_>> = value.split(',').map(weekday).collect();
                    rule.days = days.ok_or_else(refused)?;
                }
                "WKST" => rule.week_starts = weekday(&value).ok_or_else(refused)?,
                "COUNT" => {
                    rule.end = End::Count(times::number(&value).filter(|count| *count > 0).ok_or_else(refused)?);
                }
                "UNTIL" => rule.end = until(&value, line, start)?,
                _ => return Err(refused()),
            }
            if !seen.insert(key) {
                return Err(refused());
            }
        }
        if !seen.contains("FREQ") || (seen.contains("COUNT") && seen.contains("UNTIL")) {
            return Err(refused(&line.value));
        }
        let first = start.at.date().weekday();
        if rule.days.is_empty() {
            let every = std::iter::successors(Some(first), |day| Some(day.next()));
            rule.days = every.take(if rule.weekly { 1 } else { 7 }).collect();
        }
        if !rule.days.contains(&first) {
            return Err("its first time is on a day of the week that BYDAY leaves out".to_owned());
        }
        Ok(rule)
    }

    /// The walls at which the event begins, from the first one on. Each look at a day takes one of `steps`; at 0 there are no more.
    pub(super) fn begins<'r>(&'r self, start: &'r Wall, steps: &'r mut u32) -> impl Iterator<Item = DateTime> + 'r {
        let count = match self.end {
            End::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
            End::Never | End::At(_) | End::On(_) => usize::MAX,
        };
        let first = start.at.date();
        // Weeks are counted from the first day of the week of the first time.
        let origin = if self.weekly {
            first.checked_sub(i64::from(first.weekday().since(self.week_starts)).days()).unwrap_or(first)
        } else {
            first
        };
        std::iter::successors(Some(origin), |day| day.tomorrow().ok())
            .map_while(move |day| {
                *steps = steps.checked_sub(1)?;
                Some(day)
            })
            .filter(move |day| *day >= first && self.takes(origin, *day))
            .map(|day| day.to_datetime(start.at.time()))
            .take(count)
            .take_while(|at| self.goes_on(*at, start))
    }

    fn takes(&self, origin: Date, day: Date) -> bool {
        let since = day.duration_since(origin).as_hours() / 24;
        let interval = i64::from(self.interval);
        let periods = if self.weekly { since / 7 } else { since };
        periods % interval == 0 && self.days.contains(&day.weekday())
    }

    fn goes_on(&self, at: DateTime, start: &Wall) -> bool {
        match self.end {
            End::Never | End::Count(_) => true,
            End::On(day) => at.date() <= day,
            End::At(until) => times::instant(at, &start.zone).is_some_and(|at| at <= until),
        }
    }
}

fn refused(part: &str) -> String {
    format!("it comes again in a way that is not read, `{}`: {TOO_MUCH}", super::import::shown(part))
}

fn weekday(word: &str) -> Option<Weekday> {
    match word {
        "MO" => Some(Weekday::Monday),
        "TU" => Some(Weekday::Tuesday),
        "WE" => Some(Weekday::Wednesday),
        "TH" => Some(Weekday::Thursday),
        "FR" => Some(Weekday::Friday),
        "SA" => Some(Weekday::Saturday),
        "SU" => Some(Weekday::Sunday),
        _ => None,
    }
}

/// A day or a time; one that names no zone is in that of the event.
fn until(value: &str, line: &Line, start: &Wall) -> Result<End, String> {
    let bare = Line { number: line.number, name: "UNTIL".to_owned(), parameters: Vec::new(), value: value.to_owned() };
    let wall = times::time(&bare, &start.zone)?;
    if wall.all_day {
        return Ok(End::On(wall.at.date()));
    }
    wall.instant().map(End::At).ok_or_else(|| "UNTIL lies at the calendar's end".to_owned())
}
