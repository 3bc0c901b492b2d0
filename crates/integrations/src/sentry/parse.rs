//! From a delivery's header and body to its meaning.
//!
//! The envelope (`action`, `installation`, `data`, `actor`) is read in one pass, in whatever order its keys come; `data` goes to the
//! family of hooks that the resource header names. The header is not signed, so a captured body could be sent again under another
//! name: a hook counts only when its body has the shape that the name promises.

use std::fmt;

use domain::signal::{Fact, Resource, Signal, Source};

use super::activity_alert::ActivityAlertHook;
use super::aside::{InstallationHook, PreprodArtifactHook};
use super::event::EventHook;
use super::issue::IssueHook;
use super::metric_alert::MetricAlertHook;
use super::reader::{Fault, Reader, Scalar};
use super::remark::{CommentHook, SeerHook};
use super::scalar::TITLE;

/// The header that names the resource; not signed.
pub const RESOURCE_HEADER: &str = "sentry-hook-resource";
/// Longest unknown resource or action that is repeated to the operator, in bytes.
const TOKEN: usize = 64;
/// Of an installation without an id whose body names no organization either.
const SOMEBODY: &str = "sentry";

/// What a correctly signed body says.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed {
    /// Something that may concern an incident.
    Signal(Box<Signal>),
    /// The unsigned header names a resource whose shape the body does not have: stored, counted, changes nothing.
    Mismatch {
        /// What the header says.
        resource: Resource,
        /// What the body looks like.
        found: Option<Resource>,
    },
    /// A resource or action that has no meaning here (yet), such as the calls of UI components: stored, answered 2xx.
    Unknown {
        /// The header, if there was one.
        resource: Option<String>,
        /// The action, if there was one.
        action: Option<String>,
    },
    /// No JSON, or more of it than any hook has: stored, answered 2xx, counted and shown to the operator.
    Unreadable {
        /// What is wrong and where; never text of the body.
        reason: String,
    },
}

impl fmt::Display for Parsed {
    /// Why it changes nothing, for the operator; a signal says its resource and action. Text from outside is escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signal(signal) => write!(f, "{}.{}", signal.resource, signal.action.escape_debug()),
            Self::Mismatch { resource, found: Some(found) } => {
                write!(f, "the header says {resource}, the body has the shape of {found}")
            }
            Self::Mismatch { resource, found: None } => {
                write!(f, "the header says {resource}, the body has another shape")
            }
            Self::Unknown { resource: None, .. } => f.write_str("no resource header"),
            Self::Unknown { resource: Some(resource), action } => {
                write!(
                    f,
                    "no meaning here for {}.{}",
                    resource.escape_debug(),
                    action.as_deref().unwrap_or("(no action)").escape_debug()
                )
            }
            Self::Unreadable { reason } => f.write_str(reason),
        }
    }
}

/// Reads a body whose signature was verified; `resource` is the value of [`RESOURCE_HEADER`].
#[must_use]
pub fn parse(resource: Option<&str>, body: &[u8]) -> Parsed {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let name = resource.map(str::trim).filter(|name| !name.is_empty());
    if body.iter().all(u8::is_ascii_whitespace) {
        // Calls of UI components come with an empty body (getsentry/integration-platform-example, verify_sentry_signature.py).
        return Parsed::Unknown { resource: name.map(token), action: None };
    }
    let read = match name.and_then(Resource::from_wire) {
        Some(resource @ Resource::Issue) => read::<IssueHook<'_>>(resource, body),
        Some(resource @ (Resource::Error | Resource::EventAlert)) => read::<EventHook<'_>>(resource, body),
        Some(resource @ Resource::MetricAlert) => read::<MetricAlertHook<'_>>(resource, body),
        Some(resource @ Resource::ActivityAlert) => read::<ActivityAlertHook<'_>>(resource, body),
        Some(resource @ Resource::Comment) => read::<CommentHook<'_>>(resource, body),
        Some(resource @ Resource::Seer) => read::<SeerHook<'_>>(resource, body),
        Some(resource @ Resource::PreprodArtifact) => read::<PreprodArtifactHook<'_>>(resource, body),
        Some(resource @ Resource::Installation) => read::<InstallationHook>(resource, body),
        Some(Resource::Manual) | None => unknown(name, body),
    };
    read.unwrap_or_else(|fault| Parsed::Unreadable { reason: fault.to_string() })
}

