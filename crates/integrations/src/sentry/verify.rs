//! Whether a body was signed with a secret that is live.
//!
//! HMAC-SHA256 over the raw bytes, keyed with the integration's client secret as text, as lower-case hex without a prefix
//! (`SentryApp.build_signature` in getsentry/sentry). Nothing but the body is signed: no header can be believed.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::request::Secret;

/// The header of webhooks.
pub const HOOK_SIGNATURE_HEADER: &str = "sentry-hook-signature";
/// The header of the calls that Sentry's own pages make (UI components); the same key and algorithm.
pub const APP_SIGNATURE_HEADER: &str = "sentry-app-signature";

/// The client secret of an integration. Several can be live at once, because rotating takes effect at Sentry immediately.
#[derive(Debug, Clone)]
pub struct SigningSecret {
    /// A short public label, such as `1`: what metrics and `doctor` call it.
    pub id: String,
    secret: Secret<String>,
}

impl SigningSecret {
    /// A secret under its public label. An empty secret verifies nothing: anybody knows it.
    pub fn new(id: impl Into<String>, secret: Secret<String>) -> Self {
        Self { id: id.into(), secret }
    }

    fn mac(&self, body: &[u8]) -> Option<[u8; 32]> {
        let key = self.secret.expose().as_bytes();
        if key.is_empty() {
            return None;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(body);
        Some(mac.finalize().into_bytes().into())
    }
}

/// Why a signature was refused. Told to the sender, so it says nothing about the secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureError {
    /// There is none.
    Missing,
    /// It is not 64 lower-case hexadecimal digits, or is there more than once with different words.
    Malformed,
    /// No live secret makes it for this body.
    Wrong,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the signature is missing: send Sentry-Hook-Signature",
            Self::Malformed => "the signature must be 64 lower-case hexadecimal digits, given once",
            Self::Wrong => "the signature does not fit the body under any live secret",
        })
    }
}

impl std::error::Error for SignatureError {}

/// Finds the secret that signed a body and says its label.
///
/// Every secret is tried, in the same time whether and where one fits. A repeated header is refused. When both headers are there, which
/// Sentry never does, they must say the same, so that there is one signature to judge and nothing depends on which one a proxy read.
///
/// # Errors
/// See [`SignatureError`]; nothing about the body is known then, and it must not be stored or read.
pub fn verify<'a>(secrets: &'a [SigningSecret], headers: &HeaderMap, body: &[u8]) -> Result<&'a str, SignatureError> {
    let claimed = claimed(headers)?;
    let mut found = Choice::from(0);
    let mut place = 0_u64;
    for (index, secret) in (0_u64..).zip(secrets) {
        // An empty secret costs no MAC; that it is empty is no secret.
        let fits = secret.mac(body).map_or(Choice::from(0), |mac| mac.ct_eq(&claimed));
        place.conditional_assign(&index, fits & !found);
        found |= fits;
    }
    if !bool::from(found) {
        return Err(SignatureError::Wrong);
    }
    usize::try_from(place)
        .ok()
        .and_then(|place| secrets.get(place))
        .map(|secret| secret.id.as_str())
        .ok_or(SignatureError::Wrong)
}

/// The signature of a body: 64 lower-case hexadecimal digits; empty for an empty secret.
#[must_use]
pub fn sign(secret: &SigningSecret, body: &[u8]) -> String {
    use fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in secret.mac(body).into_iter().flatten() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn claimed(headers: &HeaderMap) -> Result<[u8; 32], SignatureError> {
    let hook = single(headers, HOOK_SIGNATURE_HEADER)?;
    let app = single(headers, APP_SIGNATURE_HEADER)?;
    match (hook, app) {
        (None, None) => Err(SignatureError::Missing),
        (Some(signature), None) | (None, Some(signature)) => Ok(signature),
        (Some(hook), Some(app)) if hook == app => Ok(hook),
        (Some(_), Some(_)) => Err(SignatureError::Malformed),
    }
}

fn single(headers: &HeaderMap, name: &str) -> Result<Option<[u8; 32]>, SignatureError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(SignatureError::Malformed);
    }
    from_hex(value.as_bytes()).map(Some).ok_or(SignatureError::Malformed)
}

fn from_hex(digits: &[u8]) -> Option<[u8; 32]> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

