#![doc = include_str!("../README.md")]

pub mod agent;
pub mod bulletin;
pub mod codegen;
pub mod console;
pub mod discord;
pub mod fields;
pub mod http_agent;
pub mod ical;
pub mod mattermost;
pub mod notifier;
pub mod ntfy;
pub mod outcome;
pub mod pagerduty;
pub mod posting;
pub mod prose;
pub mod registry;
pub mod request;
pub mod sentry;
pub mod slack;
pub mod standard_webhooks;
pub mod telegram;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
pub mod untrusted;
pub mod webhook;
pub mod wording;
