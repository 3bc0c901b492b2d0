//! The service under measurement: as the binary wires it, with a transport that only counts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::policy::file;
use engine::engine::Engine;
use engine::ports::{Ports, Settings};
use integrations::registry;
use integrations::request::{Request, Response, Sending, Transport};
use server::{Limits, ServerState, Tokens};
use store::contract::Store;
use store::record::Retention;
use store::sqlite::{SqliteOptions, SqliteStore};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use watchfire::clock::SystemClock;
use watchfire::config::validated::{Log, LogFormat};

use crate::{bodies, spent};

/// As the binary: two threads.
const THREADS: usize = 2;

/// Starts logging, as the service does.
pub(crate) fn log(level: &str) {
    watchfire::telemetry::start(&Log { level: level.to_owned(), format: LogFormat::Text });
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Transport for Counting {
    fn send(&self, _: Request) -> Sending<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(Response::Console) })
    }
}

/// Commits, by the engine's own metrics.
#[derive(Clone, Copy, Default)]
pub(crate) struct Batches {
    pub(crate) count: u64,
    jobs: u64,
}

impl Batches {
    pub(crate) fn since(self, before: Self) -> Self {
        Self { count: self.count - before.count, jobs: self.jobs - before.jobs }
    }

    pub(crate) fn mean(self) -> f64 {
        self.jobs as f64 / self.count.max(1) as f64
    }
}

/// A running service on a port of its own.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    runtime: Runtime,
    engine: Engine,
    transport: Arc<Counting>,
    stop: CancellationToken,
    running: Vec<tokio::task::JoinHandle<()>>,
    folder: PathBuf,
}

impl House {
    pub(crate) fn open() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("watchfire-pipeline-{}-{number}", std::process::id()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name(spent::SERVER)
            .enable_all()
            .build()
            .unwrap();
        let transport = Arc::new(Counting::default());
        let stop = CancellationToken::new();
        let (engine, state, listener) = runtime.block_on(async {
            let store: Arc<dyn Store> =
                Arc::new(SqliteStore::open(&SqliteOptions::at(folder.join("watchfire.db"))).await.unwrap());
            let engine = Engine::build(ports(store, Arc::clone(&transport)), settings()).await.unwrap();
            let retention = Retention {
                deliveries: Duration::from_hours(24 * 30),
                tasks: Duration::from_hours(24 * 30),
                incidents: Duration::from_hours(24 * 30),
            };
            let state = ServerState::new(engine.clone(), Tokens::new(Vec::new()), Limits::default(), retention);
            (engine, state, TcpListener::bind("127.0.0.1:0").await.unwrap())
        });
        let address = listener.local_addr().unwrap();
        let serving = server::serve(listener, server::router(state), Limits::default(), stop.clone());
        let (worker, stop_worker) = (engine.clone(), stop.clone());
        let running = vec![runtime.spawn(serving), runtime.spawn(async move { worker.run(stop_worker).await })];
        Self { address, runtime, engine, transport, stop, running, folder }
    }

    pub(crate) fn pages(&self) -> u64 {
        self.transport.0.load(Ordering::Relaxed)
    }

    pub(crate) fn batches(&self) -> Batches {
        let text = self.runtime.block_on(self.engine.metrics_text());
        let number = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
            value.parse::<f64>().unwrap() as u64
        };
        Batches { count: number("watchfire_batch_size_count"), jobs: number("watchfire_batch_size_sum") }
    }

    pub(crate) fn disk_bytes(&self) -> u64 {
        let files = std::fs::read_dir(&self.folder).unwrap().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum()
    }

    pub(crate) fn close(self) {
        self.stop.cancel();
        for task in self.running {
            self.runtime.block_on(task).unwrap();
        }
        self.runtime.block_on(self.engine.store().close()).unwrap();
        drop(self.runtime);
        std::fs::remove_dir_all(self.folder).unwrap();
    }
}

fn ports(store: Arc<dyn Store>, transport: Arc<Counting>) -> Ports {
    // Any ids that differ, spread like random ones.
    let drawn = AtomicU64::new(1);
    let ids = move || drawn.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Ports { store, transport, clock: Arc::new(SystemClock::start()), ids: Arc::new(ids) }
}

fn settings() -> Settings {
    let name: domain::id::Name = "console".parse().unwrap();
    let console = registry::notifier("console", &name, registry::Table::new()).unwrap().adapter;
    Settings {
        secrets: vec![bodies::secret()],
        monitoring: true,
        policy: Arc::new(file::parse(file::DEFAULT).unwrap()),
        policy_text: file::DEFAULT.into(),
        notifiers: [(name, console)].into(),
        agents: [].into(),
        public_url: None,
        slots: 32,
        slots_per_lane: 4,
        lease: Duration::from_secs(60),
    }
}
