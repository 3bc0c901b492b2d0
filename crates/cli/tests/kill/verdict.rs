//! Afterwards: the ledgers of the outside against what is on disk.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::Event;
use domain::id::{DeliveryId, EscalationId, IncidentId};
use store::contract::Store as _;
use store::record::IncidentFilter;
use store::sqlite::{SqliteOptions, SqliteStore};

use crate::clients::Ledger;
use crate::house::{House, RUNGS};
use crate::receiver::Arrived;

/// Asserts every promise, and gives the figures in a line.
pub fn look(house: &House, ledger: &Ledger, arrived: &[Arrived]) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Opening checks the whole database for damage.
        let store = SqliteStore::open(&SqliteOptions::at(house.database())).await.unwrap();
        store.check().await.unwrap();
        assert!(ledger.odd.is_empty(), "answers that no sender must get: {:?}", ledger.odd);
        let known = no_answered_delivery_is_lost(&store, ledger).await;
        let (decided, rungs) = no_rung_is_skipped(&store).await;
        let repeats = what_came_twice_has_the_same_id(&decided, arrived);
        let stored = store.figures(domain::time::Timestamp::EPOCH).await.unwrap().deliveries;
        store.close().await.unwrap();
        format!(
            "{stored} stored, {known} answered as known, {rungs} rungs, {} messages, {repeats} of them again",
            arrived.len()
        )
    })
}

async fn no_answered_delivery_is_lost(store: &SqliteStore, ledger: &Ledger) -> usize {
    assert!(ledger.answered.len() > 500, "only {} deliveries were answered", ledger.answered.len());
    let mut first: BTreeMap<&[u8], &str> = BTreeMap::new();
    for (name, _, body) in &ledger.answered {
        let id: DeliveryId = name.parse().unwrap();
        let stored = store.delivery(id).await.unwrap();
        let stored = stored.unwrap_or_else(|| panic!("{name} was answered, and is not on disk"));
        assert!(stored.body == body.as_slice(), "{name} is not on disk byte for byte");
        let other = first.insert(body, name);
        assert!(other.is_none_or(|other| other == name), "one body became {other:?} and {name}");
    }
    ledger.answered.iter().filter(|(_, known, _)| *known).count()
}

/// What may leave.
#[derive(Default)]
struct Decided {
    /// The ids of pages that go alone.
    pages: BTreeSet<String>,
    /// The incidents that each bundle may list on each channel: a storm of first pages goes as one message.
    bundles: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Decided {
    /// Asserts that a message was decided, with everything that it lists.
    fn allows(&self, one: &Arrived) {
        if self.pages.contains(&one.id) {
            return;
        }
        // Named by its bundle, its first task and its channel.
        let bundle = one.id.split_once("-tsk-").and_then(|(bundle, rest)| Some((bundle, rest.split_once('-')?.1)));
        let listed = bundle.and_then(|(bundle, channel)| self.bundles.get(&(bundle.to_owned(), channel.to_owned())));
        let Some(listed) = listed else { panic!("{} arrived at {}, and nobody decided it", one.id, one.path) };
        let body: serde_json::Value = serde_json::from_slice(&one.body).unwrap();
        for item in body["data"]["items"].as_array().unwrap() {
            let incident = item["incident"]["id"].as_str().unwrap();
            assert!(listed.contains(incident), "{} lists {incident}, and nobody decided that", one.id);
        }
    }
}

/// Rungs in order, from 0, one after another; gives what may leave.
async fn no_rung_is_skipped(store: &SqliteStore) -> (Decided, usize) {
    let filter = IncidentFilter { limit: 10_000, ..IncidentFilter::default() };
    let incidents = store.incidents(&filter).await.unwrap().items;
    assert!(incidents.len() >= 40, "only {} incidents were opened", incidents.len());
    let (mut decided, mut rungs) = (Decided::default(), 0);
    let mut issues: BTreeMap<String, IncidentId> = BTreeMap::new();
    for row in &incidents {
        let incident = &row.incident;
        for issue in &incident.issues {
            let other = issues.insert(issue.id.clone(), incident.id);
            assert!(other.is_none(), "issue {} has two incidents: {other:?}, {}", issue.id, incident.id);
        }
        let mut escalation: Option<EscalationId> = None;
        let mut next = 0;
        for line in store.timeline(incident.id, None, 100_000).await.unwrap().items {
            match line.entry.event {
                Event::EscalationStarted { escalation: started, .. } => (escalation, next) = (Some(started), 0),
                Event::RungRan { rung, due, .. } => {
                    assert_eq!(rung, next, "{}: a rung was skipped, or ran twice", incident.id);
                    assert!(due <= line.at, "{}: rung {rung} was early", incident.id);
                    (next, rungs) = (next + 1, rungs + 1);
                }
                Event::Paged { contact, channels, repetition, bundle, .. } => {
                    let escalation = escalation.expect("a page has an escalation");
                    for (bundle, channel) in bundle.iter().flat_map(|bundle| channels.iter().map(move |c| (bundle, c)))
                    {
                        let listed = decided.bundles.entry((bundle.id.to_string(), channel.to_string()));
                        listed.or_default().insert(incident.id.to_string());
                    }
                    // One that found no other for its bundle goes alone all the same.
                    decided.pages.extend(
                        channels.iter().map(|channel| format!("{escalation}-{contact}-{repetition}-{channel}")),
                    );
                }
                _ => {}
            }
        }
        let begun = incident.escalation.as_ref().is_some_and(|escalation| escalation.next_rung > 0);
        assert!(!begun || next == RUNGS, "{}: {next} rungs ran of {RUNGS}", incident.id);
    }
    (decided, rungs)
}

fn what_came_twice_has_the_same_id(decided: &Decided, arrived: &[Arrived]) -> usize {
    let mut seen: BTreeMap<&str, &Arrived> = BTreeMap::new();
    let mut repeats = 0;
    for one in arrived {
        decided.allows(one);
        let about = |arrived: &Arrived| {
            let body: serde_json::Value = serde_json::from_slice(&arrived.body).unwrap();
            // An incident, or a bundle.
            let data = &body["data"];
            data["incident"]["id"].as_str().or_else(|| data["id"].as_str()).map(str::to_owned)
        };
        if let Some(first) = seen.insert(&one.id, one) {
            repeats += 1;
            assert_eq!((&first.path, about(first)), (&one.path, about(one)), "{} is two messages", one.id);
        }
    }
    repeats
}
