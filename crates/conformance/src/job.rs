//! The whole job over two ledgers: whatever a provider and an operator do, both must come to the
//! same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a suite fails loudly"
)]

use std::collections::{BTreeMap, BTreeSet};

use enroll_filter::LinkPlan;
use enroll_schema::{Document, Mode, ResourceId, ResourceType, Schemas, Timestamp};
use enroll_store::{
    Cause, Directories, DirectoryId, Draft, Expected, Memory, MemoryDirectories, RequestId, Store,
    StoreError, Target, TenantId, Want,
};
use enroll_sync::{
    AccountFilter, Accounts, BuiltIn, Capabilities, Choice, Feed, Integration, Job, Joined, Kind,
    Ledger, MemoryLedger, MirrorObject, Mirrored, Policy, Preset, Subject,
};
use serde_json::{Value, json};

/// Plays `acts` random acts of a provider and an operator, chosen by `seed`, and compares `ledger`
/// with [`MemoryLedger`] after every one of them.
///
/// Both jobs read the same directory and have the built-in sink. Compared is everything that a
/// ledger answers: rules, selections, bindings, queue, decisions, ties, accounts, numbers.
pub async fn same_as_memory<L: Joined + Accounts>(ledger: L, seed: u64, acts: u32) {
    let mut play = Play::new(ledger, seed).await;
    play.begin().await;
    for act in 0..acts {
        let done = play.act().await;
        play.turn().await;
        play.compare(&format!("seed {seed}, act {act}: {done}"))
            .await;
    }
}

const PEOPLE: u64 = 5;
const GROUPS: u64 = 4;

struct Play<L> {
    dice: Dice,
    directory: Memory,
    schemas: Schemas,
    tenant: TenantId,
    integration: DirectoryId,
    tested: Job<MemoryDirectories, L, BuiltIn>,
    reference: Job<MemoryDirectories, MemoryLedger, BuiltIn>,
    now: Timestamp,
    lives: u64,
    here: BTreeSet<(bool, u64, String)>,
    seen: BTreeSet<Subject>,
}

