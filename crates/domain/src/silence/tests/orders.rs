//! What may be ordered.

use super::*;

const NOW: &str = "2026-11-27T12:00:00Z";

fn order(times: Times) -> Result<Silence, OrderError> {
    Silence::order(Order {
        id: SilenceId::from_bits(1),
        kind: SilenceKind::Silence,
        matching: Matching::parse("{ project = \"shop\" }").unwrap(),
        times,
        reason: reason("the vendor is down"),
        by: "ada".to_owned(),
        at: at(NOW),
    })
}

fn until(last_day: &str) -> Plan {
    Plan { last_day: Some(day(last_day)), ..plan(&[Weekday::Saturday], "02:00", "2h", "Europe/Berlin") }
}

#[test]
fn what_is_ordered_is_kept_with_who_and_when() {
    let silence = order(once(NOW, "2026-11-27T14:00:00Z")).unwrap();
    assert_eq!((silence.by.as_str(), silence.created_at, silence.name), ("ada", at(NOW), None));
}

#[test]
fn every_order_has_an_end_that_is_not_far() {
    for (times, refused) in [
        (once("2026-11-27T10:00:00Z", NOW), Some(OrderError::Over)),
        (once("2026-11-27T10:00:00Z", "2026-11-27T12:00:01Z"), None),
        (once(NOW, "2027-02-25T12:00:00Z"), None),
        (once(NOW, "2027-02-25T12:00:01Z"), Some(OrderError::TooLong)),
        (once("2027-11-28T12:00:00Z", "2027-11-28T13:00:00Z"), None),
        (once("2027-11-28T12:00:01Z", "2027-11-28T13:00:00Z"), Some(OrderError::TooFar)),
        (recurring(plan(&[], "02:00", "2h", "UTC")), Some(OrderError::NeverEnds)),
        (recurring(until("2027-11-28")), None),
        (recurring(until("2027-11-29")), Some(OrderError::TooFar)),
        (recurring(until("2026-11-26")), Some(OrderError::Over)),
        // A Friday: the first Saturday is the day after.
        (recurring(until("2026-11-27")), Some(OrderError::NeverHappens)),
        (recurring(until("2026-11-28")), None),
    ] {
        assert_eq!(order(times.clone()).err(), refused, "{times}");
    }
}

#[test]
fn a_backdated_order_holds_from_now_on() {
    let silence = order(once("2026-11-20T00:00:00Z", "2026-11-28T00:00:00Z")).unwrap();
    assert_eq!(silence.period(at("2026-11-27T11:59:59Z")), None);
    assert_eq!(silence.period(at(NOW)).unwrap().from, at(NOW));
}

#[test]
fn nobody_and_no_reason_order_nothing() {
    let times = once(NOW, "2026-11-27T14:00:00Z");
    let named = order(times.clone()).unwrap();
    let nobody = Order {
        id: named.id,
        kind: named.kind,
        matching: named.matching,
        times,
        reason: named.reason,
        by: " \n".to_owned(),
        at: at(NOW),
    };
    assert_eq!(Silence::order(nobody), Err(OrderError::Nobody));
    assert_eq!(Reason::try_from(" \t".to_owned()), Err(ReasonError::Empty));
    assert_eq!(Reason::try_from("x".repeat(1_001)), Err(ReasonError::TooLong(1_001)));
}

#[test]
fn what_hides_much_is_said_before_it_is_ordered() {
    let cautions = |matching: &str, times| {
        silence(matching, times).cautions().iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let shop = "{ project = \"shop\" }";
    assert_eq!(cautions(shop, once(NOW, "2026-11-28T12:00:00Z")), "");
    assert_eq!(
        cautions(shop, once(NOW, "2026-11-29T12:00:00Z")),
        "it holds 48 hours without a break, and critical is held as well"
    );
    assert!(cautions("{ all = [] }", once(NOW, "2026-11-27T13:00:00Z")).starts_with("it matches everything"));
    assert_eq!(cautions(shop, recurring(plan(&[], "20:00", "12h", "UTC"))), "");
    assert!(cautions(shop, recurring(plan(&[], "20:00", "13h", "UTC"))).starts_with("it holds 91 of the 168 hours"));
}
