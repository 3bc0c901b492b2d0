use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::*;

async fn probe(kit: &Kit, path: &str) -> Told {
    kit.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn an_engine_that_does_not_go_round_is_alive_and_not_ready() {
    let kit = Kit::new().await;
    assert_eq!(probe(&kit, "/health/live").await.status, 200);
    for path in ["/health", "/health/ready"] {
        let told = probe(&kit, path).await;
        assert_eq!(told.status, 503, "{path}");
        assert_eq!(told.json()["status"], "failing");
        assert_eq!(told.json()["hindrances"][0], "the engine has not started");
    }
}

#[tokio::test]
async fn an_engine_that_stopped_going_round_is_found_out() {
    let kit = Kit::new().await;
    let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
    let running = (kit.engine.clone(), shutdown.clone());
    tasks.spawn(async move { running.0.run(running.1).await });
    // An answer after a commit by the loop: it went round.
    assert_eq!(kit.hook(1).await.status, 202);
    while kit.engine.health().last_tick_at.is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(probe(&kit, "/health/ready").await.status, 200);
    assert_eq!(probe(&kit, "/health").await.json()["status"], "ok");
    shutdown.cancel();
    tasks.close();
    tasks.wait().await;
    kit.clock.advance(Duration::from_secs(11));
    let told = probe(&kit, "/health/ready").await;
    assert_eq!(told.status, 503);
    assert_eq!(told.json()["hindrances"][0], "the engine stands still");
}

#[tokio::test]
async fn details_are_for_those_who_may_read() {
    let kit = Kit::new().await;
    kit.incident(1).await;
    let detailed = kit.get("/health/detailed").await.json();
    assert_eq!(detailed["database"]["deliveries"], 1);
    assert_eq!(detailed["last_delivery_at"], START.to_string());
    assert_eq!(detailed["lanes"][0]["name"], "console");
    assert_eq!(detailed["secrets"], 1);
    assert_eq!(detailed["triage"]["rules"], 0);
    assert_eq!(detailed["triage"]["join_issues"], true);
    assert_eq!(detailed["triage"]["policy"].as_str().map(str::len), Some(64));
    assert!(!detailed.to_string().contains(SECRET));
}

#[tokio::test]
async fn metrics_are_one_exposition_with_zeroes_from_the_start() {
    let kit = Kit::new().await;
    let told = probe(&kit, "/metrics").await;
    assert!(told.headers["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let text = String::from_utf8(told.body).unwrap();
    assert!(text.contains("watchfire_deliveries_unread_total{reason=\"too_large\"} 0\n"));
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(text.ends_with("# EOF\n"));
    let mut families: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let all = families.len();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), all, "a family twice in {text}");
}

#[tokio::test]
async fn signed_deliveries_that_cannot_be_read_are_shown_to_the_operator() {
    let kit = Kit::new().await;
    let log = Log::of_this_thread();
    assert_eq!(probe(&kit, "/health").await.json()["attention"], serde_json::json!([]));
    let bodies = [&b"{\"broken\": "[..], b"[]", b"no json \n\x1b[31m at all"];
    for body in bodies {
        assert_eq!(kit.send(signed(body)).await.status, 202);
        assert_eq!(kit.send(signed(body)).await.status, 200, "a copy is not counted again");
    }
    let summary = probe(&kit, "/health").await.json();
    assert!(
        summary["attention"][0].as_str().unwrap().starts_with("3 signed deliveries could not be read"),
        "{summary}"
    );
    let detailed = kit.get("/health/detailed").await.json();
    assert_eq!(detailed["database"]["unreadable"], 3);
    assert_eq!(detailed["last_unreadable"]["at"], START.to_string());
    assert_eq!(detailed["attention"], summary["attention"]);
    let told = |log: &Log| {
        log.text().lines().filter(|line| line.contains("cannot be read")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told(&log).len(), 1, "one line for many: {:?}", told(&log));
    assert!(told(&log)[0].contains("\"WARN\""));
    kit.clock.advance(Duration::from_secs(31));
    kit.send(signed(b"{")).await;
    assert_eq!(told(&log).len(), 2);
    assert!(told(&log)[1].contains("\"untold\":2"), "{:?}", told(&log));
}
