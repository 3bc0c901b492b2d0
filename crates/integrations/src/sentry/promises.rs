//! What the parser promises, over bodies of every shape (`tests/fixtures/sentry`).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use domain::signal::{Fact, Lifecycle, MetricStatus, Resource, Signal};
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::*;

macro_rules! fixtures {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/sentry/", $name, ".json")).as_slice())),+]
    };
}

pub(super) const FIXTURES: [(&str, &[u8]); 29] = fixtures![
    "activity_alert.triggered.seer",
    "activity_alert.triggered.status_archived",
    "activity_alert.triggered.status_regressed",
    "activity_alert.triggered.status_resolved",
    "comment.created",
    "comment.deleted",
    "error.created",
    "event_alert.triggered",
    "event_alert.triggered.message",
    "event_alert.triggered.occurrence",
    "installation.created",
    "issue.archived",
    "issue.assigned",
    "issue.assigned.by-rule",
    "issue.created",
    "issue.created.old",
    "issue.created.outage",
    "issue.ignored",
    "issue.resolved",
    "issue.unresolved.by-person",
    "issue.unresolved.escalating",
    "metric_alert.critical",
    "metric_alert.open.sparse",
    "metric_alert.resolved",
    "metric_alert.warning",
    "preprod_artifact.size_analysis_completed",
    "seer.pr_created",
    "seer.root_cause_completed",
    // Sentry's encoder writes every letter beyond ASCII as an escape; another one may not.
    "event_alert.triggered.raw-utf8",
];

pub(super) fn body(name: &str) -> &'static [u8] {
    FIXTURES.iter().find(|(known, _)| *known == name).unwrap().1
}

pub(super) fn resource(name: &str) -> &str {
    name.split('.').next().unwrap()
}

pub(super) fn signal_of(resource: &str, body: &[u8]) -> Signal {
    match parse(Some(resource), body) {
        Parsed::Signal(signal) => *signal,
        other => panic!("{resource}: {other:?}"),
    }
}

fn signal(name: &str) -> Signal {
    signal_of(resource(name), body(name))
}

/// The fixture with one value changed; `null` is written, not left out.
pub(super) fn changed(name: &str, pointer: &str, value: Value) -> Vec<u8> {
    let mut json: Value = serde_json::from_slice(body(name)).unwrap();
    *json.pointer_mut(pointer).unwrap() = value;
    json.to_string().into_bytes()
}

#[test]
fn every_shape_is_read_as_it_is_meant() {
    for (name, body) in FIXTURES {
        insta::assert_json_snapshot!(name, signal_of(resource(name), body));
    }
}

#[test]
fn each_hook_states_the_right_kind_of_fact() {
    let lifecycle = Fact::Lifecycle;
    let facts = [
        ("issue.created", Fact::Occurrence),
        ("issue.resolved", lifecycle(Lifecycle::Resolved { fixed_in: None })),
        ("issue.ignored", lifecycle(Lifecycle::Ignored { until_condition: true, until: None })),
        ("issue.archived", lifecycle(Lifecycle::Ignored { until_condition: false, until: None })),
        ("issue.unresolved.escalating", lifecycle(Lifecycle::Unresolved { came_back: true })),
        ("issue.unresolved.by-person", lifecycle(Lifecycle::Unresolved { came_back: false })),
        ("issue.assigned", lifecycle(Lifecycle::Assigned { assignee: Some("Ines".to_owned()) })),
        ("issue.assigned.by-rule", Fact::Remark),
        ("error.created", Fact::Occurrence),
        ("event_alert.triggered", Fact::Occurrence),
        ("metric_alert.critical", Fact::Metric { status: MetricStatus::Critical }),
        ("metric_alert.warning", Fact::Metric { status: MetricStatus::Warning }),
        ("metric_alert.open.sparse", Fact::Metric { status: MetricStatus::Open }),
        ("metric_alert.resolved", Fact::Metric { status: MetricStatus::Resolved }),
        ("activity_alert.triggered.status_resolved", lifecycle(Lifecycle::Resolved { fixed_in: None })),
        ("activity_alert.triggered.status_regressed", lifecycle(Lifecycle::Unresolved { came_back: true })),
        (
            "activity_alert.triggered.status_archived",
            lifecycle(Lifecycle::Ignored { until_condition: true, until: None }),
        ),
        ("activity_alert.triggered.seer", Fact::Remark),
        ("comment.created", Fact::Remark),
        ("seer.pr_created", Fact::Remark),
        ("preprod_artifact.size_analysis_completed", Fact::Aside),
        ("installation.created", Fact::Aside),
    ];
    for (name, fact) in facts {
        assert_eq!(signal(name).fact, fact, "{name}");
    }
}

