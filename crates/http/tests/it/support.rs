//! A service with one tenant, two integrations and a client without sockets.

use std::sync::atomic::{AtomicU64, Ordering};

use enroll_core::{Core, Options as CoreOptions};
use enroll_http::{ByToken, Options, ReplyBody, Scim, system_clock};
use enroll_schema::{ResourceId, Schemas, Timestamp};
use enroll_store::{
    Directories, DirectoryId, Journal, MemoryDirectories, Note, NoteFilter, TenantId,
};
use enroll_tenants::{Gate, Integration, MemoryTenants, Secret, Tenants, Token};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::Value;

/// The service under test.
pub(crate) type Service = Scim<MemoryDirectories, ByToken<MemoryTenants>>;

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The token of `int_1`.
pub(crate) const TOKEN: &str = "first-token-0123456789abcdef0123456789abcdef";
/// The token of `int_2`.
pub(crate) const OTHER: &str = "other-token-0123456789abcdef0123456789abcdef";

/// A service and what it stands on.
pub(crate) struct Bench {
    pub(crate) scim: Service,
    pub(crate) tenants: MemoryTenants,
    pub(crate) directories: MemoryDirectories,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Bench {
    /// Makes a bench whose two integrations speak `idp`.
    pub(crate) async fn new(idp: &str, options: Options) -> Self {
        let (tenants, directories) = (MemoryTenants::default(), MemoryDirectories::default());
        let tenant = TenantId::new("acme");
        let now = system_clock();
        tenants.put_tenant(&tenant, "Acme", now).await.unwrap();
        for (id, token) in [("int_1", TOKEN), ("int_2", OTHER)] {
            let id = DirectoryId::new(id);
            let integration = Integration::new(id.clone(), tenant.clone(), "IdP", idp, now);
            tenants.add_integration(integration).await.unwrap();
            let secret = Secret::given(token).unwrap();
            tenants
                .add_token(Token::new(&format!("tok_{id}"), &id, &secret, now))
                .await
                .unwrap();
        }
        let admit = ByToken::new(Gate::new(tenants.clone()), system_clock);
        let scim = Scim::new(directories.clone(), admit, core(), options);
        Self {
            scim,
            tenants,
            directories,
        }
    }

    pub(crate) async fn send(&self, request: Request<Full<bytes::Bytes>>) -> Answer {
        read(self.scim.respond(request).await).await
    }

    /// Sends a request of `int_1` below its base URL.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: impl Into<bytes::Bytes>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/scim/int_1/v2{path}"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("host", "scim.example");
        self.send(request.body(Full::new(body.into())).unwrap())
            .await
    }

    /// Returns the request log of a directory, oldest first.
    pub(crate) async fn notes(&self, directory: &str) -> Vec<(Note, Value)> {
        self.scim.drained().await;
        let store = self
            .directories
            .open(&DirectoryId::new(directory))
            .await
            .unwrap();
        let notes = store
            .notes(NoteFilter::default(), None, 10_000)
            .await
            .unwrap();
        let read = |(_, note): (_, Note)| {
            let line = serde_json::from_slice(&note.body).expect("a line is JSON");
            (note, line)
        };
        notes.into_iter().rev().map(read).collect()
    }
}

pub(crate) async fn read(response: Response<ReplyBody>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .expect("the body is whole")
        .to_bytes()
        .to_vec();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
    }
}

pub(crate) fn core() -> Core {
    let made = AtomicU64::new(0);
    let ids = move || {
        let made = made.fetch_add(1, Ordering::Relaxed);
        ResourceId::new(&format!("018f0000-0000-7000-8000-{made:012x}")).unwrap()
    };
    let time = AtomicU64::new(1_700_000_000_000);
    let clock =
        move || Timestamp::from_millis(time.fetch_add(7, Ordering::Relaxed).try_into().unwrap());
    Core::new(Schemas::standard().into(), CoreOptions::new(clock, ids))
}
