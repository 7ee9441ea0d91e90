//! The tables of the job: what is remembered of each tenant, and the built-in sink's accounts.

/// The tables. The ledger – one tenant – leads every index (threat B4); its key, and the rows of
/// subjects, never leave the crate.
///
/// A value is kept whole as JSON; beside it stands what is looked for. `due` is narrow, because it
/// is what changes most. The numbers of work to do are kept by triggers, so that no statement can
/// forget them.
pub(crate) const TABLES: &str = "
CREATE TABLE ledger (
  key INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  fence INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0,
  made_accounts INTEGER NOT NULL DEFAULT 0,
  made_groups INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL DEFAULT 0,
  waiting INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  active INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX ledger_tenant ON ledger (tenant);

CREATE TABLE rules (
  ledger INTEGER PRIMARY KEY,
  policy TEXT,
  capabilities TEXT
) STRICT;

CREATE TABLE attached (
  ledger INTEGER NOT NULL,
  integration TEXT NOT NULL,
  name TEXT NOT NULL,
  place INTEGER NOT NULL,
  PRIMARY KEY (ledger, integration)
) STRICT, WITHOUT ROWID;

CREATE TABLE bookmark (
  ledger INTEGER NOT NULL,
  integration TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (ledger, integration)
) STRICT, WITHOUT ROWID;

CREATE TABLE selection (
  ledger INTEGER NOT NULL,
  integration TEXT NOT NULL,
  id TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, integration, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_group (
  ledger INTEGER NOT NULL,
  integration TEXT NOT NULL,
  id TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, integration, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE shadow_group (
  ledger INTEGER NOT NULL,
  integration TEXT NOT NULL,
  id TEXT NOT NULL,
  ref TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, integration, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shadow_group_ref ON shadow_group (ledger, ref, integration, id);

CREATE TABLE happened (
  ledger INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE mirror (
  ledger INTEGER NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, kind, ref)
) STRICT, WITHOUT ROWID;

CREATE TABLE consumer (
  ledger INTEGER NOT NULL,
  name TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (ledger, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE removal (
  ledger INTEGER NOT NULL,
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, at, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE subject (
  row INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  kind TEXT NOT NULL,
  integration TEXT NOT NULL,
  id TEXT NOT NULL,
  here INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX subject_id ON subject (ledger, id, kind, integration);

CREATE TABLE due (
  row INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  kind TEXT NOT NULL,
  integration TEXT NOT NULL,
  id TEXT NOT NULL,
  lane TEXT NOT NULL,
  why TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  stamp INTEGER NOT NULL,
  cause TEXT
) STRICT;
CREATE INDEX due_order ON due (ledger, lane, kind, not_before, integration, id);

CREATE TABLE person (
  row INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  user_name TEXT NOT NULL,
  email TEXT,
  external_id TEXT,
  value TEXT NOT NULL
) STRICT;
CREATE INDEX person_user_name ON person (ledger, user_name);
CREATE INDEX person_email ON person (ledger, email) WHERE email IS NOT NULL;
CREATE INDEX person_external_id ON person (ledger, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE person_group (
  ledger INTEGER NOT NULL,
  grp INTEGER NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (ledger, grp, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_group_of ON person_group (ledger, row, grp);

CREATE TABLE shadow_account (
  row INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  integration TEXT NOT NULL,
  id TEXT NOT NULL,
  ref TEXT NOT NULL,
  active INTEGER NOT NULL,
  managed INTEGER NOT NULL,
  email TEXT,
  login TEXT,
  via TEXT,
  user_name TEXT NOT NULL,
  external_id TEXT,
  gone_at INTEGER,
  value TEXT NOT NULL
) STRICT;
CREATE INDEX shadow_account_ref ON shadow_account (ledger, ref, integration, id, active);
CREATE INDEX shadow_account_email ON shadow_account (ledger, email) WHERE email IS NOT NULL;
CREATE INDEX shadow_account_login ON shadow_account (ledger, login) WHERE login IS NOT NULL;
CREATE INDEX shadow_account_via ON shadow_account (ledger, integration, via) WHERE via IS NOT NULL;
CREATE INDEX shadow_account_in ON shadow_account (ledger, integration, via)
  WHERE active AND managed;
CREATE INDEX heir_user_name ON shadow_account (ledger, integration, user_name)
  WHERE gone_at IS NOT NULL;
CREATE INDEX heir_external_id ON shadow_account (ledger, integration, external_id)
  WHERE gone_at IS NOT NULL;

CREATE TABLE former_login (
  number INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  row INTEGER NOT NULL,
  key TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX former_login_key ON former_login (ledger, key);
CREATE INDEX former_login_of ON former_login (ledger, row);

CREATE TABLE occupant (
  ledger INTEGER NOT NULL,
  ref TEXT NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (ledger, ref, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX occupant_of ON occupant (ledger, row);

CREATE TABLE decision (
  row INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  kind TEXT NOT NULL,
  integration TEXT NOT NULL,
  id TEXT NOT NULL,
  state TEXT NOT NULL,
  waiting INTEGER NOT NULL,
  braked INTEGER NOT NULL,
  value TEXT NOT NULL
) STRICT;
CREATE INDEX decision_open ON decision (ledger, kind, integration, id)
  WHERE waiting OR state <> 'ready';
CREATE INDEX decision_braked ON decision (ledger, kind, integration, id) WHERE braked;

CREATE TABLE concern (
  ledger INTEGER NOT NULL,
  row INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
  ledger INTEGER NOT NULL,
  cause TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert_sent (
  ledger INTEGER NOT NULL,
  cause TEXT NOT NULL,
  channel TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, cause, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE ruling (
  row INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE plan (
  ledger INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_item (
  ledger INTEGER NOT NULL,
  plan INTEGER NOT NULL,
  place INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, plan, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE deed (
  number INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  value TEXT NOT NULL
) STRICT;
CREATE INDEX deed_of ON deed (ledger, number);

CREATE TABLE wait (
  ledger INTEGER NOT NULL,
  key TEXT NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (ledger, key, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX wait_of ON wait (ledger, row);

CREATE TABLE account (
  row INTEGER PRIMARY KEY,
  ledger INTEGER NOT NULL,
  ref TEXT NOT NULL,
  active INTEGER NOT NULL,
  email TEXT,
  login TEXT,
  value TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_ref ON account (ledger, ref);
CREATE INDEX account_active ON account (ledger, active, ref);
CREATE INDEX account_email ON account (ledger, email) WHERE email IS NOT NULL;
CREATE INDEX account_login ON account (ledger, login) WHERE login IS NOT NULL;

CREATE TABLE reported (
  ledger INTEGER NOT NULL,
  ref TEXT NOT NULL,
  active INTEGER NOT NULL,
  snapshot INTEGER NOT NULL,
  at INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX reported_old ON reported (ledger, snapshot, at);

CREATE TABLE reported_name (
  ledger INTEGER NOT NULL,
  key TEXT NOT NULL,
  role TEXT NOT NULL,
  ref TEXT NOT NULL,
  PRIMARY KEY (ledger, key, role, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX reported_name_of ON reported_name (ledger, ref);

CREATE TABLE snapshot (
  ledger INTEGER PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE staged (
  ledger INTEGER NOT NULL,
  ref TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, ref)
) STRICT, WITHOUT ROWID;

CREATE TABLE drifted (
  ledger INTEGER NOT NULL,
  integration TEXT NOT NULL,
  id TEXT NOT NULL,
  row INTEGER NOT NULL,
  PRIMARY KEY (ledger, integration, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_group (
  ledger INTEGER NOT NULL,
  ref TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (ledger, ref)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER due_in AFTER INSERT ON due WHEN new.why <> 'clock' BEGIN
  UPDATE ledger SET due = due + 1 WHERE key = new.ledger;
END;
CREATE TRIGGER due_out AFTER DELETE ON due WHEN old.why <> 'clock' BEGIN
  UPDATE ledger SET due = due - 1 WHERE key = old.ledger;
END;
CREATE TRIGGER due_turn AFTER UPDATE OF why ON due
WHEN (old.why = 'clock') <> (new.why = 'clock') BEGIN
  UPDATE ledger SET due = due + (new.why <> 'clock') - (old.why <> 'clock')
  WHERE key = new.ledger;
END;
CREATE TRIGGER shadow_in AFTER INSERT ON shadow_account WHEN new.active AND new.managed BEGIN
  UPDATE ledger SET active = active + 1 WHERE key = new.ledger;
END;
CREATE TRIGGER shadow_out AFTER DELETE ON shadow_account WHEN old.active AND old.managed BEGIN
  UPDATE ledger SET active = active - 1 WHERE key = old.ledger;
END;
CREATE TRIGGER shadow_turn AFTER UPDATE OF active, managed ON shadow_account
WHEN (old.active AND old.managed) <> (new.active AND new.managed) BEGIN
  UPDATE ledger SET active = active + (new.active AND new.managed) - (old.active AND old.managed)
  WHERE key = new.ledger;
END;
CREATE TRIGGER decision_in AFTER INSERT ON decision
WHEN new.waiting OR new.state <> 'ready' BEGIN
  UPDATE ledger SET waiting = waiting + new.waiting, held = held + (new.state = 'held'),
    blocked = blocked + (new.state = 'blocked')
  WHERE key = new.ledger;
END;
CREATE TRIGGER decision_out AFTER DELETE ON decision
WHEN old.waiting OR old.state <> 'ready' BEGIN
  UPDATE ledger SET waiting = waiting - old.waiting, held = held - (old.state = 'held'),
    blocked = blocked - (old.state = 'blocked')
  WHERE key = old.ledger;
END;
CREATE TRIGGER decision_turn AFTER UPDATE OF state, waiting ON decision
WHEN old.waiting <> new.waiting OR old.state <> new.state BEGIN
  UPDATE ledger SET waiting = waiting + new.waiting - old.waiting,
    held = held + (new.state = 'held') - (old.state = 'held'),
    blocked = blocked + (new.state = 'blocked') - (old.state = 'blocked')
  WHERE key = new.ledger;
END;
";
