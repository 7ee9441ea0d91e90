//! Writes of all kinds, chosen by bytes.

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, Lane, RequestId, Revision, TenantId};
use enroll_sync::{
    AccessGroup, AccessGroupId, Account, AccountId, Answer, Approval, Capabilities, Claim, Code,
    Decision, Effect, Exception, Fence, FieldRule, FieldRuling, GroupOutcome, GroupShadow,
    GroupState, GroupWish, Hint, Intake, Integration, Item, Kind, Link, Next, Op, Origin, Outcome,
    Person, Picked, Policy, Preset, Profile, Reason, Report, Rule, Selection, Shadow, SourceGroup,
    Span, Stage, State as Standing, Step, Subject, SubjectKind, WaitKey, Why, Window,
};
use serde_json::json;

use super::view::{NOW, id, later};

pub(super) const INTEGRATIONS: &[&str] = &["int_1", "int_2"];
pub(super) const PEOPLE: &[&str] = &["p1", "p2", "p3"];
pub(super) const GROUPS: &[&str] = &["h1", "h2", "p1"];
pub(super) const NAMES: &[&str] = &["ada@x", "bob@x", "straße", "cyd"];
pub(super) const SENT: &[&str] = &["Ada@x", "bob@X", "STRASSE", "Cyd"];
pub(super) const ACCOUNTS: &[&str] = &["u_1", "u_2", "v"];
pub(super) const ACCESS_GROUPS: &[&str] = &["g_1", "staff", "admin"];

/// One write.
#[derive(Clone, Debug)]
pub(super) enum Call {
    Attach(Integration, Policy),
    Policy(u64, Policy),
    Capabilities(Capabilities),
    Select(u64, Picked),
    Lease,
    Intake(Intake),
    MarkAll(Timestamp),
    Decide(Fence, Vec<Step>),
    Settle(Fence, Box<Claim>, Answer),
    Apply(Fence, Box<Claim>),
    Seed(Vec<Account>, Vec<AccessGroup>),
    Rule(Vec<(Subject, Rule)>, Timestamp),
    Report(Vec<Report>, Timestamp),
    Untie(Subject, Timestamp),
    Begin(Timestamp),
    Stage(u64, u64, Vec<Report>),
    Commit(u64),
    Absorb(u64, u32, Timestamp),
}

/// Values chosen by bytes, from few of each kind so that they meet.
pub(super) struct Dice<'a> {
    tenant: &'a TenantId,
    state: State,
    bytes: &'a [u8],
}

/// What a call must name to be heard.
pub(super) struct State {
    pub(super) fence: Fence,
    pub(super) version: u64,
    pub(super) bookmarks: BTreeMap<DirectoryId, Revision>,
    pub(super) stamps: BTreeMap<Subject, u64>,
    /// Number and length of the newest snapshot.
    pub(super) snapshot: (u64, u64),
}

impl<'a> Dice<'a> {
    pub(super) fn new(tenant: &'a TenantId, state: State, bytes: &'a [u8]) -> Self {
        Self {
            tenant,
            state,
            bytes,
        }
    }

    /// Returns a number below `sides`.
    fn roll(&mut self, sides: u8) -> u8 {
        let (first, rest) = self.bytes.split_first().unwrap_or((&0, &[]));
        self.bytes = rest;
        first % sides
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let side = self.roll(u8::try_from(from.len()).unwrap());
        from[usize::from(side)].clone()
    }

    fn flip(&mut self) -> bool {
        self.roll(2) == 1
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flip().then(|| make(self))
    }

