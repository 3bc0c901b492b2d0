//! The signal of a situation, in the words in which rules speak of signals.

use toml::de::DeValue;

use crate::policy::file::reader::Reader;
use crate::signal::{
    Exception, Fact, Frame, Hint, Lifecycle, MetricAlert, MetricStatus, Project, Resource, Severity, Signal, Source,
};
use crate::situation::file::{Section, filled};

const SETTINGS: [&str; 29] = [
    "resource",
    "action",
    "source",
    "alert_rule",
    "project",
    "environment",
    "level",
    "title",
    "culprit",
    "message",
    "exception",
    "exception_message",
    "module",
    "function",
    "category",
    "path",
    "tags",
    "platform",
    "release",
    "users",
    "events",
    "first_seen",
    "seen",
    "substatus",
    "sentry_priority",
    "sentry_severity",
    "unhandled",
    "issue",
    "event",
];

const LEVELS: [(&str, Severity); 5] = [
    ("debug", Severity::Debug),
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("error", Severity::Error),
    ("fatal", Severity::Fatal),
];

const HINTS: [(&str, Hint); 3] = [("low", Hint::Low), ("medium", Hint::Medium), ("high", Hint::High)];

/// The resources that can open an incident.
const RESOURCES: [(&str, Resource); 5] = [
    ("issue", Resource::Issue),
    ("error", Resource::Error),
    ("event_alert", Resource::EventAlert),
    ("metric_alert", Resource::MetricAlert),
    ("activity_alert", Resource::ActivityAlert),
];

const STATUSES: [(&str, MetricStatus); 4] = [
    ("critical", MetricStatus::Critical),
    ("warning", MetricStatus::Warning),
    ("open", MetricStatus::Open),
    ("resolved", MetricStatus::Resolved),
];

/// `None` when it cannot be read; then a mistake was noted.
pub(super) fn signal<'t>(reader: &mut Reader<'t>, section: &Section<'_, 't>) -> Option<Signal> {
    reader.keys(section.table, "a signal", &SETTINGS);
    let mut required = |key: &str, hint: &str| {
        reader.required(section.table, key, &section.place, hint);
    };
    required("resource", "what Sentry sends: resource = \"issue\", \"error\", \"event_alert\" or \"metric_alert\"");
    required("title", "what Sentry shows: title = \"TypeError: x is undefined\"");
    let resource = section.word(reader, "resource", &RESOURCES);
    let title = section.text(reader, "title");
    let substatus = section.text(reader, "substatus");
    let (action, fact) = fact(reader, section, resource?, substatus.as_deref())?;
    let source = section.text(reader, "source").unwrap_or_else(|| "sentry".to_owned());
    let unhandled = section.value("unhandled").and_then(|value| reader.boolean(value));
    let resource = resource?;
    let metric = (resource == Resource::MetricAlert)
        .then(|| MetricAlert { identifier: Some("1".to_owned()), ..MetricAlert::default() });
    Some(Signal {
        project: section.text(reader, "project").map(|slug| Project { id: None, slug: Some(slug) }),
        environment: section.text(reader, "environment"),
        severity: section.word(reader, "level", &LEVELS),
        culprit: section.text(reader, "culprit"),
        message: section.text(reader, "message"),
        exceptions: exception(reader, section, unhandled),
        category: section.text(reader, "category"),
        transaction: section.text(reader, "path"),
        tags: tags(reader, section),
        platform: section.text(reader, "platform"),
        release: section.text(reader, "release"),
        users: section.count(reader, "users"),
        events: section.count(reader, "events"),
        first_seen: section.ago(reader, "first_seen"),
        seen_at: section.ago(reader, "seen"),
        hint: section.word(reader, "sentry_priority", &HINTS),
        severity_score: section.value("sentry_severity").and_then(|value| share(reader, value)),
        rule: section.text(reader, "alert_rule"),
        issue: section.text(reader, "issue"),
        event: section.text(reader, "event"),
        metric,
        substatus,
        unhandled,
        ..Signal::bare(Source(source), resource, action, fact, title?)
    })
}

/// What it states, with the action on the wire.
fn fact<'t>(
    reader: &mut Reader<'t>,
    section: &Section<'_, 't>,
    resource: Resource,
    substatus: Option<&str>,
) -> Option<(String, Fact)> {
    let mut action = |usual: &'static str, others: &[(&'static str, &'static str)]| {
        let known: Vec<_> = std::iter::once((usual, usual)).chain(others.iter().copied()).collect();
        match section.value("action") {
            Some(_) => section.word(reader, "action", &known),
            None => Some(usual),
        }
    };
    let (action, fact) = match resource {
        Resource::MetricAlert => {
            reader.required(section.table, "action", &section.place, "its status: action = \"critical\"")?;
            let status = section.word(reader, "action", &STATUSES)?;
            let word = STATUSES.iter().find(|(_, known)| *known == status).map_or("open", |(word, _)| word);
            (word, Fact::Metric { status })
        }
        Resource::Issue => match action("created", &[("unresolved", "unresolved")])? {
            "unresolved" => {
                let came_back = matches!(substatus, Some("regressed" | "escalating"));
                ("unresolved", Fact::Lifecycle(Lifecycle::Unresolved { came_back }))
            }
            created => (created, Fact::Occurrence),
        },
        Resource::Error => (action("created", &[])?, Fact::Occurrence),
        _ => (action("triggered", &[])?, Fact::Occurrence),
    };
    Some((action.to_owned(), fact))
}

fn exception<'t>(reader: &mut Reader<'t>, section: &Section<'_, 't>, unhandled: Option<bool>) -> Vec<Exception> {
    let module = section.text(reader, "module");
    let function = section.text(reader, "function");
    let value = section.text(reader, "exception_message");
    let Some(class) = section.text(reader, "exception") else {
        for key in ["exception_message", "module", "function"] {
            if section.value(key).is_some() {
                let hint = "add exception = \"ValueError\"".to_owned();
                reader.mistake(section.place_of(key), format!("`{key}` is of an exception"), Some(hint));
            }
        }
        return Vec::new();
    };
    let frame = Frame { module: module.unwrap_or_default(), function: function.unwrap_or_default() };
    let in_app = if frame == Frame::default() { Vec::new() } else { vec![frame] };
    vec![Exception { class, value: value.unwrap_or_default(), in_app, unhandled }]
}

fn tags<'t>(reader: &mut Reader<'t>, section: &Section<'_, 't>) -> Vec<(String, String)> {
    let Some(table) = section.value("tags").and_then(|value| reader.table(value)) else { return Vec::new() };
    let mut tags = Vec::new();
    for (key, value) in table {
        tags.extend(filled(reader, value, "the tag's text").map(|text| (key.get_ref().to_string(), text)));
    }
    tags
}

/// A number from 0 to 1.
fn share<'t>(reader: &mut Reader<'t>, value: &crate::policy::file::reader::Value<'t>) -> Option<f64> {
    let text = match value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => "",
    };
    let share = text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share));
    if share.is_none() {
        reader.mistake(value.span(), "expected a number from 0 to 1", None);
    }
    share
}
