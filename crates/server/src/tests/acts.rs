//! What people do to an incident over the API, and what is refused with where it stands.

use std::sync::Arc;

use super::*;

impl Kit {
    async fn act(&self, incident: &str, what: &str, body: &str) -> Told {
        self.post(&format!("/api/v1/incidents/{incident}/{what}"), body).await
    }

    async fn shown(&self, incident: &str) -> serde_json::Value {
        self.get(&format!("/api/v1/incidents/{incident}")).await.json()
    }

    /// Opens one by hand, and gives its incident.
    async fn created(&self, name: &str, level: &str) -> String {
        let body = format!(r#"{{"external_id":"{name}","level":"{level}","by":"desk"}}"#);
        self.post("/api/v1/escalations", &body).await.json()["incident"].as_str().unwrap().to_owned()
    }

    /// So much later, with everything done that was due.
    async fn after(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(60 * minutes));
        self.engine.drain().await;
    }

    async fn reload(&self, text: &str) {
        self.engine.reload_policy(Arc::new(parse(text).unwrap()), text.into()).await.unwrap();
    }
}

fn detail(told: &Told) -> String {
    told.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_snooze_says_what_ends_it_and_is_listed() {
    let kit = Kit::new().await;
    let id = kit.created("disk-full", "high").await;
    let body = r#"{"for":"2h","users":50,"next_release":true,"by":"ada","reason":"the fix rolls out"}"#;
    let snoozed = kit.act(&id, "snooze", body).await.json();
    assert_eq!((&snoozed["changed"], &snoozed["state"]), (&true.into(), &"snoozed".into()));
    let until = START + Duration::from_secs(7_200);
    let expected = serde_json::json!({
        "by": "ada", "since": START.to_string(), "text": format!("at {until}, or at 50 users, or with the next release"),
        "until": {"at": until.to_string(), "rate": null, "users": 50, "next_release": true, "release_after": null,
            "reopened_in_sentry": false},
    });
    assert_eq!(snoozed["snoozed"], expected);
    assert_eq!(snoozed["escalation"]["next_at"], until.to_string());
    let listed = kit.get("/api/v1/incidents?state=snoozed").await.json();
    assert_eq!(listed["items"][0]["id"], id);
    assert_eq!(kit.get("/api/v1/incidents?state=live").await.json()["items"][0]["id"], id);
    let standing = kit.shown(&id).await["standing"][0].as_str().unwrap().to_owned();
    assert!(
        standing.starts_with("Snoozed by ada; pages are held, and it comes back at 2026-11-21T14:00"),
        "{standing}"
    );
    let again = kit.act(&id, "snooze", r#"{"until":"2026-11-21T13:00:00Z"}"#).await.json();
    assert_eq!(again["snoozed"]["until"]["at"], "2026-11-21T13:00:00.000Z");
    kit.after(61).await;
    assert_eq!(kit.shown(&id).await["snoozed"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_snooze_needs_an_end_that_lies_ahead() {
    let kit = Kit::new().await;
    let id = kit.created("disk-full", "high").await;
    for endless in ["", r#"{"by":"ada"}"#, r#"{"until":"2026-11-21T11:59:00Z"}"#, r#"{"for":"0"}"#] {
        let told = kit.act(&id, "snooze", endless).await;
        assert_eq!((told.status.as_u16(), told.problem().as_str()), (422, "endless"), "{endless}");
        assert!(detail(&told).contains("an end in the future"), "{}", detail(&told));
    }
    for wrong in [
        r#"{"until":"09:00"}"#,
        r#"{"until":"2028-11-21T11:59:00Z"}"#,
        r#"{"for":"soon"}"#,
        r#"{"for":"1h","until":"2026-11-21T13:00:00Z"}"#,
        r#"{"users":0}"#,
        r#"{"rate":0}"#,
        r#"{"rate":-1}"#,
        r#"{"release":"next"}"#,
    ] {
        let told = kit.act(&id, "snooze", wrong).await;
        assert_eq!((told.status.as_u16(), told.problem().as_str()), (400, "malformed"), "{wrong}");
    }
    assert_eq!(kit.shown(&id).await["state"], "open");
}

#[tokio::test]
async fn who_acts_on_what_has_moved_on_is_shown_where_it_stands() {
    let kit = Kit::new().await;
    let id = kit.created("disk-full", "medium").await;
    let saw = kit.shown(&id).await["revision"].clone();
    assert_eq!(saw, serde_json::json!({"opening": 1, "escalation": 1, "plan": saw["plan"]}));
    let body = r#"{"by":"ada","saw":{"opening":1,"escalation":1}}"#;
    assert_eq!(kit.act(&id, "ack", body).await.status, 200);
    // A rise is another escalation: who looked at the lower one did not mean this.
    kit.created("disk-full", "critical").await;
    for what in ["ack", "resolve", "noise", "rebase"] {
        let stale = kit.act(&id, what, body).await;
        assert_eq!((stale.status.as_u16(), stale.problem().as_str()), (409, "stale"), "{what}");
        let now = &stale.json()["now"];
        assert_eq!(
            (&now["incident"], &now["state"], &now["level"]),
            (&id.clone().into(), &"escalating".into(), &"critical".into())
        );
        assert_eq!((&now["opening"], &now["revision"]["escalation"]), (&1.into(), &2.into()));
        assert!(detail(&stale).contains("at level critical, opening 1: Escalating"), "{}", detail(&stale));
    }
    let fresh = kit.act(&id, "ack", r#"{"by":"bob","saw":{"opening":1,"escalation":2}}"#).await.json();
    assert_eq!(fresh["acknowledged"]["by"], "bob");
    let misspelt = kit.act(&id, "ack", r#"{"saw":{"opening":1,"rung":0}}"#).await;
    assert_eq!(misspelt.status, 400);
}

#[tokio::test]
async fn what_is_over_is_reopened_or_its_resolve_undone_and_what_lives_is_not() {
    let kit = Kit::new().await;
    let id = kit.created("disk-full", "high").await;
    for what in ["reopen", "undo"] {
        let told = kit.act(&id, what, "").await;
        assert_eq!((told.status.as_u16(), told.problem().as_str()), (409, "conflict"), "{what}");
        assert!(detail(&told).contains("is not over"), "{}", detail(&told));
    }
    kit.act(&id, "ack", r#"{"by":"ada","reason":"on it"}"#).await;
    kit.act(&id, "resolve", r#"{"by":"bob"}"#).await;
    let late = kit.act(&id, "snooze", r#"{"for":"1h"}"#).await;
    let now = late.json()["now"].clone();
    assert_eq!((&now["state"], &now["by"]), (&"resolved".into(), &"bob".into()));
    kit.after(10).await;
    let undone = kit.act(&id, "undo", r#"{"by":"bob","reason":"the wrong one"}"#).await.json();
    assert_eq!((&undone["state"], &undone["acknowledged"]["by"]), (&"acknowledged".into(), &"ada".into()));
    assert_eq!((&undone["opening"], &undone["revision"]["escalation"]), (&2.into(), &2.into()));

    kit.act(&id, "resolve", r#"{"by":"bob"}"#).await;
    kit.after(60 * 24 * 4).await;
    let too_late = kit.act(&id, "undo", "").await;
    assert!(detail(&too_late).contains("ended too long ago"), "{}", detail(&too_late));
    let reopened = kit.act(&id, "reopen", r#"{"by":"carol","reason":"it is back"}"#).await.json();
    assert_eq!((&reopened["changed"], &reopened["opening"]), (&true.into(), &3.into()));
    let why = kit.get(&format!("/api/v1/incidents/{id}/why")).await.json();
    let told: Vec<_> = why["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect();
    for sentence in
        ["Acknowledged by ada", "The resolve was undone by bob after 10 min", "Reopened by carol at level high"]
    {
        assert!(told.iter().any(|text| text.starts_with(sentence)), "{sentence}: {told:?}");
    }
    assert!(told.iter().any(|text| text.contains(": on it (A1")), "{told:?}");
}

#[tokio::test]
async fn a_rebase_is_shown_before_it_is_done_and_the_same_policy_changes_nothing() {
    let kit = Kit::new().await;
    let id = kit.created("disk-full", "high").await;
    kit.after(2).await;
    let same = kit.act(&id, "rebase", "").await.json();
    assert_eq!((&same["changed"], &same["before"]), (&false.into(), &same["after"]));
    let high = DEFAULT.find("[levels.high]").unwrap();
    let sooner = format!("{}{}", &DEFAULT[..high], DEFAULT[high..].replacen("after = \"1h\"", "after = \"30m\"", 1));
    kit.reload(&sooner).await;
    let tried = kit.act(&id, "rebase", r#"{"dry_run":true}"#).await.json();
    assert_eq!((&tried["dry_run"], &tried["changed"]), (&true.into(), &true.into()));
    assert_eq!(tried["after"]["policy"], domain::policy::file::hash(&sooner).0);
    assert_eq!((&tried["before"]["next_rung"], &tried["after"]["next_rung"]), (&1.into(), &1.into()));
    assert_eq!(tried["before"]["next_rung_at"], "2026-11-21T13:02:00.000Z");
    assert_eq!(tried["after"]["next_rung_at"], "2026-11-21T12:32:00.000Z");
    let before = kit.shown(&id).await;
    assert_eq!(before["policy"], domain::policy::file::hash(DEFAULT).0);
    assert!(!before["timeline"].as_array().unwrap().iter().any(|entry| entry["event"] == "rebased"));
    let done = kit.act(&id, "rebase", r#"{"by":"ada"}"#).await.json();
    assert_eq!((&done["dry_run"], &done["before"], &done["after"]), (&false.into(), &tried["before"], &tried["after"]));
    let after = kit.shown(&id).await;
    assert_eq!(after["policy"], done["after"]["policy"]);
    assert_eq!(after["escalation"]["next_rung_at"], "2026-11-21T12:32:00.000Z");
    kit.act(&id, "resolve", "").await;
    let late = kit.act(&id, "rebase", r#"{"dry_run":true}"#).await;
    assert_eq!((late.status.as_u16(), &late.json()["now"]["state"]), (409, &"resolved".into()));
}

#[tokio::test]
async fn a_drill_pages_through_the_true_path_and_counts_in_no_figure() {
    let kit = Kit::new().await;
    let told = kit.post("/api/v1/drills", r#"{"level":"critical","by":"ada","reason":"before the holidays"}"#).await;
    assert_eq!(told.status, 201);
    let drill = told.json();
    let id = drill["incident"].as_str().unwrap();
    assert_eq!((&drill["level"], &drill["synthetic"]), (&"critical".into(), &true.into()));
    kit.engine.drain().await;
    kit.engine.drain().await;
    let shown = kit.shown(id).await;
    assert!(shown["timeline"].as_array().unwrap().iter().any(|entry| entry["event"] == "page_delivered"), "{shown}");
    assert!(shown["title"].as_str().unwrap().contains("Drill of level critical"));
    let other = kit.post("/api/v1/drills", r#"{"level":"critical"}"#).await.json();
    assert_ne!(other["incident"], drill["incident"]);
    kit.act(id, "resolve", r#"{"by":"ada"}"#).await;
    assert_eq!(kit.get("/api/v1/escalations/stats").await.json()["considered"], 0);
    for wrong in ["", r#"{"level":"maintenance"}"#, r#"{"level":"urgent"}"#] {
        let told = kit.post("/api/v1/drills", wrong).await;
        assert_eq!(told.status, 400, "{wrong}");
        assert!(detail(&told).contains("critical"), "{}", detail(&told));
    }
}

#[tokio::test]
async fn l12_an_acknowledgement_of_a_bundle_takes_what_it_listed_and_says_what_is_over() {
    let kit = Kit::new().await;
    let mut ids = Vec::new();
    for number in 0..9 {
        ids.push(kit.created(&format!("storm-{number}"), "critical").await);
        kit.engine.drain().await;
    }
    kit.after(2).await;
    let mut listed = std::collections::BTreeMap::<String, Vec<String>>::new();
    for id in &ids {
        for entry in kit.shown(id).await["timeline"].as_array().unwrap() {
            if let Some(bundle) = entry["data"]["bundle"]["id"].as_str() {
                listed.entry(bundle.to_owned()).or_default().push(id.clone());
                assert!(entry["text"].as_str().unwrap().contains("it goes with others as one message"), "{entry}");
            }
        }
    }
    let (bundle, listed) = listed.into_iter().next().unwrap();
    assert!(listed.len() >= 2, "{listed:?}");
    kit.act(&listed[0], "resolve", r#"{"by":"bob"}"#).await;
    let taken = kit.post(&format!("/api/v1/bundles/{}/ack", &bundle[..10]), r#"{"by":"ada"}"#).await.json();
    assert_eq!((&taken["bundle"], &taken["changed"]), (&bundle.clone().into(), &true.into()));
    assert_eq!(taken["passed"], serde_json::json!([listed[0]]));
    let items = taken["items"].as_array().unwrap();
    assert_eq!(items.len(), listed.len() - 1);
    assert!(items.iter().all(|item| item["acknowledged"]["by"] == "ada" && item["changed"] == true), "{taken}");
    let again = kit.post(&format!("/api/v1/bundles/{bundle}/ack"), r#"{"by":"ada"}"#).await.json();
    assert_eq!(again["changed"], false);
    for unknown in ["bnd-zzzzzzzzzzzz", "bnd-zzz", "nonsense"] {
        let told = kit.post(&format!("/api/v1/bundles/{unknown}/ack"), "").await;
        assert_eq!((told.status.as_u16(), told.problem().as_str()), (404, "not-found"), "{unknown}");
        assert!(detail(&told).contains("bundle"), "{}", detail(&told));
    }
}

#[tokio::test]
async fn a_missed_response_time_is_shown_and_stays_missed_when_somebody_answers_late() {
    let kit = Kit::new().await;
    let (late, in_time) = (kit.created("late", "high").await, kit.created("in-time", "high").await);
    let response = async |id: &str| kit.shown(id).await["response"].clone();
    let due = "2026-11-21T13:00:00.000Z";
    assert_eq!(response(&late).await, serde_json::json!({"due_at": due, "state": "open", "answered_at": null}));
    kit.after(50).await;
    kit.act(&in_time, "ack", r#"{"by":"ada"}"#).await;
    kit.after(11).await;
    let listed = kit.get("/api/v1/incidents").await.json();
    let states: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| &item["response"]["state"]).collect();
    assert_eq!(states, ["met", "missed"]);
    let lines = kit.shown(&late).await["standing"].to_string();
    assert!(lines.contains("The response time ended at") && lines.contains("nobody has answered"), "{lines}");
    kit.act(&late, "ack", r#"{"by":"ada"}"#).await;
    // The acknowledgement of the other ran out meanwhile: the first answer stands.
    kit.after(180).await;
    let answered = response(&late).await;
    assert_eq!((&answered["state"], &answered["answered_at"]), (&"missed".into(), &"2026-11-21T13:01:00.000Z".into()));
    assert_eq!(response(&in_time).await["state"], "met");
}

#[tokio::test]
async fn of_several_who_must_acknowledge_each_is_shown() {
    let kit = Kit::new().await;
    let critical = DEFAULT.find("[[levels.critical.rungs]]\n").unwrap();
    let two = format!(
        "{}{}",
        &DEFAULT[..critical],
        DEFAULT[critical..].replacen("after = \"0\"", "after = \"0\"\nacks = 2", 1)
    );
    kit.reload(&two).await;
    let id = kit.created("disk-full", "critical").await;
    kit.engine.drain().await;
    let first = kit.act(&id, "ack", r#"{"by":"ada"}"#).await.json();
    assert_eq!((&first["state"], &first["changed"]), (&"escalating".into(), &true.into()));
    assert_eq!(
        (&first["escalation"]["acks"], &first["escalation"]["acknowledged_by"]),
        (&2.into(), &serde_json::json!(["ada"]))
    );
    let lines = kit.shown(&id).await["standing"].to_string();
    assert!(lines.contains("2 people must acknowledge it; ada did."), "{lines}");
    assert_eq!(kit.act(&id, "ack", r#"{"by":"bob"}"#).await.json()["state"], "acknowledged");
}

#[tokio::test]
async fn who_may_only_look_acts_on_nothing() {
    let kit = Kit::new().await;
    let id = kit.created("disk-full", "high").await;
    let mut paths: Vec<String> = ["ack", "snooze", "resolve", "reopen", "undo", "priority", "noise", "rebase"]
        .into_iter()
        .map(|what| format!("/api/v1/incidents/{id}/{what}"))
        .collect();
    paths.extend(["/api/v1/bundles/bnd-1/ack", "/api/v1/drills"].map(str::to_owned));
    for path in paths {
        let request =
            Request::post(&path).extension(Authorised(Scope::Read)).body(Body::from(r#"{"level":"low"}"#)).unwrap();
        assert_eq!(kit.send(request).await.status, 403, "{path}");
    }
}
