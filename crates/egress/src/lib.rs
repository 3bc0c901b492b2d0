#![doc = include_str!("../README.md")]

pub mod console;
pub mod guard;
mod http;
mod redact;
mod retry_after;
mod transport;

pub use console::Console;
pub use http::{CONNECT_LIMIT, USER_AGENT};
pub use transport::Egress;

/// Makes aws-lc-rs the process's TLS provider. To be called once, before anything speaks TLS; later calls change nothing.
///
/// Two providers in one process make rustls refuse to choose, so the choice is made in one place.
pub fn install_tls_provider() {
    // An error only says that a provider is already installed.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
