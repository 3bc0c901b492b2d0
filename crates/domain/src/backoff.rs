//! How long to wait before a page is repeated, and before a send that failed is tried again.
//!
//! No random state: each draw is a hash of what it is drawn for, so that a decision made twice waits the same time.

use std::time::Duration;

use crate::id::derived_bits;
use crate::policy::LevelPolicy;

/// Tries of one send. With the waits below, eight come to at most four and a quarter minutes when nobody asks us to wait longer:
/// after that the receiver is not having a hiccup, it is down, and the next channel is the better bet (semantics L13, L14).
pub const MAX_TRIES: u32 = 8;

/// From a page's first try to the point where it is given up, whatever tries are left: a page that arrives later tells people what
/// they have long heard by another way. It matters when a vendor asks for long waits.
pub const PAGE_DEADLINE: Duration = Duration::from_mins(15);

/// The first wait doubles from here: shorter ones hit a vendor that is just restarting, longer ones keep people waiting.
const RETRY_BASE: Duration = Duration::from_secs(1);

/// Where doubling stops: a vendor that is back is noticed within it.
const RETRY_CAP: Duration = Duration::from_mins(5);

/// Full jitter may draw nearly nothing; a retry in the same instant meets the same trouble.
const RETRY_AT_LEAST: Duration = Duration::from_millis(100);

/// The longest wait that a receiver may ask for: a wrong `Retry-After` must not silence it for a day.
const RETRY_AFTER_CAP: Duration = Duration::from_hours(1);

/// The wait before a target's next page, after its page number `n` (from 0): `min(cooldown × 2^n, max cooldown)`, and up to a tenth more
/// (semantics L3). The seed names escalation and target; jitter only adds, so the cooldown is never cut short (semantics L4).
#[must_use]
pub fn repeat_after(level: &LevelPolicy, n: u32, jitter_seed: &[&[u8]]) -> Duration {
    let delay = doubled(level.cooldown, n).min(level.max_cooldown);
    delay.saturating_add(share(delay / 10, draw(b"repeat", n, jitter_seed)))
}

/// The wait before the next try of a send, after its try number `attempt` (from 1) failed.
///
/// Full jitter spreads the load best after errors; a throttled send gets equal jitter, because full jitter can draw many tiny waits in
/// a row, which is just what the receiver complained of. `floor` is the receiver's `Retry-After`.
#[must_use]
pub fn retry_after(attempt: u32, throttled: bool, floor: Option<Duration>, seed: &[&[u8]]) -> Duration {
    let ceiling = doubled(RETRY_BASE, attempt).min(RETRY_CAP);
    let fraction = draw(b"retry", attempt, seed);
    let drawn = if throttled {
        let half = ceiling / 2;
        half.saturating_add(share(half, fraction))
    } else {
        share(ceiling, fraction).max(RETRY_AT_LEAST)
    };
    drawn.max(floor.unwrap_or_default().min(RETRY_AFTER_CAP))
}

fn doubled(base: Duration, times: u32) -> Duration {
    let step = times.min(31);
    let grown = base.saturating_mul(1 << step);
    // Neither nothing nor the longest duration grows; so this ends after four steps.
    if step == times || grown.is_zero() || grown == Duration::MAX { grown } else { doubled(grown, times - step) }
}

/// 32 even bits for the `n`-th draw of `purpose`.
fn draw(purpose: &[u8], n: u32, seed: &[&[u8]]) -> u32 {
    let n = n.to_be_bytes();
    let mut parts: Vec<&[u8]> = Vec::with_capacity(seed.len() + 2);
    parts.extend([purpose, &n]);
    parts.extend(seed);
    // The id keeps 60 bits; the upper 32 of them.
    u32::try_from(derived_bits(&parts) >> 28).unwrap_or(u32::MAX)
}

