//! `activity_alert` hooks: an alert watches an issue's activity.
//!
//! docs.sentry.io names only Seer's steps; a self-hosted capture of September 2026 also has `status_resolved`, where the plain `issue`
//! hook never came. So what is a change of status here counts as one; every other activity is a remark.

use domain::signal::{Fact, Lifecycle, Signal};

use super::issue::Issue;
use super::parse::{Envelope, Hook};
use super::reader::{Fault, Reader, Scalar};
use super::scalar::{MESSAGE, TITLE};

/// `activity_alert.triggered`.
#[derive(Debug, Default)]
pub(super) struct ActivityAlertHook<'a> {
    issue: Issue<'a>,
    activity: Scalar<'a>,
    summary: Scalar<'a>,
    alert: Scalar<'a>,
}

impl<'a> Hook<'a> for ActivityAlertHook<'a> {
    fn take(&mut self, key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault> {
        match key {
            b"issue" => self.issue = Issue::read(reader)?,
            b"activity" => {
                reader.object(|reader, key| {
                    match key {
                        b"type" => self.activity = reader.scalar()?,
                        b"details" => {
                            reader.object(|reader, key| {
                                if key == b"summary" {
                                    self.summary = reader.scalar()?;
                                    return Ok(());
                                }
                                reader.skip()
                            })?;
                        }
                        _ => reader.skip()?,
                    }
                    Ok(())
                })?;
            }
            b"alert" => {
                reader.object(|reader, key| {
                    // `name` in the first code, `title` since.
                    if matches!(key, b"title" | b"name") {
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
        if envelope.action()? != "triggered" {
            return None;
        }
        let activity = self.activity.words(TITLE);
        let fact =
            activity.as_deref().and_then(|activity| self.transition(activity)).map_or(Fact::Remark, Fact::Lifecycle);
        let remark = match (activity, self.summary.words(MESSAGE)) {
            (Some(activity), Some(summary)) => Some(format!("{activity}: {summary}")),
            (activity, summary) => activity.or(summary),
        };
        let mut signal = self.issue.signal(fact, envelope);
        if signal.fact == Fact::Remark {
            signal.message = remark;
        }
        signal.rule = self.alert.words(TITLE);
        Some(signal)
    }
}

impl ActivityAlertHook<'_> {
    /// Sentry's own names of activities begin with `set_`, the hooks' with `status_`.
    fn transition(&self, activity: &str) -> Option<Lifecycle> {
        let status = activity.strip_prefix("status_").or_else(|| activity.strip_prefix("set_"))?;
        Some(match status {
            "regressed" | "regression" | "escalating" => Lifecycle::Unresolved { came_back: true },
            "unresolved" => self.issue.unresolved(),
            "ignored" | "archived" => self.issue.ignored(),
            resolved if resolved == "resolved" || resolved.starts_with("resolved_") => self.issue.resolved(),
            _ => return None,
        })
    }
}
