#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use std::fmt::Write as _;

use domain::incident::Progress;
use http::HeaderMap;
use serde_json::{Value, json};

use super::*;
use crate::agent::context::examples;
use crate::request::{HttpRequest, RequestKind, Sent};
use crate::standard_webhooks::{ID, SIGNATURE, SigningKey, TIMESTAMP, sign, verify};
use crate::testkit::{GARBAGE, STATUSES, agent_task, answer, golden, header_map, is_dangerous, now, table};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn agent() -> Arc<dyn Agent> {
    configure(table(json!({
        "url": "https://agent.example.com/canary-path",
        "secret": KEY,
        "token": "canary-token",
        "status_url": "https://agent.example.com/canary-runs/{id}",
        "status_pointer": "/run/state",
        "url_pointer": "/run/links/pull_request",
        "statuses": {"Done": "succeeded", "blocked": "needs_input"},
        "include_title": true,
    })))
    .unwrap()
}

fn plain_agent() -> Arc<dyn Agent> {
    configure(table(json!({"url": "https://agent.example.com/", "secret": KEY}))).unwrap()
}

fn keys() -> Vec<SigningKey> {
    vec![SigningKey::parse(KEY).unwrap()]
}

fn http(request: Request) -> HttpRequest {
    match request.kind {
        RequestKind::Http(http) => http,
        RequestKind::Console(_) => panic!("not HTTP"),
    }
}

fn lost(sent: Sent, permanent: bool) -> TransportError {
    TransportError { sent, permanent, reason: "https://agent.example.com: no whole answer".into() }
}

fn signed(body: &[u8]) -> HeaderMap {
    let seconds = now().millis().div_euclid(1000);
    let mut headers = HeaderMap::new();
    headers.insert(ID, "msg_1".parse().unwrap());
    headers.insert(TIMESTAMP, seconds.to_string().parse().unwrap());
    headers.insert(SIGNATURE, sign(&keys(), "msg_1", seconds, body).parse().unwrap());
    headers
}

fn called_back(body: &Value) -> Result<AgentReport, CallbackError> {
    let body = body.to_string();
    agent().callback(agent_task().run, &signed(body.as_bytes()), body.as_bytes(), now()).unwrap()
}

#[test]
fn what_is_asked_of_the_agent() {
    let task = agent_task();
    insta::assert_snapshot!("http_agent_start", golden(&agent().start(&task, now())));
    insta::assert_snapshot!("http_agent_start_plain", golden(&plain_agent().start(&task, now())));
    insta::assert_snapshot!("http_agent_poll", golden(&agent().poll(task.run, Some("r 1"), now()).unwrap()));
    assert!(plain_agent().poll(task.run, Some("r 1"), now()).is_none(), "without an address only callbacks tell");
    assert!(agent().poll(task.run, None, now()).is_none());
    assert!(agent().find(task.run, now()).is_none());
}

#[test]
fn every_try_of_a_start_has_the_same_key_and_body_and_a_sound_signature() {
    let agent = agent();
    let later = now() + Duration::from_secs(3600);
    let (first, second) = (http(agent.start(&agent_task(), now())), http(agent.start(&agent_task(), later)));
    assert!(agent.honours_key());
    assert_eq!(first.body, second.body);
    for (request, at) in [(&first, now()), (&second, later)] {
        let headers = header_map(request);
        assert_eq!(headers.get("idempotency-key").unwrap(), agent_task().run.to_string().as_str());
        let verified = verify(&keys(), &headers, &request.body, at).unwrap();
        assert_eq!(verified.id, agent_task().run.to_string());
    }
    let poll = http(agent.poll(agent_task().run, Some("r1"), now()).unwrap());
    assert!(verify(&keys(), &header_map(&poll), b"", now()).is_ok());
}

