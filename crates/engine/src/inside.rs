//! What all handles of an engine share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::policy::Directory;
use domain::time::Timestamp;
use store::contract::Scope;
use store::error::StoreError;

use crate::clocks::{Began, EngineTime, Moves};
use crate::health::Notes;
use crate::metrics::Metrics;
use crate::order::Orders;
use crate::policies::Policies;
use crate::ports::{Ports, Settings};
use crate::queue::Queue;
use crate::slots::Slots;
use crate::wakeup::Alarm;
use crate::workspace::{Noted, Workspace};

/// A pinned policy may name one that is not in memory; loading it can show another. Nobody has this many at once.
const POLICY_ROUNDS: usize = 16;

/// One engine.
pub(crate) struct Inside {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) directory: Directory,
    pub(crate) time: EngineTime,
    pub(crate) policies: Policies,
    pub(crate) orders: Orders,
    pub(crate) queue: Queue,
    /// Whoever holds it commits what waits in the queue; nobody else decides meanwhile in this process.
    pub(crate) committer: tokio::sync::Mutex<()>,
    /// Whether `run` commits; otherwise the askers do it themselves.
    pub(crate) running: AtomicBool,
    pub(crate) alarm: Alarm,
    pub(crate) slots: Arc<Slots>,
    pub(crate) notes: Notes,
    pub(crate) metrics: Metrics,
    pub(crate) began: tokio::sync::Mutex<Began>,
    /// A jump of the wall clock that is being followed.
    pub(crate) moving: tokio::sync::Mutex<Moves>,
}

impl Inside {
    pub(crate) async fn build(ports: Ports, settings: Settings) -> Result<Self, StoreError> {
        let directory = Directory {
            notifiers: settings.notifiers.keys().cloned().collect(),
            agents: settings.agents.keys().cloned().collect(),
        };
        let time = EngineTime::anchored(Arc::clone(&ports.clock));
        let policies = Policies::with_current(Arc::clone(&settings.policy), Arc::clone(&settings.policy_text));
        match policies.keep(&*ports.store, time.now()).await {
            // A store that takes nothing can still be read; the policy is kept before the first decision.
            Ok(()) | Err(StoreError::Unavailable { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(Self {
            policies,
            orders: Orders::default(),
            slots: Arc::new(Slots::of(settings.slots, settings.slots_per_lane)),
            notes: Notes::at(time.now(), &settings),
            metrics: Metrics::for_settings(&settings),
            directory,
            time,
            queue: Queue::default(),
            committer: tokio::sync::Mutex::default(),
            running: AtomicBool::new(false),
            alarm: Alarm::default(),
            began: tokio::sync::Mutex::default(),
            moving: tokio::sync::Mutex::default(),
            ports,
            settings,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.time.now()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }

    /// One transaction: `decide` works on a workspace and may be run several times, each time from what was loaded alone.
    pub(crate) async fn transact<T: Send>(
        &self,
        scope: &Scope,
        mut decide: impl FnMut(&mut Workspace<'_>) -> T + Send,
    ) -> Result<T, StoreError> {
        let saved = self.transact_with_policies(scope, &mut decide).await;
        self.notes.store_answered(saved.as_ref().err());
        self.metrics.transacted(saved.is_ok());
        let (answer, noted) = saved?;
        self.metrics.noted(&noted);
        if let Some(due) = noted.earliest {
            self.alarm.expect(due);
        }
        Ok(answer)
    }

    async fn transact_with_policies<T: Send>(
        &self,
        scope: &Scope,
        decide: &mut (impl FnMut(&mut Workspace<'_>) -> T + Send),
    ) -> Result<(T, Noted), StoreError> {
        self.policies.keep(&*self.ports.store, self.now()).await?;
        for _ in 0..POLICY_ROUNDS {
            let now = self.now();
            let mut round = None;
            let kept = &mut round;
            let asked = &mut *decide;
            let decision = Box::new(move |loaded: &mut store::contract::Loaded| {
                let mut workspace = Workspace::of(loaded, self, now);
                let answer = asked(&mut workspace);
                let (changes, noted, missing) = workspace.close();
                *kept = Some((answer, noted, missing));
                changes
            });
            self.ports.store.transact(scope.clone(), decision).await?;
            match round {
                Some((answer, noted, missing)) if !missing.any() => return Ok((answer, noted)),
                Some((_, _, missing)) => {
                    if missing.standing {
                        self.orders.load(&*self.ports.store, self.now()).await?;
                    }
                    self.policies.load(&*self.ports.store, missing.policies).await?;
                }
                None => break,
            }
        }
        Err(StoreError::Unavailable {
            reason: "the decision could not be made: its policies or standing orders keep changing".into(),
        })
    }
}
