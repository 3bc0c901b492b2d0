//! The stories of "Timelines, minute by minute" in `docs/semantics.md`, under the same names.

mod a_critical_that_nobody_answers_for_a_day;
mod a_flapping_low;
mod a_medium_that_turns_high;
mod a_metric_alert_that_wavers;
mod a_silence_over_minute_0_to_50;
mod a_solo_developer_with_one_phone;
mod an_acknowledgement_that_ends_between_two_rungs;
mod an_acknowledgement_then_ten_times_the_users;
mod an_agent_that_holds_for_its_whole_limit;
mod one_chat_that_is_team_and_primary;
mod resolve_unresolve_resolve_within_a_minute;
mod the_clock_set_back_an_hour_and_forward_seven_days;
mod three_days_switched_off;
mod two_joined_issues_of_which_one_is_resolved;