#[test]
fn an_archived_issue_names_the_time_until_which_it_is_archived() {
    let named = "2026-05-11T08:30:00Z";
    let until = |substatus: Value, details: Value| {
        let body = changed("issue.ignored", "/data/issue/statusDetails", details);
        let mut json: Value = serde_json::from_slice(&body).unwrap();
        json["data"]["issue"]["substatus"] = substatus;
        match signal_of("issue", json.to_string().as_bytes()).fact {
            Fact::Lifecycle(Lifecycle::Ignored { until_condition, until }) => (until_condition, until),
            other => panic!("{other:?}"),
        }
    };
    let met = || json!("archived_until_condition_met");
    let time = Timestamp::parse(named);
    assert!(time.is_some());
    assert_eq!(until(met(), json!({"ignoreUntil": named})), (true, time));
    assert_eq!(until(Value::Null, json!({"ignoreUntil": named})), (true, time), "before there were substatuses");
    assert_eq!(until(met(), json!({"ignoreCount": 100, "ignoreUntil": null})), (true, None));
    assert_eq!(until(json!("archived_forever"), json!({"ignoreUntil": named})), (false, None), "for ever has no end");
    for wrong in [json!(true), json!("soon"), json!([named]), json!({"at": named}), json!(-1), json!(1e300)] {
        let archived = until(met(), json!({"ignoreUntil": wrong}));
        assert_eq!(archived, (true, None), "a wrong kind is no time, and costs nothing else: {wrong}");
    }
}

#[test]
fn the_exception_that_the_program_died_of_comes_first_with_its_newest_frames() {
    let signal = signal("event_alert.triggered");
    let classes: Vec<&str> = signal.exceptions.iter().map(|exception| exception.class.as_str()).collect();
    assert_eq!(classes, ["CardDeclined", "TimeoutError"]);
    let frames = &signal.exception().unwrap().in_app;
    assert_eq!(frames.len(), 8);
    assert_eq!((frames[0].module.as_str(), frames[0].function.as_str()), ("checkout.step_11", "step_11"));
    assert_eq!(frames[2].module, "checkout/step_9.py", "the file name stands in for a module that is null");
    assert_eq!(signal.exceptions[1].in_app.len(), 1, "frames of libraries are left out");
}

#[test]
fn the_longest_chain_keeps_its_outermost_five() {
    let values: Vec<Value> = (0..9).map(|place| json!({"type": format!("E{place}"), "value": "x"})).collect();
    let signal = signal_of("error", &changed("error.created", "/data/error/exception/values", json!(values)));
    let classes: Vec<&str> = signal.exceptions.iter().map(|exception| exception.class.as_str()).collect();
    assert_eq!(classes, ["E8", "E7", "E6", "E5", "E4"]);
}

#[test]
fn a_missing_issue_id_is_read_off_the_address() {
    assert_eq!(signal("error.created").issue.as_deref(), Some("880011"));
    let named =
        signal_of("event_alert", &changed("event_alert.triggered", "/data/event/issue_id", json!(5_501_234_567_u64)));
    assert_eq!(named.issue.as_deref(), Some("5501234567"), "an id is the same as a number");
}

#[test]
fn an_event_page_names_its_project() {
    let link = signal("event_alert.triggered").link.unwrap();
    assert!(
        link.ends_with("/issues/5501234567/events/6d3f0e1c2b4a49587766554433221100/?project=4505550001112223"),
        "{link}"
    );
    let made = signal("event_alert.triggered.occurrence").link.unwrap();
    assert_eq!(made, "https://sentry.io/organizations/lantern/issues/880013/?project=7");
}

#[test]
fn a_link_falls_back_until_there_is_none() {
    let link = |pointer: &str| signal_of("issue", &changed("issue.created", pointer, Value::Null)).link;
    assert_eq!(link("/data/issue/web_url").as_deref(), Some("https://lantern.sentry.io/issues/5501234567/"));
    assert_eq!(
        signal("issue.unresolved.by-person").link.as_deref(),
        Some("https://lantern.sentry.io/issues/5501234567/?project=4505550001112223")
    );
    let api = json!({"id": "5", "title": "x", "url": "https://s.example/api/0/organizations/lantern/issues/5/", "web_url": "javascript:1"});
    let made = signal_of("issue", &changed("issue.created", "/data/issue", api));
    assert_eq!(made.link.as_deref(), Some("https://s.example/organizations/lantern/issues/5/"));
    assert_eq!(signal("issue.created.old").link, None);
}

