//! What people decided, and what the brakes count.

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, Lane};
use enroll_sync::{
    AccessGroupId, BrakeQuery, Decision, Guarding, Hint, Holding, OpenFilter, Removal, Rule, Span,
    Subject, SubjectKind, Window,
};

use super::{
    sql,
    tx::{Done, Id, Json, Tx, Word},
};

/// The window of what waits for nothing.
pub(super) const AT_ONCE: Window = Window {
    settle: Span::from_millis(0),
    most: Span::from_millis(0),
};

impl Tx<'_> {
    /// Writes rulings down and makes their subjects due.
    pub(super) fn rule(&self, rules: Vec<(Subject, Rule)>, at: Timestamp) -> Done<()> {
        for (subject, rule) in rules {
            let row = self.row(&subject)?;
            let hint = Hint {
                subject,
                lane: Lane::Settle,
                at,
                cause: None,
            };
            self.hint(row, &hint, AT_ONCE)?;
            self.change_ruling(row, rule)?;
        }
        Ok(())
    }

    pub(super) fn change_ruling(&self, row: i64, rule: Rule) -> Done<()> {
        let before = self.json(sql::RULING, &[&row])?.unwrap_or_default();
        let after = rule.applied_to(before);
        if after.is_empty() {
            self.run(sql::RULING_DROP, &[&row])?;
        } else {
            self.run(sql::RULING_SET, &[&row, &Json(after)])?;
        }
        Ok(())
    }

    pub(super) fn open_decisions(
        &self,
        filter: OpenFilter,
        after: Option<&Subject>,
        most: u32,
    ) -> Done<Vec<Decision>> {
        let kind = after.map(|after| Word(after.kind));
        let kind: &dyn rusqlite::ToSql = kind.as_ref().map_or(&"", |kind| kind);
        let integration = after.map_or("", |after| after.integration.as_str());
        let id = after.map_or("", |after| after.id.as_str());
        let OpenFilter {
            waiting,
            held,
            blocked,
        } = filter;
        self.jsons(
            sql::DECISIONS_OPEN,
            &[kind, &integration, &id, &waiting, &held, &blocked, &most],
        )
    }

    pub(super) fn guarding(&self, query: &BrakeQuery) -> Done<Guarding> {
        let since = query.since.as_millis();
        let mut done: Vec<Removal> = self.jsons(sql::REMOVALS, &[&since, &query.most])?;
        done.reverse();
        let held: Vec<Decision> = self.jsons(sql::DECISIONS_BRAKED, &[&query.most])?;
        let held = held.iter();
        Ok(Guarding {
            active: self.value(sql::ACTIVE, &[])?.unwrap_or_default(),
            done,
            held: held
                .filter_map(|last| Removal::braked(&last.item, last.at))
                .collect(),
            holdings: self.holdings(&query.privileged)?,
            granted: self.granted(&query.groups)?,
        })
    }

    fn holdings(&self, privileged: &[AccessGroupId]) -> Done<Vec<Holding>> {
        if privileged.is_empty() {
            return Ok(Vec::new());
        }
        let groups = Json(privileged);
        let mut holdings = self.all(sql::HOLDINGS, &[&groups], |row| {
            let integration = DirectoryId::new(row.get::<_, String>(1)?);
            let via: Option<Id> = row.get(2)?;
            Ok(Holding {
                access_group: AccessGroupId::new(row.get::<_, String>(0)?),
                via: via.map(|Id(id)| Subject::group(&integration, &id)),
                active: row.get(3)?,
            })
        })?;
        let loose = self.all(sql::HOLDINGS_LOOSE, &[&groups], |row| {
            Ok(Holding {
                access_group: AccessGroupId::new(row.get::<_, String>(0)?),
                via: None,
                active: row.get(1)?,
            })
        })?;
        holdings.extend(loose);
        Ok(summed(holdings))
    }

    fn granted(&self, groups: &[Subject]) -> Done<Vec<(Subject, u64)>> {
        let mut found = Vec::new();
        for group in groups
            .iter()
            .filter(|group| group.kind == SubjectKind::Group)
        {
            let (integration, id) = (group.integration.as_str(), group.id.as_str());
            let count = self.value(sql::ACTIVE_VIA, &[&integration, &id])?;
            let count: u64 = count.unwrap_or_default();
            found.extend((count > 0).then(|| (group.clone(), count)));
        }
        Ok(found)
    }
}

/// Adds up what is under the same group, in order.
fn summed(mut holdings: Vec<Holding>) -> Vec<Holding> {
    holdings.sort_unstable();
    holdings.dedup_by(|next, sum| {
        let same = next.access_group == sum.access_group && next.via == sum.via;
        if same {
            sum.active += next.active;
        }
        same
    });
    holdings
}
