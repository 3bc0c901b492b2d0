//! Standard Webhooks 1.0.0: how messages are signed on their way out, and how callbacks of agents are verified.
//! Source: `spec/standard-webhooks.md` of the repository standard-webhooks/standard-webhooks.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use domain::time::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use sha2::Sha256;

use crate::request::{DedupKey, Secret};

/// The header with the message's id: the same for every try.
pub const ID: http::HeaderName = http::HeaderName::from_static("webhook-id");
/// The header with the time of this try, in Unix seconds.
pub const TIMESTAMP: http::HeaderName = http::HeaderName::from_static("webhook-timestamp");
/// The header with one signature for each key, separated by spaces.
pub const SIGNATURE: http::HeaderName = http::HeaderName::from_static("webhook-signature");

/// How far a message's time may lie from ours, either way, before it may be a replay.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

const PREFIX: &str = "whsec_";
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=BLOCK_BYTES;
/// The block of SHA-256. HMAC fills a shorter key up with zeros (RFC 2104), so a key of at most a block can be kept filled up.
const BLOCK_BYTES: usize = 64;
const SCHEME: &str = "v1,";
const IDENTIFIER_LIMIT: usize = 256;
/// More than any rotation needs; each costs a comparison with every key.
const SIGNATURES_LOOKED_AT: usize = 8;

/// A symmetric key, `whsec_` and base64 of 24 to 64 bytes.
#[derive(Clone)]
pub struct SigningKey(Secret<[u8; BLOCK_BYTES]>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

/// Text that is no signing key. Does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyError {
    /// It does not begin with `whsec_`.
    Prefix,
    /// It begins with `whsk_` or `whpk_`: a key for ed25519.
    Asymmetric,
    /// What follows the prefix is not base64.
    Encoding,
    /// It has this many bytes instead of 24 to 64.
    Length(usize),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix => f.write_str("must begin with `whsec_`"),
            Self::Asymmetric => f.write_str("is a key for ed25519; a symmetric one, `whsec_…`, is needed"),
            Self::Encoding => f.write_str("must be base64 after `whsec_`"),
            Self::Length(bytes) => write!(f, "must hold 24 to 64 bytes in base64 after `whsec_`, but holds {bytes}"),
        }
    }
}

impl std::error::Error for KeyError {}

