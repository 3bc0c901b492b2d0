//! `issue` hooks: an issue was created, or its life went on. Also reads the issue inside an activity alert.
//!
//! Shapes: docs.sentry.io "Issues" webhooks, of 2019 to 2025. `web_url` was documented years before it was sent and for long only with
//! `created` (getsentry/sentry#93404), `permalink` may be null, `count` is text, `archived` is an alias of `ignored`, and `unresolved`
//! comes also when an issue escalates.

use domain::release::FixedIn;
use domain::signal::{Exception, Fact, Lifecycle, Project, Signal};

use super::link::{self, ApiAddress};
use super::parse::{Envelope, Hook};
use super::reader::{Fault, Reader, Scalar};
use super::scalar::{Metadata, TITLE};

/// The issue as Sentry serialises it, in hooks and in its API.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Issue<'a> {
    id: Scalar<'a>,
    url: Scalar<'a>,
    web_url: Scalar<'a>,
    project_url: Scalar<'a>,
    permalink: Scalar<'a>,
    title: Scalar<'a>,
    culprit: Scalar<'a>,
    level: Scalar<'a>,
    substatus: Scalar<'a>,
    status: Status<'a>,
    platform: Scalar<'a>,
    project: RawProject<'a>,
    kind: Scalar<'a>,
    metadata: Metadata<'a>,
    category: Scalar<'a>,
    priority: Scalar<'a>,
    unhandled: Scalar<'a>,
    count: Scalar<'a>,
    user_count: Scalar<'a>,
    first_seen: Scalar<'a>,
    last_seen: Scalar<'a>,
    assignee: Scalar<'a>,
}

