//! `preprod_artifact` and `installation` hooks: nothing about an error; stored, no more.
//!
//! An installation carries a one-time OAuth code, which is never read here.

use domain::signal::{Fact, Project, Signal};

use super::link;
use super::parse::{Envelope, Hook};
use super::reader::{Fault, Reader, Scalar};
use super::scalar::TITLE;

/// `preprod_artifact.*`: a build was analysed; the list of actions is open.
#[derive(Debug, Default)]
pub(super) struct PreprodArtifactHook<'a> {
    name: Scalar<'a>,
    state: Scalar<'a>,
    project_id: Scalar<'a>,
    project_slug: Scalar<'a>,
    organization: Scalar<'a>,
    install_url: Scalar<'a>,
}

impl<'a> Hook<'a> for PreprodArtifactHook<'a> {
    fn take(&mut self, key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault> {
        match key {
            b"appInfo" => {
                reader.object(|reader, key| {
                    if key == b"name" {
                        self.name = reader.scalar()?;
                        return Ok(());
                    }
                    reader.skip()
                })?;
            }
            b"state" => self.state = reader.scalar()?,
            b"projectId" => self.project_id = reader.scalar()?,
            b"projectSlug" => self.project_slug = reader.scalar()?,
            b"organizationSlug" => self.organization = reader.scalar()?,
            b"installUrl" => self.install_url = reader.scalar()?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    fn signal(self, envelope: &Envelope<'a>) -> Option<Signal> {
        let action = envelope.action()?.replace('_', " ");
        let name = self.name.words(TITLE).unwrap_or_else(|| "Build".to_owned());
        // `…_completed` comes for failures too.
        let title = match self.state.words(TITLE) {
            Some(state) => format!("{name}: {action} ({})", state.to_lowercase()),
            None => format!("{name}: {action}"),
        };
        let (id, slug) = (self.project_id.id(), self.project_slug.words(TITLE));
        Some(Signal {
            project: (id.is_some() || slug.is_some()).then_some(Project { id, slug }),
            link: link::page(self.install_url).map(String::from),
            ..envelope.signal(Fact::Aside, title, self.organization.id())
        })
    }
}

/// `installation.created`, `deleted`.
#[derive(Debug, Default)]
pub(super) struct InstallationHook;

impl<'a> Hook<'a> for InstallationHook {
    fn take(&mut self, _key: &[u8], reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.skip()
    }

    fn signal(self, envelope: &Envelope<'a>) -> Option<Signal> {
        let action = envelope.action().filter(|action| matches!(action.as_str(), "created" | "deleted"))?;
        Some(envelope.signal(Fact::Aside, format!("Installation {action}"), None))
    }
}
