//! L15: an incident keeps the policy that it started with; `policy rebase` moves it, with a preview.

use harness::{World, minutes, scenario};

/// Another ladder for criticals takes effect, for what opens from now on.
async fn change_the_ladder(world: &mut World, rungs: &str) {
    world.restart_with(|setting| setting.with_policy(&format!("levels.critical.rungs = [{rungs}]"))).await;
}

#[test]
fn a_new_policy_is_for_new_incidents_alone() {
    scenario(async |world| {
        world.sentry("issue.created").issue("1").critical().titled("Old: one").send().await;
        world.advance(minutes(1)).await;
        world.forget_what_was_sent();

        world.restart_with(|setting| setting.with_policy(r#"roles.secondary = ["contact:dan"]"#)).await;
        world.sentry("issue.created").issue("2").critical().titled("New: two").send().await;
        world.advance(minutes(28)).await;
        world.forget_what_was_sent();

        world.advance(minutes(1)).await;
        world.expect_pages("bob", ["30"]);
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("dan", ["31"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_reopened_incident_takes_the_policy_of_its_new_opening() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.forget_what_was_sent();
        let before = world.kept(&incident).await.policy;
        world.restart_with(|setting| setting.with_policy(r#"roles.secondary = ["contact:dan"]"#)).await;
        assert_eq!(world.kept(&incident).await.policy, before);
        world.advance(minutes(6)).await;
        world.sentry("event_alert.triggered").critical().send().await;
        assert_ne!(world.kept(&incident).await.policy, before);
        world.advance(minutes(30)).await;
        world.expect_pages("dan", ["36"]);
        world.expect_pages("bob", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_rebase_moves_it_to_the_current_policy() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(10)).await;
        world.restart_with(|setting| setting.with_policy(r#"roles.secondary = ["contact:dan"]"#)).await;
        let before = world.kept(&incident).await.policy;
        world.forget_what_was_sent();
        assert_eq!(world.rebase(&incident, "carol").await, 200);
        world.expect_silence();
        assert_ne!(world.kept(&incident).await.policy, before);
        assert!(world.incident(&incident).await.events().contains(&"rebased".to_owned()));
        world.advance(minutes(20)).await;
        world.expect_pages("dan", ["30"]);
        world.expect_pages("bob", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn the_preview_says_what_would_change_and_changes_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(10)).await;
        let sooner = r#"{ after = "0", targets = ["role:team"] }, { after = "12m", targets = ["role:secondary"] }"#;
        change_the_ladder(world, sooner).await;
        let before = world.kept(&incident).await;
        let preview = world.rebase_preview(&incident, "carol").await;
        assert_eq!(world.kept(&incident).await, before);
        let due = |when: &str| preview[when]["next_rung_at"].as_str().unwrap().to_owned();
        let start = before.opened_at;
        let at = |text: &str| domain::time::Timestamp::parse(text).unwrap();
        assert_eq!((at(&due("before")), at(&due("after"))), (start + minutes(30), start + minutes(12)), "{preview}");
        world.advance(minutes(10)).await;
        world.expect_pages("bob", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn rungs_that_would_have_run_by_now_run_in_order_one_cooldown_apart() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(20)).await;
        let sooner = r#"
            { after = "0", targets = ["role:team"] }, { after = "5m", targets = ["role:secondary"] },
            { after = "10m", targets = ["role:manager"] }, { after = "1h", targets = ["role:director"] }
        "#;
        change_the_ladder(world, &sooner.replace('\n', " ")).await;
        world.forget_what_was_sent();
        world.rebase(&incident, "carol").await;
        world.expect_pages("bob", ["20"]);
        world.expect_pages("carol", []);
        world.advance(minutes(40)).await;
        world.expect_pages("carol", ["25", "30..30.5", "40..41.5"]);
        world.expect_pages("dan", ["60"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_ladder_that_has_no_rung_left_is_exhausted_the_levels_time_after_the_move() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(31)).await;
        change_the_ladder(world, r#"{ after = "0", targets = ["role:team", "role:primary"] }"#).await;
        world.rebase(&incident, "carol").await;
        world.advance(minutes(59)).await;
        world.expect_pages("desk", []);
        world.advance(minutes(1)).await;
        world.expect_pages("desk", ["91"]);
        assert_eq!(world.incident(&incident).await.state(), "exhausted");
        world.expect_pages("carol", []);
        world.forget_what_was_sent();
    });
}

#[test]
fn an_acknowledgement_holds_across_a_rebase() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.restart_with(|setting| setting.with_policy(r#"roles.secondary = ["contact:dan"]"#)).await;
        world.rebase(&incident, "carol").await;
        world.forget_what_was_sent();
        world.advance(minutes(29)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
        world.advance(minutes(31)).await;
        world.expect_pages("dan", ["60"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn what_is_over_is_not_moved() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.resolve(&incident, "ada").await;
        world.restart_with(|setting| setting.with_policy(r#"roles.secondary = ["contact:dan"]"#)).await;
        assert_eq!(world.rebase(&incident, "carol").await, 409);
        world.forget_what_was_sent();
    });
}
