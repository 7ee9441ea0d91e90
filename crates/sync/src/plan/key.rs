//! The idempotency key: what makes two calls the same call.

use enroll_store::TenantId;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::Item;

/// Returns base32(sha256(tenant, subject, op, content)) of an item (sync §5).
///
/// The content holds the number of the last change the account saw: the same value set, changed and
/// set again is three calls, while a repeat after a crash or a lost answer is one. A call that is made
/// over another one whose answer is not known says so. Reasons, causes and clocks are no content.
pub(super) fn key(tenant: &TenantId, item: &Item, over: Option<&str>) -> String {
    let mut content = json!({
        "tenant": tenant.as_str(),
        "subject": item.subject.to_string(),
        "op": item.op.as_str(),
        "app_ref": item.app_ref,
        "account": item.account,
        "group": item.group,
        "after": item.after,
    });
    if let (Some(over), Some(members)) = (over, content.as_object_mut()) {
        members.insert("over".to_owned(), over.into());
    }
    base32(&Sha256::digest(content.to_string()))
}

/// Writes bytes in the alphabet of RFC 4648 §6, in lower case and without padding.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut pool, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        pool = (pool << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(pool >> bits));
        }
    }
    if bits > 0 {
        text.push(letter(pool << (5 - bits)));
    }
    text
}

fn letter(five: u32) -> char {
    let five = u8::try_from(five & 31).unwrap_or_default();
    char::from(if five < 26 {
        b'a' + five
    } else {
        b'2' + (five - 26)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_rfc_4648_section_10() {
        for (plain, wanted) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(base32(plain.as_bytes()), wanted);
        }
        assert_eq!(base32(&[0xff; 32]).len(), 52);
    }
}
