//! What may happen in a step besides what people do: hooks, time, moods of receivers, jumps of the clock, lost leases.

use super::*;

impl World {
    /// Many things break at once.
    pub(super) async fn a_storm_breaks(&mut self) {
        let many = self.chance.between(6, 14);
        self.witness.book().saw("storm");
        let messages = self.sentry.storms(self.sentrys_time(), many);
        self.hear(messages).await;
    }

    pub(super) async fn hooks(&mut self) {
        let many = *self.chance.pick(&[1, 1, 1, 2, 5]);
        let messages: Vec<Message> = (0..many).map(|_| self.sentry.speaks(self.sentrys_time())).collect();
        self.hear(messages).await;
    }

    pub(super) async fn hear(&mut self, messages: Vec<Message>) {
        let forged = self.chance.percent(3);
        if forged {
            self.witness.note("a forged hook");
            let engine = self.engines[0].clone();
            let answer = self.unless_it_dies(engine.receive(messages[0].forged())).await;
            if let Some(answer) = answer
                && !matches!(answer, Err(IntakeError::Signature(_)))
            {
                self.witness.book().broken(format!("a forged hook was answered {answer:?}"));
            }
            return;
        }
        for message in &messages {
            self.witness.note(&format!("hook: {}", message.what));
            self.sent.entry(message.body.clone()).or_insert(message.life_cycle);
        }
        let place = usize::try_from(self.chance.below(self.engines.len() as u64)).unwrap_or(0);
        let engine = self.engines[place].clone();
        let all = messages.iter().map(|message| engine.receive(message.signed()));
        let Some(answers) = self.unless_it_dies(futures_util::future::join_all(all)).await else { return };
        for (message, answer) in messages.into_iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    self.witness.note(&format!(
                        "  answered {} {}{}",
                        answer.delivery,
                        answer.outcome.as_str(),
                        if answer.duplicate { " (known)" } else { "" }
                    ));
                    self.answered.push((message, answer.delivery, answer.outcome));
                }
                Err(IntakeError::Busy { reason }) => self.witness.note(&format!("  busy: {reason}")),
                Err(error) => self.witness.book().broken(format!("a signed hook was refused: {error}")),
            }
        }
        if self.is_up() && self.chance.percent(70) {
            self.drain().await;
        }
    }

    pub(super) async fn time_passes(&mut self) {
        let by = match self.chance.below(10) {
            0..4 => {
                let now = self.engines[0].now();
                let due = self.store().next_due().await.ok().flatten().unwrap_or(now);
                due.since(now).min(MINUTE * 60 * 24)
            }
            4..7 => Duration::from_secs(self.chance.between(1, 900)),
            7 | 8 => MINUTE * u32::try_from(self.chance.between(10, 300)).unwrap_or(10),
            _ => MINUTE * 60 * u32::try_from(self.chance.between(6, 60)).unwrap_or(6),
        };
        self.witness.note(&format!("{} s pass", by.as_secs_f64()));
        self.lives_through(by, 40).await;
    }

    pub(super) fn a_mood_changes(&mut self) {
        let mut lanes: Vec<String> = self.house.notifiers.iter().map(ToString::to_string).collect();
        lanes.extend(self.house.agent.iter().map(|(_, name)| name.to_string()));
        let lane = self.chance.pick(&lanes).clone();
        let mood = Mood::drawn_by(&mut self.chance);
        self.witness.note(&format!("{lane} is {mood:?} from now on"));
        self.outside.set_mood(&lane, mood);
    }

    pub(super) async fn the_clock_jumps(&mut self) {
        let seconds = self.chance.between(10, 6 * 3_600);
        let sign = if self.chance.percent(50) { 1_000 } else { -1_000 };
        let by = i64::try_from(seconds).unwrap_or(10) * sign;
        self.witness.note(&format!("the wall clock jumps by {} s", by / 1_000));
        self.witness.book().saw("jump");
        self.clock.jump(by);
        if self.chance.percent(80) {
            self.drain().await;
        }
    }

    /// The first engine hangs in a send past its lease; the second one takes the task over; then the first one's answer comes.
    pub(super) async fn a_lease_is_lost(&mut self) {
        let [one, two] = self.engines.as_slice() else { return };
        let (one, two) = (one.clone(), two.clone());
        self.witness.note("the next send hangs for longer than its lease");
        self.mischief.hang_next_send(true);
        let (mischief, clock, lease) = (Arc::clone(&self.mischief), Arc::clone(&self.clock), self.house.lease);
        let witness = Arc::clone(&self.witness);
        self.unless_it_dies(async {
            let mut hangs = pin!(one.drain());
            tokio::select! {
                biased;
                _ = &mut hangs => mischief.hang_next_send(false),
                () = mischief.hanging.notified() => {
                    clock.advance(lease + Duration::from_secs(1));
                    mischief.disturb();
                    witness.book().saw("lease lost");
                    two.drain().await;
                    mischief.release.notify_one();
                    hangs.await;
                }
            }
        })
        .await;
    }
}
