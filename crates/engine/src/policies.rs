//! The policies that incidents are pinned to (semantics L15), by hash: the current one and those of incidents that started before it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use domain::policy::{Policy, PolicyHash};
use domain::time::Timestamp;
use store::contract::Store;
use store::error::StoreError;

/// The policy that incidents start with, and its text.
#[derive(Debug, Clone)]
pub struct CurrentPolicy {
    /// The policy.
    pub policy: Arc<Policy>,
    /// Its text, as it was written.
    pub text: Arc<str>,
}

pub(crate) struct Policies {
    held: RwLock<Held>,
}

struct Held {
    current: CurrentPolicy,
    /// Whether the store holds the current one's text: nothing is decided before, so that no incident is pinned to a policy that is lost.
    kept: bool,
    pinned: BTreeMap<PolicyHash, Arc<Policy>>,
}

impl Policies {
    /// The current policy is not in the store yet.
    pub(crate) fn with_current(policy: Arc<Policy>, text: Arc<str>) -> Self {
        let current = CurrentPolicy { policy, text };
        Self { held: RwLock::new(Held { current, kept: false, pinned: BTreeMap::new() }) }
    }

    fn read<T>(&self, read: impl FnOnce(&Held) -> T) -> T {
        read(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, write: impl FnOnce(&mut Held)) {
        write(&mut self.held.write().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn current(&self) -> CurrentPolicy {
        self.read(|held| held.current.clone())
    }

    /// The policy with this hash, if it is in memory.
    pub(crate) fn find(&self, hash: &PolicyHash) -> Option<Arc<Policy>> {
        self.read(|held| {
            if *hash == held.current.policy.hash {
                return Some(Arc::clone(&held.current.policy));
            }
            held.pinned.get(hash).cloned()
        })
    }

    /// Keeps the current policy's text in the store, unless that was done.
    pub(crate) async fn keep(&self, store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
        let Some(current) = self.read(|held| (!held.kept).then(|| held.current.clone())) else { return Ok(()) };
        store.keep_policy(&current.policy.hash, &current.text, now).await?;
        self.write(|held| held.kept |= held.current.policy.hash == current.policy.hash);
        Ok(())
    }

    /// Another policy for what opens from now on; its text is in the store before the first decision can use it.
    pub(crate) async fn replace(
        &self,
        current: CurrentPolicy,
        store: &dyn Store,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        store.keep_policy(&current.policy.hash, &current.text, now).await?;
        self.write(|held| {
            let before = std::mem::replace(&mut held.current, current).policy;
            held.pinned.insert(before.hash.clone(), before);
            held.kept = true;
        });
        Ok(())
    }

    /// Brings policies into memory. One that is gone, or that this version cannot read, is replaced by the current one: people must be
    /// paged by some ladder.
    pub(crate) async fn load(&self, store: &dyn Store, missing: BTreeSet<PolicyHash>) -> Result<(), StoreError> {
        for hash in missing {
            let policy = match store.policy(&hash).await?.map(|text| read(&text)) {
                Some(Ok(policy)) => Arc::new(policy),
                Some(Err(reason)) => {
                    tracing::error!(policy = %hash.0, ?reason, "a pinned policy cannot be read: the current one stands in");
                    self.current().policy
                }
                None => {
                    tracing::error!(policy = %hash.0, "a pinned policy is gone: the current one stands in");
                    self.current().policy
                }
            };
            self.write(|held| {
                held.pinned.insert(hash, policy);
            });
        }
        Ok(())
    }
}

fn read(text: &str) -> Result<Policy, String> {
    domain::policy::file::parse(text).map_err(|mistakes| format!("{mistakes:?}"))
}
