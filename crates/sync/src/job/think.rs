//! Reading everything a plan needs, then planning.

use std::collections::{BTreeMap, BTreeSet};

use enroll_schema::{Document, ResourceId, Timestamp, fold};
use enroll_store::{
    Directories, DirectoryId, LinkKey, Links, Record, Store, Target, TenantId, Want,
};

use crate::{
    AccessGroupId, Accounts, Code, Context, Current, Desk, Due, Effect, Exception, Guarding, Kind,
    Known, Ledger, Mapping, Person, Plan, Reason, Ruling, Selection, SourceGroup, Subject,
    SubjectKind, SyncError, brake_query, desired, guard, mute, name_key, plan,
};

/// Most groups of one person that are read with the person; more are paged.
const GROUPS_MAX: u32 = 1_000;

/// What a plan was made from, and the plan.
#[derive(Debug)]
pub(crate) struct Thought {
    pub(crate) context: Context,
    pub(crate) known: BTreeMap<Subject, Known>,
    /// Fresh readings of people, by subject; those who are not here any more are gone.
    pub(crate) people: BTreeMap<Subject, Person>,
    /// Fresh readings of groups, by subject.
    pub(crate) sources: BTreeMap<Subject, SourceGroup>,
    /// Groups whose reading differs from what was written down.
    pub(crate) news: BTreeSet<Subject>,
    /// Selections that make themselves, or move, with the groups whose members must be planned
    /// again.
    pub(crate) selected: Vec<(Subject, Effect)>,
    pub(crate) plan: Plan,
}

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Reads the subjects afresh and plans them.
    pub(crate) async fn think(
        &self,
        tenant: &TenantId,
        dues: &[Due],
        now: Timestamp,
    ) -> Result<Thought, SyncError> {
        let mut context = self.ledger.context(tenant).await?;
        let subjects: Vec<_> = dues.iter().map(|due| due.subject.clone()).collect();
        let known = self.ledger.known(tenant, subjects).await?;
        let known: BTreeMap<_, _> = known
            .into_iter()
            .map(|known| (known.subject.clone(), known))
            .collect();
        let (people, sources) = self.read(&context, &known, now).await?;
        let news = news(&context, &sources);
        let selected = take_up(&mut context, &sources);
        let mut current = self.current(tenant, &context, &known, &people).await?;
        current.causes = dues
            .iter()
            .map(|due| (due.subject.clone(), due.cause.clone()))
            .collect();
        let wanted = desired(&values(&people), &values(&sources), &context);
        let plan = plan(&wanted, &current, &context, now);
        let mut plan = self.guarded(plan, &known, &context, now).await?;
        for item in &mut plan.items {
            let rebound = |(of, effect): &(Subject, Effect)| {
                *of == item.subject && matches!(effect, Effect::Rebound { .. })
            };
            if selected.iter().any(rebound) {
                item.reasons.push(Reason::plain(Code::Rebound));
            }
            mute::undo(item);
        }
        Ok(Thought {
            context,
            known,
            people,
            sources,
            news,
            selected,
            plan,
        })
    }

    /// Applies the brakes, with what the ledger counts and what people said.
    async fn guarded(
        &self,
        plan: Plan,
        known: &BTreeMap<Subject, Known>,
        context: &Context,
        now: Timestamp,
    ) -> Result<Plan, SyncError> {
        let verdicts = known
            .iter()
            .filter_map(|(subject, known)| Some((subject.clone(), known.ruling.verdict.clone()?)));
        let counts = match brake_query(&plan.items, context, now) {
            Some(query) => self.ledger.guarding(&context.tenant, query).await?,
            None => Guarding::default(),
        };
        Ok(guard(plan, &counts, &verdicts.collect(), context, now))
    }

    /// Reads people and groups as their directories have them now.
    async fn read(
        &self,
        context: &Context,
        known: &BTreeMap<Subject, Known>,
        now: Timestamp,
    ) -> Result<(BTreeMap<Subject, Person>, BTreeMap<Subject, SourceGroup>), SyncError> {
        let mapping = Mapping::lenient(&context.policy, &self.kinds.user);
        let mut stores: BTreeMap<&DirectoryId, D::Store> = BTreeMap::new();
        let (mut people, mut sources) = (BTreeMap::new(), BTreeMap::new());
        for (subject, known) in known {
            if !stores.contains_key(&subject.integration) {
                let store = self.directories.open(&subject.integration).await?;
                stores.insert(&subject.integration, store);
            }
            let Some(store) = stores.get(&subject.integration) else {
                continue;
            };
            match subject.kind {
                SubjectKind::Person => {
                    let read = self
                        .read_person(store, subject, known, &mapping, now)
                        .await?;
                    people.extend(read.map(|person| (subject.clone(), person)));
                }
                SubjectKind::Group => {
                    let read = self.read_group(store, subject, context).await?;
                    sources.extend(read.map(|group| (subject.clone(), group)));
                }
            }
        }
        Ok((people, sources))
    }

    async fn read_person(
        &self,
        store: &D::Store,
        subject: &Subject,
        known: &Known,
        mapping: &Mapping,
        now: Timestamp,
    ) -> Result<Option<Person>, SyncError> {
        let target = Target {
            kind: self.kinds.user.clone(),
            id: subject.id.clone(),
        };
        let Some(record) = store.get(target, Want::UpTo(GROUPS_MAX)).await? else {
            return Ok(known.person.clone().map(|person| person.gone(now)));
        };
        let groups = self.groups_of(store, &record).await?;
        match Person::read(&record, groups, &subject.integration, mapping) {
            Ok(person) => Ok(Some(person)),
            Err(error) => {
                // One damaged document must not stop everybody else.
                tracing::error!(%subject, %error, "a person cannot be read");
                Ok(known.person.clone())
            }
        }
    }

    /// Lists the groups somebody is a direct member of (E-31).
    async fn groups_of(
        &self,
        store: &D::Store,
        record: &Record,
    ) -> Result<Vec<ResourceId>, SyncError> {
        let direct = |links: Vec<enroll_store::Link>| {
            links
                .into_iter()
                .filter(|link| link.direct)
                .map(|link| link.id)
        };
        match &record.links {
            Links::Omitted => Ok(Vec::new()),
            Links::All(links) => Ok(direct(links.clone()).collect()),
            Links::More(_) => {
                let target = Target {
                    kind: record.kind.clone(),
                    id: record.id.clone(),
                };
                let mut found = Vec::new();
                let mut after = LinkKey::default();
                loop {
                    let page = store.links(target.clone(), after, GROUPS_MAX).await?;
                    found.extend(direct(page.links));
                    match page.next {
                        Some(next) => after = next,
                        None => return Ok(found),
                    }
                }
            }
        }
    }

    async fn read_group(
        &self,
        store: &D::Store,
        subject: &Subject,
        context: &Context,
    ) -> Result<Option<SourceGroup>, SyncError> {
        let target = Target {
            kind: self.kinds.group.clone(),
            id: subject.id.clone(),
        };
        let before = || {
            context
                .groups
                .iter()
                .find(|group| group.subject() == *subject)
                .cloned()
        };
        let Some(record) = store.get(target, Want::Omit).await? else {
            return Ok(before().map(|group| SourceGroup {
                gone: true,
                ..group
            }));
        };
        match source(&subject.integration, &record) {
            Ok(group) => Ok(Some(group)),
            Err(error) => {
                tracing::error!(%subject, %error, "a group cannot be read");
                Ok(before())
            }
        }
    }

    /// Reads what is, as far as these people are concerned.
    async fn current(
        &self,
        tenant: &TenantId,
        context: &Context,
        known: &BTreeMap<Subject, Known>,
        people: &BTreeMap<Subject, Person>,
    ) -> Result<Current, SyncError> {
        let shadows: BTreeMap<_, _> = known
            .iter()
            .filter_map(|(subject, known)| Some((subject.clone(), known.shadow.clone()?)))
            .collect();
        let heirs = self.heirs(tenant, people, &shadows).await?;
        let names = people.values().flat_map(|person| {
            let login = Some(&person.user_name).filter(|_| context.policy.upn_login);
            person.email.iter().chain(login).map(|name| name_key(name))
        });
        let alone = people.iter().filter(|(subject, person)| {
            person.gone_at.is_none() && !shadows.contains_key(*subject)
        });
        // Whoever has no account may be one that is there already (E-16).
        let alone = alone.flat_map(|(_, person)| {
            let external = person.external_id.iter().cloned();
            external.chain([name_key(&person.user_name)])
        });
        let names: BTreeSet<String> = names.chain(alone).collect();
        let holders = self
            .ledger
            .holders(tenant, names.into_iter().collect())
            .await?;
        let named = people.values().flat_map(|person| {
            let ids = person
                .references
                .values()
                .filter_map(|id| ResourceId::new(id).ok());
            ids.map(|id| Subject::person(&person.integration, &id))
        });
        let named: BTreeSet<Subject> = named.collect();
        let named = self
            .ledger
            .known(tenant, named.into_iter().collect())
            .await?;
        let refs = named
            .into_iter()
            .filter_map(|known| Some((known.subject, known.shadow?.app_ref)));
        let bound: Vec<AccessGroupId> = context
            .bindings
            .iter()
            .filter(|binding| known.contains_key(&binding.subject))
            .map(|binding| binding.group_ref.clone())
            .collect();
        let occupied = if bound.is_empty() {
            Vec::new()
        } else {
            self.ledger.occupied(tenant, bound).await?
        };
        let last = known
            .iter()
            .filter_map(|(subject, known)| Some((subject.clone(), known.decision.clone()?)));
        let mut current = Current {
            heirs,
            holders,
            refs: refs.collect(),
            occupied: occupied.into_iter().collect(),
            last: last.collect(),
            exceptions: exceptions(known),
            rulings: rulings(known),
            seen: BTreeMap::new(),
            shadows,
            causes: BTreeMap::new(),
        };
        let asked = current.asked_for();
        if !asked.is_empty() {
            let seen = self.ledger.seen(tenant, asked).await?;
            let seen = seen.into_iter().map(|one| (one.app_ref.clone(), one));
            current.seen = seen.collect();
        }
        Ok(current)
    }

    /// Reads the accounts of deleted people that those without an account may take over (E-27).
    async fn heirs(
        &self,
        tenant: &TenantId,
        people: &BTreeMap<Subject, Person>,
        shadows: &BTreeMap<Subject, crate::Shadow>,
    ) -> Result<Vec<crate::Shadow>, SyncError> {
        let mut asked: BTreeMap<&DirectoryId, (Vec<String>, Vec<String>)> = BTreeMap::new();
        let here = people.iter().filter(|(_, person)| person.gone_at.is_none());
        for (_, person) in here.filter(|(subject, _)| !shadows.contains_key(*subject)) {
            let (external, names) = asked.entry(&person.integration).or_default();
            external.extend(person.external_id.clone());
            names.push(name_key(&person.user_name));
        }
        let mut found = Vec::new();
        for (integration, (external, names)) in asked {
            found.extend(
                self.ledger
                    .heirs(tenant, integration, external, names)
                    .await?,
            );
        }
        Ok(found)
    }
}

