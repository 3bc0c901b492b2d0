//! What was logged, for tests to read. One subscriber for all of them, because tracing remembers which lines nobody listens to, and
//! tests run beside each other; each sees the lines of its own thread.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

thread_local! {
    static LINES: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Hands each thread its own lines.
struct ToThread;

impl io::Write for ToThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.iter_mut().for_each(|lines| lines.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens to everything from now on; before the first line that any test may log.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let subscriber =
            tracing_subscriber::fmt().json().with_max_level(tracing::Level::TRACE).with_writer(|| ToThread).finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// The lines of this thread, while it lives.
pub(super) struct Log;

impl Log {
    pub(super) fn of_this_thread() -> Self {
        LINES.set(Some(Vec::new()));
        Self
    }

    pub(super) fn text(&self) -> String {
        LINES.with_borrow(|lines| String::from_utf8(lines.clone().unwrap_or_default()).unwrap())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LINES.set(None);
    }
}
