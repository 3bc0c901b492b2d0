//! Whatever the order in which Sentry's resources tell of one issue: one incident, one ladder.

use harness::{HookBuilder, Setting, World};

const TELLERS: [&str; 5] =
    ["issue.created", "error.created", "event_alert.triggered", "activity_alert.triggered.seer", "comment.created"];

fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(of - 1);
    let with_last = |order: &Vec<usize>, place: usize| {
        let mut longer = order.clone();
        longer.insert(place, of - 1);
        longer
    };
    shorter.iter().flat_map(|order| (0..of).map(move |place| with_last(order, place))).collect()
}

fn tells<'w>(world: &'w mut World, name: &str) -> HookBuilder<'w> {
    let hook = world.sentry(name).issue("4711");
    let hook = if matches!(name, "error.created" | "event_alert.triggered") {
        hook.event(1).environment("production")
    } else {
        hook
    };
    if name == "comment.created" { hook } else { hook.critical() }
}

/// Tells of one issue in this order; gives the incidents and how many pages left.
fn told(names: &[&str], order: &[usize], check: impl AsyncFnOnce(&mut World)) {
    Setting::default().play(async |world| {
        for place in order {
            let answer = tells(world, names[*place]).send().await;
            assert_eq!(answer.status, 202, "{order:?}");
        }
        check(world).await;
    });
}

#[test]
fn every_order_is_one_incident_with_one_ladder_and_the_same_pages() {
    let all = orders(TELLERS.len());
    assert_eq!(all.len(), 120);
    for order in all {
        told(&TELLERS, &order, async |world| {
            let incidents = world.incidents().await;
            assert_eq!(incidents.len(), 1, "{order:?}");
            assert_eq!(world.kept(&incidents[0].field("id")).await.escalations, 1, "{order:?}");
            world.expect_pages("ops", ["0"]);
            world.expect_pages("ada", ["0"]);
            world.expect_silence();
        });
    }
}

#[test]
fn a_resolve_anywhere_among_them_leaves_at_most_one_incident_and_no_ladder_that_it_did_not_end() {
    let mut names = TELLERS;
    names[4] = "issue.resolved";
    for order in orders(names.len()) {
        told(&names, &order, async |world| {
            let incidents = world.incidents().await;
            assert!(incidents.len() <= 1, "{order:?}");
            if let Some(incident) = incidents.first() {
                // What came after the resolve is not later than it (D3, R3).
                assert_eq!(incident.state(), "resolved", "{order:?}");
                assert_eq!(world.kept(&incident.field("id")).await.escalations, 1, "{order:?}");
            }
            world.forget_what_was_sent();
        });
    }
}
