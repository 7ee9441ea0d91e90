//! From a request's path to the integration it names, and to where its resources live.

use http::{HeaderMap, header, uri::Authority};

/// A request's path, taken apart; nothing is decoded here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// The integration the path names.
    pub(crate) integration: Option<&'a str>,
    /// What follows the base URL; starts with a slash.
    pub(crate) rest: &'a str,
}

impl<'a> Address<'a> {
    /// Takes `path` apart: `[prefix]/{integration}[/v2]/…`, or `[prefix]/v2/…` where the token says it all.
    ///
    /// A router that nests the service takes the prefix away; a server that does not leaves it.
    pub(crate) fn parse(prefix: &str, path: &'a str) -> Self {
        let below = path
            .strip_prefix(prefix)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let path = below.unwrap_or(path);
        let (first, rest) = segment(path);
        if first == "v2" {
            return Self {
                integration: None,
                rest: at_base(rest),
            };
        }
        if first.is_empty() || is_version(first) {
            return Self {
                integration: None,
                rest: at_base(path),
            };
        }
        let rest = match segment(rest) {
            ("v2", rest) => rest,
            _ => rest,
        };
        Self {
            integration: Some(first),
            rest: at_base(rest),
        }
    }
}

/// Splits the first segment off; what remains starts with a slash or is empty.
fn segment(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split_at(path.find('/').unwrap_or(path.len()))
}

/// Forgives one slash that ended the base URL an administrator pasted (S-45).
fn at_base(rest: &str) -> &str {
    match rest.strip_prefix('/') {
        None => "/",
        Some(more) if more.starts_with('/') => more,
        Some(_) => rest,
    }
}

fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix('v').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns scheme and host as the client spelled them, for a server that was not told its own name.
pub(crate) fn origin(headers: &HeaderMap, authority: Option<&Authority>) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = authority
        .map(Authority::as_str)
        .or_else(|| text(header::HOST));
    let is_plain = |host: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        !host.is_empty() && host.len() <= HOST_BYTES_MAX && host.bytes().all(plain)
    };
    let host = host.filter(is_plain).unwrap_or("localhost");
    let is_tls = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto == "https");
    format!("{}://{host}", if is_tls { "https" } else { "http" })
}

const HOST_BYTES_MAX: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn paths() {
        for (path, integration, rest) in [
            ("/scim/int_1/v2/Users/7", Some("int_1"), "/Users/7"),
            ("/scim/int_1/Users", Some("int_1"), "/Users"),
            ("/int_1/v2/Users", Some("int_1"), "/Users"),
            ("/scim/v2/Users", None, "/Users"),
            ("/v2/Users", None, "/Users"),
            ("/scim/int_1/v2", Some("int_1"), "/"),
            ("/scim/int_1/v2/", Some("int_1"), "/"),
            ("/scim/int_1/v2//Users", Some("int_1"), "/Users"),
            ("/scim/int_1/v2///Users", Some("int_1"), "//Users"),
            ("/scim/int_1", Some("int_1"), "/"),
            ("/scim/v1/Users", None, "/v1/Users"),
            ("/scim/int_1/v3/Users", Some("int_1"), "/v3/Users"),
            ("/scim", None, "/"),
            ("/", None, "/"),
            ("/scimitar/v2/Users", Some("scimitar"), "/Users"),
            ("/scim\u{e9}/v2/Users", Some("scim\u{e9}"), "/Users"),
            ("/scim/%69nt_1/v2/Users", Some("%69nt_1"), "/Users"),
            ("/scim//int_1/v2/Users", None, "/int_1/v2/Users"),
        ] {
            assert_eq!(
                Address::parse("/scim", path),
                Address { integration, rest },
                "{path}"
            );
        }
    }

    #[test]
    fn origins() {
        for (host, wanted) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("[::1]:80", "http://[::1]:80"),
            ("a.example/x", "http://localhost"),
            ("a\"b", "http://localhost"),
            ("", "http://localhost"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            assert_eq!(origin(&headers, None), wanted, "{host}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        assert_eq!(origin(&headers, None), "https://localhost");
    }
}
