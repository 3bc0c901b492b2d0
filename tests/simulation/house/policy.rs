//! The text of a policy, drawn: it weighs by Sentry's level alone, so that a story decides what is critical; everything else is chance.

use std::fmt::Write as _;

use domain::id::Name;

use crate::chance::Chance;

/// Draws one.
pub fn drawn_by(chance: &mut Chance, notifiers: &[Name], contacts: u64, zone: &str) -> String {
    let people = People { notifiers, contacts };
    let mut text = format!("fallback = [\"{}\"]\n[roles]\n", people.fallback(chance));
    let scheduled = chance.percent(60);
    for role in ["team", "primary", "secondary"] {
        let members: Vec<String> = match (role, chance.below(5)) {
            ("primary", 0..4) if scheduled => vec!["oncall:web/primary".to_owned()],
            ("secondary", 1 | 2) if scheduled => vec!["oncall:web/night".to_owned()],
            ("secondary", 0) => Vec::new(),
            ("team", 0..3) => vec!["notifier:*".to_owned()],
            (_, 3) => vec![people.contact(chance), people.notifier(chance)],
            _ => vec![people.contact(chance)],
        };
        let _ = writeln!(text, "{role} = [{}]", quoted(&members));
    }
    for contact in 0..contacts {
        let mut channels: Vec<String> = Vec::new();
        for _ in 0..chance.between(1, 3) {
            let channel = chance.pick(notifiers).to_string();
            if !channels.contains(&channel) {
                channels.push(channel);
            }
        }
        let _ = writeln!(text, "[contacts.c{contact}]\nchannels = [{}]", quoted(&channels));
    }
    if scheduled {
        schedule(chance, contacts, zone, &mut text);
    }
    if chance.percent(40) {
        let _ = writeln!(text, "[budget]\nday = {}\nnight = {}", chance.between(0, 4), chance.between(0, 2));
    }
    for level in ["critical", "high", "medium", "low", "maintenance"] {
        self::level(chance, level, &people, &mut text);
    }
    if chance.percent(25) {
        silence(chance, zone, &mut text);
    }
    let (shop, weekends, assigned) = (*chance.pick(&[50, 80]), chance.percent(50), chance.percent(40));
    let digest = chance.pick(&["09:00", "02:30", "17:15"]);
    let _ = writeln!(
        text,
        "[triage]\nenvironment_default = 60\nprocess_low = true\n\
         [triage.weights]\nseverity = 100\nenvironment = 0\nimpact = 0\nvelocity = 0\nnovelty = 0\ncriticality = 0\n\
         [triage.thresholds]\ncritical = 90\nhigh = 56\nmedium = 21\nlow = 3\n\
         [triage.environments]\nproduction = 80\n\
         [triage.projects]\nshop = {shop}\n\
         [working_hours]\nzone = \"{zone}\"\nfrom = \"09:00\"\nto = \"18:00\"\n\
         [digest]\nat = \"{digest}\"\nweekends = {weekends}\n\
         [answers]\nassigned_in_sentry = {assigned}"
    );
    text
}

struct People<'a> {
    notifiers: &'a [Name],
    contacts: u64,
}

