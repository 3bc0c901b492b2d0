//! D1: deliveries are the same by their bytes alone, because the resource header is not signed; event hooks also by (resource, event, rule).

use harness::scenario;

#[test]
fn the_same_body_twice_is_one_delivery_with_its_first_outcome() {
    scenario(async |world| {
        let hook = world.sentry("issue.created").hook();
        let first = world.deliver(&hook).await;
        assert_eq!((first.status, first.outcome.as_str()), (202, "opened"));

        let again = world.deliver(&hook).await;
        assert_eq!((again.status, again.outcome.as_str()), (200, "opened"));
        assert_eq!((again.delivery, again.incident.clone()), (first.delivery, first.incident));
        assert_eq!(world.incident(&again.incident.unwrap()).await.field("signals"), "1");
    });
}

#[test]
fn a_restart_forgets_no_delivery() {
    scenario(async |world| {
        let hook = world.sentry("issue.created").hook();
        let first = world.deliver(&hook).await;
        world.restart().await;
        let again = world.deliver(&hook).await;
        assert_eq!((again.status, again.delivery), (200, first.delivery));
    });
}

#[test]
fn copies_that_come_at_once_are_one_delivery() {
    scenario(async |world| {
        let hook = world.sentry("issue.created").hook();
        let answers = world.deliver_at_once(&vec![hook; 20]).await;
        let accepted = answers.iter().filter(|answer| answer.status == 202).count();
        assert_eq!(accepted, 1);
        assert!(answers.iter().all(|answer| answer.delivery == answers[0].delivery && answer.outcome == "opened"));
    });
}

#[test]
fn a_body_under_another_name_in_the_unsigned_header_is_the_same_delivery() {
    scenario(async |world| {
        let hook = world.sentry("issue.created").hook();
        let first = world.deliver(&hook).await;
        for name in ["event_alert", "activity_alert", "comment", "made_up"] {
            let again = world.deliver(&hook.clone().under(name)).await;
            assert_eq!((again.status, again.outcome.as_str()), (200, "opened"), "{name}");
            assert_eq!(again.delivery, first.delivery, "{name}");
        }
    });
}

#[test]
fn one_event_under_one_rule_is_one_fact_in_whatever_bytes() {
    scenario(async |world| {
        let first = world.sentry("event_alert.triggered").event(1).rule("payments").send().await;
        assert_eq!((first.status, first.outcome.as_str()), (202, "opened"));
        let again =
            world.sentry("event_alert.triggered").event(1).rule("payments").set("/data/retried", 1).send().await;
        assert_eq!((again.status, again.outcome.as_str()), (200, "opened"));
        assert_eq!(again.incident, first.incident);
        assert_eq!(world.incident(&first.incident()).await.field("signals"), "1");
    });
}

#[test]
fn one_event_under_two_rules_is_two_signals() {
    scenario(async |world| {
        let first = world.sentry("event_alert.triggered").event(1).rule("payments").send().await;
        let second = world.sentry("event_alert.triggered").event(1).rule("checkout").send().await;
        assert_eq!((second.status, second.outcome.as_str()), (202, "joined"));
        assert_eq!(world.incident(&first.incident()).await.field("signals"), "2");
    });
}
