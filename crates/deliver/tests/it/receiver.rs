//! A tiny receiver on a loopback socket.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use enroll_deliver::{HttpSink, SigningSecret, Target};
use enroll_schema::{ResourceId, Timestamp};
use enroll_sync::Item;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle};

/// What arrived.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What is answered; `None` never answers.
pub(crate) type Reaction = Option<Response<Full<Bytes>>>;

/// Answers calls on a port of its own until it is dropped.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start(
        react: impl Fn(&Call) -> Reaction + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let seen = Arc::clone(&calls);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (react, seen) = (react.clone(), Arc::clone(&seen));
                let service = service_fn(move |request| {
                    let (react, seen) = (react.clone(), Arc::clone(&seen));
                    async move { Ok::<_, Infallible>(answer(request, react, &seen).await) }
                });
                let serve = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(serve);
            }
        });
        Self {
            address,
            calls,
            task,
        }
    }

    /// A receiver that always says the same.
    pub(crate) async fn saying(status: u16, body: &str) -> Self {
        let body = body.to_owned();
        Self::start(move |_| Some(say(status, &body))).await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/sink", self.address)
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    request: Request<Incoming>,
    react: impl Fn(&Call) -> Reaction,
    seen: &Mutex<Vec<Call>>,
) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let call = Call {
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
    };
    seen.lock().unwrap().push(call.clone());
    match react(&call) {
        Some(response) => response,
        None => std::future::pending().await,
    }
}

pub(crate) fn say(status: u16, body: &str) -> Response<Full<Bytes>> {
    let body = Full::new(Bytes::from(body.to_owned()));
    Response::builder().status(status).body(body).unwrap()
}

pub(crate) fn secret() -> SigningSecret {
    SigningSecret::derive(&[7; 32], "test")
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

/// A sink in front of `url`, at the instant 1,000 seconds.
pub(crate) fn sink(url: &str) -> HttpSink {
    let sink = HttpSink::new(&Target::new(url, [secret()])).unwrap();
    sink.with_clock(|| at(1_000))
}

pub(crate) fn ada() -> Item {
    enroll_deliver::sample::account(&ResourceId::new("0192-ada").unwrap())
}

pub(crate) fn staff() -> Item {
    enroll_deliver::sample::access_group(&ResourceId::new("0192-staff").unwrap())
}
