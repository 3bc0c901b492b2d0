//! Everybody whom Watchfire calls: receivers of pages and the vendors of agents, with their moods, and their own ledger of what arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use integrations::request::{
    HttpRequest, HttpResponse, Request, RequestKind, Response, Sending, Sent, Transport, TransportError,
};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::mischief::Mischief;
use crate::witness::{Departure, Ending, Witness};

/// How a receiver answers for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Fine,
    /// 429 with Retry-After, in seconds.
    Throttling(u64),
    Broken,
    /// Connections are refused: nothing arrives.
    Refusing,
    /// It takes the request and says nothing.
    Silent,
    /// 404.
    Gone,
}

impl Mood {
    pub fn drawn_by(chance: &mut Chance) -> Self {
        match chance.below(10) {
            0..3 => Self::Fine,
            3 | 4 => Self::Throttling(*chance.pick(&[1, 30, 120])),
            5 => Self::Broken,
            6 => Self::Refusing,
            7 => Self::Silent,
            _ => Self::Gone,
        }
    }
}

#[derive(Debug, Default)]
struct Run {
    number: u64,
    status: &'static str,
}

#[derive(Debug)]
struct Receivers {
    chance: Chance,
    moods: BTreeMap<String, Mood>,
    /// Chances in a hundred that one answer differs from the mood.
    slips: u64,
    /// Runs by their marker.
    runs: BTreeMap<String, Run>,
}

pub struct Outside {
    receivers: Mutex<Receivers>,
    mischief: Arc<Mischief>,
    witness: Arc<Witness>,
}

impl Outside {
    pub fn drawn_by(chance: Chance, slips: u64, mischief: Arc<Mischief>, witness: Arc<Witness>) -> Self {
        let receivers = Receivers { chance, moods: BTreeMap::new(), slips, runs: BTreeMap::new() };
        Self { receivers: Mutex::new(receivers), mischief, witness }
    }

    fn receivers(&self) -> MutexGuard<'_, Receivers> {
        self.receivers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_mood(&self, lane: &str, mood: Mood) {
        self.receivers().moods.insert(lane.to_owned(), mood);
    }

    /// From now on everybody answers as they should.
    pub fn calm(&self) {
        let mut receivers = self.receivers();
        receivers.moods.clear();
        receivers.slips = 0;
    }
}

/// The way out of one engine: who sends is known to the witness.
pub struct Line {
    pub outside: Arc<Outside>,
    pub engine: u64,
}

impl Transport for Line {
    fn send(&self, request: Request) -> Sending<'_> {
        self.outside.carry(self.engine, request)
    }
}

impl Outside {
    fn carry(&self, engine: u64, request: Request) -> Sending<'_> {
        Box::pin(async move {
            self.mischief.before_send().await;
            let RequestKind::Http(http) = &request.kind else {
                return Err(TransportError { sent: Sent::No, permanent: true, reason: "not HTTP".into() });
            };
            let lane = http.url.expose().host_str().unwrap_or_default().trim_end_matches(".example").to_owned();
            let answer = self.receivers().answer(&lane, http);
            let (arrived, ending) = match &answer {
                Ok(HttpResponse { status: 200..=299, .. }) => (true, Ending::Taken),
                Ok(HttpResponse { status: 429, retry_after, .. }) => (true, Ending::Throttled(*retry_after)),
                Ok(HttpResponse { status: 500..=599, .. }) => (true, Ending::Again),
                Ok(_) => (true, Ending::Refused),
                Err(error) => (error.sent == Sent::Maybe, Ending::Again),
            };
            let starts_a_run = http.method == http::Method::POST && matches!(lane.as_str(), "codegen" | "fixer");
            let may_have_started = matches!(&answer, Ok(HttpResponse { status: 200..=299 | 500..=599, .. }))
                || matches!(&answer, Err(error) if error.sent == Sent::Maybe);
            let starts = starts_a_run.then_some(may_have_started);
            let send = Departure { key: &request.key.0, lane: &lane, engine, ending, arrived, starts };
            self.witness.sent(&send, &listed(&http.body));
            self.mischief.after_send().await;
            answer.map(Response::Http)
        })
    }
}

