//! The policies that incidents are pinned to (semantics L15), by hash: the current one and those of incidents that started before it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use domain::policy::{Policy, PolicyHash};
use store::contract::Store;
use store::error::StoreError;

pub(crate) struct Policies {
    current: Arc<Policy>,
    pinned: RwLock<BTreeMap<PolicyHash, Arc<Policy>>>,
}

impl Policies {
    pub(crate) fn with_current(current: Arc<Policy>) -> Self {
        Self { current, pinned: RwLock::default() }
    }

    pub(crate) fn current(&self) -> &Arc<Policy> {
        &self.current
    }

    /// The policy with this hash, if it is in memory.
    pub(crate) fn find(&self, hash: &PolicyHash) -> Option<Arc<Policy>> {
        if *hash == self.current.hash {
            return Some(Arc::clone(&self.current));
        }
        self.pinned.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    /// Brings policies into memory. One that is gone, or that this version cannot read, is replaced by the current one: people must be
    /// paged by some ladder.
    pub(crate) async fn load(&self, store: &dyn Store, missing: BTreeSet<PolicyHash>) -> Result<(), StoreError> {
        for hash in missing {
            let policy = match store.policy(&hash).await?.map(|text| read(&text)) {
                Some(Ok(policy)) => Arc::new(policy),
                Some(Err(reason)) => {
                    tracing::error!(policy = %hash.0, ?reason, "a pinned policy cannot be read: the current one stands in");
                    Arc::clone(&self.current)
                }
                None => {
                    tracing::error!(policy = %hash.0, "a pinned policy is gone: the current one stands in");
                    Arc::clone(&self.current)
                }
            };
            self.pinned.write().unwrap_or_else(PoisonError::into_inner).insert(hash, policy);
        }
        Ok(())
    }
}

fn read(text: &str) -> Result<Policy, String> {
    domain::policy::file::parse(text).map_err(|mistakes| format!("{mistakes:?}"))
}
