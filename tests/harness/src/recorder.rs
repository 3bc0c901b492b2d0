//! The transport of a world: writes down what would have left the house, and answers as it was told to.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use domain::time::{Clock, ManualClock};
use integrations::request::{
    HttpRequest, HttpResponse, Request, RequestKind, Response, Sending, Sent as SentByTransport, Transport,
    TransportError,
};
use serde_json::{Value, json};

use crate::span::Minute;

/// What a receiver answers to one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// It took it.
    Ok,
    /// It answers with this status.
    Status(u16),
    /// 429 with `Retry-After`.
    Throttled(Duration),
    /// 200 with this body.
    Body(Value),
    /// The request never left.
    NotSent,
    /// It left, and nobody knows whether it arrived.
    Lost,
    /// No answer until it is let go; then it took it.
    Hang,
}

/// What a request was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A page, with its reason.
    Page(String),
    /// News, in a few words: `acknowledged by ada`, `taken by ada, 1 of 2`, `snoozed by ada`, `resolved by Sentry`, `rose`, `grew`, `issue joined`,
    /// `budget spent: ada`, `agent: …`.
    News(String),
    /// Several incidents in one message.
    Bulletin {
        /// `critical`, `storm`, `digest`, `summary` or `silence`.
        kind: String,
        /// The titles that it lists, in its order.
        titles: Vec<String>,
    },
    /// An agent's run is started.
    Start,
    /// An agent is asked how its run is doing, or whether it knows it.
    Ask,
}

/// One request that left.
#[derive(Debug, Clone)]
pub struct Sent {
    /// When, counted from the start of the story by the monotonic clock.
    pub at: Duration,
    /// To which notifier or agent.
    pub to: String,
    /// What for.
    pub what: What,
    /// The idempotency key.
    pub key: String,
    /// The body; `Null` when it has none.
    pub body: Value,
    /// The method's last part, or the path.
    pub path: String,
    /// What was answered.
    pub reply: &'static str,
    /// A test has looked at it.
    pub(crate) seen: bool,
}

impl Sent {
    /// All that a person reads in it.
    #[must_use]
    pub fn text(&self) -> String {
        self.body.to_string()
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.what {
            What::Page(reason) => format!("page ({reason})"),
            What::News(news) => format!("news: {news}"),
            What::Bulletin { kind, titles } => format!("{kind}: {}", titles.join(", ")),
            What::Start => "start".to_owned(),
            What::Ask => "ask".to_owned(),
        };
        write!(f, "{:>9}  {:<10} {what}  [{}] {}", Minute(self.at).to_string(), self.to, self.reply, self.key)
    }
}

#[derive(Default)]
struct Book {
    sent: Vec<Sent>,
    scripts: BTreeMap<String, VecDeque<Reply>>,
    standing: BTreeMap<String, Reply>,
    agent_status: BTreeMap<String, Value>,
    posted: u64,
    hanging: usize,
    let_go: u64,
    wakers: Vec<Waker>,
}

/// Writes down and answers.
pub struct Recorder {
    clock: Arc<ManualClock>,
    book: Mutex<Book>,
}

impl Recorder {
    pub(crate) fn with(clock: Arc<ManualClock>) -> Arc<Self> {
        Arc::new(Self { clock, book: Mutex::default() })
    }

    pub(crate) fn book_of<T>(&self, read: impl FnOnce(&mut Vec<Sent>) -> T) -> T {
        read(&mut self.book().sent)
    }

    /// The next requests to `to` are answered so, one after another; later ones as usual.
    pub(crate) fn script(&self, to: &str, replies: impl IntoIterator<Item = Reply>) {
        self.book().scripts.entry(to.to_owned()).or_default().extend(replies);
    }

    /// All requests to `to` are answered so from now on.
    pub(crate) fn always(&self, to: &str, reply: Reply) {
        self.book().standing.insert(to.to_owned(), reply);
    }

    /// What an agent says of its run when it is asked.
    pub(crate) fn agent_says(&self, agent: &str, status: Value) {
        self.book().agent_status.insert(agent.to_owned(), status);
    }

    pub(crate) fn is_hanging(&self) -> bool {
        self.book().hanging > 0
    }

    /// Requests that hang get their answer.
    pub(crate) fn let_go(&self) {
        let mut book = self.book();
        book.let_go += 1;
        book.hanging = 0;
        book.wakers.drain(..).for_each(Waker::wake);
    }

