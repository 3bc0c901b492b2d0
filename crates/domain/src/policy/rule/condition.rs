//! A field of a signal and a test on it. A test on what nobody told does not hold.

use super::Sighting;
use crate::signal::Severity;

/// What a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as in the policy; its reading stands in `texts` and `number`")]
pub enum Field {
    Source,
    Resource,
    Action,
    AlertRule,
    Project,
    Title,
    Culprit,
    Message,
    Level,
    Substatus,
    Exception,
    ExceptionMessage,
    Module,
    Function,
    Fingerprint,
    Category,
    Environment,
    Release,
    Path,
    Platform,
    Tag(String),
    Events,
    Users,
}

impl Field {
    /// The fields that are a single word of the policy.
    pub const NAMED: [(&'static str, Self); 22] = [
        ("source", Self::Source),
        ("resource", Self::Resource),
        ("action", Self::Action),
        ("alert_rule", Self::AlertRule),
        ("project", Self::Project),
        ("title", Self::Title),
        ("culprit", Self::Culprit),
        ("message", Self::Message),
        ("level", Self::Level),
        ("substatus", Self::Substatus),
        ("exception", Self::Exception),
        ("exception_message", Self::ExceptionMessage),
        ("module", Self::Module),
        ("function", Self::Function),
        ("fingerprint", Self::Fingerprint),
        ("category", Self::Category),
        ("environment", Self::Environment),
        ("release", Self::Release),
        ("path", Self::Path),
        ("platform", Self::Platform),
        ("events", Self::Events),
        ("users", Self::Users),
    ];

    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Tag(key) => key,
            _ => Self::NAMED.iter().find(|(_, field)| field == self).map_or("", |(word, _)| word),
        }
    }

    /// Every text that the field has here; none when nobody told it.
    fn texts<'a>(&self, seen: &Sighting<'a>) -> Vec<&'a str> {
        let signal = seen.signal;
        let subject = seen.incident.map(|incident| &incident.subject);
        let frames = || signal.exceptions.iter().flat_map(|exception| &exception.in_app);
        let one = |text: Option<&'a str>| text.into_iter().collect::<Vec<_>>();
        match self {
            Self::Source => vec![signal.source.0.as_str()],
            Self::Resource => vec![signal.resource.as_str()],
            Self::Action => vec![signal.action.as_str()],
            Self::AlertRule => one(signal.rule.as_deref()),
            Self::Project => {
                let project = signal.project.as_ref().or_else(|| subject?.project.as_ref());
                project
                    .into_iter()
                    .flat_map(|project| [&project.slug, &project.id])
                    .filter_map(|n| n.as_deref())
                    .collect()
            }
            Self::Title => vec![signal.title.as_str()],
            Self::Culprit => one(signal.culprit.as_deref().or_else(|| subject?.culprit.as_deref())),
            Self::Message => one(signal.message.as_deref()),
            Self::Level => one(severity(seen).map(Severity::as_str)),
            Self::Substatus => one(signal.substatus.as_deref()),
            Self::Exception if signal.exceptions.is_empty() => {
                one(subject.and_then(|subject| subject.exception.as_deref()))
            }
            Self::Exception => signal.exceptions.iter().map(|exception| exception.class.as_str()).collect(),
            Self::ExceptionMessage => signal.exceptions.iter().map(|exception| exception.value.as_str()).collect(),
            Self::Module => frames().map(|frame| frame.module.as_str()).collect(),
            Self::Function => frames().map(|frame| frame.function.as_str()).collect(),
            Self::Fingerprint => vec![seen.fingerprint],
            Self::Category => one(signal.category.as_deref()),
            Self::Environment => one(signal.environment.as_deref().or_else(|| subject?.environment.as_deref())),
            Self::Release => one(signal.release.as_deref().or_else(|| subject?.release.as_deref())),
            Self::Path => one(signal.transaction.as_deref()),
            Self::Platform => one(signal.platform.as_deref()),
            Self::Tag(key) => signal.tags.iter().filter(|(name, _)| name == key).map(|(_, v)| v.as_str()).collect(),
            Self::Events | Self::Users => Vec::new(),
        }
    }

    /// A count, or the rank of the level.
    fn number(&self, seen: &Sighting<'_>) -> Option<u64> {
        match self {
            Self::Level => severity(seen).map(|severity| severity as u64),
            Self::Events => seen.signal.events.or_else(|| Some(seen.incident?.counts.events)),
            Self::Users => seen.signal.users.or_else(|| seen.incident?.counts.users),
            _ => None,
        }
    }
}

fn severity(seen: &Sighting<'_>) -> Option<Severity> {
    seen.signal.severity.or_else(|| seen.incident?.subject.severity)
}

/// What must be so of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these.
    OneOf(Vec<String>),
    /// It begins so.
    Prefix(String),
    /// It ends so.
    Suffix(String),
    /// This is in it.
    Contains(String),
    /// Not less than this count, or this level's rank.
    AtLeast(u64),
    /// Not more.
    AtMost(u64),
    /// Whether it was told.
    Present(bool),
}

impl Test {
    /// Whether it holds of the field.
    #[must_use]
    pub fn holds(&self, field: &Field, seen: &Sighting<'_>) -> bool {
        let any = |test: &dyn Fn(&str) -> bool| field.texts(seen).into_iter().any(test);
        match self {
            Self::OneOf(words) => any(&|text| words.iter().any(|word| word == text)),
            Self::Prefix(part) => any(&|text| text.starts_with(part.as_str())),
            Self::Suffix(part) => any(&|text| text.ends_with(part.as_str())),
            Self::Contains(part) => any(&|text| text.contains(part.as_str())),
            Self::AtLeast(least) => field.number(seen).is_some_and(|number| number >= *least),
            Self::AtMost(most) => field.number(seen).is_some_and(|number| number <= *most),
            Self::Present(told) => *told == (field.number(seen).is_some() || !field.texts(seen).is_empty()),
        }
    }

    /// What was seen, in words.
    #[must_use]
    pub fn explain(&self, field: &Field, seen: &Sighting<'_>) -> String {
        let text = field.texts(seen).first().map(|text| short(text));
        let found = text.or_else(|| Some(field.number(seen)?.to_string())).unwrap_or_else(|| "not told".to_owned());
        format!("{} is {found}", field.word())
    }
}

/// One line of at most 40 characters, without control characters: outside text is hostile until escaped.
fn short(text: &str) -> String {
    let mut line: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        line.push('…');
    }
    line
}
