//! `watchfire drill`: opens a marked test of a level, follows it until somebody answers, and resolves it.

use std::time::Duration;

use domain::policy::duration::parse_duration;
use domain::time::Timestamp;
use serde_json::{Value, json};
use server::words::span;

use super::{acts, address, done_with, now, print_json, text};
use crate::args::{Acting, Drill};
use crate::client::Client;
use crate::exit::Failure;
use crate::lifecycle::Signals;
use crate::session::Session;
use crate::terminal::{self, BOLD, CYAN, GREEN, from_now, print, safe, styled};

/// How often it looks whether something happened.
const PAUSE: Duration = Duration::from_secs(1);

/// Does it.
///
/// # Errors
/// When no service runs, nobody answered in time, or it was stopped.
pub async fn run(session: &Session, asked: &Drill) -> Result<(), Failure> {
    let wait = parse_duration(&asked.wait).map_err(|error| {
        Failure::Wrong(format!("--wait {:?} is no length of time, such as 15m: {error}", asked.wait))
    })?;
    let Some(client) = Client::running(session).await? else {
        return Err(Failure::Failed(
            "no service is running: nothing is sent until `watchfire serve` runs, so no drill was begun".to_owned(),
        ));
    };
    done_with(client, async |client: &Client| {
        // Listened for before there is something to resolve.
        let mut signals = Signals::listen()?;
        let body = acts::body(session, &asked.acting, json!({"level": asked.level.as_str()}));
        let drill = client.post(&address(&["api", "v1", "drills"], &[]), &body).await?;
        if asked.no_wait {
            return begun(&drill, &asked.acting, &session.program());
        }
        follow(client, &mut signals, &drill, wait, &asked.acting, session).await
    })
    .await
}

fn begun(drill: &Value, acting: &Acting, program: &str) -> Result<(), Failure> {
    if acting.output.json {
        return print_json(drill);
    }
    let end = styled(CYAN, &format!("> {program} incident resolve {}", text(drill, "incident", 24)));
    Ok(print(&format!("{}\n  it goes on until somebody resolves it\n  {end}", headline(drill)))?)
}

fn headline(drill: &Value) -> String {
    let due = drill["starts_at"].as_str().unwrap_or_default();
    format!(
        "drill {} of level {}: the first message is due at {} ({})",
        styled(BOLD, &text(drill, "incident", 24)),
        text(drill, "level", 12),
        terminal::time(due),
        from_now(due, now())
    )
}

/// How following it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Somebody answered.
    Answered,
    /// The time is over.
    TimeOver,
    /// A signal came.
    Stopped,
}

