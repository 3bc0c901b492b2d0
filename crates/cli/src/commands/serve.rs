//! `watchfire serve`: the service, from the first line to the last.

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use engine::engine::Engine;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Builder;

use super::WEBHOOK;
use crate::args::Serve;
use crate::config::{Config, Loaded, policy, secrets};
use crate::exit::Failure;
use crate::lifecycle::{self, End, Signals};
use crate::service_file::ServiceFile;
use crate::session::{self, Session};
use crate::terminal::{BOLD, CYAN, DIM, say, styled};
use crate::{telemetry, wire};

/// Two threads are enough for one writer and its readers, and keep memory small.
const THREADS: usize = 2;

/// How many connections may wait to be accepted while all slots are taken.
const BACKLOG: u32 = 1024;

/// Runs until a signal comes.
///
/// # Errors
/// Configuration mistakes; a port, database or directory that cannot be used; an end in disorder.
pub fn run(mut session: Session, asked: &Serve) -> Result<(), Failure> {
    session.flags.listen.clone_from(&asked.listen);
    session.flags.port = asked.port;
    let loaded = session.load()?;
    telemetry::start(&loaded.config.log);
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(error.to_string()))?;
    let ended = runtime.block_on(serve(&session, loaded));
    // Whatever still hangs, such as a write to a terminal that takes nothing, does not hold the end up.
    runtime.shutdown_background();
    ended
}

async fn serve(session: &Session, loaded: Loaded) -> Result<(), Failure> {
    let config = &loaded.config;
    if !loaded.report.found.is_empty() {
        say(&loaded.report.render(true));
    }
    warn_of_policy(config);
    if config.database.read_only {
        return Err(Failure::Failed(format!("{} {}", config.database.path.display(), wire::READ_ONLY)));
    }
    let store = wire::store(config).await.map_err(|error| Failure::Failed(error.to_string()))?;
    let service = wire::service(session, config, store).await?;
    // Reading commands get along with a store that takes nothing; a service does not.
    service.engine.keep_policy().await.map_err(|error| Failure::Failed(error.to_string()))?;
    super::remind_of_exposed(config);
    let listener = listen(config)?;
    let address = listener.local_addr()?;
    let signals =
        Signals::listen().map_err(|error| Failure::Failed(format!("no signal can be listened for: {error}")))?;
    let file = ServiceFile {
        url: format!("http://{}", reachable(address)),
        token_file: session::admin_token_file(config),
        pid: std::process::id(),
    };
    let found = file.write(&config.data_dir).map_err(Failure::Failed)?;
    tracing::info!(%address, database = %config.database.path.display(), "serving");
    say(&greeting(session, config, address));

    let router = server::router(service.state.clone());
    let limits = wire::limits(config);
    let engine = service.engine.clone();
    let end = lifecycle::run(
        signals,
        move |stop| server::serve(listener, router, limits, stop),
        move |stop| async move { engine.run(stop).await },
        async || look_again(session, &loaded, &service.engine).await,
    )
    .await;
    ServiceFile::remove(&config.data_dir);
    drop(found);
    // What was committed stays, whatever closing says.
    if end == End::Finished {
        let _ = service.store.close().await;
    }
    match end {
        End::Finished => {
            tracing::info!("stopped; nothing is left under way");
            Ok(())
        }
        End::Cut => Err(Failure::Failed(
            "stopped before everything under way was finished; the next start goes on with it".to_owned(),
        )),
        End::Broken(part) => Err(Failure::Failed(format!("{part} ended although nobody asked; the log says why"))),
    }
}

/// Who wrote a policy wants to know what is unwise in it; the built-in one leaves roles open on purpose.
fn warn_of_policy(config: &Config) {
    if config.policy.path.is_some() {
        let report =
            policy::examine(config.policy.path.as_deref(), &config.policy.text, &config.policy.directory, super::now());
        if !report.found.is_empty() {
            say(&report.render(true));
        }
    }
}

/// Settings that a new policy brings along; all others wait for the next start.
const OF_THE_POLICY: [&str; 2] = ["policy", "sentry.process_low_priority"];

