//! What a file of situations may say, and what it is told when it says something else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use super::*;
use crate::incident::State;
use crate::policy::file::{self as policy_file, DEFAULT};
use crate::signal::{Fact, MetricStatus};

fn base() -> TriagePolicy {
    policy_file::parse(DEFAULT).unwrap().triage
}

fn mistakes(text: &str) -> Vec<String> {
    read(text, &base()).map(|_| ()).unwrap_err().iter().map(ToString::to_string).collect()
}

fn one(text: &str) -> Situation {
    let text = format!("[[situation]]\nname = \"x\"\npriority = \"high\"\nwhy = \"y\"\n{text}");
    read(&text, &base()).unwrap().situations.remove(0)
}

const SIGNAL: &str = "signal = { resource = \"issue\", title = \"broke\", level = \"error\" }\n";

#[test]
fn every_mistake_is_told_with_its_line_and_column() {
    let text = "\
[[situation]]
name = \"one\"
priority = \"urgent\"
why = \"\"
signal = { resource = \"issues\", title = \"t\", levl = \"error\" }
before = { opened = \"soon\", usual = \"20\", state = \"gone\", users = 3 }

[[situation]]
priority = \"low\"
why = \"y\"
signal = { resource = \"metric_alert\", title = \"t\" }
before = { users = 3, releases = [[\"1.0\"]] }

[policy.triage.weights]
sevrity = 3
";
    assert_eq!(
        mistakes(text),
        [
            "line 3, column 12: `urgent` is no priority (known: ignore, low, medium, high, critical)",
            "line 4, column 7: expected a reason, found nothing",
            "line 5, column 23: `issues` is none of issue, error, event_alert, metric_alert, activity_alert",
            "line 5, column 46: `levl` is no setting of a signal (did you mean `level`?)",
            "line 6, column 21: expected how long ago, such as \"25m ago\"; it does not end in `ago`",
            "line 6, column 37: `20` is no rate: events in an hour, such as \"20/h\", \"0.5/h\", \"2/min\" or \"3/d\"",
            "line 6, column 51: expected \"open\", \"escalating\", \"exhausted\" or a time such as \"resolved 5d ago\"; it is none \
             of these",
            "line 8, column 1: `name` is missing (what happens, in a few words: name = \"checkout fails for all\")",
            "line 11, column 10: `action` is missing (its status: action = \"critical\")",
            "line 12, column 20: `users` is of an incident, and none is told (add opened = \"1h ago\")",
            "line 12, column 35: expected a release and when it was first seen, such as [\"1.4.0\", \"10d ago\"]",
            "line 15, column 1: `sevrity` is no setting of [triage.weights] (did you mean `severity`?)",
        ]
    );
}

#[test]
fn a_file_without_situations_is_refused() {
    assert_eq!(mistakes("").len(), 1);
    assert!(mistakes("situation = []")[0].contains("there is no situation"));
    assert!(mistakes("[[situation]\n")[0].contains("this is no TOML"));
}

#[test]
fn two_situations_of_one_name_are_refused() {
    let situation = format!("[[situation]]\nname = \"x\"\npriority = \"low\"\nwhy = \"y\"\n{SIGNAL}");
    let told = mistakes(&format!("{situation}{situation}"));
    assert_eq!(told, ["line 7, column 8: there are two situations named `x`"]);
}

#[test]
fn nothing_before_is_nothing_known() {
    let situation = one(SIGNAL);
    let known = situation.known();
    assert!(known.incident.is_none() && known.baseline.is_none() && known.project.is_none() && known.label.is_none());
}

#[test]
fn an_environment_known_before_is_that_of_an_incident() {
    let situation = one(&format!("{SIGNAL}before = {{ environments = [\"staging\", \"production\"] }}\n"));
    let incident = situation.incident.unwrap();
    assert_eq!(incident.subject.environments.all(), ["staging", "production"]);
    assert!(incident.state.is_live());
}

#[test]
fn a_rate_alone_is_no_incident() {
    let situation = one(&format!("{SIGNAL}before = {{ usual = \"2/h\", lately = \"200/h\" }}\n"));
    assert!(situation.incident.is_none() && situation.baseline.is_some());
}

#[test]
fn a_resolved_incident_was_open_before_it() {
    let situation =
        one(&format!("{SIGNAL}before = {{ state = \"resolved 5d ago\", opened = \"1d ago\", users = 4 }}\n"));
    let incident = situation.incident.unwrap();
    let State::Resolved { at, .. } = incident.state else { unreachable!("{:?}", incident.state) };
    assert_eq!(at, NOW - Duration::from_hours(120));
    assert!(incident.opened_at < at && incident.counts.users == Some(4));
}

#[test]
fn a_label_of_noise_is_ignore_and_holds() {
    let situation = one(&format!("{SIGNAL}before = {{ label = \"noise\" }}\n"));
    let label = situation.label.unwrap();
    assert_eq!(label.priority, Priority::Ignore);
    assert_eq!(label.standing(None, NOW), crate::label::Standing::Holds);
}

#[test]
fn the_status_of_a_metric_alert_is_its_action() {
    let situation = one("signal = { resource = \"metric_alert\", action = \"warning\", title = \"t\" }\n");
    assert_eq!(situation.signal.fact, Fact::Metric { status: MetricStatus::Warning });
}

#[test]
fn the_policy_of_a_file_is_laid_over_the_given_one() {
    let text = format!(
        "[[situation]]\nname = \"x\"\npriority = \"low\"\nwhy = \"y\"\n{SIGNAL}[policy.triage.projects]\ntoy = 20\n[policy.triage.weights]\nnovelty = 9\n\
         [[policy.rules]]\nname = \"hush\"\nwhen = {{ level = \"error\" }}\npriority = \"low\"\n"
    );
    let file = read(&text, &base()).unwrap();
    assert_eq!(file.situations[0].judge(&file.triage).found(), Priority::Low, "the rule decides");
    assert_eq!(file.triage.projects["toy"], 20);
    assert_eq!(file.triage.thresholds, base().thresholds);
    assert_eq!(file.triage.environments, base().environments);
}

#[test]
fn agreement_fails_on_a_missed_critical_on_two_levels_and_below_four_of_five() {
    use Priority::{Critical, High, Low, Medium};
    let triage = one(SIGNAL).judge(&base()).triage;
    let enough = |pairs: &[(Priority, Priority)]| {
        let verdicts: Vec<_> = pairs
            .iter()
            .map(|(expected, found)| Verdict {
                expected: *expected,
                triage: Triage { priority: *found, ..triage.clone() },
            })
            .collect();
        Agreement::of(&verdicts).is_enough()
    };
    let same = (Low, Low);
    assert!(enough(&[same, same, same, same, (Low, Medium)]));
    assert!(!enough(&[same, same, same, (Low, Medium)]), "three of four");
    assert!(!enough(&[same, same, same, same, (Low, High)]), "two levels");
    assert!(!enough(&[same, same, same, same, (Critical, High)]), "a critical");
}
