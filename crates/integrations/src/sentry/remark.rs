//! `comment` and `seer` hooks: somebody, or Sentry's own agent, says something about an issue.
//!
//! Their issue id is a number where every other hook has text. A comment has no title and no link; `deleted` still carries the text.
//! Seer's keys changed between 2025 and 2026, and its list of steps is open.

use domain::signal::{Fact, Project, Signal};

use super::link;
use super::parse::{Envelope, Hook};
use super::reader::{Fault, Reader, Scalar};
use super::scalar::{MESSAGE, TITLE};

/// `comment.created`, `updated`, `deleted`.
#[derive(Debug, Default)]
pub(super) struct CommentHook<'a> {
    issue: Scalar<'a>,
    project: Scalar<'a>,
    at: Scalar<'a>,
    text: Scalar<'a>,
}

impl<'a> Hook<'a> for CommentHook<'a> {
    fn take(&mut self, key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault> {
        match key {
            b"issue_id" => self.issue = reader.scalar()?,
            b"project_slug" => self.project = reader.scalar()?,
            b"timestamp" => self.at = reader.scalar()?,
            b"comment" => self.text = reader.scalar()?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn signal(self, envelope: &Envelope<'a>) -> Option<Signal> {
        let action = envelope.action().filter(|action| matches!(action.as_str(), "created" | "updated" | "deleted"))?;
        let title = match envelope.actor_name() {
            Some(name) => format!("Comment {action} by {name}"),
            None => format!("Comment {action}"),
        };
        Some(Signal {
            issue: self.issue.id(),
            project: self.project.words(TITLE).map(|slug| Project { id: None, slug: Some(slug) }),
            message: self.text.words(MESSAGE),
            seen_at: self.at.time(),
            ..envelope.signal(Fact::Remark, title, None)
        })
    }
}

/// `seer.*`: a step of Seer on an issue.
#[derive(Debug, Default)]
pub(super) struct SeerHook<'a> {
    issue: Scalar<'a>,
    summary: Scalar<'a>,
    pull_request: Scalar<'a>,
}

impl<'a> Hook<'a> for SeerHook<'a> {
    fn take(&mut self, key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault> {
        match key {
            b"group_id" => self.issue = reader.scalar()?,
            b"root_cause" | b"solution" => {
                reader.object(|reader, key| {
                    // The long words are of 2026, the short one of 2025.
                    if matches!(key, b"one_line_description" | b"one_line_summary" | b"description") {
                        self.summary = reader.scalar()?;
                        return Ok(());
                    }
                    reader.skip()
                })?;
            }
            b"pull_requests" => {
                reader.array(|reader| {
                    let url = read_pull_request(reader)?;
                    if self.pull_request == Scalar::Nothing {
                        self.pull_request = url;
                    }
                    Ok(())
                })?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn signal(self, envelope: &Envelope<'a>) -> Option<Signal> {
        let title = format!("Seer: {}", envelope.action()?.replace('_', " "));
        Some(Signal {
            issue: self.issue.id(),
            message: self.summary.words(MESSAGE),
            link: link::page(self.pull_request).map(String::from),
            ..envelope.signal(Fact::Remark, title, None)
        })
    }
}

fn read_pull_request<'a>(reader: &mut Reader<'a>) -> Result<Scalar<'a>, Fault> {
    let mut url = Scalar::Nothing;
    reader.object(|reader, key| {
        if key != b"pull_request" {
            return reader.skip();
        }
        reader.object(|reader, key| {
            if key == b"pr_url" {
                url = reader.scalar()?;
                return Ok(());
            }
            reader.skip()
        })?;
        Ok(())
    })?;
    Ok(url)
}
