//! Sentry's platform webhooks: is it signed, and what does it say.
//!
//! [`verify`] looks at the raw bytes, before anything reads them. [`parse`] turns them into a [`Signal`](domain::signal::Signal) and
//! never fails for what a stranger wrote: a body that says nothing useful is said to be so, and is stored like any other. The names and
//! shapes are those of docs.sentry.io "Integration Platform › Webhooks" and of getsentry/sentry; each file tells the quirks it knows.

mod activity_alert;
mod aside;
mod chain;
mod event;
mod issue;
mod link;
mod metric_alert;
mod parse;
mod reader;
mod remark;
mod scalar;
mod synthetic;
mod tags;
mod text;
mod verify;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod promises;

pub use event::event_key;
pub use parse::{Parsed, RESOURCE_HEADER, parse};
pub use synthetic::{SyntheticHook, synthetic_hook};
pub use verify::{APP_SIGNATURE_HEADER, HOOK_SIGNATURE_HEADER, SignatureError, SigningSecret, sign, verify};
