//! What the service provider says about itself (RFC 7644 §4): read only, the same for every directory.

use enroll_schema::{Error, ErrorKind, Schemas, limits, urns};
use serde_json::{Value, json};

use crate::{params::Params, route::Endpoint, stream::Json};

/// The discovery documents, serialised once; only the base URL is put in later.
#[derive(Debug)]
pub(crate) struct Discovery {
    config: Document,
    types: Vec<Document>,
    schemas: Vec<Document>,
}

/// A document without `meta`, which names the server.
#[derive(Debug)]
struct Document {
    id: String,
    kind: &'static str,
    path: &'static str,
    /// The JSON object without its closing brace.
    open: Vec<u8>,
}

impl Discovery {
    pub(crate) fn new(schemas: &Schemas) -> Self {
        let all = |documents: Vec<Value>, kind, path| {
            documents
                .iter()
                .map(|document| Document::new(document, kind, path))
                .collect()
        };
        let path = "/ServiceProviderConfig";
        Self {
            config: Document::new(&config(), "ServiceProviderConfig", path),
            types: all(
                schemas.resource_type_resources(),
                "ResourceType",
                "/ResourceTypes",
            ),
            schemas: all(schemas.schema_resources(), "Schema", "/Schemas"),
        }
    }

    /// Writes the document or the list that `endpoint` names; paging and sorting are ignored (§4).
    ///
    /// # Errors
    /// `Forbidden` for a filter (decision 17), `NotFound` for an unknown id.
    pub(crate) fn answer(
        &self,
        endpoint: &Endpoint<'_>,
        query: Option<&str>,
        base_url: &str,
    ) -> Result<Vec<u8>, Error> {
        if Params::has_filter(query) {
            let detail = "discovery endpoints take no filter; leave it out";
            return Err(Error::new(ErrorKind::Forbidden, detail));
        }
        let mut out = Vec::new();
        match endpoint {
            Endpoint::ResourceTypes(None) => list(&mut out, &self.types, base_url),
            Endpoint::Schemas(None) => list(&mut out, &self.schemas, base_url),
            Endpoint::ResourceTypes(Some(id)) => {
                one(&self.types, |known| known == id)?.write(&mut out, base_url);
            }
            // URNs are names, and names are compared without letter case (RFC 7643 §2.1).
            Endpoint::Schemas(Some(id)) => {
                one(&self.schemas, |known| known.eq_ignore_ascii_case(id))?
                    .write(&mut out, base_url);
            }
            _ => self.config.write(&mut out, base_url),
        }
        Ok(out)
    }
}

fn one(documents: &[Document], is_it: impl Fn(&str) -> bool) -> Result<&Document, Error> {
    let found = documents.iter().find(|document| is_it(&document.id));
    found.ok_or_else(|| Error::new(ErrorKind::NotFound, "there is no such document"))
}

fn list(out: &mut Vec<u8>, documents: &[Document], base_url: &str) {
    let count = documents.len();
    out.raw("{\"schemas\":[\"");
    out.raw(urns::LIST_RESPONSE);
    out.raw(&format!(
        "\"],\"totalResults\":{count},\"startIndex\":1,\"itemsPerPage\":{count}"
    ));
    out.raw(",\"Resources\":[");
    for (index, document) in documents.iter().enumerate() {
        out.raw(if index == 0 { "" } else { "," });
        document.write(out, base_url);
    }
    out.raw("]}");
}

impl Document {
    fn new(document: &Value, kind: &'static str, path: &'static str) -> Self {
        let mut open = Vec::new();
        open.value(document);
        open.pop();
        let id = document
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        Self {
            id,
            kind,
            path,
            open,
        }
    }

    fn write(&self, out: &mut Vec<u8>, base_url: &str) {
        out.extend_from_slice(&self.open);
        out.raw(",\"meta\":{\"resourceType\":");
        out.text(self.kind);
        out.raw(",\"location\":");
        let separator = if self.id.is_empty() { "" } else { "/" };
        out.text(&[base_url, self.path, separator, &self.id].concat());
        out.raw("}}");
    }
}

/// Returns what is offered, and nothing else (7643-5-14).
///
/// `bulk.maxOperations` is said although bulk is not offered: a client was seen to size its PATCH
/// requests by it (AK-07), and so many operations a PATCH may have.
fn config() -> Value {
    json!({
        "schemas": [urns::SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": {
            "supported": false,
            "maxOperations": limits::OPERATIONS_MAX,
            "maxPayloadSize": limits::BODY_BYTES_MAX,
        },
        "filter": { "supported": true, "maxResults": limits::PAGE_COUNT_MAX },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": false,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits::PAGE_COUNT_DEFAULT,
            "maxPageSize": limits::PAGE_COUNT_MAX,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of this directory in the Authorization header (RFC 6750).",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
    })
}
