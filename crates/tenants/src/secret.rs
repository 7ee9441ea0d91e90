//! Secrets: made, checked for typing mistakes, kept as digests.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::{Result, TenantsError};

/// What a secret opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// A SCIM bearer token.
    Token,
    /// A management key.
    Key,
}

impl SecretKind {
    /// Returns what its secrets start with, so that secret scanners and people know them.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Token => "scim_live_",
            Self::Key => "scimadm_",
        }
    }
}

/// A secret in the clear; shown once, never stored, never in `Debug` (threat B3).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Makes a secret of 256 random bits with check digits.
    ///
    /// # Errors
    /// [`TenantsError::NoRandom`] when the system has no randomness.
    pub fn generate(kind: SecretKind) -> Result<Self> {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).map_err(|e| TenantsError::NoRandom(e.to_string()))?;
        Ok(Self::spell(kind, &bits))
    }

    /// Derives the secret that `seed` always gives for `label`: what `dev` prints, though no file holds it.
    pub fn derive(kind: SecretKind, seed: &[u8; 32], label: &str) -> Self {
        let bits: [u8; 32] = Sha256::new()
            .chain_update(seed)
            .chain_update(kind.prefix())
            .chain_update(label)
            .finalize()
            .into();
        Self::spell(kind, &bits)
    }

    /// Takes a token the operator chose.
    ///
    /// # Errors
    /// [`TenantsError::NotAToken`] unless it is a `b64token` of RFC 6750 §2.1.
    pub fn given(text: &str) -> Result<Self> {
        let body = text.trim_end_matches('=');
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
        if (1..=512).contains(&text.len()) && !body.is_empty() && body.bytes().all(fits) {
            return Ok(Self(text.to_owned()));
        }
        Err(TenantsError::NotAToken)
    }

    /// Returns what a request presents: the credential of its one `Authorization: Bearer …` header (RFC 6750 §2.1).
    ///
    /// `headers` are the values of every `Authorization` header; two of them are none (threat B2).
    pub fn presented<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Option<&'a str> {
        let mut all = headers.into_iter();
        let only = all.next().filter(|_| all.next().is_none())?;
        let (scheme, secret) = std::str::from_utf8(only).ok()?.split_once(' ')?;
        let secret = secret.trim();
        let fits = (1..=PRESENTED_BYTES_MAX).contains(&secret.len());
        let is_secret = fits && secret.bytes().all(|byte| byte.is_ascii_graphic());
        (scheme.eq_ignore_ascii_case("bearer") && is_secret).then_some(secret)
    }

    /// Returns the secret in the clear.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Tells whether `text` is meant as one of ours but its check digits disagree.
    pub fn mistyped(text: &str) -> bool {
        [SecretKind::Token, SecretKind::Key]
            .into_iter()
            .any(|kind| {
                text.strip_prefix(kind.prefix()).is_some_and(|rest| {
                    rest.len()
                        .checked_sub(CHECK_CHARS)
                        .and_then(|at| rest.split_at_checked(at))
                        .is_none_or(|(body, digits)| check_digits(kind, body) != digits)
                })
            })
    }

    /// Returns what is stored of it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    fn spell(kind: SecretKind, bits: &[u8; 32]) -> Self {
        let body = base62(bits);
        Self(format!(
            "{}{body}{}",
            kind.prefix(),
            check_digits(kind, &body)
        ))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The SHA-256 of a secret: compared in constant time, useless to a thief of the database.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Digests presented text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Takes stored bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits, as `sha256sum` writes them.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digit = |byte: &u8| {
            char::from(*byte)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let [high, low] = pair else { return None };
            *byte = (digit(high)? << 4) | digit(low)?;
        }
        Some(Self(bytes))
    }

    /// Returns the bytes to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// Spells 256 bits as 43 letters and digits, by repeated division of the number.
fn base62(bits: &[u8; 32]) -> String {
    let mut number = *bits;
    let mut text = Vec::with_capacity(BODY_CHARS);
    for _ in 0..BODY_CHARS {
        let mut rest: u32 = 0;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or_default();
            rest = value % 62;
        }
        text.push(digit(rest));
    }
    text.into_iter().collect()
}

fn check_digits(kind: SecretKind, body: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(kind.prefix().as_bytes());
    hasher.update(body.as_bytes());
    let mut sum = hasher.finalize();
    let mut text = String::with_capacity(CHECK_CHARS);
    for _ in 0..CHECK_CHARS {
        text.push(digit(sum % 62));
        sum /= 62;
    }
    text
}

