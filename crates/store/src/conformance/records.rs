//! Everything beside incidents and their work.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::baseline::Shape;
use domain::figures::Resolver;
use domain::id::EscalationId;
use domain::incident::Progress;
use domain::policy::PolicyHash;
use domain::priority::Priority;
use domain::project::ProjectHistory;
use domain::release::SeenRelease;

use super::made::{at, delivery, escalation, id, incident, name, opening, page, resolved, run};
use super::{look, put};
use crate::contract::{Changes, Scope, Store};
use crate::record::{
    EscalationFilter, EscalationState, FinishedTask, ProjectKey, ReceiptRow, RunPhase, TaskEnd, TruthLabel, Wake,
};

/// For each incident and channel.
pub async fn a_receipt_is_the_last_one(store: &dyn Store) {
    put(store, opening([incident(1), incident(2)])).await.unwrap();
    let receipt = |number: u64, channel: &str, ts: &str| ReceiptRow {
        incident: id(number),
        channel: name(channel),
        receipt: serde_json::json!({ "ts": ts, "weird": "\u{0}é" }),
    };
    for receipts in [vec![receipt(1, "slack", "1.0"), receipt(2, "slack", "2.0")], vec![receipt(1, "slack", "3.0")]] {
        put(store, Changes { receipts, ..Changes::default() }).await.unwrap();
    }
    assert_eq!(store.receipt(id(1), &name("slack")).await.unwrap(), Some(receipt(1, "slack", "3.0").receipt));
    assert_eq!(store.receipt(id(2), &name("slack")).await.unwrap(), Some(receipt(2, "slack", "2.0").receipt));
    assert_eq!(store.receipt(id(1), &name("mail")).await.unwrap(), None);
    assert_eq!(store.receipt(id(404), &name("slack")).await.unwrap(), None);
}

/// The last writer wins; a project that nobody asked for is not loaded.
pub async fn a_project_is_overwritten_by_its_key(store: &dyn Store) {
    let key = |name: &str| ProjectKey(name.to_owned());
    let project = |hours: Vec<u32>| ProjectHistory {
        shape: Shape { hours, first_week: 7, last_week: u32::MAX },
        releases: vec![SeenRelease { name: "1\u{0}é".into(), first_seen_at: at(3) }],
    };
    for (name, hours) in [("acme/web", vec![1]), ("acme/api", vec![2]), ("acme/web", vec![u32::MAX; 168])] {
        let projects = BTreeMap::from([(key(name), project(hours))]);
        put(store, Changes { projects, ..Changes::default() }).await.unwrap();
    }
    let scope = Scope { projects: vec![key("acme/none"), key("acme/web")], ..Scope::default() };
    let found = look(store, scope).await.unwrap().projects;
    assert_eq!(found, BTreeMap::from([(key("acme/web"), project(vec![u32::MAX; 168]))]));
}

/// They need no incident that still exists.
pub async fn truths_are_kept_in_the_order_of_their_time(store: &dyn Store) {
    let truth = |number: u64, time, reason: Option<&str>| TruthLabel {
        incident: id(number),
        at: at(time),
        by: "bob".into(),
        said: Priority::Ignore,
        triaged: Priority::Critical,
        score: 100,
        reason: reason.map(str::to_owned),
    };
    let said = [truth(1, 5, None), truth(404, 6, Some("\u{0}é")), truth(1, 7, Some(""))];
    put(store, Changes { labels: said.to_vec(), ..Changes::default() }).await.unwrap();
    assert_eq!(store.labels(at(6)).await.unwrap(), said[1..]);
    assert!(store.labels(at(8)).await.unwrap().is_empty());
}

