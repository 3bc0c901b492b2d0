//! `error` and `event_alert` hooks: one event, as it was recorded, with the rule that sent it.
//!
//! getsentry/sentry builds both in one function (`_webhook_event_data`): the event as stored, plus addresses and `issue_id` (absent in
//! captures of 2020). The project is a bare number, its short name stands only in the event's API address. Tags are pairs, or objects
//! once a tool touched them; frames are newest last, chained exceptions outermost last; `message` is mostly empty. Frames and their
//! variables are most of the body and are walked over; of the frames only the application's own are kept.

use domain::signal::{Fact, Resource, Signal};
use sha2::{Digest, Sha256};

use super::chain::Chain;
use super::issue::{RawProject, category_of_kind, exception_of};
use super::link::{self, ApiAddress};
use super::parse::{Envelope, Hook};
use super::reader::{Fault, Reader, Scalar};
use super::scalar::{MESSAGE, Metadata, TITLE, headline, one};
use super::tags::Tags;

/// How many parts of a custom fingerprint are kept.
const FINGERPRINT_PARTS: usize = 20;

/// What tells one event hook from another besides its body: 16 bytes of SHA-256 over source, resource, event and rule (semantics D1:
/// two rules that match one event send two hooks; the same hook sent again differs in nothing else). `None` for other resources and
/// for events without an id.
#[must_use]
pub fn event_key(signal: &Signal) -> Option<[u8; 16]> {
    if !matches!(signal.resource, Resource::Error | Resource::EventAlert) {
        return None;
    }
    let mut hash = Sha256::new();
    let parts = [
        &signal.source.0,
        signal.resource.as_str(),
        signal.event.as_deref()?,
        signal.rule.as_deref().unwrap_or_default(),
    ];
    for part in parts {
        // The length in front: no two lists of parts may run together into the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    digest.first_chunk().copied()
}

/// `error.created`, `event_alert.triggered`.
#[derive(Debug, Default)]
pub(super) struct EventHook<'a> {
    event: Event<'a>,
    rule: Scalar<'a>,
    alert: Scalar<'a>,
}

