//! `when`: what a rule asks for. Every mistake within it is told, not only the first.

use toml::de::DeValue;

use super::reader::{Reader, Value};
use crate::policy::file::PolicyError;
use crate::policy::mistake::nearest;
use crate::policy::rule::{Comparison, Condition, Expression, Field, Glob, Kind, PatternError, Test, millionths};
use crate::signal::Severity;
use crate::silence::Matching;

/// Deeper than that nobody follows a condition.
const DEEPEST: usize = 16;

/// One rule asks for so many things at most.
const MOST_CONDITIONS: usize = 256;

/// The condition of one rule.
pub(super) fn condition<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Condition> {
    let mut left = MOST_CONDITIONS;
    let read = nested(reader, value, 0, &mut left);
    if left == 0 {
        reader.mistake(value.span(), format!("a rule has {MOST_CONDITIONS} conditions at most"), None);
        return None;
    }
    read
}

/// The condition of a silence, alone in a text.
pub(crate) fn matching(text: &str) -> Result<Matching, Vec<PolicyError>> {
    let (value, broken) = DeValue::parse_recoverable(text);
    let mut reader = Reader::of(text, &broken);
    let read = condition_of_silence(&mut reader, &value);
    let (mistakes, _) = reader.finish();
    read.filter(|_| mistakes.is_empty()).ok_or(mistakes)
}

/// The condition of a silence, which is kept as text beside it. One that never holds is a slip of the pen.
pub(super) fn condition_of_silence<'t>(reader: &mut Reader<'t>, value: &Value<'t>) -> Option<Matching> {
    let condition = condition(reader, value)?;
    if condition.constant() == Some(false) {
        reader.mistake(value.span(), "this matches nothing", Some("`{ all = [] }` is everything".to_owned()));
        return None;
    }
    reader.table(value).map(|table| Matching::of(table, condition))
}

/// `left` is how many conditions more the rule may have; at 0 nothing more is read.
fn nested<'t>(reader: &mut Reader<'t>, value: &Value<'t>, depth: usize, left: &mut usize) -> Option<Condition> {
    if depth > DEEPEST {
        reader.mistake(value.span(), format!("conditions nest {DEEPEST} deep at most"), None);
        return None;
    }
    let table = reader.table(value)?;
    if table.is_empty() {
        let hint = "`{ all = [] }` is every signal".to_owned();
        reader.mistake(value.span(), "a condition needs one test at least", Some(hint));
        return None;
    }
    let mut parts = Vec::new();
    let mut sound = true;
    for (key, value) in table {
        let word: &str = key.get_ref();
        let read = match word {
            "all" | "any" => list(reader, word, value, depth, left).map(|part| vec![part]),
            "not" => nested(reader, value, depth + 1, left).map(|part| vec![Condition::Not(Box::new(part))]),
            "tag" => tags(reader, value, left),
            _ => match field(word) {
                Some(field) => tests(reader, &field, value, left),
                None => {
                    let known = || Field::NAMED.iter().map(|(word, _)| *word).chain(["tag", "all", "any", "not"]);
                    let hint = nearest(word, known()).map_or_else(
                        || format!("known are {}", known().collect::<Vec<_>>().join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    reader.mistake(key.span(), format!("a signal has no `{word}`"), Some(hint));
                    None
                }
            },
        };
        sound &= read.is_some();
        parts.extend(read.into_iter().flatten());
    }
    // One test is itself, not a list of one: shorter to tell, and equal to the same one written elsewhere.
    let single = if parts.len() == 1 { parts.pop() } else { None };
    sound.then(|| single.unwrap_or(Condition::All(parts)))
}

/// `"tag.KEY" = …` in quotes means the same as `tag."KEY" = …`.
fn field(word: &str) -> Option<Field> {
    let named = Field::NAMED.into_iter().find(|(name, _)| *name == word).map(|(_, field)| field);
    named.or_else(|| word.strip_prefix("tag.").map(|key| Field::Tag(key.to_owned())))
}

fn list<'t>(
    reader: &mut Reader<'t>,
    word: &str,
    value: &Value<'t>,
    depth: usize,
    left: &mut usize,
) -> Option<Condition> {
    let list = reader.array(value, "conditions")?;
    if word == "any" && list.is_empty() {
        reader.mistake(value.span(), "`any` of nothing never holds", Some("`all = []` is every signal".to_owned()));
        return None;
    }
    let mut parts = Vec::new();
    // Its parts count, not the list; an empty one is a part itself.
    if list.is_empty() && spent(left) {
        return None;
    }
    for one in list {
        parts.extend(nested(reader, one, depth + 1, left));
    }
    let sound = parts.len() == list.len();
    sound.then_some(if word == "all" { Condition::All(parts) } else { Condition::Any(parts) })
}

