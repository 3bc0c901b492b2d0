//! What every backend promises, as plain functions over [`Store`]: a backend is one when all of them pass.
//!
//! [`conformance!`](crate::conformance!) turns each into a test of its own.
#![expect(clippy::unwrap_used, reason = "a test suite that other crates' tests run may stop at the first surprise")]

pub mod bodies;
pub mod bundles;
pub mod cleaning;
pub mod deliveries;
pub mod incidents;
pub mod made;
pub mod naming;
pub mod outbox;
pub mod records;
pub mod standing;
pub mod timers;

use std::sync::{Arc, Mutex};

use crate::contract::{Changes, Loaded, Scope, Store};
use crate::error::StoreError;

/// One test for each rule. The argument is an async function that gives something with a method `store(&self) -> &dyn Store`: a
/// fresh, empty store, thrown away when the value is dropped.
#[macro_export]
macro_rules! conformance {
    ($fresh:path) => {
        $crate::conformance!(@tests $fresh:
            bodies::every_body_comes_back_byte_for_byte
            bodies::hostile_text_survives
            bundles::a_bundle_is_claimed_whole
            bundles::a_claim_of_a_bundle_takes_what_nobody_holds
            bundles::a_bundle_tells_what_it_listed
            bundles::the_start_of_a_bundles_id_is_enough
            cleaning::live_incidents_are_never_touched
            cleaning::what_is_over_goes_with_everything_of_its
            cleaning::what_opened_nothing_is_forgotten_when_it_was_silent
            cleaning::a_dry_run_counts_the_same_and_deletes_nothing
            cleaning::an_incident_with_work_left_stays
            cleaning::a_number_is_never_given_out_twice
            cleaning::orders_go_with_the_incidents_of_their_time
            cleaning::attention_of_long_ago_is_forgotten
            deliveries::a_stored_delivery_is_known
            deliveries::the_newest_generation_is_known
            deliveries::an_event_hook_is_known_in_other_bytes
            deliveries::a_repeated_row_is_refused_and_nothing_else_is_saved
            deliveries::deliveries_are_listed_newest_first
            deliveries::the_second_signal_of_a_batch_sees_the_first
            incidents::an_incident_comes_back_as_it_was
            incidents::an_identity_leads_to_its_incident
            incidents::an_identity_remembers_without_an_incident
            incidents::an_identity_knows_what_is_usual_and_what_was_said
            records::a_project_is_overwritten_by_its_key
            records::truths_are_kept_in_the_order_of_their_time
            incidents::every_save_raises_the_version
            incidents::an_incident_is_changed_only_by_who_loaded_it
            incidents::rows_of_an_unknown_incident_are_refused
            incidents::incidents_are_listed_newest_first
            incidents::live_incidents_come_in_pages
            incidents::a_timeline_is_read_in_order
            naming::the_start_of_an_id_is_enough
            naming::other_peoples_names_are_found
            outbox::pages_go_first_and_the_earliest_of_them
            outbox::busy_lanes_are_passed_over
            outbox::every_claim_has_a_new_token
            outbox::a_lease_holds_until_its_end
            outbox::a_late_finish_saves_nothing
            outbox::only_held_tasks_are_loaded
            outbox::a_retry_waits_for_its_time
            outbox::what_failed_for_good_is_owed
            outbox::unfinished_pages_are_loaded_when_asked_for
            outbox::cancelled_pages_are_never_sent
            outbox::a_page_may_end_and_cancel_the_others_at_once
            outbox::a_jump_of_the_clock_moves_work_but_no_timer
            records::a_receipt_is_the_last_one
            records::a_run_is_overwritten_by_its_name
            records::escalations_are_listed_and_found
            records::first_times_of_an_escalation_stay
            records::figures_of_an_escalation_come_back
            records::a_policy_is_kept_once
            records::a_beat_tells_the_one_before
            records::figures_count
            standing::orders_come_back_oldest_first
            standing::orders_that_were_over_by_then_are_left_out
            standing::every_save_of_orders_raises_the_revision
            standing::attention_comes_with_every_load
            standing::attention_that_says_nothing_is_forgotten
            timers::an_incident_has_one_timer
            timers::due_timers_come_earliest_first
            timers::the_next_due_time_is_of_tasks_leases_and_timers
        );
    };
    (@tests $fresh:path: $($module:ident::$rule:ident)+) => {
        $(
            #[tokio::test]
            async fn $rule() {
                let fresh = $fresh().await;
                $crate::conformance::$module::$rule(fresh.store()).await;
            }
        )+
    };
}

/// Saves `changes` to which nothing needs to be loaded.
///
/// # Errors
/// Those of [`Store::transact`].
pub async fn put(store: &dyn Store, changes: Changes) -> Result<(), StoreError> {
    store.transact(Scope::default(), Box::new(move |_| changes.clone())).await
}

/// Saves `changes` after loading `scope`.
///
/// # Errors
/// Those of [`Store::transact`].
pub async fn put_with(store: &dyn Store, scope: Scope, changes: Changes) -> Result<(), StoreError> {
    store.transact(scope, Box::new(move |_| changes.clone())).await
}

/// What `scope` loads.
///
/// # Errors
/// Those of [`Store::transact`].
pub async fn look(store: &dyn Store, scope: Scope) -> Result<Loaded, StoreError> {
    let seen = Arc::new(Mutex::new(Loaded::default()));
    let keep = Arc::clone(&seen);
    store
        .transact(
            scope,
            Box::new(move |loaded| {
                *keep.lock().unwrap() = loaded.clone();
                Changes::default()
            }),
        )
        .await?;
    let loaded = seen.lock().unwrap().clone();
    Ok(loaded)
}
