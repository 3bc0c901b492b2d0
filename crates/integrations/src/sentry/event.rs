//! `error` and `event_alert` hooks: one event, as it was recorded, with the rule that sent it.
//!
//! getsentry/sentry builds both in one function (`_webhook_event_data`): the event as stored, plus addresses and `issue_id` (absent in
//! captures of 2020). The project is a bare number, its short name stands only in the event's API address. Tags are pairs, or objects
//! once a tool touched them; frames are newest last, chained exceptions outermost last; `message` is mostly empty. Frames and their
//! variables are most of the body and are walked over; of the frames only the application's own are kept.

use std::collections::VecDeque;

use domain::signal::{Exception, Fact, Frame, Resource, Signal};
use sha2::{Digest, Sha256};

use super::issue::{RawProject, category_of_kind, exception_of};
use super::link::{self, ApiAddress};
use super::parse::{Envelope, Hook};
use super::reader::{Fault, Reader, Scalar};
use super::scalar::{MESSAGE, Metadata, TAG, TITLE, headline};

/// How many exceptions of a chain are kept, the outermost ones.
const EXCEPTIONS: usize = 5;
/// How many frames of an exception are kept, the newest ones.
const FRAMES: usize = 8;
/// How many tags are kept, the first ones.
const TAGS: usize = 50;
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
    exceptions: VecDeque<RawException<'a>>,
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
                b"exception" => event.exceptions = read_chain(reader)?,
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
        let mut exceptions: Vec<Exception> = self.exceptions.iter().rev().map(RawException::keep).collect();
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
        let told = self.exceptions.iter().filter_map(RawException::unhandled).reduce(|any, one| any || one);
        told.or_else(|| match self.tags.find("handled")?.as_str() {
            "no" => Some(true),
            "yes" => Some(false),
            _ => None,
        })
    }
}

/// One key of an object.
fn one<'a>(reader: &mut Reader<'a>, wanted: &[u8]) -> Result<Scalar<'a>, Fault> {
    let mut found = Scalar::Nothing;
    reader.object(|reader, key| {
        if key == wanted {
            found = reader.scalar()?;
            return Ok(());
        }
        reader.skip()
    })?;
    Ok(found)
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

#[derive(Debug, Default)]
struct RawException<'a> {
    class: Scalar<'a>,
    value: Scalar<'a>,
    handled: Scalar<'a>,
    frames: VecDeque<RawFrame<'a>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct RawFrame<'a> {
    in_app: Scalar<'a>,
    module: Scalar<'a>,
    filename: Scalar<'a>,
    package: Scalar<'a>,
    function: Scalar<'a>,
}

/// `exception.values`, or the list itself as old events have it.
fn read_chain<'a>(reader: &mut Reader<'a>) -> Result<VecDeque<RawException<'a>>, Fault> {
    let mut chain = VecDeque::new();
    if reader.peek()? == b'[' {
        read_values(reader, &mut chain)?;
    } else {
        reader.object(|reader, key| {
            if key == b"values" {
                chain.clear();
                return read_values(reader, &mut chain);
            }
            reader.skip()
        })?;
    }
    Ok(chain)
}

fn read_values<'a>(reader: &mut Reader<'a>, chain: &mut VecDeque<RawException<'a>>) -> Result<(), Fault> {
    reader.array(|reader| {
        if let Some(exception) = RawException::read(reader)? {
            if chain.len() == EXCEPTIONS {
                chain.pop_front();
            }
            chain.push_back(exception);
        }
        Ok(())
    })?;
    Ok(())
}

