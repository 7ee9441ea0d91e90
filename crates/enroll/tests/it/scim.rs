//! Speaking SCIM to an integration of an [`Enroll`], without a socket.

use enroll::{Connection, Enroll};
use enroll_conformance::corpus::{Answer, Exchange, Wire};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

/// One integration, spoken to with its token.
pub(crate) struct Line {
    enroll: Enroll,
    path: String,
    token: String,
}

impl Line {
    pub(crate) fn new(enroll: &Enroll, to: &Connection) -> Self {
        let path = format!("/scim/{}/v2", to.integration);
        Self {
            enroll: enroll.clone(),
            path,
            token: to.token.expose().to_owned(),
        }
    }

    /// Sends JSON with the token, and returns status and JSON.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let bearer = ("authorization".to_owned(), format!("Bearer {}", self.token));
        let body = if body.is_null() {
            Vec::new()
        } else {
            serde_json::to_vec(body).unwrap()
        };
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
            None => (path.to_owned(), None),
        };
        let exchange = Exchange {
            method: method.to_owned(),
            path,
            query,
            headers: vec![bearer],
            body,
        };
        let answer = self.send(exchange).await;
        (
            answer.status,
            serde_json::from_slice(&answer.body).unwrap_or_default(),
        )
    }
}

impl Wire for Line {
    async fn send(&self, exchange: Exchange) -> Answer {
        let query = exchange
            .query
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let mut request = http::Request::builder()
            .method(exchange.method.as_str())
            .uri(format!("{}{}{query}", self.path, exchange.path));
        for (name, value) in &exchange.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(exchange.body.into())).unwrap();
        let (parts, body) = self.enroll.scim().respond(request).await.into_parts();
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers.iter().map(header).collect(),
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    fn token(&self) -> Option<&str> {
        Some(&self.token)
    }
}
