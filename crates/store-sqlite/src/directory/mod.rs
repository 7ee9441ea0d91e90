//! Directories: the tables of everything a `Store`, `Feed` or `Journal` keeps.

mod changes;
mod directories;
mod find;
mod keys;
mod links;
mod pending;
mod plan;
mod purge;
mod resource;
mod sql;
mod store;
mod tx;
mod write;

pub(crate) use directories::Shared;
pub(crate) use purge::chore;
pub use store::SqliteStore;

/// The tables. Rowid tables have integer keys that never leave the crate; the directory leads every index (threat B4).
pub(crate) const TABLES: &str = "
CREATE TABLE directory (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL DEFAULT 0,
  nested INTEGER NOT NULL DEFAULT 0,
  note INTEGER NOT NULL DEFAULT 0,
  note_bytes INTEGER NOT NULL DEFAULT 0,
  pending_since INTEGER
) STRICT;

CREATE TABLE resource (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  dir INTEGER NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  generation INTEGER,
  members INTEGER NOT NULL DEFAULT 0,
  nested INTEGER NOT NULL DEFAULT 0,
  name TEXT,
  display TEXT,
  manager TEXT,
  checksum INTEGER NOT NULL,
  document BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_id ON resource (dir, id);
CREATE INDEX resource_page ON resource (dir, kind, row);
CREATE INDEX resource_modified ON resource (dir, kind, modified, row);

CREATE TABLE counter (
  dir INTEGER NOT NULL,
  kind TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (dir, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE key (
  dir INTEGER NOT NULL,
  attribute TEXT NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (dir, attribute, key, kind, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE link (
  dir INTEGER NOT NULL,
  grp INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  member INTEGER NOT NULL,
  PRIMARY KEY (dir, grp, generation, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_member ON link (dir, member, grp, generation);

CREATE TABLE dead (
  dir INTEGER NOT NULL,
  grp INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  PRIMARY KEY (dir, grp, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE pending (
  dir INTEGER NOT NULL,
  grp INTEGER NOT NULL,
  value TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (dir, grp, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_value ON pending (dir, value, grp);
CREATE INDEX pending_since ON pending (dir, since);

CREATE TABLE gone (
  dir INTEGER NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (dir, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
  dir INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  what TEXT NOT NULL,
  touched TEXT NOT NULL,
  request TEXT NOT NULL,
  at INTEGER NOT NULL,
  lane TEXT NOT NULL,
  PRIMARY KEY (dir, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
  dir INTEGER NOT NULL,
  number INTEGER NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  subject TEXT,
  status INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (dir, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX note_id ON note (dir, id, number);
CREATE INDEX note_subject ON note (dir, subject, number) WHERE subject IS NOT NULL;
CREATE INDEX note_refused ON note (dir, number) WHERE status >= 400;
";
