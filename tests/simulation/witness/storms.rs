//! What each channel was asked for: never more than five first pages singly in five minutes, bundles that leave in time and never mix
//! (semantics L12).

use std::collections::{BTreeMap, VecDeque};

use domain::attention::{BundleKind, OpenBundle};
use domain::id::{BundleId, Name};

const SINGLY: usize = 5;
const IN: u64 = 5 * 60_000;

#[derive(Default)]
pub struct Storms {
    /// True times of first pages that went singly.
    singly: BTreeMap<Name, VecDeque<u64>>,
    bundles: BTreeMap<BundleId, Gathering>,
}

struct Gathering {
    channel: Name,
    kind: BundleKind,
    /// When its first page was decided.
    since: u64,
}

impl Storms {
    pub fn forget_times(&mut self) {
        self.singly.clear();
        self.bundles.clear();
    }

    /// A bundle is named after when it leaves: times of the wall that come again may name another one (docs/semantics.md C2).
    pub fn clock_moved(&mut self) {
        self.bundles.clear();
    }

    /// A page that is no repeat, and rings at once.
    pub fn rings(&mut self, channel: &Name, now: u64) -> Option<String> {
        let lately = self.singly.entry(channel.clone()).or_default();
        lately.push_back(now);
        while lately.front().is_some_and(|at| *at + IN <= now) {
            lately.pop_front();
        }
        (lately.len() > SINGLY)
            .then(|| format!("{channel} was rung {} times singly in five minutes (L12)", lately.len()))
    }

    /// A page that goes with others; `leaves` is when, in true time.
    pub fn gathers(
        &mut self,
        channel: &Name,
        bundle: &OpenBundle,
        critical: bool,
        now: u64,
        leaves: u64,
    ) -> Vec<String> {
        let mut broken = Vec::new();
        let new = Gathering { channel: channel.clone(), kind: bundle.kind, since: now };
        let known = self.bundles.entry(bundle.id).or_insert(new);
        if known.channel != *channel || known.kind != bundle.kind {
            broken.push(format!("{} is for {channel} and for {} (L12)", bundle.id, known.channel));
        }
        let most = match bundle.kind {
            BundleKind::Critical => 20_000,
            BundleKind::Storm => 60_000,
            BundleKind::Digest | BundleKind::Summary | BundleKind::Silence => return broken,
        };
        if critical != (bundle.kind == BundleKind::Critical) {
            broken.push(format!("{} mixes critical with lower (L12)", bundle.id));
        }
        if leaves > known.since + most {
            broken.push(format!("{} leaves {} ms after its first page (L12)", bundle.id, leaves - known.since));
        }
        broken
    }
}