    fn some<T>(&mut self, most: u8, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.roll(most + 1)).map(|_| make(self)).collect()
    }

    pub(super) fn call(&mut self) -> Call {
        match self.roll(27) {
            0 => Call::Attach(
                self.integration(),
                Policy::preset(self.pick(&[Preset::HandsOff, Preset::Careful])),
            ),
            1 => Call::Policy(
                self.version(),
                Policy::preset(self.pick(&[Preset::HandsOff, Preset::Careful])),
            ),
            2 => Call::Capabilities(self.capabilities()),
            3 => Call::Select(self.version(), self.picked()),
            4 => Call::Lease,
            5 | 6 => Call::Intake(self.intake()),
            7 => Call::MarkAll(self.at()),
            8..=11 => {
                let fence = self.fence();
                Call::Decide(fence, self.some(2, Self::step))
            }
            12 => {
                let (fence, claim) = (self.fence(), self.claim());
                let answer = self.answer(&claim.item);
                Call::Settle(fence, Box::new(claim), answer)
            }
            13 | 14 => Call::Apply(self.fence(), Box::new(self.claim())),
            15 | 16 => Call::Rule(
                self.some(2, |dice| (dice.subject(), dice.rule())),
                self.at(),
            ),
            17..=19 => Call::Report(self.some(2, Self::report), self.at()),
            20 => Call::Untie(self.person_subject(), self.at()),
            21 => Call::Begin(self.at()),
            22 | 23 => {
                let (id, from) = (
                    self.mostly(self.state.snapshot.0),
                    self.mostly(self.state.snapshot.1),
                );
                Call::Stage(id, from, self.some(3, Self::report))
            }
            24 => Call::Commit(self.mostly(self.state.snapshot.0)),
            25 => {
                let id = self.mostly(self.state.snapshot.0);
                Call::Absorb(id, u32::from(self.roll(3)), self.at())
            }
            _ => Call::Seed(
                self.some(2, Self::account),
                self.some(1, Self::access_group),
            ),
        }
    }

    /// Returns what is right, and sometimes what is not.
    fn mostly(&mut self, right: u64) -> u64 {
        match self.roll(8) {
            0 => right + 1,
            1 => right.saturating_sub(1),
            _ => right,
        }
    }

    fn fence(&mut self) -> Fence {
        Fence(self.mostly(self.state.fence.0))
    }

    fn version(&mut self) -> u64 {
        self.mostly(self.state.version)
    }

    fn stamp(&mut self, subject: &Subject) -> u64 {
        let known = self.state.stamps.get(subject).copied();
        self.mostly(known.unwrap_or(1))
    }

    fn at(&mut self) -> Timestamp {
        later(i64::from(self.roll(9)) - 4)
    }

    fn directory(&mut self) -> DirectoryId {
        DirectoryId::new(self.pick(&[INTEGRATIONS[0], INTEGRATIONS[0], INTEGRATIONS[1]]))
    }

    fn group(&mut self) -> ResourceId {
        id(self.pick(GROUPS))
    }

    fn person_subject(&mut self) -> Subject {
        Subject::person(&self.directory(), &id(self.pick(PEOPLE)))
    }

    fn group_subject(&mut self) -> Subject {
        Subject::group(&self.directory(), &self.group())
    }

    fn subject(&mut self) -> Subject {
        if self.roll(3) == 0 {
            self.group_subject()
        } else {
            self.person_subject()
        }
    }

    fn integration(&mut self) -> Integration {
        Integration {
            id: self.directory(),
            name: self.pick(SENT).to_owned(),
            order: u32::from(self.roll(3)),
        }
    }

    fn capabilities(&mut self) -> Capabilities {
        let all = [
            Capabilities::default(),
            Capabilities::roles(["staff"]),
            Capabilities::roles(["admin", "staff"]),
        ];
        self.pick(&all)
    }

    fn picked(&mut self) -> Picked {
        let integration = self.directory();
        Picked {
            integration,
            selections: self.some(2, Self::selection),
            seen: self.some(2, Self::source),
        }
    }

    fn selection(&mut self) -> Selection {
        Selection {
            integration: self.directory(),
            group: self.group(),
            access_group: self.maybe(Self::access_group_id),
            kind: self.pick(&[Kind::Internal, Kind::External]),
            priority: self.maybe(|dice| u32::from(dice.roll(4))),
            rank: (self.pick(NAMES).to_owned(), String::new()),
            sync_name: self.maybe(Self::flip),
            paused: self.flip(),
        }
    }

    fn source(&mut self) -> SourceGroup {
        SourceGroup {
            integration: self.directory(),
            id: self.group(),
            external_id: self.maybe(|dice| dice.pick(NAMES).to_owned()),
            display_name: self.pick(SENT).to_owned(),
            gone: self.flip(),
        }
    }

    fn hint(&mut self) -> Hint {
        Hint {
            subject: self.subject(),
            lane: self.pick(&[Lane::Settle, Lane::Settle, Lane::Now]),
            at: self.at(),
            cause: self.maybe(Self::request),
        }
    }

    fn request(&mut self) -> RequestId {
        RequestId::new(self.pick(&["req_1", "req_2", "req_3"]))
    }

    fn intake(&mut self) -> Intake {
        let settle = i64::from(self.roll(4));
        let integration = self.directory();
        let from = self.mostly(self.state.bookmarks[&integration].0);
        Intake {
            from: Revision(from),
            upto: Revision(from + u64::from(self.roll(3))),
            integration,
            hints: self.some(3, Self::hint),
            members_of: self.some(2, |dice| {
                (dice.group(), dice.at(), dice.maybe(Self::request))
            }),
            window: Window {
                settle: Span::from_millis(settle),
                most: Span::from_millis(settle * 2),
            },
        }
    }

    fn step(&mut self) -> Step {
        let subject = self.subject();
        Step {
            stamp: self.maybe(|dice| dice.stamp(&subject)),
            effects: self.some(3, Self::effect),
            decision: self.maybe(|dice| dice.decision(subject.clone())),
            next: match self.roll(4) {
                0 => Next::Keep,
                1 => Next::At(self.at(), self.pick(&[Why::Clock, Why::Retry, Why::Change])),
                _ => Next::Clear,
            },
            wake: self.some(2, Self::wait_key),
            members_of: self.some(1, Self::group),
            at: self.at(),
            subject,
        }
    }

    fn effect(&mut self) -> Effect {
        match self.roll(13) {
            0..=2 => Effect::Person(Box::new(self.person())),
            3 => Effect::ForgetPerson(self.person_subject()),
            4 => Effect::Source(self.source()),
            5 => Effect::Select(self.selection()),
            6 => Effect::Rebound {
                from: self.group_subject(),
                to: self.group(),
            },
            7..=9 => Effect::Shadow(Box::new(self.shadow())),
            10 => Effect::ForgetShadow(self.person_subject()),
            11 => Effect::Rule(self.subject(), self.rule()),
            _ => Effect::Binding(self.binding()),
        }
    }

    fn person(&mut self) -> Person {
        let Subject {
            integration,
            id: own,
            ..
        } = self.person_subject();
        let groups: Vec<&str> = GROUPS.iter().filter(|_| self.flip()).copied().collect();
        let value = json!({
            "integration": integration, "id": own.as_str(), "version": self.roll(9),
            "external_id": self.maybe(|dice| dice.pick(NAMES)), "user_name": self.pick(SENT), "active": self.flip(),
            "gone_at": null, "groups": groups, "email": self.maybe(|dice| dice.pick(SENT)), "first_name": "Straße",
            "last_name": null, "time_zone": "Europe/Lisbon", "user_type": null,
            "fields": {"level": self.roll(3), "share": 0.1}, "references": {"manager": "p1"}, "notes": []
        });
        serde_json::from_value(value).unwrap()
    }

    fn profile(&mut self) -> Profile {
        Profile {
            email: self.maybe(|dice| dice.pick(SENT).to_owned()),
            login: self.maybe(|dice| dice.pick(SENT).to_owned()),
            active: self.flip(),
            access_groups: self.some(2, Self::access_group_id),
            ..Profile::default()
        }
    }

    fn account_id(&mut self) -> AccountId {
        AccountId::new(self.pick(ACCOUNTS))
    }

    fn access_group_id(&mut self) -> AccessGroupId {
        AccessGroupId::new(self.pick(ACCESS_GROUPS))
    }

    fn account(&mut self) -> Account {
        Account {
            app_ref: self.account_id(),
            profile: self.profile(),
        }
    }

    fn access_group(&mut self) -> AccessGroup {
        AccessGroup {
            group_ref: self.access_group_id(),
            name: self.pick(SENT).to_owned(),
            origin: Origin::App,
            state: GroupState::Ready,
            privileged: self.flip(),
        }
    }

    fn shadow(&mut self) -> Shadow {
        let former: Vec<_> = self.some(
            2,
            |dice| json!({"login": dice.pick(SENT), "until": dice.at()}),
        );
        let value = json!({
            "subject": self.person_subject(), "app_ref": self.account_id(),
            "external_id": self.maybe(|dice| dice.pick(NAMES)), "user_name": self.pick(SENT), "managed": self.flip(),
            "base": self.profile(), "observed": null, "via": self.maybe(|dice| dice.pick(GROUPS)),
            "ungrouped_since": null, "gone_at": self.maybe(Self::at), "former_logins": former, "seq": self.roll(9)
        });
        serde_json::from_value(value).unwrap()
    }

    fn binding(&mut self) -> GroupShadow {
        GroupShadow {
            subject: self.group_subject(),
            group_ref: self.access_group_id(),
            external_id: None,
            name: self.pick(SENT).to_owned(),
            made: self.flip(),
            archived: self.flip(),
            seq: u64::from(self.roll(9)),
        }
    }

    fn wait_key(&mut self) -> WaitKey {
        match self.roll(5) {
            4 => WaitKey::Seat,
            0 => WaitKey::Group(self.group_subject()),
            1 => WaitKey::Account(self.person_subject()),
            2 => WaitKey::Empty(self.access_group_id()),
            _ => WaitKey::Name(self.pick(NAMES).to_owned()),
        }
    }

    fn decision(&mut self, subject: Subject) -> Decision {
        Decision {
            item: self.item(subject),
            at: self.at(),
            in_flight: self.flip(),
            waiting: self.flip(),
            recorded: None,
        }
    }

    fn item(&mut self, subject: Subject) -> Item {
        let of_person = subject.kind == SubjectKind::Person;
        Item {
            tenant: self.tenant.clone(),
            key: "key".to_owned(),
            op: self.pick(&[Op::Create, Op::Update, Op::CreateGroup, Op::Deactivate]),
            state: self.pick(&[Standing::Ready, Standing::Held, Standing::Blocked]),
            lane: self.pick(&[Stage::Joiners, Stage::Leavers]),
            app_ref: self.maybe(Self::account_id),
            account: of_person.then(|| self.profile()),
            group: (!of_person).then(|| self.wish()),
            external_id: self.maybe(|dice| dice.pick(NAMES).to_owned()),
            name: self.pick(SENT).to_owned(),
            from: [("level".to_owned(), json!(null))].into(),
            to: [("level".to_owned(), json!(7))].into(),
            changed: vec!["level".to_owned()],
            kept: Vec::new(),
            reasons: self.some(2, Self::reason),
            cause: self.some(1, Self::request),
            via: self.maybe(Self::group),
            until: self.maybe(Self::at),
            waits: self.some(2, Self::wait_key),
            heir_of: self.maybe(|dice| id(dice.pick(PEOPLE))),
            after: 0,
            revision: u64::from(self.roll(9)),
            subject,
        }
    }

    fn reason(&mut self) -> Reason {
        let codes = [
            Code::HeldMass,
            Code::HeldBurst,
            Code::IdpInactive,
            Code::Approved,
        ];
        Reason::plain(self.pick(&codes))
    }

    fn rule(&mut self) -> Rule {
        match self.roll(9) {
            0 => Rule::Decide(Approval {
                key: "key".to_owned(),
                approved: self.flip(),
                by: self.pick(SENT).to_owned(),
                reason: String::new(),
                at: self.at(),
            }),
            1 => Rule::Undecide,
            2 => Rule::Keep(Exception {
                access_group: self.access_group_id(),
                via: self.group(),
                until: self.at(),
                by: self.pick(SENT).to_owned(),
                reason: "seen".to_owned(),
            }),
            3 => Rule::Link(Link {
                app_ref: self.account_id(),
                by: self.pick(SENT).to_owned(),
                reason: String::new(),
                at: self.at(),
            }),
            4 => Rule::Loose,
            5 | 6 => {
                let what = match self.roll(3) {
                    0 => FieldRule::Adopt,
                    1 => FieldRule::Revert,
                    _ => FieldRule::Ignore(json!(self.pick(SENT))),
                };
                let (by, at) = (self.pick(SENT).to_owned(), self.at());
                Rule::Field(self.pick(NAMES).to_owned(), FieldRuling { what, by, at })
            }
            7 => Rule::Unfield(self.pick(NAMES).to_owned()),
            _ => Rule::Unkeep,
        }
    }

    fn report(&mut self) -> Report {
        let mut values = BTreeMap::new();
        for name in ["email", "login"] {
            if self.flip() {
                values.insert(name.to_owned(), json!(self.pick(SENT)));
            }
        }
        if self.flip() {
            values.insert("active".to_owned(), json!(self.flip()));
        }
        Report {
            app_ref: self.account_id(),
            external_id: self.maybe(|dice| dice.pick(NAMES).to_owned()),
            values,
            is_admin: self.maybe(Self::flip),
            changed_by: None,
            changed_at: None,
        }
    }

    fn wish(&mut self) -> GroupWish {
        GroupWish {
            group_ref: self.maybe(Self::access_group_id),
            name: self.pick(SENT).to_owned(),
            archived: self.flip(),
        }
    }

    fn claim(&mut self) -> Claim {
        let subject = self.subject();
        Claim {
            stamp: self.stamp(&subject),
            item: self.item(subject),
            now: NOW,
            again: self.flip(),
        }
    }

    fn answer(&mut self, item: &Item) -> Answer {
        if item.group.is_some() {
            let group_ref = self.access_group_id();
            return Answer::Group(match self.roll(3) {
                0 => GroupOutcome::Retry {
                    after: self.maybe(Self::at),
                    text: "503: closed".to_owned(),
                },
                _ => GroupOutcome::Applied { group_ref },
            });
        }
        Answer::Account(match self.roll(8) {
            0 => Outcome::Unchanged,
            1 => Outcome::Exists {
                app_ref: self.account_id(),
            },
            2 => Outcome::rejected("no", "not this one"),
            3 => Outcome::Conflict {
                observed: Box::new(self.profile()),
            },
            4 => Outcome::Retry {
                after: self.maybe(Self::at),
                text: "503: closed".to_owned(),
            },
            _ => Outcome::Applied {
                app_ref: self.account_id(),
                observed: self.maybe(|dice| Box::new(dice.profile())),
            },
        })
    }
}
