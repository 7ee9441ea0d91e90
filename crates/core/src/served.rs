//! What the core works out once about each resource type.

use enroll_quirks::Policy;
use enroll_schema::{
    AttrId, Kind, Mutability, Relation, ResourceType, Returned, Schemas, Uniqueness, urns,
};

use crate::project::Shape;

/// A resource type with everything that can be known before a request.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) kind: ResourceType,
    /// The attribute whose values are rows, and which rows.
    pub(crate) relation: Option<(Relation, AttrId)>,
    /// `active`: a POST that omits it means `true`, a PUT keeps what is there (decision 28).
    pub(crate) active: Option<AttrId>,
    /// Attributes that are written once.
    pub(crate) immutable: Vec<AttrId>,
    /// Attributes that are returned only on request.
    pub(crate) on_request: Vec<AttrId>,
    /// What an answer holds when nothing is asked.
    pub(crate) usual: Shape,
    unique: Vec<AttrId>,
    group_name: Option<AttrId>,
}

impl Served {
    pub(crate) fn all(schemas: &Schemas) -> Vec<Self> {
        schemas.types().iter().map(Self::new).collect()
    }

    fn new(kind: &ResourceType) -> Self {
        let own = |id: &AttrId| kind.parent(*id).is_none();
        let with = |test: fn(&enroll_schema::Attribute) -> bool| {
            let fits = |id: &AttrId| kind.attribute(*id).is_some_and(test);
            kind.ids().filter(fits).collect::<Vec<_>>()
        };
        let relation = [Relation::Members, Relation::Groups]
            .into_iter()
            .find_map(|relation| kind.related(relation).map(|id| (relation, id)));
        let active = kind.find(None, "active");
        let is_flag = |id: &AttrId| kind.attribute(*id).is_some_and(|a| a.kind == Kind::Boolean);
        let immutable = with(|a| a.mutability == Mutability::Immutable && a.relation.is_none());
        let unique =
            with(|a| a.uniqueness != Uniqueness::None && a.mutability != Mutability::ReadOnly);
        Self {
            relation,
            active: active.filter(is_flag),
            immutable: immutable.into_iter().filter(own).collect(),
            on_request: with(|a| a.returned == Returned::Request),
            usual: Shape::usual(kind),
            unique,
            group_name: kind
                .find(None, "displayName")
                .filter(|_| kind.schema().is(urns::GROUP)),
            kind: kind.clone(),
        }
    }

    /// Returns the first segment of its paths, for instance `Users`.
    pub(crate) fn segment(&self) -> &str {
        self.kind.endpoint().trim_start_matches('/')
    }

    /// Returns the name of [`Served::active`] in a document.
    pub(crate) fn active_name(&self) -> Option<String> {
        let attribute = self.active.and_then(|id| self.kind.attribute(id));
        attribute.map(|attribute| attribute.name.as_str().to_owned())
    }

    /// Tells whether clients write links of it, so that its bodies may be large.
    pub(crate) fn has_members(&self) -> bool {
        self.relation
            .is_some_and(|(relation, _)| relation == Relation::Members)
    }

    /// Returns the attributes whose values no other resource may have (E-30 for group names).
    pub(crate) fn unique(&self, policy: &Policy) -> Vec<AttrId> {
        let name = self.group_name.filter(|_| policy.unique_group_names);
        self.unique.iter().copied().chain(name).collect()
    }
}
