//! Who is on call, over the API and as a calendar.

use super::*;

const SCHEDULES: &str = r#"
[contacts]
ada = { channels = ["console"] }
bob = { channels = ["console"] }
carol = { channels = ["console"] }

[schedules.web]
zone = "Europe/Berlin"
[schedules.web.layers.primary]
people = ["ada", "bob"]
rotation = "weekly"
start = "2026-11-16"
[schedules.web.layers.day]
people = ["carol"]
rotation = "daily"
hours = [{ days = "Mon-Fri", from = "09:00", to = "18:00" }]
"#;

const SWAP: &str = r#"{"layer": "primary", "person": "bob", "from": "2026-11-21T20:00", "for": "8h", "by": "ada", "reason": "concert"}"#;

async fn with_schedules() -> Kit {
    let kit = Kit::new().await;
    kit.policy(SCHEDULES).await;
    kit
}

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn event(uid: &str, person: &str, from: &str, until: &str) -> String {
    format!("BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{person}\r\nDTSTART:{from}\r\nDTEND:{until}\r\nEND:VEVENT\r\n")
}

#[tokio::test]
async fn each_layer_says_who_is_on_call_until_when_and_who_is_next() {
    let kit = with_schedules().await;
    let items = kit.get("/api/v1/oncall").await.json()["items"].clone();
    let (day, primary) = (&items[0], &items[1]);
    assert_eq!(
        (&day["schedule"], &day["layer"], &day["zone"]),
        (&"web".into(), &"day".into(), &"Europe/Berlin".into())
    );
    // Saturday: nobody by day.
    assert_eq!((&day["person"], &day["by"]), (&serde_json::Value::Null, &"nobody".into()));
    assert_eq!((&day["until"], &day["next"]["person"]), (&"2026-11-23T08:00:00.000Z".into(), &"carol".into()));
    assert_eq!((&primary["person"], &primary["by"]), (&"ada".into(), &"rotation".into()));
    assert_eq!((&primary["next"]["person"], &primary["next"]["from"]), (&"bob".into(), &primary["until"]));
}

#[tokio::test]
async fn an_override_stands_above_the_rotation_until_it_is_taken_back_or_ended() {
    let kit = with_schedules().await;
    let told = kit.post("/api/v1/oncall/web/overrides", SWAP).await;
    assert_eq!(told.status, 201, "{}", told.json());
    let order = told.json();
    assert_eq!(
        (&order["from"], &order["until"]),
        (&"2026-11-21T19:00:00.000Z".into(), &"2026-11-22T03:00:00.000Z".into())
    );
    assert_eq!(order["instead_of"], serde_json::json!(["ada"]));
    let id = order["id"].as_str().unwrap().to_owned();
    let primary = async || kit.get("/api/v1/oncall").await.json()["items"][1].clone();
    assert_eq!(primary().await["next"]["override"], id);
    let taken_back = kit.delete(&format!("/api/v1/oncall/overrides/{}", &id[..9])).await.json();
    assert_eq!((&taken_back["changed"], &taken_back["state"]), (&true.into(), &"withdrawn".into()));
    assert_eq!(kit.delete(&format!("/api/v1/oncall/overrides/{id}")).await.problem(), "not-found");

    let id = kit.post("/api/v1/oncall/web/overrides", SWAP).await.json()["id"].as_str().unwrap().to_owned();
    kit.clock.advance(Duration::from_secs(8 * 3_600));
    let running = primary().await;
    assert_eq!(
        (&running["person"], &running["by"], &running["override"]["reason"]),
        (&"bob".into(), &"override".into(), &"concert".into())
    );
    let ended = kit.delete(&format!("/api/v1/oncall/overrides/{id}")).await.json();
    assert_eq!((&ended["state"], &ended["until"]), (&"ended".into(), &"2026-11-21T20:00:00.000Z".into()));
    assert_eq!(primary().await["person"], "ada");
    let over = kit.delete(&format!("/api/v1/oncall/overrides/{id}")).await.json();
    assert_eq!((&over["changed"], &over["state"]), (&false.into(), &"over".into()));
    // Who it was stays known.
    let past = kit.get("/api/v1/oncall/web?from=2026-11-21T20:30&to=2026-11-22&layer=primary").await.json();
    assert_eq!(past["layers"][0]["shifts"][0]["person"], "bob");
}

