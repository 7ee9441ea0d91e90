//! What every keeper of tenants, tokens and keys must do.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a suite fails loudly"
)]

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};
use enroll_tenants::{
    Gate, Integration, KEYS_LIVE_MAX, Key, Learned, Scope, Scopes, Secret, SecretKind, Tenants,
    TenantsError, Token,
};

/// Makes one `#[tokio::test]` of each case of the tenants suite; `$make` gives empty rows.
#[macro_export]
macro_rules! tenants_suite {
    ($make:expr) => {
        $crate::tenants_suite! { @each $make;
            b5_a_token_opens_its_own_directory_only
            p20_a_revoked_token_is_refused_on_the_next_request
            an_expired_token_is_refused_even_from_memory
            a_renewed_token_opens_again
            s46_the_first_request_shows_on_the_integration
            e21_at_most_five_live_tokens
            what_auto_learns_is_remembered_until_the_dialect_is_set
            refusals_name_what_is_wrong
            a_tenant_is_made_once_and_renamed
            b8_a_token_is_no_management_key
            a_key_keeps_its_name_scopes_and_tenant
            a_revoked_key_is_refused_on_the_next_request
            there_are_only_so_many_live_keys
        }
    };
    (@each $make:expr; $($case:ident)*) => {$(
        #[tokio::test]
        async fn $case() {
            $crate::tenants::$case($make).await;
        }
    )*};
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn secret(text: &str) -> Secret {
    Secret::given(text).unwrap()
}

async fn two_customers<T: Tenants>(tenants: T) -> T {
    for (tenant, integration) in [("acme", "int_a"), ("bolt", "int_b")] {
        let id = TenantId::new(tenant);
        tenants.put_tenant(&id, tenant, at(0)).await.unwrap();
        let row = Integration::new(DirectoryId::new(integration), id, tenant, "okta", at(0));
        tenants.add_integration(row).await.unwrap();
        let token = Token::new(
            &format!("tok_{tenant}"),
            &DirectoryId::new(integration),
            &secret(tenant),
            at(0),
        );
        tenants.add_token(token).await.unwrap();
    }
    tenants
}

/// A token opens its own directory and no other (threat B5).
///
/// # Panics
/// When it does not hold.
pub async fn b5_a_token_opens_its_own_directory_only<T: Tenants>(tenants: T) {
    let gate = Gate::new(two_customers(tenants).await);
    for (token, directory) in [
        ("acme", Some("int_a")),
        ("bolt", Some("int_b")),
        ("acm", None),
        ("", None),
        ("ACME", None),
    ] {
        let access = gate.admit(token, at(1)).await.unwrap();
        assert_eq!(
            access.as_ref().map(|a| a.directory.as_str()),
            directory,
            "{token:?}"
        );
        // The second time comes from memory and must say the same.
        assert_eq!(gate.admit(token, at(1)).await.unwrap(), access, "{token:?}");
    }
}

/// A revoked token is refused on the next request (promise P20).
///
/// # Panics
/// When it does not hold.
pub async fn p20_a_revoked_token_is_refused_on_the_next_request<T: Tenants>(tenants: T) {
    let gate = Gate::new(two_customers(tenants).await);
    assert!(gate.admit("acme", at(1)).await.unwrap().is_some());
    gate.tenants()
        .revoke_token("tok_acme", at(1))
        .await
        .unwrap();
    assert!(gate.admit("acme", at(1)).await.unwrap().is_none());
    assert!(gate.admit("bolt", at(1)).await.unwrap().is_some());
}

/// An expired token is refused, even one just seen.
///
/// # Panics
/// When it does not hold.
pub async fn an_expired_token_is_refused_even_from_memory<T: Tenants>(tenants: T) {
    let gate = Gate::new(two_customers(tenants).await);
    let year = 365 * 24 * 3_600;
    assert!(gate.admit("acme", at(year - 1)).await.unwrap().is_some());
    assert!(gate.admit("acme", at(year)).await.unwrap().is_none());
}

/// The first request shows on the integration (S-46).
///
/// # Panics
/// When it does not hold.
pub async fn s46_the_first_request_shows_on_the_integration<T: Tenants>(tenants: T) {
    let gate = Gate::new(two_customers(tenants).await);
    let seen = async || {
        gate.tenants()
            .integration(&DirectoryId::new("int_a"))
            .await
            .unwrap()
            .unwrap()
            .last_seen
    };
    assert_eq!(seen().await, None);
    gate.admit("acme", at(60)).await.unwrap();
    assert_eq!(seen().await, Some(at(60)));
    gate.admit("acme", at(61)).await.unwrap();
    assert_eq!(seen().await, Some(at(60)), "to the minute");
    gate.admit("acme", at(125)).await.unwrap();
    assert_eq!(seen().await, Some(at(125)));
}

/// A token that was revoked or has expired opens again once it is renewed, and only then.
///
/// # Panics
/// When it does not hold.
pub async fn a_renewed_token_opens_again<T: Tenants>(tenants: T) {
    let tenants = two_customers(tenants).await;
    let gate = Gate::new(tenants.clone());
    let admitted = async |second| gate.admit("acme", at(second)).await.unwrap().is_some();
    assert!(admitted(1).await);
    let row = tenants.tokens(&DirectoryId::new("int_a")).await.unwrap();
    let id = row.first().unwrap().id.clone();
    tenants.revoke_token(&id, at(2)).await.unwrap();
    assert!(!admitted(2).await);
    tenants.renew_token(&id, at(10)).await.unwrap();
    assert!(admitted(3).await, "no longer revoked");
    assert!(!admitted(10).await, "expired again");
    tenants.renew_token(&id, at(20)).await.unwrap();
    assert!(admitted(11).await, "no longer expired");
    let ghost = tenants.renew_token("tok_ghost", at(20)).await;
    assert!(matches!(ghost, Err(TenantsError::NoToken(id)) if id == "tok_ghost"));
}

/// An integration has at most five live tokens (E-21).
///
/// # Panics
/// When it does not hold.
pub async fn e21_at_most_five_live_tokens<T: Tenants>(tenants: T) {
    let tenants = two_customers(tenants).await;
    let add = async |n: u32| {
        let token = Token::new(
            &format!("tok_{n}"),
            &DirectoryId::new("int_a"),
            &secret(&format!("t{n}")),
            at(0),
        );
        tenants.add_token(token).await
    };
    for n in 1..5 {
        add(n).await.unwrap();
    }
    assert!(matches!(add(5).await, Err(TenantsError::TooManyTokens)));
    tenants.revoke_token("tok_1", at(0)).await.unwrap();
    add(5).await.unwrap();
}

/// What requests tell of a provider is remembered while the dialect is `auto`, and used at once.
///
/// # Panics
/// When it does not hold.
pub async fn what_auto_learns_is_remembered_until_the_dialect_is_set<T: Tenants>(tenants: T) {
    let gate = Gate::new(two_customers(tenants).await);
    let (tenants, id) = (gate.tenants(), DirectoryId::new("int_a"));
    let told = |idp: &str, is_certain| Learned {
        idp: idp.to_owned(),
        why: format!("{idp} said so"),
        at: at(7),
        is_certain,
    };
    let known = async || {
        let access = gate.admit("acme", at(8)).await.unwrap().unwrap();
        let row = tenants.integration(&id).await.unwrap().unwrap();
        assert_eq!(row.learned, access.learned, "the gate forgets what is old");
        let listed = tenants.integrations(&row.tenant).await.unwrap();
        assert_eq!(listed.first(), Some(&row));
        row.learned
    };
    tenants.learn(&id, told("entra", true)).await.unwrap();
    assert_eq!(known().await, None, "set to okta: nothing is learned");
    tenants.update_integration(&id, "a", "auto").await.unwrap();
    for (idp, is_certain, then) in [
        ("onelogin", false, told("onelogin", false)),
        ("google", false, told("onelogin", false)),
        ("entra", true, told("entra", true)),
        ("google", false, told("entra", true)),
        ("okta", true, told("okta", true)),
    ] {
        tenants.learn(&id, told(idp, is_certain)).await.unwrap();
        assert_eq!(known().await, Some(then), "{idp} {is_certain}");
    }
    tenants.update_integration(&id, "b", "auto").await.unwrap();
    assert!(known().await.is_some(), "a new name changes nothing");
    tenants.update_integration(&id, "b", "entra").await.unwrap();
    assert_eq!(known().await, None, "the operator wins");
    tenants.update_integration(&id, "b", "auto").await.unwrap();
    assert_eq!(known().await, None, "and it stays cleared");
    let nobody = DirectoryId::new("int_z");
    tenants.learn(&nobody, told("okta", true)).await.unwrap();
}

/// Each refusal names what is wrong.
///
/// # Panics
/// When it does not hold.
pub async fn refusals_name_what_is_wrong<T: Tenants>(tenants: T) {
    let tenants = two_customers(tenants).await;
    let ghost = Integration::new(
        DirectoryId::new("int_c"),
        TenantId::new("ghost"),
        "x",
        "okta",
        at(0),
    );
    assert!(
        matches!(tenants.add_integration(ghost).await, Err(TenantsError::NoTenant(id)) if id == "ghost")
    );
    let twice = Integration::new(
        DirectoryId::new("int_a"),
        TenantId::new("bolt"),
        "x",
        "okta",
        at(0),
    );
    assert!(matches!(
        tenants.add_integration(twice).await,
        Err(TenantsError::Exists(_))
    ));
    let orphan = Token::new("tok_x", &DirectoryId::new("int_z"), &secret("x"), at(0));
    assert!(matches!(
        tenants.add_token(orphan).await,
        Err(TenantsError::NoIntegration(_))
    ));
    let same = Token::new("tok_y", &DirectoryId::new("int_b"), &secret("acme"), at(0));
    assert!(
        matches!(tenants.add_token(same).await, Err(TenantsError::Exists(_))),
        "one secret, one directory"
    );
    assert!(matches!(
        tenants.revoke_token("tok_z", at(0)).await,
        Err(TenantsError::NoToken(_))
    ));
}

/// A tenant is made once, and renamed by the next call.
///
/// # Panics
/// When it does not hold.
pub async fn a_tenant_is_made_once_and_renamed<T: Tenants>(tenants: T) {
    let id = TenantId::new("acme");
    assert!(tenants.put_tenant(&id, "Acme", at(0)).await.unwrap().1);
    let (tenant, new) = tenants.put_tenant(&id, "Acme Ltd", at(9)).await.unwrap();
    assert_eq!(
        (tenant.name.as_str(), tenant.created, new),
        ("Acme Ltd", at(0), false)
    );
}

/// A token is no management key, and no key a token (threat B8).
///
/// # Panics
/// When it does not hold.
pub async fn b8_a_token_is_no_management_key<T: Tenants>(tenants: T) {
    let gate = Gate::new(two_customers(tenants).await);
    let key = Secret::generate(SecretKind::Key).unwrap();
    gate.tenants()
        .add_key(Key::new("key_1", &key, at(0)))
        .await
        .unwrap();
    assert!(gate.key(key.expose()).await.unwrap().is_some());
    assert!(gate.key("acme").await.unwrap().is_none());
    assert!(gate.admit(key.expose(), at(1)).await.unwrap().is_none());
}

/// A key keeps its name, its scopes and its tenant; one that was made for nothing in particular opens
/// everything.
///
/// # Panics
/// When it does not hold.
pub async fn a_key_keeps_its_name_scopes_and_tenant<T: Tenants>(tenants: T) {
    let gate = Gate::new(two_customers(tenants).await);
    let tenants = gate.tenants();
    let full = Key::new("key_2", &secret("full"), at(1));
    let few = Key::new("key_1", &secret("few"), at(2))
        .named("Grafana \u{1b}[2J")
        .scoped([Scope::Read, Scope::App].into_iter().collect())
        .bound(Some(TenantId::new("bolt")));
    for key in [&full, &few] {
        tenants.add_key(key.clone()).await.unwrap();
    }
    assert_eq!(gate.key("full").await.unwrap(), Some(full.clone()));
    assert_eq!(gate.key("few").await.unwrap(), Some(few.clone()));
    assert_eq!(tenants.keys().await.unwrap(), [full.clone(), few.clone()]);
    assert_eq!((full.scopes, full.name.as_str()), (Scopes::FULL, "key_2"));
    assert!(full.sees(&TenantId::new("acme")) && !few.sees(&TenantId::new("acme")));
    let same_id = Key::new("key_1", &secret("other"), at(3));
    let same_secret = Key::new("key_3", &secret("few"), at(3));
    for twice in [same_id, same_secret] {
        let refused = tenants.add_key(twice).await;
        assert!(matches!(refused, Err(TenantsError::Exists(_))));
    }
    let ghost = Key::new("key_4", &secret("ghost"), at(3)).bound(Some(TenantId::new("ghost")));
    let refused = tenants.add_key(ghost).await;
    assert!(matches!(refused, Err(TenantsError::NoTenant(id)) if id == "ghost"));
    assert_eq!(tenants.keys().await.unwrap().len(), 2);
}

/// A revoked key is refused on the next request, and stays listed.
///
/// # Panics
/// When it does not hold.
pub async fn a_revoked_key_is_refused_on_the_next_request<T: Tenants>(tenants: T) {
    let gate = Gate::new(tenants);
    let tenants = gate.tenants();
    for (id, text) in [("key_1", "one"), ("key_2", "two")] {
        tenants
            .add_key(Key::new(id, &secret(text), at(0)))
            .await
            .unwrap();
    }
    assert!(gate.key("one").await.unwrap().is_some());
    for second in [7, 9] {
        tenants.revoke_key("key_1", at(second)).await.unwrap();
        assert!(gate.key("one").await.unwrap().is_none());
    }
    assert!(gate.key("two").await.unwrap().is_some());
    let listed = tenants.keys().await.unwrap();
    let revoked: Vec<_> = listed.iter().map(|key| key.revoked).collect();
    assert_eq!(revoked, [Some(at(7)), None], "the first time counts");
    let ghost = tenants.revoke_key("key_9", at(9)).await;
    assert!(matches!(ghost, Err(TenantsError::NoKey(id)) if id == "key_9"));
}

/// There are at most [`KEYS_LIVE_MAX`] live keys; revoked ones do not count.
///
/// # Panics
/// When it does not hold.
pub async fn there_are_only_so_many_live_keys<T: Tenants>(tenants: T) {
    let add = async |n: usize| {
        let key = Key::new(&format!("key_{n}"), &secret(&format!("k{n}")), at(0));
        tenants.add_key(key).await
    };
    for n in 0..KEYS_LIVE_MAX {
        add(n).await.unwrap();
    }
    let refused = add(KEYS_LIVE_MAX).await;
    assert!(matches!(refused, Err(TenantsError::TooManyKeys)));
    tenants.revoke_key("key_0", at(0)).await.unwrap();
    add(KEYS_LIVE_MAX).await.unwrap();
}
