//! Silences and maintenance windows over the API.

use super::*;

const DEPLOY: &str = r#"{"match": ["title~Payments"], "for": "2h", "reason": "deploy <b>", "by": "ada"}"#;

const NIGHTLY: &str = r#"
[[silences]]
name = "nightly-import"
kind = "maintenance"
when = { project = "shop" }
days = "every"
from = "02:00"
lasts = "2h"
zone = "Europe/Berlin"
reason = "the import locks the tables"
"#;

/// Opens an incident by hand, which is paged at once; gives its id.
async fn paged(kit: &Kit, title: &str) -> String {
    let body = format!(r#"{{"external_id":"{title}","level":"critical","title":"{title}"}}"#);
    let id = kit.post("/api/v1/escalations", &body).await.json()["incident"].as_str().unwrap().to_owned();
    kit.engine.drain().await;
    id
}

#[tokio::test]
async fn a_silence_is_ordered_shown_listed_and_ended() {
    let kit = Kit::new().await;
    let told = kit.post("/api/v1/silences", DEPLOY).await;
    assert_eq!(told.status, 201, "{}", told.json());
    let silence = told.json();
    assert_eq!(
        (&silence["state"], &silence["kind"], &silence["by"]),
        (&"standing".into(), &"silence".into(), &"ada".into())
    );
    assert_eq!(silence["match"], r#"{ title = { regex = "Payments" } }"#);
    assert_eq!(silence["times"], "2026-11-21T12:00Z until 2026-11-21T14:00Z");
    assert_eq!((&silence["cautions"], &silence["dry_run"]), (&serde_json::json!([]), &false.into()));
    let id = silence["id"].as_str().unwrap();
    assert_eq!(kit.get(&format!("/api/v1/silences/{}", &id[..8])).await.json()["reason"], "deploy <b>");
    assert_eq!(kit.get(&format!("/api/v1/silences/{}", &id[4..9].to_uppercase())).await.json()["id"], id);
    let ended = kit.post(&format!("/api/v1/silences/{id}/end"), r#"{"by":"bob","reason":"done"}"#).await.json();
    assert_eq!((&ended["changed"], &ended["state"]), (&true.into(), &"ended".into()));
    assert_eq!((&ended["ended"]["by"], &ended["ended"]["reason"]), (&"bob".into(), &"done".into()));
    let again = kit.post(&format!("/api/v1/silences/{id}/end"), "").await.json();
    assert_eq!((&again["changed"], &again["ended"]["by"]), (&false.into(), &"bob".into()));
    assert_eq!(kit.get("/api/v1/silences").await.json()["items"][0]["id"], id);
    kit.clock.advance(Duration::from_secs(8 * 86_400));
    assert_eq!(kit.get("/api/v1/silences").await.json()["items"], serde_json::json!([]));
    assert_eq!(kit.get("/api/v1/silences?all").await.json()["items"][0]["id"], id);
    assert_eq!(kit.get("/api/v1/silences/sil-zzzzzzzzzzzz").await.problem(), "not-found");
    assert_eq!(kit.get("/api/v1/silences?all=perhaps").await.problem(), "malformed");
}

#[tokio::test]
async fn a_silence_holds_what_it_matches_from_the_moment_it_is_ordered() {
    let kit = Kit::new().await;
    let (held, other) = (paged(&kit, "Payments are slow").await, paged(&kit, "Disk full").await);
    let order = kit.post("/api/v1/silences", DEPLOY).await.json()["id"].clone();
    let silenced = async |id: &str| kit.get(&format!("/api/v1/incidents/{id}")).await.json()["silenced"].clone();
    assert_eq!(silenced(&held).await["silence"], order);
    assert!(silenced(&other).await.is_null());
    kit.post(&format!("/api/v1/silences/{}/end", order.as_str().unwrap()), "").await;
    assert!(silenced(&held).await.is_null());
}

#[tokio::test]
async fn what_it_would_have_muted_is_told_and_a_trial_orders_nothing() {
    let kit = Kit::new().await;
    let id = paged(&kit, "Payments are slow").await;
    paged(&kit, "Disk full").await;
    kit.incident(1).await;
    kit.clock.advance(Duration::from_secs(60));
    let tried = kit.post("/api/v1/silences", &DEPLOY.replacen('{', r#"{"dry_run": true, "#, 1)).await;
    assert_eq!(tried.status, 200);
    let preview = tried.json()["preview"].clone();
    assert_eq!(preview["muted"], serde_json::json!({"incidents": 1, "pages": 1}));
    assert_eq!(preview["by_level"]["critical"]["pages"], 1);
    assert_eq!(
        (&preview["shown"][0]["incident"], &preview["shown"][0]["title"]),
        (&id.clone().into(), &"Payments are slow".into())
    );
    assert_eq!((&preview["considered"], &preview["truncated"]), (&3.into(), &false.into()));
    assert_eq!(kit.get("/api/v1/silences").await.json()["items"], serde_json::json!([]));
    assert_eq!(kit.get("/api/v1/silences/sil-").await.status, 404);

    let unsure = r#"{"match": ["tag.tenant=acme"], "for": "1h", "reason": "x"}"#;
    let ordered = kit.post("/api/v1/silences", unsure).await.json();
    assert_eq!(ordered["preview"]["unsure"]["incidents"], 2);
    let again = kit.get(&format!("/api/v1/silences/{}/preview", ordered["id"].as_str().unwrap())).await.json();
    assert_eq!(again, ordered["preview"]);
    // A week later none of it lies in the window.
    kit.clock.advance(Duration::from_secs(8 * 86_400));
    let later = kit.post("/api/v1/silences", &DEPLOY.replacen('{', r#"{"dry_run": true, "#, 1)).await.json();
    assert_eq!(later["preview"]["muted"]["pages"], 0);
}

#[tokio::test]
async fn what_is_unwise_is_told_and_what_cannot_be_is_refused_with_every_mistake() {
    let kit = Kit::new().await;
    let all = kit.post("/api/v1/silences", r#"{"when": "{ all = [] }", "for": "3d", "reason": "x"}"#).await.json();
    assert_eq!(all["cautions"].as_array().unwrap().len(), 2, "{all}");
    assert_eq!(all["by"], "local");
    let told = kit.post("/api/v1/silences", r#"{"match": ["color=red"], "reason": "x"}"#).await;
    assert_eq!((told.status.as_u16(), told.problem().as_str()), (422, "unsound"));
    let mistakes = told.json()["mistakes"].clone();
    assert_eq!(mistakes.as_array().unwrap().len(), 2, "{mistakes}");
    assert_eq!(told.json()["detail"], "2 mistakes, and nothing was changed");
    let one = kit.post("/api/v1/silences", r#"{"match": ["project=shop"], "for": "91d", "reason": "x"}"#).await;
    assert!(one.json()["detail"].as_str().unwrap().starts_with("it lasts 90 days at most"), "{}", one.json());
    for malformed in ["[", r#"{"project": "shop"}"#] {
        assert_eq!(kit.post("/api/v1/silences", malformed).await.problem(), "malformed");
    }
}

#[tokio::test]
async fn what_holds_comes_before_what_will_and_both_before_what_is_over() {
    let kit = Kit::new().await;
    kit.policy(NIGHTLY).await;
    let later = DEPLOY.replace(r#""for""#, r#""from": "2026-11-21T13:00:00Z", "for""#);
    kit.post("/api/v1/silences", &later).await;
    let over = kit.post("/api/v1/silences", DEPLOY).await.json()["id"].as_str().unwrap().to_owned();
    kit.post(&format!("/api/v1/silences/{over}/end"), "").await;
    kit.post("/api/v1/silences", DEPLOY).await;
    let items = kit.get("/api/v1/silences").await.json()["items"].clone();
    let states: Vec<_> = items.as_array().unwrap().iter().map(|item| item["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["standing", "upcoming", "upcoming", "ended"]);
    assert_eq!((&items[2]["name"], &items[2]["recurs"]["zone"]), (&"nightly-import".into(), &"Europe/Berlin".into()));
    assert_eq!(items[2]["next"]["from"], "2026-11-22T01:00:00.000Z");
}

#[tokio::test]
async fn one_of_the_policy_is_ended_by_its_name_and_stays_so_for_as_long_as_the_policy_has_it() {
    let kit = Kit::new().await;
    kit.policy(NIGHTLY).await;
    let ended = kit.post("/api/v1/silences/nightly-import/end", r#"{"by": "ada"}"#).await.json();
    assert_eq!((&ended["changed"], &ended["state"]), (&true.into(), &"ended".into()));
    kit.clock.advance(Duration::from_secs(200 * 86_400));
    let items = kit.get("/api/v1/silences").await.json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!((&items[0]["state"], &items[0]["ended"]["by"]), (&"ended".into(), &"ada".into()));
    assert!(kit.engine.standing().await.unwrap().silences.iter().all(|silence| silence.ended.is_some()));
    assert_eq!(kit.post("/api/v1/silences/nightly-import/end", "").await.json()["changed"], false);
}
