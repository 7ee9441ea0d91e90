//! Checks that look at one item at a time.

use super::{Holds, Scope, granting, hold};
use crate::{AccessGroupId, Code, Context, Freeze, Gate, Item, name_key};

/// Holds what was frozen.
pub(super) fn frozen(scope: Scope<'_>, items: &[&Item]) -> Holds {
    let freeze = scope.context.policy.guards.freeze;
    let is_frozen = |item: &&&Item| match freeze {
        Freeze::None => false,
        Freeze::Removals => item.takes_access(),
        Freeze::All => true,
    };
    let held = items.iter().filter(is_frozen);
    held.map(|item| hold(item, Code::HeldFrozen, "")).collect()
}

/// Holds removals of protected accounts (E-24).
pub(super) fn protected(scope: Scope<'_>, items: &[&Item]) -> Holds {
    let listed = &scope.context.policy.guards.protected;
    let keys: Vec<String> = listed.iter().map(|entry| name_key(entry)).collect();
    let is_listed = |item: &Item| {
        let app_ref = item
            .app_ref
            .as_ref()
            .map(|app_ref| app_ref.as_str().to_owned());
        let profile = item.account.iter();
        let names = profile
            .flat_map(|profile| [&profile.email, &profile.login])
            .flatten();
        let by_name = names
            .map(|name| name_key(name))
            .any(|name| keys.contains(&name));
        by_name || app_ref.is_some_and(|app_ref| listed.contains(&app_ref))
    };
    let held = items
        .iter()
        .filter(|item| item.takes_access() && is_listed(item));
    held.map(|item| hold(item, Code::HeldProtected, ""))
        .collect()
}

/// Holds addresses outside the tenant's own domains (E-09).
pub(super) fn foreign(scope: Scope<'_>, items: &[&Item]) -> Holds {
    let domains = &scope.context.policy.guards.domains;
    let is_own = |domain: &str| {
        domains
            .iter()
            .any(|own| own.trim().eq_ignore_ascii_case(domain))
    };
    let stranger = |item: &&&Item| {
        let address = item.to.get("email").and_then(serde_json::Value::as_str)?;
        let (_, domain) = address.rsplit_once('@')?;
        (!domains.is_empty() && !is_own(domain)).then(|| hold(item, Code::HeldDomain, domain))
    };
    items.iter().filter_map(|item| stranger(&item)).collect()
}

/// Holds whoever is the first to come into a privileged access group through a group; those who
/// follow go on.
pub(super) fn gains(scope: Scope<'_>, items: &[&Item]) -> Holds {
    if scope.context.policy.guards.privilege_gain == Gate::Apply {
        return Holds::new();
    }
    let privileged = privileged(scope.context);
    let is_entered = |item: &Item, group: &AccessGroupId| {
        let via = granting(item);
        let holdings = scope.counts.holdings.iter();
        holdings
            .filter(|holding| holding.access_group == *group && holding.active > 0)
            .any(|holding| via.is_some() && holding.via == via)
    };
    let gained = |item: &&&Item| {
        let before = item.groups_before();
        let fresh = |group: &AccessGroupId| {
            privileged.contains(group) && !before.contains(group) && !is_entered(item, group)
        };
        let group = item.groups_after().into_iter().find(fresh)?;
        Some(hold(item, Code::HeldPrivilege, name(scope.context, &group)))
    };
    items.iter().filter_map(|item| gained(&item)).collect()
}

/// Lists the access groups that hold administrators' rights.
pub(in crate::plan) fn privileged(context: &Context) -> Vec<AccessGroupId> {
    let groups = context
        .access_groups
        .iter()
        .filter(|group| group.privileged);
    let roles = context
        .capabilities
        .catalogue()
        .iter()
        .filter(|role| role.privileged);
    let mut all: Vec<_> = groups
        .map(|group| group.group_ref.clone())
        .chain(roles.map(|role| role.id.clone()))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns the name people know an access group by.
pub(super) fn name(context: &Context, group: &AccessGroupId) -> String {
    let known = context
        .access_groups
        .iter()
        .find(|known| known.group_ref == *group);
    known.map_or_else(|| group.to_string(), |known| known.name.clone())
}
