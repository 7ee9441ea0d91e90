//! Between HTTP's messages and the core's.

use enroll_core::{Body, Headers, Reply};
use enroll_store::RequestId;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};

use crate::body::ReplyBody;

pub(crate) fn headers(map: &HeaderMap) -> Headers {
    let text = |name: HeaderName| {
        // A condition that is no text must not become no condition.
        let read = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let mut lines = map.get_all(name).iter().map(read);
        let first = lines.next()?;
        Some(lines.fold(first, |all, line| all + ", " + &line))
    };
    Headers {
        content_type: text(header::CONTENT_TYPE),
        accept: text(header::ACCEPT),
        if_match: text(header::IF_MATCH),
        if_none_match: text(header::IF_NONE_MATCH),
        user_agent: text(header::USER_AGENT),
    }
}

/// Makes the response; it never says more of the request than its own id.
pub(crate) fn response(id: &RequestId, reply: Reply, is_head: bool) -> Response<ReplyBody> {
    let length = match &reply.body {
        Body::Whole(bytes) if is_head => Some(bytes.len()),
        _ => None,
    };
    let body = if is_head {
        ReplyBody::empty()
    } else {
        ReplyBody::of(reply.body)
    };
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(reply.status).unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.extend(length.map(|length| (header::CONTENT_LENGTH, HeaderValue::from(length))));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}
