//! How often failing may be told or logged: token buckets in fixed memory. Nothing that succeeds ever asks here.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use domain::time::Timestamp;

/// One bucket, as the time at which it will be full again: 20 at once, then one in a second.
#[derive(Debug, Default)]
struct Bucket(AtomicI64);

const BURST: i64 = 20;
const REFILL_MILLIS: i64 = 1_000;

impl Bucket {
    fn take(&self, now: Timestamp) -> bool {
        let now = now.millis();
        self.0
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
                // Further ahead than an empty bucket can be: the clock was set back, which must not shut anybody out.
                let ahead = full_at.saturating_sub(now);
                let full_at = if (0..=BURST * REFILL_MILLIS).contains(&ahead) { full_at } else { now };
                let then = full_at.saturating_add(REFILL_MILLIS);
                (then.saturating_sub(now) <= BURST * REFILL_MILLIS).then_some(then)
            })
            .is_ok()
    }
}

/// How many addresses have a bucket of their own; the rest share theirs with another, which costs nobody more than a 429 in place of a 401.
const BUCKETS: usize = 4096;

/// Failures to authenticate, per address.
#[derive(Debug)]
pub(crate) struct FailureLimit {
    buckets: Box<[Bucket]>,
    /// Keyed by chance, so that nobody can choose whose bucket to share.
    hasher: RandomState,
}

impl Default for FailureLimit {
    fn default() -> Self {
        Self { buckets: (0..BUCKETS).map(|_| Bucket::default()).collect(), hasher: RandomState::new() }
    }
}

/// Seconds until a bucket has a token again.
pub(crate) const RETRY_SECONDS: u32 = 1;

impl FailureLimit {
    /// Whether one more failure of this address may be answered as what it is; false means 429.
    pub(crate) fn allows(&self, address: Option<IpAddr>, now: Timestamp) -> bool {
        // Whoever has one address of IPv6 has 2^64 of them.
        let network = match address {
            Some(IpAddr::V6(address)) => Some(IpAddr::V6((address.to_bits() >> 64 << 64).into())),
            other => other,
        };
        let place = self.hasher.hash_one(network) % BUCKETS as u64;
        usize::try_from(place).ok().and_then(|place| self.buckets.get(place)).is_none_or(|bucket| bucket.take(now))
    }
}

/// Lines of one kind in the log: those beyond the quota are counted and told with the next one.
#[derive(Debug, Default)]
pub(crate) struct LineQuota {
    bucket: Bucket,
    held_back: AtomicU64,
}

impl LineQuota {
    /// Whether a line may be written, and how many were not since the last one.
    pub(crate) fn take(&self, now: Timestamp) -> Option<u64> {
        if self.bucket.take(now) {
            Some(self.held_back.swap(0, Ordering::Relaxed))
        } else {
            self.held_back.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    const ADDRESS: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

    #[test]
    fn twenty_failures_are_told_and_then_one_in_a_second() {
        let limit = FailureLimit::default();
        let told = (0..100).filter(|_| limit.allows(ADDRESS, START)).count();
        assert_eq!(told, 20);
        assert!(limit.allows(ADDRESS, START + Duration::from_secs(1)));
        assert!(!limit.allows(ADDRESS, START + Duration::from_secs(1)));
        let rested = START + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| limit.allows(ADDRESS, rested)).count(), 20);
    }

    #[test]
    fn a_clock_that_was_set_back_shuts_nobody_out() {
        let limit = FailureLimit::default();
        assert!(limit.allows(ADDRESS, START + Duration::from_secs(86_400)));
        while limit.allows(ADDRESS, START) {}
        assert!(limit.allows(ADDRESS, START + Duration::from_secs(1)));
    }

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let limit = FailureLimit::default();
        let told = (0..100_u16)
            .filter(|host| limit.allows(Some(IpAddr::from([0x2001, 0xdb8, 0, 1, *host, 0, 0, *host])), START))
            .count();
        assert_eq!(told, 20);
    }

    #[test]
    fn lines_that_were_held_back_are_counted() {
        let quota = LineQuota::default();
        assert_eq!((0..25).filter_map(|_| quota.take(START)).count(), 20);
        assert_eq!(quota.take(START + Duration::from_secs(2)), Some(5));
        assert_eq!(quota.take(START + Duration::from_secs(2)), Some(0));
    }
}
