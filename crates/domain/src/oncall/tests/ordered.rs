//! What makes an override, and what none.

use super::*;
use crate::policy::Policy;
use crate::policy::file::{DEFAULT, parse};

const NOW: &str = "2026-11-20T12:00:00Z";

fn policy() -> Policy {
    let schedule = r#"
[contacts.ada]
channels = ["console"]

[contacts.bob]
channels = ["console"]

[schedules.web]
zone = "Europe/Berlin"

[schedules.web.layers.primary]
people = ["ada", "bob"]
rotation = "weekly"
"#;
    parse(&format!("{DEFAULT}\n{schedule}")).unwrap()
}

fn refused(change: impl FnOnce(&mut Override)) -> String {
    let mut asked = order(1, "bob", at(NOW), at("2026-11-21T12:00:00Z"));
    change(&mut asked);
    asked.order(&policy(), at(NOW)).unwrap_err().to_string()
}

#[test]
fn an_override_names_what_is_there_and_ends_after_now() {
    let asked = order(1, "bob", at("2026-11-20T00:00:00Z"), at("2026-11-21T12:00:00Z"));
    let by = Override { by: " ada ".into(), ..asked.clone() };
    assert_eq!(by.order(&policy(), at(NOW)), Ok(asked));
    assert_eq!(refused(|asked| asked.schedule = name("app")), "there is no schedule 'app'; there are: web");
    assert_eq!(refused(|asked| asked.layer = name("night")), "there is no layer 'night'; there are: primary");
    assert_eq!(refused(|asked| asked.person = name("dan")), "there is no contact 'dan'; there are: ada, bob");
    assert_eq!(refused(|asked| asked.by = " ".into()), "an override needs the name of who orders it");
    assert_eq!(refused(|asked| asked.until = asked.from), "it must end after it begins");
    assert_eq!(
        refused(|asked| (asked.from, asked.until) = (at("2026-11-19T00:00:00Z"), at(NOW))),
        "it would end before it is ordered"
    );
    assert!(refused(|asked| asked.until = at("2027-11-23T12:00:00Z")).starts_with("it lasts 366 days at most"));
    let far =
        |asked: &mut Override| (asked.from, asked.until) = (at("2028-01-01T00:00:00Z"), at("2028-01-02T00:00:00Z"));
    assert_eq!(refused(far), "it begins within 366 days of now");
}