#[test]
fn nothing_from_outside_leaves_the_context() {
    let agent = agent();
    let harmless = http(agent.start(&agent_task(), now()));
    let rest = |request: &HttpRequest| {
        let mut body: Value = serde_json::from_slice(&request.body).unwrap();
        let context = body["context"].take();
        (body, context)
    };
    let unsigned = |request: &HttpRequest| {
        let mut headers = header_map(request);
        headers.remove(SIGNATURE);
        headers
    };
    for text in examples::texts() {
        let hostile = http(agent.start(&examples::hostile(&text), now()));
        assert_eq!(unsigned(&hostile), unsigned(&harmless), "{text:.80?}");
        assert_eq!(hostile.url, harmless.url);
        let (body, context) = rest(&hostile);
        assert_eq!(body, rest(&harmless).0);
        for value in context.as_object().unwrap().values() {
            assert!(!value.as_str().unwrap().contains(is_dangerous), "{value}");
        }
        assert!(hostile.body.len() < 4_000, "{} bytes with {text:.80?}", hostile.body.len());
    }
}

#[test]
fn secrets_are_never_seen() {
    let agent = agent();
    let requests = [agent.start(&agent_task(), now()), agent.poll(agent_task().run, Some("r1"), now()).unwrap()];
    for request in requests {
        assert!(!format!("{request:?}").contains("canary"));
    }
    let config =
        Config::read(table(json!({"url": "https://a.example/canary", "secret": KEY, "token": "canary"}))).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("canary") && !shown.contains(&KEY[6..]), "{shown}");
    for status in STATUSES {
        let answer = answer(status, "canary-token <b>said</b> by the agent");
        let told = format!("{:?} {:?}", agent.started(Ok(&answer)), agent.polled(Ok(&answer)));
        assert!(!told.contains("canary") && !told.contains("<b>"), "{told}");
    }
}

#[test]
fn every_status_means_one_thing_for_each_question() {
    let agent = agent();
    let mut told = String::new();
    for status in STATUSES {
        let body = if (200..300).contains(&status) || status == 409 {
            r#"{"id": "r1", "run": {"state": "running"}}"#
        } else {
            ""
        };
        let answer = answer(status, body);
        let words = |outcome: AgentOutcome| match outcome {
            AgentOutcome::Known(report) => format!("known ({})", report.progress.as_str()),
            AgentOutcome::NotFound => "not found".to_owned(),
            AgentOutcome::Retry { .. } => "retry".to_owned(),
            AgentOutcome::Unsure { .. } => "unsure".to_owned(),
            AgentOutcome::Failed { reason } => format!("failed ({reason})"),
        };
        writeln!(
            told,
            "{status}: start {}; poll {}",
            words(agent.started(Ok(&answer))),
            words(agent.polled(Ok(&answer)))
        )
        .unwrap();
    }
    insta::assert_snapshot!("http_agent_statuses", told);
}

#[test]
fn a_start_without_an_answer_is_sent_again_because_the_key_is_honoured() {
    let agent = agent();
    for sent in [Sent::No, Sent::Maybe] {
        assert!(matches!(agent.started(Err(&lost(sent, false))), AgentOutcome::Retry { .. }));
        assert!(matches!(agent.polled(Err(&lost(sent, false))), AgentOutcome::Retry { .. }));
    }
    assert!(matches!(agent.started(Err(&lost(Sent::No, true))), AgentOutcome::Failed { .. }));
    for body in GARBAGE {
        let answer = answer(200, &String::from_utf8_lossy(body));
        assert!(matches!(agent.started(Ok(&answer)), AgentOutcome::Retry { .. }), "{body:?}");
        assert!(matches!(agent.polled(Ok(&answer)), AgentOutcome::Retry { .. }), "{body:?}");
    }
}

