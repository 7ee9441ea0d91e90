//! Clock and ids, given to everything below as values.

use enroll_schema::ResourceId;

use crate::{Error, Result};

/// Fills `bytes` with randomness of the operating system.
///
/// # Errors
/// [`Error::Random`] when there is none.
pub fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::Random(error.to_string()))
}

/// Makes an id no resource ever had: a UUIDv7, which rises with time and keeps indexes compact.
pub(crate) fn resource() -> ResourceId {
    let text = uuid::Uuid::now_v7().to_string();
    // A UUID's spelling has nothing but hexadecimal digits and hyphens.
    ResourceId::new(&text).unwrap_or_else(|_| unreachable!("a UUID is an id"))
}

/// Makes an id such as `int_7h2kq0…` with 80 random bits.
pub(crate) fn named(prefix: &str) -> Result<String> {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bytes = [0; 16];
    random(&mut bytes)?;
    let letter = |byte: u8| {
        LETTERS
            .get(usize::from(byte & 31))
            .map_or('0', |letter| char::from(*letter))
    };
    Ok(format!(
        "{prefix}{}",
        bytes.into_iter().map(letter).collect::<String>()
    ))
}
