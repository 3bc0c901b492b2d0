//! Sentry's hooks, made from the bodies in `tests/fixtures/sentry`, changed where a story needs it, and signed like the real ones.

use domain::time::Timestamp;
use integrations::request::Secret;
use integrations::sentry::{SigningSecret, sign};
use serde_json::{Value, json};

use crate::world::{Answer, World};

/// The secret of every world's integration in Sentry.
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) fn signing_secret() -> SigningSecret {
    SigningSecret::new("1", Secret::new(SECRET.to_owned()))
}

/// One body of the fixtures.
#[derive(Debug, Clone, Copy)]
pub struct Fixture {
    /// Such as `issue.created`.
    pub name: &'static str,
    /// The bytes.
    pub body: &'static [u8],
}

impl Fixture {
    /// What stands in the resource header: the name's first part.
    #[must_use]
    pub fn resource(&self) -> &'static str {
        self.name.split('.').next().unwrap_or_default()
    }
}

/// Every body of `tests/fixtures/sentry`, in the order of their names.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn fixtures() -> Vec<Fixture> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sentry");
    let mut found: Vec<Fixture> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned();
            let body = std::fs::read(&path).unwrap();
            // Test data that lives as long as the process: leaked once each, so that builders can hold it.
            Some(Fixture { name: String::leak(name), body: Vec::leak(body) })
        })
        .collect();
    found.sort_by_key(|fixture| fixture.name);
    found
}

/// The fixture with this name.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn fixture(name: &str) -> Fixture {
    fixtures().into_iter().find(|fixture| fixture.name == name).unwrap_or_else(|| panic!("no fixture {name}"))
}

/// A body with the headers that Sentry sends, ready to be delivered any number of times.
#[derive(Debug, Clone)]
pub struct SignedHook {
    /// The value of the resource header.
    pub resource: String,
    /// The bytes.
    pub body: Vec<u8>,
    /// The value of the signature header; `None` sends none.
    pub signature: Option<String>,
}

impl SignedHook {
    /// Signs a body.
    #[must_use]
    pub fn of(resource: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let signature = Some(sign(&signing_secret(), &body));
        Self { resource: resource.to_owned(), body, signature }
    }

    /// The same under another name in the header, which is not signed.
    #[must_use]
    pub fn under(mut self, resource: &str) -> Self {
        resource.clone_into(&mut self.resource);
        self
    }
}

/// A hook in the making.
pub struct HookBuilder<'w> {
    world: &'w mut World,
    resource: String,
    base: &'static str,
    body: Value,
}

impl<'w> HookBuilder<'w> {
    pub(crate) fn of(world: &'w mut World, name: &str) -> Self {
        let fixture = fixture(name);
        let base = match fixture.resource() {
            "issue" | "activity_alert" => "/data/issue",
            "error" => "/data/error",
            "event_alert" => "/data/event",
            "metric_alert" => "/data/metric_alert",
            _ => "/data",
        };
        let now = world.now();
        let body = serde_json::from_slice(fixture.body).unwrap();
        Self { world, resource: fixture.resource().to_owned(), base, body }
            .first_seen(now - crate::minutes(5))
            .seen(now)
    }