/// Upper case is refused: Sentry never sends it, and one body should have one signature.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const BODY: &[u8] = br#"{"action":"created"}"#;

    fn secret(id: &str, text: &str) -> SigningSecret {
        SigningSecret::new(id, Secret::new(text.to_owned()))
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn hook(signature: &str) -> HeaderMap {
        headers(&[(HOOK_SIGNATURE_HEADER, signature)])
    }

    #[test]
    fn the_mac_is_the_one_of_rfc_4231() {
        // RFC 4231, test case 2.
        let signature = sign(&secret("1", "Jefe"), b"what do ya want for nothing?");
        assert_eq!(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn each_live_secret_signs_and_is_named() {
        let secrets = [secret("new", "n".repeat(64).as_str()), secret("old", "o".repeat(64).as_str())];
        for signer in &secrets {
            assert_eq!(verify(&secrets, &hook(&sign(signer, BODY)), BODY), Ok(signer.id.as_str()));
        }
        let retired = secret("gone", "g".repeat(64).as_str());
        assert_eq!(verify(&secrets, &hook(&sign(&retired, BODY)), BODY), Err(SignatureError::Wrong));
        assert_eq!(verify(&[], &hook(&sign(&retired, BODY)), BODY), Err(SignatureError::Wrong));
    }

    #[test]
    fn the_secret_is_used_as_text_even_when_it_looks_like_hex() {
        let text = "a1".repeat(32);
        let decoded = "\u{a1}".repeat(32);
        assert_ne!(sign(&secret("1", &text), BODY), sign(&secret("1", &decoded), BODY));
    }

    #[test]
    fn a_signature_in_another_dress_is_refused() {
        let secrets = [secret("1", "s3cret")];
        let good = sign(&secrets[0], BODY);
        for dress in [
            good.to_uppercase(),
            format!("sha256={good}"),
            good[..63].to_owned(),
            format!("{good}0"),
            format!(" {good}"),
            String::new(),
        ] {
            assert_eq!(verify(&secrets, &hook(&dress), BODY), Err(SignatureError::Malformed), "{dress:?}");
        }
        let mut bytes = HeaderMap::new();
        bytes.insert(HOOK_SIGNATURE_HEADER, HeaderValue::from_bytes(&[0xff; 64]).unwrap());
        assert_eq!(verify(&secrets, &bytes, BODY), Err(SignatureError::Malformed));
    }

    #[test]
    fn either_header_is_accepted_and_two_must_agree() {
        let secrets = [secret("1", "s3cret")];
        let good = sign(&secrets[0], BODY);
        let other = sign(&secret("2", "other"), BODY);
        let judged = |pairs: &[(&'static str, &str)]| verify(&secrets, &headers(pairs), BODY);
        assert_eq!(judged(&[(APP_SIGNATURE_HEADER, &good)]), Ok("1"));
        assert_eq!(judged(&[(APP_SIGNATURE_HEADER, &good), (HOOK_SIGNATURE_HEADER, &good)]), Ok("1"));
        assert_eq!(
            judged(&[(APP_SIGNATURE_HEADER, &other), (HOOK_SIGNATURE_HEADER, &good)]),
            Err(SignatureError::Malformed)
        );
        assert_eq!(
            judged(&[(HOOK_SIGNATURE_HEADER, &good), (HOOK_SIGNATURE_HEADER, &good)]),
            Err(SignatureError::Malformed)
        );
        assert_eq!(judged(&[]), Err(SignatureError::Missing));
    }

    #[test]
    fn an_empty_secret_verifies_nothing() {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"").unwrap();
        mac.update(BODY);
        let forged: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(verify(&[secret("1", "")], &hook(&forged), BODY), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_secret_is_never_shown() {
        assert!(!format!("{:?}", secret("1", "s3cret")).contains("s3cret"));
    }

    proptest! {
        #[test]
        fn what_was_signed_is_accepted(key in ".{1,100}", body in prop::collection::vec(any::<u8>(), 0..300)) {
            let secrets = [secret("other", "other"), secret("1", &key)];
            prop_assume!(key != "other");
            prop_assert_eq!(verify(&secrets, &hook(&sign(&secrets[1], &body)), &body), Ok("1"));
        }

        #[test]
        fn any_changed_byte_is_refused(
            mut body in prop::collection::vec(any::<u8>(), 1..300), at in any::<prop::sample::Index>(), flip in 1_u8..,
        ) {
            let secrets = [secret("1", "s3cret")];
            let signature = hook(&sign(&secrets[0], &body));
            let at = at.index(body.len());
            body[at] ^= flip;
            prop_assert_eq!(verify(&secrets, &signature, &body), Err(SignatureError::Wrong));
        }

        #[test]
        fn any_changed_digit_is_refused(at in 0_usize..64, digit in prop::sample::select(&b"0123456789abcdefABCDEFgz =-"[..])) {
            let secrets = [secret("1", "s3cret")];
            let mut signature = sign(&secrets[0], BODY).into_bytes();
            prop_assume!(signature[at] != digit);
            signature[at] = digit;
            prop_assert!(verify(&secrets, &hook(&String::from_utf8(signature).unwrap()), BODY).is_err());
        }
    }
}
