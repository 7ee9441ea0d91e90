//! Who may call, and what: asked once, before anything else of a request is looked at (threat B1).

use axum::{
    extract::{FromRequestParts as _, MatchedPath, RawPathParams, Request},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use enroll_store::TenantId;
use enroll_tenants::{Digest, Gate, Key, Scope, Scopes, Secret, Tenants};
use http::{HeaderMap, HeaderValue, header};

use crate::{
    Problem, ProblemKind,
    asked::nowhere,
    manage::no_tenant,
    routes::{BOUND_PATHS, Route},
};

/// Who calls: the holder of a management key.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The key's name, for what is written down about what was done.
    pub(crate) name: String,
    scopes: Scopes,
    tenant: Option<TenantId>,
}

impl Caller {
    /// The holder of a key that stands in the configuration.
    fn configured() -> Self {
        Self {
            name: "configuration".to_owned(),
            scopes: Scopes::FULL,
            tenant: None,
        }
    }

    /// Tells whether the key sees a tenant; what it does not see is as unknown as any (threat B4).
    pub(crate) fn sees(&self, tenant: &TenantId) -> bool {
        self.tenant.as_ref().is_none_or(|own| own == tenant)
    }

    /// Returns the one tenant it sees, if there is only one.
    pub(crate) fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// Lets only a key through that may do what needs `scope`.
    ///
    /// # Errors
    /// `Forbidden`, with what the key has and what it needs.
    pub(crate) fn needs(&self, scope: Scope) -> Result<(), Problem> {
        if self.scopes.opens(scope) {
            return Ok(());
        }
        let detail = format!(
            "this needs a key of scope {scope}; this key's is {}",
            self.scopes
        );
        Err(Problem::new(ProblemKind::Forbidden, detail))
    }
}

impl From<Key> for Caller {
    fn from(key: Key) -> Self {
        Self {
            name: key.name,
            scopes: key.scopes,
            tenant: key.tenant,
        }
    }
}

/// Lets a request on to its handler when the key opens the route and sees the tenant that the path
/// names: in one place, so that no handler can forget it (threat B1).
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let matched = parts.extensions.get::<MatchedPath>().cloned();
    let row = matched
        .as_ref()
        .and_then(|path| Route::find(parts.method.as_str(), path.as_str()));
    if let Some(row) = row {
        let params = RawPathParams::from_request_parts(&mut parts, &()).await;
        let tenant = params.ok().and_then(|params| {
            let mut named = params.iter().filter(|(name, _)| *name == "t");
            named.next().map(|(_, id)| id.to_owned())
        });
        if let Err(problem) = opens(parts.extensions.get(), row, tenant.as_deref()) {
            return problem.into_response();
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Decides whether the caller may ask for the route, and of that tenant.
fn opens(caller: Option<&Caller>, row: &Route, tenant: Option<&str>) -> Result<(), Problem> {
    let Some(scope) = row.scope else {
        return Ok(());
    };
    let caller = caller.ok_or_else(|| refused("send a management key: Authorization: Bearer …"))?;
    match tenant {
        Some(id) if !caller.sees(&TenantId::new(id)) => return Err(no_tenant(id)),
        None if caller.tenant.is_some() && !BOUND_PATHS.contains(&row.path) => {
            return Err(nowhere());
        }
        _ => {}
    }
    caller.needs(scope)
}

fn refused(detail: &str) -> Problem {
    Problem::new(ProblemKind::Unauthorized, detail)
}

/// Lets the holder of a management key in; a SCIM token is no key (threat B8).
///
/// # Errors
/// `Unauthorized`, with the same words for every wrong key; whatever else stopped the look-up.
pub(crate) async fn admit<T: Tenants>(
    gate: &Gate<T>,
    keys: &[Digest],
    headers: &HeaderMap,
) -> Result<Caller, Problem> {
    let presented = headers.get_all(header::AUTHORIZATION);
    let Some(key) = Secret::presented(presented.iter().map(HeaderValue::as_bytes)) else {
        return Err(refused("send a management key: Authorization: Bearer …"));
    };
    let digest = Digest::of(key);
    // Every configured key is compared, so that the time tells nothing about which one is near.
    let configured = keys
        .iter()
        .fold(false, |found, known| (*known == digest) | found);
    if configured {
        return Ok(Caller::configured());
    }
    let stored = if Secret::mistyped(key) {
        None
    } else {
        gate.key(key).await?
    };
    stored
        .map(Caller::from)
        .ok_or_else(|| refused("this is no valid management key; a SCIM token is none"))
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
