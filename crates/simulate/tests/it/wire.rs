//! Over real sockets: what is on the wire, and a server that dies and comes back.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use enroll_simulate::{Http, Options, Provider, Simulation, Transport, TransportError};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle, task::JoinSet};

use crate::{
    TOKEN, block,
    fake::{Fault, Server},
};

/// A process that serves the fake: killing it closes its sockets, and its memory stays on "disk".
struct Process {
    server: Arc<Server>,
    address: SocketAddr,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Process {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Arc::new(Server::new(Fault::None));
        let task = tokio::spawn(serve(listener, Arc::clone(&server)));
        Self {
            server,
            address,
            task: Mutex::new(Some(task)),
        }
    }

    async fn kill(&self) {
        let task = self.task.lock().unwrap().take();
        if let Some(task) = task {
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
        }
    }

    async fn revive(&self) {
        if self.task.lock().unwrap().is_none() {
            let listener = TcpListener::bind(self.address).await.unwrap();
            let task = tokio::spawn(serve(listener, Arc::clone(&self.server)));
            *self.task.lock().unwrap() = Some(task);
        }
    }

    fn options(&self, seed: u64) -> Options {
        let url = format!("http://{}/scim/v2/", self.address);
        Options {
            users: 30,
            seed,
            ..Options::new(url, TOKEN)
        }
    }
}

async fn serve(listener: TcpListener, server: Arc<Server>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let server = Arc::clone(&server);
        connections.spawn(async move {
            let answer = service_fn(|request: Request<Incoming>| {
                let server = Arc::clone(&server);
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes().to_vec();
                    let answer = server.answer(&Request::from_parts(parts, body));
                    Ok::<_, hyper::Error>(answer.map(|body| Full::new(Bytes::from(body))))
                }
            });
            http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await
        });
    }
}

#[test]
fn every_provider_gets_through_a_real_socket() {
    block(async {
        for provider in Provider::ALL {
            let process = Process::start().await;
            let simulation = Simulation::new(provider, process.options(3)).unwrap();
            let mut answers = 0;
            let report = simulation.run(|_| answers += 1).await.unwrap();
            assert!(report.ok(), "{report}");
            assert!(answers > 60);
        }
    });
}

#[test]
fn a_run_can_be_spawned() {
    block(async {
        let process = Process::start().await;
        let simulation = Simulation::new(Provider::Entra, process.options(3)).unwrap();
        let run = tokio::spawn(async move { simulation.run(|_| {}).await });
        assert!(run.await.unwrap().unwrap().ok());
    });
}

#[test]
fn the_wire_shows_what_the_corpus_shows() {
    let head = |provider| {
        block(async {
            let process = Process::start().await;
            let simulation = Simulation::new(provider, process.options(3)).unwrap();
            simulation.run(|_| {}).await.unwrap();
            process.server.state().log[0].clone()
        })
    };
    let onelogin = head(Provider::OneLogin);
    assert!(
        onelogin.target.ends_with("does-not-exist%22&"),
        "OL-01: {}",
        onelogin.target
    );
    assert!(!onelogin.headers.contains_key("user-agent"), "OL-12");
    let okta = head(Provider::Okta);
    assert_eq!(
        okta.headers["user-agent"], "Okta SCIM Client 1.0.0",
        "OKTA-23"
    );
    assert_eq!(okta.headers["accept"], "application/scim+json");
    let entra = head(Provider::Entra);
    assert!(entra.headers.contains_key("adscimversion"), "ENTRA-55");
    assert!(
        entra.target.starts_with("/Users?filter=userName+eq+%22"),
        "ENTRA-01"
    );
}

#[test]
fn a_bare_question_mark_survives_the_wire() {
    block(async {
        let process = Process::start().await;
        let simulation = Simulation::new(Provider::OneLogin, process.options(3)).unwrap();
        simulation.run(|_| {}).await.unwrap();
        let state = process.server.state();
        assert!(
            state.log.iter().any(|seen| seen.target == "/Groups?"),
            "OL-11"
        );
        assert!(
            state.log.iter().any(|seen| seen.target == "/Users?"),
            "OL-03"
        );
    });
}

/// Kills the server before every thirtieth request; waiting brings it back.
struct Killer<'a> {
    http: Http,
    process: &'a Process,
    requests: AtomicU32,
    deaths: AtomicU32,
}

impl Transport for Killer<'_> {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        if self.requests.fetch_add(1, Ordering::Relaxed) % 30 == 29 {
            self.process.kill().await;
            self.deaths.fetch_add(1, Ordering::Relaxed);
        }
        self.http.send(request).await
    }

    async fn pause(&self, _time: Duration) {
        self.process.revive().await;
    }
}

#[test]
fn a_server_that_dies_and_comes_back_is_survived() {
    for provider in Provider::ALL {
        block(async {
            let process = Process::start().await;
            let options = process.options(4);
            let killer = Killer {
                http: Http::new(&options.url).unwrap(),
                process: &process,
                requests: AtomicU32::new(0),
                deaths: AtomicU32::new(0),
            };
            let simulation = Simulation::new(provider, options).unwrap();
            let report = simulation.run_over(&killer, |_| {}).await;
            assert!(report.ok(), "{report}");
            assert!(killer.deaths.load(Ordering::Relaxed) >= 2);
            assert!(report.retries >= 2, "{report}");
        });
    }
}

#[test]
fn nobody_at_the_port_is_a_transport_error_and_no_panic() {
    block(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let url = format!("http://{address}/Users");
        let error = Http::new(&url)
            .unwrap()
            .send(Request::get(&url).body(vec![]).unwrap())
            .await;
        let text = error.unwrap_err().to_string();
        assert!(text.contains("refused"), "{text}");
    });
}

#[test]
fn https_works_without_a_crypto_provider_installed_by_somebody_else() {
    block(async {
        let process = Process::start().await;
        let url = format!("https://{}/scim/v2/Users", process.address);
        match Http::new(&url) {
            // The port speaks no TLS: the handshake is tried and fails.
            Ok(http) => {
                let request = Request::get(&url).body(vec![]).unwrap();
                assert!(http.send(request).await.is_err());
            }
            Err(error) => assert!(
                error.to_string().starts_with("cannot set up TLS"),
                "{error}"
            ),
        }
        assert_eq!(process.server.state().log.len(), 0);
    });
}

#[test]
fn a_redirect_is_not_followed() {
    block(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let away = service_fn(|_: Request<Incoming>| async {
                    let away = Response::builder()
                        .status(302)
                        .header("location", "/elsewhere");
                    Ok::<_, hyper::Error>(away.body(Full::new(Bytes::new())).unwrap())
                });
                http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), away)
                    .await
                    .unwrap();
            }
        });
        let url = format!("http://{address}/scim/v2");
        let simulation = Simulation::new(Provider::Okta, Options::new(url, TOKEN)).unwrap();
        let report = simulation.run(|_| {}).await.unwrap();
        assert!(!report.finished);
        assert_eq!(report.failures[0].status, Some(302), "{report}");
    });
}
