//! A condition in words: what was seen and what it met. The words go into timelines and terminals, so what came from outside is cut to one short
//! line without characters that steer a terminal, and the whole is bounded.

use std::time::Duration;

use super::field::{Field, Kind};
use super::pattern::LOOKED_AT;
use super::test::{Comparison, Test};
use super::{Condition, Sighting};

/// No telling is longer, in bytes.
pub const LONGEST: usize = 300;

/// No text within it, the policy's or the signal's, is longer, in characters.
const LONGEST_TEXT: usize = 40;

/// Why the condition holds, or why it does not. Of several that would do, the first.
pub(super) fn explain(condition: &Condition, seen: &Sighting<'_>) -> String {
    let mut telling = Telling { text: String::new(), full: false };
    telling.condition(condition, condition.holds(seen), seen);
    telling.text
}

struct Telling {
    text: String,
    full: bool,
}

impl Telling {
    /// Why it holds, or why it does not: `all` that fails is told like `any` that holds, by one part; the others by every part.
    fn condition(&mut self, condition: &Condition, holds: bool, seen: &Sighting<'_>) {
        if self.full {
            return;
        }
        match (condition, holds) {
            (Condition::All(parts), true) if parts.is_empty() => self.push("every signal"),
            (Condition::Any(parts), false) if parts.is_empty() => self.push("no signal"),
            (Condition::All(parts), true) | (Condition::Any(parts), false) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        self.push(", ");
                    }
                    self.condition(part, holds, seen);
                }
            }
            (Condition::All(parts), false) | (Condition::Any(parts), true) => {
                if let Some(part) = parts.iter().find(|part| part.holds(seen) == holds) {
                    self.condition(part, holds, seen);
                }
            }
            (Condition::Not(part), _) => self.condition(part, !holds, seen),
            (Condition::Is(field, test), true) => self.met(field, test, seen),
            (Condition::Is(field, test), false) => self.missed(field, test, seen),
        }
    }

    /// `path /checkout/pay begins with /checkout`.
    fn met(&mut self, field: &Field, test: &Test, seen: &Sighting<'_>) {
        self.name(field);
        match test {
            Test::Present(told) => return self.push(if *told { " was told" } else { " was not told" }),
            Test::Truth(truth) => return self.push(if *truth { " is true" } else { " is false" }),
            // The one thing that was asked for is what was seen.
            Test::OneOf(words) if words.len() == 1 => {}
            Test::Number(Comparison::Exactly, _) => {}
            _ => {
                self.push(" ");
                let found = test.passing(field, seen).map(line).or_else(|| Some(amount(field, field.number(seen)?)));
                self.push(&found.unwrap_or_default());
            }
        }
        self.wanted(field, test);
    }

    /// `not: environment is staging (it is production)`.
    fn missed(&mut self, field: &Field, test: &Test, seen: &Sighting<'_>) {
        self.push("not: ");
        self.name(field);
        match test {
            // The one is false only when the other is so.
            Test::Present(told) => return self.push(if *told { " was told" } else { " was not told" }),
            Test::Truth(truth) => self.push(if *truth { " is true" } else { " is false" }),
            _ => self.wanted(field, test),
        }
        let found = match field.kind() {
            Kind::Truth => field.truth(seen).map(|truth| truth.to_string()),
            Kind::Count | Kind::Fraction | Kind::Age => field.number(seen).map(|number| amount(field, number)),
            Kind::Text | Kind::Word(_) | Kind::Ordered(_) => field.find(seen, |_| true).map(line),
        };
        match found {
            Some(found) => self.push(&format!(" (it is {found})")),
            None => self.push(" (it was not told)"),
        }
    }

    fn name(&mut self, field: &Field) {
        match field {
            Field::Tag(key) => self.push(&format!("tag {}", line(key))),
            _ => self.push(field.word()),
        }
    }

    /// What was asked for, as a verb with its object.
    fn wanted(&mut self, field: &Field, test: &Test) {
        let (verb, object) = match test {
            Test::OneOf(words) if words.len() == 1 => ("is", words.first().map_or_else(String::new, |word| line(word))),
            // The list is one text of the policy, however many words it has.
            Test::OneOf(words) => (
                "is one of",
                line(&words.iter().take(LONGEST_TEXT).map(|word| line(word)).collect::<Vec<_>>().join(", ")),
            ),
            Test::Prefix(part) => ("begins with", line(part)),
            Test::Suffix(part) => ("ends with", line(part)),
            Test::Contains(part) => ("contains", line(part)),
            Test::Glob(glob) => ("fits", line(glob.as_str())),
            Test::Regex(expression) => ("matches", line(expression.as_str())),
            Test::Number(comparison, number) => {
                let verb = match (field.kind(), comparison) {
                    (_, Comparison::Exactly) => "is",
                    (Kind::Age, Comparison::Above) => "is older than",
                    (Kind::Age, Comparison::Below) => "is younger than",
                    (_, Comparison::AtLeast) => "is at least",
                    (_, Comparison::AtMost) => "is at most",
                    (_, Comparison::Above) => "is above",
                    (_, Comparison::Below) => "is below",
                };
                (verb, amount(field, *number))
            }
            Test::Truth(_) | Test::Present(_) => return,
        };
        self.push(" ");
        self.push(verb);
        self.push(" ");
        self.push(&object);
    }

    fn push(&mut self, text: &str) {
        const CUT: char = '…';
        if self.full {
            return;
        }
        let room = LONGEST - CUT.len_utf8() - self.text.len();
        if text.len() <= room {
            return self.text.push_str(text);
        }
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
        self.text.push(CUT);
        self.full = true;
    }
}

/// A field's number as people read it.
fn amount(field: &Field, number: u64) -> String {
    match field.kind() {
        Kind::Ordered(words) => {
            usize::try_from(number).ok().and_then(|rank| words.get(rank)).map_or_else(String::new, ToString::to_string)
        }
        Kind::Fraction => {
            let digits = format!("{}.{:06}", number / 1_000_000, number % 1_000_000);
            digits.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        Kind::Age => span(Duration::from_millis(number)),
        _ => number.to_string(),
    }
}

/// The two largest units: `3d 4h`.
fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let Some(first) = parts.iter().position(|(count, _)| *count > 0) else { return "0s".to_owned() };
    let two = parts.iter().skip(first).take(2).filter(|(count, _)| *count > 0);
    two.map(|(count, unit)| format!("{count}{unit}")).collect::<Vec<_>>().join(" ")
}

/// One line of at most [`LONGEST_TEXT`] characters; what steers a terminal or turns the direction of writing is left out.
fn line(text: &str) -> String {
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    // Hidden characters take no room, but time: among so many nothing is looked for.
    let mut shown = text
        .chars()
        .take(LOOKED_AT)
        .filter(|c| !is_hidden(*c))
        .map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c });
    let mut line: String = shown.by_ref().take(LONGEST_TEXT - 1).collect();
    match (shown.next(), shown.next()) {
        (Some(last), None) => line.push(last),
        (Some(_), Some(_)) => line.push('…'),
        (None, _) => {}
    }
    line
}

/// Marks of direction, joiners, invisible operators, variation and tag characters, the byte order mark.
const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}
