//! `watchfire triage test`: does triage say of these situations what somebody on call says of them?

use std::fmt::Write as _;
use std::path::Path;

use domain::policy::{TriagePolicy, file};
use domain::priority::Priority;
use domain::situation::{self, Agreement, LEAST_EXACT_PERCENT, Situation, SituationFile, Verdict};
use serde_json::{Value, json};

use super::{TEXT_LIMIT, TITLE_LIMIT, print_json, several};
use crate::args::TriageTest;
use crate::config::errors::{Report, Severity};
use crate::config::policy;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{BOLD, DIM, GREEN, RED, level_style, print, safe, styled};

/// The situations that are judged when none are named.
const EXAMPLES: &str = include_str!("../../../../policies/situations.example.toml");
const EXAMPLES_NAME: &str = "policies/situations.example.toml (built in)";

/// Judges and tells.
///
/// # Errors
/// When a file or the policy has a mistake, or agreement is too little.
pub fn run(session: &Session, asked: &TriageTest) -> Result<(), Failure> {
    let base = match &asked.policy {
        Some(path) => named_policy(session, path)?,
        None => session.load()?.config.policy.policy.triage.clone(),
    };
    let judged = judge(&texts(session, asked)?, &base)?;
    if asked.output.json {
        print_json(&judged.json())?;
    } else {
        print(&judged.told())?;
    }
    if judged.agreement().is_enough() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "triage and these situations agree too little: it takes {LEAST_EXACT_PERCENT} % exact, none more than one level off, no critical missed"
    )))
}

fn named_policy(session: &Session, path: &Path) -> Result<TriagePolicy, Failure> {
    let name = path.display().to_string();
    let text = read(session, path)?;
    // Who is configured here makes no difference to a priority.
    file::parse(&text).map(|policy| policy.triage).map_err(|mistakes| {
        let mut report = Report::default();
        policy::note(&name, &text, mistakes, Severity::Error, &mut report);
        Failure::Misconfigured(Box::new(report))
    })
}

fn texts(session: &Session, asked: &TriageTest) -> Result<Vec<(String, String)>, Failure> {
    if asked.files.is_empty() {
        return Ok(vec![(EXAMPLES_NAME.to_owned(), EXAMPLES.to_owned())]);
    }
    asked.files.iter().map(|path| Ok((path.display().to_string(), read(session, path)?))).collect()
}

fn read(session: &Session, path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(session.here.join(path))
        .map_err(|error| Failure::Wrong(format!("{} cannot be read: {error}", path.display())))
}

/// The situations of several files with what triage says of them.
pub struct Judged {
    cases: Vec<Case>,
}

struct Case {
    file: String,
    situation: Situation,
    verdict: Verdict,
}

/// Judges the situations of files, each a name and a text, by a policy.
///
/// # Errors
/// Every mistake of every file.
pub fn judge(files: &[(String, String)], base: &TriagePolicy) -> Result<Judged, Failure> {
    let mut report = Report::default();
    let mut cases = Vec::new();
    for (name, text) in files {
        match situation::read(text, base) {
            Ok(SituationFile { triage, situations }) => {
                cases.extend(situations.into_iter().map(|situation| Case {
                    file: name.clone(),
                    verdict: situation.judge(&triage),
                    situation,
                }));
            }
            Err(mistakes) => policy::note(name, text, mistakes, Severity::Error, &mut report),
        }
    }
    if report.has_errors() { Err(Failure::Misconfigured(Box::new(report))) } else { Ok(Judged { cases }) }
}

impl Judged {
    /// How far triage agrees.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        Agreement::of(self.cases.iter().map(|case| &case.verdict))
    }

    /// For people: the figures, the matrix, and each miss with what it rests on.
    #[must_use]
    pub fn told(&self) -> String {
        let agreement = self.agreement();
        let (total, exact) = (agreement.total(), agreement.exact());
        let style = if agreement.is_enough() { GREEN } else { RED };
        let mut text = format!(
            "{}: {} as expected, {} more than one level off, {} missed",
            several(total as u64, "situation"),
            styled(style, &format!("{exact} ({} %)", exact * 100 / total.max(1))),
            agreement.far_off(),
            several(agreement.missed_criticals() as u64, "critical")
        );
        text.push_str("\n\n");
        text.push_str(&matrix(&agreement));
        for case in self.misses() {
            text.push('\n');
            text.push_str(&case.told());
        }
        text.trim_end().to_owned()
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let agreement = self.agreement();
        let row = |expected: Priority| -> Value {
            let cell = |found: Priority| (found.as_str().to_owned(), Value::from(agreement.count(expected, found)));
            Priority::ALL.into_iter().map(cell).collect()
        };
        json!({
            "situations": agreement.total(),
            "exact": agreement.exact(),
            "far_off": agreement.far_off(),
            "missed_criticals": agreement.missed_criticals(),
            "enough": agreement.is_enough(),
            "expected": Priority::ALL.iter().map(|it| (it.as_str().to_owned(), row(*it))).collect::<Value>(),
            "misses": self.misses().map(Case::json).collect::<Value>(),
        })
    }

    fn misses(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.verdict.levels_off() > 0)
    }
}

