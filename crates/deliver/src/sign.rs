//! Signatures of Standard Webhooks 1.0.0: HMAC-SHA256 over id, time and body.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header that names the message: the same on every repeat.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the seconds since 1970 at which this attempt was signed.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with the signatures, separated by spaces.
pub const SIGNATURE_HEADER: &str = "webhook-signature";
/// How far the clocks of sender and receiver may be apart, in seconds.
pub const TOLERANCE_SECONDS: i64 = 300;

/// A key shared with the application, spelled `whsec_` and base64.
///
/// It never shows in `Debug` (threat B3).
///
/// ```
/// use enroll_deliver::SigningSecret;
///
/// let secret = SigningSecret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
/// assert_eq!(secret.spell(), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
/// assert_eq!(format!("{secret:?}"), "SigningSecret(…)");
/// # Ok::<(), enroll_deliver::SecretError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SigningSecret {
    /// Filled up with zeros to the block of SHA-256, which is what HMAC does with a shorter key.
    block: [u8; SECRET_BYTES_MAX],
    length: usize,
}

impl SigningSecret {
    /// Reads `whsec_…`; the prefix and the padding of the base64 may be missing.
    ///
    /// # Errors
    /// [`SecretError`] when it is no base64, or not 16 to 64 bytes.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let spelled = text.trim();
        let spelled = spelled.strip_prefix(PREFIX).unwrap_or(spelled);
        let bytes = LENIENT.decode(spelled).map_err(|_| SecretError::Base64)?;
        Self::from_bytes(&bytes)
    }

    /// Takes the key itself.
    ///
    /// # Errors
    /// [`SecretError::Length`] unless it is 16 to 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(SecretError::Length(bytes.len()));
        }
        let mut block = [0; SECRET_BYTES_MAX];
        let part = block.get_mut(..bytes.len());
        part.ok_or(SecretError::Length(bytes.len()))?
            .copy_from_slice(bytes);
        Ok(Self {
            block,
            length: bytes.len(),
        })
    }

    /// Derives the secret that `seed` always gives for `label`: what `enroll dev` prints, though no
    /// file holds it.
    pub fn derive(seed: &[u8; 32], label: &str) -> Self {
        let mut block = [0; SECRET_BYTES_MAX];
        for (to, from) in block.iter_mut().zip(seed) {
            *to = *from;
        }
        let seed = Self { block, length: 32 };
        let derived = seed.mac([label.as_bytes()]).finalize().into_bytes();
        let mut block = [0; SECRET_BYTES_MAX];
        for (to, from) in block.iter_mut().zip(derived) {
            *to = from;
        }
        Self { block, length: 32 }
    }

    /// Spells the secret for the application's configuration.
    pub fn spell(&self) -> String {
        let bytes = self.block.iter().take(self.length).copied();
        format!("{PREFIX}{}", LENIENT.encode(bytes.collect::<Vec<u8>>()))
    }

    fn mac<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.block.into());
        parts.into_iter().for_each(|part| mac.update(part));
        mac
    }

    fn over(&self, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
        let head = format!("{id}.{timestamp}.");
        self.mac([head.as_bytes(), body])
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// What is wrong with a secret; never shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The part after `whsec_` is no base64.
    #[error(
        "a signing secret is `whsec_` and base64; make one with: echo whsec_$(openssl rand -base64 32)"
    )]
    Base64,
    /// Too short to be safe, or too long for the standard.
    #[error("a signing secret has {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes, this one {0}")]
    Length(usize),
}

/// Returns the value of `webhook-signature`: one `v1,…` for each secret, separated by spaces.
///
/// During a rotation both the new and the old secret sign, and the receiver may know either.
///
/// ```
/// use enroll_deliver::{SigningSecret, sign};
///
/// let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw")?;
/// let body = br#"{"test": 2432232314}"#;
/// let signature = sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
/// assert_eq!(signature, "v1,pZN3CVESPCUuihODVQNgWONmlcH9xCz9b1ykcK53XqY=");
/// # Ok::<(), enroll_deliver::SecretError>(())
/// ```
pub fn sign(secrets: &[SigningSecret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let one = |secret: &SigningSecret| {
        let tag = secret.over(id, timestamp, body).finalize().into_bytes();
        format!("{VERSION}{}", LENIENT.encode(tag))
    };
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The three headers of a message, as they arrived.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signature: &'a str,
}

/// Tells whether a message comes from who holds one of `secrets`, and is fresh at `now` (seconds).
///
/// Signatures of other versions than `v1` are passed over; the comparison takes the same time
/// wherever they differ.
///
/// ```
/// use enroll_deliver::{Signed, SigningSecret, sign, verify};
///
/// let secrets = [SigningSecret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?];
/// let signature = sign(&secrets, "msg_1", 1_000, b"{}");
/// let signed = Signed { id: "msg_1", timestamp: "1000", signature: &signature };
/// assert!(verify(&secrets, signed, b"{}", 1_010).is_ok());
/// assert!(verify(&secrets, signed, b"{ }", 1_010).is_err());
/// # Ok::<(), enroll_deliver::SecretError>(())
/// ```
///
/// # Errors
/// [`Unverified`] says what is wrong.
pub fn verify(
    secrets: &[SigningSecret],
    signed: Signed<'_>,
    body: &[u8],
    now: i64,
) -> Result<(), Unverified> {
    let timestamp = signed.timestamp.parse::<i64>();
    let timestamp = timestamp.map_err(|_| Unverified::Timestamp)?;
    if now.saturating_sub(timestamp) > TOLERANCE_SECONDS {
        return Err(Unverified::Old);
    }
    if timestamp.saturating_sub(now) > TOLERANCE_SECONDS {
        return Err(Unverified::Early);
    }
    let given = signed.signature.split(' ');
    let given = given.filter_map(|one| one.strip_prefix(VERSION));
    let tags: Vec<Vec<u8>> = given.filter_map(|tag| LENIENT.decode(tag).ok()).collect();
    if tags.is_empty() {
        return Err(Unverified::NoSignature);
    }
    let fits = |tag: &Vec<u8>| {
        let mut macs = secrets
            .iter()
            .map(|secret| secret.over(signed.id, timestamp, body));
        macs.any(|mac| mac.verify_slice(tag).is_ok())
    };
    if tags.iter().any(fits) {
        Ok(())
    } else {
        Err(Unverified::Wrong)
    }
}

/// Why a message is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unverified {
    /// `webhook-timestamp` is no number of seconds.
    #[error("webhook-timestamp is no number of seconds")]
    Timestamp,
    /// It was signed more than [`TOLERANCE_SECONDS`] ago.
    #[error("webhook-timestamp is more than {TOLERANCE_SECONDS} seconds ago")]
    Old,
    /// It was signed more than [`TOLERANCE_SECONDS`] from now.
    #[error("webhook-timestamp is more than {TOLERANCE_SECONDS} seconds ahead")]
    Early,
    /// There is no signature of version 1.
    #[error("webhook-signature has no part that begins with `v1,`")]
    NoSignature,
    /// No signature fits.
    #[error("no signature fits: another secret, or another body")]
    Wrong,
}

const PREFIX: &str = "whsec_";
const VERSION: &str = "v1,";
/// Shorter keys can be guessed.
const SECRET_BYTES_MIN: usize = 16;
/// The standard's own limit, and the block of SHA-256.
const SECRET_BYTES_MAX: usize = 64;

/// Writes padding, reads with and without: many are written without.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
