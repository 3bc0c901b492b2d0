//! `watchfire migrate`: the schema, without a service.

use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::print;
use crate::wire;

/// Brings the database to this version's schema; `serve` does the same when it starts.
///
/// # Errors
/// When it cannot be opened or brought up to date.
pub async fn run(session: &Session) -> Result<(), Failure> {
    let config = session.load()?.config;
    let store = wire::store(&config).await.map_err(|error| Failure::Failed(error.to_string()))?;
    store.close().await.map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(print(&format!("{} has the schema of version {}", config.database.path.display(), env!("CARGO_PKG_VERSION")))?)
}