impl<L: Joined + Accounts> Play<L> {
    async fn new(ledger: L, seed: u64) -> Self {
        let directories = MemoryDirectories::default();
        let (tenant, integration) = (TenantId::new("acme"), DirectoryId::new("int_1"));
        let schemas = Schemas::standard();
        let directory = directories.open(&integration).await.unwrap();
        let attached = Integration {
            id: integration.clone(),
            name: "Okta".into(),
            order: 0,
        };
        let policy = Policy::preset(Preset::HandsOff);
        let reference = MemoryLedger::default();
        reference
            .attach(&tenant, attached.clone(), policy.clone())
            .await
            .unwrap();
        ledger.attach(&tenant, attached, policy).await.unwrap();
        Self {
            dice: Dice(seed),
            directory,
            tested: Job::new(directories.clone(), ledger, BuiltIn, &schemas).unwrap(),
            reference: Job::new(directories, reference, BuiltIn, &schemas).unwrap(),
            schemas,
            tenant,
            integration,
            now: Timestamp::from_millis(1_800_000_000_000),
            lives: 0,
            here: BTreeSet::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Brings everybody and everything in, and everybody into one group.
    async fn begin(&mut self) {
        for group in 0..GROUPS {
            self.come(false, group).await;
        }
        for who in 0..PEOPLE {
            self.come(true, who).await;
            self.join(who % GROUPS, who).await;
        }
    }

    /// Does one thing and says what it was.
    async fn act(&mut self) -> String {
        let (who, group) = (self.dice.below(PEOPLE), self.dice.below(GROUPS));
        match self.dice.below(24) {
            0..=2 => self.come(true, who).await,
            3 | 4 => self.come(false, group).await,
            5 => self.go(true, who).await,
            6 if self.dice.below(2) == 0 => self.go(false, group).await,
            7..=11 => self.change(who).await,
            12..=19 => self.join(group, who).await,
            20 if self.dice.below(2) == 0 => self.operate().await,
            _ => {
                let seconds = [1, 5, 40, 4_000][usize::try_from(self.dice.below(4)).unwrap_or(0)];
                self.now = Timestamp::from_millis(self.now.as_millis() + seconds * 1_000);
                format!("{seconds} s pass")
            }
        }
    }

    async fn come(&mut self, is_user: bool, number: u64) -> String {
        if self.key(is_user, number).is_some() {
            return "nothing".to_owned();
        }
        self.lives += 1;
        let key = format!("{}{number}-{}", if is_user { "u" } else { "g" }, self.lives);
        self.here.insert((is_user, number, key.clone()));
        let body = self.body(is_user, number);
        let done = self
            .write(is_user, &key, body, LinkPlan::default(), true)
            .await;
        format!("{key} comes: {done}")
    }

    async fn go(&mut self, is_user: bool, number: u64) -> String {
        let Some(key) = self.key(is_user, number) else {
            return "nothing".to_owned();
        };
        self.here.remove(&(is_user, number, key.clone()));
        let target = self.target(is_user, &key);
        let cause = self.cause();
        self.directory
            .delete(target, Expected::Any, cause)
            .await
            .unwrap();
        format!("{key} goes")
    }

    async fn change(&mut self, number: u64) -> String {
        let is_user = self.dice.below(4) > 0;
        let number = if is_user { number } else { number % GROUPS };
        let Some(key) = self.key(is_user, number) else {
            return "nothing".to_owned();
        };
        let body = self.body(is_user, number);
        let done = self
            .write(is_user, &key, body.clone(), LinkPlan::default(), false)
            .await;
        format!("{key} becomes {body}: {done}")
    }

    async fn join(&mut self, group: u64, who: u64) -> String {
        let (Some(group_key), Some(key)) = (self.key(false, group), self.key(true, who)) else {
            return "nothing".to_owned();
        };
        let joins = self.dice.below(4) > 0;
        let values = vec![key.clone()];
        let links = if joins {
            LinkPlan {
                link: values,
                ..LinkPlan::default()
            }
        } else {
            LinkPlan {
                unlink: values,
                ..LinkPlan::default()
            }
        };
        let body = json!({"displayName": format!("G{group}"), "externalId": format!("g{group}")});
        let done = self.write(false, &group_key, body, links, false).await;
        format!(
            "{key} {} {group_key}: {done}",
            if joins { "joins" } else { "leaves" }
        )
    }

    /// Changes a rule on both sides alike.
    async fn operate(&mut self) -> String {
        let changes = [
            json!({"auto_sync": false}),
            json!({"auto_sync": true}),
            json!({"on_group_deleted": "hold"}),
            json!({"on_group_deleted": "apply"}),
            json!({"to_external": "hold", "upn_login": false}),
            json!({"to_external": "apply", "upn_login": true}),
            json!({"select_new_groups": false, "on_deselect": "remove"}),
            json!({"select_new_groups": true, "on_deselect": "release"}),
        ];
        let rolled = usize::try_from(self.dice.below(14)).unwrap_or(0);
        if let Some(change) = changes.get(rolled) {
            let (tenant, now) = (&self.tenant, self.now);
            self.tested
                .desk()
                .patch_policy(tenant, change, now)
                .await
                .unwrap();
            self.reference
                .desk()
                .patch_policy(tenant, change, now)
                .await
                .unwrap();
            return change.to_string();
        }
        if rolled < 10 {
            let roles = Capabilities::roles(["admin", "member"]);
            let capabilities = if rolled == 8 {
                roles
            } else {
                Capabilities::default()
            };
            let (tenant, now) = (&self.tenant, self.now);
            let tested = self.tested.desk();
            tested
                .set_capabilities(tenant, capabilities.clone(), now)
                .await
                .unwrap();
            let reference = self.reference.desk();
            reference
                .set_capabilities(tenant, capabilities.clone(), now)
                .await
                .unwrap();
            return format!("{capabilities:?}");
        }
        self.pick().await
    }

    async fn pick(&mut self) -> String {
        let context = self
            .reference
            .desk()
            .ledger()
            .context(&self.tenant)
            .await
            .unwrap();
        let target = context
            .access_groups
            .first()
            .map(|group| group.group_ref.clone());
        let groups: Vec<_> = (0..GROUPS)
            .filter_map(|group| self.key(false, group))
            .collect();
        let picked = groups
            .iter()
            .filter(|_| self.dice.below(3) > 0)
            .collect::<Vec<_>>();
        let choices: Vec<_> = picked
            .into_iter()
            .map(|key| Choice {
                group: ResourceId::new(key).unwrap(),
                access_group: target.clone().filter(|_| self.dice.below(3) == 0),
                kind: if self.dice.below(4) == 0 {
                    Kind::External
                } else {
                    Kind::Internal
                },
                sync_name: None,
                paused: self.dice.below(6) == 0,
            })
            .collect();
        let (tenant, integration, now) = (&self.tenant, &self.integration, self.now);
        let one = self
            .tested
            .desk()
            .select(tenant, integration, choices.clone(), now)
            .await;
        let other = self
            .reference
            .desk()
            .select(tenant, integration, choices.clone(), now)
            .await;
        assert_eq!(
            one.map_err(|e| e.to_string()),
            other.map_err(|e| e.to_string())
        );
        format!("selected: {choices:?}")
    }

    /// Lets both jobs come to rest at this instant.
    async fn turn(&mut self) {
        for _ in 0..50 {
            self.tested.stir([self.integration.clone()]);
            self.reference.stir([self.integration.clone()]);
            let one = self.tested.turn(self.now).await.unwrap();
            let other = self.reference.turn(self.now).await.unwrap();
            assert_eq!(one, other);
            if one.decided == 0 && one.next_at.is_none_or(|at| at > self.now) {
                return;
            }
        }
        panic!("the job never comes to rest");
    }

    async fn compare(&mut self, what: &str) {
        let here = self.here.iter().map(|(is_user, _, key)| {
            let id = ResourceId::new(key).unwrap();
            match is_user {
                true => Subject::person(&self.integration, &id),
                false => Subject::group(&self.integration, &id),
            }
        });
        self.seen.extend(here);
        let tenant = &self.tenant;
        let (one, other) = (self.tested.desk().ledger(), self.reference.desk().ledger());
        let context = other.context(tenant).await.unwrap();
        assert_eq!(one.context(tenant).await.unwrap(), context, "{what}");
        let (counts, wanted) = (one.counts(tenant).await, other.counts(tenant).await);
        assert_eq!(counts.unwrap(), wanted.unwrap(), "{what}");
        let seen: Vec<_> = self.seen.iter().cloned().collect();
        let known = other.known(tenant, seen.clone()).await.unwrap();
        assert_eq!(one.known(tenant, seen).await.unwrap(), known, "{what}");
        let all = AccountFilter {
            most: 1_000,
            ..AccountFilter::default()
        };
        let accounts = other.accounts(tenant, all.clone()).await.unwrap();
        assert_eq!(one.accounts(tenant, all).await.unwrap(), accounts, "{what}");
        let happened = other.happened(tenant, 0, 10_000).await.unwrap();
        assert_eq!(
            one.happened(tenant, 0, 10_000).await.unwrap(),
            happened,
            "{what}"
        );
        // Whoever hears everything has the whole, and that is what the application holds.
        let heard = happened.iter().filter_map(Mirrored::after);
        let heard: BTreeMap<_, _> = heard.map(|row| (row.key(), row)).collect();
        let heard: Vec<_> = heard.into_values().collect();
        let whole = other.mirrored(tenant, None, 10_000).await.unwrap();
        assert_eq!(whole, heard, "{what}");
        let whole = one.mirrored(tenant, None, 10_000).await.unwrap();
        assert_eq!(whole, heard, "{what}");
        let told = heard.into_iter().filter_map(|row| match row.object {
            MirrorObject::Account(account) => Some(account),
            MirrorObject::AccessGroup(_) => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), accounts, "{what}");
        let (due, wanted) = (one.agenda(self.now).await, other.agenda(self.now).await);
        assert_eq!(due.unwrap(), wanted.unwrap(), "{what}");
        // A law that holds whatever happened: one person, one account; one access group at most.
        let crowded = accounts
            .iter()
            .find(|account| account.profile.access_groups.len() > 1);
        assert_eq!(crowded, None, "{what}");
    }

    fn key(&self, is_user: bool, number: u64) -> Option<String> {
        let found = self
            .here
            .iter()
            .find(|(kind, n, _)| *kind == is_user && *n == number);
        found.map(|(_, _, key)| key.clone())
    }

    /// A resource as the dice have it; addresses and names clash now and then.
    fn body(&mut self, is_user: bool, number: u64) -> Value {
        let twin = self.dice.below(PEOPLE);
        let clash = self.dice.below(6) == 0;
        let named = if clash { twin } else { number };
        if !is_user {
            let external = format!("g{number}");
            return json!({"displayName": format!("G{named}"), "externalId": external});
        }
        let mut body = json!({
            "userName": format!("u{number}@x.example"),
            "active": self.dice.below(8) > 0,
            "emails": [{"type": "work", "value": format!("u{named}@x.example")}],
            "name": {"givenName": format!("N{}", self.dice.below(3)), "familyName": "Test"},
            "timezone": "Europe/London",
        });
        let extra = [
            ("externalId", 4, format!("e{number}")),
            ("userType", 2, "external".to_owned()),
        ];
        for (name, odds, value) in extra {
            if self.dice.below(5) < odds {
                body.as_object_mut()
                    .unwrap()
                    .insert(name.to_owned(), value.into());
            }
        }
        body
    }

    async fn write(
        &mut self,
        is_user: bool,
        key: &str,
        mut body: Value,
        links: LinkPlan,
        is_new: bool,
    ) -> String {
        let kind = self.kind(is_user);
        body["schemas"] = json!([kind.schema().as_str()]);
        let document = Document::read(&kind, body, Mode::Lenient).unwrap().document;
        let draft = Draft {
            id: ResourceId::new(key).unwrap(),
            document,
            links,
        };
        let target = self.target(is_user, key);
        let cause = self.cause();
        let done = if is_new {
            self.directory.create(kind, draft, cause).await
        } else {
            self.directory
                .replace(target, Expected::Any, draft, cause)
                .await
        };
        match done {
            Ok(written) => format!("changed {}", written.changed),
            Err(error @ StoreError::Taken { .. }) => error.to_string(),
            Err(error) => panic!("{key}: {error}"),
        }
    }

    fn kind(&self, is_user: bool) -> ResourceType {
        let name = if is_user { "User" } else { "Group" };
        self.schemas.named(name).unwrap().clone()
    }

    fn target(&self, is_user: bool, key: &str) -> Target {
        Target {
            kind: self.kind(is_user),
            id: ResourceId::new(key).unwrap(),
        }
    }

    fn cause(&mut self) -> Cause {
        self.lives += 1;
        Cause {
            request: RequestId::new(format!("req_{}", self.lives)),
            at: self.now,
            unique: Vec::new(),
            want: Want::Omit,
            note: None,
        }
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides.max(1)
    }
}
