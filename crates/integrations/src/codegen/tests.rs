#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it finds a mistake")]

use std::fmt::Write as _;

use domain::incident::Progress;
use serde_json::{Value, json};

use super::*;
use crate::agent::context::{boundary, examples};
use crate::request::{HttpRequest, HttpResponse, RequestKind, Sent};
use crate::testkit::{GARBAGE, STATUSES, agent_task, answer, golden, header_map, is_dangerous, now, table};

const RUN: &str = include_str!("fixtures/run.json");
const RUNS: &str = include_str!("fixtures/runs.json");

fn codegen() -> Arc<dyn Agent> {
    configure(table(json!({"token": "canary-token", "org_id": 7}))).unwrap()
}

fn codegen_with_title() -> Arc<dyn Agent> {
    configure(table(json!({
        "token": "canary-token", "org_id": 7, "include_title": true,
        "base_url": "https://codegen.example.com/proxy/", "repo_id": 3, "model": "sonnet", "agent_type": "claude_code",
    })))
    .unwrap()
}

fn http(request: Request) -> HttpRequest {
    match request.kind {
        RequestKind::Http(http) => http,
        RequestKind::Console(_) => panic!("not HTTP"),
    }
}

fn prompt(agent: &dyn Agent, task: &AgentTask) -> String {
    let body: Value = serde_json::from_slice(&http(agent.start(task, now())).body).unwrap();
    body["prompt"].as_str().unwrap().to_owned()
}

fn lost(sent: Sent, permanent: bool) -> TransportError {
    TransportError { sent, permanent, reason: "https://api.codegen.com: no whole answer".into() }
}

fn of_our_run(fixture: &str) -> String {
    fixture.replace("\"RUN\"", &format!("\"{}\"", agent_task().run))
}

#[test]
fn what_is_asked_of_the_vendor() {
    let agent = codegen();
    let task = agent_task();
    insta::assert_snapshot!("codegen_start", golden(&agent.start(&task, now())));
    insta::assert_snapshot!("codegen_start_in_full", golden(&codegen_with_title().start(&task, now())));
    insta::assert_snapshot!("codegen_prompt", prompt(&*codegen_with_title(), &task));
    insta::assert_snapshot!("codegen_find", golden(&agent.find(task.run, now()).unwrap()));
    insta::assert_snapshot!("codegen_poll", golden(&agent.poll(task.run, Some("42"), now()).unwrap()));
}

#[test]
fn addresses_are_built_below_the_configured_one() {
    let address = |request: Request| http(request).url.expose().as_str().to_owned();
    let (task, vendor, own) = (agent_task(), codegen(), codegen_with_title());
    let vendors = "https://api.codegen.com/v1/organizations/7/agent";
    let ours = "https://codegen.example.com/proxy/v1/organizations/7/agent";
    for (agent, base) in [(vendor, vendors), (own, ours)] {
        assert_eq!(address(agent.start(&task, now())), format!("{base}/run"));
        let list = address(agent.find(task.run, now()).unwrap());
        assert_eq!(list, format!("{base}/runs?source_type=API&skip=0&limit=20"));
        assert_eq!(address(agent.poll(task.run, Some("42"), now()).unwrap()), format!("{base}/run/42"));
    }
}

#[test]
fn nothing_from_outside_gets_into_the_instruction() {
    for agent in [codegen(), codegen_with_title()] {
        let harmless = prompt(&*agent, &agent_task());
        let opening = format!("\nBEGIN UNTRUSTED DATA {}\n", boundary(agent_task().run));
        let closing = format!("\nEND UNTRUSTED DATA {}\n", boundary(agent_task().run));
        let (instruction, _) = harmless.split_once(&opening).unwrap();
        for text in examples::texts() {
            let hostile = prompt(&*agent, &examples::hostile(&text));
            let (above, data) = hostile.split_once(&opening).unwrap();
            assert_eq!(above, instruction, "{text:.80?}");
            let (data, below) = data.split_once(&closing).unwrap();
            assert_eq!(below, "", "{text:.80?}");
            let data: Value = serde_json::from_str(data).unwrap();
            for value in data.as_object().unwrap().values() {
                assert!(!value.as_str().unwrap().contains(is_dangerous), "{value}");
            }
            assert!(hostile.len() < 6_000, "{} bytes with {text:.80?}", hostile.len());
        }
    }
}

#[test]
fn nothing_from_outside_gets_into_headers_address_or_metadata() {
    let agent = codegen_with_title();
    let harmless = http(agent.start(&agent_task(), now()));
    let without_prompt = |request: &HttpRequest| {
        let mut body: Value = serde_json::from_slice(&request.body).unwrap();
        body["prompt"] = Value::Null;
        body
    };
    for text in examples::texts() {
        let hostile = http(agent.start(&examples::hostile(&text), now()));
        assert_eq!(header_map(&hostile), header_map(&harmless));
        assert_eq!(hostile.url, harmless.url);
        assert_eq!(without_prompt(&hostile), without_prompt(&harmless));
    }
}

