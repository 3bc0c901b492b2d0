//! What the end of a story asserts without being asked.

use std::collections::BTreeMap;

use domain::id::DeliveryId;
use domain::time::Timestamp;
use store::contract::{Changes, LiveScope, Scope};
use store::record::{DeliveryFilter, DueWake, TaskState};

use crate::world::World;

/// More timers and incidents than any story has.
const MANY: usize = 10_000;

impl World {
    /// Every timer there is.
    pub(crate) async fn timers(&self) -> Vec<DueWake> {
        let far = Timestamp::from_millis(i64::MAX / 2);
        let scope = Scope { wakes: Some((far, MANY)), ..Scope::default() };
        let mut wakes = Vec::new();
        let found = &mut wakes;
        let decide = Box::new(move |loaded: &mut store::contract::Loaded| {
            *found = loaded.wakes.clone();
            Changes::default()
        });
        self.store().transact(scope, decide).await.unwrap();
        wakes
    }

    /// A live incident has exactly one timer, for its present revision; one that is over has none (semantics L11).
    ///
    /// # Panics
    /// When it is otherwise.
    pub async fn check_timers(&self) {
        let wakes = self.timers().await;
        let scope = Scope { live: Some(LiveScope { after: 0, limit: MANY }), ..Scope::default() };
        let mut live = Vec::new();
        let found = &mut live;
        let decide = Box::new(move |loaded: &mut store::contract::Loaded| {
            *found = loaded.incidents.values().filter(|incident| incident.state.is_live()).cloned().collect();
            Changes::default()
        });
        self.store().transact(scope, decide).await.unwrap();
        let mut timed: Vec<_> = wakes.iter().map(|wake| (wake.incident, wake.plan)).collect();
        timed.sort_unstable();
        let mut expected: Vec<_> = live.iter().map(|incident| (incident.id, incident.plan)).collect();
        expected.sort_unstable();
        assert_eq!(timed, expected, "each live incident has one timer, for its present revision");
    }

    pub(crate) async fn end(&mut self) {
        assert!(!self.recorder.is_hanging(), "a receiver still hangs: let it go");
        let unseen: Vec<String> = self.unseen().iter().map(ToString::to_string).collect();
        assert!(unseen.is_empty(), "sent, but not expected:\n{}\n\n{}", unseen.join("\n"), self.journal());
        self.check_dead().await;
        self.check_deliveries().await;
        self.check_timers().await;
        self.check_bundles().await;
        self.check_standing().await;
        self.finish().await;
    }

    async fn check_dead(&mut self) {
        let owed = self.store().owed(MANY).await.unwrap();
        let expected = std::mem::take(&mut self.dead_expected);
        for owed in owed.iter().filter(|owed| owed.task.state == TaskState::Dead) {
            let lane = owed.task.work.lane().as_str();
            assert!(
                expected.iter().any(|name| name == lane),
                "dead, but not expected: {} over {lane}: {:?}\n{}",
                owed.task.work.as_str(),
                owed.task.trouble,
                self.journal()
            );
        }
    }

    /// A bundle leaves as a whole: nothing of one that went out, or that is due, waits behind.
    async fn check_bundles(&self) {
        let now = self.engine().now();
        for owed in self.store().owed(MANY).await.unwrap() {
            let task = owed.task;
            let Some(bundle) = task.work.bundle().filter(|_| task.state != TaskState::Dead) else { continue };
            assert!(task.due > now, "{} of {} is due, and was left behind\n{}", task.id, bundle.id, self.journal());
            let parts = self.store().bundled(bundle.id).await.unwrap();
            let gone = parts.iter().any(|part| part.state == TaskState::Done && part.work.lane() == task.work.lane());
            assert!(!gone, "{} of {} was left behind\n{}", task.id, bundle.id, self.journal());
        }
    }

    /// Each order that was given can be read: the store leaves out what it cannot.
    async fn check_standing(&self) {
        let (_, standing) = self.store().standing(Timestamp::EPOCH).await.unwrap();
        let read: Vec<String> = standing
            .silences
            .iter()
            .map(|silence| silence.id.to_string())
            .chain(standing.overrides.iter().map(|order| order.id.to_string()))
            .collect();
        for order in &self.ordered {
            assert!(read.contains(order), "the order {order} cannot be read any more");
        }
    }

    /// Each delivery has one row, the outcome that its sender was told, and the very bytes that were sent.
    async fn check_deliveries(&self) {
        let mut told: BTreeMap<i64, (&str, &[u8])> = BTreeMap::new();
        for taken in &self.taken {
            let id: DeliveryId = taken.delivery.parse().unwrap();
            let first = told.entry(id.0).or_insert((&taken.outcome, &taken.body));
            assert_eq!(first.0, taken.outcome, "{id}: one delivery, two outcomes");
            assert_eq!(first.1, taken.body, "{id}: one delivery, two bodies");
        }
        let filter = DeliveryFilter { limit: MANY, ..DeliveryFilter::default() };
        let rows = self.store().deliveries(&filter).await.unwrap().items;
        let kept: Vec<i64> = rows.iter().rev().map(|row| row.id.0).collect();
        let known: Vec<i64> = told.keys().copied().collect();
        assert_eq!(kept, known, "what was answered 2xx is stored, and nothing else");
        for row in rows {
            let (outcome, body) = told[&row.id.0];
            assert_eq!(row.outcome.as_str(), outcome, "{}", row.id);
            let stored = self.store().delivery(row.id).await.unwrap().unwrap();
            assert_eq!(stored.body, body, "{} is not stored as it came", row.id);
        }
    }
}
