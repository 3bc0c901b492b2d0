#![doc = include_str!("../README.md")]

pub mod agreement;
mod apply;
pub mod attention;
pub mod backoff;
pub mod baseline;
pub mod command;
pub mod decide;
pub mod decision;
pub mod environment;
pub mod event;
pub mod fingerprint;
pub mod id;
pub mod incident;
pub mod label;
pub mod oncall;
pub mod policy;
pub mod priority;
pub mod project;
pub mod release;
pub mod signal;
pub mod silence;
pub mod situation;
pub mod standing;
pub mod time;
pub mod why;
pub mod working_hours;
