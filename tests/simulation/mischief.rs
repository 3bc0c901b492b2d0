//! What goes wrong, and when: writes that fail or whose answer is lost, sends that hang, a process that dies between any two steps.

use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};

use store::error::StoreError;
use tokio::sync::Notify;

use crate::chance::Chance;

/// A boundary at which the process can die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    BeforeWrite,
    AfterWrite,
    BeforeSend,
    AfterSend,
}

impl Moment {
    pub const ALL: [Self; 4] = [Self::BeforeWrite, Self::AfterWrite, Self::BeforeSend, Self::AfterSend];
}

#[derive(Debug)]
struct Plans {
    chance: Chance,
    /// Chances in a hundred that a write is refused, or answered with an error although it was committed.
    write_faults: u64,
    read_faults: u64,
    /// Whether tasks of several engines may overtake each other.
    shuffles: bool,
    death: Option<(Moment, u32)>,
    hang: bool,
    disturbances: u64,
    calls: u64,
    faults: u64,
    steps: u64,
    runaway: bool,
}

/// Shared by the store and the transport of all engines of a world.
#[derive(Debug)]
pub struct Mischief {
    plans: Mutex<Plans>,
    pub died: Notify,
    pub hanging: Notify,
    pub release: Notify,
}

/// Far more than any step of a world needs: an engine that goes round for ever is caught here.
const MOST_STEPS: u64 = 200_000;

impl Mischief {
    pub fn drawn_by(chance: Chance) -> Self {
        let plans = Plans {
            chance,
            write_faults: 0,
            read_faults: 0,
            shuffles: false,
            death: None,
            hang: false,
            disturbances: 0,
            calls: 0,
            faults: 0,
            steps: 0,
            runaway: false,
        };
        Self { plans: Mutex::new(plans), died: Notify::new(), hanging: Notify::new(), release: Notify::new() }
    }

    fn plans(&self) -> MutexGuard<'_, Plans> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_faults(&self, write: u64, read: u64) {
        let mut plans = self.plans();
        plans.write_faults = write;
        plans.read_faults = read;
    }

    pub fn set_shuffles(&self, shuffles: bool) {
        self.plans().shuffles = shuffles;
    }

    /// The process dies when this moment comes for the n-th time, from 1.
    pub fn plan_death(&self, moment: Moment, nth: u32) {
        self.plans().death = Some((moment, nth));
    }

    pub fn forget_death(&self) {
        self.plans().death = None;
    }

    /// Whether the engine went round and round, and was stopped for it.
    pub fn ran_away(&self) -> bool {
        self.plans().runaway
    }

    pub fn hang_next_send(&self, hang: bool) {
        self.plans().hang = hang;
    }

    /// How often something was disturbed so that an effect may honestly happen twice.
    pub fn disturbances(&self) -> u64 {
        self.plans().disturbances
    }

    pub fn disturb(&self) {
        self.plans().disturbances += 1;
    }

    /// A call to the store or to the outside was made, and whether it went wrong.
    pub fn called(&self, wrong: bool) {
        let mut plans = self.plans();
        plans.calls += 1;
        plans.faults += u64::from(wrong);
    }

    /// How many calls were made, and how many of them went wrong.
    pub fn calls(&self) -> (u64, u64) {
        let plans = self.plans();
        (plans.calls, plans.faults)
    }

    /// Comes to a moment: goes on, or never comes back because the process is dead.
    async fn reach(&self, moment: Moment) {
        let (dies, yields) = {
            let mut plans = self.plans();
            plans.steps += 1;
            plans.runaway |= plans.steps > MOST_STEPS;
            let dies = match &mut plans.death {
                Some((planned, left)) if *planned == moment => {
                    *left -= 1;
                    *left == 0
                }
                _ => false,
            };
            let dies = dies || plans.runaway;
            if dies {
                plans.death = None;
                plans.disturbances += 1;
            }
            let yields = plans.shuffles && plans.chance.percent(40);
            (dies, yields)
        };
        if dies {
            self.died.notify_one();
            pending::<()>().await;
        }
        if yields {
            tokio::task::yield_now().await;
        }
    }

    fn fails(&self, kind: fn(&Plans) -> u64) -> Result<(), StoreError> {
        let mut plans = self.plans();
        let chances = kind(&plans);
        if chances > 0 && plans.chance.percent(chances) {
            plans.disturbances += 1;
            plans.faults += 1;
            return Err(StoreError::Unavailable { reason: "the simulation wants it so".into() });
        }
        Ok(())
    }

    pub async fn before_write(&self) -> Result<(), StoreError> {
        self.reach(Moment::BeforeWrite).await;
        self.called(false);
        self.fails(|plans| plans.write_faults)
    }

    /// `may_lose_its_answer`: whether "committed, answer lost" is a fault that this write can have.
    pub async fn after_write(&self, may_lose_its_answer: bool) -> Result<(), StoreError> {
        self.reach(Moment::AfterWrite).await;
        if may_lose_its_answer { self.fails(|plans| plans.write_faults) } else { Ok(()) }
    }

    pub fn read(&self) -> Result<(), StoreError> {
        self.called(false);
        self.fails(|plans| plans.read_faults)
    }

    pub async fn before_send(&self) {
        self.reach(Moment::BeforeSend).await;
    }

    pub async fn after_send(&self) {
        let hangs = std::mem::take(&mut self.plans().hang);
        if hangs {
            self.hanging.notify_one();
            self.release.notified().await;
        }
        self.reach(Moment::AfterSend).await;
    }
}