/// Reads a Group.
pub(crate) fn source(
    integration: &DirectoryId,
    record: &Record,
) -> enroll_schema::Result<SourceGroup> {
    let document = Document::from_bytes(&record.document)?.into_map();
    let text = |name: &str| document.get(name).and_then(|value| value.as_str());
    Ok(SourceGroup {
        integration: integration.clone(),
        id: record.id.clone(),
        external_id: text("externalId").map(str::to_owned),
        display_name: text("displayName").unwrap_or_default().to_owned(),
        gone: false,
    })
}

fn rulings(known: &BTreeMap<Subject, Known>) -> BTreeMap<Subject, Ruling> {
    let said = known.iter().filter(|(_, known)| !known.ruling.is_empty());
    said.map(|(subject, known)| (subject.clone(), known.ruling.clone()))
        .collect()
}

fn exceptions(known: &BTreeMap<Subject, Known>) -> BTreeMap<Subject, Exception> {
    let kept = |(subject, known): (&Subject, &Known)| {
        Some((subject.clone(), known.ruling.exception.clone()?))
    };
    known.iter().filter_map(kept).collect()
}

fn news(context: &Context, sources: &BTreeMap<Subject, SourceGroup>) -> BTreeSet<Subject> {
    let known: BTreeSet<_> = context
        .groups
        .iter()
        .map(|group| (group.subject(), group))
        .collect();
    let fresh = |(subject, source): &(&Subject, &SourceGroup)| {
        !known.contains(&((*subject).clone(), *source))
    };
    sources
        .iter()
        .filter(fresh)
        .map(|(subject, _)| subject.clone())
        .collect()
}

