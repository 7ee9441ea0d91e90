//! What should be: a pure function of the directory, the selections and the policy.

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, fold};
use enroll_store::DirectoryId;

use crate::{AccessGroupId, Context, GroupShadow, Kind, Person, Selection, SourceGroup, Subject};

/// What should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// People, by subject.
    pub people: Vec<WantedPerson>,
    /// Groups, by subject.
    pub groups: Vec<WantedGroup>,
}

/// What one person should have.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedPerson {
    /// The person.
    pub person: Person,
    /// The access.
    pub access: Access,
    /// Internal or external.
    pub kind: Kind,
    /// Which rule said so, when it is external (S-12).
    pub kind_because: Option<String>,
}

/// Whether and through which group a person may enter (S-03).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Active and in a selected group.
    Granted(Grant),
    /// Only in selected groups for which nobody chose a role (S-35b).
    NeedsTarget(Vec<String>),
    /// The deciding selection is paused (E-04).
    Paused(String),
    /// In no selected group; the names of those the person is in (E-03).
    NoGroup(Vec<String>),
    /// The provider says not active.
    Inactive,
    /// The provider deleted the person.
    Gone,
}

/// The group that grants access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The provider's group.
    pub via: ResourceId,
    /// Its name.
    pub name: String,
    /// The access group; `None` while it is being made.
    pub access_group: Option<AccessGroupId>,
    /// Names of all selected groups the person is in, the winner first (E-01).
    pub candidates: Vec<String>,
}

/// What one group should have.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedGroup {
    /// The group.
    pub source: SourceGroup,
    /// How it is selected, if it is.
    pub selection: Option<Selection>,
    /// The access group made or taken for it before.
    pub binding: Option<GroupShadow>,
    /// Whether another group of the provider has the same name (E-30).
    pub name_repeats: bool,
}

/// Returns what the people and groups of a tenant should have, in order of their subjects.
///
/// `people` and `groups` name those to be decided now; who decides is the whole of `context`.
pub fn desired(people: &[Person], groups: &[SourceGroup], context: &Context) -> Desired {
    let view = View::new(context);
    let mut wanted: Vec<_> = people.iter().map(|person| view.person(person)).collect();
    wanted.sort_by_cached_key(|wanted| wanted.person.subject());
    let mut groups: Vec<_> = groups.iter().map(|group| view.group(group)).collect();
    groups.sort_by_cached_key(|wanted| wanted.source.subject());
    Desired {
        people: wanted,
        groups,
    }
}

/// What a selection feeds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// This access group.
    There(AccessGroupId),
    /// One that the job is about to make.
    InMaking,
    /// Nothing: the catalogue is fixed and nobody chose.
    NotChosen,
}

/// The context, indexed.
struct View<'a> {
    context: &'a Context,
    sources: BTreeMap<(&'a DirectoryId, &'a ResourceId), &'a SourceGroup>,
    selections: BTreeMap<(&'a DirectoryId, &'a ResourceId), &'a Selection>,
    bindings: BTreeMap<&'a Subject, &'a GroupShadow>,
    names: BTreeMap<(&'a DirectoryId, String), usize>,
    external: Vec<String>,
}

impl<'a> View<'a> {
    fn new(context: &'a Context) -> Self {
        let sources = context
            .groups
            .iter()
            .map(|group| ((&group.integration, &group.id), group));
        let selections = context
            .selections
            .iter()
            .map(|s| ((&s.integration, &s.group), s));
        let types = context.policy.external_user_types.iter();
        let mut names = BTreeMap::new();
        for group in context.groups.iter().filter(|group| !group.gone) {
            *names.entry(name_of(group)).or_insert(0) += 1;
        }
        Self {
            context,
            sources: sources.collect(),
            selections: selections.collect(),
            bindings: context
                .bindings
                .iter()
                .map(|shadow| (&shadow.subject, shadow))
                .collect(),
            names,
            external: types.map(|name| fold::caseless(name.trim())).collect(),
        }
    }

    fn person(&self, person: &Person) -> WantedPerson {
        let candidates = self.candidates(person);
        let access = if person.gone_at.is_some() {
            Access::Gone
        } else if person.active {
            self.access(person, &candidates)
        } else {
            Access::Inactive
        };
        let (kind, kind_because) = self.kind(person, candidates.first().copied());
        WantedPerson {
            person: person.clone(),
            access,
            kind,
            kind_because,
        }
    }

