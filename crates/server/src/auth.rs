//! Who may do what: admin tokens with scopes. A token is 32 random bytes, so it is kept as a plain SHA-256: nothing slower protects
//! what cannot be guessed, and a slow hash in every call would be a lever for an attacker.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use engine::calendar::FeedKey;
use http::request::Parts;
use http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

use crate::failures::RETRY_SECONDS;
use crate::listen::Peer;
use crate::problem::Problem;
use crate::state::ServerState;

/// What a token may do. Each scope holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Look.
    Read,
    /// Acknowledge and resolve.
    Ack,
    /// Everything: raw deliveries, clean-up, escalations by hand, tests of notifiers.
    Admin,
}

impl Scope {
    /// Every scope, the smallest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Ack, Self::Admin];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Ack => "ack",
            Self::Admin => "admin",
        }
    }

    /// The scope with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenError;

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected '{PREFIX}' and at least {SECRET_LENGTH} visible characters")
    }
}

impl std::error::Error for TokenError {}

const PREFIX: &str = "wf_";
const SECRET_LENGTH: usize = 32;

/// The text of a new token from 32 random bytes: what its owner keeps.
#[must_use]
pub fn token_text(random: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(PREFIX.len() + 64);
    text.push_str(PREFIX);
    for byte in random {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A token, as the service knows it.
#[derive(Clone)]
pub struct Token {
    name: Arc<str>,
    digest: [u8; 32],
    scope: Scope,
}

impl Token {
    /// A token from its text. `name` stands on timelines for whoever gives no name of their own.
    ///
    /// # Errors
    /// When the text does not begin with `wf_` or is too short to be a secret.
    pub fn from_text(name: &str, text: &str, scope: Scope) -> Result<Self, TokenError> {
        match text.strip_prefix(PREFIX) {
            Some(secret) if secret.len() >= SECRET_LENGTH && secret.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Ok(Self { name: name.into(), digest: Sha256::digest(text).into(), scope })
            }
            _ => Err(TokenError),
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("name", &self.name).field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// The tokens that are good.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    admin: Vec<Token>,
    feeds: Option<FeedKey>,
}

impl Tokens {
    /// These, and none of a feed.
    #[must_use]
    pub const fn new(tokens: Vec<Token>) -> Self {
        Self { admin: tokens, feeds: None }
    }

    /// And those that a key makes: calendars send no headers, so that the address of a feed carries a token of its own.
    #[must_use]
    pub fn with_feeds(self, key: FeedKey) -> Self {
        Self { feeds: Some(key), ..self }
    }

    /// What makes the tokens of feeds; `None` when there are no feeds.
    pub(crate) const fn feeds(&self) -> Option<&FeedKey> {
        self.feeds.as_ref()
    }

    /// Whose token this is. Takes the same time for every wrong one, and looks at all whichever is right.
    fn owner(&self, text: &str) -> Option<&Token> {
        let presented: [u8; 32] = Sha256::digest(text).into();
        let mut found = u32::MAX;
        for (place, token) in (0_u32..).zip(&self.admin) {
            let same: Choice = token.digest.ct_eq(&presented);
            found.conditional_assign(&place, same);
        }
        self.admin.get(usize::try_from(found).ok()?)
    }
}

/// An extension by which a caller in the same process says what a request may do. Nothing that comes over a socket can set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authorised(pub Scope);

/// Somebody whose request passed the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The token's name.
    pub(crate) name: Arc<str>,
}

fn admit(parts: &Parts, state: &ServerState, needed: Scope) -> Result<Caller, Problem> {
    let (name, scope) = if let Some(Authorised(scope)) = parts.extensions.get() {
        ("local".into(), *scope)
    } else {
        let owner = bearer(&parts.headers).and_then(|text| state.tokens().owner(text));
        let Some(token) = owner else {
            let address: Option<IpAddr> = parts.extensions.get::<Peer>().map(|peer| peer.0);
            return Err(if state.failures().allows(address, state.engine().now()) {
                Problem::unauthorised()
            } else {
                Problem::too_many_failures(RETRY_SECONDS)
            });
        };
        (Arc::clone(&token.name), token.scope)
    };
    if scope < needed { Err(Problem::forbidden(needed)) } else { Ok(Caller { name }) }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, text) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}

macro_rules! gate {
    ($(#[$meta:meta])* $name:ident, $scope:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;

        impl FromRequestParts<ServerState> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, Problem> {
                admit(parts, state, $scope).map(|_| Self)
            }
        }
    };
}

gate!(
    /// Lets in who may look.
    MayRead,
    Scope::Read
);
gate!(
    /// Lets in who may do everything.
    MayAdminister,
    Scope::Admin
);

/// Lets in who may acknowledge and resolve; says who it was.
#[derive(Debug, Clone)]
pub(crate) struct MayAct(pub(crate) Caller);

impl FromRequestParts<ServerState> for MayAct {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, Problem> {
        admit(parts, state, Scope::Ack).map(Self)
    }
}
