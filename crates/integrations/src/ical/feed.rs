//! Who may read a feed: calendars send no headers, so the address itself carries a token.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::Name;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::request::Secret;

/// What tokens are made for; another use of the same key makes others.
const PURPOSE: &[u8] = b"watchfire ical feed v1";

/// The key under which tokens are made. Another key makes every address of before worthless.
#[derive(Clone)]
pub struct FeedKey(Secret<Vec<u8>>);

impl fmt::Debug for FeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FeedKey(***)")
    }
}

impl FeedKey {
    /// The shortest key, in bytes: as long as what it makes.
    pub const SHORTEST: usize = 32;

    /// `None` for a key that is too short to keep anything.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= Self::SHORTEST).then(|| Self(Secret::new(bytes)))
    }

    /// The token of a schedule's feed, or of one person's shifts in it: 43 characters that fit into an address. It does not expire.
    #[must_use]
    pub fn token(&self, schedule: &Name, person: Option<&Name>) -> Secret<String> {
        let mac = self.mac(schedule, person).map(|mac| mac.finalize().into_bytes());
        Secret::new(mac.map(|mac| URL_SAFE_NO_PAD.encode(mac)).unwrap_or_default())
    }

    /// Whether a token is that of this feed; compared in constant time.
    #[must_use]
    pub fn admits(&self, schedule: &Name, person: Option<&Name>, token: &str) -> bool {
        let (Ok(given), Some(mac)) = (URL_SAFE_NO_PAD.decode(token), self.mac(schedule, person)) else { return false };
        mac.verify_slice(&given).is_ok()
    }

    /// Each part with its length before it, and whether there is a person: no two feeds have one token.
    fn mac(&self, schedule: &Name, person: Option<&Name>) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose()).ok()?;
        let parts =
            [Some(PURPOSE), Some(schedule.as_str().as_bytes()), person.map(|person| person.as_str().as_bytes())];
        for part in parts.into_iter().flatten() {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Some(mac)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn key(byte: u8) -> FeedKey {
        FeedKey::of(vec![byte; 32]).unwrap()
    }

    #[test]
    fn a_token_opens_its_own_feed_and_no_other() {
        let (web, app, ada) = (name("web"), name("app"), name("ada"));
        let token = key(1).token(&web, None);
        let token = token.expose();
        assert_eq!(token.len(), 43);
        assert!(key(1).admits(&web, None, token));
        assert!(!key(1).admits(&app, None, token));
        assert!(!key(1).admits(&web, Some(&ada), token));
        assert!(!key(2).admits(&web, None, token));
        assert!(key(1).admits(&web, Some(&ada), key(1).token(&web, Some(&ada)).expose()));
        // The same letters, divided otherwise.
        assert_ne!(key(1).token(&name("webada"), None).expose(), key(1).token(&web, Some(&ada)).expose());
    }

    #[test]
    fn what_is_no_token_opens_nothing() {
        let web = name("web");
        let token = key(1).token(&web, None).expose().clone();
        for wrong in
            ["", "=", "AAAA", &token[1..], &format!("{token}A"), &format!("{token}="), "ä", &token.to_lowercase()]
        {
            assert!(!key(1).admits(&web, None, wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_short_key_is_none_and_no_key_shows() {
        assert!(FeedKey::of(vec![1; 31]).is_none());
        assert_eq!(format!("{:?} {:?}", key(7), key(7).token(&name("web"), None)), "FeedKey(***) ***");
    }
}
