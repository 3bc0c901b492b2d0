//! What every command starts from: flags, environment, working directory, and the configuration once it is asked for.

use std::path::{Path, PathBuf};

use integrations::ical::feed::FeedKey;
use integrations::request::Secret;
use server::{Scope, Token, Tokens};

use crate::args::Global;
use crate::config::environment::{self, Environment};
use crate::config::errors::{Mistake, Report};
use crate::config::{self, Config, Flags, Loaded, secrets};
use crate::exit::Failure;

/// One run of the binary.
pub struct Session {
    /// What the flags say about the configuration.
    pub flags: Flags,
    /// The variables.
    pub environment: Environment,
    /// The working directory.
    pub here: PathBuf,
}

/// A service that the environment names.
pub struct NamedService {
    /// `WATCHFIRE_URL`, without a trailing slash.
    pub url: String,
    /// `WATCHFIRE_TOKEN`, or the file that `WATCHFIRE_TOKEN_FILE` names.
    pub token: Option<Secret<String>>,
}

impl Session {
    /// Of this process.
    ///
    /// # Errors
    /// When the working directory is gone.
    pub fn of_process(global: &Global) -> Result<Self, Failure> {
        let here = std::env::current_dir()
            .map_err(|error| Failure::Failed(format!("the working directory cannot be used: {error}")))?;
        let flags = Flags { config: global.config.clone(), data_dir: global.data_dir.clone(), ..Flags::default() };
        Ok(Self { flags, environment: Environment::of_process(), here })
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// Every mistake of it.
    pub fn load(&self) -> Result<Loaded, Failure> {
        config::load(&self.flags, &self.environment, &self.here).map_err(Failure::from)
    }

    /// The service that the environment names; `None` when it names none.
    ///
    /// # Errors
    /// A token that cannot be read.
    pub fn named_service(&self) -> Result<Option<NamedService>, Failure> {
        let Some(url) = self.environment.get("WATCHFIRE_URL") else { return Ok(None) };
        let mut report = Report::default();
        let token = environment::read(&self.environment, "WATCHFIRE_TOKEN", true, &mut report).map(|(_, token)| token);
        if report.has_errors() {
            return Err(Failure::Misconfigured(Box::new(report)));
        }
        Ok(Some(NamedService { url: url.expose().trim().trim_end_matches('/').to_owned(), token }))
    }

    /// How a suggested command begins, so that it can be typed as it stands: with the flags that this run was given.
    #[must_use]
    pub fn program(&self) -> String {
        let mut program = "watchfire".to_owned();
        let mut add = |flag: &str, path: &Path| {
            let path = path.display().to_string();
            let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./+:@".contains(&byte));
            let path = if plain { path } else { format!("'{}'", path.replace('\'', r"'\''")) };
            program.push_str(&format!(" {flag} {path}"));
        };
        if let Some(path) = &self.flags.config {
            add("--config", path);
        }
        if let Some(path) = &self.flags.data_dir {
            add("--data-dir", path);
        }
        program
    }
}

/// The secrets of Sentry's webhook: the configured ones, else the generated one, which is made when it is not there. Also says whether it is
/// the generated one.
///
/// # Errors
/// When it can neither be read nor made.
pub fn webhook_secrets(config: &Config) -> Result<(Vec<Secret<String>>, bool), Failure> {
    if !config.sentry.secrets.is_empty() {
        return Ok((config.sentry.secrets.clone(), false));
    }
    secrets::make_data_dir(&config.data_dir).map_err(Failure::Failed)?;
    let (secret, _) =
        secrets::kept(&config.data_dir.join(secrets::WEBHOOK_SECRET), secrets::generate).map_err(Failure::Failed)?;
    Ok((vec![secret], true))
}

/// The path of the admin token's file.
#[must_use]
pub fn admin_token_file(config: &Config) -> PathBuf {
    config.data_dir.join(secrets::ADMIN_TOKEN)
}

/// The tokens that the service honours: `WATCHFIRE_TOKEN`, when it is set, beside the one in the data directory, which is made when it is not
/// there.
///
/// # Errors
/// When the file can neither be read nor made, or a token is none.
pub fn admin_tokens(session: &Session, config: &Config) -> Result<Tokens, Failure> {
    let path = admin_token_file(config);
    let (text, _) =
        secrets::kept(&path, || Secret::new(server::token_text(&rand::random()))).map_err(Failure::Failed)?;
    let own = Token::from_text("admin", text.expose(), Scope::Admin).map_err(|error| {
        Failure::Failed(format!(
            "the admin token in {} is none: {error}; delete the file to have one made",
            path.display()
        ))
    })?;
    let mut tokens = vec![own];
    let mut report = Report::default();
    if let Some((place, text)) = environment::read(&session.environment, "WATCHFIRE_TOKEN", true, &mut report) {
        match Token::from_text("operator", text.expose(), Scope::Admin) {
            Ok(token) => tokens.push(token),
            Err(error) => report
                .note(Mistake::at(&place, error.to_string()).with_hint("watchfire secret generate --token makes one")),
        }
    }
    if report.has_errors() { Err(Failure::Misconfigured(Box::new(report))) } else { Ok(Tokens::new(tokens)) }
}

/// What makes the tokens of calendar feeds: `WATCHFIRE_FEED_KEY`, so that several processes may share one; else the key in the data directory, which is
/// made when it is not there. Another key makes every address of before worthless.
///
/// # Errors
/// When the file can neither be read nor made, or the key is too short.
pub fn feed_key(session: &Session, config: &Config) -> Result<FeedKey, Failure> {
    let mut report = Report::default();
    let given = environment::read(&session.environment, "WATCHFIRE_FEED_KEY", true, &mut report);
    if report.has_errors() {
        return Err(Failure::Misconfigured(Box::new(report)));
    }
    let expected = || format!("expected at least {} characters", FeedKey::SHORTEST);
    if let Some((place, text)) = given {
        return FeedKey::of(text.expose().trim().as_bytes().to_vec()).ok_or_else(|| {
            report.note(Mistake::at(&place, expected()).with_hint("watchfire secret generate makes one"));
            Failure::Misconfigured(Box::new(report))
        });
    }
    let path = config.data_dir.join(secrets::FEED_KEY);
    let (text, _) = secrets::kept(&path, secrets::generate).map_err(Failure::Failed)?;
    FeedKey::of(text.expose().as_bytes().to_vec()).ok_or_else(|| {
        Failure::Failed(format!(
            "the key of feeds in {} is none: {}; delete the file to have one made",
            path.display(),
            expected()
        ))
    })
}