#[tokio::test]
async fn an_override_names_what_is_there() {
    let kit = with_schedules().await;
    for (body, expected) in [
        (SWAP.replace("bob", "dan"), "there is no contact 'dan'; there are: ada, bob, carol"),
        (SWAP.replace("\"primary\"", "\"night\""), "there is no layer 'night'; there are: day, primary"),
        (SWAP.replace("8h", "0"), "it must end after it begins"),
        (SWAP.replace("2026-11-21T20:00", "2026-11-01"), "it would end before it is ordered"),
    ] {
        let told = kit.post("/api/v1/oncall/web/overrides", &body).await;
        assert_eq!((told.status.as_u16(), told.problem().as_str()), (422, "unsound"), "{body}");
        assert_eq!(told.json()["detail"], expected);
    }
    let empty = kit.post("/api/v1/oncall/web/overrides", "").await;
    assert_eq!(empty.json()["mistakes"].as_array().unwrap().len(), 3, "{}", empty.json());
    let unknown = kit.post("/api/v1/oncall/app/overrides", SWAP).await;
    assert_eq!(
        (unknown.status, &unknown.json()["detail"]),
        (StatusCode::NOT_FOUND, &"there is no schedule 'app'; there are: web".into())
    );
}

#[tokio::test]
async fn a_schedule_shows_shifts_gaps_and_orders_of_a_time() {
    let kit = with_schedules().await;
    kit.post("/api/v1/oncall/web/overrides", SWAP).await;
    let told = kit.get("/api/v1/oncall/web?from=2026-11-21&to=2026-11-24").await.json();
    assert_eq!((&told["from"], &told["zone"]), (&"2026-11-20T23:00:00.000Z".into(), &"Europe/Berlin".into()));
    let shifts = |layer: usize| -> Vec<String> {
        let shifts = told["layers"][layer]["shifts"].as_array().unwrap();
        let told = |shift: &serde_json::Value| {
            format!("{} {}", &shift["from"].as_str().unwrap()[5..16], shift["person"].as_str().unwrap_or("nobody"))
        };
        shifts.iter().map(told).collect()
    };
    assert_eq!(shifts(1), ["11-20T23:00 ada", "11-21T19:00 bob", "11-22T03:00 ada", "11-23T08:00 bob"]);
    assert_eq!(shifts(0), ["11-20T23:00 nobody", "11-23T08:00 carol", "11-23T17:00 nobody"]);
    assert_eq!(told["layers"][0]["gaps"].as_array().unwrap().len(), 2);
    assert_eq!((&told["uncovered"], &told["overrides"][0]["person"]), (&serde_json::json!([]), &"bob".into()));
    let by_day = kit.get("/api/v1/oncall/web?layer=day").await.json();
    assert_eq!((by_day["layers"].as_array().unwrap().len(), &by_day["overrides"]), (1, &serde_json::json!([])));
    assert!(!by_day["uncovered"].as_array().unwrap().is_empty());
    for wrong in ["from=soon", "to=2026-11-01", "from=2026-01-01&to=2026-06-01", "colour=red"] {
        assert_eq!(kit.get(&format!("/api/v1/oncall/web?{wrong}")).await.problem(), "malformed", "{wrong}");
    }
    assert_eq!(kit.get("/api/v1/oncall/web?layer=night").await.status, 404);
}

#[tokio::test]
async fn a_calendar_becomes_overrides_all_or_none_and_twice_is_once() {
    let kit = with_schedules().await;
    let sound = event("1@test", "bob", "20261121T200000Z", "20261122T040000Z")
        + &event("2@test", "carol", "20261124T090000", "20261124T180000");
    let path = "/api/v1/oncall/web/import?layer=primary&by=ada";
    let tried = kit.post(&format!("{path}&dry_run"), &calendar(&sound)).await.json();
    assert_eq!((&tried["dry_run"], tried["items"].as_array().unwrap().len()), (&true.into(), 2));
    let orders = async || kit.get("/api/v1/oncall/web").await.json()["overrides"].as_array().unwrap().len();
    assert_eq!(orders().await, 0);
    for _ in 0..2 {
        let done = kit.post(path, &calendar(&sound)).await.json();
        assert_eq!(
            (&done["items"][1]["from"], &done["items"][0]["by"]),
            (&"2026-11-24T08:00:00.000Z".into(), &"ada".into())
        );
        assert_eq!(orders().await, 2);
    }
    let broken = event("3@test", "bob", "20261201T200000Z", "20261202T040000Z")
        + &event("4@test", "dan", "20261203T200000Z", "20261204T040000Z");
    let refused = kit.post(path, &calendar(&broken)).await;
    assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (422, "unsound"));
    assert!(refused.json()["detail"].as_str().unwrap().contains("is a contact of the policy"), "{}", refused.json());
    assert_eq!(orders().await, 2);
    assert_eq!(kit.post("/api/v1/oncall/web/import", &calendar(&sound)).await.problem(), "malformed");
    assert_eq!(kit.post("/api/v1/oncall/web/import?layer=night", &calendar(&sound)).await.status, 404);
    let large = "x".repeat(1024 * 1024 + 1);
    assert_eq!(kit.post(path, &large).await.status, 413);
}