fn tags<'t>(reader: &mut Reader<'t>, value: &Value<'t>, left: &mut usize) -> Option<Vec<Condition>> {
    let table = reader.table(value)?;
    if table.is_empty() {
        reader.mistake(value.span(), "`tag` names no tag", Some("tag.\"customer.tier\" = \"gold\"".to_owned()));
        return None;
    }
    let mut parts = Vec::new();
    let mut sound = true;
    for (key, value) in table {
        let read = tests(reader, &Field::Tag(key.get_ref().to_string()), value, left);
        sound &= read.is_some();
        parts.extend(read.into_iter().flatten());
    }
    sound.then_some(parts)
}

/// Takes one condition from those left; true when there is none.
const fn spent(left: &mut usize) -> bool {
    *left = left.saturating_sub(1);
    *left == 0
}

fn tests<'t>(reader: &mut Reader<'t>, field: &Field, value: &Value<'t>, left: &mut usize) -> Option<Vec<Condition>> {
    let DeValue::Table(table) = value.get_ref() else {
        if spent(left) {
            return None;
        }
        return plain(reader, field, value).map(|test| vec![Condition::Is(field.clone(), test)]);
    };
    let known = known(field.kind());
    if table.is_empty() {
        let hint = format!("tests on it are {}", known.join(", "));
        reader.mistake(value.span(), format!("`{}` needs a test", field.word()), Some(hint));
        return None;
    }
    let mut found = Vec::new();
    for (key, value) in table {
        if spent(left) {
            return None;
        }
        let word: &str = key.get_ref();
        if known.contains(&word) {
            found.extend(test(reader, field, word, value).map(|test| Condition::Is(field.clone(), test)));
            continue;
        }
        let hint = match (field, nearest(word, known.iter().copied())) {
            (_, Some(near)) => format!("did you mean `{near}`?"),
            (Field::Tag(tag), None) => {
                format!("a tag with dots is quoted, tag.\"{tag}.{word}\"; tests are {}", known.join(", "))
            }
            (_, None) => format!("tests on it are {}", known.join(", ")),
        };
        reader.mistake(key.span(), format!("`{word}` is no test on `{}`", field.word()), Some(hint));
    }
    (found.len() == table.len()).then_some(found)
}

/// The tests that fit a kind of field, besides the plain value.
const fn known(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Text => &["prefix", "suffix", "contains", "glob", "regex", "present"],
        Kind::Ordered(_) | Kind::Count | Kind::Fraction => &["at_least", "at_most", "above", "below", "present"],
        Kind::Age => &["older_than", "younger_than", "present"],
        Kind::Word(_) | Kind::Truth => &["present"],
    }
}

/// `field = value`.
fn plain<'t>(reader: &mut Reader<'t>, field: &Field, value: &Value<'t>) -> Option<Test> {
    match (field.kind(), value.get_ref()) {
        (Kind::Truth, _) => reader.boolean(value).map(Test::Truth),
        (Kind::Count | Kind::Fraction, _) => {
            amount(reader, field, value).map(|number| Test::Number(Comparison::Exactly, number))
        }
        (Kind::Age, _) => {
            let hint = format!("{} = {{ older_than = \"7d\" }}", field.word());
            reader.mistake(value.span(), "an age is tested by `older_than` or `younger_than`", Some(hint));
            None
        }
        (_, DeValue::Array(list)) if list.is_empty() => {
            reader.mistake(value.span(), "a list of nothing never holds", None);
            None
        }
        (_, DeValue::Array(list)) => {
            let words: Vec<_> = list.iter().filter_map(|one| word(reader, field, one)).collect();
            (words.len() == list.len()).then_some(Test::OneOf(words))
        }
        _ => word(reader, field, value).map(|word| Test::OneOf(vec![word])),
    }
}

