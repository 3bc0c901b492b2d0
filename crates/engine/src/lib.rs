//! stub
pub mod engine;
pub mod health;
pub mod intake;
pub mod operate;
pub mod ports;
