//! iCalendar (RFC 5545), both ways: the shifts of a schedule as a calendar to subscribe to, and a calendar's events as overrides.
//!
//! Read and written by hand: the crate for it asks the clock and draws random ids in the middle of its writer and its parser, which this crate
//! must not, and brings a second library of time along. What is needed of the format is small: folded lines, four forms of a time, and two
//! kinds of recurrence.

pub mod export;
pub mod feed;
pub mod import;
mod lines;
mod recurrence;
mod times;

#[cfg(test)]
mod tests;
