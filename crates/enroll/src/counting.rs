//! What `/metrics` has from the services and the job.

use std::{path::Path, sync::Arc};

use enroll_deliver::{Circuit, HttpSink};
use enroll_http::Watch;
use enroll_manage::{Answered, Gauges, Metrics};

use crate::job::Hearing;

/// Counts every SCIM request.
pub(crate) fn counted(metrics: Metrics) -> Watch {
    Watch::new(move |seen| {
        let integration = seen.integration.as_ref().map_or("", |id| id.as_str());
        metrics.answered(&Answered {
            integration,
            method: seen.method.as_str(),
            resource: seen.resource,
            status: seen.status,
            took: seen.took,
            idp: seen.dialect.name(),
            quirks: &seen.quirks,
            refused: seen.refused,
        });
    })
}

/// Counts every change of the application, and passes it on.
pub(crate) fn heard(metrics: Metrics, next: Option<Hearing>) -> Hearing {
    Box::new(move |event| {
        metrics.applied(event.op.as_str());
        if let Some(next) = &next {
            next(event);
        }
    })
}

/// Says how large the database is, and whether the application's endpoint is reached.
pub(crate) fn gauges(path: &Path, endpoint: Option<HttpSink>) -> Gauges {
    let path = path.to_owned();
    Arc::new(move || {
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        // A size in whole KiB fits until four TiB.
        let kib = u32::try_from(bytes / 1_024).unwrap_or(u32::MAX);
        let help = "Size of the database without its write-ahead log.";
        let mut all = vec![("db_size_bytes", help, f64::from(kib) * 1_024.0)];
        if let Some(endpoint) = &endpoint {
            let is_open = endpoint.health().state != Circuit::Closed;
            let help =
                "Whether the application's endpoint is not called because it is not reached.";
            all.push(("sink_breaker_open", help, f64::from(u8::from(is_open))));
        }
        all
    })
}
