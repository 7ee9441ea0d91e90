//! What arrives, and what is said of what does not.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    thread::{self, JoinHandle},
    time::Duration,
};

use enroll_alert::{AlertChannel as _, AlertMessage, Mail, Program, Webhook};
use enroll_deliver::{Signed, SigningSecret, Target, verify};
use enroll_schema::Timestamp;
use enroll_store::TenantId;

fn message(contacts: &[&str]) -> AlertMessage {
    let contacts = contacts.iter().map(|text| (*text).to_owned()).collect();
    let now = Timestamp::from_millis(1_800_000_000_000);
    AlertMessage::test(&TenantId::new("acme"), contacts, now)
}

/// Headers and body of a request.
type Asked = (Vec<(String, String)>, Vec<u8>);

/// Answers one request with `status`, and gives what was asked.
fn endpoint(status: u16) -> (String, JoinHandle<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let (mut headers, mut line) = (Vec::new(), String::new());
        while stream.read_line(&mut line).unwrap() > 2 {
            let header = line.trim_end().split_once(": ");
            headers.extend(header.map(|(name, value)| (name.to_owned(), value.to_owned())));
            line.clear();
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.unwrap().1.parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        write!(
            stream.get_mut(),
            "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n"
        )
        .unwrap();
        (headers, body)
    });
    (url, served)
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn a_webhook_gets_json_with_text_signed_if_there_is_a_secret() {
    let secret = SigningSecret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
    for signed in [false, true] {
        let (url, served) = endpoint(200);
        let target = if signed {
            Target::new(url, [secret.clone()])
        } else {
            Target::unsigned(url)
        };
        let message = message(&[]);
        Webhook::new(&target).unwrap().tell(&message).await.unwrap();
        let (headers, body) = served.join().unwrap();
        let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(told["text"], message.text);
        assert_eq!(
            (&told["type"], &told["state"]),
            (&"alert".into(), &"test".into())
        );
        assert!(told.get("contacts").is_none(), "addresses are for mail");
        assert_eq!(header(&headers, "webhook-id"), Some(&*message.id));
        let Some(signature) = header(&headers, "webhook-signature") else {
            assert!(!signed);
            continue;
        };
        let timestamp = header(&headers, "webhook-timestamp").unwrap();
        let id = &message.id;
        let parts = Signed {
            id,
            timestamp,
            signature,
        };
        let now = timestamp.parse().unwrap();
        verify(std::slice::from_ref(&secret), parts, &body, now).unwrap();
    }
}

#[tokio::test]
async fn c15_a_webhook_that_answers_no_or_may_not_be_called_is_a_failure() {
    let (url, _served) = endpoint(500);
    let hook = Webhook::new(&Target::unsigned(url)).unwrap();
    let told = hook.tell(&message(&[])).await.unwrap_err();
    assert_eq!(told, "the webhook answered 500");
    for url in [
        "http://hooks.example/x",
        "https://169.254.169.254/",
        "file:///etc/passwd",
    ] {
        assert!(Webhook::new(&Target::unsigned(url)).is_err(), "{url}");
    }
    let inside = Target::unsigned("https://hooks.example/x")
        .names(|_| Ok(vec!["10.0.0.1".parse().unwrap()]));
    let told = Webhook::new(&inside)
        .unwrap()
        .tell(&message(&[]))
        .await
        .unwrap_err();
    assert!(told.contains("may not be called"), "{told}");
}

#[tokio::test]
async fn a_program_reads_the_message_and_must_end_well_and_in_time() {
    let program = |script: &str| {
        let argv = ["/bin/sh", "-c", script].map(str::to_owned);
        Program::new(argv).unwrap()
    };
    let message = message(&[]);
    let reads = program("grep -q '\"code\":\"TEST\"'");
    reads.tell(&message).await.unwrap();
    let told = program("exit 3").tell(&message).await.unwrap_err();
    assert!(told.contains("exit status: 3"), "{told}");
    let slow = program("exec sleep 60").at_most(Duration::from_millis(50));
    let told = slow.tell(&message).await.unwrap_err();
    assert!(told.contains("took longer than 50ms"), "{told}");
    let gone = Program::new(["/no/such/program".to_owned()]).unwrap();
    assert!(
        gone.tell(&message)
            .await
            .unwrap_err()
            .contains("cannot be started")
    );
    assert!(Program::new([]).is_none());
}

/// A mail server for one mail; gives everything that was said to it.
fn mail_server() -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let (mut said, mut in_data) = (Vec::new(), false);
        write!(stream.get_mut(), "220 here\r\n").unwrap();
        let mut line = String::new();
        while stream.read_line(&mut line).unwrap() > 0 {
            let text = line.trim_end().to_owned();
            line.clear();
            let answer = match (&*text, in_data) {
                (".", true) => {
                    in_data = false;
                    "250 taken"
                }
                (_, true) => "",
                ("DATA", _) => {
                    in_data = true;
                    "354 go on"
                }
                ("QUIT", _) => "221 bye",
                _ => "250 ok",
            };
            if !answer.is_empty() {
                write!(stream.get_mut(), "{answer}\r\n").unwrap();
            }
            said.push(text);
        }
        said
    });
    (url, served)
}

#[tokio::test]
async fn a_mail_goes_to_the_operator_and_the_tenants_contacts() {
    let (url, served) = mail_server();
    let mail = Mail::new(&url, "enroll <enroll@app.example>", ["ops@app.example"]).unwrap();
    let message = message(&["it@acme.example", "ops@app.example"]);
    mail.tell(&message).await.unwrap();
    drop(mail);
    let said = served.join().unwrap();
    let has = |wanted: &str| said.iter().any(|line| line.contains(wanted));
    assert!(
        has("RCPT TO:<ops@app.example>") && has("RCPT TO:<it@acme.example>"),
        "{said:?}"
    );
    assert!(has("Subject: [enroll, test] acme: TEST"), "{said:?}");
    assert!(
        has(&format!("Message-ID: <{}@enroll.invalid>", message.id)),
        "{said:?}"
    );
    assert!(
        has("this is what an alert of enroll looks like."),
        "{said:?}"
    );
}

#[tokio::test]
async fn without_anybody_to_write_to_no_mail_is_sent() {
    let mail = Mail::new("smtp://127.0.0.1:9", "enroll@app.example", []).unwrap();
    mail.tell(&message(&[])).await.unwrap();
    let told = mail.tell(&message(&["it@acme.example"])).await.unwrap_err();
    assert!(told.starts_with("mail: "), "{told}");
}