impl Receivers {
    fn answer(&mut self, lane: &str, http: &HttpRequest) -> Result<HttpResponse, TransportError> {
        let mut mood = self.moods.get(lane).copied().unwrap_or(Mood::Fine);
        if self.slips > 0 && self.chance.percent(self.slips) {
            mood = Mood::drawn_by(&mut self.chance);
        }
        match mood {
            Mood::Fine => Ok(self.taken(lane, http)),
            Mood::Throttling(seconds) => Ok(HttpResponse {
                status: 429,
                retry_after: Some(Duration::from_secs(seconds)),
                body: Vec::new().into(),
            }),
            Mood::Broken => Ok(plain(503, &json!(null))),
            Mood::Gone => Ok(plain(404, &json!(null))),
            Mood::Refusing => Err(TransportError { sent: Sent::No, permanent: false, reason: "refused".into() }),
            Mood::Silent => {
                // It may or may not have done what it was asked.
                if self.chance.percent(60) {
                    let _ = self.taken(lane, http);
                }
                Err(TransportError { sent: Sent::Maybe, permanent: false, reason: "no answer in time".into() })
            }
        }
    }

    fn taken(&mut self, lane: &str, http: &HttpRequest) -> HttpResponse {
        match lane {
            "codegen" => self.codegen(http),
            "fixer" => self.fixer(http),
            _ => plain(200, &json!({"ok": true})),
        }
    }

    fn run(&mut self, marker: String) -> &mut Run {
        let number = 100 + self.runs.len() as u64;
        self.runs.entry(marker).or_insert(Run { number, status: "queued" })
    }

    /// How a run is doing when somebody asks: it moves now and then.
    fn move_on(&mut self, number: u64) -> &'static str {
        let next = match self.chance.below(12) {
            0 => "failed",
            1 => "needs_input",
            2 => "succeeded",
            3..8 => "running",
            _ => "",
        };
        let Some(run) = self.runs.values_mut().find(|run| run.number == number) else { return "failed" };
        if !next.is_empty() && !matches!(run.status, "failed" | "succeeded") {
            run.status = next;
        }
        run.status
    }

    fn codegen(&mut self, http: &HttpRequest) -> HttpResponse {
        let path = http.url.expose().path().to_owned();
        let shown = |number: u64, status: &str| {
            let word = match status {
                "queued" => "PENDING",
                "running" => "ACTIVE",
                "needs_input" => "PAUSED",
                "succeeded" => "COMPLETE",
                _ => "FAILED",
            };
            json!({"id": number, "status": word, "web_url": format!("https://codegen.example/runs/{number}")})
        };
        if http.method == http::Method::POST {
            let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
            let marker = body["metadata"]["watchfire_run"].as_str().unwrap_or_default().to_owned();
            let run = self.run(marker);
            return plain(201, &shown(run.number, run.status));
        }
        if path.ends_with("/runs") {
            let runs: Vec<Value> = self
                .runs
                .iter()
                .map(|(marker, run)| {
                    let mut run = shown(run.number, run.status);
                    run["metadata"] = json!({"watchfire_run": marker});
                    run
                })
                .collect();
            let newest: Vec<&Value> = runs.iter().rev().take(20).collect();
            return plain(200, &json!({"items": newest}));
        }
        let number = path.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or(0);
        let status = self.move_on(number);
        plain(200, &shown(number, status))
    }

    fn fixer(&mut self, http: &HttpRequest) -> HttpResponse {
        if http.method == http::Method::POST {
            let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
            let marker = body["dispatch_id"].as_str().unwrap_or_default().to_owned();
            let run = self.run(marker);
            return plain(202, &json!({"id": run.number.to_string(), "status": run.status}));
        }
        let path = http.url.expose().path().to_owned();
        let number = path.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or(0);
        let status = self.move_on(number);
        plain(200, &json!({"id": number.to_string(), "status": status}))
    }
}

/// The incidents that a bulletin lists.
fn listed(body: &[u8]) -> BTreeSet<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let items = body["data"]["items"].as_array().into_iter().flatten();
    items.filter_map(|item| Some(item["incident"]["id"].as_str()?.to_owned())).collect()
}

fn plain(status: u16, body: &Value) -> HttpResponse {
    HttpResponse { status, retry_after: None, body: body.to_string().into_bytes().into() }
}
