use std::cmp::Ordering;

use proptest::prelude::*;

use super::{FixedIn, Regression, order, regression};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_800_000_060_000);

#[test]
fn each_release_is_older_than_the_next() {
    let ladders: [&[&str]; 5] = [
        &["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0"],
        &["shop@1.9.0", "shop@1.10.0", "shop@v2.0", "shop@2.0.1+7", "shop@2.0.1+10"],
        &["v2025.9.30", "2025.10.1", "2026.01.02", "2026.1.3"],
        &["1.2.3.4", "1.2.3.10", "1.2.99999999999999999999999", "1.2.100000000000000000000000"],
        &["@scope/shop@1.0.0", "@scope/shop@1.0.1"],
    ];
    for ladder in ladders {
        for (at, one) in ladder.iter().enumerate() {
            for other in ladder.iter().skip(at + 1) {
                assert_eq!(order(one, other), Some(Ordering::Less), "{one} {other}");
            }
        }
    }
    assert_eq!(order("1.2", "v1.2.0"), Some(Ordering::Equal));
}

#[test]
fn what_the_names_do_not_tell_nobody_guesses() {
    let apart = [
        ("shop@1.0.0", "till@2.0.0"),
        ("1.0.0", "shop@2.0.0"),
        ("4f2a9c1", "9d8e7f6"),
        ("41", "42"),
        ("2025.1.0", "3.0.0"),
        ("1.2.3", "1.2.3-5-gabc1234"),
        ("1.0.0-rc9", "1.0.0-rc10"),
        ("1.0.0+linux", "1.0.0+mac"),
        ("1.0.0", "1.0.0+1"),
        ("", "1.0"),
        ("1..0", "1.0"),
    ];
    for (one, other) in apart {
        assert_eq!(order(one, other), None, "{one} {other}");
    }
    assert_eq!(order(&format!("1.{}", "0".repeat(300)), "2.0"), None);
}

#[test]
fn an_old_release_is_excused_only_by_a_named_fix_in_a_known_order() {
    let fix = FixedIn::Release("shop@1.2.0".to_owned());
    let said = |release, at, fix| regression(release, at, fix, NOW).verdict();
    assert_eq!(said(Some("shop@1.1.0"), LATER, Some(&fix)), Regression::Not);
    assert_eq!(said(Some("shop@1.2.0"), LATER, Some(&fix)), Regression::Real);
    assert_eq!(said(Some("shop@1.3.0"), LATER, Some(&fix)), Regression::Real);
    assert_eq!(said(Some("shop@1.3.0"), NOW, Some(&fix)), Regression::Not);
    assert_eq!(said(Some("4f2a9c1"), LATER, Some(&fix)), Regression::Unsure);
    assert_eq!(said(None, LATER, Some(&fix)), Regression::Unsure);
    assert_eq!(said(Some("shop@1.1.0"), LATER, Some(&FixedIn::Unnamed)), Regression::Unsure);
    assert_eq!(said(Some("shop@1.1.0"), LATER, None), Regression::Real);
    assert_eq!(said(None, NOW, None), Regression::Not);
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "(a@)?v?[0-3](\\.[0-2]{1,2}){1,2}(-(rc|a|b)?[0-9]{0,2}(\\.[0-9a]{1,2})?)?(\\+[0-9x]{1,2})?",
        1 => "20[0-9]{2}\\.[0-9]{1,2}",
        1 => "\\PC{0,24}",
    ]
}

proptest! {
    #[test]
    fn the_order_turned_round_is_the_order_reversed(one in name(), other in name()) {
        prop_assert_eq!(order(&one, &other), order(&other, &one).map(Ordering::reverse));
    }

    #[test]
    fn what_is_older_than_the_older_is_older(one in name(), two in name(), three in name()) {
        if let (Some(first), Some(second)) = (order(&one, &two), order(&two, &three))
            && (first == second || first.is_eq() || second.is_eq())
        {
            prop_assert_eq!(order(&one, &three), Some(first.then(second)), "{} {} {}", one, two, three);
        }
    }
}
