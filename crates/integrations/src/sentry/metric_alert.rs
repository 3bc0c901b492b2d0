//! `metric_alert` hooks: a threshold was crossed, either way.
//!
//! docs.sentry.io "Metric Alerts" webhooks. The alert is known by organization and identifier, as Sentry itself does towards PagerDuty
//! and Opsgenie (semantics I4). `web_url` stands beside the alert and is a page, whatever the documentation calls it.

use domain::signal::{Fact, Hint, MetricAlert, MetricStatus, Project, Severity, Signal};

use super::link;
use super::parse::{Envelope, Hook};
use super::reader::{Fault, Reader, Scalar};
use super::scalar::{MESSAGE, TITLE};

/// `metric_alert.critical`, `warning`, `open`, `resolved`.
#[derive(Debug, Default)]
pub(super) struct MetricAlertHook<'a> {
    headline: Scalar<'a>,
    text: Scalar<'a>,
    web_url: Scalar<'a>,
    alert: Alert<'a>,
}

#[derive(Debug, Default)]
struct Alert<'a> {
    id: Scalar<'a>,
    identifier: Scalar<'a>,
    organization: Scalar<'a>,
    title: Scalar<'a>,
    project: Scalar<'a>,
    started: Scalar<'a>,
    detected: Scalar<'a>,
    closed: Scalar<'a>,
    rule: Rule<'a>,
}

#[derive(Debug, Default)]
struct Rule<'a> {
    name: Scalar<'a>,
    environment: Scalar<'a>,
    organization: Scalar<'a>,
    project: Scalar<'a>,
}

impl<'a> Alert<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut alert = Self::default();
        reader.object(|reader, key| {
            match key {
                b"id" => alert.id = reader.scalar()?,
                b"identifier" => alert.identifier = reader.scalar()?,
                b"organization_id" => alert.organization = reader.scalar()?,
                b"title" => alert.title = reader.scalar()?,
                b"projects" => alert.project = first(reader)?,
                b"date_started" => alert.started = reader.scalar()?,
                b"date_detected" => alert.detected = reader.scalar()?,
                b"date_closed" => alert.closed = reader.scalar()?,
                b"alert_rule" => alert.rule = Rule::read(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(alert)
    }
}

impl<'a> Rule<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut rule = Self::default();
        reader.object(|reader, key| {
            match key {
                b"name" => rule.name = reader.scalar()?,
                b"environment" => rule.environment = reader.scalar()?,
                b"organization_id" => rule.organization = reader.scalar()?,
                b"projects" => rule.project = first(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(rule)
    }
}

/// The first of a list of short names; an alert over several projects is filed under its first.
fn first<'a>(reader: &mut Reader<'a>) -> Result<Scalar<'a>, Fault> {
    let mut first = Scalar::Nothing;
    reader.array(|reader| {
        let element = reader.scalar()?;
        if first == Scalar::Nothing {
            first = element;
        }
        Ok(())
    })?;
    Ok(first)
}

impl<'a> Hook<'a> for MetricAlertHook<'a> {
    fn take(&mut self, key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault> {
        match key {
            b"description_title" => self.headline = reader.scalar()?,
            b"description_text" => self.text = reader.scalar()?,
            b"web_url" => self.web_url = reader.scalar()?,
            b"metric_alert" => self.alert = Alert::read(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn signal(self, envelope: &Envelope<'a>) -> Option<Signal> {
        let (status, word, severity, hint) = match envelope.action()?.as_str() {
            "critical" => (MetricStatus::Critical, "Critical", Some(Severity::Fatal), Some(Hint::High)),
            "warning" => (MetricStatus::Warning, "Warning", Some(Severity::Warning), Some(Hint::Medium)),
            "open" => (MetricStatus::Open, "Open", Some(Severity::Error), None),
            "resolved" => (MetricStatus::Resolved, "Resolved", None, None),
            _ => return None,
        };
        let Self { headline, text, web_url, alert } = self;
        let rule = alert.rule.name.words(TITLE);
        let id = alert.id.id();
        // The alert's own title is a random pair of words ("Sacred Marmot"); the rule's name says more.
        let title = headline
            .words(TITLE)
            .or_else(|| rule.as_ref().map(|rule| format!("{word}: {rule}")))
            .or_else(|| alert.title.words(TITLE).map(|title| format!("{word}: {title}")))
            .or_else(|| id.as_ref().map(|id| format!("{word}: metric alert {id}")))
            .unwrap_or_else(|| format!("{word}: metric alert"));
        let project = alert.project.words(TITLE).or_else(|| alert.rule.project.words(TITLE));
        let started = alert.started.time();
        Some(Signal {
            rule,
            metric: Some(MetricAlert {
                organization: alert.organization.id().or_else(|| alert.rule.organization.id()),
                identifier: alert.identifier.id(),
                id,
            }),
            project: project.map(|slug| Project { id: None, slug: Some(slug) }),
            message: text.words(MESSAGE),
            severity,
            hint,
            category: Some("metric".to_owned()),
            environment: alert.rule.environment.words(TITLE),
            first_seen: started,
            // No hook tells when the status changed, except when it closed.
            seen_at: alert.closed.time().or_else(|| alert.detected.time()).or(started),
            link: link::page(web_url).map(String::from),
            ..envelope.signal(Fact::Metric { status }, title, link::organization(web_url))
        })
    }
}
