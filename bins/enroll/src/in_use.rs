//! The application that `dev --in-use` shows: one user and three access groups, made by hand (S-33).

use enroll::{
    TenantHandle,
    sync::{
        AccessGroup, AccessGroupId, Account, AccountFilter, AccountId, GroupState, Origin, Profile,
    },
};

use crate::report::Failure;

/// Name and whether it holds administrators' rights.
const GROUPS: [(&str, bool); 3] = [
    ("Administrators", true),
    ("Hiring managers", false),
    ("Interviewers", false),
];

/// Puts them there, unless the application holds something already.
pub(crate) async fn seed(tenant: &TenantHandle) -> Result<(), Failure> {
    let one = AccountFilter {
        most: 1,
        ..AccountFilter::default()
    };
    if !tenant.access_groups().await?.is_empty() || !tenant.accounts(one).await?.is_empty() {
        return Ok(());
    }
    let groups: Vec<AccessGroup> = GROUPS
        .into_iter()
        .map(|(name, privileged)| group(name, privileged))
        .collect();
    let owner = Account {
        app_ref: AccountId::new("u_owner"),
        profile: Profile {
            email: Some("owner@demo.example".to_owned()),
            first_name: Some("Olga".to_owned()),
            last_name: Some("Owner".to_owned()),
            active: true,
            access_groups: groups
                .first()
                .map(|group| group.group_ref.clone())
                .into_iter()
                .collect(),
            ..Profile::default()
        },
    };
    Ok(tenant.seed(vec![owner], groups).await?)
}

fn group(name: &str, privileged: bool) -> AccessGroup {
    AccessGroup {
        group_ref: AccessGroupId::new(name.to_ascii_lowercase().replace(' ', "-")),
        name: name.to_owned(),
        origin: Origin::App,
        state: GroupState::Ready,
        privileged,
    }
}