/// `sending` is on disk before the request leaves (semantics F1).
pub async fn a_run_is_overwritten_by_its_name(store: &dyn Store) {
    put(store, opening([incident(1)])).await.unwrap();
    let (mut first, second) = (run(id(1), "codegen"), run(id(1), "other"));
    put(store, Changes { runs: BTreeMap::from([(first.id, first.clone())]), ..Changes::default() }).await.unwrap();
    put(store, Changes { runs: BTreeMap::from([(second.id, second.clone())]), ..Changes::default() }).await.unwrap();
    first.phase = RunPhase::Sending;
    first.progress = Progress::NeedsInput;
    first.url = Some("https://agent.example/é\u{0}".into());
    put(store, Changes { runs: BTreeMap::from([(first.id, first.clone())]), ..Changes::default() }).await.unwrap();
    assert_eq!(store.run(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.runs(id(1)).await.unwrap(), [first.clone(), second]);
    assert!(store.runs(id(404)).await.unwrap().is_empty());
    let loaded = look(store, Scope { runs: vec![first.id, run(id(9), "x").id], ..Scope::default() }).await.unwrap();
    assert_eq!(loaded.runs, BTreeMap::from([(first.id, first)]));
    assert_eq!(loaded.incidents.len(), 1);
}

/// Newest first, live ones, those of one incident; overwritten by name.
pub async fn escalations_are_listed_and_found(store: &dyn Store) {
    put(store, opening([incident(1), incident(2)])).await.unwrap();
    let mut ended = escalation(id(1), 1, EscalationState::Superseded);
    ended.ended_at = Some(at(9));
    ended.synthetic = true;
    let rows = [
        ended.clone(),
        escalation(id(1), 2, EscalationState::Pending),
        escalation(id(2), 3, EscalationState::Exhausted),
    ];
    for row in rows.clone() {
        put(store, Changes { escalations: BTreeMap::from([(row.id, row)]), ..Changes::default() }).await.unwrap();
    }
    let list = async |filter: EscalationFilter| {
        let page = store.escalations(&filter).await.unwrap();
        (page.items.iter().map(|row| row.ordinal).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = list(EscalationFilter { limit: 2, ..Default::default() }).await;
    assert_eq!(first, [3, 2]);
    assert_eq!(list(EscalationFilter { before: next, limit: 2, ..Default::default() }).await, (vec![1], None));
    assert_eq!(list(EscalationFilter { live: true, limit: 9, ..Default::default() }).await.0, [3, 2]);
    let of_one = EscalationFilter { incident: Some(id(1)), limit: 9, ..Default::default() };
    assert_eq!(list(of_one.clone()).await.0, [2, 1]);
    assert_eq!(list(EscalationFilter { live: true, ..of_one.clone() }).await.0, [2]);
    assert_eq!(list(EscalationFilter { limit: 1, ..of_one }).await.0, [2]);
    assert_eq!(store.escalation(ended.id).await.unwrap(), Some(ended));
    assert_eq!(store.escalation(EscalationId::derive(id(1), 9)).await.unwrap(), None);
    let mut moved = rows[1].clone();
    moved.state = EscalationState::Acknowledged;
    moved.acknowledged_at = Some(at(77));
    moved.next_at = None;
    put(store, Changes { escalations: BTreeMap::from([(moved.id, moved.clone())]), ..Changes::default() })
        .await
        .unwrap();
    assert_eq!(store.escalation(moved.id).await.unwrap(), Some(moved));
    assert_eq!(list(EscalationFilter { limit: 9, ..Default::default() }).await.0, [3, 2, 1]);
}

/// Whatever is written over them; what was never known may come later.
pub async fn first_times_of_an_escalation_stay(store: &dyn Store) {
    put(store, opening([incident(1)])).await.unwrap();
    // Two of one save are listed by their beginnings, whatever their names are.
    let both =
        (1..=6).map(|ordinal| escalation(id(1), ordinal, EscalationState::Running)).map(|row| (row.id, row)).collect();
    put(store, Changes { escalations: both, ..Changes::default() }).await.unwrap();
    let listed = store.escalations(&EscalationFilter { limit: 9, ..Default::default() }).await.unwrap().items;
    assert_eq!(listed.iter().map(|row| row.ordinal).collect::<Vec<_>>(), [6, 5, 4, 3, 2, 1]);
    let mut row = listed[5].clone();
    for (first, second, signals) in
        [(None, None, 3), (Some(at(7)), None, 4), (Some(at(9)), Some(at(8)), 5), (None, None, 6)]
    {
        (row.first_delivered_at, row.acknowledged_at) = (first, second);
        (row.first_due_at, row.exhausted_at) = (first, second);
        (row.signals_before, row.signals) = (signals, signals);
        let escalations = BTreeMap::from([(row.id, row.clone())]);
        put(store, Changes { escalations, ..Changes::default() }).await.unwrap();
    }
    let kept = store.escalation(row.id).await.unwrap().unwrap();
    assert_eq!((kept.first_delivered_at, kept.acknowledged_at), (Some(at(7)), Some(at(8))));
    assert_eq!((kept.first_due_at, kept.exhausted_at), (Some(at(7)), Some(at(8))));
    assert_eq!((kept.signals_before, kept.signals), (listed[5].signals_before, 6));
}

/// They are overwritten with the rest of the row, in lists and alone.
pub async fn figures_of_an_escalation_come_back(store: &dyn Store) {
    put(store, opening([incident(1)])).await.unwrap();
    let mut row = escalation(id(1), 1, EscalationState::Running);
    for steps in [0, 4] {
        row.steps = steps;
        row.steps_on_time = steps / 2;
        row.pages_delivered = steps * 10;
        row.pages_failed = steps * 20;
        row.response_due_at = (steps > 0).then_some(at(70));
        row.interruptions = steps * 30;
        row.opened_at = (steps == 0).then_some(at(-3));
        row.resolved_by = (steps > 0).then_some(Resolver::Sentry);
        row.signals = u64::from(steps) << 40;
        let escalations = BTreeMap::from([(row.id, row.clone())]);
        put(store, Changes { escalations, ..Changes::default() }).await.unwrap();
        assert_eq!(store.escalation(row.id).await.unwrap(), Some(row.clone()));
    }
    for (live, incident) in [(false, None), (true, None), (false, Some(id(1)))] {
        let filter = EscalationFilter { live, incident, limit: 9, ..Default::default() };
        assert_eq!(store.escalations(&filter).await.unwrap().items, [row.clone()]);
    }
}

/// By its hash.
pub async fn a_policy_is_kept_once(store: &dyn Store) {
    let hash = PolicyHash("ab".repeat(32));
    assert_eq!(store.policy(&hash).await.unwrap(), None);
    for now in [1, 2] {
        store.keep_policy(&hash, "[levels]\n# é", at(now)).await.unwrap();
    }
    assert_eq!(store.policy(&hash).await.unwrap().as_deref(), Some("[levels]\n# é"));
}

/// How long the service was away (semantics C1).
pub async fn a_beat_tells_the_one_before(store: &dyn Store) {
    assert_eq!(store.beat(at(1)).await.unwrap(), None);
    assert_eq!(store.beat(at(5)).await.unwrap(), Some(at(1)));
    assert_eq!(store.beat(at(3)).await.unwrap(), Some(at(5)));
}

/// For health and metrics.
pub async fn figures_count(store: &dyn Store) {
    let empty = store.figures(at(0)).await.unwrap();
    assert_eq!((empty.deliveries, empty.oldest_due, empty.last_delivery_at), (0, None, None));
    assert!(empty.incidents.is_empty() && empty.tasks.is_empty());
    let mut changes = opening([incident(1), incident(2), resolved(incident(3), at(9))]);
    changes.deliveries = vec![delivery(1, b"{}"), delivery(2, b"{}")];
    changes.deliveries[1].trouble = Some("no JSON".into());
    changes.tasks = vec![page(id(1), at(10), "a"), page(id(1), at(11), "b"), page(id(1), at(12), "c")];
    changes.wakes = [(id(2), Some(Wake { due: at(5), plan: 1 }))].into();
    put(store, changes).await.unwrap();
    let claims = store.claim(at(11), Duration::from_secs(1), 2, &[]).await.unwrap();
    let end = TaskEnd::Dead { trouble: "gone".into() };
    let finished = vec![FinishedTask { task: claims[0].task.id, token: claims[0].task.token, end }];
    put(store, Changes { finished, ..Changes::default() }).await.unwrap();
    let figures = store.figures(at(8)).await.unwrap();
    let of_high = |state: &str, count| (state.to_owned(), "high".to_owned(), count);
    assert_eq!(figures.incidents, [of_high("open", 2), of_high("resolved", 1)]);
    let words = |state: &str| ("page".to_owned(), state.to_owned(), 1);
    assert_eq!(figures.tasks, [words("dead"), words("leased"), words("waiting")]);
    assert_eq!((figures.oldest_due, figures.last_delivery_at), (Some(at(5)), Some(at(2))));
    assert_eq!((figures.deliveries, figures.unreadable), (2, 1));
    assert_eq!(store.figures(at(4)).await.unwrap().oldest_due, None);
}
