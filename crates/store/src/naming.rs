//! What a person may type for an id: its start is enough. As an id is an integer, a start is a range.

use std::ops::RangeInclusive;
use std::str::FromStr;

use domain::id::{BundleId, EscalationId, IncidentId};

/// How many answers a look-up by name gives: more help nobody to choose.
pub const MOST_NAMED: usize = 10;

/// The incidents whose ids start with `text`, with or without `inc-`.
pub(crate) fn incident_range(text: &str) -> Option<RangeInclusive<i64>> {
    let bound = |fill| pad::<IncidentId>(IncidentId::PREFIX, text, fill).map(|id| id.bits().cast_signed());
    Some(bound('0')?..=bound('z')?)
}

/// The escalations whose ids start with `text`, with or without `esc-`.
pub(crate) fn escalation_range(text: &str) -> Option<RangeInclusive<i64>> {
    let bound = |fill| pad::<EscalationId>(EscalationId::PREFIX, text, fill).map(|id| id.bits().cast_signed());
    Some(bound('0')?..=bound('z')?)
}

/// The bundles whose ids start with `text`, with or without `bnd-`.
pub(crate) fn bundle_range(text: &str) -> Option<RangeInclusive<i64>> {
    let bound = |fill| pad::<BundleId>(BundleId::PREFIX, text, fill).map(|id| id.bits().cast_signed());
    Some(bound('0')?..=bound('z')?)
}

fn pad<Id: FromStr>(prefix: &str, text: &str, fill: char) -> Option<Id> {
    let text = text.trim();
    let start = text.strip_prefix(prefix).unwrap_or(text);
    let missing = 12_usize.checked_sub(start.len())?;
    if start.is_empty() {
        return None;
    }
    let mut whole = String::with_capacity(16);
    whole.push_str(prefix);
    whole.push_str(start);
    whole.extend(std::iter::repeat_n(fill, missing));
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_an_id_is_enough() {
        let id = IncidentId::from_bits(0x0abc_def0_1234_5678);
        let text = id.to_string();
        for length in 1..=12 {
            for start in [&text[..4 + length], &text[4..4 + length]] {
                assert!(incident_range(start).is_some_and(|range| range.contains(&id.bits().cast_signed())), "{start}");
            }
        }
        assert_eq!(incident_range(&text).map(|range| range.end() - range.start()), Some(0));
        assert!(incident_range("0").is_some_and(|range| !range.contains(&id.bits().cast_signed())));
        for nothing in ["", "inc-", "esc-01", "no!", "0123456789abc"] {
            assert_eq!(incident_range(nothing), None, "{nothing}");
        }
    }
}