#[test]
fn a_title_is_left_out_unless_it_is_asked_for() {
    let task = AgentTask { title: crate::untrusted::Untrusted::new("swordfish"), ..agent_task() };
    assert!(!prompt(&*codegen(), &task).contains("swordfish"));
    assert!(prompt(&*codegen_with_title(), &task).contains("swordfish"));
}

#[test]
fn a_start_is_the_same_to_the_byte_whenever_it_is_made() {
    let agent = codegen();
    let later = now() + Duration::from_secs(3600);
    assert_eq!(http(agent.start(&agent_task(), now())).body, http(agent.start(&agent_task(), later)).body);
}

#[test]
fn the_token_is_never_seen() {
    let agent = codegen();
    let task = agent_task();
    let requests = [agent.start(&task, now()), agent.find(task.run, now()).unwrap()];
    for request in requests {
        assert!(!format!("{request:?}").contains("canary"));
        let sent = header_map(&http(request));
        assert_eq!(sent.get("authorization").unwrap(), "Bearer canary-token");
    }
    for status in STATUSES {
        let told = format!("{:?}", agent.started(Ok(&answer(status, "canary-token <b>said</b> by the vendor"))));
        assert!(!told.contains("canary") && !told.contains("<b>"), "{told}");
    }
}

#[test]
fn every_status_means_one_thing_for_each_question() {
    let agent = codegen();
    let mut told = String::new();
    for status in STATUSES {
        let answer = answer(status, if (200..300).contains(&status) { RUN } else { "" });
        let words = |outcome: AgentOutcome| match outcome {
            AgentOutcome::Known(_) => "known".to_owned(),
            AgentOutcome::NotFound => "not found".to_owned(),
            AgentOutcome::Retry { after, .. } => format!("retry {after:?}"),
            AgentOutcome::Unsure { .. } => "unsure".to_owned(),
            AgentOutcome::Failed { reason } => format!("failed ({reason})"),
        };
        writeln!(
            told,
            "{status}: start {}; find {}; poll {}",
            words(agent.started(Ok(&answer))),
            words(agent.found(agent_task().run, Ok(&answer))),
            words(agent.polled(Ok(&answer))),
        )
        .unwrap();
    }
    insta::assert_snapshot!("codegen_statuses", told);
}

#[test]
fn only_a_start_that_certainly_started_nothing_may_be_tried_again() {
    let agent = codegen();
    let tried_again = |outcome: &AgentOutcome| matches!(outcome, AgentOutcome::Retry { .. });
    for status in STATUSES {
        let outcome = agent.started(Ok(&answer(status, "")));
        assert_eq!(tried_again(&outcome), status == 429, "{status}: {outcome:?}");
    }
    assert!(tried_again(&agent.started(Err(&lost(Sent::No, false)))));
    assert!(matches!(agent.started(Err(&lost(Sent::No, true))), AgentOutcome::Failed { .. }));
    for permanent in [false, true] {
        assert!(matches!(agent.started(Err(&lost(Sent::Maybe, permanent))), AgentOutcome::Unsure { .. }));
    }
    for body in GARBAGE {
        let answer = answer(200, &String::from_utf8_lossy(body));
        assert!(matches!(agent.started(Ok(&answer)), AgentOutcome::Unsure { .. }), "{body:?}");
    }
}

#[test]
fn a_throttled_vendor_is_left_alone_for_a_minute_at_least() {
    let agent = codegen();
    for (said, waited) in [(None, 60), (Some(5), 60), (Some(300), 300)] {
        let throttled = Response::Http(HttpResponse {
            status: 429,
            retry_after: said.map(Duration::from_secs),
            body: bytes::Bytes::new(),
        });
        for outcome in [agent.started(Ok(&throttled)), agent.polled(Ok(&throttled))] {
            let AgentOutcome::Retry { after, .. } = outcome else { panic!("{outcome:?}") };
            assert_eq!(after, Some(Duration::from_secs(waited)));
        }
    }
}

#[test]
fn a_started_run_is_known_by_its_number() {
    let AgentOutcome::Known(report) = codegen().started(Ok(&answer(200, &of_our_run(RUN)))) else { panic!() };
    assert_eq!(
        report,
        AgentReport {
            external_id: Some("42".into()),
            progress: Progress::Running,
            url: Some("https://codegen.com/agent/trace/42".into()),
            note: None,
        }
    );
}