fn digit(value: u32) -> char {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let at = usize::try_from(value).unwrap_or_default();
    DIGITS.get(at).map_or('0', |byte| char::from(*byte))
}

/// 62^43 > 2^256.
const BODY_CHARS: usize = 43;
/// 62^6 > 2^32.
const CHECK_CHARS: usize = 6;

/// More than any secret has: what is longer is not looked up.
const PRESENTED_BYTES_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b2_a_generated_secret_is_long_unlike_another_and_checks() {
        let (a, b) = (
            Secret::generate(SecretKind::Token).unwrap(),
            Secret::generate(SecretKind::Token).unwrap(),
        );
        assert_eq!(
            a.expose().len(),
            "scim_live_".len() + BODY_CHARS + CHECK_CHARS
        );
        assert_ne!(a, b);
        assert!(!Secret::mistyped(a.expose()));
        assert!(Secret::given(a.expose()).is_ok());
    }

    #[test]
    fn every_single_mistyped_character_is_noticed() {
        let secret = Secret::derive(SecretKind::Key, &[7; 32], "manage");
        let start = SecretKind::Key.prefix().len();
        for at in start..secret.expose().len() {
            let mut bytes = secret.expose().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
            assert!(
                Secret::mistyped(std::str::from_utf8(&bytes).unwrap()),
                "at {at}"
            );
        }
        assert!(Secret::mistyped("scimadm_"));
        assert!(!Secret::mistyped("my-own-token"));
    }

    #[test]
    fn derived_secrets_differ_by_seed_label_and_kind_and_nothing_else() {
        let of = |kind, seed, label| Secret::derive(kind, &[seed; 32], label);
        let base = of(SecretKind::Token, 1, "a");
        assert_eq!(base, of(SecretKind::Token, 1, "a"));
        for other in [
            of(SecretKind::Token, 2, "a"),
            of(SecretKind::Token, 1, "b"),
            of(SecretKind::Key, 1, "a"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn b2_given_tokens_follow_rfc_6750() {
        for (text, good) in [
            ("dev", true),
            ("a+/b==", true),
            ("", false),
            ("=", false),
            ("a b", false),
            ("a=b", false),
            ("é", false),
        ] {
            assert_eq!(Secret::given(text).is_ok(), good, "{text:?}");
        }
        assert!(Secret::given(&"x".repeat(513)).is_err());
    }

    #[test]
    fn a_digest_is_read_from_64_hex_digits_and_nothing_else() {
        let hex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(Digest::from_hex(hex), Some(Digest::of("hello")));
        assert_eq!(
            Digest::from_hex(&hex.to_uppercase()),
            Some(Digest::of("hello"))
        );
        for text in [
            "",
            "2c",
            &hex[1..],
            &hex.replace('2', "g"),
            &format!("{hex}0"),
            &"é".repeat(32),
        ] {
            assert_eq!(Digest::from_hex(text), None, "{text}");
        }
    }

    #[test]
    fn b3_debug_shows_nothing() {
        let secret = Secret::given("hush").unwrap();
        assert!(!format!("{secret:?} {:?}", secret.digest()).contains("hush"));
    }

    #[test]
    fn base62_spells_every_bit() {
        assert_eq!(base62(&[0; 32]), "0".repeat(43));
        let mut one = [0; 32];
        one[31] = 61;
        assert_eq!(base62(&one), format!("z{}", "0".repeat(42)));
        let mut top = [0; 32];
        top[0] = 0x80;
        assert_ne!(base62(&top), base62(&[0; 32]));
    }

    #[test]
    fn b2_one_header_one_secret() {
        let long = format!("Bearer {}", "x".repeat(PRESENTED_BYTES_MAX + 1));
        let rows: &[(&[&str], Option<&str>)] = &[
            (&["Bearer abc"], Some("abc")),
            (&["bearer  abc "], Some("abc")),
            (&["Bearer"], None),
            (&["Bearer "], None),
            (&["Basic abc"], None),
            (&["abc"], None),
            (&["Bearer a b"], None),
            (&["Bearer \u{e9}"], None),
            (&[&long], None),
            (&[""], None),
            (&[], None),
            (&["Bearer a", "Bearer a"], None),
        ];
        for (headers, wanted) in rows {
            let values = headers.iter().map(|header| header.as_bytes());
            assert_eq!(Secret::presented(values), *wanted, "{headers:?}");
        }
        assert_eq!(Secret::presented([b"Bearer \xff".as_slice()]), None);
    }
}
