//! Posting one signed message over a real socket.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use enroll_schema::Timestamp;
use reqwest::{
    Client, Response, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{CONTENT_TYPE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER},
};

use crate::{
    Answer, SigningSecret, Target, TargetError,
    ranges::{Reach, forbidden},
    sign::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign},
    target::Names,
    words::whole,
};

/// Posts signed messages to one endpoint: follows no redirect, asks no proxy, reads
/// [`REPLY_BYTES_MAX`] bytes at most.
///
/// What [`HttpSink`](crate::HttpSink) is made of; by itself it sends one message, as `enroll sink
/// send` does.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Client,
    url: Url,
    secrets: Arc<[SigningSecret]>,
    answer_max: Duration,
}

impl Sender {
    /// Prepares to post to `target`.
    ///
    /// # Errors
    /// [`TargetError`] says what is wrong with the URL, or that TLS cannot be set up.
    pub fn new(target: &Target) -> Result<Self, TargetError> {
        let (url, reach) = target.checked()?;
        let tls = if url.scheme() == "https" {
            trusting()
        } else {
            trusting_nobody()
        };
        let tls = tls.map_err(|error| TargetError::Tls(error.to_string()))?;
        let names = target.names.clone();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Guarded { reach, names }))
            .connect_timeout(CONNECT_MAX.min(target.answer_max))
            .timeout(target.answer_max)
            .user_agent(concat!("enroll/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| TargetError::Tls(whole(&error)))?;
        Ok(Self {
            client,
            url,
            secrets: target.secrets.iter().cloned().collect(),
            answer_max: target.answer_max,
        })
    }

    /// Signs `body` as message `id` of the instant `at`, posts it, and returns whatever was answered.
    ///
    /// # Errors
    /// [`Unsent`] when there was no answer, or one that is too long.
    pub async fn send(&self, id: &str, at: Timestamp, body: Vec<u8>) -> Result<Answer, Unsent> {
        let seconds = at.as_millis().div_euclid(1_000);
        let signature = sign(&self.secrets, id, seconds, &body);
        let headers = [
            (ID_HEADER, id.to_owned()),
            (TIMESTAMP_HEADER, seconds.to_string()),
            (SIGNATURE_HEADER, signature),
        ];
        // Without a secret there is no signature to send.
        let told = headers.into_iter().filter(|(_, value)| !value.is_empty());
        self.post(told, body).await
    }

    /// Posts `body` under headers that may be wrong, to see whether they are refused.
    pub(crate) async fn post(
        &self,
        headers: impl IntoIterator<Item = (&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<Answer, Unsent> {
        let request = self.client.post(self.url.clone());
        let mut request = request.header(CONTENT_TYPE, "application/json").body(body);
        for (name, value) in headers {
            request = request.header(HeaderName::from_static(name), value);
        }
        let mut response = request.send().await.map_err(|error| self.unsent(error))?;
        let body = self.body(&mut response).await?;
        let header = |name| text(response.headers(), name);
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: header(RETRY_AFTER),
            location: header(LOCATION),
            body,
        })
    }

    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, Unsent> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unsent(error))? {
            if body.len() + chunk.len() > REPLY_BYTES_MAX {
                let status = response.status().as_u16();
                return Err(Unsent {
                    text: format!("answered {status} with more than 64 KiB"),
                    was_reached: true,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The URL is left out of the words: its query may hold something private.
    fn unsent(&self, error: reqwest::Error) -> Unsent {
        let text = if error.is_timeout() && error.is_connect() {
            "no connection in time".to_owned()
        } else if error.is_timeout() {
            format!("no answer within {:?}", self.answer_max)
        } else {
            whole(&error.without_url())
        };
        Unsent {
            text,
            was_reached: false,
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Unsent {
    /// In words, one line.
    pub text: String,
    /// Whether the endpoint answered, if uselessly.
    pub was_reached: bool,
}

/// A resolver that gives the connector no address it may not connect to (threat C15): what was
/// checked is what is connected to, whatever the name says the next time.
struct Guarded {
    reach: Reach,
    names: Option<Names>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, names) = (self.reach, self.names.clone());
        Box::pin(async move {
            let found: Vec<IpAddr> = if let Some(names) = names {
                names(name.as_str())?
            } else {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                found.map(|address| address.ip()).collect()
            };
            let open = open(name.as_str(), &found, reach)?;
            // The port is the URL's; 0 says so.
            let open = open.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(open) as Addrs)
        })
    }
}

/// Returns the addresses that may be connected to.
fn open(host: &str, found: &[IpAddr], reach: Reach) -> Result<Vec<IpAddr>, Closed> {
    let open: Vec<IpAddr> = found
        .iter()
        .copied()
        .filter(|address| forbidden(*address, reach).is_none())
        .collect();
    let closed = found
        .iter()
        .find_map(|address| Some((*address, forbidden(*address, reach)?)));
    match closed {
        Some((address, why)) if open.is_empty() => Err(Closed {
            host: host.to_owned(),
            address,
            why,
            hint: match forbidden(address, Reach::Private) {
                None => "; allow_private opens private networks",
                Some(_) => "",
            },
        }),
        _ => Ok(open),
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} is at {address}, which may not be called: {why}{hint}")]
struct Closed {
    host: String,
    address: IpAddr,
    why: &'static str,
    hint: &'static str,
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

type Tls = rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>;

/// The provider is named here: with two of them compiled in, rustls would not choose by itself.
fn builder() -> Result<Tls, rustls::Error> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions()
}

fn trusting() -> Result<rustls::ClientConfig, rustls::Error> {
    use rustls_platform_verifier::BuilderVerifierExt as _;
    Ok(builder()?.with_platform_verifier()?.with_no_client_auth())
}

/// For plain `http`, so that it works on machines without certificates.
fn trusting_nobody() -> Result<rustls::ClientConfig, rustls::Error> {
    let nobody = rustls::RootCertStore::empty();
    Ok(builder()?
        .with_root_certificates(nobody)
        .with_no_client_auth())
}

/// The longest reply that is read (threat C15).
pub const REPLY_BYTES_MAX: usize = 64 << 10;
/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c15_of_several_addresses_only_open_ones_are_connected_to() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let both = [ip("10.0.0.1"), ip("1.1.1.1"), ip("169.254.169.254")];
        assert_eq!(open("x", &both, Reach::Public).unwrap(), [ip("1.1.1.1")]);
        assert_eq!(
            open("x", &both, Reach::Private).unwrap(),
            [ip("10.0.0.1"), ip("1.1.1.1")]
        );
        let closed = open("app.example", &both[..1], Reach::Public).unwrap_err();
        assert_eq!(
            closed.to_string(),
            "app.example is at 10.0.0.1, which may not be called: private; allow_private opens private networks"
        );
        let closed = open("app.example", &both[2..], Reach::Private).unwrap_err();
        assert!(closed.to_string().ends_with("a cloud metadata service"));
        // "localhost" is this machine or nothing.
        let closed = open("localhost", &[ip("1.1.1.1")], Reach::Loopback).unwrap_err();
        assert!(closed.to_string().contains(": not loopback"));
        assert_eq!(open("x", &[], Reach::Public).unwrap(), Vec::<IpAddr>::new());
    }
}
