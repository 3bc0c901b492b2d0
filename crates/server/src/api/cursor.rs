//! Cursors of lists: opaque to clients, so that what they stand for may change.

use crate::problem::Problem;

/// Marks the first form of cursors; another form gets another mark.
const FORM: &str = "a";

pub(super) fn written(place: Option<i64>) -> Option<String> {
    place.map(|place| format!("{FORM}{place:x}"))
}

pub(super) fn read(text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    text.strip_prefix(FORM)
        .and_then(|digits| i64::from_str_radix(digits, 16).ok())
        .map(Some)
        .ok_or_else(|| Problem::malformed("expected 'cursor' to be the 'next' of the page before"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_where_its_page_ended() {
        for place in [0, 1, 255, i64::MAX] {
            let text = written(Some(place));
            assert_eq!(read(text.as_deref()).ok(), Some(Some(place)));
        }
        assert_eq!(read(None).ok(), Some(None));
        assert!(read(Some("17")).is_err());
    }
}
