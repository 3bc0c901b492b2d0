//! The one place that chooses: which store, which transport, which clock. Everybody else gets them as values.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use egress::Egress;
use engine::engine::Engine;
use engine::ports::{Ports, Settings};
use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use integrations::sentry::SigningSecret;
use server::{Authorised, Limits, Scope, ServerState, Tokens};
use store::contract::Store;
use store::error::StoreError;
use store::sqlite::{SqliteOptions, SqliteStore};
use tower::ServiceExt as _;

use crate::client::Answer;
use crate::clock::SystemClock;
use crate::config::validated::{Database, Log};
use crate::config::{Config, secrets};
use crate::exit::Failure;
use crate::lifecycle;
use crate::session::{self, Session};
use crate::telemetry;

/// How many requests are under way at once, and how many of them to one notifier or agent.
const SLOTS: (usize, usize) = (32, 4);

/// How long a claimed task belongs to its claimer: longer than every deadline of a request.
const LEASE: Duration = Duration::from_secs(60);

/// Why nothing can be changed, and the way out.
pub const READ_ONLY: &str = "is opened for reading alone (mode=ro): drop that option to change anything";

/// A service that is ready to run.
pub struct Service {
    /// The engine.
    pub engine: Engine,
    /// What the server serves.
    pub state: ServerState,
    /// The store, to be closed at the end.
    pub store: Arc<dyn Store>,
}

/// Puts together what the configuration names, around a store that is open.
///
/// # Errors
/// A secret or token that cannot be made; a store that cannot be written.
pub async fn service(session: &Session, config: &Config, store: Arc<dyn Store>) -> Result<Service, Failure> {
    egress::install_tls_provider();
    // Who only reads makes no files, and takes nothing that would have to be let in.
    let (tokens, webhook_secrets) = if config.database.read_only {
        (Tokens::new(Vec::new()), Vec::new())
    } else {
        let tokens = session::admin_tokens(session, config)?.with_feeds(session::feed_key(session, config)?);
        (tokens, session::webhook_secrets(config)?.0)
    };
    let settings = Settings {
        secrets: (1..)
            .zip(webhook_secrets)
            .map(|(number, secret)| SigningSecret::new(format!("{number}"), secret))
            .collect(),
        monitoring: config.sentry.monitoring,
        policy: Arc::clone(&config.policy.policy),
        policy_text: Arc::clone(&config.policy.text),
        notifiers: config.notifiers.clone(),
        agents: config.agents.clone(),
        public_url: config.public_url.clone(),
        slots: SLOTS.0,
        slots_per_lane: SLOTS.1,
        lease: LEASE,
    };
    let clock = Arc::new(SystemClock::start());
    let ports = Ports {
        store: Arc::clone(&store),
        transport: Arc::new(Egress::new(Arc::clone(&clock) as _)),
        clock,
        ids: Arc::new(rand::random::<u64>),
    };
    let engine = Engine::build(ports, settings).await.map_err(|error| Failure::Failed(error.to_string()))?;
    let state = ServerState::new(engine.clone(), tokens, limits(config), config.retention.clone());
    Ok(Service { engine, state, store })
}

/// What the listening side bears.
#[must_use]
pub fn limits(config: &Config) -> Limits {
    // The engine needs the rest of the time to finish what it has under way.
    let drain = lifecycle::HARD_STOP - Duration::from_secs(5);
    Limits { connections: config.server.max_connections, drain, ..Limits::default() }
}

/// Opens the database that the configuration names, in a data directory that is there.
///
/// # Errors
/// When it cannot be opened; the store says the way out.
pub async fn store(config: &Config) -> Result<Arc<dyn Store>, StoreError> {
    let Database { path, read_only, max_pages } = config.database.clone();
    let cannot = |reason: String| StoreError::CannotOpen { path: path.display().to_string(), reason };
    if read_only && !path.exists() {
        return Err(cannot("there is no such file, and mode=ro makes none".to_owned()));
    }
    if !read_only {
        secrets::make_data_dir(&config.data_dir).map_err(cannot)?;
    }
    Ok(Arc::new(SqliteStore::open(&SqliteOptions { path, read_only, max_pages }).await?))
}

type Handler =
    Box<dyn Fn(Request<Full<Bytes>>) -> Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>> + Send + Sync>;

/// The server's router in this process: for commands without a running service.
pub struct Local {
    handler: Handler,
    store: Arc<dyn Store>,
    database: String,
    read_only: bool,
}

/// Opens everything for one command.
///
/// # Errors
/// As [`service`].
pub async fn local(session: &Session, config: &Config) -> Result<Local, Failure> {
    // What an answer calls "the log" is this command's standard error.
    telemetry::start(&Log { level: "warn".to_owned(), ..config.log.clone() });
    let store = store(config).await.map_err(|error| match error {
        StoreError::Locked { path } => Failure::Failed(format!(
            "another process holds the database (lock file {path}), but no service answers here\n  \
             if it is a service that just starts, try again; if it keeps its files elsewhere, name it with --data-dir or WATCHFIRE_URL"
        )),
        other => Failure::Failed(other.to_string()),
    })?;
    let Service { state, store, .. } = service(session, config, store).await?;
    let router = server::router(state);
    let handler: Handler = Box::new(move |request| {
        let router = router.clone();
        Box::pin(async move {
            let Ok(answer) = router.oneshot(request).await;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.map_err(|error| Failure::Failed(error.to_string()))?;
            Ok(Answer { status: parts.status.as_u16(), body: body.to_bytes() })
        })
    });
    let database = config.database.path.display().to_string();
    Ok(Local { handler, store, database, read_only: config.database.read_only })
}

impl Local {
    /// Where the answers come from.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.database
    }

    /// One call, with every right: whoever can open the database needs no token.
    ///
    /// # Errors
    /// A path that is no address; a change of a database that is opened for reading alone.
    pub async fn call(&self, method: Method, path: &str, headers: HeaderMap, body: Bytes) -> Result<Answer, Failure> {
        if self.read_only && method != Method::GET {
            return Err(Failure::Failed(format!("{} {READ_ONLY}", self.database)));
        }
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .body(Full::new(body))
            .map_err(|error| Failure::Wrong(format!("{path:?} is no address: {error}")))?;
        *request.headers_mut() = headers;
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost"));
        request.extensions_mut().insert(Authorised(Scope::Admin));
        (self.handler)(request).await
    }

    /// Closes the store, so that nothing is left in its log.
    pub async fn close(&self) {
        // What was committed stays, whatever closing says.
        let _ = self.store.close().await;
    }
}
