//! A calendar's events as overrides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::time::Duration;

use domain::id::{Name, OverrideId};
use domain::oncall::{Override, Schedule};
use domain::policy::Policy;
use domain::time::Timestamp;
use jiff::tz::TimeZone;

use super::export::NOBODY;
use super::lines::{Line, unescape, unfold};
use super::recurrence::Recurrence;
use super::times::{self, Length, Wall};

/// The largest calendar, in bytes.
pub const LARGEST: usize = 1024 * 1024;
/// So many lines it has at most, once unfolded.
pub const MOST_LINES: usize = 50_000;
/// So many overrides one import makes at most.
pub const MOST_OCCURRENCES: usize = 2_000;
/// The longest time that is imported at once, and the longest event.
pub const LONGEST: Duration = Duration::from_hours(366 * 24);

/// So many days are looked at for all recurrences of a calendar together: a daily event of fifty years fits ten times.
const MOST_STEPS: u32 = 200_000;
/// Nobody reads more mistakes at once.
const MOST_MISTAKES: usize = 50;
/// Components within components.
const DEEPEST: usize = 8;

/// Into what a calendar is read.
#[derive(Debug, Clone)]
pub struct Import<'a> {
    /// Whose contacts and schedules there are.
    pub policy: &'a Policy,
    /// For which schedule; its zone is that of times that name none.
    pub schedule: &'a Name,
    /// For which of its layers.
    pub layer: &'a Name,
    /// Who imports.
    pub by: &'a str,
    /// What touches this time is imported, whole; at most [`LONGEST`].
    pub window: Range<Timestamp>,
}

/// Why a calendar, or an event of it, is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    /// The line of the calendar, from 1; 0 when it is about none.
    pub line: usize,
    /// What the event calls itself, made safe to show.
    pub event: Option<String>,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}, ", self.line)?;
        }
        if let Some(event) = &self.event {
            write!(f, "event `{event}`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ImportError {}

fn refused<T>(line: usize, message: impl Into<String>) -> Result<T, Vec<ImportError>> {
    Err(vec![ImportError { line, event: None, message: message.into() }])
}

/// Text from outside as part of a message: short, in one line.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().filter(|character| !character.is_control()).take(60).collect();
    if shown.len() < text.trim().len() {
        shown.push('…');
    }
    shown
}

/// Reads the events of a calendar as overrides, in the order of the file: of two that overlap the later holds.
///
/// The person of an event is the contact that its SUMMARY names, alone or before a parenthesis; else the only contact among its ATTENDEEs, else its ORGANIZER,
/// by name or by the first part of the address. Events of [`NOBODY`] leave their time to the rotation, cancelled ones are passed over. Times are in
/// UTC, in the zone of the IANA database that they name, or in that of the schedule; so are whole days. An event from nine to nine ends at nine also when the clocks
/// change in it. Importing the same calendar again makes the same ids.
///
/// # Errors
/// All mistakes, up to 50. Nothing is imported of a calendar with a mistake: a half of it would be a rotation that nobody wrote.
pub fn import(calendar: &[u8], into: &Import<'_>) -> Result<Vec<Override>, Vec<ImportError>> {
    if calendar.len() > LARGEST {
        return refused(0, format!("the calendar has {} bytes: {LARGEST} are read", calendar.len()));
    }
    if into.window.end.since(into.window.start) > LONGEST {
        return refused(0, "at most a year is imported at once");
    }
    let schedule = into.policy.schedules.get(into.schedule);
    let Some(schedule) = schedule.filter(|schedule| schedule.layers.contains_key(into.layer)) else {
        return refused(0, format!("the policy has no layer {}/{}", into.schedule, into.layer));
    };
    let Ok(text) = std::str::from_utf8(calendar) else { return refused(0, "a calendar is text in UTF-8") };
    let mut reading = Reading { into, schedule, steps: MOST_STEPS, made: Vec::new(), known: BTreeMap::new() };
    let mut mistakes = Vec::new();
    for event in events(text)? {
        if let Err(message) = reading.event(&event) {
            mistakes.push(ImportError { line: event.line, event: Some(event.title()), message });
        }
        if mistakes.len() >= MOST_MISTAKES {
            break;
        }
    }
    if mistakes.is_empty() { Ok(reading.made) } else { Err(mistakes) }
}

/// One VEVENT.
#[derive(Debug, Default)]
struct Event {
    line: usize,
    lines: Vec<Line>,
    /// The first line of it that is none.
    broken: Option<usize>,
}

impl Event {
    fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    /// A line that must not stand there twice.
    fn single<'e>(&'e self, name: &'e str) -> Result<Option<&'e Line>, String> {
        let mut found = self.all(name);
        let first = found.next();
        if found.next().is_some() { Err(format!("it has {name} twice")) } else { Ok(first) }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.all(name).next().map(|line| unescape(&line.value).trim().to_owned())
    }

    fn title(&self) -> String {
        shown(&self.text("SUMMARY").or_else(|| self.text("UID")).unwrap_or_else(|| "without a name".to_owned()))
    }
}

/// The events of a calendar; what stands in other components is passed over.
fn events(text: &str) -> Result<Vec<Event>, Vec<ImportError>> {
    let mut events = Vec::new();
    let mut within: Vec<String> = Vec::new();
    let mut open = Event::default();
    let mut calendars = 0;
    for (count, line) in unfold(text).enumerate() {
        if count >= MOST_LINES {
            return refused(0, format!("the calendar has more than {MOST_LINES} lines"));
        }
        let in_event = within.len() == 2 && within[1] == "VEVENT";
        let line = match line {
            Ok(line) => line,
            Err(number) if within.is_empty() => {
                return refused(number, "this is no calendar: expected BEGIN:VCALENDAR");
            }
            Err(number) => {
                if in_event {
                    open.broken.get_or_insert(number);
                }
                continue;
            }
        };
        let number = line.number;
        let component = line.value.trim().to_ascii_uppercase();
        match line.name.as_str() {
            "BEGIN" => {
                if within.is_empty() && component != "VCALENDAR" {
                    return refused(number, "this is no calendar: expected BEGIN:VCALENDAR");
                }
                calendars += usize::from(within.is_empty());
                within.push(component);
                if within.len() > DEEPEST {
                    return refused(number, format!("components nest {DEEPEST} deep at most"));
                }
                if within.len() == 2 {
                    open = Event { line: number, ..Event::default() };
                }
            }
            "END" => {
                if within.last() != Some(&component) {
                    return refused(number, format!("END:{} ends nothing that began", shown(&component)));
                }
                within.pop();
                if in_event {
                    events.push(std::mem::take(&mut open));
                }
            }
            _ if within.is_empty() => return refused(number, "this is no calendar: expected BEGIN:VCALENDAR"),
            _ if in_event => open.lines.push(line),
            _ => {}
        }
    }
    match within.last() {
        Some(component) => refused(0, format!("the calendar breaks off: END:{} is missing", shown(component))),
        None if calendars == 0 => refused(0, "this is no calendar: it is empty"),
        None => Ok(events),
    }
}

struct Reading<'a> {
    into: &'a Import<'a>,
    schedule: &'a Schedule,
    steps: u32,
    made: Vec<Override>,
    /// Each UID with the line of its event.
    known: BTreeMap<String, usize>,
}

