//! Where an answer is written: into memory, or, past a thousand links, as pieces that are pulled.

use std::{collections::VecDeque, fmt, mem, sync::Arc};

use bytes::Bytes;
use enroll_schema::Error;
use enroll_store::{LinkKey, Record, Store, Target};
use serde_json::Value;

use crate::{
    directory::Core,
    reply::{Body, BoxFuture, Chunks},
    write::{Rows, Writer},
};

/// Links read at once when a body is pulled; each page is its own short read (data §3).
pub(crate) const LINKS_PER_PAGE: u32 = 1_000;

/// Something JSON is written to.
pub(crate) trait Json {
    /// Returns the bytes written so far.
    fn buffer(&mut self) -> &mut Vec<u8>;

    /// Writes JSON as it is.
    fn raw(&mut self, json: &str) {
        self.buffer().extend_from_slice(json.as_bytes());
    }

    /// Writes a JSON string.
    fn text(&mut self, text: &str) {
        // Writing to memory has no way to fail.
        let _ = serde_json::to_writer(self.buffer(), text);
    }

    /// Writes a JSON value.
    fn value(&mut self, value: &Value) {
        let _ = serde_json::to_writer(self.buffer(), value);
    }
}

impl Json for Vec<u8> {
    fn buffer(&mut self) -> &mut Vec<u8> {
        self
    }
}

/// A body being written.
#[derive(Debug, Default)]
pub(crate) struct Out {
    buffer: Vec<u8>,
    pieces: VecDeque<Piece>,
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    Rows {
        rows: Rows,
        target: Target,
        after: LinkKey,
        is_first: bool,
    },
}

impl Json for Out {
    fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }
}

impl Out {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            buffer: Vec::with_capacity(bytes),
            pieces: VecDeque::new(),
        }
    }

    pub(crate) fn bytes(&mut self, json: &[u8]) {
        self.buffer.extend_from_slice(json);
    }

    /// Leaves a place for rows that are read while the body goes out.
    pub(crate) fn rows(&mut self, rows: Rows, record: &Record) {
        self.cut();
        let target = Target {
            kind: record.kind.clone(),
            id: record.id.clone(),
        };
        let after = LinkKey::default();
        self.pieces.push_back(Piece::Rows {
            rows,
            target,
            after,
            is_first: true,
        });
    }

    fn cut(&mut self) {
        let written = mem::take(&mut self.buffer);
        self.pieces.push_back(Piece::Bytes(written.into()));
    }

    /// Makes the body; `store` is asked for what was left out.
    pub(crate) fn finish<S: Store>(mut self, core: &Core, store: &S, base_url: &Arc<str>) -> Body {
        if self.pieces.is_empty() {
            return Body::Whole(self.buffer.into());
        }
        self.cut();
        Body::Pulled(Box::new(Pulled {
            pieces: self.pieces,
            core: core.clone(),
            store: store.clone(),
            base_url: Arc::clone(base_url),
        }))
    }
}

struct Pulled<S> {
    pieces: VecDeque<Piece>,
    core: Core,
    store: S,
    base_url: Arc<str>,
}

impl<S> fmt::Debug for Pulled<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pulled")
            .field("pieces", &self.pieces.len())
            .finish_non_exhaustive()
    }
}

impl<S: Store> Pulled<S> {
    async fn page(
        &mut self,
        rows: Rows,
        target: Target,
        after: LinkKey,
        is_first: bool,
    ) -> Result<Bytes, Error> {
        let page = self
            .store
            .links(target.clone(), after, LINKS_PER_PAGE)
            .await?;
        let writer = Writer {
            types: self.core.types(),
            base_url: &self.base_url,
            members_always: false,
            manager_value_only: false,
        };
        let mut json = Vec::with_capacity(page.links.len() * LINK_BYTES_USUAL);
        for (index, link) in page.links.iter().enumerate() {
            json.raw(if is_first && index == 0 { "" } else { "," });
            writer.link(&mut json, rows, link);
        }
        if let Some(after) = page.next {
            let is_first = is_first && page.links.is_empty();
            self.pieces.push_front(Piece::Rows {
                rows,
                target,
                after,
                is_first,
            });
        }
        Ok(json.into())
    }
}

impl<S: Store> Chunks for Pulled<S> {
    fn next(&mut self) -> BoxFuture<'_, Option<Result<Bytes, Error>>> {
        Box::pin(async {
            loop {
                let bytes = match self.pieces.pop_front()? {
                    Piece::Bytes(bytes) => Ok(bytes),
                    Piece::Rows {
                        rows,
                        target,
                        after,
                        is_first,
                    } => self.page(rows, target, after, is_first).await,
                };
                match bytes {
                    Ok(bytes) if bytes.is_empty() => {}
                    Ok(bytes) => return Some(Ok(bytes)),
                    Err(error) => {
                        self.pieces.clear();
                        return Some(Err(error));
                    }
                }
            }
        })
    }
}

const LINK_BYTES_USUAL: usize = 180;
