//! `watchfire secret`: make one, or see the one that Sentry must sign with.

use crate::args::Secret;
use crate::config::secrets;
use crate::exit::Failure;
use crate::session::{self, Session};
use crate::terminal::print;

/// Prints secrets: the only command that does.
///
/// # Errors
/// When the secret can neither be read nor made.
pub fn run(session: &Session, asked: &Secret) -> Result<(), Failure> {
    match asked {
        Secret::Generate { token: false } => Ok(print(secrets::generate().expose())?),
        Secret::Generate { token: true } => Ok(print(&server::token_text(&rand::random()))?),
        Secret::Show => {
            let config = session.load()?.config;
            let (secrets, _) = session::webhook_secrets(&config)?;
            for secret in secrets {
                print(secret.expose())?;
            }
            Ok(())
        }
    }
}
