//! A real listener: framing, keep-alive, shutdown (threats C12, E1).

use enroll_http::{
    Options,
    server::{Connections, Serve, serve},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::support::{Bench, TOKEN};

struct Server {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

async fn start() -> Server {
    let bench = Bench::new("auto", Options::default()).await;
    start_with(bench.scim).await
}

async fn start_with(service: impl Serve) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        serve(listener, service, Connections::default(), stopped).await
    });
    Server {
        address,
        stop,
        served,
    }
}

/// Sends bytes and reads until the server closes.
async fn talk(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut said = Vec::new();
    // A reset after an early answer is an end too.
    let _ = stream.read_to_end(&mut said).await;
    String::from_utf8_lossy(&said).into_owned()
}

fn request(method: &str, path: &str, more: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: h.example\r\nauthorization: Bearer {TOKEN}\r\n{more}\r\n{body}"
    )
}

fn statuses(said: &str) -> Vec<&str> {
    said.match_indices("HTTP/1.1 ")
        .filter_map(|(at, _)| said.get(at + 9..at + 12))
        .collect()
}

#[tokio::test]
async fn requests_share_a_connection() {
    let server = start().await;
    let path = "/scim/int_1/v2/Users";
    let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}"#;
    let length = format!("content-length: {}\r\n", body.len());
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let three = [
        request("POST", path, &length, body),
        request("POST", path, "transfer-encoding: chunked\r\n", &chunked),
        request("GET", path, "connection: close\r\n", ""),
    ];
    let said = talk(&server, three.concat().as_bytes()).await;
    assert_eq!(statuses(&said), ["201", "409", "200"]);
    assert!(said.contains("\"totalResults\":1"));
}

/// C12: what could be read two ways is refused, and nothing after it is answered.
#[tokio::test]
async fn ambiguous_framing() {
    let server = start().await;
    let path = "/scim/int_1/v2/Users";
    let smuggled = request("DELETE", "/scim/int_1/v2/Users/x", "", "");
    for more in [
        "content-length: 2\r\ncontent-length: 3\r\n",
        "content-length: -1\r\n",
        "content-length: 99999999999999999999999\r\n",
        "transfer-encoding: identity, chunked, x\r\n",
        "content-length : 2\r\n",
    ] {
        let said = talk(&server, request("POST", path, more, &smuggled).as_bytes()).await;
        assert_eq!(statuses(&said), ["400"], "{more:?}: {said}");
    }
    // RFC 9112 §6.3: with both, the coding counts, and the connection ends.
    let both = "content-length: 4\r\ntransfer-encoding: chunked\r\n";
    let said = talk(
        &server,
        request("POST", path, both, &format!("0\r\n\r\n{smuggled}")).as_bytes(),
    )
    .await;
    assert_eq!(statuses(&said).first(), Some(&"400"), "{said}");
    let huge = request("POST", path, "content-length: 1152921504606846976\r\n", "");
    assert_eq!(statuses(&talk(&server, huge.as_bytes()).await), ["413"]);
    for bad in [
        "GET  / HTTP/1.1\r\n\r\n",
        "NONSENSE\r\n\r\n",
        "GET /\r\n x HTTP/1.1\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
    ] {
        let said = talk(&server, bad.as_bytes()).await;
        assert!(
            statuses(&said).iter().all(|status| *status == "400"),
            "{bad:?}: {said}"
        );
    }
    let many = (0..120)
        .map(|n| format!("x-{n}: y\r\n"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(
        statuses(&talk(&server, request("GET", path, &many, "").as_bytes()).await),
        ["431"]
    );
    // The server lives.
    let said = talk(
        &server,
        request("GET", path, "connection: close\r\n", "").as_bytes(),
    )
    .await;
    assert_eq!(statuses(&said), ["200"]);
}

/// 7644-3.12: what cannot be read as HTTP is answered in SCIM too, behind the answers before it.
#[tokio::test]
async fn heads_that_are_none() {
    let server = start().await;
    let path = "/scim/int_1/v2/Users";
    let get = |path: &str, more: &str| request("GET", path, more, "");
    let long = "a".repeat(70_000);
    let many = "x: y\r\n".repeat(120);
    for (bad, status) in [
        (get("/?filter=userName%20eq%20\"a\"", ""), "400"),
        (get("/?filter=userName eq 1", ""), "400"),
        (get(path, "x: a\r\n b\r\n"), "400"),
        ("\u{16}\u{3}\u{1}\r\n\r\n".to_owned(), "400"),
        (get(&format!("{path}/{long}"), ""), "414"),
        (get(path, &many), "431"),
    ] {
        let said = talk(&server, bad.as_bytes()).await;
        let (head, body) = said.split_once("\r\n\r\n").expect("a head");
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(statuses(&said), [status], "{said}");
        assert_eq!(body["status"], status);
        assert_eq!(
            body["schemas"][0],
            "urn:ietf:params:scim:api:messages:2.0:Error"
        );
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.len() > 8 && body["scimType"].is_null(), "{body}");
        for line in ["connection: close", "content-type: application/scim+json"] {
            assert!(head.lines().any(|known| known == line), "{head}");
        }
    }
    let two = [get(path, "").as_str(), "NONSENSE\r\n\r\n"].concat();
    assert_eq!(
        statuses(&talk(&server, two.as_bytes()).await),
        ["200", "400"]
    );
}

/// What is running when the server stops is finished; then it ends.
#[tokio::test]
async fn a_stop_drains() {
    let server = start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}"#;
    let length = format!("content-length: {}\r\n", body.len());
    let (head, rest) = (
        request("POST", "/scim/int_1/v2/Users", &length, ""),
        body.as_bytes(),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&rest[..10]).await.unwrap();
    // Let the server take the head before it is told to stop.
    let idle = talk(
        &server,
        request("GET", "/scim/int_1/v2/Users", "connection: close\r\n", "").as_bytes(),
    )
    .await;
    assert_eq!(statuses(&idle), ["200"]);
    server.stop.send(()).unwrap();
    stream.write_all(&rest[10..]).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert_eq!(statuses(&said), ["201"]);
    server.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

/// Architecture §3: the service stands in somebody else's router, which takes its prefix away.
#[tokio::test]
async fn it_nests_in_a_router() {
    let bench = Bench::new("auto", Options::default()).await;
    let router = axum::Router::new()
        .route("/hello", axum::routing::get(async || "hello"))
        .nest_service("/scim", bench.scim);
    let server = start_with(router).await;
    let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}"#;
    let length = format!("content-length: {}\r\n", body.len());
    let all = [
        request("POST", "/scim/int_1/v2/Users", &length, body),
        request("GET", "/scim/v2/Users", "", ""),
        request("GET", "/hello", "connection: close\r\n", ""),
    ];
    let said = talk(&server, all.concat().as_bytes()).await;
    assert_eq!(statuses(&said), ["201", "200", "200"]);
    assert!(said.contains("\"location\":\"http://h.example/scim/int_1/v2/Users/"));
    assert!(said.ends_with("hello"));
}
