//! The environments in which an incident was seen.

use serde::{Deserialize, Serialize};

/// So many are remembered: who has more has them made by a machine.
const MOST: usize = 8;

/// Distinct environments, first seen first, at most eight. Their names are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Vec<String>")]
pub struct Environments(Vec<String>);

/// As it stands in the store: a list, or the one environment that older versions kept.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Several(Vec<String>),
    One(Option<String>),
}

impl From<Stored> for Environments {
    fn from(stored: Stored) -> Self {
        let mut environments = Self::default();
        let names = match stored {
            Stored::Several(names) => names,
            Stored::One(name) => name.into_iter().collect(),
        };
        for name in names {
            environments.add(Some(&name));
        }
        environments
    }
}

impl From<Environments> for Vec<String> {
    fn from(environments: Environments) -> Self {
        environments.0
    }
}

impl Environments {
    /// Those that one signal tells of.
    #[must_use]
    pub fn of(name: Option<&str>) -> Self {
        let mut environments = Self::default();
        environments.add(name);
        environments
    }

    /// Remembers one more, unless it is known or eight are.
    pub fn add(&mut self, name: Option<&str>) {
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return };
        if self.0.len() < MOST && !self.0.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.0.push(name.to_owned());
        }
    }

    /// The one to show where there is room for one: the first seen.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }

    /// All, first seen first.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.0
    }

    /// All in words, if any is known.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }

    /// Whether so many are known that further ones are not remembered.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }

    /// Whether none is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_version_stored_still_opens() {
        for (stored, names) in [
            (r#""production""#, vec!["production"]),
            ("null", vec![]),
            (r#"["staging","production"]"#, vec!["staging", "production"]),
        ] {
            assert_eq!(serde_json::from_str::<Environments>(stored).unwrap().all(), names);
        }
    }

    #[test]
    fn each_is_remembered_once_and_a_flood_of_them_ends() {
        let mut environments = Environments::of(Some("staging"));
        for name in ["Staging", " production ", "", "staging"] {
            environments.add(Some(name));
        }
        assert_eq!(environments.all(), ["staging", "production"]);
        for number in 0..1_000 {
            environments.add(Some(&format!("pr-{number}")));
        }
        assert_eq!(environments.all().len(), 8);
        assert_eq!(environments.first(), Some("staging"));
    }
}
