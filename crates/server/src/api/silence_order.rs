//! `POST /api/v1/silences`: orders a silence or a maintenance window, or with `dry_run` only says what it would do (semantics A6, A7).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::id::SilenceId;
use domain::policy::duration::parse_duration;
use domain::silence::{Days, Matching, Once, Order, Plan, Reason, Recurring, Silence, SilenceKind, Times};
use domain::time::Timestamp;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::api::act::LONGEST_PERSON;
use crate::api::view::{PreviewView, SilenceView};
use crate::api::{silence, silence_preview};
use crate::auth::MayAct;
use crate::input::{self, Input};
use crate::problem::Problem;
use crate::state::ServerState;

/// The longest condition, in bytes.
const LONGEST_CONDITION: usize = 16 * 1024;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// `silence` (when absent) or `maintenance`.
    kind: Option<String>,
    /// What it matches: all of these terms, such as `project=shop`.
    #[serde(default, rename = "match")]
    terms: Vec<String>,
    /// What it matches as a condition of the policy; beside terms both hold.
    when: Option<String>,
    /// Once: now when absent.
    from: Option<String>,
    until: Option<String>,
    /// How long instead of until when.
    #[serde(rename = "for")]
    length: Option<String>,
    /// Again and again: on these days.
    #[serde(default)]
    days: Vec<String>,
    at: Option<String>,
    lasts: Option<String>,
    zone: Option<String>,
    first_day: Option<String>,
    last_day: Option<String>,
    reason: Option<String>,
    /// Who; the token's name when absent.
    by: Option<String>,
    /// Orders nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Ordered<'a> {
    dry_run: bool,
    #[serde(flatten)]
    silence: SilenceView<'a>,
    cautions: Vec<String>,
    preview: PreviewView,
}

pub(super) async fn order(
    MayAct(caller): MayAct,
    State(state): State<ServerState>,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    let by = input::said("by", asked.by.as_deref(), LONGEST_PERSON)?.unwrap_or_else(|| caller.name.to_string());
    let engine = state.engine();
    let dry_run = asked.dry_run;
    let silence = ordered(&asked, SilenceId::from_bits(engine.draw()), by, engine.now()).map_err(Problem::unsound)?;
    let preview = silence_preview::of_last_week(&state, &silence).await?;
    if !dry_run {
        engine.keep_silence(silence.clone()).await?;
    }
    let cautions = silence::cautions(&silence);
    let status = if dry_run { StatusCode::OK } else { StatusCode::CREATED };
    let answer = Ordered { dry_run, silence: SilenceView::of(&silence, engine.now()), cautions, preview };
    Ok((status, Json(answer)).into_response())
}

/// The silence that is asked for, or every mistake.
fn ordered(asked: &Asked, id: SilenceId, by: String, at: Timestamp) -> Result<Silence, Vec<String>> {
    let mut mistakes = Mistakes(Vec::new());
    let kind = match asked.kind.as_deref() {
        None => Some(SilenceKind::Silence),
        Some(word) => mistakes.unless(SilenceKind::from_word(word), "expected 'kind' to be silence or maintenance"),
    };
    let matching = matching(asked, &mut mistakes);
    let times = if recurs(asked) { recurring(asked, &mut mistakes) } else { once(asked, at, &mut mistakes) };
    let reason = Reason::try_from(asked.reason.clone().unwrap_or_default());
    let reason = mistakes.told("reason", reason);
    if let (Some(kind), Some(matching), Some(times), Some(reason), true) =
        (kind, matching, times, reason, mistakes.0.is_empty())
    {
        Silence::order(Order { id, kind, matching, times, reason, by, at }).map_err(|error| vec![error.to_string()])
    } else {
        Err(mistakes.0)
    }
}

/// What is wrong, with what was expected.
struct Mistakes(Vec<String>);

impl Mistakes {
    fn unless<T>(&mut self, value: Option<T>, expected: &str) -> Option<T> {
        if value.is_none() {
            self.0.push(expected.to_owned());
        }
        value
    }

    fn told<T, E: ToString>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.0.push(format!("'{field}': {}", error.to_string()))).ok()
    }
}

