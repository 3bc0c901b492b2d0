//! I7: unsigned sources never resolve. The only sender that exists yet is signed, so what nobody signed does nothing at all.

use harness::scenario;

#[test]
fn what_nobody_signed_resolves_nothing() {
    scenario(async |world| {
        let incident = world.sentry("issue.created").send().await.incident();
        for fixture in ["issue.resolved", "issue.ignored", "activity_alert.triggered.status_resolved"] {
            let mut hook = world.sentry(fixture).hook();
            hook.signature = None;
            assert_eq!(world.deliver(&hook).await.status, 401, "{fixture}");
        }
        assert_eq!(world.incident(&incident).await.state(), "open");
    });
}
