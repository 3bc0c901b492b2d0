//! The text: the most telling lines first, as many as there are segments for. One character outside the GSM alphabet makes every
//! segment less than half as long, so our own words keep to ASCII, and what comes from outside is cut short.

use crate::bulletin;
use crate::notifier::{Bulletin, Notification, Occasion};
use crate::untrusted::{ELLIPSIS, Untrusted};
use crate::wording;

/// twilio.com/docs, "Message Resource", `Body`: characters; three segments are fewer.
#[cfg(test)]
pub const BODY: usize = 1_600;
/// A message that is not read at night is too long with more.
pub const SEGMENTS: usize = 3;

const TITLE: usize = 80;
const TEXT: usize = 40;
/// In a list.
const LISTED_TITLE: usize = 40;

// In the shorter segments the headline, an id and the command to take it always have room.
const _: () = assert!(TITLE + 30 + 48 + 16 <= SEGMENTS * UCS2_PART);
const _: () = assert!(60 + 48 + LISTED_TITLE + 40 <= SEGMENTS * UCS2_PART);

/// 3GPP TS 23.038: septets of an SMS, alone and as one of several.
const GSM: usize = 160;
const GSM_PART: usize = 153;
/// The same in UTF-16 units, when a character is outside the alphabet.
const UCS2: usize = 70;
const UCS2_PART: usize = 67;

/// One notification.
pub fn text(notification: &Notification) -> String {
    let escaped = |theirs: &Untrusted, limit| plain(&theirs.for_plain(limit));
    let headline = format!("{} - {}", plain(&wording::marker(notification)), escaped(&notification.title, TITLE));
    let occasion = plain(&wording::occasion(notification).with(|theirs| theirs.for_plain(TEXT)));
    if notification.occasion == Occasion::Test {
        return fitted(headline, vec![occasion]);
    }
    // The command has the incident's id in it.
    let command = wording::command(notification).unwrap_or_else(|| notification.incident.to_string());
    let mut lines = vec![command, occasion];
    let places: Vec<_> = wording::places(notification)
        .into_iter()
        .map(|(name, place)| format!("{name} {}", escaped(place, TEXT)))
        .collect();
    if !places.is_empty() {
        lines.push(places.join(", "));
    }
    lines.extend(notification.own_link.as_deref().and_then(link));
    fitted(headline, lines)
}

/// Several incidents: how many, how to take them, and the most urgent.
pub fn list(several: &Bulletin) -> String {
    let headline = plain(&bulletin::headline(several));
    let command = bulletin::take_all(several).unwrap_or_else(|| several.id.to_string());
    let mut lines = vec![command];
    lines.extend(bulletin::listed(several).iter().map(|item| {
        let title = plain(&item.title.for_plain(LISTED_TITLE));
        format!("{} {}: {title}", item.incident, plain(&bulletin::urgency(item)))
    }));
    fitted(headline, lines)
}

fn link(address: &str) -> Option<String> {
    Some(Untrusted::new(address).for_link()?.as_str().to_owned())
}

/// What stands in our own words outside the GSM alphabet.
fn plain(text: &str) -> String {
    text.replace(" · ", " - ").replace(ELLIPSIS, "...")
}

/// The headline, and each of the lines for which there is room: a shorter one may fit where a longer one did not.
fn fitted(headline: String, lines: Vec<String>) -> String {
    lines.into_iter().fold(headline, |text, line| {
        let longer = format!("{text}\n{line}");
        if segments(&longer) <= SEGMENTS { longer } else { text }
    })
}

/// How many segments a text takes.
pub fn segments(text: &str) -> usize {
    let septets: Option<usize> = text.chars().map(septets).sum();
    let (length, alone, part) = match septets {
        Some(septets) => (septets, GSM, GSM_PART),
        None => (text.encode_utf16().count(), UCS2, UCS2_PART),
    };
    if length <= alone { 1 } else { length.div_ceil(part) }
}

/// 3GPP TS 23.038, "GSM 7 bit Default Alphabet" and its extension, whose characters take two; `None` for all others.
const fn septets(c: char) -> Option<usize> {
    match c {
        '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        '`' => None,
        '\n' | '\r' | ' '..='~' => Some(1),
        '£' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Δ' | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π'
        | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' | 'Æ' | 'æ' | 'ß' | 'É' | '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | '§' | '¿' | 'ä' | 'ö'
        | 'ñ' | 'ü' | 'à' => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted_as_networks_count_them() {
        for (text, expected) in [
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("[".repeat(80), 1),
            ("[".repeat(81), 2),
            ("я".repeat(70), 1),
            ("я".repeat(71), 2),
            ("😀".repeat(35), 1),
            ("😀".repeat(36), 2),
            (format!("{}`", "a".repeat(70)), 2),
        ] {
            assert_eq!(segments(&text), expected, "{text}");
        }
    }
}
