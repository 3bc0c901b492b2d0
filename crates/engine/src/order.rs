//! What people order for a time: silences, maintenance windows, and who is on call instead of whom. Orders stand in the store; what decisions
//! see of them is kept in memory by their revision, and read anew when that is another one.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::command::Command;
use domain::id::{OverrideId, SilenceId};
use domain::oncall::Override;
use domain::silence::{Ended, Reason, Silence};
use domain::standing::Standing;
use domain::time::Timestamp;
use store::contract::Store;
use store::error::StoreError;
use store::record::StandingOrder;

use crate::commit::Job;
use crate::inside::Inside;
use crate::workspace::Workspace;

/// How long an order that is over is still shown, and still known by whom it held.
const SHOWN: Duration = Duration::from_hours(30 * 24);

/// The standing orders as decisions see them.
#[derive(Default)]
pub(crate) struct Orders {
    held: RwLock<(Option<u64>, Arc<Standing>)>,
}

impl Orders {
    /// The orders in memory with their revision; none before the first were read.
    pub(crate) fn held(&self) -> (Option<u64>, Arc<Standing>) {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn load(&self, store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
        let (revision, standing) = store.standing(now - SHOWN).await?;
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = (Some(revision), Arc::new(standing));
        Ok(())
    }
}

/// Orders to be kept, all or none, or one to be taken back.
pub(crate) enum Order {
    Keep(Vec<StandingOrder>),
    TakeBack(OverrideId),
}

impl Order {
    pub(crate) fn decide(&self, workspace: &mut Workspace<'_>) {
        match self {
            Self::Keep(orders) => workspace.changes.standing.extend_from_slice(orders),
            Self::TakeBack(id) => workspace.changes.withdrawn.push(*id),
        }
    }
}

impl Inside {
    /// Everything that stands, will, or was over not long ago, as the store has it now.
    pub(crate) async fn standing(&self) -> Result<Arc<Standing>, StoreError> {
        self.orders.load(&*self.ports.store, self.now()).await?;
        Ok(self.orders.held().1)
    }

    /// Keeps a silence or window, and lets it take effect on what lives.
    pub(crate) async fn keep_silence(&self, silence: Silence) -> Result<(), StoreError> {
        let now = self.now();
        let holds_now = silence.period(now).is_some() || silence.ended.is_some();
        let ends_at = ends_at(&silence);
        self.keep(Order::Keep(vec![StandingOrder::Silence { silence: Box::new(silence), ends_at }])).await?;
        // One that begins later is heeded by each incident with its next step.
        if holds_now { self.each_live(&Command::HeedStanding).await } else { Ok(()) }
    }

    /// Ends a silence or window now; `None` when there is none of this name, or it is over. Ended twice, it lets go of what an end that was
    /// cut short still left held.
    pub(crate) async fn end_silence(
        &self,
        id: SilenceId,
        by: &str,
        reason: Option<Reason>,
    ) -> Result<Option<Silence>, StoreError> {
        let now = self.now();
        let standing = self.standing().await?;
        let policy = self.policies.current().policy;
        let known = standing.silences.iter().chain(&policy.silences).find(|silence| silence.id == id);
        let Some(silence) = known else { return Ok(None) };
        if silence.is_over(now) {
            self.each_live(&Command::HeedStanding).await?;
            return Ok(None);
        }
        let ended = silence.clone().ended(Ended { at: now, by: by.to_owned(), reason });
        self.keep_silence(ended.clone()).await?;
        Ok(Some(ended))
    }

    pub(crate) async fn keep_override(&self, order: Override) -> Result<(), StoreError> {
        self.keep_overrides(vec![order]).await
    }

    pub(crate) async fn keep_overrides(&self, orders: Vec<Override>) -> Result<(), StoreError> {
        self.keep(Order::Keep(orders.into_iter().map(StandingOrder::Override).collect())).await
    }

    pub(crate) async fn take_back(&self, id: OverrideId) -> Result<(), StoreError> {
        self.keep(Order::TakeBack(id)).await
    }

    async fn keep(&self, order: Order) -> Result<(), StoreError> {
        self.submit(Job::Order(Box::new(order)), None).await.map(drop)
    }
}

/// When an order is over for good; `None` for what recurs without an end, and for one of the policy: that somebody ended it is to be known for as long
/// as the policy has it.
fn ends_at(silence: &Silence) -> Option<Timestamp> {
    if silence.name.is_some() {
        return None;
    }
    silence.ended.as_ref().map(|ended| ended.at).or_else(|| silence.times.ends_at())
}