    /// Sets any value by its pointer from the top of the body.
    ///
    /// # Panics
    /// When the parent is no object.
    #[must_use]
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let parent = self.body.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
        parent[key] = value.into();
        self
    }

    /// Sets a value of the issue, event or alert.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<Value>) -> Self {
        let pointer = format!("{}/{key}", self.base);
        self.set(&pointer, value)
    }

    fn is_event(&self) -> bool {
        matches!(self.resource.as_str(), "error" | "event_alert")
    }

    /// Of which installation: another source (semantics I1).
    #[must_use]
    pub fn from_installation(self, uuid: &str) -> Self {
        self.set("/installation/uuid", uuid)
    }

    /// The issue's id.
    #[must_use]
    pub fn issue(self, id: &str) -> Self {
        let page = format!("https://lantern.sentry.io/issues/{id}/");
        match self.resource.as_str() {
            "issue" | "activity_alert" => self.with("id", id).with("permalink", page.clone()).with("web_url", page),
            "error" | "event_alert" => self
                .with("issue_id", id)
                .with("issue_url", format!("https://sentry.io/api/0/organizations/lantern/issues/{id}/"))
                .with("web_url", page),
            _ => self.with("issue_id", id),
        }
    }

    /// Nothing in it names an issue (an event of an old Sentry).
    #[must_use]
    pub fn without_issue(self) -> Self {
        self.with("issue_id", Value::Null).with("issue_url", Value::Null).with("web_url", Value::Null)
    }

    /// The project, by number and short name.
    #[must_use]
    pub fn project(self, id: u64, slug: &str) -> Self {
        if self.is_event() {
            let event = format!("https://sentry.io/api/0/projects/lantern/{slug}/events/0/");
            return self.with("project", id).with("url", event);
        }
        self.with("project", json!({"id": id.to_string(), "slug": slug, "name": slug}))
    }

    /// What went wrong: title, class and message of the exception, and so the fingerprint.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        let (class, value) = title.split_once(": ").unwrap_or(("Failure", title));
        if self.is_event()
            && let Some(values) = self.body.pointer_mut(&format!("{}/exception/values", self.base))
            && let Some(outermost) = values.as_array_mut().and_then(|values| values.last_mut())
        {
            outermost["type"] = class.into();
            outermost["value"] = value.into();
        }
        let metadata = json!({"type": class, "value": value});
        self.with("title", title).with("metadata", metadata)
    }

    /// Sentry's level, which alone decides the priority under the policy of the stories: `fatal` is critical, `error` high, `warning`
    /// medium, `info` low, `debug` not worth an incident.
    #[must_use]
    pub fn level(self, level: &str) -> Self {
        let is_event = self.is_event();
        let builder = self.with("level", level);
        if is_event { builder.without_tag("level") } else { builder }
    }

    fn without_tag(mut self, name: &str) -> Self {
        if let Some(tags) = self.body.pointer_mut(&format!("{}/tags", self.base)).and_then(Value::as_array_mut) {
            tags.retain(|tag| tag[0] != name && tag["key"] != name);
        }
        self
    }

    /// Triage will say critical.
    #[must_use]
    pub fn critical(self) -> Self {
        self.level("fatal")
    }

    /// Triage will say high.
    #[must_use]
    pub fn high(self) -> Self {
        self.level("error")
    }

    /// Triage will say medium.
    #[must_use]
    pub fn medium(self) -> Self {
        self.level("warning")
    }

    /// Triage will say low.
    #[must_use]
    pub fn low(self) -> Self {
        self.level("info")
    }

    /// Triage will say ignore.
    #[must_use]
    pub fn not_worth_it(self) -> Self {
        self.level("debug")
    }

    /// The environment; only events know theirs.
    #[must_use]
    pub fn environment(self, name: &str) -> Self {
        self.without_tag("environment").with("environment", name)
    }

    /// The release.
    #[must_use]
    pub fn release(self, name: &str) -> Self {
        self.without_tag("release").with("release", name)
    }

    /// The environment is unknown.
    #[must_use]
    pub fn without_environment(self) -> Self {
        self.without_tag("environment").with("environment", Value::Null)
    }

    /// The event's id.
    #[must_use]
    pub fn event(self, id: u32) -> Self {
        self.with("event_id", format!("{id:032x}"))
    }

    /// The rule that sent it.
    #[must_use]
    pub fn rule(self, label: &str) -> Self {
        self.set("/data/triggered_rule", label)
    }

    /// Sentry's total of events of the issue.
    #[must_use]
    pub fn events(self, count: u64) -> Self {
        self.with("count", count.to_string())
    }

    /// Sentry's total of users of the issue.
    #[must_use]
    pub fn users(self, count: u64) -> Self {
        self.with("userCount", count)
    }

    /// None of its frames is the application's own.
    #[must_use]
    pub fn without_own_frames(mut self) -> Self {
        if let Some(values) = self.body.pointer_mut(&format!("{}/exception/values", self.base)) {
            for exception in values.as_array_mut().into_iter().flatten() {
                for frame in
                    exception.pointer_mut("/stacktrace/frames").and_then(Value::as_array_mut).into_iter().flatten()
                {
                    frame["in_app"] = false.into();
                }
            }
        }
        self
    }

    /// When it happened, by Sentry's clock: `lastSeen` of an issue, the time of an event or of an alert's turn.
    #[must_use]
    pub fn seen(self, at: Timestamp) -> Self {
        let text = at.to_string();
        match self.resource.as_str() {
            "issue" | "activity_alert" => self.with("lastSeen", text),
            "error" | "event_alert" => {
                #[expect(clippy::cast_precision_loss, reason = "Sentry writes seconds with a fraction")]
                let seconds = at.millis() as f64 / 1_000.0;
                self.with("datetime", text).with("timestamp", seconds).with("received", seconds)
            }
            "metric_alert" => {
                let closed = self.body["action"] == "resolved";
                let builder = self.with("date_detected", text.clone()).with("date_started", text.clone());
                if closed { builder.with("date_closed", text) } else { builder }
            }
            _ => self,
        }
    }

    fn first_seen(self, at: Timestamp) -> Self {
        if matches!(self.resource.as_str(), "issue" | "activity_alert") {
            return self.with("firstSeen", at.to_string());
        }
        self
    }

    /// The body, signed.
    #[must_use]
    pub fn hook(self) -> SignedHook {
        SignedHook::of(&self.resource, self.body.to_string())
    }

    /// Signs it, delivers it, and lets the engine do what is due at once.
    pub async fn send(self) -> Answer {
        let hook = SignedHook::of(&self.resource, self.body.to_string());
        self.world.deliver(&hook).await
    }
}