/// Rows are what was expected, columns what triage says.
fn matrix(agreement: &Agreement) -> String {
    let mut text = format!("{:<14}", "expected");
    for found in Priority::ALL {
        let _ = write!(text, "{:>10}", found.as_str());
    }
    text = format!("{}\n", styled(DIM, &text));
    for expected in Priority::ALL {
        let _ = write!(text, "{:<14}", expected.as_str());
        for found in Priority::ALL {
            let count = agreement.count(expected, found);
            let cell = if count == 0 { format!("{:>10}", "·") } else { format!("{count:>10}") };
            let off = (expected as usize).abs_diff(found as usize);
            text.push_str(&if count > 0 && off > 1 { styled(RED, &cell) } else { cell });
        }
        text.push('\n');
    }
    text
}

impl Case {
    fn told(&self) -> String {
        let (verdict, situation) = (&self.verdict, &self.situation);
        let word = |priority: Priority| styled(level_style(priority.as_str()), priority.as_str());
        let off = match verdict.levels_off() {
            1 => String::new(),
            levels => format!(", {}", styled(RED, &format!("{levels} levels off"))),
        };
        let mut text = format!(
            "{}  {}\n  expected {}, found {}{off}; score {}\n",
            styled(BOLD, &safe(&situation.name, TITLE_LIMIT)),
            styled(DIM, &format!("{}:{}", safe(&self.file, TITLE_LIMIT), situation.line)),
            word(verdict.expected),
            word(verdict.found()),
            verdict.triage.score,
        );
        let _ = writeln!(text, "  expected because: {}", safe(&situation.why, TEXT_LIMIT));
        if let Some(because) = verdict.because() {
            let _ = writeln!(text, "  decided by: {}", safe(&because, TEXT_LIMIT));
        }
        for factor in &verdict.triage.factors {
            let score = factor.score.map_or_else(|| "–".to_owned(), |score| score.to_string());
            let evidence = safe(&format!("{}", factor.evidence), TEXT_LIMIT);
            let _ = writeln!(text, "  {:<12} {score:>3}  weight {:<4} {evidence}", factor.name.as_str(), factor.weight);
        }
        text
    }

    fn json(&self) -> Value {
        let triage = &self.verdict.triage;
        let factors = triage.factors.iter().map(|factor| {
            json!({
                "name": factor.name,
                "score": factor.score,
                "weight": factor.weight,
                "evidence": format!("{}", factor.evidence),
            })
        });
        json!({
            "file": self.file,
            "line": self.situation.line,
            "name": self.situation.name,
            "why": self.situation.why,
            "expected": self.verdict.expected,
            "found": self.verdict.found(),
            "levels_off": self.verdict.levels_off(),
            "score": triage.score,
            "because": self.verdict.because(),
            "factors": factors.collect::<Value>(),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn triage() -> TriagePolicy {
        file::parse(file::DEFAULT).unwrap().triage
    }

    fn of(text: &str) -> Judged {
        judge(&[("mine.toml".to_owned(), text.to_owned())], &triage())
            .unwrap_or_else(|failure| unreachable!("{failure}"))
    }

    #[test]
    fn the_examples_hold_under_the_default_policy() {
        let judged = of(EXAMPLES);
        assert!(judged.agreement().is_enough(), "{}", judged.told());
    }

    /// A metric alert's status decides over every factor, so that this text moves with no weight.
    const MISS: &str = r#"
[[situation]]
name = "error rate over the threshold"
priority = "medium"
why = "that alert fires each Monday"
signal = { resource = "metric_alert", action = "critical", title = "error rate" }

[[situation]]
name = "latency"
priority = "medium"
why = "a look today"
signal = { resource = "metric_alert", action = "warning", title = "p95" }
"#;

    #[test]
    fn a_miss_is_told_with_what_it_rests_on() {
        let told = anstream::adapter::strip_str(&of(MISS).told()).to_string();
        let (figures, miss) = told.split_once("\nerror rate").unwrap();
        insta::assert_snapshot!(figures);
        for said in
            ["mine.toml:2", "expected medium, found critical, 2 levels off", "its status is critical", "each Monday"]
        {
            assert!(miss.contains(said), "{said}: {miss}");
        }
        assert_eq!(miss.matches("weight").count(), 6, "each factor is told: {miss}");
        assert!(!told.contains("a look today"), "what agrees is not told: {told}");
    }

    #[test]
    fn programs_get_what_people_do() {
        let value = of(MISS).json();
        assert_eq!((&value["situations"], &value["exact"], &value["far_off"]), (&json!(2), &json!(1), &json!(1)));
        assert_eq!((&value["enough"], &value["expected"]["medium"]["critical"]), (&json!(false), &json!(1)));
        assert_eq!((&value["misses"][0]["line"], &value["misses"][0]["found"]), (&json!(2), &json!("critical")));
        assert_eq!(value["misses"][0]["factors"].as_array().unwrap().len(), 6);
    }

    #[test]
    fn the_mistakes_of_every_file_are_told_at_once() {
        let files = [("one.toml", "situation = 3"), ("two.toml", "[[situation]]\nname = \"x\"")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let Err(failure) = judge(&files, &triage()) else { unreachable!() };
        let told = failure.to_string();
        assert_eq!(failure.code(), 2);
        assert!(
            told.contains("one.toml") && told.contains("two.toml") && told.contains("`priority` is missing"),
            "{told}"
        );
    }
}
