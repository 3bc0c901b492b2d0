//! People at the API: what they do to incidents.

use serde_json::{Value, json};

use crate::world::World;

/// Why the people of a story do things, where the story itself does not say.
pub(crate) const WHY: &str = "as the story wants it";

impl World {
    /// A person acknowledges; gives the status of the answer.
    pub async fn ack(&mut self, incident: &str, by: &str) -> u16 {
        self.act(incident, "ack", json!({"by": by})).await.0
    }

    /// A person resolves; gives the status of the answer.
    pub async fn resolve(&mut self, incident: &str, by: &str) -> u16 {
        self.act(incident, "resolve", json!({"by": by})).await.0
    }

    /// A person puts it off until what `ends` says, as the API takes it: `{"for": "2h"}`, `{"rate": 10}`, `{"next_release": true}`, …; gives the
    /// status of the answer.
    ///
    /// # Panics
    /// When `ends` is no object.
    pub async fn snooze(&mut self, incident: &str, by: &str, ends: Value) -> u16 {
        let mut body = ends;
        body["by"] = by.into();
        body["reason"] = WHY.into();
        self.act(incident, "snooze", body).await.0
    }

    /// A person takes up again what is over; gives the status of the answer.
    pub async fn reopen(&mut self, incident: &str, by: &str) -> u16 {
        self.act(incident, "reopen", json!({"by": by, "reason": WHY})).await.0
    }

    /// A person takes a resolve back; gives the status of the answer.
    pub async fn undo(&mut self, incident: &str, by: &str) -> u16 {
        self.act(incident, "undo", json!({"by": by, "reason": WHY})).await.0
    }

    /// A person says what it is worth; gives the status of the answer.
    pub async fn label(&mut self, incident: &str, by: &str, priority: &str) -> u16 {
        self.act(incident, "priority", json!({"by": by, "priority": priority, "reason": WHY})).await.0
    }

    /// A person moves it to the current policy; gives the status of the answer.
    pub async fn rebase(&mut self, incident: &str, by: &str) -> u16 {
        self.act(incident, "rebase", json!({"by": by, "reason": WHY})).await.0
    }

    /// What a move to the current policy would change.
    pub async fn rebase_preview(&mut self, incident: &str, by: &str) -> Value {
        self.act(incident, "rebase", json!({"by": by, "dry_run": true})).await.1
    }

    /// Somebody starts a drill of a level; gives its incident.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn drill(&mut self, level: &str, by: &str) -> String {
        let (status, answer) = self.api_post("/api/v1/drills", &json!({"level": level, "by": by, "reason": WHY})).await;
        assert_eq!(status, 201, "{answer}");
        let incident = answer["incident"]["id"].as_str().or_else(|| answer["incident"].as_str());
        incident.unwrap_or_else(|| panic!("no incident in {answer}")).to_owned()
    }

    /// A person acknowledges what a bundle listed; gives the answer with its status.
    pub async fn ack_bundle(&mut self, bundle: &str, by: &str) -> (u16, Value) {
        self.api_post(&format!("/api/v1/bundles/{bundle}/ack"), &json!({"by": by, "reason": WHY})).await
    }

    /// What somebody looks at who looks at the incident now: the `saw` of a button that is drawn now (semantics L9).
    pub async fn saw(&self, incident: &str) -> Value {
        let kept = self.kept(incident).await;
        json!({"opening": kept.opening, "escalation": kept.escalations})
    }

    /// A person presses a button that was drawn for `saw`; gives the answer with its status.
    pub async fn press(&mut self, incident: &str, button: &str, by: &str, saw: &Value) -> (u16, Value) {
        let mut body = json!({"by": by, "saw": saw});
        if button == "snooze" {
            body["for"] = "1h".into();
        }
        self.act(incident, button, body).await
    }

    /// Something done to an incident: `ack`, `snooze`, `resolve`, … with the whole body; gives the answer with its status.
    pub async fn act(&mut self, incident: &str, act: &str, body: Value) -> (u16, Value) {
        self.api_post(&format!("/api/v1/incidents/{incident}/{act}"), &body).await
    }
}