/// `whole × fraction / 2^32`: from zero to just below `whole`.
fn share(whole: Duration, fraction: u32) -> Duration {
    // At most 2^64 seconds in nanoseconds, below 2^94, times 2^32: fits.
    let nanos = (whole.as_nanos() * u128::from(fraction)) >> 32;
    let seconds = u64::try_from(nanos / 1_000_000_000).unwrap_or(u64::MAX);
    let rest = u32::try_from(nanos % 1_000_000_000).unwrap_or(0);
    Duration::new(seconds, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::Exhausted;

    fn level(cooldown: Duration, max_cooldown: Duration) -> LevelPolicy {
        LevelPolicy {
            initial_delay: Duration::ZERO,
            cooldown,
            max_cooldown,
            ack_timeout: None,
            agent_hold: Duration::ZERO,
            exhausted: Exhausted::WhenDelivered,
            quiet_resolve: None,
            reopen_window: Duration::ZERO,
            next_channel_after: Duration::ZERO,
            until_answered: false,
            max_pages: None,
            fallback: None,
            response: None,
            ladder: Vec::new(),
        }
    }

    #[test]
    fn repeats_of_a_critical_wait_5_10_20_40_and_then_60_minutes() {
        let critical = level(Duration::from_mins(5), Duration::from_hours(1));
        for (n, minutes) in [(0, 5), (1, 10), (2, 20), (3, 40), (4, 60), (5, 60), (31, 60), (32, 60), (u32::MAX, 60)] {
            let base = Duration::from_mins(minutes);
            let wait = repeat_after(&critical, n, &[b"esc", b"alice"]);
            assert!(wait >= base && wait <= base + base / 10, "{n}: {wait:?}");
        }
    }

    #[test]
    fn the_same_repeat_always_waits_the_same_and_others_wait_differently() {
        let critical = level(Duration::from_mins(5), Duration::from_hours(1));
        let wait = |n, target: &[u8]| repeat_after(&critical, n, &[b"esc", target]);
        assert_eq!(wait(0, b"alice"), wait(0, b"alice"));
        assert_ne!(wait(0, b"alice"), wait(0, b"bob"));
        assert_ne!(wait(4, b"alice"), wait(5, b"alice"));
    }

    #[test]
    fn doubling_goes_on_beyond_what_one_shift_can_do() {
        let (base, max) = (Duration::from_millis(1), Duration::from_millis(1 << 50));
        for n in [31, 32, 40] {
            let least = Duration::from_millis(1 << n);
            let wait = repeat_after(&level(base, max), n, &[b"esc"]);
            assert!(wait >= least && wait <= least + least / 10, "{n}: {wait:?}");
        }
    }

    #[test]
    fn jitter_uses_the_whole_tenth() {
        let hourly = level(Duration::from_hours(1), Duration::from_hours(1));
        let extra: Vec<u64> =
            (0..200_u32).map(|seed| repeat_after(&hourly, 0, &[&seed.to_be_bytes()]).as_secs() - 3_600).collect();
        assert!(extra.iter().any(|seconds| *seconds < 36) && extra.iter().any(|seconds| *seconds > 324), "{extra:?}");
    }

    #[test]
    fn all_tries_of_a_send_fit_into_the_page_deadline() {
        let total: Duration = (1..MAX_TRIES).map(|attempt| doubled(RETRY_BASE, attempt).min(RETRY_CAP)).sum();
        assert!(total < PAGE_DEADLINE, "{total:?}");
    }

    #[test]
    fn a_receiver_may_ask_for_an_hour_but_not_for_a_day() {
        let day = Some(Duration::from_hours(24));
        assert_eq!(retry_after(1, true, day, &[]), Duration::from_hours(1));
        assert_eq!(retry_after(1, false, Some(Duration::from_secs(90)), &[]), Duration::from_secs(90));
    }

    proptest! {
        #[test]
        fn a_repeat_is_never_early_and_at_most_a_tenth_late(
            cooldown in 0_u64..=u64::MAX / 4, max in 0_u64..=u64::MAX / 4, n in 0_u32..70, seed: [u8; 8],
        ) {
            let level = level(Duration::from_millis(cooldown), Duration::from_millis(max));
            let d = if n < 64 {
                (u128::from(cooldown) << n).min(u128::from(max))
            } else if cooldown == 0 { 0 } else { u128::from(max) };
            let wait = repeat_after(&level, n, &[&seed]).as_nanos();
            prop_assert!(wait >= d * 1_000_000);
            prop_assert!(wait * 10 <= d * 11_000_000);
        }

        #[test]
        fn a_try_waits_within_its_bounds(attempt: u32, throttled: bool, floor in proptest::option::of(0_u64..10_000), seed: [u8; 8]) {
            let wait = retry_after(attempt, throttled, floor.map(Duration::from_secs), &[&seed]);
            prop_assert!(wait >= Duration::from_millis(100));
            prop_assert!(wait >= Duration::from_secs(floor.unwrap_or(0).min(3_600)));
            prop_assert!(wait <= Duration::from_secs(300.max(floor.unwrap_or(0).min(3_600))));
            if throttled && attempt > 0 {
                prop_assert!(wait >= Duration::from_secs(1));
            }
        }
    }
}
