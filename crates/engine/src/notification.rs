//! What notifiers and agents are given: taken from an incident as it was when its task was claimed. Outside text stays untrusted.

use domain::decision::Update;
use domain::id::{IncidentId, Name, RunId};
use domain::incident::Incident;
use domain::policy::Level;
use domain::priority::{Factor, Priority};
use domain::time::Timestamp;
use integrations::agent::AgentTask;
use integrations::notifier::{Notification, Occasion};
use integrations::untrusted::Untrusted;

/// How many factors a message shows.
const FACTORS: usize = 3;

/// What a page or an update says.
pub(crate) fn of_incident(
    incident: &Incident,
    occasion: Occasion,
    contact: Option<&Name>,
    public_url: Option<&str>,
) -> Notification {
    let subject = &incident.subject;
    let text = |text: &Option<String>| text.as_deref().map(Untrusted::new);
    let escalation = incident.live_escalation();
    Notification {
        occasion,
        incident: incident.id,
        opening: incident.opening,
        escalation: escalation.map(|escalation| escalation.id),
        state: incident.state.as_str(),
        level: incident.level,
        priority: incident.priority,
        label: incident.label.clone(),
        factors: heaviest(&incident.triage.factors),
        title: Untrusted::new(subject.title.as_str()),
        culprit: text(&subject.culprit),
        project: subject.project.as_ref().map(|project| Untrusted::new(project.label())),
        environment: text(&subject.environments.in_words()),
        release: text(&subject.release),
        sentry_link: text(&subject.link),
        own_link: public_url.map(|base| format!("{base}/incidents/{}", incident.id)),
        events: incident.counts.events,
        users: incident.counts.users,
        opened_at: incident.opened_at,
        next_page_at: contact.and_then(|contact| escalation?.told.get(contact)?.next_at),
        synthetic: incident.synthetic,
    }
}

/// What an update says.
pub(crate) fn news(incident: &Incident, update: &Update, public_url: Option<&str>) -> Notification {
    of_incident(incident, Occasion::News(update.news.clone()), None, public_url)
}

/// The message of `notify test`.
pub(crate) fn test(now: Timestamp) -> Notification {
    Notification {
        occasion: Occasion::Test,
        incident: IncidentId::from_bits(0),
        opening: 1,
        escalation: None,
        state: "open",
        level: Level::Low,
        priority: Priority::Low,
        label: None,
        factors: Vec::new(),
        title: Untrusted::new("Watchfire can reach you here"),
        culprit: None,
        project: None,
        environment: None,
        release: None,
        sentry_link: None,
        own_link: None,
        events: 0,
        users: None,
        opened_at: now,
        next_page_at: None,
        synthetic: true,
    }
}

fn heaviest(factors: &[Factor]) -> Vec<Factor> {
    let weight = |factor: &Factor| factor.weight * f64::from(factor.score.unwrap_or(0));
    let mut scored: Vec<&Factor> = factors.iter().filter(|factor| factor.score.is_some()).collect();
    scored.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    scored.into_iter().take(FACTORS).cloned().collect()
}

/// The bounded context of a run: ids, links and fields that look as they must; nothing else enters an instruction.
pub(crate) fn agent_task(incident: &Incident, run: RunId, public_url: Option<&str>) -> AgentTask {
    let subject = &incident.subject;
    let text = |text: &Option<String>| text.as_deref().map(Untrusted::new);
    let checked = |text: Option<&str>, limit: usize, others: &str| {
        text.filter(|text| {
            (1..=limit).contains(&text.len())
                && text.chars().all(|letter| letter.is_ascii_alphanumeric() || others.contains(letter))
        })
        .map(str::to_owned)
    };
    let project = subject.project.as_ref().and_then(|project| project.slug.as_deref());
    AgentTask {
        run,
        incident: incident.id,
        issue: checked(incident.issues.first().map(|issue| issue.id.as_str()), 64, ""),
        project: checked(project, 100, "-_"),
        exception: checked(subject.exception.as_deref(), 100, "_.:$<>"),
        sentry_link: text(&subject.link),
        release: text(&subject.release),
        environment: text(&subject.environments.in_words()),
        title: Untrusted::new(subject.title.as_str()),
        callback_url: public_url.map(|base| format!("{base}/api/callbacks/agent/{run}")),
    }
}
