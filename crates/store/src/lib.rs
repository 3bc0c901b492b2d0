//! stub
pub mod contract;
pub mod error;
pub mod record;
