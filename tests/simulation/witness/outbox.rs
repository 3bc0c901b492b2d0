//! Everything that was ever planned, with what became of it: claimed, sent, ended, called back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::decision::{Bundled, Planned, Work};
use domain::id::{BundleId, IncidentId, Name, TaskId};
use store::contract::Changes;
use store::record::TaskEnd;

/// How one send ended, as the receiver knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Taken,
    Throttled(Option<Duration>),
    /// May be tried again.
    Again,
    /// Final.
    Refused,
}

/// One piece of planned work.
pub struct Effect {
    pub incident: IncidentId,
    pub is_page: bool,
    lane: Name,
    bundle: Option<Bundled>,
    /// True time, in milliseconds.
    not_before: Option<u64>,
    /// Why no page may leave, if it was claimed while that was so.
    claimed_while: Option<String>,
    claims: u32,
    /// The engines that claimed it since its last end was saved: two, where the first lost its lease.
    in_hands_of: BTreeSet<u64>,
    end: Option<End>,
    last: Option<Try>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// It was done, dropped, or given up.
    Saved,
    /// Called back while it waited, or was under way (semantics L10).
    CalledBack,
}

struct Try {
    at: u64,
    ending: Ending,
    disturbances: u64,
}

/// A request as it left.
pub struct Send<'a> {
    pub key: &'a str,
    pub lane: &'a str,
    pub engine: u64,
    pub ending: Ending,
    /// The incidents that a bulletin lists.
    pub listed: &'a BTreeSet<String>,
    pub at: u64,
    pub disturbances: u64,
}

#[derive(Default)]
pub struct Outbox {
    effects: BTreeMap<String, Effect>,
    keys: BTreeMap<TaskId, String>,
}

impl Outbox {
    /// Nothing that was measured before compares with anything after.
    pub fn forget_times(&mut self) {
        for effect in self.effects.values_mut() {
            effect.not_before = None;
        }
    }

    pub fn planned(&mut self, incident: IncidentId, planned: &Planned, not_before: Option<u64>) -> Option<String> {
        let work = &planned.work;
        let key = work.dedup_key(incident);
        let effect = Effect {
            incident,
            is_page: matches!(work, Work::Page(_)),
            lane: work.lane().clone(),
            bundle: work.bundle(),
            not_before,
            claimed_while: None,
            claims: 0,
            in_hands_of: BTreeSet::new(),
            end: None,
            last: None,
        };
        let again = self.effects.insert(key.clone(), effect).is_some();
        again.then(|| format!("{incident}: two effects share the key {key}"))
    }

    /// `forbidden` says why a page of it must not be begun now.
    pub fn claimed(&mut self, task: TaskId, key: &str, forbidden: Option<String>) -> Option<String> {
        self.keys.insert(task, key.to_owned());
        let effect = self.effects.get_mut(key)?;
        effect.claims += 1;
        effect.claimed_while = forbidden;
        effect.end.is_some().then(|| format!("{}: {key} was claimed after its end", effect.incident))
    }

    pub fn took(&mut self, task: TaskId, engine: u64) {
        if let Some(effect) = self.keys.get(&task).and_then(|key| self.effects.get_mut(key)) {
            effect.in_hands_of.insert(engine);
        }
    }

    /// Ends of tasks, and pages that were called back. Each task ends once.
    pub fn ended(&mut self, changes: &Changes) -> Vec<String> {
        let mut broken = Vec::new();
        for end in &changes.finished {
            let Some(effect) = self.keys.get(&end.task).and_then(|key| self.effects.get_mut(key)) else { continue };
            effect.in_hands_of.clear();
            if !matches!(end.end, TaskEnd::Retry { .. }) && effect.end.replace(End::Saved).is_some() {
                broken.push(format!("{}: {} ended twice", effect.incident, end.task));
            }
        }
        for incident in &changes.cancel_pages {
            let open = |effect: &&mut Effect| effect.incident == *incident && effect.is_page && effect.end.is_none();
            self.effects.values_mut().filter(open).for_each(|effect| effect.end = Some(End::CalledBack));
        }
        broken
    }

    pub fn sent(&mut self, send: &Send<'_>) -> Vec<String> {
        let mut broken = Vec::new();
        if !send.key.starts_with(BundleId::PREFIX) {
            match self.effects.get_mut(send.key) {
                Some(effect) => effect.tried(send, send.key, &mut broken),
                None => broken.push(format!("{} was sent, and nobody decided it", send.key)),
            }
            return broken;
        }
        let bundle = send.key.get(..BundleId::PREFIX.len() + 12).unwrap_or_default();
        // Each engine lists what it claimed itself.
        let belongs = |effect: &Effect| {
            effect.bundle.is_some_and(|part| part.id.to_string() == bundle)
                && effect.lane.as_str() == send.lane
                && effect.in_hands_of.contains(&send.engine)
                && send.listed.contains(&effect.incident.to_string())
        };
        // Who is listed for their news is not paged by it: a page of theirs that must not leave was left out.
        let allowed = |effect: &&Effect| belongs(effect) && !(effect.is_page && effect.claimed_while.is_some());
        let parts: BTreeSet<IncidentId> = self.effects.values().filter(allowed).map(|effect| effect.incident).collect();
        let mut listed: BTreeSet<String> = BTreeSet::new();
        for (key, effect) in self.effects.iter_mut().filter(|(_, effect)| belongs(effect)) {
            listed.insert(effect.incident.to_string());
            if allowed(&&*effect) || !parts.contains(&effect.incident) {
                effect.tried(send, key, &mut broken);
            }
        }
        if let Some(stranger) = send.listed.iter().find(|incident| !listed.contains(*incident)) {
            broken.push(format!("{} lists {stranger}, of which nothing was claimed for it", send.key));
        }
        broken
    }

    /// What never came to an end.
    pub fn open(&self) -> impl Iterator<Item = &str> {
        self.effects.iter().filter(|(_, effect)| effect.end.is_none()).map(|(key, _)| key.as_str())
    }

    /// Every bundle that anything was ever planned for.
    pub fn bundles(&self) -> BTreeSet<BundleId> {
        self.effects.values().filter_map(|effect| effect.bundle).map(|bundle| bundle.id).collect()
    }
}

impl Effect {
    fn tried(&mut self, send: &Send<'_>, key: &str, broken: &mut Vec<String>) {
        let (whose, at) = (self.incident, send.at);
        if self.claims == 0 {
            broken.push(format!("{whose}: {key} was sent without being claimed"));
        }
        if let Some(early) = self.not_before.filter(|not_before| at < *not_before) {
            broken.push(format!("{whose}: {key} was sent {} ms early", early - at));
        }
        if let (true, Some(why)) = (self.is_page, &self.claimed_while) {
            broken.push(format!("{whose}: the page {key} was begun while the incident was {why} (L10)"));
        }
        if self.end == Some(End::Saved) {
            broken.push(format!("{whose}: {key} was sent again after its end was saved"));
        }
        if let Some(last) = &self.last {
            let calm = last.disturbances == send.disturbances;
            match last.ending {
                Ending::Taken | Ending::Refused if calm => broken.push(format!(
                    "{whose}: {key} was sent again although it was answered, and nothing was disturbed since"
                )),
                Ending::Throttled(Some(wait)) if calm => {
                    let floor = last.at + u64::try_from(wait.as_millis()).unwrap_or(0);
                    if at < floor {
                        broken.push(format!("{whose}: {key} was sent {} ms before Retry-After", floor - at));
                    }
                }
                _ => {}
            }
        }
        self.last = Some(Try { at, ending: send.ending, disturbances: send.disturbances });
    }
}
