//! What people order at the API for a time: silences, maintenance windows, who is on call.

use std::time::Duration;

use serde_json::{Value, json};

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
        let from = self.now() + begins_in;
        let body = json!({
            "kind": kind,
            "match": terms,
            "from": from.to_string(),
            "until": (from + lasts).to_string(),
            "by": "carol",
            "reason": WHY,
        });
        self.ordered("/api/v1/silences", &body).await
    }

    /// Somebody ends a silence or window before its time; gives the status of the answer.
    pub async fn end_silence(&mut self, silence: &str, by: &str) -> u16 {
        self.api_post(&format!("/api/v1/silences/{silence}/end"), &json!({"by": by, "reason": WHY})).await.0
    }

    /// Puts somebody on call instead of whom the schedule says, from now on; gives the order's name.
    pub async fn override_on_call(&mut self, schedule: &str, layer: &str, person: &str, lasts: Duration) -> String {
        let body = json!({
            "layer": layer,
            "person": person,
            "until": (self.now() + lasts).to_string(),
            "by": "carol",
            "reason": WHY,
        });
        self.ordered(&format!("/api/v1/oncall/{schedule}/overrides"), &body).await
    }

    /// Takes such an order back; gives the status of the answer.
    pub async fn take_override_back(&mut self, order: &str) -> u16 {
        let status = self.api_delete(&format!("/api/v1/oncall/overrides/{order}")).await;
        // One that had begun is ended, and kept; one that had not is gone.
        self.ordered.retain(|known| known != order);
        status
    }

    async fn ordered(&mut self, path: &str, body: &Value) -> String {
        let (status, answer) = self.api_post(path, body).await;
        assert_eq!(status, 201, "{answer}");
        let id = answer["id"].as_str().unwrap_or_else(|| panic!("no id in {answer}")).to_owned();
        self.ordered.push(id.clone());
        id
    }
}
