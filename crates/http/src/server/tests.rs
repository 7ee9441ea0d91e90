//! Every deadline, in a time that is only counted.

use http_body_util::Full;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::JoinHandle,
    time::Instant,
};

use super::*;

/// Answers every request with as many bytes as it was made for.
#[derive(Clone)]
struct Bytes200(usize);

impl tower_service::Service<Request<Incoming>> for Bytes200 {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        std::future::ready(Ok(Response::new(Full::new(Bytes::from(vec![
            b'a';
            self.0
        ])))))
    }
}

struct Client {
    io: DuplexStream,
    served: JoinHandle<()>,
    start: Instant,
    _stop: watch::Sender<()>,
}

fn connect(bytes: usize) -> Client {
    let (io, server) = duplex(64 << 10);
    let (stop, stopping) = watch::channel(());
    let served = tokio::spawn(connection(
        server,
        Bytes200(bytes),
        Connections::default(),
        stopping,
    ));
    Client {
        io,
        served,
        start: Instant::now(),
        _stop: stop,
    }
}

impl Client {
    async fn send(&mut self, text: &str) {
        self.io
            .write_all(text.as_bytes())
            .await
            .expect("an open connection");
    }

    /// Reads the answer to one request of a small body.
    async fn answer(&mut self) -> String {
        let mut all = Vec::new();
        while !all.ends_with(b"\r\n\r\naaa") {
            let byte = self.io.read_u8().await.expect("an answer");
            all.push(byte);
        }
        String::from_utf8(all).expect("text")
    }

    /// Waits until the server closes, and says how long that took in all.
    async fn closed_after(&mut self) -> u64 {
        let mut rest = Vec::new();
        let _ = self.io.read_to_end(&mut rest).await;
        self.start.elapsed().as_secs()
    }

    async fn wait(&self, seconds: u64) {
        sleep(Duration::from_secs(seconds)).await;
    }
}

const GET: &str = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn a_silent_connection_ends() {
    assert_eq!(connect(3).closed_after().await, 10);
}

#[tokio::test(start_paused = true)]
async fn a_slow_head_ends() {
    let mut client = connect(3);
    client.send("GET / HT").await;
    client.wait(6).await;
    client.send("TP/1.1\r\nx: ").await;
    assert_eq!(client.closed_after().await, 10);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_ends_later() {
    let mut client = connect(3);
    client.send(GET).await;
    client.answer().await;
    client.wait(70).await;
    client.send(GET).await;
    client.answer().await;
    assert_eq!(client.closed_after().await, 145);
}

#[tokio::test(start_paused = true)]
async fn the_second_head_has_its_deadline_too() {
    let mut client = connect(3);
    client.send(GET).await;
    client.answer().await;
    client.wait(20).await;
    client.send("GET /").await;
    assert_eq!(client.closed_after().await, 30);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_left() {
    let mut client = connect(1 << 20);
    client.send(GET).await;
    let served = std::mem::replace(&mut client.served, tokio::spawn(async {}));
    served.await.expect("no panic");
    assert_eq!(client.start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_slow_client_that_takes_something_is_not() {
    let mut client = connect(1 << 20);
    client.send(GET).await;
    let mut buffer = vec![0; 32 << 10];
    let mut taken = 0;
    while taken < 1 << 20 {
        client.wait(20).await;
        let more = client
            .io
            .read(&mut buffer)
            .await
            .expect("more of the answer");
        assert!(
            more > 0,
            "closed after {taken} bytes and {:?}",
            client.start.elapsed()
        );
        taken += more;
    }
    assert!(client.start.elapsed().as_secs() > 300);
}