fn token(name: &str) -> String {
    name[..name.floor_char_boundary(TOKEN)].to_owned()
}

/// One family of hooks: how its part of `data` is read, and what it means.
pub(super) trait Hook<'a>: Default {
    /// Consumes the value of one key of `data`.
    fn take(&mut self, key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault>;

    /// What it says; `None` when the action means nothing here.
    fn signal(self, envelope: &Envelope<'a>) -> Option<Signal>;
}

fn read<'a, H: Hook<'a>>(resource: Resource, body: &'a [u8]) -> Result<Parsed, Fault> {
    let mut hook = H::default();
    let envelope = Envelope::read(resource, body, |key, reader| hook.take(key, reader))?;
    if !envelope.shape.fits(resource) {
        return Ok(Parsed::Mismatch { resource, found: envelope.shape.resource() });
    }
    let action = envelope.action.words(TOKEN);
    Ok(hook.signal(&envelope).map_or_else(
        || Parsed::Unknown { resource: Some(resource.to_string()), action },
        |signal| Parsed::Signal(Box::new(signal)),
    ))
}

fn unknown(name: Option<&str>, body: &[u8]) -> Result<Parsed, Fault> {
    let envelope = Envelope::read(Resource::Manual, body, |_, reader| reader.skip())?;
    Ok(Parsed::Unknown { resource: name.map(token), action: envelope.action.words(TOKEN) })
}

/// What all hooks have in common.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    pub resource: Resource,
    action: Scalar<'a>,
    installation: Scalar<'a>,
    organization: Scalar<'a>,
    actor: Actor<'a>,
    shape: Shape,
    synthetic: bool,
}

/// Who caused a hook. `application` is Sentry itself or an integration.
#[derive(Debug, Clone, Copy, Default)]
struct Actor<'a> {
    kind: Scalar<'a>,
    name: Scalar<'a>,
}