    /// Whoever waited is gone.
    pub(crate) fn forget_hanging(&self) {
        self.book().hanging = 0;
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, request: &Request) -> Noted {
        let at = self.clock.monotonic();
        let mut book = self.book();
        let key = &request.key.0;
        let (to, path, body, what) = match &request.kind {
            RequestKind::Console(text) => {
                let body = json!({"text": text});
                ("console".to_owned(), String::new(), body, said(text))
            }
            RequestKind::Http(http) => {
                let url = http.url.expose();
                let to = url.host_str().unwrap_or_default().split('.').next().unwrap_or_default().to_owned();
                let body: Value = serde_json::from_slice(&http.body).unwrap_or(Value::Null);
                let what = what(key, http, &body);
                (to, url.path().to_owned(), body, what)
            }
        };
        let reply = book.scripts.get_mut(&to).and_then(VecDeque::pop_front);
        let reply = reply.or_else(|| book.standing.get(&to).cloned()).unwrap_or(Reply::Ok);
        book.posted += 1;
        let number = book.posted;
        let status = book.agent_status.get(&to).cloned();
        book.sent.push(Sent {
            at,
            what: what.clone(),
            key: key.clone(),
            path: path.clone(),
            reply: word(&reply),
            seen: false,
            body: body.clone(),
            to,
        });
        if matches!(reply, Reply::Hang) {
            book.hanging += 1;
        }
        let ok = match &request.kind {
            RequestKind::Console(_) => Response::Console,
            RequestKind::Http(_) => Response::Http(HttpResponse {
                status: 200,
                retry_after: None,
                body: Bytes::from(taken(&what, &path, &body, number, status).to_string()),
            }),
        };
        Noted { reply, ok, ticket: book.let_go }
    }
}

struct Noted {
    reply: Reply,
    ok: Response,
    ticket: u64,
}

fn word(reply: &Reply) -> &'static str {
    match reply {
        Reply::Ok | Reply::Body(_) => "ok",
        Reply::Status(_) => "refused",
        Reply::Throttled(_) => "429",
        Reply::NotSent => "not sent",
        Reply::Lost => "lost",
        Reply::Hang => "hangs",
    }
}

