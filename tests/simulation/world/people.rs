//! What people, and agents, do to incidents: at any time, also too late, also twice.

use domain::command::{Act, Revision};
use domain::decision::Rejection;
use domain::id::BundleId;
use domain::incident::{Incident, Until};
use domain::priority::Priority;
use engine::operate::{OperateError, Verb};

use super::*;

impl World {
    pub(super) async fn somebody_acts(&mut self) {
        let known: Vec<IncidentRow> = self.incidents().await;
        let some = (!known.is_empty()).then(|| self.chance.pick(&known).incident.clone());
        let who = *self.chance.pick(&["ada", "c0", "c1"]);
        match (self.chance.below(16), some) {
            (0, _) | (_, None) => self.somebody_opens(who).await,
            (1, _) => self.somebody_takes_a_bundle(who).await,
            (2, Some(incident)) => self.an_agent_calls_back(incident.id).await,
            (_, Some(incident)) => {
                let verb = self.verb();
                self.act(who, &incident, verb).await;
            }
        }
        if self.is_up() && self.chance.percent(50) {
            self.drain().await;
        }
    }

    async fn somebody_opens(&mut self, who: &str) {
        let level = *self.chance.pick(&[Level::Low, Level::High, Level::Critical]);
        let act = Act::by(who);
        let operation = if self.chance.percent(30) {
            Operation::Drill { level, act }
        } else {
            let external_id = format!("ticket-{}", self.chance.below(3));
            Operation::Create { external_id, title: Some("opened by hand".to_owned()), level, act }
        };
        self.witness.note(&format!("{who}: {operation:?}"));
        let drill = matches!(operation, Operation::Drill { .. });
        let engine = self.engines[0].clone();
        if let Some(done) = self.unless_it_dies(engine.operate(operation)).await {
            if drill && done.is_ok() {
                self.witness.book().saw("drill");
            }
            self.witness.note(&format!("  {:?}", done.map(|done| done.changed)));
        }
    }

    fn verb(&mut self) -> Verb {
        match self.chance.below(20) {
            0..5 => Verb::Acknowledge,
            5..9 => {
                let next_release = self.chance.percent(20);
                Verb::Snooze { until: self.until(next_release), next_release }
            }
            9..12 => {
                let fixed_in = self.chance.percent(20).then(|| format!("shop@1.{}.0", self.chance.between(1, 6)));
                Verb::Resolve { fixed_in }
            }
            12 | 13 => Verb::Reopen,
            14 | 15 => Verb::Undo,
            16 | 17 => Verb::Label(*self.chance.pick(&Priority::ALL)),
            _ => Verb::Rebase,
        }
    }

    fn until(&mut self, next_release: bool) -> Until {
        let now = self.engines[0].now();
        let mut until = Until::default();
        match self.chance.below(4) {
            0 => until.users = Some(self.chance.between(2, 30)),
            1 => until.rate = Some(self.chance.between(2, 60)),
            _ if next_release => {}
            _ => until.at = Some(now + Duration::from_secs(self.chance.between(60, 6 * 3_600))),
        }
        until
    }

    /// Somebody does something to what they saw: just now, or long ago.
    async fn act(&mut self, who: &str, incident: &Incident, verb: Verb) {
        let now = Revision::of(incident);
        let saw = match self.chance.below(10) {
            0..6 => None,
            6..9 => Some(now),
            _ => Some(Revision { opening: now.opening.saturating_sub(1), ..now }),
        };
        let stale = saw.is_some_and(|saw| saw.opening != incident.opening);
        let late = !incident.state.is_live();
        let act = Act { saw, ..Act::by(who) };
        self.witness.note(&format!("{who}: {verb:?} {} as seen {saw:?}", incident.id));
        let answers = matches!(verb, Verb::Acknowledge | Verb::Snooze { .. } | Verb::Rebase);
        let resolves = matches!(verb, Verb::Resolve { .. });
        let engine = self.engines[0].clone();
        let operation = Operation::Act { incident: incident.id, act, verb };
        let Some(done) = self.unless_it_dies(engine.operate(operation)).await else { return };
        self.witness.note(&format!("  {done:?}"));
        let mut book = self.witness.book();
        match &done {
            Ok(done) if stale && !(late && resolves) => book.broken(format!(
                "{}: {who} acted on opening {} and changed opening {} ({}) (L9)",
                incident.id,
                now.opening.saturating_sub(1),
                now.opening,
                done.changed
            )),
            Ok(_) if late && answers => {
                book.broken(format!("{}: {who} answered it after it was resolved (L10)", incident.id));
            }
            Ok(done) if late && resolves && done.changed => {
                book.broken(format!("{}: {who} resolved it twice", incident.id));
            }
            Err(OperateError::Rejected(Rejection::Stale)) => book.saw("a stale act"),
            Err(OperateError::Rejected(Rejection::AlreadyResolved)) => book.saw("a late act"),
            Err(OperateError::NotFound) => book.broken(format!("{} cannot be found", incident.id)),
            _ => {}
        }
    }

    async fn somebody_takes_a_bundle(&mut self, who: &str) {
        let bundles: Vec<BundleId> = self.witness.book().outbox.bundles().into_iter().collect();
        if bundles.is_empty() {
            return;
        }
        let bundle = *self.chance.pick(&bundles);
        self.witness.note(&format!("{who} acknowledges {bundle}"));
        let engine = self.engines[0].clone();
        let act = Act::by(who);
        let Some(done) = self.unless_it_dies(engine.acknowledge_bundle(bundle, &act)).await else { return };
        if done.as_ref().is_ok_and(|done| done.iter().any(|one| one.taken.as_ref().is_some_and(|taken| taken.changed)))
        {
            self.witness.book().saw("a bundle acknowledged");
        }
        self.witness.note(&format!("  {:?}", done.map(|done| done.len())));
    }

    async fn an_agent_calls_back(&mut self, incident: IncidentId) {
        let runs = self.store().runs(incident).await.unwrap_or_default();
        let Some(run) = runs.last().filter(|_| self.house.agent.as_ref().is_some_and(|(kind, _)| *kind == "http"))
        else {
            return;
        };
        let word = *self.chance.pick(&["running", "needs_input", "succeeded", "failed"]);
        self.witness.note(&format!("the agent says of {}: {word}", run.id));
        let body = format!("{{\"status\": \"{word}\", \"dispatch_id\": \"{}\"}}", run.id).into_bytes();
        let id = message_id(&DedupKey(format!("callback-{}", self.chance.bits())));
        let seconds = self.clock.wall().millis() / 1_000;
        let keys: Vec<SigningKey> = SigningKey::parse(KEY).into_iter().collect();
        let mut headers = http::HeaderMap::new();
        for (name, value) in
            [(ID, id.clone()), (TIMESTAMP, seconds.to_string()), (SIGNATURE, sign(&keys, &id, seconds, &body))]
        {
            headers.insert(name, http::HeaderValue::from_str(&value).expect("visible ASCII"));
        }
        let engine = self.engines[0].clone();
        let run = run.id;
        self.unless_it_dies(async { engine.agent_callback(run, &headers, body.into()).await }).await;
    }
}
