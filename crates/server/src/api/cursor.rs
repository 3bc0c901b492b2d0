//! Cursors of lists: opaque to clients, so that what they stand for may change, and of use in their own list alone.

use domain::id::IncidentId;

use crate::problem::Problem;

/// Marks this form of cursors; another form gets another mark.
const FORM: &str = "b";

/// The list that a cursor leads on in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Incidents,
    Escalations,
    Deliveries,
    /// The timeline of one incident, also where its decisions alone are shown.
    Timeline(IncidentId),
}

impl Of {
    /// A check sum over list and place (FNV-1a): against mistakes and tinkering, not against malice, which could gain nothing here.
    fn seal(self, place: i64) -> u32 {
        let (list, incident) = match self {
            Self::Incidents => (1, 0),
            Self::Escalations => (2, 0),
            Self::Deliveries => (3, 0),
            Self::Timeline(incident) => (4, incident.bits()),
        };
        let parts: [u64; 3] = [list, incident, place.cast_unsigned()];
        let bytes = parts.iter().flat_map(|part| part.to_be_bytes());
        bytes.fold(0x811c_9dc5, |sum: u32, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

pub(super) fn written(list: Of, place: Option<i64>) -> Option<String> {
    place.map(|place| format!("{FORM}{:08x}{place:x}", list.seal(place)))
}

pub(super) fn read(list: Of, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let place = text
        .strip_prefix(FORM)
        .and_then(|rest| rest.split_at_checked(8))
        .and_then(|(_, place)| i64::from_str_radix(place, 16).ok())
        // Written anew it must be the same, so that there is one cursor for one place.
        .filter(|place| written(list, Some(*place)).as_deref() == Some(text));
    match place {
        Some(place) => Ok(Some(place)),
        None => Err(Problem::malformed("expected 'cursor' to be the 'next' of the page before, of this very list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTS: [Of; 5] = [
        Of::Incidents,
        Of::Escalations,
        Of::Deliveries,
        Of::Timeline(IncidentId::from_bits(1)),
        Of::Timeline(IncidentId::from_bits(2)),
    ];

    #[test]
    fn a_cursor_leads_where_its_page_ended_and_in_its_own_list_alone() {
        for list in LISTS {
            assert_eq!(read(list, None).ok(), Some(None));
            for place in [0, 1, 255, i64::MAX] {
                let text = written(list, Some(place));
                for other in LISTS {
                    assert_eq!(read(other, text.as_deref()).ok(), (other == list).then_some(Some(place)));
                }
            }
        }
    }

    #[test]
    fn a_cursor_that_was_altered_is_refused() {
        let text = written(Of::Incidents, Some(0x1234)).unwrap_or_default();
        for place in 0..text.len() {
            let mut altered = text.clone().into_bytes();
            altered[place] = if altered[place] == b'7' { b'8' } else { b'7' };
            let altered = String::from_utf8_lossy(&altered).into_owned();
            assert!(read(Of::Incidents, Some(&altered)).is_err(), "{altered}");
        }
        for wrong in ["", "17", "b", "a1234", "b00000000", "bäöüäö1", &text.to_uppercase(), &format!("{text}0")] {
            assert!(read(Of::Incidents, Some(wrong)).is_err(), "{wrong}");
        }
    }
}
