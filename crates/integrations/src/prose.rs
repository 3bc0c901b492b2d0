//! A message as lines of text, for sinks that have no blocks: what it says in which order, and how much of it has room.

use domain::time::Timestamp;

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::untrusted::Untrusted;
use crate::wording;

/// How a sink takes text: its escape, and the unit in which it counts.
#[derive(Debug, Clone, Copy)]
pub struct Sink {
    /// The escape, with the longest that may come of it.
    pub escape: fn(&Untrusted, usize) -> String,
    /// How much of the sink's limit a text takes.
    pub measure: fn(&str) -> usize,
    /// The longest title.
    pub title: usize,
    /// The longest text of somebody: what an agent or a person said.
    pub said: usize,
    /// The longest of everything else.
    pub text: usize,
    /// The title and the other texts in a list, where a line should stay a line.
    pub listed: bulletin::Limits,
}

/// Texts as long as a chat message bears.
pub const CHAT: Sink = Sink {
    escape: Untrusted::for_plain,
    measure: utf16,
    title: 300,
    said: 600,
    text: 200,
    listed: bulletin::Limits { title: 160, text: 60 },
};

/// UTF-16 units: never fewer than characters.
#[must_use]
pub fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

impl Sink {
    /// What a reader sees first: the mark of a test, how urgent it is, and the title.
    #[must_use]
    pub fn headline(&self, notification: &Notification) -> String {
        format!("{} · {}", wording::marker(notification), (self.escape)(&notification.title, self.title))
    }

    /// All else, the most telling first: why the message came, what it is about, where, how much, and why it counts for so much.
    #[must_use]
    pub fn details(&self, notification: &Notification, now: Timestamp) -> Vec<String> {
        let text = |theirs: &Untrusted| (self.escape)(theirs, self.text);
        let mut lines = vec![wording::occasion(notification).with(|theirs| (self.escape)(theirs, self.said))];
        // Behind the test of a target is no incident.
        if notification.occasion == Occasion::Test {
            return lines;
        }
        lines.push(format!("{}, {}, level {}", notification.incident, notification.state, notification.level));
        let places: Vec<_> =
            wording::places(notification).into_iter().map(|(name, place)| format!("{name} {}", text(place))).collect();
        if !places.is_empty() {
            lines.push(places.join(", "));
        }
        lines.push(wording::seen(notification, now));
        lines.extend(notification.culprit.as_ref().map(|culprit| format!("in {}", text(culprit))));
        lines.extend(wording::label(notification).map(|label| format!("label {}", label.with(text))));
        lines.extend(wording::next_page(notification, now).map(|next| format!("next page {next}")));
        lines.extend(notification.factors.iter().map(|factor| wording::factor(factor).with(text)));
        lines
    }

    /// The lines from the first on for which there is room, each with a newline before it.
    #[must_use]
    pub fn fitted(&self, lines: Vec<String>, mut room: usize) -> Vec<String> {
        lines
            .into_iter()
            .map_while(|line| {
                room = room.checked_sub((self.measure)(&line) + 1)?;
                Some(line)
            })
            .collect()
    }

    /// Several incidents, a line each, the most urgent first, and how many have no room.
    #[must_use]
    pub fn list(&self, several: &Bulletin, room: usize, now: Timestamp) -> Vec<String> {
        let lines: Vec<_> =
            bulletin::listed(several).iter().map(|item| bulletin::line(item, self.listed, now, self.escape)).collect();
        let all = lines.len() == several.items.len();
        let room_for = |lines: &[String]| lines.iter().map(|line| (self.measure)(line) + 1).sum::<usize>() <= room;
        let mut fitted = if all && room_for(&lines) { lines } else { self.fitted(lines, room.saturating_sub(MORE)) };
        fitted.extend(bulletin::more(several, fitted.len()));
        fitted
    }
}

/// Room for "and 18446744073709551615 more".
const MORE: usize = 32;

/// What stands below a list: the name of the bulletin, and how to take all of it.
#[must_use]
pub fn below_list(several: &Bulletin) -> Vec<String> {
    [several.id.to_string()].into_iter().chain(bulletin::take_all(several)).collect()
}

/// The page about a bulletin, if a public address is configured.
#[must_use]
pub fn link_of(several: &Bulletin) -> Option<String> {
    Some(Untrusted::new(several.own_link.as_deref()?).for_link()?.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use domain::attention::BundleKind;

    use super::*;
    use crate::testkit;

    #[test]
    fn a_list_never_passes_its_room_and_tells_what_is_left_out() {
        for number in [1, 2, 20, 21, 1_000] {
            for room in [0, 40, 300, 1_000, 4_000] {
                let several = testkit::bulletin(BundleKind::Storm, vec![testkit::page(); number]);
                let lines = CHAT.list(&several, room, testkit::now());
                let taken: usize = lines.iter().map(|line| utf16(line) + 1).sum();
                assert!(taken <= room.max(MORE), "{taken} of {room} for {number}");
                let listed = lines.iter().filter(|line| line.contains("inc-")).count();
                assert_eq!(lines.len() > listed, listed < number, "{number} in {room}");
            }
        }
    }
}
