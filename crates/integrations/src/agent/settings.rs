//! The fields that every hosted agent has: `poll_every`, `run_limit`, and a token that becomes a header.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

use crate::fields::Fields;
use crate::request::Secret;

const POLL_EVERY: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_hours(1);
const RUN_LIMIT: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(7 * 24);

/// The pace of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often to ask.
    pub poll_every: Duration,
    /// After how long it is given up.
    pub run_limit: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { poll_every: Duration::from_secs(30), run_limit: Duration::from_hours(2) }
    }
}

impl Pace {
    /// Reads both fields, such as `"30 s"` or `"2 h"`; what is absent has its default.
    pub fn read(fields: &mut Fields) -> Self {
        let default = Self::default();
        Self {
            poll_every: duration(fields, "poll_every", &POLL_EVERY, "between 5 s and 1 h")
                .unwrap_or(default.poll_every),
            run_limit: duration(fields, "run_limit", &RUN_LIMIT, "between 1 min and 168 h")
                .unwrap_or(default.run_limit),
        }
    }
}

/// The field `token`. It becomes a header, so it must fit into one: told here, not at the first incident.
pub fn token(fields: &mut Fields) -> Option<Secret<String>> {
    let token = fields.secret("token")?;
    if token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        Some(token)
    } else {
        fields.refuse("token", "holds a character that no header can carry", None)
    }
}

fn duration(
    fields: &mut Fields,
    field: &'static str,
    range: &RangeInclusive<Duration>,
    expected: &str,
) -> Option<Duration> {
    let text = fields.text(field)?;
    let read = text.trim().parse::<SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok());
    match read.filter(|duration| range.contains(duration)) {
        Some(duration) => Some(duration),
        None => fields.refuse(field, format!("must be a time {expected}"), Some("such as \"30 s\" or \"1 h 30 min\"")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testkit::table;

    fn read(given: Value) -> Result<Pace, usize> {
        let mut fields = Fields::of(table(given));
        let pace = Pace::read(&mut fields);
        fields.finish(Some(pace)).map_err(|mistakes| mistakes.len())
    }

    #[test]
    fn times_are_written_as_people_write_them() {
        assert_eq!(read(json!({})), Ok(Pace::default()));
        let read_back = read(json!({"poll_every": "1 min 30 s", "run_limit": "1h"}));
        assert_eq!(read_back, Ok(Pace { poll_every: Duration::from_secs(90), run_limit: Duration::from_hours(1) }));
        for wrong in ["0 s", "-5 s", "2 d", "soon", "3"] {
            assert_eq!(read(json!({"poll_every": wrong, "run_limit": wrong})), Err(2), "{wrong}");
        }
    }
}
