//! Those who are not Sentry: receivers and how they answer, agents that call back, and whoever looks at the API.

use bytes::Bytes;
use domain::id::IncidentId;
use domain::incident::Incident;
use http_body_util::Full;
use integrations::standard_webhooks::{ID, SIGNATURE, SigningKey, TIMESTAMP, sign};
use serde_json::Value;

use crate::recorder::Reply;
use crate::setting::KEY;
use crate::world::{Shown, TOKEN, World};

impl World {
    /// The next requests to a notifier or agent are answered so, one after another.
    pub fn next_replies(&mut self, to: &str, replies: impl IntoIterator<Item = Reply>) {
        self.recorder.script(to, replies);
    }

    /// Every request to a notifier or agent is answered so from now on.
    pub fn always_replies(&mut self, to: &str, reply: Reply) {
        self.recorder.always(to, reply);
    }

    /// Receivers that did not answer do so now.
    pub async fn let_go(&mut self) {
        self.recorder.let_go();
        self.work().await;
    }

    /// What an agent says of its run from now on when it is asked: `running`, `needs_input`, `succeeded`, `failed`.
    pub fn agent_says(&mut self, agent: &str, status: &str) {
        self.recorder.agent_says(agent, serde_json::json!({"status": status}));
    }

    /// `fixer` calls back about a run, signed; gives the status of the answer.
    pub async fn agent_calls_back(&mut self, run: &str, status: &str) -> u16 {
        let body = serde_json::json!({"status": status, "dispatch_id": run}).to_string();
        let seconds = self.now().millis() / 1_000;
        let id = format!("msg-{run}-{status}");
        let signature = sign(&[SigningKey::parse(KEY).unwrap()], &id, seconds, body.as_bytes());
        let request = http::Request::post(format!("/api/callbacks/agent/{run}"))
            .header(ID, id)
            .header(TIMESTAMP, seconds.to_string())
            .header(SIGNATURE, signature)
            .body(Full::from(body))
            .unwrap();
        let status = self.call(request).await.0;
        self.work().await;
        status
    }

    /// POST to the API with the admin token.
    ///
    /// # Panics
    /// While the service is switched off.
    pub async fn api_post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let request = http::Request::post(path)
            .header(http::header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(Full::from(body.to_string()))
            .unwrap();
        let (status, bytes) = self.call(request).await;
        self.work().await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// DELETE with the admin token; the status.
    ///
    /// # Panics
    /// While the service is switched off.
    pub async fn api_delete(&mut self, path: &str) -> u16 {
        let request = http::Request::delete(path)
            .header(http::header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .body(Full::<Bytes>::default())
            .unwrap();
        let (status, _) = self.call(request).await;
        self.work().await;
        status
    }

    /// GET with the admin token; the status and the bytes.
    ///
    /// # Panics
    /// While the service is switched off.
    pub async fn get(&self, path: &str) -> (u16, Bytes) {
        let request = http::Request::get(path)
            .header(http::header::AUTHORIZATION, format!("Bearer {TOKEN}"))
            .body(Full::<Bytes>::default())
            .unwrap();
        self.call(request).await
    }

    /// GET of a JSON document that must be there.
    ///
    /// # Panics
    /// When the answer is not 200 with JSON.
    pub async fn read(&self, path: &str) -> Value {
        let (status, bytes) = self.get(path).await;
        assert_eq!(status, 200, "GET {path}: {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap()
    }

    /// An incident with its timeline.
    pub async fn incident(&self, id: &str) -> Shown {
        Shown(self.read(&format!("/api/v1/incidents/{id}")).await)
    }

    /// All incidents, newest opening first, without timelines.
    ///
    /// # Panics
    /// When the list cannot be read.
    pub async fn incidents(&self) -> Vec<Shown> {
        let list = self.read("/api/v1/incidents?limit=500").await;
        list["items"].as_array().unwrap().iter().cloned().map(Shown).collect()
    }

    /// An incident as it is kept, with what no face shows: revision, cooldowns, deadlines.
    ///
    /// # Panics
    /// When there is none.
    pub async fn kept(&self, id: &str) -> Incident {
        let id: IncidentId = id.parse().unwrap();
        self.store().incident(id).await.unwrap().unwrap().incident
    }

    /// When the incident's one timer is due, in minutes of the story (rounded down); `None` when it has none.
    pub async fn next_timer(&self, id: &str) -> Option<u64> {
        let id: IncidentId = id.parse().unwrap();
        let wakes = self.timers().await;
        let due = wakes.into_iter().find(|wake| wake.incident == id)?.due;
        Some((self.elapsed() + due.since(self.engine().now())).as_secs() / 60)
    }
}
