//! Start and end of the service: two stages, so that what is under way is finished but nothing can hold the end up for ever.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// How long the end may take, from the first signal. Shorter than the 30 s after which container platforms kill.
pub const HARD_STOP: Duration = Duration::from_secs(25);

/// How a service ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Everything under way was finished.
    Finished,
    /// A part of it ended although nobody had asked.
    Broken(&'static str),
    /// It took too long, or a second signal came: what was under way is made good at the next start.
    Cut,
}

/// The signals that end a service, and the one that makes it look at its configuration again.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Listens for them from now on.
    ///
    /// # Errors
    /// When the system gives no handler.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one that ends. A terminal that is closed ends nothing.
    pub async fn end(&mut self) {
        self.ending(&mut async || {}).await;
    }

    /// Waits for one that ends; runs `look_again` for each that does not, and cuts it short for one that ends.
    async fn ending(&mut self, look_again: &mut impl AsyncFnMut()) {
        loop {
            tokio::select! {
                biased;
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => {}
            }
            tokio::select! {
                biased;
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                () = look_again() => {}
            }
        }
    }
}

/// Runs the listening side and the engine until a signal comes. First the listening side ends, then, when no request waits for the engine any
/// more, the engine; each finishes what is under way.
#[expect(
    clippy::disallowed_methods,
    reason = "the life cycle is where the two halves of the service are started and awaited"
)]
pub async fn run<L, E>(
    mut signals: Signals,
    listening: impl FnOnce(CancellationToken) -> L,
    engine: impl FnOnce(CancellationToken) -> E,
    mut look_again: impl AsyncFnMut(),
) -> End
where
    L: Future<Output = ()> + Send + 'static,
    E: Future<Output = ()> + Send + 'static,
{
    let (stop_listening, stop_engine) = (CancellationToken::new(), CancellationToken::new());
    let mut listening = tokio::spawn(listening(stop_listening.clone()));
    let mut engine = tokio::spawn(engine(stop_engine.clone()));
    tokio::select! {
        biased;
        () = signals.ending(&mut look_again) => {}
        _ = &mut listening => return End::Broken("the listening side"),
        _ = &mut engine => return End::Broken("the engine"),
    }
    tracing::info!("stopping: nothing new is taken, what is under way is finished; a second signal ends at once");
    let gentle = async {
        stop_listening.cancel();
        // A panic in there was told by the panic's own message; the end goes on.
        let _ = listening.await;
        stop_engine.cancel();
        let _ = engine.await;
    };
    tokio::select! {
        biased;
        () = gentle => End::Finished,
        () = signals.ending(&mut look_again) => End::Cut,
        () = tokio::time::sleep(HARD_STOP) => End::Cut,
    }
}
