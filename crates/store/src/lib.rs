#![doc = include_str!("../README.md")]

pub(crate) mod attention;
pub mod conformance;
pub mod contract;
pub mod error;
pub mod memory;
pub(crate) mod naming;
pub mod pack;
pub mod record;
pub mod sqlite;
