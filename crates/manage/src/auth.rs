//! Who may call: asked once, before anything else of a request is looked at (threat B1).

use enroll_tenants::{Digest, Gate, Secret, Tenants};
use http::{HeaderMap, HeaderValue, header};

use crate::{Problem, ProblemKind};

/// Lets the holder of a management key in; a SCIM token is no key (threat B8).
///
/// # Errors
/// `Unauthorized`, with the same words for every wrong key; whatever else stopped the look-up.
pub(crate) async fn admit<T: Tenants>(
    gate: &Gate<T>,
    keys: &[Digest],
    headers: &HeaderMap,
) -> Result<(), Problem> {
    let refused = |detail| Problem::new(ProblemKind::Unauthorized, detail);
    let presented = headers.get_all(header::AUTHORIZATION);
    let Some(key) = Secret::presented(presented.iter().map(HeaderValue::as_bytes)) else {
        return Err(refused("send a management key: Authorization: Bearer …"));
    };
    let digest = Digest::of(key);
    // Every configured key is compared, so that the time tells nothing about which one is near.
    let configured = keys
        .iter()
        .fold(false, |found, known| (*known == digest) | found);
    if configured || (!Secret::mistyped(key) && gate.is_key(key).await?) {
        return Ok(());
    }
    Err(refused(
        "this is no valid management key; a SCIM token is none",
    ))
}

/// Tells whether a path can only be read one way: no empty or dot segment, no hidden slash or
/// control character (threat B1).
pub(crate) fn is_plain(path: &str) -> bool {
    let Some(below) = path.strip_prefix('/') else {
        return false;
    };
    below.split('/').all(|segment| match decoded(segment) {
        Some(bytes) => {
            let hides = |byte: &u8| *byte == b'/' || *byte == b'\\' || byte.is_ascii_control();
            !bytes.is_empty() && bytes != b"." && bytes != b".." && !bytes.iter().any(hides)
        }
        None => false,
    })
}

/// Takes the percent signs of one segment away; `None` when one is not followed by two digits.
fn decoded(segment: &str) -> Option<Vec<u8>> {
    let mut rest = segment.bytes();
    let mut bytes = Vec::with_capacity(segment.len());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            plain => plain,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b1_paths_with_two_readings_are_none() {
        for (path, plain) in [
            ("/v1/tenants", true),
            ("/v1/tenants/a%6Dy", true),
            ("/v1/tenants/acme/people/ana%40acme.com/explain", true),
            ("", false),
            ("/", false),
            ("v1", false),
            ("/v1/", false),
            ("/v1//tenants", false),
            ("/v1/./tenants", false),
            ("/v1/../v1/tenants", false),
            ("/v1/%2e%2E/tenants", false),
            ("/v1%2Ftenants", false),
            ("/v1/tenants/a%5Cb", false),
            ("/v1/tenants/a%00", false),
            ("/v1/tenants/a%0D%0Ab", false),
            ("/v1/tenants/a%", false),
            ("/v1/tenants/a%4", false),
            ("/v1/tenants/a%zz", false),
        ] {
            assert_eq!(is_plain(path), plain, "{path}");
        }
    }
}
