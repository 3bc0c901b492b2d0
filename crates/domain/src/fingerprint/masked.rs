//! The masked text as it grows: masks that stand side by side become one, a day's number and a month's name become a date.

use crate::fingerprint::machine_text as machine;
use crate::fingerprint::mask::{MAX_LENGTH, is_blank};

/// Numbers and identifiers.
pub(super) const ID: &str = "<id>";
/// Points in time.
pub(super) const DATE: &str = "<date>";
/// What stood in quotes.
pub(super) const QUOTED: &str = "<str>";
/// Paths of files and addresses.
pub(super) const PATH: &str = "<path>";
/// Whole addresses with a scheme.
pub(super) const URL: &str = "<url>";
/// Host names and IP addresses.
pub(super) const HOST: &str = "<host>";
/// Mail addresses.
pub(super) const MAIL: &str = "<mail>";

pub(super) const MASKS: [&str; 7] = [ID, DATE, QUOTED, PATH, URL, HOST, MAIL];

/// What may stand between two equal masks that become one: a list, a version, a line and column say the same however long they are.
const BETWEEN: [&str; 7] = [", ", ",", " ", "-", ":", ".", ""];

/// The result as it grows.
pub(super) struct Masked {
    pub(super) text: String,
    /// No more fits; what comes is dropped.
    pub(super) full: bool,
}

impl Masked {
    pub(super) fn with_room_for(length: usize) -> Self {
        Self { text: String::with_capacity(length.min(MAX_LENGTH)), full: false }
    }

    pub(super) fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    pub(super) fn push_str(&mut self, piece: &str) {
        let room = MAX_LENGTH - self.text.len();
        let fits = piece.floor_char_boundary(room);
        self.full |= fits < piece.len();
        self.text.push_str(&piece[..fits]);
    }

    /// Text that is kept, its white space joined.
    pub(super) fn plain(&mut self, text: &str) {
        for c in text.chars() {
            if is_blank(c) { self.space() } else { self.push(c) }
        }
    }

    pub(super) fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.push(' ');
        }
    }

    /// A word; a month after a day's number makes both a date.
    pub(super) fn word(&mut self, word: &str) {
        if let Some(before) = self.before_gap(ID)
            && machine::is_month(word)
        {
            self.text.truncate(before);
            self.mask(DATE);
        } else {
            self.push_str(word);
        }
    }

    /// A number; its sign goes with it when it begins a word, since zero and less are the same kind of value.
    pub(super) fn number(&mut self, begins_word: bool) {
        if begins_word && self.text.ends_with(['-', '+']) {
            let rest = &self.text[..self.text.len() - 1];
            if !rest.ends_with(|c: char| c.is_alphanumeric() || c == '>' || c == '-' || c == '+') {
                self.text.pop();
            }
        }
        self.mask(ID);
    }

    pub(super) fn mask(&mut self, mask: &'static str) {
        if mask == ID {
            // `<date> 2026` is still one date.
            if let Some(before) = self.before_gap(DATE) {
                self.text.truncate(before + DATE.len());
                return;
            }
            if let Some(month) = self.name_before_gap(machine::is_month) {
                self.text.truncate(month);
                return self.mask(DATE);
            }
        }
        if mask == DATE
            && let Some(weekday) = self.name_before_gap(machine::is_weekday)
        {
            self.text.truncate(weekday);
        }
        for between in BETWEEN {
            if let Some(head) = self.text.strip_suffix(between)
                && head.ends_with(mask)
            {
                let length = head.len();
                self.text.truncate(length);
                return;
            }
        }
        // Half a mask would be a word.
        if self.text.len() + mask.len() > MAX_LENGTH {
            self.full = true;
        } else {
            self.text.push_str(mask);
        }
    }

    /// Where `mask` begins, when it and one gap end the text.
    fn before_gap(&self, mask: &str) -> Option<usize> {
        let head = self.text.strip_suffix([' ', '-'])?;
        Some(head.strip_suffix(mask)?.len())
    }

    /// Where a name that `is_name` knows begins, when it and one gap end the text.
    fn name_before_gap(&self, is_name: impl Fn(&str) -> bool) -> Option<usize> {
        let head = self.text.strip_suffix(' ')?;
        let head = head.strip_suffix(',').unwrap_or(head);
        let start = head
            .rfind(|c: char| !c.is_ascii_alphanumeric())
            .map_or(0, |last| last + head[last..].chars().next().map_or(1, char::len_utf8));
        is_name(&head[start..]).then_some(start)
    }
}