impl<'a> Issue<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut issue = Self::default();
        reader.object(|reader, key| {
            match key {
                b"id" => issue.id = reader.scalar()?,
                b"url" => issue.url = reader.scalar()?,
                // The first code of activity alerts wrote `webUrl` (getsentry/sentry#118255).
                b"web_url" | b"webUrl" => issue.web_url = reader.scalar()?,
                b"project_url" => issue.project_url = reader.scalar()?,
                b"permalink" => issue.permalink = reader.scalar()?,
                b"title" => issue.title = reader.scalar()?,
                b"culprit" => issue.culprit = reader.scalar()?,
                b"level" => issue.level = reader.scalar()?,
                b"substatus" => issue.substatus = reader.scalar()?,
                b"statusDetails" => issue.status = Status::read(reader)?,
                b"platform" => issue.platform = reader.scalar()?,
                b"project" => issue.project = RawProject::read(reader)?,
                b"type" => issue.kind = reader.scalar()?,
                b"metadata" => issue.metadata = Metadata::read(reader)?,
                b"issueCategory" => issue.category = reader.scalar()?,
                b"priority" => issue.priority = reader.scalar()?,
                b"isUnhandled" => issue.unhandled = reader.scalar()?,
                b"count" => issue.count = reader.scalar()?,
                b"userCount" => issue.user_count = reader.scalar()?,
                b"firstSeen" => issue.first_seen = reader.scalar()?,
                b"lastSeen" => issue.last_seen = reader.scalar()?,
                b"assignedTo" => issue.assignee = read_name(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(issue)
    }

    fn substatus(&self) -> Option<String> {
        self.substatus.words(TITLE)
    }

    /// Taken out of resolved or ignored, and whether Sentry itself saw it come back.
    pub(super) fn unresolved(&self) -> Lifecycle {
        Lifecycle::Unresolved { came_back: matches!(self.substatus().as_deref(), Some("regressed" | "escalating")) }
    }

    /// Resolved, with the release of the fix if one is spoken of: `inNextRelease` and `inCommit` name none (docs.sentry.io, "Update an
    /// Issue").
    pub(super) fn resolved(&self) -> Lifecycle {
        let named = || self.status.in_release.words(TITLE).map(FixedIn::Release);
        let fixed_in = if self.status.unnamed { Some(FixedIn::Unnamed) } else { named() };
        Lifecycle::Resolved { fixed_in }
    }

    /// Ignored. Without a substatus (Sentry before 2023) the conditions tell; none of them means for ever, whatever time is named.
    pub(super) fn ignored(&self) -> Lifecycle {
        let until_condition = match self.substatus().as_deref() {
            Some("archived_until_escalating" | "archived_until_condition_met") => true,
            Some("archived_forever") => false,
            _ => self.status.conditions,
        };
        Lifecycle::Ignored { until_condition, until: self.status.until.time().filter(|_| until_condition) }
    }

    /// The signal of a hook about this issue.
    pub(super) fn signal(&self, fact: Fact, envelope: &Envelope<'_>) -> Signal {
        let api = ApiAddress::read(self.url);
        let id = self
            .id
            .id()
            .or_else(|| api.as_ref()?.issue.clone())
            .or_else(|| link::issue(self.web_url))
            .or_else(|| link::issue(self.permalink));
        let organization = api
            .as_ref()
            .and_then(|api| api.organization.clone())
            .or_else(|| [self.web_url, self.permalink, self.project_url].into_iter().find_map(link::organization));
        let page = link::page(self.web_url)
            .or_else(|| link::page(self.permalink))
            .or_else(|| api.as_ref()?.issue_page(id.as_deref()?))
            .or_else(|| link::issue_page_in_stream(self.project_url, id.as_deref()?));
        let unhandled = self.unhandled.flag();
        let culprit = self.culprit.words(TITLE);
        let title = self
            .title
            .words(TITLE)
            .or_else(|| self.metadata.headline())
            .or_else(|| culprit.clone())
            .or_else(|| id.as_ref().map(|id| format!("Issue {id}")))
            .unwrap_or_else(|| "Untitled issue".to_owned());
        let exceptions = exception_of(&self.metadata, unhandled);
        Signal {
            issue: id,
            project: self.project.known(),
            culprit,
            message: if exceptions.is_empty() { self.metadata.title() } else { None },
            severity: self.level.severity(),
            hint: self.priority.hint().or_else(|| self.metadata.initial_priority()),
            severity_score: self.metadata.severity_score(),
            substatus: self.substatus(),
            unhandled,
            exceptions,
            category: self.category.words(TITLE).or_else(|| category_of_kind(self.kind)),
            events: self.count.count(),
            users: self.user_count.count(),
            first_seen: self.first_seen.time(),
            seen_at: self.last_seen.time(),
            link: page.map(String::from),
            platform: self.platform.words(TITLE).or_else(|| self.project.platform.words(TITLE)),
            ..envelope.signal(fact, title, organization)
        }
    }
}

/// The exception that `metadata` tells of: its class and value, no frames.
pub(super) fn exception_of(metadata: &Metadata<'_>, unhandled: Option<bool>) -> Vec<Exception> {
    let exception =
        |class| Exception { class, value: metadata.value().unwrap_or_default(), in_app: Vec::new(), unhandled };
    metadata.class().map(exception).into_iter().collect()
}

/// The category by the kind of event, where no other word tells it: Sentry names one of these only for errors.
pub(super) fn category_of_kind(kind: Scalar<'_>) -> Option<String> {
    let kind = kind.words(TITLE)?;
    matches!(kind.as_str(), "error" | "default" | "csp" | "hpkp" | "expectct" | "expectstaple" | "nel")
        .then(|| "error".to_owned())
}

/// A project as an object, a number or a short name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RawProject<'a> {
    id: Scalar<'a>,
    slug: Scalar<'a>,
    platform: Scalar<'a>,
}

impl<'a> RawProject<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut project = Self::default();
        if reader.peek()? != b'{' {
            // A number is the id; a short name is recognised below, because ids may come as text too.
            project.id = reader.scalar()?;
            return Ok(project);
        }
        reader.object(|reader, key| {
            match key {
                b"id" => project.id = reader.scalar()?,
                b"slug" => project.slug = reader.scalar()?,
                b"platform" => project.platform = reader.scalar()?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(project)
    }

    /// The project, if anything names it.
    pub(super) fn known(&self) -> Option<Project> {
        self.or_slug(None)
    }

    /// The project, with the short name that an address tells when the body itself does not.
    pub(super) fn or_slug(&self, slug: Option<String>) -> Option<Project> {
        let (id, name) = match self.id.id() {
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => (Some(text), None),
            name => (None, name),
        };
        let slug = self.slug.words(TITLE).or(name).or(slug);
        (id.is_some() || slug.is_some()).then_some(Project { id, slug })
    }
}

fn read_name<'a>(reader: &mut Reader<'a>) -> Result<Scalar<'a>, Fault> {
    if reader.peek()? != b'{' {
        return reader.scalar();
    }
    let mut name = Scalar::Nothing;
    reader.object(|reader, key| {
        if key == b"name" {
            name = reader.scalar()?;
            return Ok(());
        }
        reader.skip()
    })?;
    Ok(name)
}