impl SigningKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyError`] tells what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.starts_with("whsk_") || text.starts_with("whpk_") {
            return Err(KeyError::Asymmetric);
        }
        let encoded = text.strip_prefix(PREFIX).ok_or(KeyError::Prefix)?;
        let bytes =
            STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded)).map_err(|_| KeyError::Encoding)?;
        if !KEY_BYTES.contains(&bytes.len()) {
            return Err(KeyError::Length(bytes.len()));
        }
        let mut block = [0; BLOCK_BYTES];
        block[..bytes.len()].copy_from_slice(&bytes);
        Ok(Self(Secret::new(block)))
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&(*self.0.expose()).into());
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        mac
    }
}

/// The id of a message: its key, with `~` for what the specification forbids in an id (`.`, lest two contents sign alike) and what a
/// header cannot hold.
#[must_use]
pub fn message_id(key: &DedupKey) -> String {
    key.0.chars().map(|c| if c.is_ascii_graphic() && c != '.' { c } else { '~' }).take(IDENTIFIER_LIMIT).collect()
}

/// The value of `webhook-signature`: one signature for each key, so that a receiver may hold either while keys are changed.
/// `timestamp` is in Unix seconds.
#[must_use]
pub fn sign(keys: &[SigningKey], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signatures: Vec<String> = keys
        .iter()
        .map(|key| format!("{SCHEME}{}", STANDARD.encode(key.mac(id, timestamp, body).finalize().into_bytes())))
        .collect();
    signatures.join(" ")
}

/// A message whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Its id, to know a repeat by.
    pub id: String,
    /// When this try was sent.
    pub sent_at: Timestamp,
}

/// A message that is not believed. Callers should answer each alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyError {
    /// One of the three headers is missing, doubled or not readable.
    Headers,
    /// It is over five minutes old, or from the future.
    Time,
    /// No signature fits any key.
    Signature,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Headers => "webhook-id, webhook-timestamp or webhook-signature is missing or unreadable",
            Self::Time => "webhook-timestamp is more than five minutes away",
            Self::Signature => "no signature fits",
        })
    }
}

impl std::error::Error for VerifyError {}

/// Verifies a message by the raw body, as it came; every signature is compared with every key in constant time.
///
/// # Errors
/// [`VerifyError`] tells why it is not believed.
pub fn verify(keys: &[SigningKey], headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Verified, VerifyError> {
    let id =
        only(headers, &ID).filter(|id| !id.is_empty() && id.len() <= IDENTIFIER_LIMIT).ok_or(VerifyError::Headers)?;
    let timestamp = only(headers, &TIMESTAMP).ok_or(VerifyError::Headers)?;
    let signatures = only(headers, &SIGNATURE).ok_or(VerifyError::Headers)?;
    // i64 also reads "+1" and "-1": the text is signed as a number, so only one spelling may pass.
    let seconds: i64 =
        timestamp.parse().ok().filter(|n: &i64| n.to_string() == timestamp).ok_or(VerifyError::Headers)?;
    let sent_at = seconds.checked_mul(1000).map(Timestamp::from_millis).ok_or(VerifyError::Time)?;
    if now.since(sent_at) > TOLERANCE || sent_at.since(now) > TOLERANCE {
        return Err(VerifyError::Time);
    }
    let given: Vec<Vec<u8>> = signatures
        .split(' ')
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix(SCHEME)?).ok())
        .take(SIGNATURES_LOOKED_AT)
        .collect();
    // `verify_slice` compares in constant time; no early way out tells which key fits.
    let fits = keys.iter().fold(false, |found, key| {
        given.iter().fold(found, |found, signature| key.mac(id, seconds, body).verify_slice(signature).is_ok() | found)
    });
    if fits { Ok(Verified { id: id.to_owned(), sent_at }) } else { Err(VerifyError::Signature) }
}

fn only<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops where it finds a mistake")]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The example of the specification's reference libraries, which every one of them tests against.
    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const MESSAGE: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const AT: i64 = 1_614_265_330;
    const KNOWN: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn keys(texts: &[&str]) -> Vec<SigningKey> {
        texts.iter().map(|text| SigningKey::parse(text).unwrap()).collect()
    }

    fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        HeaderMap::from_iter([(ID, value(id)), (TIMESTAMP, value(timestamp)), (SIGNATURE, value(signature))])
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn a_known_message_has_its_known_signature() {
        assert_eq!(sign(&keys(&[KEY]), MESSAGE, AT, BODY), KNOWN);
    }

    #[test]
    fn while_keys_change_either_is_enough() {
        let signed = sign(&keys(&[OTHER, KEY]), MESSAGE, AT, BODY);
        assert_eq!(signed.split(' ').count(), 2);
        for held in [&[KEY][..], &[OTHER], &[OTHER, KEY]] {
            let verified = verify(&keys(held), &headers(MESSAGE, &AT.to_string(), &signed), BODY, at(AT));
            assert_eq!(verified, Ok(Verified { id: MESSAGE.into(), sent_at: at(AT) }));
        }
        let alien = format!("v1a,aGVsbG8= v2,x {KNOWN}");
        assert!(verify(&keys(&[KEY]), &headers(MESSAGE, &AT.to_string(), &alien), BODY, at(AT)).is_ok());
    }

    #[test]
    fn anything_that_was_touched_is_refused() {
        let now = at(AT);
        let time = AT.to_string();
        let sound = headers(MESSAGE, &time, KNOWN);
        assert_eq!(verify(&keys(&[KEY]), &sound, b"{}", now), Err(VerifyError::Signature));
        assert_eq!(verify(&keys(&[OTHER]), &sound, BODY, now), Err(VerifyError::Signature));
        assert_eq!(verify(&[], &sound, BODY, now), Err(VerifyError::Signature));
        assert_eq!(verify(&keys(&[KEY]), &headers("msg_2", &time, KNOWN), BODY, now), Err(VerifyError::Signature));
        for signature in ["", "v1,", "v1", &KNOWN[3..], &KNOWN.to_lowercase(), &KNOWN[..20]] {
            let touched = headers(MESSAGE, &time, signature);
            assert_eq!(verify(&keys(&[KEY]), &touched, BODY, now), Err(VerifyError::Signature), "{signature}");
        }
        for spelling in ["+1614265330", "01614265330", " 1614265330", "1614265330.0", "x", "99999999999999999999"] {
            let touched = headers(MESSAGE, spelling, KNOWN);
            assert_eq!(verify(&keys(&[KEY]), &touched, BODY, now), Err(VerifyError::Headers), "{spelling}");
        }
        for missing in [ID, TIMESTAMP, SIGNATURE] {
            let mut fewer = sound.clone();
            fewer.remove(missing);
            assert_eq!(verify(&keys(&[KEY]), &fewer, BODY, now), Err(VerifyError::Headers));
        }
        let mut doubled = sound;
        doubled.append(ID, HeaderValue::from_static("other"));
        assert_eq!(verify(&keys(&[KEY]), &doubled, BODY, now), Err(VerifyError::Headers));
    }

    #[test]
    fn an_old_message_may_be_a_replay() {
        let sound = headers(MESSAGE, &AT.to_string(), KNOWN);
        for (drift, taken) in [(300, true), (-300, true), (301, false), (-301, false)] {
            assert_eq!(verify(&keys(&[KEY]), &sound, BODY, at(AT + drift)).is_ok(), taken, "{drift}");
        }
    }

    #[test]
    fn a_key_that_is_none_says_why() {
        let refused = |text: &str| SigningKey::parse(text).unwrap_err();
        assert_eq!(refused("hunter2"), KeyError::Prefix);
        assert_eq!(refused("whsk_abc"), KeyError::Asymmetric);
        assert_eq!(refused("whsec_not base64"), KeyError::Encoding);
        assert_eq!(refused("whsec_AAAA"), KeyError::Length(3));
        assert_eq!(refused(&format!("whsec_{}", STANDARD.encode([7; 65]))), KeyError::Length(65));
        assert!(SigningKey::parse(&format!(" whsec_{}\n", STANDARD.encode([7; 64]))).is_ok());
        assert!(!format!("{:?}", keys(&[KEY])).contains("MfKQ"));
    }

    #[test]
    fn an_id_holds_no_dot() {
        assert_eq!(message_id(&DedupKey("esc-1-on.call-0 \u{e4}".into())), "esc-1-on~call-0~~");
    }
}