    /// Returns the selections of a person's groups, the winner first (E-01).
    fn candidates(&self, person: &Person) -> Vec<&'a Selection> {
        let selected = |group| self.selections.get(&(&person.integration, group)).copied();
        let alive =
            |selection: &&Selection| !self.is_gone(&selection.integration, &selection.group);
        let mut found: Vec<_> = person
            .groups
            .iter()
            .filter_map(selected)
            .filter(alive)
            .collect();
        found.sort_by_key(|selection| {
            (
                self.target(selection) == Target::NotChosen,
                selection.order(),
            )
        });
        found
    }

    fn access(&self, person: &Person, candidates: &[&Selection]) -> Access {
        let names = || {
            candidates
                .iter()
                .map(|s| self.name(&s.integration, &s.group))
                .collect()
        };
        let Some(first) = candidates.first() else {
            let name = |group| self.name(&person.integration, group);
            return Access::NoGroup(person.groups.iter().map(name).collect());
        };
        let name = self.name(&first.integration, &first.group);
        if first.paused {
            return Access::Paused(name);
        }
        let access_group = match self.target(first) {
            Target::NotChosen => return Access::NeedsTarget(names()),
            Target::InMaking => None,
            Target::There(group) => Some(group),
        };
        let via = first.group.clone();
        Access::Granted(Grant {
            via,
            name,
            access_group,
            candidates: names(),
        })
    }

    /// Returns what a selection feeds: what somebody chose, else what the job made, where it may
    /// make one (S-35b).
    fn target(&self, selection: &Selection) -> Target {
        let roles = self.context.capabilities.catalogue();
        let fixed = self.context.capabilities.is_fixed();
        match &selection.access_group {
            Some(chosen) if !fixed || roles.iter().any(|role| role.id == *chosen) => {
                Target::There(chosen.clone())
            }
            _ if fixed => Target::NotChosen,
            _ => {
                let subject = Subject::group(&selection.integration, &selection.group);
                let bound = self.bindings.get(&subject);
                let bound = bound.filter(|shadow| shadow.made && !shadow.archived);
                bound.map_or(Target::InMaking, |bound| {
                    Target::There(bound.group_ref.clone())
                })
            }
        }
    }

    /// Returns what a person is, and the rule that said so; the first hit wins (S-12).
    fn kind(&self, person: &Person, winner: Option<&Selection>) -> (Kind, Option<String>) {
        if let Some(selection) = winner.filter(|selection| selection.kind == Kind::External) {
            let name = self.name(&selection.integration, &selection.group);
            return (
                Kind::External,
                Some(format!("group \"{name}\" is selected as external")),
            );
        }
        let said = person
            .user_type
            .as_deref()
            .map(|said| fold::caseless(said.trim()));
        match said.filter(|said| self.external.contains(said)) {
            Some(said) => (Kind::External, Some(format!("userType is \"{said}\""))),
            None => (Kind::Internal, None),
        }
    }

    fn group(&self, source: &SourceGroup) -> WantedGroup {
        let selection = self.selections.get(&(&source.integration, &source.id));
        WantedGroup {
            source: source.clone(),
            selection: selection.copied().cloned(),
            binding: self.bindings.get(&source.subject()).copied().cloned(),
            name_repeats: !source.gone
                && self
                    .names
                    .get(&name_of(source))
                    .is_some_and(|count| *count > 1),
        }
    }

    fn is_gone(&self, integration: &DirectoryId, group: &ResourceId) -> bool {
        self.sources
            .get(&(integration, group))
            .is_some_and(|source| source.gone)
    }

    fn name(&self, integration: &DirectoryId, group: &ResourceId) -> String {
        let source = self.sources.get(&(integration, group));
        source.map_or_else(|| group.to_string(), |source| source.display_name.clone())
    }
}

/// A group's name as names are compared, within its integration.
fn name_of(group: &SourceGroup) -> (&DirectoryId, String) {
    (
        &group.integration,
        fold::caseless(group.display_name.trim()),
    )
}

impl Selection {
    /// Returns the place among the selections of one integration: by hand first, then name,
    /// externalId and id (E-01).
    pub fn order(&self) -> (u32, &(String, String), &ResourceId) {
        (self.priority.unwrap_or(u32::MAX), &self.rank, &self.group)
    }
}

impl SourceGroup {
    /// Names the group among subjects.
    pub fn subject(&self) -> Subject {
        Subject::group(&self.integration, &self.id)
    }
}
