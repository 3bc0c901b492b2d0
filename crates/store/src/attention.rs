//! Attention as rows: a key for whose it is, and when nothing of it counts any more.

use std::time::Duration;

use domain::attention::{Attention, Whose};
use domain::id::Name;
use domain::time::Timestamp;

/// Nothing in an attention counts for more than a few days; after these a clean-up takes it.
pub(crate) const FORGOTTEN_AFTER: Duration = Duration::from_hours(30 * 24);

/// The key of its row: a word for the kind, and the name.
pub(crate) fn key(whose: &Whose) -> String {
    match whose {
        Whose::Channel(name) => format!("channel:{name}"),
        Whose::Contact(name) => format!("contact:{name}"),
        Whose::Role(name) => format!("role:{name}"),
    }
}

/// Whose row has this key.
pub(crate) fn whose(key: &str) -> Option<Whose> {
    let (kind, name) = key.split_once(':')?;
    let name: Name = name.parse().ok()?;
    match kind {
        "channel" => Some(Whose::Channel(name)),
        "contact" => Some(Whose::Contact(name)),
        "role" => Some(Whose::Role(name)),
        _ => None,
    }
}

/// The latest time in it. `None` when it counts turns: whose turn it is stays true however long nobody was called.
pub(crate) fn last_at(attention: &Attention) -> Option<Timestamp> {
    if attention.turns > 0 {
        return None;
    }
    let first_pages = attention.first_pages.iter().copied();
    let storm = attention.storm.iter().flat_map(|storm| {
        let open = [storm.critical, storm.others].into_iter().flatten().map(|bundle| bundle.due);
        open.chain([storm.last_at])
    });
    let spent = attention.spent.iter().map(|spent| spent.until);
    first_pages.chain(storm).chain(spent).max()
}

#[cfg(test)]
mod tests {
    use domain::attention::{OpenBundle, Spent, Storm};
    use domain::id::BundleId;

    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_key_reads_back_whose_it_is() {
        for text in ["channel:slack-ops", "contact:ada", "role:primary.eu"] {
            assert_eq!(whose(text).as_ref().map(key).as_deref(), Some(text));
        }
        for nobody in ["ada", "team:ada", "contact:", "contact:Ada", "role:a:b"] {
            assert_eq!(whose(nobody), None, "{nobody}");
        }
    }

    #[test]
    fn the_latest_time_counts_and_turns_never_grow_old() {
        let mut attention = Attention { first_pages: vec![at(1), at(3)], ..Attention::default() };
        assert_eq!(last_at(&attention), Some(at(3)));
        attention.spent = Some(Spent { until: at(9), count: 1, last_at: at(4), told: false });
        assert_eq!(last_at(&attention), Some(at(9)));
        let open = OpenBundle { id: BundleId::from_bits(1), kind: domain::attention::BundleKind::Storm, due: at(11) };
        attention.storm = Some(Storm { since: at(2), last_at: at(5), critical: None, others: Some(open) });
        assert_eq!(last_at(&attention), Some(at(11)));
        attention.turns = 1;
        assert_eq!(last_at(&attention), None);
        assert_eq!(last_at(&Attention::default()), None);
    }
}