impl People<'_> {
    fn notifier(&self, chance: &mut Chance) -> String {
        format!("notifier:{}", chance.pick(self.notifiers))
    }

    fn contact(&self, chance: &mut Chance) -> String {
        format!("contact:c{}", chance.below(self.contacts))
    }

    fn fallback(&self, chance: &mut Chance) -> String {
        match chance.below(4) {
            0 => "notifier:*".to_owned(),
            1 | 2 => self.notifier(chance),
            _ => self.contact(chance),
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// Turns that change at nine, or at an hour that a change of the clocks leaves out or repeats.
fn schedule(chance: &mut Chance, contacts: u64, zone: &str, text: &mut String) {
    let people = |first: u64| quoted(&[format!("c{}", first % contacts), format!("c{}", (first + 1) % contacts)]);
    let (rotation, handover) =
        *chance.pick(&[("daily", "09:00"), ("daily", "02:30"), ("12h", "02:00"), ("weekly", "Sunday 02:30")]);
    let _ = writeln!(
        text,
        "[schedules.web]\nzone = \"{zone}\"\n[schedules.web.layers.primary]\npeople = [{}]\nrotation = \"{rotation}\"\n\
         handover = \"{handover}\"\n[schedules.web.layers.night]\npeople = [{}]\nrotation = \"daily\"\n\
         hours = [{{ days = \"Mon-Fri\", from = \"22:00\", to = \"06:00\" }}]",
        people(chance.below(contacts)),
        people(chance.below(contacts)),
    );
}

/// One that recurs for as long as the policy says so.
fn silence(chance: &mut Chance, zone: &str, text: &mut String) {
    let kind = chance.pick(&["silence", "maintenance"]);
    let when = chance.pick(&["{ all = [] }", "{ project = \"shop\" }", "{ title = { contains = \"basket\" } }"]);
    let (from, lasts) = *chance.pick(&[("02:30", "1h"), ("01:00", "3h"), ("12:00", "30m")]);
    let _ = writeln!(
        text,
        "[[silences]]\nname = \"import\"\nkind = \"{kind}\"\nwhen = {when}\ndays = \"every\"\nfrom = \"{from}\"\n\
         lasts = \"{lasts}\"\nzone = \"{zone}\"\nreason = \"the import locks the tables\""
    );
}

fn level(chance: &mut Chance, level: &str, people: &People<'_>, text: &mut String) {
    let urgent = matches!(level, "critical" | "high");
    let delay = if level == "critical" { "0" } else { chance.pick(&["0", "2m", "15m"]) };
    let (cooldown, most) = *chance.pick(&[("1m", "8m"), ("5m", "1h"), ("15m", "4h"), ("1h", "1h")]);
    let ack = if level == "maintenance" { "never" } else { chance.pick(&["10m", "30m", "2h"]) };
    let hold = if level == "critical" { "0" } else { chance.pick(&["0", "10m", "1h"]) };
    let exhausted = if urgent { chance.pick(&["30m", "4h"]) } else { chance.pick(&["1h", "delivered"]) };
    let quiet = chance.pick(&["6h", "24h", "3d"]);
    let window = chance.pick(&["1h", "24h", "7d"]);
    let next = chance.pick(&["1m", "3m"]);
    let _ = writeln!(
        text,
        "[levels.{level}]\ninitial_delay = \"{delay}\"\ncooldown = \"{cooldown}\"\nmax_cooldown = \"{most}\"\n\
         ack_timeout = \"{ack}\"\nagent_hold = \"{hold}\"\nexhausted_after = \"{exhausted}\"\nquiet_resolve = \"{quiet}\"\n\
         reopen_window = \"{window}\"\nnext_channel_after = \"{next}\""
    );
    if chance.percent(25) {
        let _ = writeln!(text, "max_pages = {}", chance.between(2, 8));
    }
    if chance.percent(25) {
        let _ = writeln!(text, "fallback = [\"{}\"]", people.fallback(chance));
    }
    if chance.percent(25) {
        let _ = writeln!(text, "until_answered = {}", chance.percent(50));
    }
    let mut after = 0;
    for rung in 0..chance.between(1, 4) {
        rung_of(chance, level, rung, after, people, text);
        after += chance.pick(&[2, 10, 30, 90]);
    }
}

fn rung_of(chance: &mut Chance, level: &str, rung: u64, after: u64, people: &People<'_>, text: &mut String) {
    let mut targets: Vec<String> = vec![match chance.below(4) {
        0 => "role:team".to_owned(),
        1 => "role:primary".to_owned(),
        2 => "role:secondary".to_owned(),
        _ => people.contact(chance),
    }];
    // Now and then rung 0 is left to somebody who may not be on call (semantics L7); a window's summary always has a room.
    if rung == 0 && (level == "maintenance" || chance.percent(85)) {
        targets.insert(0, "role:team".to_owned());
    }
    if rung == 0 {
        targets.push("agent:*".to_owned());
    }
    targets.dedup();
    let _ = writeln!(text, "[[levels.{level}.rungs]]\nafter = \"{after}m\"\ntargets = [{}]", quoted(&targets));
    let waits = match level {
        "low" => 50,
        "medium" => 15,
        _ => 0,
    };
    if chance.percent(waits) {
        let _ = writeln!(text, "digest = true");
    }
    if rung > 0 && chance.percent(20) {
        let _ = writeln!(text, "working_hours_only = true");
    }
    if rung > 0 && chance.percent(20) {
        let _ = writeln!(text, "only_if = [\"{}\"]", chance.pick(&["rising", "delivered"]));
    }
    if chance.percent(20) {
        let _ = writeln!(text, "round_robin = true");
    }
    if chance.percent(20) {
        let _ = writeln!(text, "acks = 2");
    }
    if chance.percent(20) {
        let _ = writeln!(text, "repeats = {}", chance.below(3));
    }
}
