//! What people would call the same problem, Watchfire calls the same: measured against corpora of signals that people can read and extend.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that fails says so, and its figures are meant to be read"
)]

mod corpus;
mod document;
mod groups;
mod situations;
