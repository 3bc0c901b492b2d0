//! Releases: which of two is the older, as far as their names tell, and whether a signal after a resolve is the error come back
//! (semantics R3, R5).
//!
//! A wrong order would silence somebody, so whatever a name leaves open is left open here too.

use std::cmp::Ordering;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::command::seen_at;
use crate::signal::{Fact, Signal};
use crate::time::Timestamp;

/// Sentry refuses longer names of releases; nothing longer is read here, so the work is bounded.
const LONGEST: usize = 250;
/// First numbers from here on are years: a project that changed from years to counts, or back, has no order across the change.
const FIRST_YEAR: &str = "1900";
/// From so many hex digits on, a word may be a commit.
const SHORTEST_COMMIT: usize = 7;

/// A release of a project, with when its first signal was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRelease {
    /// As the SDK named it.
    pub name: String,
    /// The receipt of its first signal.
    pub first_seen_at: Timestamp,
}

/// The release that a resolve says carries the fix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixedIn {
    /// This one.
    Release(String),
    /// One that has no name yet: the next one, or the one that will carry a commit.
    Unnamed,
}

/// Whether a signal after a resolve is the error come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regression {
    /// It came back: in the release that was to fix it or a later one, or later than a resolve that named no release.
    Real,
    /// It did not: it comes from an older release than the fix, or from before the resolve.
    Not,
    /// Nobody can tell: the order of the releases is not known.
    Unsure,
}

/// What a verdict on a regression rests on; its words are its `Display`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence<'a> {
    /// The signal names an older release than the fix.
    OlderRelease {
        /// What the signal names. Untrusted text.
        seen: &'a str,
        /// What the resolve named.
        fixed_in: &'a str,
    },
    /// The signal is not later than the resolve.
    BeforeResolve,
    /// The signal names the release of the fix, or a later one.
    SinceFix {
        /// What the signal names. Untrusted text.
        seen: &'a str,
        /// What the resolve named.
        fixed_in: &'a str,
    },
    /// The names of the two releases do not tell which is the older.
    OrderUnknown {
        /// What the signal names. Untrusted text.
        seen: &'a str,
        /// What the resolve named.
        fixed_in: &'a str,
    },
    /// The resolve named a release and the signal none.
    NoRelease {
        /// What the resolve named.
        fixed_in: &'a str,
    },
    /// The resolve waits for a release that had no name yet.
    FixUnnamed,
    /// The resolve spoke of no release, and the signal is later.
    LaterInTime,
}

impl Evidence<'_> {
    /// What follows from it.
    #[must_use]
    pub const fn verdict(&self) -> Regression {
        match self {
            Self::OlderRelease { .. } | Self::BeforeResolve => Regression::Not,
            Self::SinceFix { .. } | Self::LaterInTime => Regression::Real,
            Self::OrderUnknown { .. } | Self::NoRelease { .. } | Self::FixUnnamed => Regression::Unsure,
        }
    }
}

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OlderRelease { seen, fixed_in } => write!(f, "release {seen} is older than the fix in {fixed_in}"),
            Self::BeforeResolve => f.write_str("it happened before the resolve"),
            Self::SinceFix { seen, fixed_in } if seen == fixed_in => write!(f, "release {seen} was to carry the fix"),
            Self::SinceFix { seen, fixed_in } => write!(f, "release {seen} is not older than the fix in {fixed_in}"),
            Self::OrderUnknown { seen, fixed_in } => {
                write!(f, "the names do not tell whether release {seen} is older than the fix in {fixed_in}")
            }
            Self::NoRelease { fixed_in } => write!(f, "the fix is in {fixed_in} and the signal names no release"),
            Self::FixUnnamed => f.write_str("the release of the fix had no name when it was resolved"),
            Self::LaterInTime => f.write_str("it happened after the resolve, which named no release"),
        }
    }
}

/// Whether a signal from `release`, seen `at`, is the error come back after a resolve that held `as_of` and named `fixed_in`.
#[must_use]
pub fn regression<'a>(
    release: Option<&'a str>,
    at: Timestamp,
    fixed_in: Option<&'a FixedIn>,
    as_of: Timestamp,
) -> Evidence<'a> {
    let ordered = match (release, fixed_in) {
        (Some(seen), Some(FixedIn::Release(fixed_in))) => Some((seen, fixed_in.as_str(), order(seen, fixed_in))),
        (_, _) => None,
    };
    match (ordered, fixed_in) {
        (Some((seen, fixed_in, Some(Ordering::Less))), _) => Evidence::OlderRelease { seen, fixed_in },
        (_, _) if at <= as_of => Evidence::BeforeResolve,
        (Some((seen, fixed_in, Some(_))), _) => Evidence::SinceFix { seen, fixed_in },
        (Some((seen, fixed_in, None)), _) => Evidence::OrderUnknown { seen, fixed_in },
        (None, Some(FixedIn::Release(fixed_in))) => Evidence::NoRelease { fixed_in },
        (None, Some(FixedIn::Unnamed)) => Evidence::FixUnnamed,
        (None, None) => Evidence::LaterInTime,
    }
}

/// What a signal is to the resolve before it. Where Sentry itself says that the issue is open again, the date of its last event says nothing
/// against it; whether the fix was in it is asked all the same.
#[must_use]
pub fn judged<'a>(
    signal: &'a Signal,
    received: Timestamp,
    fixed_in: Option<&'a FixedIn>,
    as_of: Timestamp,
) -> Evidence<'a> {
    let at = match signal.fact {
        Fact::Lifecycle(_) => as_of + Duration::from_millis(1),
        _ => seen_at(signal, received),
    };
    regression(signal.release.as_deref(), at, fixed_in, as_of)
}

