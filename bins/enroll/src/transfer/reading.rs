//! Where an import reads from: another server, or a file.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    time::Duration,
};

use enroll_simulate::{Http, Transport as _};
use enroll_transfer::{Answer, Fetch, Losses, Source, pieces};
use serde_json::Value;

use crate::{
    cli::ImportOptions,
    report::{self, Failure},
};

/// The source, read from its beginning to its end.
pub(super) enum Reading {
    Server(Box<Source>, Box<Asking>),
    File(BufReader<File>),
}

/// The other server's HTTP, with its token.
pub(super) struct Asking {
    http: Http,
    token: Option<String>,
}

impl Reading {
    pub(super) fn open(from: &str, token: Option<&str>) -> Result<Self, Failure> {
        if !is_url(from) {
            let path = Path::new(from);
            let file = File::open(path).map_err(|error| Failure::io("read", path, &error))?;
            return Ok(Self::File(BufReader::new(file)));
        }
        let source = Source::new(from).map_err(|error| Failure::new(format!("--from: {error}")))?;
        let http = Http::new(from).map_err(|error| Failure::new(error.to_string()))?;
        let token = token.map(str::to_owned);
        Ok(Self::Server(
            Box::new(source),
            Box::new(Asking { http, token }),
        ))
    }

    /// Returns the next lines; `None` at the end.
    pub(super) async fn next(
        &mut self,
        losses: &mut Losses,
    ) -> Result<Option<Vec<Value>>, Failure> {
        match self {
            Self::Server(source, asking) => {
                let next = source.next(&mut **asking, losses).await;
                let next = next.map_err(|error| Failure::new(error.to_string()))?;
                Ok(next.map(|lines| lines.into_iter().flat_map(pieces).collect()))
            }
            Self::File(file) => line(file),
        }
    }
}

/// Reads a line that is not blank.
fn line(file: &mut BufReader<File>) -> Result<Option<Vec<Value>>, Failure> {
    loop {
        let mut line = Vec::new();
        let most = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let read = file.take(most).read_until(b'\n', &mut line);
        let read = read.map_err(|error| Failure::new(format!("--from: {error}")))?;
        if read == 0 {
            return Ok(None);
        }
        if read == LINE_BYTES_MAX {
            return Err(Failure::new("--from: a line is longer than 8 MiB"));
        }
        if !line.trim_ascii().is_empty() {
            let line = serde_json::from_slice(&line)
                .map_err(|error| Failure::new(format!("--from: a line is no JSON: {error}")))?;
            return Ok(Some(vec![line]));
        }
    }
}

impl Fetch for Asking {
    async fn get(&mut self, url: &str) -> Result<Answer, String> {
        let mut request = http::Request::get(url).header("accept", "application/scim+json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request
            .body(Vec::new())
            .map_err(|error| error.to_string())?;
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let retry_after = answer.headers().get("retry-after");
        let seconds = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Ok(Answer {
            status: answer.status().as_u16(),
            retry_after: seconds.map(Duration::from_secs),
            body: answer.into_body(),
        })
    }

    async fn pause(&mut self, time: Duration) {
        let seconds = time.as_secs_f32();
        report::aside(&format!(
            "the source is busy; asking again in {seconds:.1} s"
        ));
        self.http.pause(time).await;
    }
}

/// Returns the token of the source.
pub(super) fn token(options: &ImportOptions) -> Result<Option<String>, Failure> {
    let Some(path) = &options.source_token_file else {
        return Ok(options.source_token.clone());
    };
    let text = fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    Ok(Some(text.trim().to_owned()))
}

fn is_url(from: &str) -> bool {
    from.starts_with("http://") || from.starts_with("https://")
}

/// What the server takes at once.
const LINE_BYTES_MAX: usize = 8 << 20;
