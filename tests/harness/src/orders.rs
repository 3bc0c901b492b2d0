//! What people order for a time: silences, maintenance windows, who is on call.

use std::time::Duration;

use domain::id::{OverrideId, SilenceId};
use domain::oncall::Override;
use domain::silence::{Matching, Once, Order, Reason, Silence, SilenceKind, Times};

use crate::people::WHY;
use crate::world::World;

impl World {
    /// Carol orders a silence of what matches all these terms, from now on; gives its name.
    pub async fn silence(&mut self, terms: &[&str], lasts: Duration) -> String {
        self.order("silence", terms, Duration::ZERO, lasts).await
    }

    /// The same for a maintenance window.
    pub async fn maintenance(&mut self, terms: &[&str], lasts: Duration) -> String {
        self.order("maintenance", terms, Duration::ZERO, lasts).await
    }

    /// Carol orders a silence or a maintenance window that begins after a while; gives its name.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn order(&mut self, kind: &str, terms: &[&str], begins_in: Duration, lasts: Duration) -> String {
        let at = self.engine().now();
        let from = at + begins_in;
        let order = Order {
            id: SilenceId::from_bits(self.engine().draw()),
            kind: SilenceKind::from_word(kind).unwrap(),
            matching: Matching::of_terms(terms).unwrap(),
            times: Times::Once(Once::between(from, from + lasts).unwrap()),
            reason: Reason::try_from(WHY.to_owned()).unwrap(),
            by: "carol".to_owned(),
            at,
        };
        let silence = Silence::order(order).unwrap();
        let id = silence.id.to_string();
        self.engine().keep_silence(silence).await.unwrap();
        self.work().await;
        self.ordered.push(id.clone());
        id
    }

    /// Somebody ends a silence or window before its time; gives the status of the answer.
    ///
    /// # Panics
    /// When the store would not.
    pub async fn end_silence(&mut self, silence: &str, by: &str) -> u16 {
        let reason = Reason::try_from(WHY.to_owned()).ok();
        let ended = self.engine().end_silence(silence.parse().unwrap(), by, reason).await.unwrap();
        self.work().await;
        if ended.is_some() { 200 } else { 404 }
    }

    /// Puts somebody on call instead of whom the schedule says, from now on; gives the order's name.
    ///
    /// # Panics
    /// When the store would not.
    pub async fn override_on_call(&mut self, schedule: &str, layer: &str, person: &str, lasts: Duration) -> String {
        let from = self.engine().now();
        let order = Override {
            id: OverrideId::from_bits(self.engine().draw()),
            schedule: schedule.parse().unwrap(),
            layer: layer.parse().unwrap(),
            person: person.parse().unwrap(),
            from,
            until: from + lasts,
            by: "carol".to_owned(),
            reason: Some(WHY.to_owned()),
        };
        let id = order.id.to_string();
        self.engine().keep_override(order).await.unwrap();
        self.work().await;
        self.ordered.push(id.clone());
        id
    }

    /// Takes such an order back; gives the status of the answer.
    ///
    /// # Panics
    /// When the store would not.
    pub async fn take_override_back(&mut self, order: &str) -> u16 {
        self.engine().take_back(order.parse().unwrap()).await.unwrap();
        self.work().await;
        self.ordered.retain(|known| known != order);
        200
    }
}