#[test]
fn a_title_is_never_empty() {
    let titled = |issue: Value| signal_of("issue", &changed("issue.created", "/data/issue", issue)).title;
    let metadata = json!({"type": "KeyError", "value": "'a'\nmore"});
    assert_eq!(titled(json!({"id": 5, "title": " \n", "metadata": metadata, "culprit": "c"})), "KeyError: 'a'");
    assert_eq!(titled(json!({"id": 5, "metadata": {"title": "a message"}, "culprit": "c"})), "a message");
    assert_eq!(titled(json!({"id": 5, "title": null, "culprit": "app in main"})), "app in main");
    assert_eq!(titled(json!({"id": 5})), "Issue 5");
    assert_eq!(titled(json!({})), "Untitled issue");
    let event = |event: Value| signal_of("error", &changed("error.created", "/data/error", event)).title;
    assert_eq!(event(json!({"exception": [{"type": "A"}, {"type": "B", "value": "b"}]})), "B: b");
    assert_eq!(event(json!({"logentry": {"formatted": "\nfirst\nsecond"}})), "first");
    assert_eq!(event(json!({"event_id": "ab"})), "Event ab");
    assert_eq!(event(json!({})), "Untitled event");
}

#[test]
fn one_field_of_the_wrong_kind_costs_that_field_alone() {
    for (name, body) in FIXTURES {
        let json: Value = serde_json::from_slice(body).unwrap();
        let expected = signal_of(resource(name), body);
        // The frames are all alike: the first stands for them.
        for pointer in
            pointers(&json).into_iter().filter(|pointer| !pointer.contains("/frames/") || pointer.contains("/frames/0"))
        {
            for wrong in [
                Value::Null,
                json!(true),
                json!(7),
                json!("x"),
                json!([]),
                json!({}),
                json!([[["x"]]]),
                json!(-1.5e300),
            ] {
                let parsed = parse(Some(resource(name)), &changed(name, &pointer, wrong.clone()));
                // Without its action, or without the part that makes it what it is, a hook is not that hook any more.
                if pointer == "/action"
                    || pointer == "/data"
                    || pointer.matches('/').count() == 2 && pointer.starts_with("/data/")
                {
                    continue;
                }
                let Parsed::Signal(signal) = parsed else { panic!("{name} with {wrong} at {pointer}: {parsed:?}") };
                assert_eq!(signal.resource, expected.resource);
                assert!(!signal.title.trim().is_empty(), "{name} with {wrong} at {pointer}");
            }
        }
    }
}

