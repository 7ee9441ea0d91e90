//! Everything that can be asked of a ledger, asked at once.

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, Revision, TenantId};
use enroll_sync::{
    AccessGroup, AccessGroupId, Account, AccountFilter, AccountId, Accounts, BrakeQuery, Context,
    Counts, Decision, Due, Guarding, Holder, Integration, Known, Ledger, OpenFilter, Seen, Shadow,
    Snapshot, Subject, SubjectKind,
};

/// The instant at which everything is asked.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

/// Returns the instant `millis` after [`NOW`].
pub(super) fn later(millis: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + millis)
}

pub(super) fn id(text: &str) -> ResourceId {
    ResourceId::new(text).unwrap()
}

/// What to ask about.
pub(super) struct Asked<'a> {
    pub(super) integrations: &'a [&'a str],
    pub(super) people: &'a [&'a str],
    pub(super) groups: &'a [&'a str],
    pub(super) names: &'a [&'a str],
    pub(super) accounts: &'a [&'a str],
    pub(super) access_groups: &'a [&'a str],
}

/// What is known about a tenant.
#[derive(Debug, PartialEq)]
pub(super) struct View {
    pub(super) context: Context,
    pub(super) bookmarks: Vec<Revision>,
    pub(super) due: Vec<Vec<Due>>,
    pub(super) known: Vec<Known>,
    pub(super) holders: Vec<Holder>,
    pub(super) heirs: Vec<Vec<Shadow>>,
    pub(super) occupied: Vec<AccessGroupId>,
    pub(super) counts: Counts,
    pub(super) found: Vec<Vec<Subject>>,
    pub(super) accounts: Vec<Vec<Account>>,
    pub(super) access_groups: Vec<AccessGroup>,
    pub(super) open: Vec<Vec<Decision>>,
    pub(super) guarding: Vec<Guarding>,
    pub(super) seen: Vec<Seen>,
    pub(super) drifting: Vec<Vec<Known>>,
    pub(super) snapshot: Option<Snapshot>,
}

/// What is known about all tenants.
pub(super) type Everywhere = (
    Vec<(TenantId, Integration)>,
    Vec<(Vec<TenantId>, Option<Timestamp>)>,
);