#[test]
fn a_run_that_is_already_there_is_our_own() {
    let known = |body: &str| match agent().started(Ok(&answer(409, body))) {
        AgentOutcome::Known(report) => report,
        other => panic!("{other:?}"),
    };
    let report =
        known(r#"{"id": 17, "run": {"state": "RUNNING", "links": {"pull_request": "https://git.example/pr/1"}}}"#);
    assert_eq!((report.external_id.as_deref(), report.progress), (Some("17"), Progress::Running));
    assert_eq!(report.url.as_deref(), Some("https://git.example/pr/1"));
    assert_eq!(known("").external_id, None);
}

#[test]
fn a_status_is_read_where_the_configuration_says() {
    for (word, progress) in [
        ("queued", Progress::Queued),
        ("running", Progress::Running),
        ("needs_input", Progress::NeedsInput),
        ("blocked", Progress::NeedsInput),
        ("DONE", Progress::Succeeded),
        ("succeeded", Progress::Succeeded),
        ("failed", Progress::Failed),
        ("cancelled", Progress::Failed),
        ("pondering", Progress::Running),
    ] {
        let body = json!({"id": "r1", "status": "failed", "run": {"state": word}}).to_string();
        let AgentOutcome::Known(report) = agent().polled(Ok(&answer(200, &body))) else { panic!("{body}") };
        assert_eq!(report.progress, progress, "{word}");
    }
}

#[test]
fn a_signed_callback_is_taken() {
    let run = agent_task().run.to_string();
    let report = called_back(&json!({
        "status": "succeeded", "url": "https://git.example/pr/1", "summary": "Added a guard.\nAnd a test.",
        "dispatch_id": run, "more": [1],
    }));
    assert_eq!(
        report,
        Ok(AgentReport {
            external_id: None,
            progress: Progress::Succeeded,
            url: Some("https://git.example/pr/1".into()),
            note: Some("Added a guard.\\u{a}And a test.".into()),
        })
    );
    assert_eq!(called_back(&json!({"status": "done"})).map(|report| report.progress), Ok(Progress::Succeeded));
}

#[test]
fn a_callback_that_is_not_signed_over_its_raw_body_is_refused() {
    let body = br#"{"status":"succeeded"}"#;
    let respaced = br#"{"status": "succeeded"}"#;
    let agent = agent();
    let run = agent_task().run;
    let call = |headers: &HeaderMap, body: &[u8], at| agent.callback(run, headers, body, at).unwrap();
    let headers = signed(body);
    assert!(call(&headers, body, now()).is_ok());
    assert_eq!(call(&headers, respaced, now()), Err(CallbackError::Signature));
    assert_eq!(call(&headers, body, now() + Duration::from_secs(301)), Err(CallbackError::Signature));
    assert_eq!(call(&HeaderMap::new(), body, now()), Err(CallbackError::Signature));
    for missing in [ID, TIMESTAMP, SIGNATURE] {
        let mut fewer = headers.clone();
        fewer.remove(missing);
        assert_eq!(call(&fewer, body, now()), Err(CallbackError::Signature));
    }
}

#[test]
fn a_signed_callback_that_breaks_the_contract_is_unreadable() {
    for body in [
        json!({}),
        json!({"status": "excellent"}),
        json!({"status": 7}),
        json!({"status": "succeeded", "dispatch_id": "run-000000000000"}),
        json!({"status": "succeeded", "dispatch_id": 7}),
        json!([]),
        json!("succeeded"),
    ] {
        assert_eq!(called_back(&body), Err(CallbackError::Unreadable), "{body}");
    }
    for body in GARBAGE {
        let told = agent().callback(agent_task().run, &signed(body), body, now()).unwrap();
        assert_eq!(told, Err(CallbackError::Unreadable), "{body:?}");
    }
}

#[test]
fn what_the_agent_says_is_bounded_and_checked() {
    let report = called_back(&json!({
        "status": "failed", "url": "javascript:alert(1)", "summary": format!("\u{1b}[2J{}", "x".repeat(100_000)),
        "id": "x".repeat(1_000),
    }))
    .unwrap();
    assert_eq!((report.url, report.external_id), (None, None));
    let note = report.note.unwrap();
    assert!(note.chars().count() <= crate::agent::report::NOTE_LIMIT && !note.contains(is_dangerous));
}
