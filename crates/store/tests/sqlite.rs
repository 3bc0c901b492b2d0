//! What only a database on a disk can promise, or get wrong.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

extern crate watchfire_store as store;

#[path = "places/mod.rs"]
mod places;

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use domain::attention::{Attention, Whose};
use domain::baseline::Baseline;
use domain::id::EscalationId;
use domain::time::Timestamp;
use places::Place;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, SqlSafeStr as _};
use store::conformance::made::{at, delivery, id, incident, opening, page, replacement, silence};
use store::conformance::{look, put};
use store::contract::{Changes, Scope, Store};
use store::error::StoreError;
use store::record::{
    FinishedTask, Identity, IdentityKey, IncidentFilter, Retention, StandingOrder, TaskEnd, TaskState, Wake,
};
use store::sqlite::{SqliteOptions, SqliteStore};

/// The database as another program sees it.
async fn behind_its_back(place: &Place) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(place.database())).await.unwrap()
}

async fn damage(place: &Place, statement: &'static str) {
    sqlx::query(statement).execute(&mut behind_its_back(place).await).await.unwrap();
}

fn unavailable(result: Result<(), StoreError>) -> String {
    match result {
        Err(StoreError::Unavailable { reason }) => reason,
        other => format!("not what was expected: {other:?}"),
    }
}

fn cannot_open(result: Result<SqliteStore, StoreError>) -> String {
    match result {
        Err(error @ StoreError::CannotOpen { .. }) => error.to_string(),
        other => format!("not what was expected: {other:?}"),
    }
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    let mut changes = opening([incident(1)]);
    changes.deliveries = vec![delivery(1, b"{\"a\":\"b\"}")];
    put(&store, changes).await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(store.incident(id(1)).await, Err(StoreError::Unavailable { .. })), "it was closed");
    let store = SqliteStore::open(&place.options()).await.unwrap();
    assert_eq!(store.incident(id(1)).await.unwrap().unwrap().incident, incident(1));
    assert_eq!(look(&store, Scope::default()).await.unwrap().next_delivery, 2);
    store.check().await.unwrap();
}

#[tokio::test]
async fn leases_of_the_last_process_are_void() {
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    let mut changes = opening([incident(1)]);
    changes.tasks = vec![page(id(1), at(1), "slack")];
    put(&store, changes).await.unwrap();
    let before = store.claim(at(5), Duration::from_secs(3_600), 1, &[]).await.unwrap().remove(0).task;
    store.close().await.unwrap();

    let store = SqliteStore::open(&place.options()).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(1)));
    let late = FinishedTask { task: before.id, token: before.token, end: TaskEnd::Done };
    let late = put(&store, Changes { finished: vec![late], ..Changes::default() }).await;
    assert_eq!(late, Err(StoreError::LeaseLost));
    let again = store.claim(at(5), Duration::from_secs(3_600), 1, &[]).await.unwrap().remove(0).task;
    assert_eq!((again.id, again.attempt, again.state), (before.id, 2, TaskState::Leased));
}

#[tokio::test]
async fn two_processes_never_share_a_database() {
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    let second = SqliteStore::open(&place.options()).await;
    assert!(matches!(&second, Err(StoreError::Locked { path }) if path.ends_with("watchfire.db.lock")), "{second:?}");
    put(&store, opening([incident(1)])).await.unwrap();
    store.close().await.unwrap();
    SqliteStore::open(&place.options()).await.unwrap();
}

