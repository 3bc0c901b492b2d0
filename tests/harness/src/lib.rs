//! A small world in which Watchfire runs for real, with two things replaced: the clock stands still until a story moves it, and what
//! leaves the house is written down instead of sent. Router, engine, store (on disk) and adapters are those of the service.
//!
//! A story is told with [`scenario`]; when it ends, the world asserts what nobody asked: nothing unexpected was sent, no work is dead,
//! each delivery has exactly the outcome that its sender was told, and every live incident has its one timer.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot be told is a failed test"
)]

mod checks;
mod hooks;
mod recorder;
mod setting;
mod span;
mod world;

pub use hooks::{Fixture, HookBuilder, SignedHook, fixture, fixtures};
pub use recorder::{Reply, Sent, What};
pub use setting::{Setting, scenario};
pub use span::{Within, hours, minutes, seconds};
pub use world::{Answer, Shown, World};