fn pointers(json: &Value) -> Vec<String> {
    let parts: Vec<(String, &Value)> = match json {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (key, value) in parts {
        all.push(format!("/{key}"));
        all.extend(pointers(value).into_iter().map(|below| format!("/{key}{below}")));
    }
    all
}

#[test]
fn a_body_counts_only_under_its_own_resource() {
    for (name, body) in FIXTURES {
        for claimed in Resource::ALL {
            let parsed = parse(Some(claimed.as_str()), body);
            if claimed.as_str() == resource(name) {
                assert!(matches!(parsed, Parsed::Signal(_)), "{name}");
            } else {
                let found = Resource::from_wire(resource(name));
                assert_eq!(parsed, Parsed::Mismatch { resource: claimed, found }, "{name} as {claimed}");
            }
        }
    }
    let array = parse(Some("issue"), b"[1]");
    assert_eq!(array, Parsed::Mismatch { resource: Resource::Issue, found: None });
}

#[test]
fn what_has_no_meaning_yet_is_unknown_and_not_an_error() {
    let unknown = |resource: Option<&str>, action: Option<&str>| Parsed::Unknown {
        resource: resource.map(str::to_owned),
        action: action.map(str::to_owned),
    };
    let created = body("issue.created");
    assert_eq!(parse(None, created), unknown(None, Some("created")));
    assert_eq!(parse(Some(" "), created), unknown(None, Some("created")));
    assert_eq!(parse(Some("issue_alert"), created), unknown(Some("issue_alert"), Some("created")));
    assert_eq!(parse(Some("manual"), created), unknown(Some("manual"), Some("created")));
    assert_eq!(
        parse(Some("issue"), &changed("issue.created", "/action", json!("merged"))),
        unknown(Some("issue"), Some("merged"))
    );
    assert_eq!(parse(Some("issue"), &changed("issue.created", "/action", Value::Null)), unknown(Some("issue"), None));
    assert_eq!(
        parse(Some("error"), &changed("error.created", "/action", json!("triggered"))),
        unknown(Some("error"), Some("triggered"))
    );
    for (resource, action) in
        [("select_options", "requested"), ("external_issue", "created"), ("alert_rule_action", "requested")]
    {
        let call = json!({"action": action, "fields": [], "installationId": "x"}).to_string();
        assert_eq!(parse(Some(resource), call.as_bytes()), unknown(Some(resource), Some(action)));
        assert_eq!(parse(Some(resource), b" \r\n"), unknown(Some(resource), None));
        assert_eq!(parse(None, b""), unknown(None, None));
    }
}

#[test]
fn the_source_is_the_installation_else_the_organization() {
    let from =
        |name: &str, pointer: &str, value: Value| signal_of(resource(name), &changed(name, pointer, value)).source.0;
    assert_eq!(signal("issue.created").source.0, "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11");
    assert_eq!(from("issue.created", "/installation", Value::Null), "lantern");
    assert_eq!(from("event_alert.triggered", "/installation", json!({"uuid": ""})), "lantern");
    assert_eq!(from("metric_alert.critical", "/installation", Value::Null), "lantern");
    assert_eq!(from("comment.created", "/installation", json!({"organization": {"slug": "lantern"}})), "lantern");
    assert_eq!(from("comment.created", "/installation", Value::Null), "sentry");
}

#[test]
fn an_oauth_code_is_never_kept() {
    assert!(!format!("{:?}", signal("installation.created")).contains("one-time-code"));
}

#[test]
fn only_the_holder_of_the_secret_can_mark_a_hook_as_synthetic() {
    let marked = |mark: Value| {
        let mut json: Value = serde_json::from_slice(body("issue.created")).unwrap();
        json["watchfire"] = mark;
        signal_of("issue", json.to_string().as_bytes()).synthetic
    };
    assert!(marked(json!({"synthetic": true})));
    for other in [json!({"synthetic": "true"}), json!({"synthetic": 1}), json!(true), json!({}), Value::Null] {
        assert!(!marked(other.clone()), "{other}");
    }
    let inside = changed("issue.created", "/data/issue/metadata", json!({"watchfire": {"synthetic": true}}));
    assert!(!signal_of("issue", &inside).synthetic, "text of an event cannot reach the top of the body");
}

#[test]
fn each_synthetic_hook_is_a_page_of_its_own() {
    let now = Timestamp::parse("2026-05-04T08:19:30.500Z").unwrap();
    let read = |nonce| {
        let hook = synthetic_hook(nonce, now, "https://sentry.example/");
        signal_of(hook.resource, &hook.body)
    };
    let (one, other) = (read(1), read(2));
    assert!(one.synthetic && one.signed);
    assert_eq!(one.seen_at, Some(now));
    assert_eq!(
        one.link.as_deref().map(|link| link.starts_with("https://sentry.example/organizations/watchfire/issues/1/")),
        Some(true)
    );
    assert_ne!(
        (&one.issue, &one.event, &one.custom_fingerprint),
        (&other.issue, &other.event, &other.custom_fingerprint)
    );
    assert_ne!(one.exceptions, other.exceptions);
    assert_ne!(event_key(&one), event_key(&other));
    insta::assert_json_snapshot!("synthetic", one);
}

#[test]
fn an_event_hook_is_known_by_event_and_rule() {
    let alert = signal("event_alert.triggered");
    let key = event_key(&alert).unwrap();
    assert_eq!(
        event_key(&Signal { seen_at: None, title: "x".to_owned(), ..alert.clone() }),
        Some(key),
        "what may change on a retry"
    );
    for other in [
        Signal { rule: Some("another rule".to_owned()), ..alert.clone() },
        Signal { event: Some("another event".to_owned()), ..alert.clone() },
        Signal { resource: Resource::Error, ..alert.clone() },
        Signal { source: domain::signal::Source("another".to_owned()), ..alert.clone() },
    ] {
        assert_ne!(event_key(&other), Some(key));
        assert!(event_key(&other).is_some());
    }
    assert_eq!(event_key(&Signal { event: None, ..alert }), None);
    assert_eq!(event_key(&signal("issue.created")), None);
}

#[test]
fn a_verdict_says_why_without_repeating_the_body_raw() {
    let said = parse(Some("issue"), &changed("issue.created", "/action", json!("a\u{1b}[31m\nb"))).to_string();
    assert_eq!(said, "no meaning here for issue.a\\u{1b}[31m\\nb");
    assert_eq!(
        parse(Some("error"), body("issue.created")).to_string(),
        "the header says error, the body has the shape of issue"
    );
}
