//! Every statement over the tables of a ledger; `plans.txt` holds how SQLite runs each.
//!
//! `?1` is the ledger, in every one but those that look for ledgers. Where a value is looked for in
//! a list, the list is a JSON array. `INDEXED BY` and `CROSS JOIN` say which index and which order:
//! without statistics SQLite guesses by the first column, which is the same everywhere.

macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(pub(super) const $name: &str = $sql;)*

        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// Makes subjects due at once, as `Due::hinted` does with a hint of lane *settle* at `?2` that has
/// no request behind it and waits for nothing.
macro_rules! at_once {
    ($subjects:literal) => {
        concat!(
            "INSERT INTO due (ledger, row, kind, integration, id, lane, why, first_at, not_before, stamp) \
             SELECT ?1, s.row, s.kind, s.integration, s.id, 'settle', 'change', ?2, ?2, 1 FROM ",
            $subjects,
            " ON CONFLICT (row) DO UPDATE SET stamp = stamp + 1, why = 'change', \
             lane = CASE why WHEN 'change' THEN lane ELSE 'settle' END, \
             first_at = CASE why WHEN 'change' THEN first_at ELSE ?2 END, \
             not_before = CASE WHEN why <> 'change' THEN ?2 \
             WHEN lane = 'now' THEN min(not_before, ?2) ELSE min(first_at, ?2) END"
        )
    };
}

/// The names that an account which nobody manages here holds.
macro_rules! loose {
    ($role:literal) => {
        concat!(
            "SELECT k.value, '", $role, "', a.ref, NULL, NULL, NULL FROM json_each(?2) k \
             CROSS JOIN account a INDEXED BY account_", $role,
            " ON a.ledger = ?1 AND a.", $role, " = k.value WHERE NOT EXISTS \
             (SELECT 1 FROM shadow_account s INDEXED BY shadow_account_ref WHERE s.ledger = ?1 AND s.ref = a.ref)"
        )
    };
}

/// The names that an account tied to a person holds.
macro_rules! tied {
    ($role:literal) => {
        concat!(
            "SELECT k.value, '",
            $role,
            "', s.ref, s.integration, s.id, NULL FROM json_each(?2) k \
             CROSS JOIN shadow_account s INDEXED BY shadow_account_",
            $role,
            " ON s.ledger = ?1 AND s.",
            $role,
            " = k.value"
        )
    };
}

macro_rules! heir {
    ($name:literal, $names:literal) => {
        concat!(
            "SELECT h.row FROM json_each(",
            $names,
            ") k CROSS JOIN shadow_account h INDEXED BY heir_",
            $name,
            " ON h.ledger = ?1 AND h.integration = ?2 AND h.",
            $name,
            " = k.value AND h.gone_at IS NOT NULL"
        )
    };
}