fn matching(asked: &Asked, mistakes: &mut Mistakes) -> Option<Matching> {
    let length = asked.terms.iter().chain(&asked.when).map(String::len).sum::<usize>();
    if length > LONGEST_CONDITION {
        mistakes.0.push(format!("expected at most {LONGEST_CONDITION} bytes in 'match' and 'when'"));
        return None;
    }
    let mut terms: Vec<&str> = asked.terms.iter().map(String::as_str).collect();
    let condition = asked.when.as_deref().map(str::trim);
    if let Some(condition) = condition {
        if let Err(errors) = Matching::parse(condition) {
            mistakes.0.extend(errors.iter().map(|error| format!("'when': {error}")));
            return None;
        }
        if terms.is_empty() {
            return Matching::parse(condition).ok();
        }
        terms.push(condition);
    }
    match Matching::of_terms(&terms) {
        Ok(matching) => Some(matching),
        Err(errors) => {
            mistakes.0.extend(errors.iter().map(|error| format!("'match': {error}")));
            None
        }
    }
}

const fn recurs(asked: &Asked) -> bool {
    !asked.days.is_empty()
        || asked.at.is_some()
        || asked.lasts.is_some()
        || asked.zone.is_some()
        || asked.first_day.is_some()
        || asked.last_day.is_some()
}

fn once(asked: &Asked, now: Timestamp, mistakes: &mut Mistakes) -> Option<Times> {
    const MOMENT: &str = "to be a moment such as 2026-11-21T22:00:00Z";
    let mut moment =
        |field: &str, text: &str| mistakes.unless(Timestamp::parse(text), &format!("expected '{field}' {MOMENT}"));
    let from = asked.from.as_deref().map_or(Some(now), |text| moment("from", text));
    let until = match (asked.until.as_deref(), asked.length.as_deref()) {
        (Some(until), None) => moment("until", until),
        (None, Some(length)) => {
            mistakes.told("for", parse_duration(length)).zip(from).map(|(length, from)| from + length)
        }
        (Some(_), Some(_)) => mistakes.unless(None, "expected one of 'until' and 'for', not both"),
        (None, None) => mistakes.unless(None, "expected 'until' or 'for', such as 2h: a silence has an end"),
    };
    mistakes.told("until", Once::between(from?, until?)).map(Times::Once)
}

