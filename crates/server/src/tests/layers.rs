use axum::routing::get;

use super::*;
use crate::{ServerState, finished};

async fn odd_routes(limits: Limits) -> Kit {
    let mut kit = Kit::new().await;
    let day = Duration::from_secs(86_400);
    let retention = Retention { deliveries: day, tasks: day, incidents: day };
    let state = ServerState::new(kit.engine.clone(), Tokens::default(), limits, retention);
    let routes = Router::new()
        .route("/panics", get(async || -> &'static str { panic!("the vault's key is 1234") }))
        .route("/hangs", get(std::future::pending::<&'static str>));
    kit.router = finished(routes, state);
    kit
}

#[tokio::test]
async fn a_panic_is_answered_500_and_the_next_request_is_served() {
    let kit = odd_routes(Limits::default()).await;
    let told = kit.get("/panics").await;
    assert_eq!(told.status, 500);
    assert_eq!(told.problem(), "internal");
    assert!(!String::from_utf8_lossy(&told.body).contains("1234"));
    assert_eq!(kit.get("/nothing").await.status, 404);
}

#[tokio::test]
async fn a_handler_that_hangs_is_answered_503() {
    let kit = odd_routes(Limits { answer: Duration::from_millis(5), ..Limits::default() }).await;
    let told = kit.get("/hangs").await;
    assert_eq!(told.status, 503);
    assert!(told.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn the_cause_of_a_fault_stands_in_the_log_under_the_request_id() {
    let kit = Kit::new().await;
    let log = Log::of_this_thread();
    kit.store.fail_next(store::memory::FaultPoint::Read);
    let told = kit.get("/api/v1/incidents").await;
    assert_eq!(told.status, 503);
    let id = told.headers["x-request-id"].to_str().unwrap();
    let text = log.text();
    let line = text.lines().find(|line| line.contains(id)).unwrap();
    assert!(line.contains("the store was told to fail here"), "{line}");
}

#[tokio::test]
async fn no_log_holds_a_token_a_query_or_a_secret() {
    let kit = Kit::new().await;
    let log = Log::of_this_thread();
    let token = token(Scope::Read);
    let request = Request::get("/api/v1/incidents?project=canary-project")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(kit.send(request).await.status, 200);
    assert_eq!(kit.hook(1).await.status, 202);
    kit.get("/api/v1/incidents/canary-name%0A").await;
    let text = log.text();
    assert!(text.contains("/api/v1/incidents"), "{text}");
    for canary in [token.as_str(), SECRET, "canary", &signature(&hook_body(1))] {
        assert!(!text.contains(canary), "{canary} in {text}");
    }
}

#[tokio::test]
async fn a_flood_of_refusals_does_not_fill_the_log() {
    let kit = Kit::new().await;
    let log = Log::of_this_thread();
    let wrong = || {
        let mut request = signed(b"{}");
        request.headers_mut().insert(HOOK_SIGNATURE_HEADER, "00".parse().unwrap());
        request
    };
    for _ in 0..200 {
        kit.send(wrong()).await;
    }
    assert_eq!(log.text().lines().filter(|line| line.contains("\"answered\"")).count(), 20);
    kit.clock.advance(Duration::from_secs(60));
    kit.send(wrong()).await;
    assert!(log.text().lines().last().is_some_and(|line| line.contains("\"held_back\":180")), "{}", log.text());
}