impl<'a> Hook<'a> for EventHook<'a> {
    fn take(&mut self, key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault> {
        match key {
            // The shape of the body has already to fit the header: only one of the two is there.
            b"error" | b"event" => self.event = Event::read(reader)?,
            b"triggered_rule" => self.rule = reader.scalar()?,
            b"issue_alert" => {
                reader.object(|reader, key| {
                    if key == b"title" {
                        self.alert = reader.scalar()?;
                        return Ok(());
                    }
                    reader.skip()
                })?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn signal(self, envelope: &Envelope<'a>) -> Option<Signal> {
        match (envelope.resource, envelope.action()?.as_str()) {
            (Resource::Error, "created") | (Resource::EventAlert, "triggered") => {}
            _ => return None,
        }
        let rule = self.rule.words(TITLE).or_else(|| self.alert.words(TITLE));
        Some(Signal { rule, ..self.event.signal(envelope) })
    }
}

#[derive(Debug, Default)]
struct Event<'a> {
    id: Scalar<'a>,
    issue_id: Scalar<'a>,
    issue_url: Scalar<'a>,
    url: Scalar<'a>,
    web_url: Scalar<'a>,
    title: Scalar<'a>,
    culprit: Scalar<'a>,
    message: Scalar<'a>,
    log: Log<'a>,
    level: Scalar<'a>,
    kind: Scalar<'a>,
    platform: Scalar<'a>,
    environment: Scalar<'a>,
    release: Scalar<'a>,
    transaction: Scalar<'a>,
    request_url: Scalar<'a>,
    project: RawProject<'a>,
    datetime: Scalar<'a>,
    timestamp: Scalar<'a>,
    received: Scalar<'a>,
    metadata: Metadata<'a>,
    occurrence: Option<Occurrence<'a>>,
    chain: Chain<'a>,
    fingerprint: Vec<String>,
    tags: Tags,
}

impl<'a> Event<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut event = Self::default();
        reader.object(|reader, key| {
            match key {
                b"event_id" => event.id = reader.scalar()?,
                b"issue_id" => event.issue_id = reader.scalar()?,
                b"issue_url" => event.issue_url = reader.scalar()?,
                b"url" => event.url = reader.scalar()?,
                b"web_url" => event.web_url = reader.scalar()?,
                b"title" => event.title = reader.scalar()?,
                b"culprit" => event.culprit = reader.scalar()?,
                b"message" => event.message = reader.scalar()?,
                b"logentry" => event.log = Log::read(reader)?,
                b"level" => event.level = reader.scalar()?,
                b"type" => event.kind = reader.scalar()?,
                b"platform" => event.platform = reader.scalar()?,
                b"environment" => event.environment = reader.scalar()?,
                b"release" => event.release = reader.scalar()?,
                b"transaction" => event.transaction = reader.scalar()?,
                b"request" => event.request_url = one(reader, b"url")?,
                b"project" => event.project = RawProject::read(reader)?,
                b"datetime" => event.datetime = reader.scalar()?,
                b"timestamp" => event.timestamp = reader.scalar()?,
                b"received" => event.received = reader.scalar()?,
                b"metadata" => event.metadata = Metadata::read(reader)?,
                b"occurrence" => event.occurrence = Occurrence::read(reader)?,
                b"exception" => event.chain = Chain::read(reader)?,
                b"fingerprint" => event.fingerprint = read_fingerprint(reader)?,
                b"tags" => event.tags = Tags::read(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(event)
    }

    fn signal(self, envelope: &Envelope<'_>) -> Signal {
        let event_api = ApiAddress::read(self.url);
        let issue_api = ApiAddress::read(self.issue_url);
        let apis = [&event_api, &issue_api];
        let id = self.issue_id.id().or_else(|| link::issue(self.issue_url)).or_else(|| link::issue(self.web_url));
        let organization =
            apis.iter().find_map(|api| api.as_ref()?.organization.clone()).or_else(|| link::organization(self.web_url));
        let project = self.project.or_slug(event_api.as_ref().and_then(|api| api.project.clone()));
        let number = project.as_ref().and_then(|project| project.id.as_deref());
        let page = link::page(self.web_url)
            .or_else(|| apis.iter().find_map(|api| api.as_ref()?.issue_page(id.as_deref()?)))
            .map(|page| link::with_project(page, number));

        let unhandled = self.unhandled();
        let mut exceptions = self.chain.keep();
        if exceptions.is_empty() {
            exceptions = exception_of(&self.metadata, unhandled);
        }
        let message = self.log.words().or_else(|| self.message.words(MESSAGE));
        let culprit = self.culprit.words(TITLE);
        let event = self.id.id();
        let outermost = exceptions.first();
        let title = self
            .title
            .words(TITLE)
            .or_else(|| self.occurrence?.title.words(TITLE))
            .or_else(|| self.metadata.headline())
            .or_else(|| outermost.and_then(|exception| headline(Some(&exception.class), Some(&exception.value))))
            .or_else(|| headline(None, message.as_deref()))
            .or_else(|| culprit.clone())
            .or_else(|| id.as_ref().map(|id| format!("Issue {id}")))
            .or_else(|| event.as_ref().map(|event| format!("Event {event}")))
            .unwrap_or_else(|| "Untitled event".to_owned());
        let occurrence_level = self.occurrence.and_then(|occurrence| occurrence.level.severity());
        Signal {
            issue: id,
            event,
            project,
            culprit,
            message: if exceptions.is_empty() { message } else { None },
            severity: self.level.severity().or(occurrence_level).or_else(|| self.tags.severity()),
            hint: self.metadata.initial_priority(),
            severity_score: self.metadata.severity_score(),
            unhandled,
            exceptions,
            custom_fingerprint: custom(self.fingerprint),
            category: match self.occurrence {
                Some(occurrence) => occurrence.category(),
                None => category_of_kind(self.kind),
            },
            environment: self.environment.words(TITLE).or_else(|| self.tags.find("environment")),
            release: self
                .release
                .words(TITLE)
                .or_else(|| self.tags.find("release"))
                .or_else(|| self.tags.find("sentry:release")),
            transaction: self
                .transaction
                .words(TITLE)
                .or_else(|| self.tags.find("transaction"))
                .or_else(|| link::path(self.request_url)),
            seen_at: self.datetime.time().or_else(|| self.timestamp.time()).or_else(|| self.received.time()),
            link: page.map(String::from),
            platform: self.platform.words(TITLE),
            tags: self.tags.kept,
            ..envelope.signal(Fact::Occurrence, title, organization)
        }
    }

    /// Whether the program did not catch it: as soon as one exception of the chain says so; else what the tag `handled` says.
    fn unhandled(&self) -> Option<bool> {
        self.chain.unhandled().or_else(|| match self.tags.find("handled")?.as_str() {
            "no" => Some(true),
            "yes" => Some(false),
            _ => None,
        })
    }
}

/// `logentry` of an event that is a message.
#[derive(Debug, Clone, Copy, Default)]
struct Log<'a> {
    formatted: Scalar<'a>,
    template: Scalar<'a>,
}

impl<'a> Log<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut log = Self::default();
        reader.object(|reader, key| {
            match key {
                b"formatted" => log.formatted = reader.scalar()?,
                b"message" => log.template = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(log)
    }

    fn words(&self) -> Option<String> {
        self.formatted.words(MESSAGE).or_else(|| self.template.words(MESSAGE))
    }
}

/// What an event carries when its issue is no error.
#[derive(Debug, Clone, Copy, Default)]
struct Occurrence<'a> {
    title: Scalar<'a>,
    kind: Scalar<'a>,
    category: Scalar<'a>,
    level: Scalar<'a>,
}

impl<'a> Occurrence<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, Fault> {
        let mut occurrence = Self::default();
        let found = reader.object(|reader, key| {
            match key {
                b"issueTitle" | b"issue_title" => occurrence.title = reader.scalar()?,
                b"type" => occurrence.kind = reader.scalar()?,
                b"issueCategory" | b"category" => occurrence.category = reader.scalar()?,
                b"level" => occurrence.level = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(found.then_some(occurrence))
    }

    /// Types are numbers, and their thousands are the families (`type_id` in sentry/issues/grouptype.py): the words are those of the
    /// `issueCategory` of issue hooks.
    fn category(&self) -> Option<String> {
        let told = match self.category {
            Scalar::Text(_) => self.category.words(TITLE),
            Scalar::Nothing | Scalar::Flag(_) | Scalar::Number(_) => None,
        };
        told.or_else(|| {
            let family = match self.kind.count()? {
                1 => "error",
                1000..=2999 => "performance",
                4000..=4999 | 7000..=7999 => "outage",
                5000..=5999 => "replay",
                6000..=6999 => "feedback",
                8000..=8999 => "metric",
                _ => return None,
            };
            Some(family.to_owned())
        })
    }
}

fn read_fingerprint(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let mut parts = Vec::new();
    reader.array(|reader| {
        let part = reader.scalar()?;
        if parts.len() < FINGERPRINT_PARTS {
            parts.extend(part.words(TITLE));
        }
        Ok(())
    })?;
    Ok(parts)
}

/// `{{ default }}` alone is what an event has that nobody gave a fingerprint.
fn custom(parts: Vec<String>) -> Option<Vec<String>> {
    let is_default = |part: &String| {
        part.strip_prefix("{{").and_then(|part| part.strip_suffix("}}")).is_some_and(|part| part.trim() == "default")
    };
    (!parts.iter().all(is_default)).then_some(parts)
}