impl<'a> Envelope<'a> {
    fn read(
        resource: Resource,
        body: &'a [u8],
        mut take: impl FnMut(&[u8], &mut Reader<'a>) -> Result<(), Fault>,
    ) -> Result<Self, Fault> {
        let mut envelope = Self {
            resource,
            action: Scalar::Nothing,
            installation: Scalar::Nothing,
            organization: Scalar::Nothing,
            actor: Actor::default(),
            shape: Shape::default(),
            synthetic: false,
        };
        let mut reader = Reader::over(body);
        reader.object(|reader, key| {
            match key {
                b"action" => envelope.action = reader.scalar()?,
                b"installation" => envelope.read_installation(reader)?,
                b"actor" => envelope.actor = Actor::read(reader)?,
                b"watchfire" => envelope.synthetic = read_mark(reader)?,
                b"data" => {
                    envelope.shape = Shape::default();
                    reader.object(|reader, key| {
                        envelope.shape.see(key, reader.peek()?);
                        take(key, reader)
                    })?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        reader.finish()?;
        Ok(envelope)
    }

    fn read_installation(&mut self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.object(|reader, key| {
            match key {
                b"uuid" => self.installation = reader.scalar()?,
                b"organization" => {
                    reader.object(|reader, key| {
                        if key == b"slug" {
                            self.organization = reader.scalar()?;
                            return Ok(());
                        }
                        reader.skip()
                    })?;
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(())
    }

    /// The action, as sent.
    pub(super) fn action(&self) -> Option<String> {
        self.action.words(TOKEN)
    }

    /// Whether Sentry itself or an integration acted, rather than a person.
    pub(super) fn by_application(&self) -> bool {
        self.actor.kind.words(TOKEN).as_deref() == Some("application")
    }

    /// Who acted, by name.
    pub(super) fn actor_name(&self) -> Option<String> {
        self.actor.name.words(TITLE)
    }

    /// A signal of which nothing is known but what all hooks tell. `organization` is what the addresses of the body say: Sentry always
    /// names the installation, older senders do not (semantics I1).
    pub(super) fn signal(&self, fact: Fact, title: String, organization: Option<String>) -> Signal {
        let source = self
            .installation
            .id()
            .or_else(|| self.organization.id())
            .or(organization)
            .unwrap_or_else(|| SOMEBODY.to_owned());
        let action = self.action().unwrap_or_default();
        Signal { synthetic: self.synthetic, ..Signal::bare(Source(source), self.resource, action, fact, title) }
    }
}

impl<'a> Actor<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut actor = Self::default();
        reader.object(|reader, key| {
            match key {
                b"type" => actor.kind = reader.scalar()?,
                b"name" => actor.name = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(actor)
    }
}

/// `"watchfire": {"synthetic": true}` on top of the body: inside what is signed, so only who holds the secret can set it.
fn read_mark(reader: &mut Reader<'_>) -> Result<bool, Fault> {
    let mut synthetic = false;
    reader.object(|reader, key| {
        if key == b"synthetic" {
            synthetic = reader.scalar()? == Scalar::Flag(true);
            return Ok(());
        }
        reader.skip()
    })?;
    Ok(synthetic)
}

/// Which telling keys `data` has.
#[derive(Debug, Clone, Copy, Default)]
struct Shape(u16);

impl Shape {
    const ISSUE: u16 = 1;
    const ACTIVITY: u16 = 1 << 1;
    const ERROR: u16 = 1 << 2;
    const EVENT: u16 = 1 << 3;
    const METRIC: u16 = 1 << 4;
    const COMMENT: u16 = 1 << 5;
    const SEER: u16 = 1 << 6;
    const BUILD: u16 = 1 << 7;
    const INSTALLATION: u16 = 1 << 8;

    const fn see(&mut self, key: &[u8], first: u8) {
        // The subject of a hook is an object, an id is anything but null.
        let (object, id) = (first == b'{', first != b'n');
        self.0 |= match key {
            b"issue" if object => Self::ISSUE,
            b"activity" if object => Self::ACTIVITY,
            b"error" if object => Self::ERROR,
            b"event" if object => Self::EVENT,
            b"metric_alert" if object => Self::METRIC,
            b"installation" if object => Self::INSTALLATION,
            b"comment_id" if id => Self::COMMENT,
            b"group_id" | b"run_id" if id => Self::SEER,
            b"buildId" | b"build_id" if id => Self::BUILD,
            _ => 0,
        };
    }

    const fn has(self, keys: u16) -> bool {
        self.0 & keys == keys
    }

    const fn has_any(self, keys: u16) -> bool {
        self.0 & keys != 0
    }

    /// Whether a body of this shape can be of this resource. New keys may come beside the old ones, so only what tells resources with a
    /// common part from each other is forbidden.
    const fn fits(self, resource: Resource) -> bool {
        match resource {
            Resource::Issue => {
                self.has(Self::ISSUE) && !self.has_any(Self::ACTIVITY | Self::ERROR | Self::EVENT | Self::METRIC)
            }
            Resource::ActivityAlert => self.has(Self::ISSUE | Self::ACTIVITY),
            Resource::Error => self.has(Self::ERROR) && !self.has(Self::EVENT),
            Resource::EventAlert => self.has(Self::EVENT) && !self.has(Self::ERROR),
            Resource::MetricAlert => self.has(Self::METRIC),
            Resource::Comment => self.has(Self::COMMENT),
            Resource::Seer => self.has(Self::SEER),
            Resource::PreprodArtifact => self.has(Self::BUILD),
            Resource::Installation => self.has(Self::INSTALLATION),
            Resource::Manual => false,
        }
    }

    fn resource(self) -> Option<Resource> {
        Resource::ALL.into_iter().find(|resource| self.fits(*resource))
    }
}
