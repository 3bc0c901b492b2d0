//! stub
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