/// Puts fresh groups into the context, and selects those that select themselves (S-36) or come back
/// (E-11).
fn take_up(
    context: &mut Context,
    sources: &BTreeMap<Subject, SourceGroup>,
) -> Vec<(Subject, Effect)> {
    let mut selected = Vec::new();
    for (subject, source) in sources {
        let known = context
            .groups
            .iter_mut()
            .find(|group| group.subject() == *subject);
        let is_new = known.is_none();
        match known {
            Some(known) => known.clone_from(source),
            None => context.groups.push(source.clone()),
        }
        if !is_new || source.gone {
            continue;
        }
        if let Some(from) = came_back(context, source) {
            rebind(context, &from, source);
            selected.push((
                subject.clone(),
                Effect::Rebound {
                    from,
                    to: source.id.clone(),
                },
            ));
        } else if context.policy.select_new_groups {
            let selection = Selection {
                integration: source.integration.clone(),
                group: source.id.clone(),
                access_group: None,
                kind: Kind::Internal,
                priority: None,
                rank: rank(source),
                sync_name: None,
                paused: false,
            };
            context.selections.push(selection.clone());
            selected.push((subject.clone(), Effect::Select(selection)));
        }
    }
    context.groups.sort_by_cached_key(SourceGroup::subject);
    selected
}

