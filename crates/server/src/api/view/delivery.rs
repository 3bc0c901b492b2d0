//! Deliveries.

use serde::Serialize;
use store::record::DeliveryRow;

use super::When;

/// A delivery without its body.
#[derive(Serialize)]
pub(in crate::api) struct DeliveryView<'a> {
    id: String,
    received_at: When,
    resource: &'a str,
    action: &'a str,
    outcome: &'static str,
    incident: Option<String>,
    trouble: Option<&'a str>,
    bytes: u32,
}

impl<'a> DeliveryView<'a> {
    pub(in crate::api) fn of(row: &'a DeliveryRow) -> Self {
        Self {
            id: row.id.to_string(),
            received_at: When(row.received_at),
            resource: &row.resource,
            action: &row.action,
            outcome: row.outcome.as_str(),
            incident: row.incident.map(|incident| incident.to_string()),
            trouble: row.trouble.as_deref(),
            bytes: row.length,
        }
    }
}