/// One text; where the field has a fixed set of words, one of those.
fn word<'t>(reader: &mut Reader<'t>, field: &Field, value: &Value<'t>) -> Option<String> {
    let text = reader.string(value, "text, a list of texts, or a test in braces")?;
    let (Kind::Word(words) | Kind::Ordered(words)) = field.kind() else { return Some(text.to_owned()) };
    ranked(reader, field, words, text, value).and_then(|rank| words.get(rank)).map(ToString::to_string)
}

/// The place of a word among the field's own.
fn ranked(reader: &mut Reader<'_>, field: &Field, words: &[&str], text: &str, value: &Value<'_>) -> Option<usize> {
    // SDKs write a level in more than one way.
    let meant =
        if *field == Field::Level { Severity::from_wire(text).map_or(text, |level| level.as_str()) } else { text };
    let rank = words.iter().position(|word| *word == meant);
    if rank.is_none() {
        let hint = nearest(text, words.iter().copied())
            .map_or_else(|| format!("it is one of {}", words.join(", ")), |near| format!("did you mean `{near}`?"));
        reader.mistake(value.span(), format!("`{}` is never `{text}`", field.word()), Some(hint));
    }
    rank
}

fn test<'t>(reader: &mut Reader<'t>, field: &Field, word: &str, value: &Value<'t>) -> Option<Test> {
    let comparison = match word {
        "present" => return reader.boolean(value).map(Test::Present),
        "at_least" => Comparison::AtLeast,
        "at_most" => Comparison::AtMost,
        "above" | "older_than" => Comparison::Above,
        "below" | "younger_than" => Comparison::Below,
        _ => return text(reader, word, value),
    };
    amount(reader, field, value).map(|number| Test::Number(comparison, number))
}

fn text<'t>(reader: &mut Reader<'t>, word: &str, value: &Value<'t>) -> Option<Test> {
    let text = reader.string(value, "text")?;
    let refused = |reader: &mut Reader<'t>, error: &PatternError| {
        let hint = match error {
            PatternError::TooLong(_) => Some("several shorter ones go into `any`".to_owned()),
            PatternError::TooLarge => {
                Some("ask for fewer repetitions, or [a-z0-9_] instead of \\w, which knows every script".to_owned())
            }
            PatternError::Wrong(_) if text.contains("(?=") || text.contains("(?!") || text.contains("(?<") => {
                Some("a pattern cannot look around: use `all` and `not`".to_owned())
            }
            PatternError::Wrong(_) => None,
        };
        reader.mistake(value.span(), error.to_string(), hint);
    };
    if matches!(word, "glob" | "regex") && !reader.may_have_pattern(&value.span()) {
        return None;
    }
    match word {
        "glob" => Glob::compile(text).map(Test::Glob).map_err(|error| refused(reader, &error)).ok(),
        "regex" => Expression::compile(text).map(Test::Regex).map_err(|error| refused(reader, &error)).ok(),
        "prefix" => Some(Test::Prefix(text.to_owned())),
        "suffix" => Some(Test::Suffix(text.to_owned())),
        _ => Some(Test::Contains(text.to_owned())),
    }
}

/// A number in the field's own unit.
fn amount<'t>(reader: &mut Reader<'t>, field: &Field, value: &Value<'t>) -> Option<u64> {
    match field.kind() {
        Kind::Ordered(words) => {
            let text = reader.string(value, &format!("one of {}", words.join(", ")))?;
            ranked(reader, field, words, text, value).and_then(|rank| u64::try_from(rank).ok())
        }
        Kind::Age => reader.duration(value).and_then(|length| u64::try_from(length.as_millis()).ok()),
        Kind::Fraction => reader.fraction(value).map(millionths),
        _ => reader.whole(value, 0, i64::MAX, "a count").and_then(|count| u64::try_from(count).ok()),
    }
}
