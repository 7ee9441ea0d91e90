//! Writing decisions and what comes with them.

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, Timestamp};
use enroll_sync::{
    Decision, Effect, GroupShadow, Person, Removal, Selection, Shadow, SourceGroup, Step, Subject,
    SubjectKind, name_key,
};

use super::{
    due::wait_key,
    sql,
    tx::{Done, Id, Json, Tx, Word},
};

impl Tx<'_> {
    /// Writes one subject's share.
    pub(super) fn write(&self, step: &Step) -> Done<()> {
        let row = self.row(&step.subject)?;
        for effect in &step.effects {
            self.effect(effect, step.at)?;
        }
        if let Some(decision) = &step.decision {
            self.put_decision(row, decision)?;
        }
        if let Some(stamp) = step.stamp {
            self.answer_due(row, stamp, step.next)?;
        }
        self.wake(row, &step.wake, step.at)?;
        for group in &step.members_of {
            self.wake_members(&Subject::group(&step.subject.integration, group), step.at)?;
        }
        Ok(())
    }

    pub(super) fn shadow(&self, subject: &Subject) -> Done<Option<Shadow>> {
        match self.find_row(subject)? {
            Some(row) => self.json(sql::SHADOW, &[&row]),
            None => Ok(None),
        }
    }

    /// Finds the access group tied to a group; a person has none.
    pub(super) fn binding(&self, subject: &Subject) -> Done<Option<GroupShadow>> {
        let place = (subject.integration.as_str(), subject.id.as_str());
        match subject.kind {
            SubjectKind::Group => self.json(sql::BINDING, &[&place.0, &place.1]),
            SubjectKind::Person => Ok(None),
        }
    }

    /// Writes the job's reading of a group, the way `statement` says.
    pub(super) fn put_source(&self, group: &SourceGroup, statement: &str) -> Done<()> {
        let row = self.row(&group.subject())?;
        self.run(sql::SUBJECT_HERE, &[&row, &true])?;
        let (integration, id) = (group.integration.as_str(), group.id.as_str());
        self.run(statement, &[&integration, &id, &Json(group)])?;
        Ok(())
    }

    fn effect(&self, effect: &Effect, at: Timestamp) -> Done<()> {
        match effect {
            Effect::Person(person) => self.put_person(person),
            Effect::ForgetPerson(subject) => self.forget_person(subject),
            Effect::Source(group) => self.put_source(group, sql::SOURCE_SET),
            Effect::Select(selection) => {
                self.put_selection(selection)?;
                self.run(sql::VERSION_NEXT, &[]).map(drop)
            }
            Effect::Rebound { from, to } => self.rebind(from, to, at),
            Effect::Shadow(shadow) => self.put_shadow(shadow),
            Effect::ForgetShadow(subject) => self.forget_shadow(subject),
            Effect::Binding(binding) => self.put_binding(binding),
            Effect::Rule(subject, rule) => self.change_ruling(self.row(subject)?, rule.clone()),
            Effect::Count(item) => self.count((**item).clone(), at).map(drop),
        }
    }

    fn put_person(&self, person: &Person) -> Done<()> {
        let row = self.row(&person.subject())?;
        self.run(
            sql::PERSON_SET,
            &[
                &row,
                &name_key(&person.user_name),
                &person.email.as_deref().map(name_key),
                &person.external_id,
                &Json(person),
            ],
        )?;
        self.run(sql::SUBJECT_HERE, &[&row, &true])?;
        self.put_groups(row, person)
    }

    /// Writes which groups the person is in: the difference only.
    fn put_groups(&self, row: i64, person: &Person) -> Done<()> {
        let before = self.all(sql::PERSON_GROUPS, &[&row], |columns| {
            let Id(id) = columns.get(0)?;
            Ok((id, columns.get(1)?))
        })?;
        let mut left: BTreeMap<ResourceId, i64> = before.into_iter().collect();
        for id in &person.groups {
            if left.remove(id).is_none() {
                let group = self.row(&Subject::group(&person.integration, id))?;
                self.run(sql::PERSON_GROUP_ADD, &[&group, &row])?;
            }
        }
        self.drop_groups(row, left.into_values())
    }

    fn drop_groups(&self, row: i64, groups: impl IntoIterator<Item = i64>) -> Done<()> {
        for group in groups {
            self.run(sql::PERSON_GROUP_DROP, &[&group, &row])?;
        }
        Ok(())
    }

    fn forget_person(&self, subject: &Subject) -> Done<()> {
        let Some(row) = self.find_row(subject)? else {
            return Ok(());
        };
        let groups = self.all(sql::PERSON_GROUPS, &[&row], |columns| columns.get(1))?;
        self.drop_groups(row, groups)?;
        self.run(sql::PERSON_DROP, &[&row])?;
        self.forget(row)
    }

    /// Removes what the job decided about a subject that is not here any more.
    fn forget(&self, row: i64) -> Done<()> {
        self.run(sql::DECISION_DROP, &[&row])?;
        self.run(sql::CONCERN_DROP, &[&row])?;
        self.run(sql::WAIT_DROP, &[&row])?;
        self.run(sql::RULING_DROP, &[&row])?;
        self.run(sql::SUBJECT_HERE, &[&row, &false])?;
        Ok(())
    }

    pub(super) fn put_shadow(&self, shadow: &Shadow) -> Done<()> {
        let row = self.row(&shadow.subject)?;
        let base = &shadow.base;
        self.run(
            sql::SHADOW_SET,
            &[
                &row,
                &shadow.subject.integration.as_str(),
                &shadow.subject.id.as_str(),
                &shadow.app_ref.as_str(),
                &base.active,
                &base.email.as_deref().map(name_key),
                &base.login.as_deref().map(name_key),
                &shadow.via.as_ref().map(ResourceId::as_str),
                &name_key(&shadow.user_name),
                &shadow.external_id,
                &shadow.gone_at.map(Timestamp::as_millis),
                &Json(shadow),
                &shadow.managed,
            ],
        )?;
        self.clear_shadow(row)?;
        self.put_drift(row, shadow)?;
        for former in &shadow.former_logins {
            let (key, until) = (name_key(&former.login), former.until.as_millis());
            self.run(sql::FORMER_ADD, &[&row, &key, &until])?;
        }
        for group in base.access_groups.iter().filter(|_| base.active) {
            self.run(sql::OCCUPANT_ADD, &[&group.as_str(), &row])?;
        }
        Ok(())
    }

    pub(super) fn forget_shadow(&self, subject: &Subject) -> Done<()> {
        let Some(row) = self.find_row(subject)? else {
            return Ok(());
        };
        self.run(sql::SHADOW_DROP, &[&row])?;
        let (integration, id) = (subject.integration.as_str(), subject.id.as_str());
        self.run(sql::DRIFTED_DROP, &[&integration, &id])?;
        self.clear_shadow(row)
    }

    /// Removes what is listed of an account beside its row.
    fn clear_shadow(&self, row: i64) -> Done<()> {
        self.run(sql::FORMER_DROP, &[&row])?;
        self.run(sql::OCCUPANT_DROP, &[&row])?;
        Ok(())
    }

    fn put_binding(&self, binding: &GroupShadow) -> Done<()> {
        let Subject {
            integration, id, ..
        } = &binding.subject;
        let (integration, id) = (integration.as_str(), id.as_str());
        let group = binding.group_ref.as_str();
        self.run(
            sql::BINDING_SET,
            &[&integration, &id, &group, &Json(binding)],
        )?;
        Ok(())
    }

    /// Moves what hangs on a deleted group to the one it came back as, and forgets the rest of it (E-11).
    fn rebind(&self, from: &Subject, to: &ResourceId, at: Timestamp) -> Done<()> {
        let (integration, id) = (from.integration.as_str(), from.id.as_str());
        self.run(sql::SOURCE_DROP, &[&integration, &id])?;
        if let Some(row) = self.find_row(from)? {
            self.run(sql::DUE_FORGET, &[&row])?;
            self.forget(row)?;
        }
        self.run(sql::DUE_VIA, &[&at.as_millis(), &integration, &id])?;
        for shadow in self.jsons::<Shadow>(sql::SHADOWS_VIA, &[&integration, &id])? {
            self.put_shadow(&Shadow {
                via: Some(to.clone()),
                ..shadow
            })?;
        }
        if let Some(binding) = self.binding(from)? {
            self.run(sql::BINDING_DROP, &[&integration, &id])?;
            let subject = Subject::group(&from.integration, to);
            self.put_binding(&GroupShadow { subject, ..binding })?;
        }
        let selected = self.json::<Selection>(sql::SELECTION, &[&integration, &id])?;
        if let Some(selection) = selected {
            self.run(sql::SELECTION_DROP, &[&integration, &id])?;
            self.put_selection(&Selection {
                group: to.clone(),
                ..selection
            })?;
            self.run(sql::VERSION_NEXT, &[])?;
        }
        Ok(())
    }

    fn put_decision(&self, row: i64, decision: &Decision) -> Done<()> {
        let Decision { item, waiting, .. } = decision;
        let subject = &item.subject;
        self.run(
            sql::DECISION_SET,
            &[
                &row,
                &Word(subject.kind),
                &subject.integration.as_str(),
                &subject.id.as_str(),
                &Word(item.state),
                waiting,
                &Removal::braked(item, decision.at).is_some(),
                &Json(decision),
            ],
        )?;
        self.put_concern(row, decision)?;
        self.run(sql::WAIT_DROP, &[&row])?;
        for key in &item.waits {
            self.run(sql::WAIT_ADD, &[&wait_key(key), &row])?;
        }
        Ok(())
    }
}
