//! A1: acknowledging stops pages; everybody paged is told who it was. It holds for the ack timeout, counted anew by each act of a person,
//! never by a signal.

use harness::{minutes, scenario};

#[test]
fn an_acknowledgement_stops_pages_and_everybody_paged_is_told_who_it_was() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.advance(minutes(31)).await;
        world.forget_what_was_sent();
        assert_eq!(world.ack(&incident, "ada").await, 200);
        for paged in ["ops", "ada", "bob"] {
            world.expect_news(paged, ["acknowledged by ada"]);
        }
        world.advance(minutes(29)).await;
        world.expect_silence();
        let shown = world.incident(&incident).await;
        assert_eq!((shown.state().as_str(), shown.0["acknowledged"]["by"].as_str()), ("acknowledged", Some("ada")));
    });
}

#[test]
fn the_chats_message_is_edited_in_place() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.sent_to("ada");
        world.advance(minutes(1)).await;
        world.ack(&incident, "ada").await;
        world.sent_to("ada");
        let [page, edit] = &world.sent_to("ops")[..] else { panic!("{}", world.journal()) };
        assert!(page.path.ends_with("chat.postMessage") && edit.path.ends_with("chat.update"), "{page}, {edit}");
        assert_eq!(edit.body["channel"], "C0123456789");
    });
}

#[test]
fn each_act_of_a_person_counts_the_time_anew() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.advance(minutes(20)).await;
        world.ack(&incident, "bob").await;
        world.forget_what_was_sent();
        world.advance(minutes(29)).await;
        world.expect_silence();
        world.advance(minutes(1)).await;
        world.expect_pages("ops", ["50"]);
        world.expect_pages("ada", ["50"]);
        world.forget_what_was_sent();
    });
}

#[test]
fn a_signal_does_not() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        for event in 0..5 {
            world.advance(minutes(5)).await;
            world.sentry("event_alert.triggered").event(event).critical().send().await;
        }
        world.expect_silence();
        world.advance(minutes(5)).await;
        world.expect_pages("ops", ["30"]);
        world.expect_pages("ada", ["30"]);
    });
}

#[test]
fn an_acknowledgement_survives_a_restart() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").critical().send().await.incident();
        world.ack(&incident, "ada").await;
        world.forget_what_was_sent();
        world.advance(minutes(10)).await;
        world.restart().await;
        world.advance(minutes(19)).await;
        world.expect_silence();
        assert_eq!(world.incident(&incident).await.state(), "acknowledged");
    });
}