/// Whether a release comes after another one, or nobody can tell: the doubt wakes somebody. One that was not known is before all.
#[must_use]
pub fn is_later(release: &str, than: &str) -> bool {
    !matches!(order(release, than), Some(Ordering::Less | Ordering::Equal))
}

/// Which of two releases is the older; `None` when their names do not tell: other packages, commits, years against counts.
#[must_use]
pub fn order(one: &str, other: &str) -> Option<Ordering> {
    if one == other {
        return Some(Ordering::Equal);
    }
    let (one, other) = (Version::read(one)?, Version::read(other)?);
    if one.package != other.package || one.is_of_a_year() != other.is_of_a_year() {
        return None;
    }
    match order_of_numbers(&one.numbers, &other.numbers) {
        Ordering::Equal => {}
        apart => return Some(apart),
    }
    match order_of_pre_releases(one.pre_release, other.pre_release)? {
        Ordering::Equal => {}
        apart => return Some(apart),
    }
    match (one.build, other.build) {
        (None, None) => Some(Ordering::Equal),
        (Some(one), Some(other)) if one == other => Some(Ordering::Equal),
        (Some(one), Some(other)) if is_number(one) && is_number(other) => Some(order_of_digits(one, other)),
        (_, _) => None,
    }
}

/// `package@v1.2.3-rc.1+45`, as Sentry's SDKs write it (docs.sentry.io, "Releases"), in its parts.
struct Version<'a> {
    package: Option<&'a str>,
    /// Without the zeros at the end: 1.2 and 1.2.0 are one version.
    numbers: Vec<&'a str>,
    pre_release: Option<&'a str>,
    build: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn read(name: &'a str) -> Option<Self> {
        if name.len() > LONGEST {
            return None;
        }
        let (package, version) = match name.rsplit_once('@') {
            Some((package, version)) => (Some(package), version),
            None => (None, name),
        };
        let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
        let (version, build) = match version.split_once('+') {
            Some((version, build)) => (version, Some(build)),
            None => (version, None),
        };
        let (core, pre_release) = match version.split_once('-') {
            Some((core, pre_release)) => (core, Some(pre_release)),
            None => (version, None),
        };
        let mut numbers: Vec<&str> = core.split('.').collect();
        // A lone number may as well be a commit or a counter of anything.
        if numbers.len() < 2 || !numbers.iter().all(|number| is_number(number)) {
            return None;
        }
        if pre_release.is_some_and(|words| !is_pre_release(words)) {
            return None;
        }
        while numbers.len() > 1 && numbers.last().is_some_and(|last| significant(last).is_empty()) {
            numbers.pop();
        }
        Some(Self { package, numbers, pre_release, build })
    }

    fn is_of_a_year(&self) -> bool {
        self.numbers.first().is_some_and(|first| order_of_digits(first, FIRST_YEAR).is_ge())
    }
}

/// Words of a pre-release, none of them a commit: `1.2.3-5-gabc1234` of `git describe` comes after 1.2.3, and not before.
fn is_pre_release(words: &str) -> bool {
    words
        .split('.')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        && !words.split(['.', '-']).any(is_commit)
}

fn is_commit(word: &str) -> bool {
    let digits = word.strip_prefix('g').unwrap_or(word);
    digits.len() >= SHORTEST_COMMIT && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn significant(digits: &str) -> &str {
    digits.trim_start_matches('0')
}

/// Numbers of any length, never counted with.
fn order_of_digits(one: &str, other: &str) -> Ordering {
    let (one, other) = (significant(one), significant(other));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

fn order_of_numbers(one: &[&str], other: &[&str]) -> Ordering {
    let longest = one.len().max(other.len());
    (0..longest)
        .map(|at| order_of_digits(one.get(at).unwrap_or(&"0"), other.get(at).unwrap_or(&"0")))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// As semver.org (2.0.0, 11) has it; where people count otherwise (`rc9` before `rc10`) nobody can tell. What two orders agree upon is
/// an order again.
fn order_of_pre_releases(one: Option<&str>, other: Option<&str>) -> Option<Ordering> {
    match (one, other) {
        (None, None) => Some(Ordering::Equal),
        (Some(_), None) => Some(Ordering::Less),
        (None, Some(_)) => Some(Ordering::Greater),
        (Some(one), Some(other)) => {
            let by_rule = order_of_words(one, other, str::cmp);
            let by_people = order_of_words(one, other, |one, other| runs(one).cmp(&runs(other)));
            (by_rule == by_people).then_some(by_rule)
        }
    }
}

fn order_of_words(one: &str, other: &str, order_of_texts: impl Fn(&str, &str) -> Ordering) -> Ordering {
    one.split('.')
        .map(Some)
        .chain(std::iter::once(None))
        .zip(other.split('.').map(Some).chain(std::iter::once(None)))
        .map(|pair| match pair {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => match (is_number(one), is_number(other)) {
                (true, true) => order_of_digits(one, other),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => order_of_texts(one, other),
            },
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// One run of letters, or of digits with their length first, so that the longer number is the greater.
type Run<'a> = (usize, &'a str);

fn runs(word: &str) -> Vec<Run<'_>> {
    word.split_inclusive(|letter: char| !letter.is_ascii_digit())
        .flat_map(|piece| {
            let letters = piece.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let digits = significant(piece.strip_suffix(letters).unwrap_or(piece));
            [(digits.len(), digits), (0, letters)]
        })
        .collect()
}

#[cfg(test)]
mod tests;