fn recurring(asked: &Asked, mistakes: &mut Mistakes) -> Option<Times> {
    if asked.from.is_some() || asked.until.is_some() || asked.length.is_some() {
        mistakes
            .0
            .push("expected 'from', 'until' and 'for' of what holds once, or days and hours of what recurs".to_owned());
    }
    let days = days(&asked.days).or_else(|| {
        mistakes
            .unless(None, r#"expected 'days' to be days of the week, such as ["sat", "sun"]; ["every"] is every day"#)
    });
    let at = asked.at.as_deref().filter(|text| text.len() == "02:00".len()).and_then(|text| text.parse().ok());
    let at = mistakes.unless(at, "expected 'at' to be when it begins, such as 02:00");
    let lasts = match asked.lasts.as_deref() {
        Some(text) => mistakes.told("lasts", parse_duration(text)),
        None => mistakes.unless(None, "expected 'lasts' to be how long one time is, such as 2h"),
    };
    let zone = mistakes.unless(asked.zone.clone(), "expected 'zone', such as Europe/Berlin");
    let mut date = |field: &str, text: Option<&String>| match text {
        None => Some(None),
        Some(text) => {
            let read = if text.len() == "2026-12-31".len() { text.parse().ok() } else { None };
            mistakes.unless(read, &format!("expected '{field}' to be a date such as 2026-12-31")).map(Some)
        }
    };
    let first_day = date("first_day", asked.first_day.as_ref());
    let last_day = date("last_day", asked.last_day.as_ref());
    let plan = Plan { days: days?, from: at?, lasts: lasts?, zone: zone?, first_day: first_day?, last_day: last_day? };
    mistakes.told("times", Recurring::try_from(plan)).map(Times::Recurring)
}

fn days(words: &[String]) -> Option<Days> {
    if let [word] = words
        && word == "every"
    {
        return Some(Days::EVERY);
    }
    let days: Option<Vec<_>> = words.iter().map(|word| Days::from_word(word)).collect();
    days.and_then(Days::of)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use super::*;

    const NOW: &str = "2026-11-20T12:00:00Z";

    fn asked(body: &str) -> Result<Silence, Vec<String>> {
        let asked: Asked = serde_json::from_str(body).unwrap();
        ordered(&asked, SilenceId::from_bits(1), "ada".to_owned(), Timestamp::parse(NOW).unwrap())
    }

    #[test]
    fn a_silence_is_read_from_its_words() {
        for (body, matching, times) in [
            (
                r#"{"match": ["project=shop", "environment!=production"], "for": "2h", "reason": "deploy"}"#,
                r#"{ not = { environment = "production" }, project = "shop" }"#,
                "2026-11-20T12:00Z until 2026-11-20T14:00Z",
            ),
            (
                r#"{"when": "{ any = [{ project = \"shop\" }, { project = \"pay\" }] }", "from": "2026-11-21T00:00:00Z",
                    "until": "2026-11-21T06:30:00+01:00", "reason": "deploy"}"#,
                r#"{ any = [{ project = "shop" }, { project = "pay" }] }"#,
                "2026-11-21T00:00Z until 2026-11-21T05:30Z",
            ),
            (
                r#"{"match": ["project=shop"], "when": "{ level = \"warning\" }", "for": "1h", "reason": "x"}"#,
                r#"{ all = [{ project = "shop" }, { level = "warning" }] }"#,
                "2026-11-20T12:00Z until 2026-11-20T13:00Z",
            ),
            (
                r#"{"kind": "maintenance", "match": ["project=shop"], "days": ["sat", "Sunday"], "at": "02:00", "lasts": "2h",
                    "zone": "Europe/Berlin", "last_day": "2027-06-30", "reason": "import"}"#,
                r#"{ project = "shop" }"#,
                "every Saturday and Sunday 02:00 to 04:00 Europe/Berlin, until 2027-06-30",
            ),
        ] {
            let silence = asked(body).unwrap();
            assert_eq!((silence.matching.text(), silence.describe().as_str()), (matching, times), "{body}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_what_was_expected() {
        let told = asked(r#"{"kind": "quiet", "match": ["project"], "from": "now", "reason": " "}"#).unwrap_err();
        assert_eq!(
            told,
            [
                "expected 'kind' to be silence or maintenance",
                "'match': \"project\": expected FIELD=VALUE, FIELD!=VALUE, FIELD~REGEX or FIELD!~REGEX",
                "expected 'from' to be a moment such as 2026-11-21T22:00:00Z",
                "expected 'until' or 'for', such as 2h: a silence has an end",
                "'reason': a silence needs a reason",
            ]
        );
        let told =
            asked(r#"{"days": ["caturday"], "at": "2", "for": "1h", "last_day": "june", "reason": "x"}"#).unwrap_err();
        assert_eq!(told.len(), 7, "{told:#?}");
        assert!(told.iter().all(|one| one.contains("expected") || one.contains("say what it matches")), "{told:#?}");
    }

    #[test]
    fn what_the_domain_refuses_is_told_in_its_words() {
        let refused = |times: &str| {
            asked(&format!(r#"{{"match": ["project=shop"], "reason": "x", {times}}}"#)).unwrap_err().join("; ")
        };
        assert!(refused(r#""for": "91d""#).starts_with("it lasts 90 days at most"));
        assert_eq!(refused(r#""until": "2026-11-20T11:00:00Z""#), "'until': it must end after it begins");
        assert!(
            refused(r#""days": ["every"], "at": "02:00", "lasts": "2h", "zone": "Europe/Berlin""#)
                .starts_with("what recurs needs a last day")
        );
        assert_eq!(
            refused(
                r#""days": ["every"], "at": "02:00", "lasts": "2h", "zone": "Mars/Base", "last_day": "2026-12-31""#
            ),
            "'times': there is no time zone \"Mars/Base\""
        );
        assert!(refused(r#""for": "2 parsecs""#).starts_with("'for': "));
    }
}
