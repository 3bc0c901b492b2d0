//! Days of the week on which something recurs.

use std::fmt;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// One day at least. Kept as words, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct Days([bool; 7]);

const WORDS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Days {
    /// All seven.
    pub const EVERY: Self = Self([true; 7]);

    /// These; `None` when there is none.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = Weekday>) -> Option<Self> {
        let mut chosen = [false; 7];
        for day in days {
            chosen[place(day)] = true;
        }
        chosen.contains(&true).then_some(Self(chosen))
    }

    /// The day with this word, in any case: `saturday` or `sat`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Weekday> {
        let place = WORDS
            .iter()
            .position(|known| word.eq_ignore_ascii_case(known) || word.eq_ignore_ascii_case(&known[..3]))?;
        Weekday::from_monday_zero_offset(i8::try_from(place).ok()?).ok()
    }

    /// Whether this day is one of them.
    #[must_use]
    pub fn contains(self, day: Weekday) -> bool {
        self.0[place(day)]
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> usize {
        self.words().count()
    }

    fn words(self) -> impl Iterator<Item = &'static str> {
        WORDS.into_iter().zip(self.0).filter(|(_, chosen)| *chosen).map(|(word, _)| word)
    }
}

fn place(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

/// `every day`, `Monday to Friday`, `every Saturday and Sunday`.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::EVERY {
            return f.write_str("every day");
        }
        if self.0 == [true, true, true, true, true, false, false] {
            return f.write_str("Monday to Friday");
        }
        let last = self.count() - 1;
        for (index, word) in self.words().enumerate() {
            let before = match index {
                0 => "every ",
                _ if index == last => " and ",
                _ => ", ",
            };
            write!(f, "{before}{word}")?;
        }
        Ok(())
    }
}

impl From<Days> for Vec<String> {
    fn from(days: Days) -> Self {
        days.words().map(str::to_lowercase).collect()
    }
}

impl TryFrom<Vec<String>> for Days {
    type Error = &'static str;
    fn try_from(words: Vec<String>) -> Result<Self, &'static str> {
        const EXPECTED: &str = "expected one day of the week at least, such as `monday`";
        let days: Option<Vec<_>> = words.iter().map(|word| Self::from_word(word)).collect();
        days.and_then(Self::of).ok_or(EXPECTED)
    }
}
