//! From a method and a path to the verb that answers.

use std::borrow::Cow;

use enroll_schema::{Error, ErrorKind, ResourceId};

use crate::{refusal::Refusal, served::Served};

/// What a path names (RFC 7644 §3.2).
#[derive(Clone, Debug)]
pub(crate) enum Endpoint<'a> {
    /// `/`.
    Root,
    /// `/.search`, `/Users/.search`.
    Search(Option<&'a Served>),
    /// `/Users`.
    Collection(&'a Served),
    /// `/Users/2819`.
    Resource(&'a Served, ResourceId),
    /// `/ServiceProviderConfig`.
    Config,
    /// `/ResourceTypes`, `/ResourceTypes/User`.
    ResourceTypes(Option<String>),
    /// `/Schemas`, `/Schemas/urn:…`.
    Schemas(Option<String>),
    /// A part of the protocol that is not offered: `/Me`, `/Bulk`.
    NotOffered(&'static str),
}

impl<'a> Endpoint<'a> {
    /// Finds what `path` names; it starts with a slash and is decoded.
    pub(crate) fn find(types: &'a [Served], path: &str) -> Result<Self, Error> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let (first, rest) = path
            .split_once('/')
            .map_or((path, None), |(a, b)| (a, Some(b)));
        if let Some(served) = types.iter().find(|served| served.segment() == first) {
            return match rest {
                None => Ok(Self::Collection(served)),
                Some(".search") => Ok(Self::Search(Some(served))),
                Some(id) => Ok(Self::Resource(
                    served,
                    ResourceId::new(id).map_err(nowhere)?,
                )),
            };
        }
        match (first, rest) {
            ("", None) => Ok(Self::Root),
            (".search", None) => Ok(Self::Search(None)),
            ("ServiceProviderConfig", None) => Ok(Self::Config),
            ("ResourceTypes", id) => Ok(Self::ResourceTypes(id.map(str::to_owned))),
            ("Schemas", id) => Ok(Self::Schemas(id.map(str::to_owned))),
            ("Me", _) => Ok(Self::NotOffered(
                "/Me is not offered: tokens belong to clients",
            )),
            ("Bulk", None) => Ok(Self::NotOffered("bulk operations are not offered")),
            _ if is_version(first) => Err(Error::new(
                ErrorKind::InvalidVersion,
                "this is SCIM version 2; the base URL ends in /v2",
            )),
            _ => Err(nowhere(())),
        }
    }

    /// Returns the methods it answers, as `Allow` spells them.
    fn allow(&self) -> &'static str {
        match self {
            Self::Root | Self::Config | Self::ResourceTypes(_) | Self::Schemas(_) => "GET, HEAD",
            Self::Search(_) => "POST",
            Self::Collection(_) => "GET, HEAD, POST",
            Self::Resource(..) => "GET, HEAD, PUT, PATCH, DELETE",
            Self::NotOffered(_) => "",
        }
    }

    /// Refuses what is not offered, and methods the endpoint does not answer.
    pub(crate) fn allows(self, method: &str) -> Result<Self, Refusal> {
        if let Self::NotOffered(why) = self {
            return Err(Error::new(ErrorKind::NotImplemented, why).into());
        }
        let allow = self.allow();
        if allow.split(", ").any(|allowed| allowed == method) {
            return Ok(self);
        }
        let detail = format!("this endpoint answers {allow}");
        Err(Refusal::allowing(
            Error::new(ErrorKind::MethodNotAllowed, detail),
            allow,
        ))
    }
}

/// Decodes a path once; what could be read two ways is no path at all (threat B1).
///
/// # Errors
/// `NotFound` for broken escapes, `%2F`, `%00` and other controls, empty and dot segments.
pub(crate) fn decode(path: &str) -> Result<Cow<'_, str>, Error> {
    let decoded = percent(path).ok_or(()).map_err(nowhere)?;
    let slashes = |text: &str| text.bytes().filter(|byte| *byte == b'/').count();
    let is_clear = slashes(&decoded) == slashes(path)
        && !decoded.chars().any(char::is_control)
        && decoded.starts_with('/')
        && (decoded == "/"
            || !decoded
                .split('/')
                .skip(1)
                .any(|s| matches!(s, "" | "." | "..")));
    is_clear.then_some(decoded).ok_or(()).map_err(nowhere)
}

/// Decodes `%XX`; `None` for what is broken.
fn percent(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => (nibble(rest.next()?)? << 4) | nibble(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix(['v', 'V']).unwrap_or_default();
    !matches!(digits, "" | "2")
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn nowhere<E>(_: E) -> Error {
    Error::new(ErrorKind::NotFound, "there is no such endpoint")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once() {
        for (path, wanted) in [
            ("/Users/a%2Db", Some("/Users/a-b")),
            ("/Users/a%252Fb", Some("/Users/a%2Fb")),
            ("/Users/%41", Some("/Users/A")),
            ("/", Some("/")),
            ("/Users/a%2Fb", None),
            ("/Users/a%2fb", None),
            ("/Users/%00", None),
            ("/Users/%0d%0aX", None),
            ("/Users//a", None),
            ("/Users/", None),
            ("//Users", None),
            ("/Users/./a", None),
            ("/Users/..", None),
            ("/Users/%2e%2e", None),
            ("/Users/%", None),
            ("/Users/%4", None),
            ("/Users/%zz", None),
            ("/Users/%+1", None),
            ("/Users/%ff", None),
            ("Users", None),
            ("", None),
        ] {
            assert_eq!(decode(path).ok().as_deref(), wanted, "{path}");
        }
    }

    #[test]
    fn versions_are_told_from_names() {
        assert!(["v1", "V3", "v1.1"].into_iter().all(is_version));
        assert!(
            !["v", "v2", "vx", "1", "Users", ""]
                .into_iter()
                .any(is_version)
        );
    }
}