/// What `statusDetails` tells.
#[derive(Debug, Clone, Copy, Default)]
struct Status<'a> {
    /// Any condition (`ignoreCount`, `ignoreUntil`, …) that is not null or false.
    conditions: bool,
    /// The time among the conditions.
    until: Scalar<'a>,
    /// The release that carries the fix.
    in_release: Scalar<'a>,
    /// The fix comes with the next release, or with a commit.
    unnamed: bool,
}

impl<'a> Status<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut status = Self::default();
        reader.object(|reader, key| {
            match key {
                b"inRelease" => status.in_release = reader.scalar()?,
                // A commit comes as an object, or as its hash.
                b"inNextRelease" | b"inCommit" => {
                    let object = reader.peek()? == b'{';
                    if object {
                        reader.skip()?;
                        status.unnamed = true;
                    } else {
                        status.unnamed |= !matches!(reader.scalar()?, Scalar::Nothing | Scalar::Flag(false));
                    }
                }
                _ if key.starts_with(b"ignore") || key.starts_with(b"until") => {
                    let condition = reader.scalar()?;
                    status.conditions |= !matches!(condition, Scalar::Nothing | Scalar::Flag(false));
                    // Its serializer writes `ignoreUntil`; a wrong kind of value is no time, and a condition all the same.
                    if key == b"ignoreUntil" {
                        status.until = condition;
                    }
                }
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(status)
    }
}

/// `issue.created`, `resolved`, `assigned`, `ignored` (`archived`), `unresolved`.
#[derive(Debug, Default)]
pub(super) struct IssueHook<'a> {
    issue: Issue<'a>,
    assignee: Scalar<'a>,
}

impl<'a> Hook<'a> for IssueHook<'a> {
    fn take(&mut self, key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault> {
        match key {
            b"issue" => self.issue = Issue::read(reader)?,
            b"assignee" => self.assignee = read_name(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn signal(self, envelope: &Envelope<'a>) -> Option<Signal> {
        let fact = match envelope.action()?.as_str() {
            "created" => Fact::Occurrence,
            "resolved" => Fact::Lifecycle(self.issue.resolved()),
            "ignored" | "archived" => Fact::Lifecycle(self.issue.ignored()),
            "unresolved" => Fact::Lifecycle(self.issue.unresolved()),
            // An ownership rule assigned it: nobody took it up (semantics A4).
            "assigned" if envelope.by_application() => Fact::Remark,
            "assigned" => {
                let assignee = self.assignee.words(TITLE).or_else(|| self.issue.assignee.words(TITLE));
                Fact::Lifecycle(Lifecycle::Assigned { assignee })
            }
            _ => return None,
        };
        Some(self.issue.signal(fact, envelope))
    }
}
