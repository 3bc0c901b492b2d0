#![doc = include_str!("../../README.md")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a story that cannot be told is a failed test")]

mod checks;
mod expect;
mod hooks;
mod orders;
mod others;
mod people;
mod recorder;
mod setting;
mod span;
mod world;

pub use hooks::{Fixture, HookBuilder, SignedHook, fixture, fixtures};
pub use recorder::{Reply, Sent, What};
pub use setting::{Setting, scenario};
pub use span::{Within, hours, minutes, seconds};
pub use world::{Answer, Shown, World};
