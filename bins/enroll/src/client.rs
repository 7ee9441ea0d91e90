//! The management API of a server that runs, as the commands here use it.

use enroll_simulate::{Http, Transport as _};
use serde_json::Value;

use crate::{cli::Remote, report::Failure};

/// The management API of a server.
pub(crate) struct Server {
    http: Http,
    url: String,
    key: String,
}

impl Server {
    pub(crate) fn new(remote: &Remote) -> Result<Self, Failure> {
        let url = remote.url.trim_end_matches('/');
        let url = url.strip_suffix("/v1").unwrap_or(url).to_owned();
        let http = Http::new(&url).map_err(|error| Failure::new(error.to_string()))?;
        let key = remote.key.clone();
        Ok(Self { http, url, key })
    }

    /// Returns the path of the tenant; with one tenant it does not need naming.
    pub(crate) async fn tenant(&self, remote: &Remote) -> Result<String, Failure> {
        let named = remote.tenant.as_deref();
        Ok(format!(
            "tenants/{}",
            self.only("tenant", "tenants", named).await?
        ))
    }

    /// Returns the path of the integration; with one tenant and one integration neither needs naming.
    pub(crate) async fn integration(&self, remote: &Remote) -> Result<String, Failure> {
        let all = format!("{}/integrations", self.tenant(remote).await?);
        let only = self.only("integration", &all, remote.integration.as_deref());
        Ok(format!("{all}/{}", only.await?))
    }

    /// Returns the id that was named, or the only one there is.
    async fn only(&self, kind: &str, list: &str, named: Option<&str>) -> Result<String, Failure> {
        if let Some(named) = named {
            return Ok(segment(named));
        }
        let page = self.get(list).await?;
        match items(&page) {
            [one] => Ok(segment(text(one, "id"))),
            [] => Err(Failure::new(format!("there is no {kind} yet"))),
            some => {
                let ids: Vec<_> = some.iter().map(|one| text(one, "id")).collect();
                let ids = ids.join(", ");
                Err(Failure::new(format!(
                    "say which {kind} with --{kind}: {ids}"
                )))
            }
        }
    }

    /// Reads a JSON object below `/v1/`.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        let answer = self.call("GET", path, None).await?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if body.is_object() {
            return Ok(body);
        }
        Err(self.refused(answer.status().as_u16(), NO_API))
    }

    /// Sends a JSON object below `/v1/` and reads the answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        let body = ("application/json", body.to_string().into_bytes());
        let answer = self.call(method, path, Some(body)).await?;
        Ok(serde_json::from_slice(answer.body()).unwrap_or_default())
    }

    /// Sends a request below `/v1/`, with a body of a media type, and returns an answer that is no
    /// refusal.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}/v1/{path}", self.url))
            .header("authorization", format!("Bearer {}", self.key));
        let body = body.map(|(kind, body)| {
            request = std::mem::take(&mut request).header("content-type", kind);
            body
        });
        let request = request
            .body(body.unwrap_or_default())
            .map_err(|error| Failure::new(format!("--url or --key: {error}")))?;
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|error| Failure::new(format!("{}: {error}", self.url)))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        let detail = body.get("detail").and_then(Value::as_str).unwrap_or(NO_API);
        Err(self.refused(answer.status().as_u16(), detail))
    }

    fn refused(&self, status: u16, detail: &str) -> Failure {
        let text = format!("{} answers {status}: {detail}", self.url);
        match status {
            404 if detail != NO_API => Failure::not_found(text),
            _ => Failure::new(text),
        }
    }
}

const NO_API: &str = "this is no management API of enroll";

/// The items of a page.
pub(crate) fn items(page: &Value) -> &[Value] {
    page.get("items")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A member that is text, else nothing.
pub(crate) fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Sets a member of an object.
pub(crate) fn put(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

/// A member that is a number, else 0.
pub(crate) fn number(line: &Value, name: &str) -> u64 {
    line.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// Returns a text of a provider without what could steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Encodes a text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte.into()),
            _ => out = format!("{out}%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment() {
        assert_eq!(segment("a-b_c.1"), "a-b_c.1");
        assert_eq!(segment("a/b?é"), "a%2Fb%3F%C3%A9");
    }
}