/// The order among groups that were selected by themselves (E-01).
pub(crate) fn rank(source: &SourceGroup) -> (String, String) {
    (
        fold::caseless(source.display_name.trim()),
        source.external_id.clone().unwrap_or_default(),
    )
}

/// Finds the deleted, selected group of which `source` is the return: the same externalId (E-11).
fn came_back(context: &Context, source: &SourceGroup) -> Option<Subject> {
    let external = source.external_id.as_ref()?;
    let deleted = context.groups.iter().filter(|group| {
        group.gone
            && group.integration == source.integration
            && group.external_id.as_ref() == Some(external)
    });
    let selected = |group: &&SourceGroup| {
        let of = |s: &Selection| s.integration == group.integration && s.group == group.id;
        let archived = context
            .bindings
            .iter()
            .any(|b| b.subject == group.subject() && b.archived);
        context.selections.iter().any(of) && !archived
    };
    deleted.into_iter().find(selected).map(SourceGroup::subject)
}

fn rebind(context: &mut Context, from: &Subject, to: &SourceGroup) {
    for selection in &mut context.selections {
        if selection.integration == from.integration && selection.group == from.id {
            selection.group = to.id.clone();
        }
    }
    for binding in &mut context.bindings {
        if binding.subject == *from {
            binding.subject = to.subject();
        }
    }
}

fn values<T: Clone>(map: &BTreeMap<Subject, T>) -> Vec<T> {
    map.values().cloned().collect()
}
