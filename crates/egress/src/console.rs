//! The operator's terminal. One message is one write under one lock, so that two of them are never mixed.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use integrations::request::{Response, Sent, TransportError};
use tokio::sync::Mutex;

type WriteMessage = dyn Fn(&str) -> io::Result<()> + Send + Sync;

/// Where messages for the operator go.
#[derive(Clone)]
pub struct Console {
    write: Arc<WriteMessage>,
    /// Held by the write itself, not by whoever waits for it: a terminal that hangs costs one thread, not one per message.
    turn: Arc<Mutex<()>>,
}

impl Console {
    /// Standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self::through(|message| {
            let mut out = io::stdout().lock();
            out.write_all(message.as_bytes())?;
            out.flush()
        })
    }

    /// Whatever `write` does with a whole message, which ends with a line feed. It may block; it is never called twice at once.
    pub fn through(write: impl Fn(&str) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self { write: Arc::new(write), turn: Arc::new(Mutex::new(())) }
    }

    pub(crate) async fn send(&self, mut message: String, deadline: Duration) -> Result<Response, TransportError> {
        if !message.ends_with('\n') {
            message.push('\n');
        }
        let end = tokio::time::Instant::now() + deadline;
        let Ok(turn) = tokio::time::timeout_at(end, Arc::clone(&self.turn).lock_owned()).await else {
            return Err(failure(Sent::No, false, "the terminal is blocked by an earlier message".to_owned()));
        };
        let write = Arc::clone(&self.write);
        let writing = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            write(&message)
        });
        match tokio::time::timeout_at(end, writing).await {
            Ok(Ok(Ok(()))) => Ok(Response::Console),
            Ok(Ok(Err(error))) => {
                // Nobody reads a closed pipe again in the life of a process.
                let gone = error.kind() == io::ErrorKind::BrokenPipe;
                Err(failure(Sent::Maybe, gone, format!("the terminal took no text: {}", error.kind())))
            }
            Ok(Err(_)) => Err(failure(Sent::Maybe, false, "writing to the terminal was broken off".to_owned())),
            Err(_) => Err(failure(Sent::Maybe, false, "the terminal took no text in time".to_owned())),
        }
    }
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Console")
    }
}

const fn failure(sent: Sent, permanent: bool, reason: String) -> TransportError {
    TransportError { sent, permanent, reason }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a poisoned lock or a closed channel fails the test")]
#[expect(clippy::disallowed_methods, reason = "whoever sends at the same time is spawned")]
mod tests {
    use super::*;
    use std::sync::{Mutex as Lock, mpsc};

    const LONG: Duration = Duration::from_secs(30);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn lines_of_two_messages_are_never_mixed() {
        let seen = Arc::new(Lock::new(String::new()));
        let record = Arc::clone(&seen);
        // Written letter by letter, each under its own lock: only the turn keeps messages whole.
        let console = Console::through(move |message| {
            for letter in message.chars() {
                record.lock().unwrap().push(letter);
                std::thread::yield_now();
            }
            Ok(())
        });
        let sending: Vec<_> = (0..8)
            .map(|number| {
                let console = console.clone();
                let message = format!("{number} first\n{number} second");
                tokio::spawn(async move { console.send(message, LONG).await })
            })
            .collect();
        for one in sending {
            assert!(one.await.unwrap().is_ok());
        }
        let seen = seen.lock().unwrap();
        let lines: Vec<_> = seen.lines().collect();
        assert_eq!(lines.len(), 16);
        for pair in lines.chunks(2) {
            assert_eq!(pair[0].replace("first", "second"), pair[1]);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_hanging_terminal_holds_nobody_beyond_the_deadline() {
        let (release, held) = mpsc::channel::<()>();
        let held = Lock::new(held);
        let console = Console::through(move |_| {
            // Ends with the test, when the sender is dropped.
            let _ = held.lock().unwrap().recv();
            Ok(())
        });
        let first = console.send("first".to_owned(), Duration::from_millis(20)).await.unwrap_err();
        assert_eq!((first.sent, first.permanent), (Sent::Maybe, false));
        let second = console.send("second".to_owned(), Duration::from_millis(20)).await.unwrap_err();
        assert_eq!((second.sent, second.permanent), (Sent::No, false));
        drop(release);
    }

    #[tokio::test]
    async fn a_closed_terminal_is_given_up() {
        let console = Console::through(|_| Err(io::ErrorKind::BrokenPipe.into()));
        let error = console.send("x".to_owned(), LONG).await.unwrap_err();
        assert!(error.permanent);
    }
}