impl Asked<'_> {
    /// Asks about one tenant.
    pub(super) async fn view<L: Ledger + Accounts>(&self, ledger: &L, tenant: &TenantId) -> View {
        View {
            context: ledger.context(tenant).await.unwrap(),
            bookmarks: self.bookmarks(ledger, tenant).await,
            due: due(ledger, tenant).await,
            known: ledger.known(tenant, self.subjects()).await.unwrap(),
            holders: ledger.holders(tenant, owned(self.names)).await.unwrap(),
            heirs: self.heirs(ledger, tenant).await,
            occupied: ledger
                .occupied(tenant, self.all_access_groups())
                .await
                .unwrap(),
            counts: ledger.counts(tenant).await.unwrap(),
            found: self.found(ledger, tenant).await,
            accounts: self.pages(ledger, tenant).await,
            access_groups: ledger.access_groups(tenant).await.unwrap(),
            open: self.open(ledger, tenant).await,
            guarding: self.guarding(ledger, tenant).await,
            seen: ledger.seen(tenant, self.all_accounts()).await.unwrap(),
            drifting: self.drifting(ledger, tenant).await,
            snapshot: ledger.snapshot(tenant).await.unwrap(),
        }
    }

    fn all_accounts(&self) -> Vec<AccountId> {
        let all = self.accounts.iter();
        all.map(|account| AccountId::new(*account)).collect()
    }

    async fn drifting<L: Ledger>(&self, ledger: &L, tenant: &TenantId) -> Vec<Vec<Known>> {
        let people = self.subjects().into_iter();
        let people = people.filter(|one| one.kind == SubjectKind::Person);
        let mut found = Vec::new();
        for after in std::iter::once(None).chain(people.step_by(2).map(Some)) {
            for most in [1, 100] {
                let page = ledger.drifting(tenant, after.clone(), most).await;
                found.push(page.unwrap());
            }
        }
        found
    }

    async fn open<L: Ledger>(&self, ledger: &L, tenant: &TenantId) -> Vec<Vec<Decision>> {
        let only = |waiting, held, blocked| OpenFilter {
            waiting,
            held,
            blocked,
        };
        let filters = [
            OpenFilter::ALL,
            only(false, true, false),
            only(true, false, true),
        ];
        let mut found = Vec::new();
        let places = self.subjects().into_iter().step_by(4).map(Some);
        for after in std::iter::once(None).chain(places) {
            for (filter, most) in filters.into_iter().zip([100, 2, 1]) {
                let page = ledger
                    .open_decisions(tenant, filter, after.clone(), most)
                    .await;
                found.push(page.unwrap());
            }
        }
        found
    }

    async fn guarding<L: Ledger>(&self, ledger: &L, tenant: &TenantId) -> Vec<Guarding> {
        let mut found = Vec::new();
        for (millis, most) in [(-1_000_000, 100), (0, 100), (-5, 2)] {
            let groups = self.subjects().into_iter();
            let query = BrakeQuery {
                since: later(millis),
                most,
                privileged: self.all_access_groups(),
                groups: groups
                    .filter(|one| one.kind == SubjectKind::Group)
                    .collect(),
            };
            found.push(ledger.guarding(tenant, query).await.unwrap());
        }
        found
    }

    fn directories(&self) -> impl Iterator<Item = DirectoryId> {
        self.integrations.iter().map(|id| DirectoryId::new(*id))
    }

    fn subjects(&self) -> Vec<Subject> {
        let of = |integration: DirectoryId| {
            let people = self
                .people
                .iter()
                .map(|text| Subject::person(&integration, &id(text)));
            let groups = self
                .groups
                .iter()
                .map(|text| Subject::group(&integration, &id(text)));
            people.chain(groups).collect::<Vec<_>>()
        };
        self.directories().flat_map(of).collect()
    }

    fn all_access_groups(&self) -> Vec<AccessGroupId> {
        self.access_groups
            .iter()
            .map(|id| AccessGroupId::new(*id))
            .collect()
    }

    async fn bookmarks<L: Ledger>(&self, ledger: &L, tenant: &TenantId) -> Vec<Revision> {
        let mut found = Vec::new();
        for integration in self.directories() {
            found.push(ledger.bookmark(tenant, &integration).await.unwrap());
        }
        found
    }

    async fn heirs<L: Ledger>(&self, ledger: &L, tenant: &TenantId) -> Vec<Vec<Shadow>> {
        let mut found = Vec::new();
        for integration in self.directories() {
            for (external_ids, user_names) in
                [(self.names, &[][..]), (&self.names[..2], self.names)]
            {
                let (external_ids, user_names) = (owned(external_ids), owned(user_names));
                let heirs = ledger
                    .heirs(tenant, &integration, external_ids, user_names)
                    .await;
                found.push(heirs.unwrap());
            }
        }
        found
    }

    async fn found<L: Ledger>(&self, ledger: &L, tenant: &TenantId) -> Vec<Vec<Subject>> {
        let mut found = Vec::new();
        for text in self.names.iter().chain(self.people) {
            found.push(ledger.find(tenant, text).await.unwrap());
            found.push(
                ledger
                    .find(tenant, &format!(" {} ", text.to_uppercase()))
                    .await
                    .unwrap(),
            );
        }
        found
    }

    async fn pages<L: Accounts>(&self, ledger: &L, tenant: &TenantId) -> Vec<Vec<Account>> {
        let mut found = Vec::new();
        let places = self.accounts.iter().map(|id| Some(AccountId::new(*id)));
        for after in std::iter::once(None).chain(places) {
            for (active, most) in [(None, 2), (Some(true), 1), (Some(false), 2), (None, 100)] {
                let filter = AccountFilter {
                    active,
                    after: after.clone(),
                    most,
                };
                found.push(ledger.accounts(tenant, filter).await.unwrap());
            }
        }
        found
    }
}

/// Asks about all tenants.
pub(super) async fn everywhere<L: Ledger>(ledger: &L) -> Everywhere {
    let mut agendas = Vec::new();
    for millis in [-1_000, 0, 5, 60_000] {
        agendas.push(ledger.agenda(later(millis)).await.unwrap());
    }
    (ledger.integrations().await.unwrap(), agendas)
}

async fn due<L: Ledger>(ledger: &L, tenant: &TenantId) -> Vec<Vec<Due>> {
    let mut found = Vec::new();
    for (millis, most) in [(0, 100), (5, 3), (60_000, 2), (1_000_000_000, 100)] {
        found.push(ledger.due(tenant, later(millis), most).await.unwrap());
    }
    found
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