#[tokio::test]
async fn a_read_only_database_is_read_and_says_what_to_do() {
    let place = Place::made();
    let read_only = SqliteOptions { read_only: true, ..place.options() };
    let missing = cannot_open(SqliteStore::open(&read_only).await);
    assert!(missing.contains("look at the path"), "{missing}");
    let writing = SqliteStore::open(&place.options()).await.unwrap();
    put(&writing, opening([incident(1)])).await.unwrap();
    // Beside the process that writes, and after it.
    for _ in 0..2 {
        let store = SqliteStore::open(&read_only).await.unwrap();
        assert!(store.incident(id(1)).await.unwrap().is_some());
        let refused = unavailable(put(&store, opening([incident(2)])).await);
        assert!(refused.contains("mode=ro"), "{refused}");
        assert!(unavailable(store.beat(at(1)).await.map(|_| ())).contains("mode=ro"));
        store.close().await.unwrap();
        writing.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_of_ours_is_left_alone() {
    let place = Place::made();
    std::fs::create_dir_all(place.database().parent().unwrap()).unwrap();
    let text = "dear diary, ".repeat(500);
    std::fs::write(place.database(), &text).unwrap();
    let refused = cannot_open(SqliteStore::open(&place.options()).await);
    assert!(refused.contains("no SQLite database"), "{refused}");
    assert_eq!(std::fs::read_to_string(place.database()).unwrap(), text);

    let place = Place::made();
    std::fs::create_dir_all(place.database().parent().unwrap()).unwrap();
    let foreign = SqliteConnectOptions::new().filename(place.database()).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&foreign).await.unwrap();
    sqlx::query("CREATE TABLE recipes (id INTEGER)").execute(&mut connection).await.unwrap();
    let refused = cannot_open(SqliteStore::open(&place.options()).await);
    assert!(refused.contains("another program"), "{refused}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_told() {
    let place = Place::made();
    let file = place.database().parent().unwrap().to_path_buf();
    std::fs::write(&file, "a file where the folder should be").unwrap();
    let refused = cannot_open(SqliteStore::open(&place.options()).await);
    assert!(refused.contains("folder"), "{refused}");
}

#[tokio::test]
async fn a_newer_schema_is_refused_before_anything_is_written() {
    let place = Place::made();
    SqliteStore::open(&place.options()).await.unwrap().close().await.unwrap();
    damage(&place, "INSERT INTO _sqlx_migrations VALUES (999, 'of tomorrow', 0, 1, x'00', 0)").await;
    let refused = SqliteStore::open(&place.options()).await;
    assert!(matches!(refused, Err(StoreError::SchemaTooNew { found: 999, known: 4 })), "{refused:?}");
}

/// Both ways of migrations/README.md: the new version keeps the old rows, and a process of the version before goes on writing beside it.
#[tokio::test]
async fn a_database_of_the_first_schema_is_taken_over_with_its_rows() {
    const OLD_WRITE: &str = "INSERT INTO identities (key, resolved_as_of) VALUES ('issue/acme/1', 7)
        ON CONFLICT (key) DO UPDATE SET resolved_as_of = excluded.resolved_as_of";
    let place = Place::made();
    std::fs::create_dir_all(place.database().parent().unwrap()).unwrap();
    let file = SqliteConnectOptions::new().filename(place.database()).create_if_missing(true);
    let mut old = SqliteConnection::connect_with(&file).await.unwrap();
    let text = include_str!("../../../migrations/sqlite/0001_first.sql").into_sql_str();
    let first = Migration::new(1, "first".into(), MigrationType::Simple, text, false);
    Migrator::with_migrations(vec![first]).run(&mut old).await.unwrap();
    sqlx::query(OLD_WRITE).execute(&mut old).await.unwrap();
    old.close().await.unwrap();

    let store = SqliteStore::open(&place.options()).await.unwrap();
    let key = IdentityKey("issue/acme/1".into());
    let scope = Scope { identities: vec![key.clone()], ..Scope::default() };
    let mut known = Identity { resolved_as_of: Some(Timestamp::from_millis(7)), ..Identity::default() };
    assert_eq!(look(&store, scope.clone()).await.unwrap().identities[&key], known);
    known.baseline = Some(Baseline { hour: 3, ..Default::default() });
    known.resolved_as_of = None;
    put(&store, Changes { identities: [(key.clone(), known.clone())].into(), ..Changes::default() }).await.unwrap();
    damage(&place, OLD_WRITE).await;
    known.resolved_as_of = Some(Timestamp::from_millis(7));
    assert_eq!(look(&store, scope).await.unwrap().identities[&key], known, "what the old version does not know stays");
}

/// The same of the third step: tasks and escalations of the version before are read, and it goes on writing them.
#[tokio::test]
async fn a_database_of_the_second_schema_is_taken_over_with_its_rows() {
    const OLD_WRITE: &str = "INSERT INTO escalations (id, incident, ordinal, level, state, starts_at, rungs, attempts, synthetic)
        SELECT 7, place, 1, 'high', 'running', 5, 2, 3, 0 FROM incidents WHERE true
        ON CONFLICT (id) DO UPDATE SET rungs = rungs + 1;
        INSERT INTO tasks (incident, kind, rank, lane, due_at, ready_at, first_due, attempt, token, state, work)
        SELECT incident, kind, rank, lane, due_at, ready_at, first_due, attempt, token, state, work FROM tasks WHERE id = 1";
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    let mut changes = opening([incident(1)]);
    changes.tasks = vec![page(id(1), at(1), "slack")];
    put(&store, changes).await.unwrap();
    store.close().await.unwrap();
    // As the version before left it.
    damage(
        &place,
        "DELETE FROM _sqlx_migrations WHERE version = 3; DROP TABLE standing; DROP TABLE attention; DROP INDEX tasks_bundle;
        ALTER TABLE tasks DROP COLUMN bundle; ALTER TABLE process DROP COLUMN standing;
        ALTER TABLE escalations DROP COLUMN steps; ALTER TABLE escalations DROP COLUMN steps_on_time;
        ALTER TABLE escalations DROP COLUMN pages_delivered; ALTER TABLE escalations DROP COLUMN pages_failed;
        ALTER TABLE escalations DROP COLUMN response_due_at; ALTER TABLE escalations DROP COLUMN interruptions;
        ALTER TABLE escalations DROP COLUMN opened_at; ALTER TABLE escalations DROP COLUMN first_due_at;
        ALTER TABLE escalations DROP COLUMN exhausted_at; ALTER TABLE escalations DROP COLUMN resolved_by;
        ALTER TABLE escalations DROP COLUMN signals_before; ALTER TABLE escalations DROP COLUMN signals",
    )
    .await;
    damage(&place, OLD_WRITE).await;

    let store = SqliteStore::open(&place.options()).await.unwrap();
    let loaded = look(&store, Scope::default()).await.unwrap();
    assert_eq!((loaded.standing, loaded.attention.len()), (0, 0));
    let mut row = store.escalation(EscalationId::from_bits(7)).await.unwrap().unwrap();
    assert_eq!((row.rungs, row.steps, row.pages_failed, row.response_due_at, row.interruptions), (2, 0, 0, None, 0));
    assert_eq!((row.opened_at, row.first_due_at, row.resolved_by, row.signals), (None, None, None, 0));
    assert_eq!(store.claim(at(9), Duration::from_secs(1), 9, &[]).await.unwrap().len(), 2);
    row.steps = 4;
    row.response_due_at = Some(at(8));
    put(&store, Changes { escalations: [(row.id, row.clone())].into(), ..Changes::default() }).await.unwrap();
    damage(&place, OLD_WRITE).await;
    row.rungs += 1;
    assert_eq!(store.escalation(row.id).await.unwrap(), Some(row), "what the old version does not know stays");
    assert_eq!(store.claim(at(5_000), Duration::from_secs(1), 9, &[]).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_schema_that_somebody_changed_is_refused() {
    let place = Place::made();
    SqliteStore::open(&place.options()).await.unwrap().close().await.unwrap();
    damage(&place, "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    let refused = cannot_open(SqliteStore::open(&place.options()).await);
    assert!(refused.contains("left as it was"), "{refused}");
}

#[tokio::test]
async fn a_full_disk_answers_so_loses_nothing_and_heals_by_itself() {
    let place = Place::made();
    let small = SqliteOptions { max_pages: Some(120), ..place.options() };
    let store = SqliteStore::open(&small).await.unwrap();
    // Bodies that do not shrink.
    let body: Vec<u8> = (0_u32..20_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut kept = 0;
    let reason = loop {
        match put(&store, Changes { deliveries: vec![delivery(kept + 1, &body)], ..Changes::default() }).await {
            Ok(()) => kept += 1,
            refused => break unavailable(refused),
        }
    };
    assert!(reason.contains("free space"), "{reason}");
    assert!(kept > 0);
    let figures = store.figures(at(0)).await.unwrap();
    assert_eq!(figures.deliveries, kept.cast_unsigned(), "the refused one left something");
    assert_eq!(store.delivery(domain_id(kept)).await.unwrap().unwrap().body, body);

    let now = at(1_000_000);
    let all = Retention { deliveries: Duration::ZERO, tasks: Duration::ZERO, incidents: Duration::ZERO };
    store.cleanup(&all, now, false).await.unwrap();
    put(&store, Changes { deliveries: vec![delivery(kept + 1, &body)], ..Changes::default() }).await.unwrap();
    assert_eq!(store.delivery(domain_id(kept + 1)).await.unwrap().unwrap().body, body);
    store.check().await.unwrap();
}

fn domain_id(number: i64) -> domain::id::DeliveryId {
    domain::id::DeliveryId(number)
}

#[tokio::test]
async fn another_programs_lock_is_told_and_passes() {
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    let mut other = behind_its_back(&place).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let reason = unavailable(put(&store, opening([incident(1)])).await);
    assert!(reason.contains("another program"), "{reason}");
    assert!(store.incident(id(1)).await.unwrap().is_none(), "readers go on");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    put(&store, opening([incident(1)])).await.unwrap();
}

#[tokio::test]
async fn a_transaction_that_was_dropped_half_way_leaves_nothing() {
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    for rounds in 1..6 {
        let changes = opening([incident(1)]);
        let mut dropped = store.transact(Scope::default(), Box::new(move |_| changes.clone()));
        for _ in 0..rounds {
            let polled = poll_fn(|context| Poll::Ready(dropped.as_mut().poll(context))).await;
            assert!(polled.is_pending() || rounds > 1);
            if polled.is_ready() {
                break;
            }
        }
        drop(dropped);
        put(&store, opening([incident(10 + rounds)])).await.unwrap();
        assert!(store.incident(id(10 + rounds)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_damaged_row_is_named_and_stops_nobody_else() {
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    let mut changes = opening([incident(1), incident(2)]);
    for number in [1, 2] {
        changes.wakes.insert(id(number), Some(Wake { due: at(1), plan: 1 }));
        changes.tasks.push(page(id(number), at(1), "slack"));
    }
    put(&store, changes).await.unwrap();
    damage(&place, "UPDATE incidents SET data = '{' WHERE place = 1").await;
    let told = store.incident(id(1)).await;
    assert!(matches!(told, Err(StoreError::Corrupt { table: "incidents", column: "data", row: 1, .. })), "{told:?}");
    let loaded = look(&store, Scope { wakes: Some((at(9), 9)), ..Scope::default() }).await.unwrap();
    assert_eq!(loaded.wakes.iter().map(|wake| wake.incident).collect::<Vec<_>>(), [id(2)]);
    let claims = store.claim(at(9), Duration::from_secs(1), 9, &[]).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.incident.id).collect::<Vec<_>>(), [id(2)]);
    let named = look(&store, Scope { incidents: vec![id(1)], ..Scope::default() }).await;
    assert!(matches!(named, Err(StoreError::Corrupt { .. })), "{named:?}");
    put(&store, opening([incident(3)])).await.unwrap();
}

/// Every transaction loads attention, and every decision goes by the orders: a damaged row of them is as good as none.
#[tokio::test]
async fn a_damaged_order_or_attention_takes_no_other_with_it() {
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    let silenced = |number| StandingOrder::Silence { silence: Box::new(silence(number)), ends_at: None };
    let turns = |turns| Attention { turns, ..Attention::default() };
    let role = |text: &str| Whose::Role(text.parse().unwrap());
    let standing = vec![silenced(1), StandingOrder::Override(replacement(2, at(9))), silenced(3)];
    let attention = [(role("primary"), turns(1)), (role("secondary"), turns(2))].into();
    put(&store, Changes { standing, attention, ..Changes::default() }).await.unwrap();
    damage(
        &place,
        "UPDATE standing SET data = '{' WHERE place = 1; UPDATE standing SET kind = 'decree' WHERE place = 2",
    )
    .await;
    damage(&place, "UPDATE attention SET data = x'5b370a20ff' || char(10) || '}' WHERE key = 'role:primary'; INSERT INTO attention VALUES ('team:a', 1, '{}')").await;
    let (revision, standing) = store.standing(at(0)).await.unwrap();
    assert_eq!((revision, standing.silences, standing.overrides.len()), (1, vec![silence(3)], 0));
    let loaded = look(&store, Scope::default()).await.unwrap().attention;
    assert_eq!(loaded, [(role("secondary"), turns(2))].into());
    // What is written again is whole again.
    put(&store, Changes { attention: [(role("primary"), turns(5))].into(), ..Changes::default() }).await.unwrap();
    assert_eq!(look(&store, Scope::default()).await.unwrap().attention.len(), 2);
}

#[tokio::test]
async fn a_checkpoint_brings_the_log_home() {
    let place = Place::made();
    let store = SqliteStore::open(&place.options()).await.unwrap();
    let size = || std::fs::metadata(place.database()).unwrap().len();
    let before = size();
    put(&store, opening((1..200).map(incident))).await.unwrap();
    store.checkpoint().await.unwrap();
    assert!(size() > before + 100_000, "{before} to {}", size());
    let filter = IncidentFilter { limit: 500, ..Default::default() };
    assert_eq!(store.incidents(&filter).await.unwrap().items.len(), 199);
    assert!(store.figures(at(0)).await.unwrap().bytes >= size());
}
