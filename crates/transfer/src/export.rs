//! A directory as lines, page by page.

use enroll_schema::{ResourceId, Schemas};
use enroll_store::{Key, LinkKey, Query, Record, Result, Store, StoreError, Target, Want, Window};

use crate::{Content, LINE_MEMBERS_MAX, entry::has_members, header};

/// Where an export goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The place of the resource type.
    kind: usize,
    /// The last row that is written.
    row: i64,
    /// The group whose members are not all written.
    within: Option<(ResourceId, LinkKey)>,
    /// Most members of a line.
    most: u32,
}

/// A page of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPage {
    /// Whole lines.
    pub lines: String,
    /// Where to go on; `None` after the last.
    pub next: Option<Export>,
}

impl Export {
    /// Starts at the header.
    pub fn start() -> Self {
        Self {
            kind: 0,
            row: 0,
            within: None,
            most: LINE_MEMBERS_MAX,
        }
    }

    /// Sets how many members a line has at most, for this page and those after it; the place does not
    /// remember it.
    pub fn members_per_line(self, most: u32) -> Self {
        Self {
            most: most.clamp(1, LINE_MEMBERS_MAX),
            ..self
        }
    }

    /// Reads what [`Export::place`] wrote.
    pub fn at(place: &str) -> Option<Self> {
        let mut parts = place.splitn(4, ' ');
        let (kind, row) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let within = match (parts.next(), parts.next()) {
            (Some(key), Some(id)) => Some((ResourceId::new(id).ok()?, LinkKey(key.parse().ok()?))),
            (None, None) => None,
            _ => return None,
        };
        Some(Self {
            kind,
            row,
            within,
            most: LINE_MEMBERS_MAX,
        })
    }

    /// Writes the place as a text.
    pub fn place(&self) -> String {
        match &self.within {
            None => format!("{} {}", self.kind, self.row),
            Some((id, LinkKey(key))) => format!("{} {} {key} {id}", self.kind, self.row),
        }
    }

    /// Reads the next page: at most some 4 MiB, whatever the size of the directory.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn page<S: Store>(mut self, store: &S, schemas: &Schemas) -> Result<ExportPage> {
        let mut lines = String::new();
        if (self.kind, self.row) == (0, 0) && self.within.is_none() {
            push(&mut lines, &header());
        }
        while let Some(kind) = schemas.types().get(self.kind) {
            let goes_on = match self.within.take() {
                Some((id, key)) => {
                    let target = Target {
                        kind: kind.clone(),
                        id,
                    };
                    self.more(store, target, key, &mut lines).await?
                }
                None => self.records(store, kind, &mut lines).await?,
            };
            if !goes_on {
                (self.kind, self.row) = (self.kind + 1, 0);
            }
            if lines.len() >= PAGE_BYTES {
                break;
            }
        }
        let next = (self.kind < schemas.types().len()).then_some(self);
        Ok(ExportPage { lines, next })
    }

    /// Writes resources until the page is full; tells whether there may be more of the type.
    async fn records<S: Store>(
        &mut self,
        store: &S,
        kind: &enroll_schema::ResourceType,
        lines: &mut String,
    ) -> Result<bool> {
        let query = Query {
            branches: vec![(kind.clone(), None)],
            sort: None,
            window: Window::After(Key {
                sort: None,
                row: self.row,
            }),
            count: READ_AT_ONCE,
            want: Want::Omit,
            total: false,
        };
        let page = store.find(query).await?;
        if page.records.is_empty() {
            return Ok(false);
        }
        for (record, key) in page.records.iter().zip(&page.keys) {
            self.row = key.row;
            self.record(store, record, lines).await?;
            if self.within.is_some() || lines.len() >= PAGE_BYTES {
                break;
            }
        }
        Ok(true)
    }

    async fn record<S: Store>(
        &mut self,
        store: &S,
        record: &Record,
        lines: &mut String,
    ) -> Result<()> {
        let (mut members, mut next) = (Vec::new(), None);
        if has_members(&record.kind) {
            let target = Target {
                kind: record.kind.clone(),
                id: record.id.clone(),
            };
            (members, next) = linked(store, &target, LinkKey(0), self.most).await?;
            let waiting = store.pending(Some(target), LINE_MEMBERS_MAX).await?;
            members.extend(waiting.into_iter().map(|pending| pending.value));
        }
        let line = Content::line(record, &members, next.is_some());
        let damaged = || StoreError::Damaged(format!("{} {}", record.kind.name(), record.id));
        push(lines, &line.ok_or_else(damaged)?);
        self.within = next.map(|key| (record.id.clone(), key));
        Ok(())
    }

    /// Writes more members of a group; there may always be more of the type.
    async fn more<S: Store>(
        &mut self,
        store: &S,
        target: Target,
        after: LinkKey,
        lines: &mut String,
    ) -> Result<bool> {
        // It may have been deleted in between.
        let Some(record) = store.get(target.clone(), Want::Omit).await? else {
            return Ok(true);
        };
        match linked(store, &target, after, self.most).await {
            Ok((members, next)) => {
                push(lines, &Content::more_line(&record, &members));
                self.within = next.map(|key| (target.id, key));
            }
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
        Ok(true)
    }
}

async fn linked<S: Store>(
    store: &S,
    target: &Target,
    after: LinkKey,
    most: u32,
) -> Result<(Vec<String>, Option<LinkKey>)> {
    let page = store.links(target.clone(), after, most).await?;
    let direct = page.links.iter().filter(|link| link.direct);
    let ids = direct.map(|link| link.id.as_str().to_owned()).collect();
    Ok((ids, page.next))
}

fn push(lines: &mut String, line: &str) {
    lines.push_str(line);
    lines.push('\n');
}

/// A page ends with the line that brings it to this size.
const PAGE_BYTES: usize = 4 << 20;
/// Resources read at once.
const READ_AT_ONCE: u32 = 500;
