//! What is owed.

use serde::Serialize;
use store::record::Owed;

use super::When;

/// Work that is still to be done, or can no longer be.
#[derive(Serialize)]
pub(in crate::api) struct OwedView<'a> {
    task: String,
    work: &'static str,
    lane: &'a str,
    contact: Option<&'a str>,
    state: &'static str,
    due: When,
    first_due: When,
    attempt: u32,
    trouble: Option<&'a str>,
    incident: String,
    incident_state: &'a str,
    title: &'a str,
}

impl<'a> OwedView<'a> {
    pub(in crate::api) fn of(owed: &'a Owed) -> Self {
        let task = &owed.task;
        Self {
            task: task.id.to_string(),
            work: task.work.as_str(),
            lane: task.work.lane().as_str(),
            contact: match &task.work {
                domain::decision::Work::Page(page) => Some(page.contact.as_str()),
                _ => None,
            },
            state: task.state.as_str(),
            due: When(task.due),
            first_due: When(task.first_due),
            attempt: task.attempt,
            trouble: task.trouble.as_deref(),
            incident: task.incident.to_string(),
            incident_state: &owed.state,
            title: &owed.title,
        }
    }
}