statements! {
    LEDGER_OF = "SELECT key FROM ledger WHERE tenant = ?1";
    LEDGER_ADD = "INSERT INTO ledger (tenant) VALUES (?1)";
    ATTACHED_ALL = "SELECT a.integration, a.name, a.place, l.tenant FROM ledger l INDEXED BY ledger_tenant CROSS JOIN attached a ON a.ledger = l.key ORDER BY l.tenant, a.place, a.integration";
    // Skips from ledger to ledger along the index: those without due subjects cost nothing.
    AGENDA = "WITH RECURSIVE busy (key) AS (SELECT min(ledger) FROM due UNION ALL SELECT (SELECT min(ledger) FROM due WHERE ledger > key) FROM busy WHERE key IS NOT NULL), queue (lane, kind) AS (VALUES ('now', 'group'), ('now', 'person'), ('settle', 'group'), ('settle', 'person')) SELECT l.tenant, (SELECT min((SELECT min(not_before) FROM due INDEXED BY due_order WHERE ledger = l.key AND lane = q.lane AND kind = q.kind)) FROM queue q) FROM busy b CROSS JOIN ledger l ON l.key = b.key";

    FENCE = "SELECT fence FROM ledger WHERE key = ?1";
    LEASE = "UPDATE ledger SET fence = fence + 1 WHERE key = ?1 RETURNING fence";
    VERSION = "SELECT version FROM ledger WHERE key = ?1";
    VERSION_NEXT = "UPDATE ledger SET version = version + 1 WHERE key = ?1";
    SEQ = "SELECT seq FROM ledger WHERE key = ?1";
    SEQ_SET = "UPDATE ledger SET seq = ?2 WHERE key = ?1";
    HAPPENED = "SELECT value FROM happened WHERE ledger = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    HAPPENED_ADD = "INSERT INTO happened VALUES (?1, ?2, ?3)";
    HAPPENED_FORGET = "DELETE FROM happened WHERE ledger = ?1 AND seq <= ?2";
    MIRROR = "SELECT value FROM mirror WHERE ledger = ?1 AND (kind, ref) > (?2, ?3) ORDER BY kind, ref LIMIT ?4";
    MIRROR_SET = "INSERT INTO mirror (ledger, kind, ref, value) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = excluded.value";
    CONSUMERS = "SELECT name, seq, at FROM consumer WHERE ledger = ?1 ORDER BY name LIMIT ?2";
    CONSUMER_SET = "INSERT INTO consumer (ledger, name, seq, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET seq = excluded.seq, at = excluded.at";
    ACCOUNT_NEXT = "UPDATE ledger SET made_accounts = made_accounts + 1 WHERE key = ?1 RETURNING made_accounts";
    ACCESS_GROUP_NEXT = "UPDATE ledger SET made_groups = made_groups + 1 WHERE key = ?1 RETURNING made_groups";
    COUNTS = "SELECT due, waiting, held, blocked, seq FROM ledger WHERE key = ?1";

    NUMBERS = "SELECT version, seq FROM ledger WHERE key = ?1";
    RULES = "SELECT policy, capabilities FROM rules WHERE ledger = ?1";
    CAPABILITIES = "SELECT capabilities FROM rules WHERE ledger = ?1";
    POLICY_FIRST = "INSERT INTO rules (ledger, policy) VALUES (?1, ?2) ON CONFLICT (ledger) DO UPDATE SET policy = coalesce(policy, excluded.policy)";
    POLICY_SET = "INSERT INTO rules (ledger, policy) VALUES (?1, ?2) ON CONFLICT (ledger) DO UPDATE SET policy = excluded.policy";
    CAPABILITIES_SET = "INSERT INTO rules (ledger, capabilities) VALUES (?1, ?2) ON CONFLICT (ledger) DO UPDATE SET capabilities = excluded.capabilities";
    ATTACH = "INSERT INTO attached (ledger, integration, name, place) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET name = excluded.name, place = excluded.place";
    ATTACHED = "SELECT integration, name, place FROM attached WHERE ledger = ?1 ORDER BY place, integration";
    BOOKMARK = "SELECT revision FROM bookmark WHERE ledger = ?1 AND integration = ?2";
    BOOKMARK_SET = "INSERT INTO bookmark (ledger, integration, revision) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET revision = excluded.revision";

    SELECTIONS = "SELECT value FROM selection WHERE ledger = ?1 ORDER BY integration, id";
    SELECTION = "SELECT value FROM selection WHERE ledger = ?1 AND integration = ?2 AND id = ?3";
    SELECTION_SET = "INSERT INTO selection (ledger, integration, id, value) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = excluded.value";
    SELECTION_DROP = "DELETE FROM selection WHERE ledger = ?1 AND integration = ?2 AND id = ?3";
    SELECTIONS_DROP = "DELETE FROM selection WHERE ledger = ?1 AND integration = ?2";
    SOURCES = "SELECT value FROM source_group WHERE ledger = ?1 ORDER BY integration, id";
    SOURCE_SET = "INSERT INTO source_group (ledger, integration, id, value) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = excluded.value";
    SOURCE_FIRST = "INSERT INTO source_group (ledger, integration, id, value) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    SOURCE_DROP = "DELETE FROM source_group WHERE ledger = ?1 AND integration = ?2 AND id = ?3";
    BINDINGS = "SELECT value FROM shadow_group WHERE ledger = ?1 ORDER BY integration, id";
    BINDING = "SELECT value FROM shadow_group WHERE ledger = ?1 AND integration = ?2 AND id = ?3";
    BINDING_OF_REF = "SELECT value FROM shadow_group INDEXED BY shadow_group_ref WHERE ledger = ?1 AND ref = ?2 ORDER BY integration DESC, id DESC LIMIT 1";
    BINDING_SET = "INSERT INTO shadow_group (ledger, integration, id, ref, value) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET ref = excluded.ref, value = excluded.value";
    BINDING_DROP = "DELETE FROM shadow_group WHERE ledger = ?1 AND integration = ?2 AND id = ?3";

    SUBJECT = "SELECT row FROM subject INDEXED BY subject_id WHERE ledger = ?1 AND id = ?2 AND kind = ?3 AND integration = ?4";
    SUBJECT_ADD = "INSERT INTO subject (ledger, id, kind, integration) VALUES (?1, ?2, ?3, ?4)";
    SUBJECT_HERE = "UPDATE subject NOT INDEXED SET here = ?3 WHERE ledger = ?1 AND row = ?2 AND here <> ?3";
    KNOWN = "SELECT p.value, h.value, d.value, u.lane, u.why, u.first_at, u.not_before, u.stamp, u.cause, r.value FROM subject s INDEXED BY subject_id LEFT JOIN person p ON p.row = s.row LEFT JOIN shadow_account h ON h.row = s.row LEFT JOIN decision d ON d.row = s.row LEFT JOIN due u ON u.row = s.row LEFT JOIN ruling r ON r.row = s.row WHERE s.ledger = ?1 AND s.id = ?2 AND s.kind = ?3 AND s.integration = ?4";

    DUE = "SELECT lane, why, first_at, not_before, stamp, cause FROM due NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    DUE_READY = "SELECT lane, why, first_at, not_before, stamp, cause, integration, id FROM due INDEXED BY due_order WHERE ledger = ?1 AND lane = ?2 AND kind = ?3 AND not_before <= ?4 ORDER BY not_before, integration, id LIMIT ?5";
    DUE_SET = "INSERT INTO due (ledger, row, kind, integration, id, lane, why, first_at, not_before, stamp, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (row) DO UPDATE SET lane = excluded.lane, why = excluded.why, first_at = excluded.first_at, not_before = excluded.not_before, stamp = excluded.stamp, cause = excluded.cause";
    DUE_LATER = "UPDATE due NOT INDEXED SET why = ?4, first_at = ?5, not_before = ?5 WHERE ledger = ?1 AND row = ?2 AND stamp = ?3";
    DUE_DROP = "DELETE FROM due NOT INDEXED WHERE ledger = ?1 AND row = ?2 AND stamp = ?3";
    DUE_FORGET = "DELETE FROM due NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    DUE_ALL = at_once!("subject s INDEXED BY subject_id WHERE s.ledger = ?1 AND s.here");
    DUE_MEMBERS = at_once!("person_group g CROSS JOIN subject s ON s.row = g.row WHERE g.ledger = ?1 AND g.grp = ?3");
    DUE_WAITING = at_once!("subject s WHERE s.row IN (SELECT w.row FROM json_each(?3) k CROSS JOIN wait w ON w.ledger = ?1 AND w.key = k.value) AND s.row <> ?4");
    DUE_VIA = at_once!("shadow_account h INDEXED BY shadow_account_via CROSS JOIN subject s ON s.row = h.row WHERE h.ledger = ?1 AND h.integration = ?3 AND h.via = ?4");

    PERSON_SET = "INSERT INTO person (ledger, row, user_name, email, external_id, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (row) DO UPDATE SET user_name = excluded.user_name, email = excluded.email, external_id = excluded.external_id, value = excluded.value";
    PERSON_DROP = "DELETE FROM person NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    PERSON_GROUPS = "SELECT s.id, g.grp FROM person_group g INDEXED BY person_group_of CROSS JOIN subject s ON s.row = g.grp WHERE g.ledger = ?1 AND g.row = ?2";
    PERSON_GROUP_ADD = "INSERT OR IGNORE INTO person_group (ledger, grp, row) VALUES (?1, ?2, ?3)";
    PERSON_GROUP_DROP = "DELETE FROM person_group WHERE ledger = ?1 AND grp = ?2 AND row = ?3";
    MEMBERS = "SELECT s.integration, s.id, s.row FROM person_group g CROSS JOIN subject s ON s.row = g.row WHERE g.ledger = ?1 AND g.grp = ?2";
    FIND = "SELECT integration, id FROM subject WHERE row IN (SELECT row FROM person INDEXED BY person_user_name WHERE ledger = ?1 AND user_name = ?2 UNION SELECT row FROM person INDEXED BY person_email WHERE ledger = ?1 AND email = ?2 UNION SELECT row FROM person INDEXED BY person_external_id WHERE ledger = ?1 AND external_id = ?3 UNION SELECT p.row FROM subject s INDEXED BY subject_id CROSS JOIN person p ON p.row = s.row WHERE s.ledger = ?1 AND s.id = ?3) ORDER BY integration, id";

    SHADOW = "SELECT value FROM shadow_account NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    SHADOW_OF_REF = "SELECT value FROM shadow_account INDEXED BY shadow_account_ref WHERE ledger = ?1 AND ref = ?2 ORDER BY integration DESC, id DESC LIMIT 1";
    SHADOW_SET = "INSERT INTO shadow_account (ledger, row, integration, id, ref, active, email, login, via, user_name, external_id, gone_at, value, managed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (row) DO UPDATE SET ref = excluded.ref, active = excluded.active, managed = excluded.managed, email = excluded.email, login = excluded.login, via = excluded.via, user_name = excluded.user_name, external_id = excluded.external_id, gone_at = excluded.gone_at, value = excluded.value";
    SHADOW_DROP = "DELETE FROM shadow_account NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    SHADOWS_VIA = "SELECT value FROM shadow_account INDEXED BY shadow_account_via WHERE ledger = ?1 AND integration = ?2 AND via = ?3";
    // Up to `?3`, because an account beside the ledger is the truth about its shadow: all before it are skipped one by one.
    SHADOWS_ALONE = "SELECT s.value FROM shadow_account s INDEXED BY shadow_account_ref WHERE s.ledger = ?1 AND s.ref > ?2 AND s.ref <= ?3 AND (?4 IS NULL OR s.active = ?4) AND NOT EXISTS (SELECT 1 FROM account a INDEXED BY account_ref WHERE a.ledger = ?1 AND a.ref = s.ref) AND NOT EXISTS (SELECT 1 FROM shadow_account o INDEXED BY shadow_account_ref WHERE o.ledger = ?1 AND o.ref = s.ref AND (o.integration, o.id) > (s.integration, s.id)) ORDER BY s.ref LIMIT ?5";
    HEIRS = concat!("SELECT value FROM shadow_account WHERE row IN (", heir!("external_id", "?3"), " UNION ", heir!("user_name", "?4"), ") ORDER BY id");
    HOLDERS = concat!(tied!("email"), " UNION ALL ", tied!("login"), " UNION ALL SELECT k.value, 'former', s.ref, s.integration, s.id, f.until FROM json_each(?2) k CROSS JOIN former_login f INDEXED BY former_login_key ON f.ledger = ?1 AND f.key = k.value CROSS JOIN shadow_account s ON s.row = f.row UNION ALL ", loose!("email"), " UNION ALL ", loose!("login"), " UNION ALL SELECT k.value, r.role, r.ref, NULL, NULL, NULL FROM json_each(?2) k CROSS JOIN reported_name r ON r.ledger = ?1 AND r.key = k.value WHERE NOT EXISTS (SELECT 1 FROM shadow_account s INDEXED BY shadow_account_ref WHERE s.ledger = ?1 AND s.ref = r.ref) AND (r.role = 'external_id' OR NOT EXISTS (SELECT 1 FROM account a INDEXED BY account_ref WHERE a.ledger = ?1 AND a.ref = r.ref))");
    FORMER_ADD = "INSERT INTO former_login (ledger, row, key, until) VALUES (?1, ?2, ?3, ?4)";
    FORMER_DROP = "DELETE FROM former_login INDEXED BY former_login_of WHERE ledger = ?1 AND row = ?2";
    OCCUPIED = "SELECT EXISTS (SELECT 1 FROM occupant WHERE ledger = ?1 AND ref = ?2)";
    OCCUPANT_ADD = "INSERT OR IGNORE INTO occupant (ledger, ref, row) VALUES (?1, ?2, ?3)";
    OCCUPANT_DROP = "DELETE FROM occupant INDEXED BY occupant_of WHERE ledger = ?1 AND row = ?2";

    DECISION = "SELECT value FROM decision NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    DECISION_SET = "INSERT INTO decision (ledger, row, kind, integration, id, state, waiting, braked, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (row) DO UPDATE SET state = excluded.state, waiting = excluded.waiting, braked = excluded.braked, value = excluded.value";
    DECISIONS_OPEN = "SELECT value FROM decision INDEXED BY decision_open WHERE ledger = ?1 AND (waiting OR state <> 'ready') AND (kind, integration, id) > (?2, ?3, ?4) AND ((?5 AND waiting) OR (?6 AND state = 'held') OR (?7 AND state = 'blocked')) ORDER BY kind, integration, id LIMIT ?8";
    DECISIONS_BRAKED = "SELECT value FROM decision INDEXED BY decision_braked WHERE ledger = ?1 AND braked ORDER BY kind, integration, id LIMIT ?2";

    RULING = "SELECT value FROM ruling NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    RULING_SET = "INSERT INTO ruling (ledger, row, value) VALUES (?1, ?2, ?3) ON CONFLICT (row) DO UPDATE SET value = excluded.value";
    RULING_DROP = "DELETE FROM ruling NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    PLAN_LAST = "SELECT max(number) FROM plan WHERE ledger = ?1 AND number > 0";
    PLAN_OLDEST = "SELECT number, at FROM plan WHERE ledger = ?1 AND number > 0 ORDER BY number LIMIT 1";
    PLAN_SET = "INSERT INTO plan (ledger, number, at, complete, value) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET complete = excluded.complete, value = excluded.value";
    PLAN_DROP = "DELETE FROM plan WHERE ledger = ?1 AND number = ?2";
    PLANS = "SELECT value FROM plan WHERE ledger = ?1 AND number < ?2 AND complete ORDER BY number DESC LIMIT ?3";
    PLANNED_ADD = "INSERT INTO plan_item (ledger, plan, place, value) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = excluded.value";
    PLANNED_DROP = "DELETE FROM plan_item WHERE ledger = ?1 AND plan = ?2";
    PLANNED = "SELECT value FROM plan_item WHERE ledger = ?1 AND plan = ?2 AND place > ?3 ORDER BY place LIMIT ?4";
    DEED_ADD = "INSERT INTO deed (ledger, value) VALUES (?1, ?2)";
    DEEDS_TRIM = "DELETE FROM deed WHERE number <= ?2";
    DEEDS = "SELECT number, value FROM deed INDEXED BY deed_of WHERE ledger = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
    DEEDS_ALL = "SELECT number, value FROM deed WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
    REMOVAL_ADD = "INSERT INTO removal VALUES (?1, ?2, ?3, ?4)";
    REMOVALS = "SELECT value FROM removal WHERE ledger = ?1 AND at > ?2 ORDER BY at DESC, seq DESC LIMIT ?3";
    ACTIVE = "SELECT active FROM ledger WHERE key = ?1";
    ACTIVE_VIA = "SELECT count(*) FROM shadow_account INDEXED BY shadow_account_in WHERE ledger = ?1 AND active AND managed AND integration = ?2 AND via = ?3";
    HOLDINGS = "SELECT o.ref, s.integration, s.via, count(*) FROM json_each(?2) k CROSS JOIN occupant o ON o.ledger = ?1 AND o.ref = k.value CROSS JOIN shadow_account s ON s.row = o.row GROUP BY o.ref, s.integration, s.via";
    HOLDINGS_LOOSE = "SELECT g.value, count(DISTINCT a.row) FROM account a INDEXED BY account_active CROSS JOIN json_each(a.value, '$.access_groups') g WHERE a.ledger = ?1 AND a.active = 1 AND g.value IN (SELECT value FROM json_each(?2)) AND NOT EXISTS (SELECT 1 FROM shadow_account s INDEXED BY shadow_account_ref WHERE s.ledger = ?1 AND s.ref = a.ref) GROUP BY g.value";
    CONCERNS = "SELECT value FROM concern WHERE ledger = ?1 LIMIT ?2";
    CONCERN_SET = "INSERT INTO concern (ledger, row, value) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value";
    CONCERN_DROP = "DELETE FROM concern WHERE ledger = ?1 AND row = ?2";
    ALERTS = "SELECT value FROM alert WHERE ledger = ?1 ORDER BY cause";
    ALERT_SET = "INSERT INTO alert (ledger, cause, value) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value";
    ALERT_DROP = "DELETE FROM alert WHERE ledger = ?1 AND cause = ?2";
    ALERT_SENT_ALL = "SELECT cause, channel, value FROM alert_sent WHERE ledger = ?1 ORDER BY cause, channel";
    ALERT_SENT_SET = "INSERT INTO alert_sent (ledger, cause, channel, value) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = excluded.value";
    ALERT_SENT_DROP = "DELETE FROM alert_sent WHERE ledger = ?1 AND cause = ?2";
    TROUBLED = "SELECT l.tenant FROM ledger l WHERE EXISTS (SELECT 1 FROM concern c WHERE c.ledger = l.key) OR EXISTS (SELECT 1 FROM alert a WHERE a.ledger = l.key) ORDER BY l.tenant";
    DECISION_DROP = "DELETE FROM decision NOT INDEXED WHERE ledger = ?1 AND row = ?2";
    WAIT_ADD = "INSERT OR IGNORE INTO wait (ledger, key, row) VALUES (?1, ?2, ?3)";
    WAIT_DROP = "DELETE FROM wait INDEXED BY wait_of WHERE ledger = ?1 AND row = ?2";

    ACCOUNT = "SELECT value FROM account INDEXED BY account_ref WHERE ledger = ?1 AND ref = ?2";
    ACCOUNT_SET = "INSERT INTO account (ledger, ref, active, email, login, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (ledger, ref) DO UPDATE SET active = excluded.active, email = excluded.email, login = excluded.login, value = excluded.value";
    ACCOUNTS = "SELECT ref, value FROM account INDEXED BY account_ref WHERE ledger = ?1 AND ref > ?2 ORDER BY ref LIMIT ?3";
    ACCOUNTS_OF = "SELECT ref, value FROM account INDEXED BY account_active WHERE ledger = ?1 AND active = ?4 AND ref > ?2 ORDER BY ref LIMIT ?3";
    RIVAL = "SELECT min(ref) FROM (SELECT a.ref FROM json_each(?2) k CROSS JOIN account a INDEXED BY account_email ON a.ledger = ?1 AND a.email = k.value UNION ALL SELECT a.ref FROM json_each(?2) k CROSS JOIN account a INDEXED BY account_login ON a.ledger = ?1 AND a.login = k.value) WHERE ref IS NOT ?3";
    REPORTED = "SELECT value FROM reported WHERE ledger = ?1 AND ref = ?2";
    REPORTED_SET = "INSERT INTO reported (ledger, ref, active, snapshot, at, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET active = excluded.active, snapshot = excluded.snapshot, at = excluded.at, value = excluded.value";
    REPORTED_NAMES_DROP = "DELETE FROM reported_name INDEXED BY reported_name_of WHERE ledger = ?1 AND ref = ?2";
    REPORTED_NAME_ADD = "INSERT OR IGNORE INTO reported_name (ledger, key, role, ref) VALUES (?1, ?2, ?3, ?4)";
    REPORTED_FORGET = "DELETE FROM reported AS r INDEXED BY reported_old WHERE r.ledger = ?1 AND r.snapshot < ?2 AND r.at <= ?3 AND NOT EXISTS (SELECT 1 FROM shadow_account s INDEXED BY shadow_account_ref WHERE s.ledger = ?1 AND s.ref = r.ref)";
    REPORTED_NAMES_FORGET = "DELETE FROM reported_name INDEXED BY reported_name_of WHERE ledger = ?1 AND ref IN (SELECT r.ref FROM reported r INDEXED BY reported_old WHERE r.ledger = ?1 AND r.snapshot < ?2 AND r.at <= ?3 AND NOT EXISTS (SELECT 1 FROM shadow_account s INDEXED BY shadow_account_ref WHERE s.ledger = ?1 AND s.ref = r.ref))";
    REPORTED_ALONE = "SELECT r.value FROM reported r WHERE r.ledger = ?1 AND r.ref > ?2 AND r.ref <= ?3 AND (?4 IS NULL OR r.active = ?4) AND NOT EXISTS (SELECT 1 FROM account a INDEXED BY account_ref WHERE a.ledger = ?1 AND a.ref = r.ref) AND NOT EXISTS (SELECT 1 FROM shadow_account s INDEXED BY shadow_account_ref WHERE s.ledger = ?1 AND s.ref = r.ref) ORDER BY r.ref LIMIT ?5";
    SHADOWS_OF_REF = "SELECT value FROM shadow_account INDEXED BY shadow_account_ref WHERE ledger = ?1 AND ref = ?2 ORDER BY integration, id";
    DRIFTED = "SELECT integration, id FROM drifted WHERE ledger = ?1 AND (integration, id) > (?2, ?3) ORDER BY integration, id LIMIT ?4";
    DRIFTED_ADD = "INSERT OR IGNORE INTO drifted (ledger, integration, id, row) VALUES (?1, ?2, ?3, ?4)";
    DRIFTED_DROP = "DELETE FROM drifted WHERE ledger = ?1 AND integration = ?2 AND id = ?3";
    SNAPSHOT = "SELECT value FROM snapshot WHERE ledger = ?1";
    SNAPSHOT_SET = "INSERT INTO snapshot (ledger, value) VALUES (?1, ?2) ON CONFLICT (ledger) DO UPDATE SET value = excluded.value";
    STAGED = "SELECT value FROM staged WHERE ledger = ?1 ORDER BY ref LIMIT ?2";
    STAGED_HERE = "SELECT EXISTS (SELECT 1 FROM staged WHERE ledger = ?1 AND ref = ?2)";
    STAGED_SET = "INSERT INTO staged (ledger, ref, value) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value";
    STAGED_DROP = "DELETE FROM staged WHERE ledger = ?1 AND ref = ?2";
    STAGED_CLEAR = "DELETE FROM staged WHERE ledger = ?1";
    ACCESS_GROUP = "SELECT value FROM access_group WHERE ledger = ?1 AND ref = ?2";
    ACCESS_GROUP_SET = "INSERT INTO access_group (ledger, ref, value) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value";
    ACCESS_GROUPS = "SELECT value FROM access_group WHERE ledger = ?1 ORDER BY ref";
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use rusqlite::Connection;

    use super::*;

    /// Reads how SQLite runs a statement, one line a step.
    fn plan(sql: &str) -> Vec<String> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(super::super::TABLES).unwrap();
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        statement
            .raw_query()
            .mapped(|row| row.get(3))
            .collect::<Result<_, _>>()
            .unwrap()
    }

    /// The plans are those that were looked at; a new one is to be looked at before it is written here.
    #[test]
    fn every_statement_runs_as_planned() {
        let mut plans = String::new();
        for (name, sql) in ALL {
            writeln!(plans, "{name}").unwrap();
            for step in plan(sql) {
                writeln!(plans, "  {step}").unwrap();
            }
        }
        assert!(
            plans == include_str!("plans.txt"),
            "plans.txt should be:\n{plans}"
        );
    }

    /// Statements that read all of a tenant's subjects, of what its brakes hold, or of its few integrations, groups and
    /// selections, or of its alerts, and those that list every tenant's integrations, and every tenant with alerts.
    const WHOLE: &[&str] = &[
        "ATTACHED",
        "CONSUMERS",
        "ATTACHED_ALL",
        "SELECTIONS",
        "SOURCES",
        "BINDINGS",
        "ACCESS_GROUPS",
        "DUE_ALL",
        "DECISIONS_BRAKED",
        "CONCERNS",
        "ALERTS",
        "ALERT_SENT_ALL",
        "TROUBLED",
        "STAGED",
        "STAGED_CLEAR",
    ];

    /// Steps that read no table: lists given by the caller, rows made on the way.
    const NO_TABLE: &[&str] = &[
        "SCAN k VIRTUAL TABLE",
        "SCAN g VIRTUAL TABLE",
        "SCAN json_each VIRTUAL TABLE",
        "SCAN CONSTANT ROW",
        "SCAN 4 CONSTANT ROWS",
        "SCAN busy",
        "SCAN b",
        "SCAN q",
    ];

    /// No table is read whole, and none by its tenant alone.
    #[test]
    fn no_statement_reads_more_than_it_must() {
        for (name, sql) in ALL.iter().filter(|(name, _)| !WHOLE.contains(name)) {
            for step in plan(sql) {
                let free = NO_TABLE.iter().any(|known| step.starts_with(known));
                assert!(free || !step.starts_with("SCAN"), "{name}: {step}");
                assert!(!step.ends_with("(ledger=?)"), "{name}: {step}");
            }
        }
    }

    /// Every index and every key of several columns begins with the ledger (threat B4).
    #[test]
    fn b4_the_ledger_leads_every_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(super::super::TABLES).unwrap();
        let sql = "SELECT m.name || '.' || i.name || ': ' || c.name FROM sqlite_schema m, pragma_index_list(m.name) i, \
                   pragma_index_info(i.name) c WHERE m.type = 'table' AND c.seqno = 0 AND c.name <> 'ledger' ORDER BY 1";
        let mut statement = connection.prepare(sql).unwrap();
        let others: Vec<String> = statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(others, ["ledger.ledger_tenant: tenant"]);
    }
}
