//! `[budget]`, for everybody, and what a contact has of its own (semantics L16).

use toml::de::DeTable;

use super::reader::Reader;
use crate::policy::Budget;
use crate::wall::WallTime;

/// What holds for whoever has no word of their own.
pub(super) struct CommonBudget {
    day: Option<u32>,
    night: Option<u32>,
    from: WallTime,
    to: WallTime,
    zone: String,
}

impl CommonBudget {
    /// `zone` is that of the working hours.
    pub(super) fn read<'t>(reader: &mut Reader<'t>, policy: &DeTable<'t>, zone: &str) -> Self {
        let usual = |hour| WallTime::hour(hour).unwrap_or(WallTime::MIDNIGHT);
        let mut common = Self { day: None, night: None, from: usual(8), to: usual(22), zone: zone.to_owned() };
        let Some((key, value)) = policy.get_key_value("budget") else { return common };
        let Some(table) = reader.table(value) else { return common };
        reader.keys(table, "[budget]", &["day", "night", "from", "to"]);
        (common.day, common.night) = limits(reader, table);
        for (name, place) in [("from", &mut common.from), ("to", &mut common.to)] {
            if let Some(read) = table.get(name).and_then(|value| reader.wall_time(value)) {
                *place = read;
            }
        }
        if common.from >= common.to {
            let message = format!("the day begins at {} and ends at {}: it must begin earlier", common.from, common.to);
            reader.mistake(key.span(), message, None);
        }
        common
    }

    /// A contact's budget: its own numbers and zone, else everybody's; `None` without a limit by day and by night.
    pub(super) fn of<'t>(&self, reader: &mut Reader<'t>, contact: &DeTable<'t>) -> Option<Budget> {
        let own = contact.get("budget").and_then(|value| reader.table(value));
        let (day, night) = own.map_or((None, None), |table| {
            reader.keys(table, "a budget", &["day", "night"]);
            limits(reader, table)
        });
        let zone = contact.get("zone").and_then(|value| Some(reader.zone(value)?.iana_name()?.to_owned()));
        let (day, night) = (day.or(self.day), night.or(self.night));
        (day.is_some() || night.is_some()).then(|| Budget {
            day: day.unwrap_or(u32::MAX),
            night: night.unwrap_or(u32::MAX),
            from: self.from,
            to: self.to,
            zone: zone.unwrap_or_else(|| self.zone.clone()),
        })
    }
}

fn limits<'t>(reader: &mut Reader<'t>, table: &DeTable<'t>) -> (Option<u32>, Option<u32>) {
    let mut limit = |key: &str| table.get(key).and_then(|value| reader.count(value, 0, "interruptions"));
    (limit("day"), limit("night"))
}
