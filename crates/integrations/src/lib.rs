//! stub
pub mod agent;
pub mod fields;
pub mod notifier;
pub mod outcome;
pub mod registry;
pub mod request;
pub mod untrusted;
