//! A tenant with one integration, and short names for what a ledger keeps.

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, Lane, RequestId, Revision, TenantId};
use enroll_sync::{
    AccessGroupId, AccountId, Answer, Claim, Code, Context, Counts, Decision, Effect, Fence,
    GroupShadow, GroupWish, Hint, Holder, Intake, Integration, Item, Joined, Kind, Ledger,
    LedgerError, Next, Op, Person, Policy, Preset, Profile, Reason, Selection, Settled, Shadow,
    SourceGroup, Span, Stage, State, Step, Subject, WaitKey, Window,
};

/// A ledger under test, with a tenant and a lease on it.
#[derive(Debug)]
pub struct Ground<L> {
    /// The ledger.
    pub ledger: L,
    /// The tenant.
    pub tenant: TenantId,
    /// The lease.
    pub fence: Fence,
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
}

pub(super) fn named(tenant: &str) -> TenantId {
    TenantId::new(tenant)
}

pub(super) fn directory() -> DirectoryId {
    DirectoryId::new("int_1")
}

pub(super) fn other() -> DirectoryId {
    DirectoryId::new("int_2")
}

pub(super) fn group_id(key: &str) -> ResourceId {
    ResourceId::new(key).unwrap()
}

pub(super) fn subject(key: &str) -> Subject {
    Subject::person(&directory(), &group_id(key))
}

pub(super) fn source(key: &str) -> SourceGroup {
    SourceGroup {
        integration: directory(),
        id: group_id(key),
        external_id: Some(format!("ext-{key}")),
        display_name: key.to_owned(),
        gone: false,
    }
}

pub(super) fn person(key: &str, groups: &[&str]) -> Person {
    Person {
        integration: directory(),
        id: group_id(key),
        version: 1,
        external_id: Some(format!("ext-{key}")),
        user_name: format!("login-{key}"),
        active: true,
        gone_at: None,
        groups: groups.iter().map(|group| group_id(group)).collect(),
        email: Some(format!("{key}@x.example")),
        first_name: None,
        last_name: None,
        time_zone: None,
        user_type: None,
        fields: BTreeMap::new(),
        references: BTreeMap::new(),
        notes: Vec::new(),
    }
}

/// The tie of an account whose address and login are `name`.
pub(super) fn shadow(key: &str, app_ref: &str, name: &str) -> Shadow {
    Shadow {
        subject: subject(key),
        app_ref: AccountId::new(app_ref),
        external_id: Some(format!("ext-{key}")),
        user_name: name.to_owned(),
        managed: true,
        base: Profile {
            email: Some(name.to_owned()),
            login: Some(name.to_owned()),
            active: true,
            ..Profile::default()
        },
        observed: None,
        via: None,
        ungrouped_since: None,
        gone_at: None,
        former_logins: Vec::new(),
        doubt: None,
        seq: 1,
    }
}

/// A step that writes nothing.
pub(super) fn step(key: &str) -> Step {
    Step {
        subject: subject(key),
        stamp: None,
        effects: Vec::new(),
        decision: None,
        next: Next::Clear,
        wake: Vec::new(),
        members_of: Vec::new(),
        at: at(0),
    }
}

pub(super) fn claim(item: Item, stamp: u64) -> Claim {
    Claim {
        item,
        stamp,
        now: at(0),
        again: false,
    }
}

pub(super) fn hint(key: &str, lane: Lane, second: i64, request: &str) -> Hint {
    let cause = Some(RequestId::new(request));
    Hint {
        subject: subject(key),
        lane,
        at: at(second),
        cause,
    }
}

pub(super) fn selection(group: &str) -> Selection {
    Selection {
        integration: directory(),
        group: group_id(group),
        access_group: None,
        kind: Kind::Internal,
        priority: None,
        rank: (group.to_owned(), String::new()),
        sync_name: None,
        paused: false,
    }
}

pub(super) fn binding(group: &str, group_ref: &str) -> GroupShadow {
    GroupShadow {
        subject: source(group).subject(),
        group_ref: AccessGroupId::new(group_ref),
        external_id: None,
        name: "Staff".to_owned(),
        made: true,
        archived: false,
        seq: 1,
    }
}

impl<L: Ledger> Ground<L> {
    /// Attaches one integration to a tenant and takes the tenant over.
    pub async fn new(ledger: L) -> Self {
        let tenant = named("acme");
        let integration = Integration {
            id: directory(),
            name: "Okta".into(),
            order: 0,
        };
        let policy = Policy::preset(Preset::HandsOff);
        ledger.attach(&tenant, integration, policy).await.unwrap();
        let fence = ledger.lease(&tenant).await.unwrap();
        Self {
            ledger,
            tenant,
            fence,
        }
    }

