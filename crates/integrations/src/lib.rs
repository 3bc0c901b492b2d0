//! stub
pub mod agent;
pub mod notifier;
pub mod outcome;
pub mod request;
pub mod untrusted;
