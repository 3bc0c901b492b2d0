//! `/api/v1`: one file for each endpoint.

use axum::Router;
use axum::routing::{delete, get, post};

use crate::state::ServerState;

mod ack;
mod act;
mod bundle_ack;
mod cleanup;
mod create;
mod cursor;
mod deliveries;
mod delivery;
mod delivery_body;
mod drill;
mod escalation;
mod escalation_resolve;
mod escalations;
mod find;
mod incident;
mod incidents;
mod notifier_test;
mod oncall;
mod oncall_feed;
mod oncall_import;
mod oncall_override;
mod oncall_override_end;
mod oncall_schedule;
mod owed;
mod policy;
mod priority;
mod rebase;
mod reopen;
mod resolve;
mod response;
mod share;
mod silence;
mod silence_end;
mod silence_order;
mod silence_preview;
mod silences;
mod snooze;
mod stats;
mod timeline;
mod triage_report;
mod undo;
pub(crate) mod view;
mod why;

pub(crate) fn routes() -> Router<ServerState> {
    Router::new()
        .route("/api/v1/incidents", get(incidents::list))
        .route("/api/v1/incidents/{id}", get(incident::show))
        .route("/api/v1/incidents/{id}/timeline", get(timeline::list))
        .route("/api/v1/incidents/{id}/why", get(why::explain))
        .route("/api/v1/incidents/{id}/ack", post(ack::acknowledge))
        .route("/api/v1/incidents/{id}/snooze", post(snooze::snooze))
        .route("/api/v1/incidents/{id}/resolve", post(resolve::resolve))
        .route("/api/v1/incidents/{id}/reopen", post(reopen::reopen))
        .route("/api/v1/incidents/{id}/undo", post(undo::undo))
        .route("/api/v1/incidents/{id}/priority", post(priority::set))
        .route("/api/v1/incidents/{id}/noise", post(priority::noise))
        .route("/api/v1/incidents/{id}/rebase", post(rebase::rebase))
        .route("/api/v1/bundles/{id}/ack", post(bundle_ack::acknowledge))
        .route("/api/v1/drills", post(drill::start))
        .route("/api/v1/triage/report", get(triage_report::report))
        .route("/api/v1/escalations", get(escalations::list).post(create::create))
        .route("/api/v1/escalations/stats", get(stats::stats))
        .route("/api/v1/escalations/cleanup", post(cleanup::clean_up))
        .route("/api/v1/escalations/{id}", get(escalation::show))
        .route("/api/v1/escalations/{id}/resolve", post(escalation_resolve::resolve))
        .route("/api/v1/deliveries", get(deliveries::list))
        .route("/api/v1/deliveries/{id}", get(delivery::show))
        .route("/api/v1/deliveries/{id}/body", get(delivery_body::raw))
        .route("/api/v1/owed", get(owed::list))
        .route("/api/v1/silences", get(silences::list).post(silence_order::order))
        .route("/api/v1/silences/{id}", get(silence::show))
        .route("/api/v1/silences/{id}/end", post(silence_end::end))
        .route("/api/v1/silences/{id}/preview", get(silence_preview::show))
        .route("/api/v1/oncall", get(oncall::list))
        .route("/api/v1/oncall/{schedule}", get(oncall_schedule::show))
        .route("/api/v1/oncall/{schedule}/feed", get(oncall_feed::address))
        .route("/api/v1/oncall/{schedule}/import", post(oncall_import::import))
        .route("/api/v1/oncall/{schedule}/overrides", post(oncall_override::order))
        .route("/api/v1/oncall/overrides/{id}", delete(oncall_override_end::end))
        .route("/api/v1/notifiers/{name}/test", post(notifier_test::test))
        .route("/api/v1/policy", get(policy::show))
}
