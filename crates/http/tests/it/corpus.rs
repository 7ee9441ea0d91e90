//! Every case of the corpus, in its provider's dialect and as a stranger's, over `Memory`.

use enroll_conformance::corpus::{self, Answer, Exchange, Wire};
use enroll_http::Options;
use http::Request;
use http_body_util::Full;

use crate::support::{Bench, TOKEN};

/// Cases that are not answered as wanted, by id and dialect, with the reason.
const NOT_YET: &[(&str, &str, &str)] = &[];

impl Wire for Bench {
    async fn send(&self, exchange: Exchange) -> Answer {
        let query = exchange
            .query
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let mut request = Request::builder()
            .method(exchange.method.as_str())
            .uri(format!("/scim/int_1/v2{}{query}", exchange.path));
        for (name, value) in &exchange.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(exchange.body.into())).unwrap();
        let answer = Bench::send(self, request).await;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        Answer {
            status: answer.status,
            headers: answer.headers.iter().map(header).collect(),
            body: answer.body,
        }
    }

    fn token(&self) -> Option<&str> {
        Some(TOKEN)
    }
}

#[tokio::test]
async fn every_case_is_answered_as_its_provider_needs() {
    let mut failed = Vec::new();
    let mut said = Vec::new();
    let mut played = 0;
    for case in corpus::cases() {
        for dialect in [corpus::dialect_of(&case), "auto"] {
            let bench = Bench::new(dialect, Options::default()).await;
            let case = case.clone().under(dialect);
            played += 1;
            if let Err(mismatch) = corpus::run(&case, &bench).await {
                said.push(format!("{dialect}: {mismatch}\n"));
                failed.push((case.id.clone(), dialect.to_owned()));
            }
        }
    }
    let known: Vec<_> = NOT_YET
        .iter()
        .map(|(case, dialect, _)| ((*case).to_owned(), (*dialect).to_owned()))
        .collect();
    assert_eq!(failed, known, "\n{}", said.concat());
    assert!(played >= 2 * 163, "only {played} plays");
}
