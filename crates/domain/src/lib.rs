#![doc = include_str!("../README.md")]

mod apply;
pub mod backoff;
pub mod command;
pub mod decide;
pub mod decision;
pub mod event;
pub mod fingerprint;
pub mod id;
pub mod incident;
pub mod policy;
pub mod priority;
pub mod signal;
pub mod time;
pub mod why;
pub mod working_hours;