    pub(super) async fn context(&self) -> Context {
        self.ledger.context(&self.tenant).await.unwrap()
    }

    pub(super) async fn counts(&self) -> Counts {
        self.ledger.counts(&self.tenant).await.unwrap()
    }

    pub(super) async fn bookmark(&self) -> Revision {
        self.ledger
            .bookmark(&self.tenant, &directory())
            .await
            .unwrap()
    }

    /// The due subjects, in order.
    pub(super) async fn due(&self, now: Timestamp) -> Vec<String> {
        let due = self.ledger.due(&self.tenant, now, 100).await.unwrap();
        due.iter().map(|due| due.subject.to_string()).collect()
    }

    pub(super) async fn holders(&self, keys: &[&str]) -> Vec<Holder> {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        self.ledger.holders(&self.tenant, keys).await.unwrap()
    }

    pub(super) async fn decide(&self, step: Step) {
        self.ledger
            .decide(&self.tenant, self.fence, vec![step])
            .await
            .unwrap();
    }

    pub(super) async fn settle(&self, claim: Claim, answer: Answer) -> Settled {
        self.ledger
            .settle(&self.tenant, self.fence, claim, answer)
            .await
            .unwrap()
    }

    /// Writes an account's tie down.
    pub(super) async fn ties(&self, shadow: &Shadow) {
        let effects = vec![Effect::Shadow(Box::new(shadow.clone()))];
        self.decide(Step {
            subject: shadow.subject.clone(),
            effects,
            ..step("x")
        })
        .await;
    }

    /// Writes people, all in the first of the groups, and groups down.
    pub(super) async fn knows(&self, people: &[&str], groups: &[&str]) {
        for group in groups {
            let effects = vec![Effect::Source(source(group))];
            self.decide(Step {
                subject: source(group).subject(),
                effects,
                ..step("x")
            })
            .await;
        }
        for key in people {
            let person = person(key, groups.get(..1).unwrap_or_default());
            let effects = vec![Effect::Person(Box::new(person))];
            self.decide(Step {
                effects,
                ..step(key)
            })
            .await;
        }
    }

    /// Takes hints in with a window of 5 seconds, at most 20.
    pub(super) async fn intake(
        &self,
        hints: Vec<Hint>,
        from: u64,
        upto: u64,
    ) -> Result<(), LedgerError> {
        let intake = Intake {
            integration: directory(),
            from: Revision(from),
            upto: Revision(upto),
            hints,
            members_of: Vec::new(),
            window: Window {
                settle: Span::from_secs(5),
                most: Span::from_secs(20),
            },
        };
        self.ledger.intake(&self.tenant, intake).await
    }

    /// A decision that waits for `waits`.
    pub(super) fn decision(&self, key: &str, waits: &[WaitKey]) -> Decision {
        let item = Item {
            waits: waits.to_vec(),
            ..self.create(key, &[])
        };
        Decision {
            item,
            at: at(0),
            in_flight: false,
            waiting: false,
            recorded: None,
        }
    }

    pub(super) fn create(&self, key: &str, groups: &[&str]) -> Item {
        let account = Profile {
            email: Some(format!("{key}@x.example")),
            active: true,
            access_groups: groups
                .iter()
                .map(|group| AccessGroupId::new(*group))
                .collect(),
            ..Profile::default()
        };
        Item {
            tenant: self.tenant.clone(),
            key: format!("key-{key}"),
            subject: subject(key),
            op: Op::Create,
            state: State::Ready,
            lane: Stage::Joiners,
            app_ref: None,
            account: Some(account),
            group: None,
            external_id: Some(format!("ext-{key}")),
            name: format!("login-{key}"),
            from: BTreeMap::new(),
            to: BTreeMap::new(),
            changed: Vec::new(),
            kept: Vec::new(),
            reasons: vec![Reason::plain(Code::NewInGroup)],
            cause: Vec::new(),
            via: None,
            until: None,
            waits: Vec::new(),
            heir_of: None,
            after: 0,
            revision: 1,
        }
    }

    pub(super) fn create_group(&self, key: &str) -> Item {
        let wish = GroupWish {
            group_ref: None,
            name: key.to_owned(),
            archived: false,
        };
        Item {
            subject: source(key).subject(),
            op: Op::CreateGroup,
            account: None,
            group: Some(wish),
            ..self.create(key, &[])
        }
    }
}

impl<L: Joined> Ground<L> {
    pub(super) async fn apply(&self, item: Item) -> Settled {
        let claim = claim(item, 0);
        self.ledger
            .apply_and_settle(&self.tenant, self.fence, claim)
            .await
            .unwrap()
    }
}
