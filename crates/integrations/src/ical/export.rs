//! Shifts as a calendar.

use std::ops::Range;

use domain::id::Name;
use domain::oncall::{OnCall, Roster, Shift};
use domain::time::Timestamp;
use sha2::{Digest as _, Sha256};

use super::lines::Lines;

/// What a calendar calls the time of nobody.
pub const NOBODY: &str = "nobody";

/// What a calendar shows.
#[derive(Debug, Clone)]
pub struct Calendar<'a> {
    /// The schedule's name.
    pub schedule: &'a Name,
    /// Its layers, in the order in which they are told.
    pub layers: Vec<(&'a Name, Roster<'a>)>,
    /// Only the shifts of this person; `None` for everybody's, and those of nobody.
    pub person: Option<&'a Name>,
    /// The time that is told; turns that reach beyond it are told whole.
    pub window: Range<Timestamp>,
    /// When this was made.
    pub stamp: Timestamp,
}

/// The calendar as text, ready to be sent as `text/calendar; charset=utf-8`. One event for each turn, or part of one that somebody else takes. An event
/// keeps its `UID` whenever the calendar is made and whoever is on call in it, so that subscribers see a change and no second event.
#[must_use]
pub fn export(calendar: &Calendar<'_>) -> String {
    let mut lines = Lines::default();
    lines.plain("BEGIN", "VCALENDAR");
    lines.plain("VERSION", "2.0");
    lines.plain("PRODID", "-//Watchfire//On call//EN");
    lines.plain("CALSCALE", "GREGORIAN");
    lines.plain("METHOD", "PUBLISH");
    let whose = calendar.person.map_or_else(String::new, |person| format!(", {person}"));
    lines.text("X-WR-CALNAME", &format!("On call: {}{whose}", calendar.schedule));
    // How often subscribers ask again: the one name is the standard's (RFC 7986), the other that of most programs.
    lines.plain("REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
    lines.plain("X-PUBLISHED-TTL", "PT1H");
    for (layer, roster) in &calendar.layers {
        for shift in roster.turns(calendar.window.start, calendar.window.end) {
            if calendar.person.is_none_or(|person| shift.on_call.person() == Some(person)) {
                event(&mut lines, calendar, layer, roster, &shift);
            }
        }
    }
    lines.plain("END", "VCALENDAR");
    lines.finish()
}

fn event(lines: &mut Lines, calendar: &Calendar<'_>, layer: &Name, roster: &Roster<'_>, shift: &Shift) {
    let (Some(from), Some(until)) = (utc(shift.from), utc(shift.until)) else { return };
    // The format knows no parts of a second.
    if from == until {
        return;
    }
    let schedule = calendar.schedule;
    lines.plain("BEGIN", "VEVENT");
    lines.plain("UID", &uid(schedule, layer, shift.from));
    lines.plain("DTSTAMP", &utc(calendar.stamp).unwrap_or_else(|| from.clone()));
    lines.plain("DTSTART", &from);
    lines.plain("DTEND", &until);
    let person = shift.on_call.person().map_or(NOBODY, Name::as_str);
    lines.text("SUMMARY", &format!("{person} ({layer})"));
    let mut description = format!("{person} is on call: {schedule}, {layer}.");
    if let OnCall::Instead { order, .. } = &shift.on_call {
        description.push_str(&format!(" Instead of the rotation ({order}"));
        if let Some(order) = roster.order(*order) {
            description.push_str(&format!(", by {}", order.by));
            if let Some(reason) = &order.reason {
                description.push_str(&format!(": {reason}"));
            }
        }
        description.push_str(").");
    }
    lines.text("DESCRIPTION", &description);
    lines.text("CATEGORIES", layer.as_str());
    // Who is on call is not busy.
    lines.plain("TRANSP", "TRANSPARENT");
    lines.plain("END", "VEVENT");
}

/// By where the shift stands, not by who has it.
fn uid(schedule: &Name, layer: &Name, from: Timestamp) -> String {
    let mut hash = Sha256::new();
    for part in [schedule.as_str(), layer.as_str()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(from.millis().to_be_bytes());
    let mut uid: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    uid.push_str("@watchfire");
    uid
}

/// `20260105T080000Z`; `None` outside the years 0 to 9999.
fn utc(at: Timestamp) -> Option<String> {
    let wall = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::from_millisecond(at.millis()).ok()?);
    (wall.year() >= 0).then(|| wall.strftime("%Y%m%dT%H%M%SZ").to_string())
}
