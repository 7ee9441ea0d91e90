//! The transport over real sockets.

use std::{sync::Arc, time::Duration};

use crate::transport::{Transport, TransportError};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take: what Okta and Entra grant (OKTA-26, ENTRA-66).
const ANSWER: Duration = Duration::from_mins(1);
/// The largest answer read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// HTTP/1.1 with or without TLS: follows no redirect, asks no proxy, trusts what the system trusts.
///
/// ```
/// use enroll_simulate::Http;
///
/// let http = Http::new("http://127.0.0.1:8080/scim/v2/x")?;
/// # let _ = http;
/// # Ok::<(), enroll_simulate::TransportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
}

impl Http {
    /// Returns a transport for servers whose URL begins as `url` does.
    ///
    /// # Errors
    /// [`TransportError`] when `url` is `https` and the system's certificates cannot be read.
    pub fn new(url: &str) -> Result<Self, TransportError> {
        let https = url
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("https:"));
        let tls = if https { trusting() } else { trusting_nobody() };
        let tls =
            tls.map_err(|error| TransportError::new(format!("cannot set up TLS: {error}")))?;
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build()
            .map(|client| Self { client })
            .map_err(|error| told(&error))
    }
}

impl Transport for Http {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(|error| told(&error))?;
        let mut answer = self
            .client
            .execute(request)
            .await
            .map_err(|error| told(&error))?;
        let mut whole = http::Response::new(Vec::new());
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = answer.headers().clone();
        while let Some(chunk) = answer.chunk().await.map_err(|error| told(&error))? {
            if whole.body().len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(TransportError::new("the answer is larger than 64 MiB"));
            }
            whole.body_mut().extend_from_slice(&chunk);
        }
        Ok(whole)
    }
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

/// The error with its causes: reqwest's own text stops at "error sending request".
fn told(error: &dyn std::error::Error) -> TransportError {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    TransportError::new(text)
}
