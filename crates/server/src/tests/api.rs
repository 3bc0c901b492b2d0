use super::*;

#[tokio::test]
async fn an_incident_is_shown_with_every_promised_field() {
    let kit = Kit::new().await;
    let id = kit.incident(1).await;
    let list = kit.get("/api/v1/incidents").await.json();
    assert_eq!(list["next"], serde_json::Value::Null);
    let incident = &list["items"][0];
    for field in [
        "id",
        "state",
        "level",
        "priority",
        "title",
        "project",
        "environment",
        "fingerprint",
        "sentry_issue_id",
        "count",
        "opened_at",
        "last_seen_at",
        "escalation",
        "fixing",
        "users",
        "link",
        "synthetic",
        "external_id",
    ] {
        assert!(incident.get(field).is_some(), "{field} in {incident}");
    }
    assert_eq!(incident["id"], id);
    assert_eq!(incident["level"], incident["priority"]);
    assert_eq!(incident["environment"], "production");
    assert_eq!(incident["opened_at"], START.to_string());
    assert_eq!(incident["synthetic"], true);
    let escalation = &incident["escalation"];
    assert!(escalation["id"].as_str().unwrap().starts_with("esc-"));
    for field in ["rung", "attempts", "next_at"] {
        assert!(escalation.get(field).is_some(), "{field} in {escalation}");
    }
    let shown = kit.get(&format!("/api/v1/incidents/{id}")).await.json();
    assert_eq!(shown["title"], incident["title"]);
    assert_eq!(shown["factors"].as_array().unwrap().len(), 6);
    assert_eq!(shown["timeline"][0]["event"], "opened");
    assert!(!shown["standing"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_shortened_id_is_understood_while_it_is_unique() {
    let kit = Kit::new().await;
    let (one, other) = (kit.incident(1).await, kit.incident(2).await);
    assert_eq!(kit.get(&format!("/api/v1/incidents/{}", &one[..10])).await.json()["id"], one);
    assert_eq!(kit.get(&format!("/api/v1/incidents/{}", &one["inc-".len()..12])).await.json()["id"], one);
    let told = kit.get("/api/v1/incidents/inc-7").await;
    assert_eq!(told.status, 409);
    assert_eq!(told.problem(), "ambiguous");
    let candidates = told.json()["candidates"].clone();
    assert!(
        candidates.as_array().unwrap().contains(&one.into()) && candidates.as_array().unwrap().contains(&other.into())
    );
    let unknown = kit.get("/api/v1/incidents/inc-zzzzzzzzzzzz").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.problem(), "not-found");
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let kit = Kit::new().await;
    let mut expected = Vec::new();
    for nonce in 1..=5 {
        expected.push(kit.incident(nonce).await);
    }
    let (mut seen, mut path) = (Vec::new(), "/api/v1/incidents?limit=2".to_owned());
    loop {
        let page = kit.get(&path).await.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/incidents?limit=2&cursor={next}");
    }
    expected.reverse();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn filters_are_words_and_wrong_ones_are_told() {
    let kit = Kit::new().await;
    let id = kit.incident(1).await;
    kit.post(&format!("/api/v1/incidents/{id}/ack"), "").await;
    let count = async |query: &str| {
        kit.get(&format!("/api/v1/incidents?{query}")).await.json()["items"].as_array().unwrap().len()
    };
    assert_eq!(count("state=acknowledged").await, 1);
    assert_eq!(count("state=live").await, 1);
    assert_eq!(count("state=open,resolved").await, 0);
    assert_eq!(count("level=maintenance").await, 0);
    for wrong in ["state=closed", "level=urgent", "limit=0", "limit=many", "cursor=7", "colour=red"] {
        let told = kit.get(&format!("/api/v1/incidents?{wrong}")).await;
        assert_eq!(told.status, 400, "{wrong}");
        assert_eq!(told.problem(), "malformed");
    }
}

#[tokio::test]
async fn an_incident_is_acknowledged_and_resolved_by_a_person() {
    let kit = Kit::new().await;
    let id = kit.incident(1).await;
    let taken = kit.post(&format!("/api/v1/incidents/{id}/ack"), r#"{"by":"alice"}"#).await.json();
    assert_eq!(taken["changed"], true);
    assert_eq!(taken["state"], "acknowledged");
    assert_eq!(taken["acknowledged"]["by"], "alice");
    let body = r#"{"by":"bob","reason":"rolled back <b>\u0007"}"#;
    let over = kit.post(&format!("/api/v1/incidents/{id}/resolve"), body).await.json();
    assert_eq!(over["state"], "resolved");
    assert_eq!(over["resolved"]["how"], "person");
    assert_eq!(over["resolved"]["by"], "bob");
    assert_eq!(over["escalation"], serde_json::Value::Null);
    let again = kit.post(&format!("/api/v1/incidents/{id}/resolve"), "").await.json();
    assert_eq!(again["changed"], false);
    let late = kit.post(&format!("/api/v1/incidents/{id}/ack"), "").await;
    assert_eq!(late.status, 409);
    assert_eq!(late.problem(), "conflict");
    let why = kit.get(&format!("/api/v1/incidents/{id}/why")).await.json();
    let told: Vec<_> = why["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect();
    assert!(told.iter().any(|text| text.starts_with("Acknowledged by alice")), "{told:?}");
    assert!(told.iter().any(|text| text.starts_with("Resolved by bob: rolled back <b>")), "{told:?}");
    assert!(why["items"].as_array().unwrap().iter().all(|item| item["why"]["rule"].is_string()));
}

#[tokio::test]
async fn why_tells_the_factors_what_decided_and_what_would_change_it() {
    let kit = Kit::new().await;
    let id = kit.incident(1).await;
    let why = kit.get(&format!("/api/v1/incidents/{id}/why")).await.json();
    let triage = &why["triage"];
    let factors = triage["factors"].as_array().unwrap();
    assert_eq!(factors.len(), 6);
    let share: f64 = factors.iter().filter_map(|factor| factor["share"].as_f64()).sum();
    assert!((share - 1.0).abs() < 0.01, "{share}");
    assert!(factors.iter().all(|factor| factor["evidence"].is_string() && factor["numbers"].is_object()));
    let shown = kit.get(&format!("/api/v1/incidents/{id}")).await.json();
    assert_eq!(shown["factors"], triage["factors"]);
    assert_eq!(shown["policy"], triage["policy"]);
    assert!(triage["thresholds"]["critical"].is_u64() && triage["decided"].is_string());
    for (direction, further) in [("higher", true), ("lower", false)] {
        for way in triage[direction]["ways"].as_array().into_iter().flatten() {
            let (from, to) = (way["from"].as_u64(), way["to"].as_u64().unwrap());
            assert!(from.is_none_or(|from| (to > from) == further), "{way}");
        }
    }
}

#[tokio::test]
async fn an_escalation_is_created_shown_listed_and_resolved() {
    let kit = Kit::new().await;
    let body = r#"{"alert_id":"PAY-17","level":"high","title":"Payments are slow"}"#;
    let created = kit.post("/api/v1/escalations", body).await;
    assert_eq!(created.status, 201);
    let created = created.json();
    assert_eq!(created["changed"], true);
    assert_eq!(created["external_id"], "PAY-17");
    assert_eq!(created["title"], "Payments are slow");
    let id = created["id"].as_str().unwrap().to_owned();
    let again = kit.post("/api/v1/escalations", body).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["id"], id);
    let shown = kit.get(&format!("/api/v1/escalations/{}", &id[..8])).await.json();
    assert_eq!(shown["level"], "high");
    assert_eq!(shown["incident_state"], "open");
    assert_eq!(kit.get("/api/v1/escalations?live=true").await.json()["items"][0]["id"], id);
    assert_eq!(kit.get("/api/v1/incidents/PAY-17").await.json()["id"], created["incident"]);
    let over = kit.post(&format!("/api/v1/escalations/{id}/resolve"), r#"{"by":"carol"}"#).await.json();
    assert_eq!(over["incident_state"], "resolved");
    assert_eq!(kit.get("/api/v1/escalations?live=true").await.json()["items"], serde_json::json!([]));
    let stats = kit.get("/api/v1/escalations/stats").await.json();
    assert_eq!(stats["considered"], 1);
    assert_eq!(stats["states"]["resolved"], 1);
    assert_eq!(stats["all"]["incidents"], 1);
    assert_eq!(
        stats["levels"]["high"]["time_to_resolve"]["median"],
        serde_json::json!({"ms": null, "too_small_below": 10})
    );
    assert_eq!(stats["levels"]["high"]["time_to_resolve"]["by"], serde_json::json!({"person": 1}));
    assert_eq!(stats["all"]["time_to_resolve"].get("mean"), None);
}

#[tokio::test]
async fn asking_again_for_more_raises_and_asking_for_less_is_refused() {
    let kit = Kit::new().await;
    let ask = async |name: &str, level: &str| {
        kit.post("/api/v1/escalations", &format!(r#"{{"external_id":"{name}","level":"{level}","by":"ann"}}"#)).await
    };
    let first = ask("PAY-17", "medium").await.json();
    let raised = ask("PAY-17", "critical").await;
    assert_eq!(raised.status, 201);
    let raised = raised.json();
    assert_eq!((&raised["changed"], &raised["level"]), (&true.into(), &"critical".into()));
    assert_eq!(raised["incident"], first["incident"]);
    assert_ne!(raised["id"], first["id"]);
    let same = ask("PAY-17", "critical").await;
    assert_eq!((same.status, &same.json()["changed"]), (StatusCode::OK, &false.into()));
    let lower = ask("PAY-17", "low").await;
    assert_eq!((lower.status, lower.problem().as_str()), (StatusCode::CONFLICT, "conflict"));
    assert!(lower.json()["detail"].as_str().unwrap().contains("at level critical already"));

    let other = ask("PAY-18", "medium").await.json();
    let ambiguous = ask("inc-7", "critical").await;
    assert_eq!((ambiguous.status, ambiguous.problem().as_str()), (StatusCode::CONFLICT, "ambiguous"));
    let candidates = ambiguous.json()["candidates"].as_array().unwrap().clone();
    assert!(candidates.contains(&first["incident"]) && candidates.contains(&other["incident"]));
    let id = other["incident"].as_str().unwrap();
    kit.post(&format!("/api/v1/incidents/{id}/resolve"), "").await;
    let over = ask(id, "critical").await;
    assert_eq!((over.status, over.problem().as_str()), (StatusCode::CONFLICT, "conflict"));
    assert!(over.json()["detail"].as_str().unwrap().contains("is resolved"));
    assert_eq!(kit.get("/api/v1/incidents").await.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_next_time_is_that_of_the_next_page_or_rung() {
    let kit = Kit::new().await;
    let created = kit.post("/api/v1/escalations", r#"{"external_id":"x","level":"high"}"#).await.json();
    let shown = async || kit.get(&format!("/api/v1/incidents/{}", created["incident"].as_str().unwrap())).await.json();
    let waiting = shown().await;
    assert_eq!(waiting["escalation"]["next_at"], waiting["escalation"]["next_rung_at"]);
    kit.clock.advance(Duration::from_secs(120));
    kit.engine.drain().await;
    let told = shown().await;
    assert_eq!(told["escalation"]["next_at"], told["told"][0]["next_at"], "{told}");
    assert!(told["escalation"]["next_at"].as_str() < told["escalation"]["next_rung_at"].as_str(), "{told}");
    let escalation = kit.get(&format!("/api/v1/escalations/{}", created["id"].as_str().unwrap())).await.json();
    assert_eq!(escalation["next_at"], told["escalation"]["next_at"]);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let kit = Kit::new().await;
    let ids = [kit.incident(1).await, kit.incident(2).await];
    let incidents = kit.get("/api/v1/incidents?limit=1").await.json();
    let timeline = kit.get(&format!("/api/v1/incidents/{}/timeline?limit=1", ids[0])).await.json();
    let (incidents, timeline) = (incidents["next"].as_str().unwrap(), timeline["next"].as_str().unwrap());
    for (path, fits) in [
        (format!("/api/v1/incidents?cursor={incidents}"), true),
        (format!("/api/v1/incidents?cursor={incidents}0"), false),
        (format!("/api/v1/deliveries?cursor={incidents}"), false),
        (format!("/api/v1/escalations?cursor={incidents}"), false),
        (format!("/api/v1/incidents/{}/timeline?cursor={timeline}", ids[0]), true),
        (format!("/api/v1/incidents/{}/why?cursor={timeline}", ids[0]), true),
        (format!("/api/v1/incidents/{}/timeline?cursor={timeline}", ids[1]), false),
    ] {
        let status = if fits { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        assert_eq!(kit.get(&path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn an_escalation_by_hand_says_what_it_needs() {
    let kit = Kit::new().await;
    for wrong in [
        "",
        "{}",
        r#"{"external_id":" ","level":"high"}"#,
        r#"{"external_id":"x","level":"urgent"}"#,
        "[",
        r#"{"extern":1}"#,
    ] {
        let told = kit.post("/api/v1/escalations", wrong).await;
        assert_eq!(told.status, 400, "{wrong}");
        assert_eq!(told.problem(), "malformed");
        assert!(told.json()["detail"].as_str().unwrap().starts_with("expected"), "{}", told.json());
    }
}

#[tokio::test]
async fn what_is_owed_is_listed_until_it_is_done() {
    let kit = Kit::new().await;
    let id = kit.incident(1).await;
    kit.clock.advance(Duration::from_secs(3600));
    // The timer runs the rung, which puts the page into the outbox; the second round sends it.
    kit.engine.drain().await;
    let shown = kit.get(&format!("/api/v1/incidents/{id}")).await.json();
    assert!(shown["timeline"].as_array().unwrap().iter().any(|entry| entry["event"] == "paged"), "{shown}");
    assert!(shown["timeline"].as_array().unwrap().iter().any(|entry| entry["event"] == "page_delivered"), "{shown}");
    assert_eq!(shown["told"][0]["contact"], "console");
    assert_eq!(kit.get("/api/v1/owed").await.json(), serde_json::json!({"items": [], "next": null}));
}

#[tokio::test]
async fn a_delivery_is_kept_byte_for_byte() {
    let kit = Kit::new().await;
    let id = kit.incident(1).await;
    let list = kit.get("/api/v1/deliveries").await.json();
    assert_eq!(list["items"][0]["incident"], id);
    assert_eq!(list["items"][0]["resource"], "event_alert");
    assert_eq!(list["items"][0]["outcome"], "opened");
    let told = kit.get(&format!("/api/v1/deliveries/{}/body", list["items"][0]["id"].as_str().unwrap())).await;
    assert_eq!(told.headers["content-type"], "application/octet-stream");
    assert_eq!(told.body, hook_body(1));
    for unknown in ["dlv-99", "99", "nonsense"] {
        assert_eq!(kit.get(&format!("/api/v1/deliveries/{unknown}")).await.status, 404);
    }
}

#[tokio::test]
async fn a_notifier_is_tried_and_an_unknown_one_is_told() {
    let kit = Kit::new().await;
    let told = kit.post("/api/v1/notifiers/console/test", "").await.json();
    assert_eq!(told, serde_json::json!({"notifier": "console", "delivered": true, "reason": null}));
    let unknown = kit.post("/api/v1/notifiers/pager/test", "").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.json()["detail"].as_str().unwrap().contains("console"));
}

#[tokio::test]
async fn a_clean_up_can_be_tried_first() {
    let kit = Kit::new().await;
    let (id, live) = (kit.incident(1).await, kit.incident(2).await);
    kit.post(&format!("/api/v1/incidents/{id}/resolve"), "").await;
    // Nothing of it may be under way.
    kit.engine.drain().await;
    kit.clock.advance(Duration::from_secs(400 * 86_400));
    let tried = kit.post("/api/v1/escalations/cleanup", r#"{"dry_run":true}"#).await.json();
    assert_eq!((&tried["dry_run"], &tried["incidents"]), (&true.into(), &1.into()));
    assert_eq!(tried["before"]["incidents"], "2026-12-26T12:00:00.000Z");
    assert_eq!(kit.get(&format!("/api/v1/incidents/{id}")).await.status, 200);
    let done = kit.post("/api/v1/escalations/cleanup", "").await.json();
    assert_eq!(done["incidents"], 1);
    assert_eq!(kit.get(&format!("/api/v1/incidents/{id}")).await.status, 404);
    // However old: what lives is never touched.
    assert_eq!(kit.get(&format!("/api/v1/incidents/{live}")).await.json()["state"], "escalating");
}

#[tokio::test]
async fn the_policy_is_told_with_its_hash() {
    let kit = Kit::new().await;
    let policy = kit.get("/api/v1/policy").await.json();
    assert_eq!(policy["hash"], domain::policy::file::hash(DEFAULT).0);
    assert_eq!(policy["text"], DEFAULT);
    assert_eq!(policy["notifiers"][0]["kind"], "console");
}

#[tokio::test]
async fn a_person_says_what_an_incident_is_worth() {
    let kit = Kit::new().await;
    let id = kit.incident(1).await;
    let low = kit.post(&format!("/api/v1/incidents/{id}/priority"), r#"{"priority":"low","by":"alice"}"#).await.json();
    assert_eq!((&low["changed"], &low["priority"], &low["level"]), (&true.into(), &"low".into(), &"low".into()));
    assert_eq!((&low["label"]["by"], &low["label"]["reason"]), (&"alice".into(), &serde_json::Value::Null));
    let again = kit.post(&format!("/api/v1/incidents/{id}/priority"), r#"{"priority":"low"}"#).await.json();
    assert_eq!(again["changed"], false);
    let over = kit.post(&format!("/api/v1/incidents/{id}/noise"), r#"{"by":"bob","reason":"a bot"}"#).await.json();
    assert_eq!((&over["state"], &over["label"]["priority"]), (&"resolved".into(), &"ignore".into()));
    for wrong in ["", r#"{"priority":"urgent"}"#, r#"{"level":"low"}"#] {
        let told = kit.post(&format!("/api/v1/incidents/{id}/priority"), wrong).await;
        assert_eq!((told.status.as_u16(), told.problem().as_str()), (400, "malformed"), "{wrong}");
    }
    assert_eq!(kit.post("/api/v1/incidents/inc-zzzzzzzzzzzz/noise", "").await.status, 404);
}

#[tokio::test]
async fn the_report_on_triage_says_what_is_too_small_and_leaves_tests_out() {
    let kit = Kit::new().await;
    let id = kit.incident(1).await;
    kit.post(&format!("/api/v1/incidents/{id}/priority"), r#"{"priority":"low"}"#).await;
    let report = kit.get("/api/v1/triage/report?since=30d").await.json();
    assert_eq!((&report["n"], &report["exact"]["too_small_below"]), (&0.into(), &10.into()));
    assert_eq!(report["matrix"].as_array().unwrap().len(), 5);
    assert!(report["note"].as_str().unwrap().contains("disagree"));
    assert_eq!(kit.get("/api/v1/triage/report?since=soon").await.status, 400);
}
