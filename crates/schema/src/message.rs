//! The messages of RFC 7644, for servers and clients alike.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, urns};

/// A page of results (RFC 7644 §3.4.2).
///
/// `Resources` is always written, also when empty (decision 19).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListResponse<T> {
    /// [`urns::LIST_RESPONSE`].
    pub schemas: Vec<String>,
    /// How many resources match, on all pages.
    pub total_results: u64,
    /// The position of the first one here, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_index: Option<u64>,
    /// How many are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_per_page: Option<u64>,
    /// The resources.
    #[serde(default = "Vec::new", rename = "Resources")]
    pub resources: Vec<T>,
}

impl<T> ListResponse<T> {
    /// Makes the page of `resources` that starts at position `start_index` of `total_results`.
    pub fn new(total_results: u64, start_index: u64, resources: Vec<T>) -> Self {
        Self {
            schemas: vec![urns::LIST_RESPONSE.to_owned()],
            total_results,
            start_index: Some(start_index),
            items_per_page: u64::try_from(resources.len()).ok(),
            resources,
        }
    }
}

/// A change of a resource (RFC 7644 §3.5.2).
///
/// ```
/// use enroll_schema::PatchOp;
///
/// let patch = PatchOp::new().replace("active", false.into()).remove("title");
/// assert_eq!(serde_json::to_value(&patch)?["Operations"][0]["op"], "replace");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchOp {
    /// [`urns::PATCH_OP`].
    pub schemas: Vec<String>,
    /// What to do, in this order.
    #[serde(rename = "Operations")]
    pub operations: Vec<PatchOperation>,
}

/// One operation of a [`PatchOp`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchOperation {
    /// What it does.
    pub op: PatchVerb,
    /// What it does it to; without a path, the value names the attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The value to add or to put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// What a [`PatchOperation`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatchVerb {
    /// Adds values, or sets what was not set.
    Add,
    /// Takes values away.
    Remove,
    /// Puts values in place of others.
    Replace,
}

impl Default for PatchOp {
    fn default() -> Self {
        Self {
            schemas: vec![urns::PATCH_OP.to_owned()],
            operations: Vec::new(),
        }
    }
}

impl PatchOp {
    /// Makes a message without operations; send it only after adding some.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `value` at `path`.
    pub fn add(self, path: impl Into<String>, value: Value) -> Self {
        self.with(PatchVerb::Add, path.into(), Some(value))
    }

    /// Puts `value` at `path`.
    pub fn replace(self, path: impl Into<String>, value: Value) -> Self {
        self.with(PatchVerb::Replace, path.into(), Some(value))
    }

    /// Takes away what is at `path`.
    pub fn remove(self, path: impl Into<String>) -> Self {
        self.with(PatchVerb::Remove, path.into(), None)
    }

    fn with(mut self, op: PatchVerb, path: String, value: Option<Value>) -> Self {
        self.operations.push(PatchOperation {
            op,
            path: Some(path),
            value,
        });
        self
    }
}

/// A search in a body, where a URL would be too long or too telling (RFC 7644 §3.4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchRequest {
    /// [`urns::SEARCH_REQUEST`].
    pub schemas: Vec<String>,
    /// The attributes to answer with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
    /// The attributes to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_attributes: Vec<String>,
    /// Which resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// By what to sort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<String>,
    /// `ascending` or `descending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_order: Option<String>,
    /// The position of the first result wanted, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_index: Option<i64>,
    /// How many results are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
}

impl Default for SearchRequest {
    fn default() -> Self {
        Self {
            schemas: vec![urns::SEARCH_REQUEST.to_owned()],
            attributes: Vec::new(),
            excluded_attributes: Vec::new(),
            filter: None,
            sort_by: None,
            sort_order: None,
            start_index: None,
            count: None,
        }
    }
}

/// A refusal (RFC 7644 §3.12); the status is text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorResponse {
    /// [`urns::ERROR`].
    pub schemas: Vec<String>,
    /// The HTTP status, as text.
    pub status: String,
    /// What kind of refusal, for some statuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scim_type: Option<String>,
    /// What to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl From<&Error> for ErrorResponse {
    /// Takes what a client may know; the source of the error stays with us.
    fn from(error: &Error) -> Self {
        Self {
            schemas: vec![urns::ERROR.to_owned()],
            status: error.status().to_string(),
            scim_type: error.scim_type().map(str::to_owned),
            detail: Some(error.detail().to_owned()),
        }
    }
}

/// Returns the JSON that answers a refused request.
///
/// The request's id ends the detail, since the detail is what providers show to the people who will
/// have to ask about it.
///
/// ```
/// use enroll_schema::{Error, ErrorKind, error_body};
///
/// let error = Error::new(ErrorKind::Uniqueness, "userName is taken");
/// let body: serde_json::Value = serde_json::from_slice(&error_body(&error, Some("r-7")))?;
/// assert_eq!((&body["status"], &body["scimType"]), (&"409".into(), &"uniqueness".into()));
/// assert_eq!(body["detail"], "userName is taken (request r-7)");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn error_body(error: &Error, request_id: Option<&str>) -> Vec<u8> {
    let mut response = ErrorResponse::from(error);
    if let Some(id) = request_id {
        response.detail = Some(format!("{} (request {id})", error.detail()));
    }
    // A struct of texts has no way not to be JSON.
    serde_json::to_vec(&response).unwrap_or_default()
}
