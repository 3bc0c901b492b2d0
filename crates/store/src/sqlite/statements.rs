//! Every statement is prepared against the real schema, and none reads more than it must.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::{claim, cleanup, load, queries, save, schema};

const ALL: &[(&str, &str)] = &[
    ("LOAD", load::LOAD),
    ("INCIDENTS", load::INCIDENTS),
    ("SAVE", save::SAVE),
    ("PLACES", save::PLACES),
    ("TOKENS", save::TOKENS),
    ("CLAIM", claim::CLAIM),
    ("CLAIM_BUNDLE", claim::CLAIM_BUNDLE),
    ("NEXT_DUE", claim::NEXT_DUE),
    ("VOID_LEASES", claim::VOID_LEASES),
    ("BEAT", super::BEAT),
    ("KEEP_POLICY", super::KEEP_POLICY),
    ("LIST_INCIDENTS", queries::LIST_INCIDENTS),
    ("ONE_INCIDENT", queries::ONE_INCIDENT),
    ("INCIDENTS_NAMED", queries::INCIDENTS_NAMED),
    ("LABELS", queries::LABELS),
    ("TIMELINE", queries::TIMELINE),
    ("LIST_ESCALATIONS", queries::LIST_ESCALATIONS),
    ("LIST_LIVE_ESCALATIONS", queries::LIST_LIVE_ESCALATIONS),
    ("LIST_ESCALATIONS_OF", queries::LIST_ESCALATIONS_OF),
    ("ONE_ESCALATION", queries::ONE_ESCALATION),
    ("ESCALATIONS_NAMED", queries::ESCALATIONS_NAMED),
    ("LIST_DELIVERIES", queries::LIST_DELIVERIES),
    ("LIST_TROUBLED_DELIVERIES", queries::LIST_TROUBLED_DELIVERIES),
    ("ONE_DELIVERY", queries::ONE_DELIVERY),
    ("RUNS", queries::RUNS),
    ("ONE_RUN", queries::ONE_RUN),
    ("RECEIPT", queries::RECEIPT),
    ("POLICY", queries::POLICY),
    ("OWED", queries::OWED),
    ("BUNDLED", queries::BUNDLED),
    ("BUNDLES_NAMED", queries::BUNDLES_NAMED),
    ("STANDING", queries::STANDING),
    ("COUNT_INCIDENTS", queries::COUNT_INCIDENTS),
    ("COUNT_TASKS", queries::COUNT_TASKS),
    ("COUNT_DELIVERIES", queries::COUNT_DELIVERIES),
    ("OLD_DELIVERIES", cleanup::OLD_DELIVERIES),
    ("DELETE_DELIVERIES", cleanup::DELETE_DELIVERIES),
    ("OLD_TASKS", cleanup::OLD_TASKS),
    ("DELETE_TASKS", cleanup::DELETE_TASKS),
    ("OLD_INCIDENTS", cleanup::OLD_INCIDENTS),
    ("KEEP_FLOORS", cleanup::KEEP_FLOORS),
    ("DELETE_WORK_OF", cleanup::DELETE_WORK_OF),
    ("DELETE_ESCALATIONS_OF", cleanup::DELETE_ESCALATIONS_OF),
    ("DELETE_TIMELINE_OF", cleanup::DELETE_TIMELINE_OF),
    ("DELETE_REST_OF", cleanup::DELETE_REST_OF),
    ("LOST_IDENTITIES", cleanup::LOST_IDENTITIES),
    ("DELETE_IDENTITY", cleanup::DELETE_IDENTITY),
    ("COUNT_OVER", cleanup::COUNT_OVER),
    ("COUNT_ORDERS", cleanup::COUNT_ORDERS),
    ("DELETE_ORDERS", cleanup::DELETE_ORDERS),
    ("DELETE_ATTENTION", cleanup::DELETE_ATTENTION),
];

/// Once a day, or by a person's wish: these may read a table from end to end.
const MAY_SCAN: &[&str] = &[
    "VOID_LEASES",
    "COUNT_INCIDENTS",
    "COUNT_TASKS",
    "COUNT_DELIVERIES",
    "OLD_TASKS",
    "LOST_IDENTITIES",
    "COUNT_OVER",
    "COUNT_ORDERS",
    "DELETE_ORDERS",
    "DELETE_ATTENTION",
    "DELETE_REST_OF",
    "STANDING",
];

/// A bare parameter as a limit makes SQLite plan by its value, and so prepare the statement anew at every execution: a tenth of a small save.
#[test]
fn no_limit_is_a_bare_parameter() {
    for (name, text) in ALL {
        for (at, _) in text.match_indices("LIMIT $") {
            let rest = text[at + 7..].trim_start_matches(|letter: char| letter.is_ascii_digit());
            assert!(rest.starts_with(" + 0"), "{name}");
        }
    }
}

#[tokio::test]
async fn every_statement_fits_the_schema_and_finds_its_rows_by_an_index() {
    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
    schema::migrate(&mut connection, ":memory:", false).await.unwrap();
    let (mut slow, mut known_by_whole_key) = (Vec::new(), 0);
    for (name, text) in ALL {
        for piece in text.split(';').map(str::trim).filter(|piece| !matches!(*piece, "" | "COMMIT" | "BEGIN IMMEDIATE"))
        {
            let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {piece}")))
                .fetch_all(&mut connection)
                .await
                .map_err(|error| format!("{name}: {error}\n{piece}"))
                .unwrap();
            let lines: Vec<String> = plan.iter().map(|row| row.try_get(3).unwrap()).collect();
            known_by_whole_key += lines
                .iter()
                .filter(|line| {
                    line.ends_with("deliveries_key (seen_at=? AND digest=?)")
                        || line.ends_with("deliveries_event (event_seen_at=? AND event_digest=?)")
                })
                .count();
            let is_scan = |line: &&String| {
                line.starts_with("SCAN")
                    && ![
                        "SCAN j",
                        "SCAN json_each",
                        "SCAN jsonb_each",
                        "SCAN process",
                        "SCAN (subquery",
                        "SCAN l",
                        "SCAN o",
                        "SCAN CONSTANT",
                        "SCAN attention",
                        "SCAN tasks USING COVERING INDEX tasks_dead",
                    ]
                    .iter()
                    .any(|harmless| line.starts_with(harmless))
            };
            if !MAY_SCAN.contains(name)
                && let Some(line) = lines.iter().find(is_scan)
            {
                slow.push(format!("{name}: {line}\n{piece}\n{lines:#?}"));
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n\n"));
    // Many deliveries may share a time: the digest must narrow the search too.
    assert_eq!(known_by_whole_key, 2);
}
