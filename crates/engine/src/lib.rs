#![doc = include_str!("../README.md")]

pub mod calendar;
pub mod engine;
pub mod health;
pub mod intake;
pub mod operate;
mod order;
pub mod policies;
pub mod ports;

mod agent;
mod bundle;
mod clocks;
mod commit;
mod counted;
mod delivery;
mod escalation_row;
mod finish;
mod habit;
mod identity;
mod inside;
mod metrics;
mod notification;
mod perform;
mod queue;
mod run;
mod slots;
mod wakeup;
mod workspace;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests;
