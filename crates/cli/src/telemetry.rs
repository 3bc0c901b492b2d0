//! Logs: on standard error, because standard output belongs to the console notifier.

use std::io::{self, Write};

use integrations::untrusted::Untrusted;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::validated::{Log, LogFormat};

/// Starts logging; a second call changes nothing.
pub fn start(log: &Log) {
    // The level was checked when the configuration was read.
    let filter: Targets = log.level.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let registry = tracing_subscriber::registry();
    // Failing means that logging runs already.
    let _ = match log.format {
        LogFormat::Text => {
            let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| OneLine(io::stderr()));
            registry.with(layer.with_filter(filter)).try_init()
        }
        LogFormat::Json => {
            let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(io::stderr);
            registry.with(layer.with_filter(filter)).try_init()
        }
    };
}

/// Keeps each event on one line without control characters. tracing-subscriber 0.3 writes fields logged with `%` raw, so that a title with a
/// line feed could forge a line of the log (the JSON form escapes them itself).
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The formatter hands over each event in one piece.
        let text = String::from_utf8_lossy(bytes);
        let line = Untrusted::new(text.strip_suffix('\n').unwrap_or(&text)).for_terminal(usize::MAX);
        self.0.write_all(format!("{line}\n").as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_can_forge_a_line_of_the_log() {
        let mut out = Vec::new();
        let written = OneLine(&mut out).write(b"a\nINFO forged \x1b[2J\n");
        assert!(written.is_ok());
        assert_eq!(String::from_utf8_lossy(&out), "a\\u{a}INFO forged \\u{1b}[2J\n");
    }
}