#[test]
fn a_status_is_read_in_any_case_and_an_unknown_one_is_still_running() {
    for (status, progress) in [
        (json!("COMPLETE"), Progress::Succeeded),
        (json!("completed"), Progress::Succeeded),
        (json!("Failed"), Progress::Failed),
        (json!("ERROR"), Progress::Failed),
        (json!("stopped"), Progress::Failed),
        (json!("CANCELLED"), Progress::Failed),
        (json!("PENDING"), Progress::Queued),
        (json!("ACTIVE"), Progress::Running),
        (json!("RUNNING"), Progress::Running),
        (json!("PAUSED"), Progress::NeedsInput),
        (json!("PONDERING"), Progress::Running),
        (json!(null), Progress::Running),
        (json!(7), Progress::Running),
    ] {
        let body = json!({"id": 42, "organization_id": 7, "status": status}).to_string();
        let AgentOutcome::Known(report) = codegen().polled(Ok(&answer(200, &body))) else { panic!("{body}") };
        assert_eq!(report.progress, progress, "{status}");
    }
}

#[test]
fn a_run_is_found_by_its_marker_and_missing_only_when_the_list_is_whole() {
    let agent = codegen();
    let run = agent_task().run;
    let found = |body: &str| agent.found(run, Ok(&answer(200, body)));
    let AgentOutcome::Known(report) = found(&of_our_run(RUNS)) else { panic!() };
    assert_eq!((report.external_id.as_deref(), report.progress), (Some("42"), Progress::Succeeded));
    assert_eq!(report.url.as_deref(), Some("https://github.com/acme/checkout/pull/9"));
    assert_eq!(report.note.as_deref(), Some("Opened a pull request."));

    assert_eq!(found(RUNS), AgentOutcome::NotFound);
    assert_eq!(found("[]"), AgentOutcome::NotFound);
    // Cut in the run after ours: found all the same. Cut before it: nobody knows.
    let whole = of_our_run(RUNS);
    let ours = whole.rfind("\"metadata\"").unwrap();
    assert!(matches!(found(&whole[..ours]), AgentOutcome::Unsure { .. }));
    let (first, last) =
        (r#"{"id": 1, "metadata": {}}"#, format!(r#"{{"id": 42, "metadata": {{"watchfire_run": "{run}"}}}}"#));
    assert!(matches!(found(&format!("[{last}, {{\"id\": 3, \"result\": \"xxx")), AgentOutcome::Known(_)));
    let full = vec![first; 20].join(",");
    assert!(matches!(found(&format!("[{full}]")), AgentOutcome::Unsure { .. }), "there may be a second page");
    let unmarked = r#"[{"id": 1, "metadata": null}]"#;
    assert!(matches!(found(unmarked), AgentOutcome::Unsure { .. }), "a list that hides the markers proves nothing");
    for body in GARBAGE.iter().filter(|body| **body != b"[]") {
        let outcome = found(&String::from_utf8_lossy(body));
        assert!(matches!(outcome, AgentOutcome::Unsure { .. }), "{outcome:?}");
    }
}

#[test]
fn asking_may_always_be_tried_again() {
    let agent = codegen();
    for sent in [Sent::No, Sent::Maybe] {
        assert!(matches!(agent.polled(Err(&lost(sent, false))), AgentOutcome::Retry { .. }));
        assert!(matches!(agent.found(agent_task().run, Err(&lost(sent, false))), AgentOutcome::Retry { .. }));
    }
    assert!(matches!(agent.found(agent_task().run, Err(&lost(Sent::No, true))), AgentOutcome::Unsure { .. }));
    for body in GARBAGE {
        let answer = answer(200, &String::from_utf8_lossy(body));
        assert!(matches!(agent.polled(Ok(&answer)), AgentOutcome::Retry { .. }));
    }
}

#[test]
fn what_the_vendor_says_is_bounded_and_checked() {
    let body = json!({
        "id": 42, "status": "COMPLETE", "web_url": "javascript:alert(1)",
        "summary": format!("\u{1b}[2J{}", "x".repeat(100_000)),
        "github_pull_requests": [{"url": "file:///etc/passwd"}, 7, null],
    });
    let AgentOutcome::Known(report) = codegen().polled(Ok(&answer(200, &body.to_string()))) else { panic!() };
    assert_eq!(report.url, None);
    let note = report.note.unwrap();
    assert!(note.chars().count() <= crate::agent::report::NOTE_LIMIT && !note.contains(is_dangerous));
}

#[test]
fn only_a_number_is_asked_after() {
    let agent = codegen();
    let run = agent_task().run;
    for id in ["", "abc", "42/../43", "-1", "4 2", "https://evil.example"] {
        assert!(agent.poll(run, Some(id), now()).is_none(), "{id:?}");
    }
    assert!(agent.poll(run, None, now()).is_none());
    assert!(agent.callback(run, &http::HeaderMap::new(), b"{}", now()).is_none());
    assert!(!agent.honours_key());
}