/// SIGHUP: reads everything anew. A sound policy takes effect; a bad file is refused with its mistakes, and what runs stays as it is.
async fn look_again(session: &Session, running: &Loaded, engine: &Engine) {
    const REFUSED: &str = "what was read anew is refused; what runs stays as it is";
    let loaded = match session.load() {
        Ok(loaded) => loaded,
        Err(failure) => {
            tracing::error!("the configuration or policy has mistakes: {REFUSED}");
            say(&failure.to_string());
            return;
        }
    };
    if !loaded.report.found.is_empty() {
        say(&loaded.report.render(true));
    }
    // A new policy may name a notifier that the new configuration has and this process does not.
    let policy = &loaded.config.policy;
    let judged = policy::examine(policy.path.as_deref(), &policy.text, &running.config.policy.directory, super::now());
    if judged.has_errors() {
        tracing::error!("the policy names what only a restart would know: {REFUSED}");
        say(&judged.render(false));
        return;
    }
    warn_of_policy(&loaded.config);
    let waiting: Vec<_> = running
        .merged
        .differences(&loaded.merged)
        .into_iter()
        .filter(|path| !OF_THE_POLICY.contains(&path.as_str()))
        .collect();
    if !waiting.is_empty() {
        tracing::warn!(settings = %waiting.join(", "), "changed settings take effect at the next start");
    }
    match engine.reload_policy(Arc::clone(&policy.policy), Arc::clone(&policy.text)).await {
        Ok(()) => tracing::info!(hash = %policy.policy.hash.0, "the policy was read anew and is in effect"),
        Err(error) => tracing::error!(%error, "the policy could not be kept: {REFUSED}"),
    }
}

/// Takes the port.
fn listen(config: &Config) -> Result<TcpListener, Failure> {
    let wanted = SocketAddr::new(config.server.listen, config.server.port);
    let bound = || -> io::Result<TcpListener> {
        let socket = if wanted.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A restart need not wait for connections of the last process to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(wanted)?;
        socket.listen(BACKLOG)
    };
    bound().map_err(|error| {
        let way_out = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "something else listens there; end it, or choose another port: --port, SENTRY_WEBHOOK_PORT, or [server] port (0 takes any)"
            }
            io::ErrorKind::PermissionDenied => "ports below 1024 need a privilege; choose another: --port or [server] port",
            io::ErrorKind::AddrNotAvailable => "this machine has no such address; choose another: --listen or [server] listen",
            _ => "choose another with --listen and --port, or in [server]",
        };
        Failure::Failed(format!("cannot listen on {wanted}: {error}\n  {way_out}"))
    })
}

/// The address at which this machine reaches a listener.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port()),
        _ => address,
    }
}

/// What to do next, for somebody who has just installed it.
fn greeting(session: &Session, config: &Config, address: SocketAddr) -> String {
    let program = session.program();
    let reached = config.public_url.clone().unwrap_or_else(|| format!("http://{}", reachable(address)));
    let command = |text: &str| styled(CYAN, &format!("{program} {text}"));
    let mut out =
        format!("{} listens on http://{address}\n", styled(BOLD, concat!("watchfire ", env!("CARGO_PKG_VERSION"))));
    let _ = writeln!(out, "  point Sentry at  {reached}{WEBHOOK}");
    if config.sentry.secrets.is_empty() {
        let kept = config.data_dir.join(secrets::WEBHOOK_SECRET);
        let _ = writeln!(
            out,
            "  its secret       {}  {}",
            command("secret show"),
            styled(DIM, &format!("(generated, kept in {})", kept.display()))
        );
    } else {
        let _ = writeln!(out, "  its secret       {} configured", config.sentry.secrets.len());
    }
    let notifiers: Vec<_> = config.notifiers.keys().map(domain::id::Name::as_str).collect();
    let where_console = if notifiers == [crate::config::adapters::CONSOLE] { " (this terminal)" } else { "" };
    let _ = writeln!(out, "  pages go to      {}{where_console}", notifiers.join(", "));
    if !config.sentry.monitoring {
        let _ = writeln!(
            out,
            "  monitoring       off (SENTRY_MONITORING_ENABLED=false): hooks are stored, nothing is opened"
        );
    }
    let _ = writeln!(out, "  try              {}", command("test-webhook"));
    let _ = write!(out, "  then             {}", command("incident list"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_reach_a_listener_on_all_networks_over_loopback() {
        for (listens, reached) in
            [("0.0.0.0:3001", "127.0.0.1:3001"), ("[::]:1", "[::1]:1"), ("10.0.0.1:2", "10.0.0.1:2")]
        {
            let parsed = |text: &str| text.parse::<SocketAddr>().ok();
            assert_eq!(parsed(listens).map(reachable), parsed(reached), "{listens}");
        }
    }
}