fn what(key: &str, http: &HttpRequest, body: &Value) -> What {
    if key.starts_with("run-") {
        return if http.method == http::Method::POST { What::Start } else { What::Ask };
    }
    let data = &body["data"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let by = || text(&data["by"]);
    match body["type"].as_str() {
        Some("incident.escalated") => What::Page(text(&data["page"]["reason"])),
        Some("incident.acknowledged") => What::News(format!("acknowledged by {}", by())),
        Some("incident.resolved") => What::News(format!("resolved by {}", by())),
        Some("incident.updated") => What::News(match data["change"].as_str() {
            Some("agent") => format!("agent: {}", text(&data["said"])),
            Some("acknowledged_in_part") => format!("taken by {}, {} of {}", by(), data["have"], data["of"]),
            Some("snoozed") => format!("snoozed by {}", by()),
            Some("budget_spent") => format!("budget spent: {}", text(&data["contact"])),
            Some(change) => change.replace('_', " "),
            None => "updated".to_owned(),
        }),
        Some("bulletin") => {
            let items = data["items"].as_array().into_iter().flatten();
            let titles = items.map(|item| text(&item["incident"]["title"])).collect();
            What::Bulletin { kind: text(&data["kind"]), titles }
        }
        _ => said(body["text"].as_str().unwrap_or_default()),
    }
}

/// The words of a message for people tell what it is about.
fn said(text: &str) -> What {
    if let Some(several) = several(text) {
        return several;
    }
    let after = |words: &str| {
        let (_, rest) = text.split_once(words)?;
        // The incident's id and a full stop follow the words.
        Some(rest.rsplit_once(". inc-").map_or(rest, |(before, _)| before).trim().to_owned())
    };
    if let Some(by) = after("Pages are held: acknowledged by") {
        return What::News(format!("acknowledged by {by}"));
    }
    if let Some((_, by)) = after("Pages are held: it comes back").as_deref().and_then(|rest| rest.rsplit_once("by ")) {
        return What::News(format!("snoozed by {by}"));
    }
    if let Some(taken) = after("Pages go on: taken by ")
        && let (Some((have, rest)), Some((_, by))) = (taken.split_once(" of the "), taken.rsplit_once("by "))
    {
        let of = rest.split(' ').next().unwrap_or_default();
        return What::News(format!("taken by {by}, {have} of {of}"));
    }
    if let Some(by) = after("It is over: resolved by") {
        return What::News(format!("resolved by {by}"));
    }
    if let Some(contact) = after("go to the digest of") {
        return What::News(format!("budget spent: {contact}"));
    }
    if let Some(said) = after(". Agent:") {
        return What::News(format!("agent: {said}"));
    }
    for (words, news) in
        [("It rose to", "rose"), ("It grew tenfold", "grew"), ("Another Sentry issue joined", "issue joined")]
    {
        if text.contains(words) {
            return What::News(news.to_owned());
        }
    }
    let reason = [
        ("nobody has answered yet", "repeat"),
        ("the acknowledgement ended", "acknowledgement_ended"),
        ("the snooze ended", "snooze_ended"),
        ("the silence ended", "silence_ended"),
        ("Watchfire was stopped", "restart"),
        ("no rung reaches anybody", "nobody_else"),
        ("you are the fallback", "fallback"),
    ];
    let reason = reason.iter().find(|(words, _)| text.contains(words)).map_or("rung", |(_, reason)| reason);
    What::Page(reason.to_owned())
}

/// A message for people that lists several incidents: what they have in common, and a line each.
fn several(text: &str) -> Option<What> {
    let mut lines = text.lines();
    let headline = lines.next()?;
    let kinds = [
        ("Digest: ", "digest"),
        ("Maintenance ended: ", "summary"),
        ("A silence ended: ", "silence"),
        ("Storm: ", if headline.contains("critical") { "critical" } else { "storm" }),
    ];
    // The title of a single message stands behind a dot, the words of several behind a sign or the mark of a test.
    let (_, kind) = kinds.into_iter().find(|(words, _)| {
        headline.split_once(words).is_some_and(|(before, _)| !before.contains(" · ") || before.ends_with("TEST · "))
    })?;
    let titles = lines.filter_map(|line| {
        let parts: Vec<&str> = line.split(" · ").collect();
        let id = parts.iter().position(|part| part.starts_with("inc-"))?;
        parts.get(id.checked_sub(1)?).map(|title| (*title).to_owned())
    });
    Some(What::Bulletin { kind: kind.to_owned(), titles: titles.collect() })
}

/// The body of a friendly answer, in each vendor's own shape.
fn taken(what: &What, path: &str, body: &Value, number: u64, status: Option<Value>) -> Value {
    match what {
        What::Start | What::Ask => {
            let mut answer = json!({"id": "4711", "status": "queued"});
            if let (Value::Object(answer), Some(Value::Object(status))) = (&mut answer, status) {
                answer.extend(status);
            }
            answer
        }
        // docs.slack.dev, "chat.postMessage": channel, ts, and the parent in a reply.
        What::Page(_) | What::News(_) | What::Bulletin { .. } if path.contains("/chat.") => {
            let ts = body["ts"].as_str().map_or_else(|| format!("1780000000.{number:06}"), str::to_owned);
            json!({"ok": true, "channel": "C0123456789", "ts": ts, "message": {"thread_ts": body["thread_ts"]}})
        }
        What::Page(_) | What::News(_) | What::Bulletin { .. } => Value::Null,
    }
}

impl Transport for Recorder {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            let Noted { reply, ok, ticket } = self.note(&request);
            let status =
                |status, retry_after| Ok(Response::Http(HttpResponse { status, retry_after, body: Bytes::new() }));
            let error = |sent, reason: &str| Err(TransportError { sent, permanent: false, reason: reason.to_owned() });
            match reply {
                Reply::Ok => Ok(ok),
                Reply::Body(body) => Ok(Response::Http(HttpResponse {
                    status: 200,
                    retry_after: None,
                    body: Bytes::from(body.to_string()),
                })),
                Reply::Status(code) => status(code, None),
                Reply::Throttled(after) => status(429, Some(after)),
                Reply::NotSent => error(SentByTransport::No, "the connection was refused"),
                Reply::Lost => error(SentByTransport::Maybe, "the connection broke before an answer came"),
                Reply::Hang => {
                    poll_fn(|context| {
                        let mut book = self.book();
                        if book.let_go > ticket {
                            return Poll::Ready(());
                        }
                        book.wakers.push(context.waker().clone());
                        Poll::Pending
                    })
                    .await;
                    Ok(ok)
                }
            }
        })
    }
}