impl Reading<'_> {
    fn event(&mut self, event: &Event) -> Result<(), String> {
        if let Some(line) = event.broken {
            return Err(format!("line {line} is none of a calendar: expected NAME:value"));
        }
        let status = event.text("STATUS").unwrap_or_default();
        for unread in ["RECURRENCE-ID", "RDATE", "EXRULE"] {
            if event.all(unread).next().is_some() {
                return Err(format!("{unread} is not read: make the changed time an event of its own"));
            }
        }
        if status.eq_ignore_ascii_case("CANCELLED") {
            return Ok(());
        }
        let uid = event.single("UID")?.map(|line| line.value.trim().to_owned()).filter(|uid| !uid.is_empty());
        let uid = uid.ok_or("it has no UID")?;
        if let Some(line) = self.known.insert(uid.clone(), event.line) {
            return Err(format!("it has the UID of the event of line {line}"));
        }
        let Some(person) = self.person(event)? else { return Ok(()) };
        let start = event.single("DTSTART")?.ok_or("it has no DTSTART")?;
        let start = times::time(start, &self.schedule.zone)?;
        let length = self.length(event, &start)?;
        let rule = event.single("RRULE")?.map(|line| Recurrence::parse(line, &start)).transpose()?;
        let Some(rule) = rule else { return self.occurrence(&person, &uid, &start, start.at, length).map(drop) };
        let left_out = LeftOut::of(event, &self.schedule.zone)?;
        let mut steps = self.steps;
        for at in rule.begins(&start, &mut steps) {
            if !left_out.has(at, &start.zone) && !self.occurrence(&person, &uid, &start, at, length)? {
                break;
            }
        }
        self.steps = steps;
        if steps == 0 {
            return Err(format!("it begins too long ago: {MOST_STEPS} days are looked at for all events together"));
        }
        Ok(())
    }

    /// `None` for nobody.
    fn person(&self, event: &Event) -> Result<Option<Name>, String> {
        let contact = |text: &str| {
            let name: Name = text.trim().to_lowercase().parse().ok()?;
            self.into.policy.contacts.contains_key(&name).then_some(name)
        };
        let summary = event.text("SUMMARY").unwrap_or_default();
        let before = summary.split_once('(').map_or(summary.as_str(), |(before, _)| before).trim();
        if let Some(person) = contact(&summary).or_else(|| contact(before)) {
            return Ok(Some(person));
        }
        if before == NOBODY {
            return Ok(None);
        }
        let named = |line: &Line| {
            let address = line.value.trim();
            let mailbox =
                address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map(|_| &address[7..]);
            let local = mailbox.and_then(|mailbox| mailbox.split_once('@')).map(|(local, _)| local);
            line.parameter("CN").and_then(contact).or_else(|| contact(local?))
        };
        let attendees: BTreeSet<Name> = event.all("ATTENDEE").filter_map(named).collect();
        if attendees.len() > 1 {
            let names: Vec<&str> = attendees.iter().map(Name::as_str).collect();
            return Err(format!("it names {} contacts, and one is on call: {}", names.len(), names.join(", ")));
        }
        let person = attendees.into_iter().next().or_else(|| event.all("ORGANIZER").find_map(named));
        person.map(Some).ok_or_else(|| {
            "neither its SUMMARY nor an ATTENDEE nor its ORGANIZER is a contact of the policy".to_owned()
        })
    }

    fn length(&self, event: &Event, start: &Wall) -> Result<Length, String> {
        let length = match (event.single("DTEND")?, event.single("DURATION")?) {
            (Some(_), Some(_)) => return Err("it has DTEND and DURATION: one says how long it is".to_owned()),
            (Some(line), None) => {
                let end = times::time(line, &self.schedule.zone)?;
                if end.all_day != start.all_day {
                    return Err("of DTSTART and DTEND one is a day and one a time".to_owned());
                }
                let end = if end.zone == start.zone {
                    end.at
                } else {
                    start.zone.to_datetime(end.instant().ok_or("DTEND lies at the calendar's end")?)
                };
                Length::Wall(end.duration_since(start.at))
            }
            (None, Some(line)) => Length::parse(&line.value).ok_or_else(|| {
                format!("DURATION is no length: expected such as P1D or PT12H, found `{}`", shown(&line.value))
            })?,
            (None, None) if start.all_day => Length::Written { days: 1, seconds: 0 },
            (None, None) => return Err("it has no end: expected DTEND or DURATION".to_owned()),
        };
        Ok(length)
    }

    /// One time of an event; whether later ones can lie in the window.
    fn occurrence(
        &mut self,
        person: &Name,
        uid: &str,
        start: &Wall,
        at: jiff::civil::DateTime,
        length: Length,
    ) -> Result<bool, String> {
        let ends = (times::instant(at, &start.zone), length.end(at, &start.zone));
        let (Some(from), Some(until)) = ends else { return Err("it lies at the calendar's end".to_owned()) };
        let moment = |instant: jiff::Timestamp| Timestamp::from_millis(instant.as_millisecond());
        let (from, until) = (moment(from), moment(until));
        if from >= until {
            return Err("it ends before it begins, or lasts no time".to_owned());
        }
        if until.since(from) > LONGEST {
            return Err("it lasts longer than a year".to_owned());
        }
        if from >= self.into.window.end {
            return Ok(false);
        }
        if until > self.into.window.start {
            if self.made.len() >= MOST_OCCURRENCES {
                return Err(format!("the calendar has more than {MOST_OCCURRENCES} times within the window"));
            }
            self.made.push(Override {
                id: OverrideId::derive(self.into.schedule, self.into.layer, uid, from),
                schedule: self.into.schedule.clone(),
                layer: self.into.layer.clone(),
                person: person.clone(),
                from,
                until,
                by: self.into.by.to_owned(),
                reason: Some("imported from a calendar".to_owned()),
            });
        }
        Ok(true)
    }
}

/// EXDATE: times at which an event does not come again.
#[derive(Default)]
struct LeftOut {
    moments: BTreeSet<jiff::Timestamp>,
    days: BTreeSet<jiff::civil::Date>,
}

impl LeftOut {
    fn of(event: &Event, floating: &TimeZone) -> Result<Self, String> {
        let mut left_out = Self::default();
        for line in event.all("EXDATE") {
            for text in line.value.split(',') {
                let wall = times::value(line, text, floating)?;
                if wall.all_day {
                    left_out.days.insert(wall.at.date());
                } else {
                    left_out.moments.extend(wall.instant());
                }
            }
        }
        Ok(left_out)
    }

    fn has(&self, at: jiff::civil::DateTime, zone: &TimeZone) -> bool {
        self.days.contains(&at.date()) || times::instant(at, zone).is_some_and(|at| self.moments.contains(&at))
    }
}