impl<'a> RawException<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, Fault> {
        let mut exception = Self::default();
        let found = reader.object(|reader, key| {
            match key {
                b"type" => exception.class = reader.scalar()?,
                b"value" => exception.value = reader.scalar()?,
                b"mechanism" => exception.handled = one(reader, b"handled")?,
                b"stacktrace" => {
                    reader.object(|reader, key| {
                        if key != b"frames" {
                            return reader.skip();
                        }
                        exception.frames.clear();
                        reader.array(|reader| {
                            exception.see(RawFrame::read(reader)?);
                            Ok(())
                        })?;
                        Ok(())
                    })?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(found.then_some(exception))
    }

    /// Keeps the newest of the application's own frames; they come oldest first.
    fn see(&mut self, frame: RawFrame<'a>) {
        if frame.in_app == Scalar::Flag(true) {
            if self.frames.len() == FRAMES {
                self.frames.pop_front();
            }
            self.frames.push_back(frame);
        }
    }

    fn unhandled(&self) -> Option<bool> {
        self.handled.flag().map(|handled| !handled)
    }

    fn keep(&self) -> Exception {
        Exception {
            class: self.class.words(TITLE).unwrap_or_default(),
            value: self.value.words(MESSAGE).unwrap_or_default(),
            in_app: self.frames.iter().rev().filter_map(RawFrame::keep).collect(),
            unhandled: self.unhandled(),
        }
    }
}

impl<'a> RawFrame<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut frame = Self::default();
        reader.object(|reader, key| {
            match key {
                b"in_app" => frame.in_app = reader.scalar()?,
                b"module" => frame.module = reader.scalar()?,
                b"filename" => frame.filename = reader.scalar()?,
                b"package" => frame.package = reader.scalar()?,
                b"function" => frame.function = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(frame)
    }

    fn keep(&self) -> Option<Frame> {
        let place = [self.module, self.filename, self.package];
        let module = place.iter().find_map(|place| place.words(TITLE)).unwrap_or_default();
        let function = self.function.words(TITLE).unwrap_or_default();
        (!module.is_empty() || !function.is_empty()).then_some(Frame { module, function })
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

/// Tags, with those that name something also found beyond the limit.
#[derive(Debug, Default)]
struct Tags {
    kept: Vec<(String, String)>,
    beyond: Vec<(String, String)>,
}

impl Tags {
    const TELLING: [&'static str; 6] = ["environment", "release", "sentry:release", "transaction", "handled", "level"];

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut tags = Self::default();
        if reader.peek()? == b'{' {
            reader.object(|reader, key| {
                let value = reader.scalar()?;
                tags.add(Some(String::from_utf8_lossy(key).into_owned()), value);
                Ok(())
            })?;
            return Ok(tags);
        }
        reader.array(|reader| {
            let (key, value) = read_tag(reader)?;
            tags.add(key.words(TAG), value);
            Ok(())
        })?;
        Ok(tags)
    }

    fn add(&mut self, key: Option<String>, value: Scalar<'_>) {
        let Some(key) = key.filter(|key| !key.is_empty() && key.len() <= TAG) else { return };
        if self.kept.len() < TAGS {
            self.kept.extend(value.words(TAG).map(|value| (key, value)));
        } else if Self::TELLING.contains(&key.as_str()) && !self.beyond.iter().any(|(known, _)| *known == key) {
            self.beyond.extend(value.words(TAG).map(|value| (key, value)));
        }
    }

    fn find(&self, wanted: &str) -> Option<String> {
        self.kept.iter().chain(&self.beyond).find(|(key, _)| key == wanted).map(|(_, value)| value.clone())
    }

    fn severity(&self) -> Option<domain::signal::Severity> {
        domain::signal::Severity::from_wire(&self.find("level")?)
    }
}

/// `[key, value]`, or `{"key": …, "value": …}` from tools in between.
fn read_tag<'a>(reader: &mut Reader<'a>) -> Result<(Scalar<'a>, Scalar<'a>), Fault> {
    let (mut key, mut value) = (Scalar::Nothing, Scalar::Nothing);
    if reader.peek()? == b'{' {
        reader.object(|reader, name| {
            match name {
                b"key" => key = reader.scalar()?,
                b"value" => value = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        return Ok((key, value));
    }
    let mut place = 0_u32;
    reader.array(|reader| {
        match place {
            0 => key = reader.scalar()?,
            1 => value = reader.scalar()?,
            _ => reader.skip()?,
        }
        place = place.saturating_add(1);
        Ok(())
    })?;
    Ok((key, value))
}
