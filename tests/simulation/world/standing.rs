//! What people order for a time: silences, maintenance windows, who is on call instead of whom.

use domain::id::{OverrideId, SilenceId};
use domain::oncall::Override;
use domain::silence::{Days, Matching, Once, Order, Plan, Recurring, Silence, SilenceKind, Times};
use jiff::ToSpan as _;

use super::*;
use crate::orders::{MATCHES, UNTIL_IT_GETS_WORSE};

impl World {
    pub(super) async fn somebody_orders(&mut self) {
        match self.chance.below(10) {
            0..5 => self.somebody_silences().await,
            5 | 6 => self.somebody_ends_a_silence().await,
            7 | 8 => self.somebody_stands_in().await,
            _ => self.somebody_takes_back().await,
        }
        if self.is_up() && self.chance.percent(60) {
            self.drain().await;
        }
    }

    async fn somebody_silences(&mut self) {
        let now = self.engines[0].now();
        let kind = *self.chance.pick(&[SilenceKind::Silence, SilenceKind::Silence, SilenceKind::Maintenance]);
        let text =
            if self.chance.percent(25) { *self.chance.pick(&UNTIL_IT_GETS_WORSE) } else { *self.chance.pick(&MATCHES) };
        let matching = Matching::parse(text).expect("a sound condition");
        let times = if self.chance.percent(75) { self.once(now) } else { self.again_and_again(now) };
        let id = SilenceId::from_bits(self.engines[0].draw());
        let reason = "works".to_owned().try_into().expect("a reason");
        let order = Order { id, kind, matching, times, reason, by: "ada".to_owned(), at: now };
        let silence = match Silence::order(order) {
            Ok(silence) => silence,
            Err(error) => return self.witness.note(&format!("no silence: {error}")),
        };
        self.witness.note(&format!("ada orders {id}: {kind} {} {}", silence.matching.text(), silence.describe()));
        let once = matches!(silence.times, Times::Once(_));
        let engine = self.engines[0].clone();
        let Some(kept) = self.unless_it_dies(engine.keep_silence(silence)).await else { return };
        if kept.is_ok() {
            self.witness.book().saw(match (kind, once) {
                (SilenceKind::Silence, true) => "silence ordered",
                (SilenceKind::Silence, false) => "recurring silence ordered",
                (SilenceKind::Maintenance, true) => "window ordered",
                (SilenceKind::Maintenance, false) => "recurring window ordered",
            });
        }
        self.witness.note(&format!("  {kept:?}"));
        if UNTIL_IT_GETS_WORSE.contains(&text) && self.chance.percent(85) && self.drain().await {
            let message = self.sentry.gets_worse(self.sentrys_time());
            self.hear(vec![message]).await;
        }
    }

    /// From now on, from before, or from some later time.
    fn once(&mut self, now: Timestamp) -> Times {
        let wait = Duration::from_secs(*self.chance.pick(&[0, 0, 0, 30, 600, 3_600]));
        let lasts = Duration::from_secs(*self.chance.pick(&[120, 600, 1_800, 7_200, 28_800]));
        let from = if self.chance.percent(15) { now - Duration::from_secs(600) } else { now + wait };
        Times::Once(Once::between(from, now + wait + lasts).expect("an end after its beginning"))
    }

    /// Every day, or on some: soon, or at an hour that a change of the clocks leaves out or repeats.
    fn again_and_again(&mut self, now: Timestamp) -> Times {
        let zone = self.house.zone;
        let instant = jiff::Timestamp::from_millisecond(now.millis()).expect("a moment of the calendar");
        let shown = instant.in_tz(zone).expect("a known zone").datetime();
        let soon = shown.saturating_add(20.minutes()).time();
        let from = match self.chance.below(3) {
            0 => jiff::civil::time(2, 30, 0, 0),
            1 => jiff::civil::time(1, 30, 0, 0),
            _ => jiff::civil::time(soon.hour(), soon.minute(), 0, 0),
        };
        let days = if self.chance.percent(60) { Days::EVERY } else { Days::of([shown.weekday()]).expect("a day") };
        let lasts = Duration::from_secs(*self.chance.pick(&[1_800, 3_600, 14_400]));
        let last_day = Some(shown.date().saturating_add(10.days()));
        let plan = Plan { days, from, lasts, zone: zone.to_owned(), first_day: None, last_day };
        Times::Recurring(Recurring::try_from(plan).expect("a sound plan"))
    }

    async fn somebody_ends_a_silence(&mut self) {
        let mut known: Vec<SilenceId> = self.witness.book().orders.known().collect();
        known.extend(self.engines[0].current_policy().policy.silences.iter().map(|silence| silence.id));
        if known.is_empty() {
            return;
        }
        let id = *self.chance.pick(&known);
        self.witness.note(&format!("ada ends {id}"));
        let engine = self.engines[0].clone();
        let Some(ended) = self.unless_it_dies(engine.end_silence(id, "ada", None)).await else { return };
        if ended.as_ref().is_ok_and(Option::is_some) {
            self.witness.book().saw("silence ended early");
        }
        self.witness.note(&format!("  {:?}", ended.map(|ended| ended.is_some())));
    }

    async fn somebody_stands_in(&mut self) {
        let now = self.engines[0].now();
        let person = crate::house::name(&format!("c{}", self.chance.below(self.house.contacts)));
        let layer = *self.chance.pick(&["primary", "night"]);
        let layer = crate::house::name(layer);
        let from = now + Duration::from_secs(self.chance.between(0, 3_600));
        let until = from + Duration::from_secs(self.chance.between(600, 40_000));
        let id = OverrideId::from_bits(self.engines[0].draw());
        self.witness.note(&format!("{person} stands in at {layer} from {from} to {until}"));
        let (schedule, by) = (crate::house::name("web"), "ada".to_owned());
        let order = Override { id, schedule, layer, person, from, until, by, reason: None };
        let engine = self.engines[0].clone();
        let Some(kept) = self.unless_it_dies(engine.keep_override(order)).await else { return };
        if kept.is_ok() {
            self.witness.book().saw("override");
            self.overrides.push(id);
        }
    }

    async fn somebody_takes_back(&mut self) {
        let Some(id) = self.overrides.pop() else { return };
        self.witness.note(&format!("ada takes {id} back"));
        let engine = self.engines[0].clone();
        self.unless_it_dies(engine.take_back(id)).await;
    }

    /// Another policy is the current one from now on, without a stop.
    pub(super) async fn another_policy(&mut self) {
        self.policy += 1;
        let (text, policy) = self.house.policy(self.policy);
        self.witness.note("the policy is read anew");
        for engine in self.engines.clone() {
            let (text, policy) = (Arc::clone(&text), Arc::clone(&policy));
            if self.unless_it_dies(engine.reload_policy(policy, text)).await.is_none() {
                return;
            }
        }
    }
}
