//! What a policy's schedules leave open.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::uses;
use crate::policy::file::PolicyFile;
use crate::policy::mistake::PolicyError;
use crate::policy::{Directory, Member, Target};
use crate::time::Timestamp;
use crate::wall::instant;

/// So far ahead gaps are looked for: every day of the week and both changes of the clocks.
const AHEAD: Duration = Duration::from_hours(366 * 24);

/// Roles that have nobody at some time of the year from `from` on (semantics L7), and schedules and layers that no role names.
pub(super) fn warnings(file: &PolicyFile, directory: &Directory, from: Timestamp, warnings: &mut Vec<PolicyError>) {
    gaps(file, directory, from, warnings);
    unnamed(file, warnings);
}

fn gaps(file: &PolicyFile, directory: &Directory, from: Timestamp, warnings: &mut Vec<PolicyError>) {
    let policy = &file.policy;
    for (role, members) in &policy.roles {
        let used = uses(policy, &Target::Role(role.clone()));
        if used.is_empty() {
            continue;
        }
        let gaps = policy.role_gaps(role, directory, from, from + AHEAD);
        let Some(first) = gaps.first() else { continue };
        let hours = gaps.iter().map(|gap| gap.end.since(gap.start)).sum::<Duration>().as_secs().div_ceil(3_600);
        let zone = members.iter().find_map(|member| match member {
            Member::OnCall { schedule, .. } => policy.schedules.get(schedule),
            Member::Contact(_) | Member::Notifier(_) => None,
        });
        let zone = zone.map_or(TimeZone::UTC, |schedule| schedule.zone.clone());
        let wall = |at| instant(at).to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M").to_string();
        let message = format!(
            "nobody is on call for the role `{role}` in {} of the next year, {hours} h together; the first {} from {} to {} ({}); these name it: {}",
            if gaps.len() == 1 { "1 stretch".to_owned() } else { format!("{} stretches", gaps.len()) },
            if gaps.len() == 1 { "and only" } else { "is" },
            wall(first.start),
            wall(first.end),
            zone.iana_name().unwrap_or("UTC"),
            used.join(", ")
        );
        let hint =
            "a rung that finds nobody is skipped: give the role a further member, such as a layer without `hours`";
        let span = file.spots.roles.get(role).cloned().unwrap_or_default();
        warnings.push(PolicyError::at(&file.text, span, message, Some(hint.to_owned())));
    }
}

fn unnamed(file: &PolicyFile, warnings: &mut Vec<PolicyError>) {
    let members = || file.policy.roles.values().flatten();
    for (name, schedule) in &file.policy.schedules {
        let named = |wanted: &crate::id::Name| {
            members().any(
                |member| matches!(member, Member::OnCall { schedule, layer } if schedule == name && layer == wanted),
            )
        };
        let unnamed: Vec<_> = schedule.layers.keys().filter(|layer| !named(layer)).collect();
        if unnamed.len() == schedule.layers.len() {
            let span = file.spots.schedules.get(name).cloned().unwrap_or_default();
            let hint = unnamed.first().map(|layer| format!("{layer} = [\"oncall:{name}/{layer}\"] in [roles]"));
            warnings.push(PolicyError::at(&file.text, span, format!("no role names the schedule `{name}`"), hint));
            continue;
        }
        for layer in unnamed {
            let span = file.spots.layers.get(&(name.clone(), layer.clone())).cloned().unwrap_or_default();
            let message = format!("no role names the layer `{layer}` of the schedule `{name}`");
            let hint = format!("{layer} = [\"oncall:{name}/{layer}\"] in [roles]");
            warnings.push(PolicyError::at(&file.text, span, message, Some(hint)));
        }
    }
}
