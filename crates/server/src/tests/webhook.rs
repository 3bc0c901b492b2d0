use store::memory::FaultPoint;

use super::*;

#[tokio::test]
async fn a_signed_delivery_is_accepted_with_its_outcome() {
    let kit = Kit::new().await;
    let told = kit.hook(1).await;
    assert_eq!(told.status, 202);
    assert_eq!(told.headers["content-type"], "application/json");
    let answer = told.json();
    assert_eq!(answer["outcome"], "opened");
    assert!(answer["delivery"].as_str().unwrap().starts_with("dlv-"));
    assert!(answer["incident"].as_str().unwrap().starts_with("inc-"));
    assert_eq!(answer.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn the_same_bytes_again_are_a_duplicate_with_the_first_outcome() {
    let kit = Kit::new().await;
    let first = kit.hook(1).await.json();
    let again = kit.hook(1).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json(), first);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_stored_and_accepted() {
    let kit = Kit::new().await;
    let body = b"\xff\xfe not JSON at all";
    let told = kit.send(signed(body)).await;
    assert_eq!(told.status, 202);
    assert_eq!(told.json()["outcome"], "stored");
    assert_eq!(told.json()["incident"], serde_json::Value::Null);
    let delivery = told.json()["delivery"].as_str().unwrap().to_owned();
    assert_eq!(kit.get(&format!("/api/v1/deliveries/{delivery}/body")).await.body, body);
    assert!(kit.get(&format!("/api/v1/deliveries/{delivery}")).await.json()["trouble"].is_string());
}

#[tokio::test]
async fn a_compressed_body_is_never_unpacked() {
    let kit = Kit::new().await;
    let body = b"\x1f\x8b not really gzip";
    let mut request = signed(body);
    request.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let told = kit.send(request).await;
    assert_eq!(told.status, 202);
    assert_eq!(kit.get("/api/v1/deliveries/1/body").await.body, body);
}

#[tokio::test]
async fn a_wrong_signature_is_refused_and_nothing_changes() {
    let kit = Kit::new().await;
    let body = hook_body(1);
    let good = signature(&body);
    for wrong in ["", "00", &good[..63], &good.to_uppercase(), &signature(b"another body")] {
        let mut request = signed(&body);
        request.headers_mut().insert(HOOK_SIGNATURE_HEADER, wrong.parse().unwrap());
        let told = kit.send(request).await;
        assert_eq!(told.status, 401, "{wrong}");
        assert_eq!(told.problem(), "signature");
    }
    let mut missing = signed(&body);
    missing.headers_mut().remove(HOOK_SIGNATURE_HEADER);
    assert_eq!(kit.send(missing).await.status, 401);
    assert_eq!(kit.get("/api/v1/deliveries").await.json()["items"], serde_json::json!([]));
}

#[tokio::test]
async fn two_signatures_in_one_request_are_refused() {
    let kit = Kit::new().await;
    let body = hook_body(1);
    let mut request = signed(&body);
    request.headers_mut().append(HOOK_SIGNATURE_HEADER, signature(&body).parse().unwrap());
    assert_eq!(kit.send(request).await.status, 401);
}

#[tokio::test]
async fn a_correctly_signed_delivery_is_never_limited() {
    let kit = Kit::new().await;
    let wrong = || {
        let mut request = signed(b"{}");
        request.headers_mut().insert(HOOK_SIGNATURE_HEADER, "00".parse().unwrap());
        request
    };
    for _ in 0..20 {
        assert_eq!(kit.send(wrong()).await.status, 401);
    }
    let limited = kit.send(wrong()).await;
    assert_eq!(limited.status, 429);
    assert_eq!(limited.problem(), "too-many-failures");
    assert!(limited.headers.contains_key("retry-after"));
    assert_eq!(kit.hook(1).await.status, 202);
    kit.clock.advance(Duration::from_secs(1));
    assert_eq!(kit.send(wrong()).await.status, 401);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_counted() {
    let kit = Kit::with(Limits { hook_bytes: 100, ..Limits::default() }).await;
    let told = kit.send(signed(&[b'x'; 101])).await;
    assert_eq!(told.status, 413);
    assert_eq!(told.problem(), "too-large");
    assert_eq!(kit.send(signed(&[b'x'; 100])).await.status, 202);
    assert_eq!(kit.get("/health/detailed").await.json()["unread"]["too_large"], 1);
}

#[tokio::test]
async fn a_store_that_is_away_is_told_with_when_to_come_back() {
    let kit = Kit::new().await;
    kit.store.fail_next(FaultPoint::BeforeCommit);
    let told = kit.hook(1).await;
    assert_eq!(told.status, 503);
    assert_eq!(told.problem(), "busy");
    assert!(told.headers.contains_key("retry-after"));
    assert_eq!(told.json()["request_id"], told.headers["x-request-id"].to_str().unwrap());
    assert!(!told.json()["detail"].as_str().unwrap().contains("told to fail"));
    assert_eq!(kit.hook(1).await.status, 202);
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let kit = Kit::new().await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let request = Request::builder().method(method).uri("/api/sentry-webhook").body(Body::empty()).unwrap();
        let told = kit.send(request).await;
        assert_eq!(told.status, 405, "{method}");
        assert_eq!(told.problem(), "method-not-allowed");
        let allow = told.headers["allow"].to_str().unwrap();
        assert!(["GET", "HEAD", "POST"].iter().all(|method| allow.contains(method)), "{allow}");
    }
}

#[tokio::test]
async fn looking_at_the_webhook_tells_what_works() {
    let kit = Kit::new().await;
    let told = kit.send(Request::get("/api/sentry-webhook").body(Body::empty()).unwrap()).await;
    assert_eq!(told.status, 200);
    let features =
        serde_json::json!({"smartMonitoring": true, "signatureVerification": true, "escalationManager": false});
    // The loop of this engine was not started.
    assert_eq!(told.json(), serde_json::json!({"status": "ok", "features": features}));
}

#[tokio::test]
async fn a_callback_for_an_unknown_run_is_told_so() {
    let kit = Kit::new().await;
    for run in ["run-000000000001", "nonsense"] {
        let told = kit.post(&format!("/api/callbacks/agent/{run}"), "{}").await;
        assert_eq!(told.status, 404);
        assert_eq!(told.problem(), "not-found");
    }
}

#[tokio::test]
async fn every_answer_is_careful() {
    let kit = Kit::new().await;
    for told in [kit.hook(1).await, kit.get("/").await, kit.get("/nowhere").await, kit.get("/api/v1/incidents").await] {
        assert_eq!(told.headers["x-content-type-options"], "nosniff");
        assert_eq!(told.headers["cache-control"], "no-store");
        assert!(told.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert_eq!(told.headers["x-request-id"].len(), 16);
    }
    assert_eq!(kit.get("/nowhere").await.problem(), "not-found");
}