async fn follow(
    client: &Client,
    signals: &mut Signals,
    drill: &Value,
    wait: Duration,
    acting: &Acting,
    session: &Session,
) -> Result<(), Failure> {
    let quiet = acting.output.json;
    let path = address(&["api", "v1", "incidents", drill["incident"].as_str().unwrap_or_default()], &[]);
    if !quiet {
        print(&headline(drill))?;
    }
    let mut seen = client.get(&path).await.unwrap_or_default();
    // By the service's clock: this machine's may be another's.
    let delay = match (time(&drill["starts_at"]), time(&seen["opened_at"])) {
        (Some(starts_at), Some(opened_at)) => starts_at.since(opened_at),
        _ => Duration::ZERO,
    };
    let mut course = Course::default();
    let time_is_over = tokio::time::sleep(delay + wait);
    tokio::pin!(time_is_over);
    let end = loop {
        let news = course.heed(&seen);
        if !quiet {
            for line in news {
                print(&line)?;
            }
        }
        if course.answer.is_some() {
            break End::Answered;
        }
        tokio::select! {
            biased;
            () = signals.end() => break End::Stopped,
            () = &mut time_is_over => break End::TimeOver,
            () = tokio::time::sleep(PAUSE) => {}
        }
        // A service that restarts is back soon; until then nothing is known.
        if let Ok(incident) = client.get(&path).await {
            seen = incident;
        }
    };
    let resolve = address(&["api", "v1", "incidents", drill["incident"].as_str().unwrap_or_default(), "resolve"], &[]);
    let by = acts::body(session, acting, json!({}))["by"].clone();
    let over = client.post(&resolve, &json!({"by": by, "reason": "the drill is over"})).await;
    if quiet {
        print_json(&course.report(drill, end, over.is_ok()))?;
    }
    let left = match &over {
        Ok(_) => "the drill is resolved".to_owned(),
        Err(_) => format!(
            "the drill could not be resolved and goes on: {} incident resolve {}",
            session.program(),
            text(drill, "incident", 24)
        ),
    };
    match (end, over, quiet) {
        (End::Answered, Ok(_), false) => Ok(print(&format!("{} {left}", styled(GREEN, "answered:")))?),
        (End::Answered, Ok(_), true) => Ok(()),
        (_, _, true) => Err(Failure::Told),
        (End::Answered, Err(_), false) => Err(Failure::Failed(left)),
        (End::TimeOver, ..) => Err(Failure::Failed(format!("{} within {}; {left}", course.nobody(), span(wait)))),
        (End::Stopped, ..) => Err(Failure::Failed(format!("stopped before anybody answered; {left}"))),
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(Timestamp::parse)
}

/// What happened so far.
#[derive(Debug, Default, PartialEq, Eq)]
struct Course {
    /// When the first rung was due.
    due: Option<Timestamp>,
    /// The first page of each contact that a channel took: who, which channel, when.
    delivered: Vec<(String, String, Timestamp)>,
    /// Channels that failed for good, with why.
    failed: Vec<(String, String)>,
    /// The first act of a person: who, and when.
    answer: Option<(String, Timestamp)>,
}

impl Course {
    /// Takes in the timeline; says what is new in it.
    fn heed(&mut self, incident: &Value) -> Vec<String> {
        let mut news = Vec::new();
        for entry in incident["timeline"].as_array().into_iter().flatten() {
            let Some(at) = time(&entry["at"]) else { continue };
            let data = &entry["data"];
            match entry["event"].as_str().unwrap_or_default() {
                "rung_ran" => self.due = self.due.or_else(|| time(&data["due"])),
                "page_delivered" => {
                    let (contact, channel) = (text(data, "contact", 64), text(data, "channel", 64));
                    if self.delivered.iter().all(|(known, ..)| *known != contact) {
                        let after = self
                            .due
                            .map_or_else(String::new, |due| format!(", {} after it was due", span(at.since(due))));
                        let over = if contact == channel { String::new() } else { format!(" over {channel}") };
                        news.push(format!("  {} {contact}{over}{after}", styled(GREEN, "delivered to")));
                        self.delivered.push((contact, channel, at));
                    }
                }
                "page_failed" => {
                    let failed = (text(data, "channel", 64), text(data, "reason", 300));
                    if !self.failed.contains(&failed) {
                        news.push(format!("  {} {}: {}", styled(terminal::RED, "failed on"), failed.0, failed.1));
                        self.failed.push(failed);
                    }
                }
                "acknowledged" | "acknowledged_in_part" | "snoozed" | "resolved" if self.answer.is_none() => {
                    let by = safe(entry["by"].as_str().unwrap_or_default(), 64);
                    self.answer = Some((by.clone(), at));
                    let after =
                        self.time_to_answer().map_or_else(String::new, |after| format!(", {} after that", span(after)));
                    news.push(format!("  {} {by}{after}", styled(GREEN, "answered by")));
                }
                _ => {}
            }
        }
        news
    }

    /// From when the first rung was due to the first page that a channel took (docs/figures.md).
    fn time_to_notify(&self) -> Option<Duration> {
        let (.., at) = self.delivered.first()?;
        Some(at.since(self.due?))
    }

    /// From that page, or else from when it was due, to the first act of a person.
    fn time_to_answer(&self) -> Option<Duration> {
        let (_, answered) = self.answer.as_ref()?;
        let from = self.delivered.first().map(|(.., at)| *at).or(self.due)?;
        Some(answered.since(from))
    }

    const fn nobody(&self) -> &'static str {
        if self.delivered.is_empty() { "nothing was delivered to anybody" } else { "nobody answered" }
    }

    fn report(&self, drill: &Value, end: End, resolved: bool) -> Value {
        let millis = |length: Duration| u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let delivered: Vec<_> = self
            .delivered
            .iter()
            .map(|(contact, channel, at)| json!({"contact": contact, "channel": channel, "at": at.to_string()}))
            .collect();
        let failed: Vec<_> =
            self.failed.iter().map(|(channel, reason)| json!({"channel": channel, "reason": reason})).collect();
        json!({
            "incident": drill["incident"],
            "escalation": drill["id"],
            "level": drill["level"],
            "due_at": self.due.map(|due| due.to_string()),
            "delivered": delivered,
            "failed": failed,
            "time_to_notify_ms": self.time_to_notify().map(millis),
            "answered": end == End::Answered,
            "answered_by": self.answer.as_ref().map(|(by, _)| by),
            "answered_at": self.answer.as_ref().map(|(_, at)| at.to_string()),
            "time_to_answer_ms": self.time_to_answer().map(millis),
            "stopped": end == End::Stopped,
            "resolved": resolved,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incident() -> Value {
        json!({"timeline": [
            {"at": "2026-11-21T12:00:00.000Z", "event": "opened", "by": "ada", "data": {}},
            {"at": "2026-11-21T12:02:00.100Z", "event": "rung_ran", "by": "watchfire", "data": {"rung": 0, "due": "2026-11-21T12:02:00.000Z"}},
            {"at": "2026-11-21T12:02:00.900Z", "event": "page_delivered", "by": "watchfire", "data": {"contact": "alice", "channel": "phone"}},
            {"at": "2026-11-21T12:02:01.000Z", "event": "page_failed", "by": "watchfire", "data": {"channel": "mail", "reason": "answered 410\u{1b}"}},
            {"at": "2026-11-21T12:17:00.900Z", "event": "page_delivered", "by": "watchfire", "data": {"contact": "alice", "channel": "phone"}},
            {"at": "2026-11-21T12:18:00.900Z", "event": "acknowledged", "by": "alice", "data": {}},
        ]})
    }

    #[test]
    fn it_tells_who_was_reached_and_who_answered_each_once() {
        let mut course = Course::default();
        let told = course.heed(&incident()).join("\n");
        assert_eq!(
            anstream::adapter::strip_str(&told).to_string(),
            "  delivered to alice over phone, 900 ms after it was due\n  failed on mail: answered 410\\u{1b}\n  \
             answered by alice, 16 min after that"
        );
        assert!(course.heed(&incident()).is_empty());
        let report = course.report(&json!({"incident": "inc-1", "id": "esc-1", "level": "high"}), End::Answered, true);
        assert_eq!((&report["time_to_notify_ms"], &report["time_to_answer_ms"]), (&900.into(), &960_000.into()));
        assert_eq!((&report["answered_by"], &report["delivered"][0]["contact"]), (&"alice".into(), &"alice".into()));
    }

    #[test]
    fn what_reached_nobody_says_so() {
        let mut course = Course::default();
        assert!(course.heed(&json!({"timeline": []})).is_empty());
        assert_eq!(course.nobody(), "nothing was delivered to anybody");
        let report = course.report(&Value::Null, End::TimeOver, true);
        assert_eq!((&report["answered"], &report["time_to_notify_ms"]), (&false.into(), &Value::Null));
    }
}