/// As somebody who has nothing but an address.
async fn subscribed(kit: &Kit, url: &str) -> Told {
    kit.send(Request::get(url).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_feed_is_read_with_its_address_alone() {
    let kit = with_schedules().await;
    kit.post("/api/v1/oncall/web/overrides", SWAP).await;
    let request = Request::get("/api/v1/oncall/web/feed")
        .header("host", "watch.example:3001")
        .extension(Authorised(Scope::Admin));
    let address = kit.send(request.body(Body::empty()).unwrap()).await.json();
    let url = address["url"].as_str().unwrap();
    assert!(url.starts_with("http://watch.example:3001/api/v1/oncall/web.ics?token="), "{url}");
    assert_eq!(address["public"], false);
    let path = url.strip_prefix("http://watch.example:3001").unwrap();
    let log = Log::of_this_thread();
    let told = subscribed(&kit, path).await;
    assert_eq!(
        (told.status, told.headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "text/calendar; charset=utf-8")
    );
    let text = String::from_utf8(told.body).unwrap();
    for line in ["SUMMARY:ada (primary)", "SUMMARY:bob (primary)", "SUMMARY:carol (day)", "DTSTART:20261121T190000Z"] {
        assert!(text.contains(line), "{line}");
    }
    let (_, token) = path.split_once("token=").unwrap();
    assert!(log.text().contains("/api/v1/oncall/{schedule}") && !log.text().contains(token), "{}", log.text());
    let hers = kit.get("/api/v1/oncall/web/feed?person=carol").await.json()["url"].as_str().unwrap().to_owned();
    let hers = subscribed(&kit, hers.strip_prefix("http://localhost").unwrap()).await;
    let hers = String::from_utf8(hers.body).unwrap();
    assert!(hers.contains("SUMMARY:carol (day)") && !hers.contains("SUMMARY:ada"), "{hers}");
}

#[tokio::test]
async fn a_wrong_address_of_a_feed_says_nothing() {
    let kit = with_schedules().await;
    let url = kit.get("/api/v1/oncall/web/feed").await.json()["url"].as_str().unwrap().to_owned();
    let token = url.split_once("token=").unwrap().1;
    let mut said = Vec::new();
    for wrong in [
        "/api/v1/oncall/web.ics".to_owned(),
        "/api/v1/oncall/web.ics?token=".to_owned(),
        format!("/api/v1/oncall/web.ics?token={}", token.to_lowercase()),
        format!("/api/v1/oncall/web.ics?person=ada&token={token}"),
        format!("/api/v1/oncall/app.ics?token={token}"),
    ] {
        let told = subscribed(&kit, &wrong).await;
        assert_eq!((told.status.as_u16(), told.problem().as_str()), (404, "not-found"), "{wrong}");
        said.push(told.json()["detail"].clone());
    }
    said.dedup();
    assert_eq!(said.len(), 1);
    // Parameters that calendar programs add are none of ours.
    assert_eq!(subscribed(&kit, &format!("/api/v1/oncall/web.ics?utm=1&token={token}")).await.status, 200);
    assert_eq!(subscribed(&kit, "/api/v1/oncall/web").await.status, 401);
    assert_eq!(kit.get("/api/v1/oncall/web/feed?person=dan").await.status, 404);
    // The schedule went, its address with it.
    kit.policy("").await;
    assert_eq!(subscribed(&kit, &format!("/api/v1/oncall/web.ics?token={token}")).await.status, 404);
}
