//! What is in a directory, counted: for whoever asks whether a provider sends what it should.

use std::collections::{BTreeMap, BTreeSet};

use enroll_schema::{ResourceId, ResourceType, Timestamp};
use enroll_store::{
    Directories, DirectoryId, Feed, Query, Record, Revision, Store, TenantId, Touched, Want, Window,
};

use super::{Desk, PENDING_MAX, known_integration, picker::members};
use crate::{
    Accounts, Glance, Ledger, Mapping, SyncError,
    zone::{self, Zone},
};

/// Most people that are read for a survey.
pub const SURVEY_PEOPLE_MAX: u64 = 10_000;
/// Most groups that are read for a survey.
pub const SURVEY_GROUPS_MAX: u64 = 5_000;
/// Most changes, the newest, that are searched for memberships that were lost.
const CHANGES_MAX: u64 = 10_000;
/// Most spellings of time zones that are told apart.
const ZONES_MAX: usize = 200;
/// Resources or changes read at once.
const PAGE: u32 = 500;

/// A directory, counted; of a large one the first [`SURVEY_PEOPLE_MAX`] people and
/// [`SURVEY_GROUPS_MAX`] groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// How many people there are.
    pub people: u64,
    /// How many of them were read; the counts below are of these.
    pub people_read: u64,
    /// When the first one came.
    pub first_person: Option<Timestamp>,
    /// How many the provider says are active; the next four count only those.
    pub active: u64,
    /// How many have no address at all, the userName included (E-26).
    pub without_email: u64,
    /// How many have no address but the userName (S-17).
    pub email_from_user_name: u64,
    /// How many are in no group.
    pub without_group: u64,
    /// How many are in no group, but were in one.
    pub lost_groups: u64,
    /// The time zones sent, by spelling.
    pub zones: Vec<SentZone>,
    /// How many people have a time zone in one more spelling than are told apart.
    pub other_zones: u64,
    /// How many groups there are.
    pub groups_total: u64,
    /// The groups that were read, in the order they came.
    pub groups: Vec<SeenGroup>,
    /// How many members were named that are no resource here (E-18).
    pub pending_members: u64,
}

/// One spelling of a time zone, and what it is read as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentZone {
    /// As sent.
    pub sent: String,
    /// How many people have it.
    pub people: u64,
    /// The IANA names it is read as; several where the country decides (E-06), none where it is no
    /// time zone (E-05).
    pub zones: BTreeSet<&'static str>,
    /// Whether it is an IANA name already, letter case aside.
    pub is_iana: bool,
    /// Names that may have been meant, where it is none.
    pub near: Vec<&'static str>,
}

/// One group of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenGroup {
    /// The group in the directory.
    pub id: ResourceId,
    /// Its name.
    pub display_name: String,
    /// When it came.
    pub created: Timestamp,
    /// How many direct members it has.
    pub members: u64,
    /// Whether it is selected.
    pub selected: bool,
}

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Counts what is in a directory.
    ///
    /// # Errors
    /// [`SyncError::UnknownIntegration`], or when a store fails.
    pub async fn survey(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
    ) -> Result<Survey, SyncError> {
        let context = self.ledger.context(tenant).await?;
        known_integration(&context, integration)?;
        let mapping = Mapping::lenient(&context.policy, &self.kinds.user);
        let store = self.directories.open(integration).await?;
        let mut survey = Survey::default();
        let mut counted = People::default();
        let (user, group) = (&self.kinds.user, &self.kinds.group);
        survey.people = pages(&store, user, (Want::UpTo(1), SURVEY_PEOPLE_MAX), |record| {
            let glance = Glance::of(record, &mapping)?;
            counted.add(&mut survey, record, &glance);
            Ok(())
        })
        .await?;
        survey.zones = counted.zones();
        survey.lost_groups = lost(&store, counted.alone).await?;
        let selected = |id: &ResourceId| {
            let mut all = context.selections.iter();
            all.any(|one| one.integration == *integration && one.group == *id)
        };
        survey.groups_total = pages(
            &store,
            group,
            (Want::UpTo(0), SURVEY_GROUPS_MAX),
            |record| {
                let source = crate::job::source(integration, record)?;
                survey.groups.push(SeenGroup {
                    selected: selected(&source.id),
                    id: source.id,
                    display_name: source.display_name,
                    created: record.created,
                    members: members(&record.links),
                });
                Ok(())
            },
        )
        .await?;
        let pending = store.pending(None, PENDING_MAX).await?;
        survey.pending_members = u64::try_from(pending.len()).unwrap_or(u64::MAX);
        Ok(survey)
    }
}

/// Reads resources of a type in the order they came, `most` at most; returns how many there are.
async fn pages<S: Store>(
    store: &S,
    kind: &ResourceType,
    (want, most): (Want, u64),
    mut each: impl FnMut(&Record) -> Result<(), SyncError>,
) -> Result<u64, SyncError> {
    let (mut window, mut total, mut read) = (Window::Index(1), None, 0);
    loop {
        let query = Query {
            branches: vec![(kind.clone(), None)],
            sort: None,
            window,
            count: PAGE,
            want,
            total: total.is_none(),
        };
        let page = store.find(query).await?;
        let there = *total.get_or_insert(page.total.unwrap_or_default());
        for record in &page.records {
            each(record)?;
            read += 1;
            if read == most {
                return Ok(there.max(read));
            }
        }
        match page.keys.last() {
            Some(key) => window = Window::After(key.clone()),
            None => return Ok(there.max(read)),
        }
    }
}

/// What is remembered while people are counted.
#[derive(Default)]
struct People {
    /// Active people who are in no group.
    alone: BTreeSet<String>,
    zones: BTreeMap<(String, Option<String>), (Zone, u64)>,
}

impl People {
    fn add(&mut self, survey: &mut Survey, record: &Record, glance: &Glance) {
        survey.people_read += 1;
        survey.first_person.get_or_insert(record.created);
        if !glance.active {
            return;
        }
        survey.active += 1;
        survey.without_email += u64::from(!glance.has_email);
        survey.email_from_user_name += u64::from(glance.email_is_user_name);
        if members(&record.links) == 0 {
            survey.without_group += 1;
            self.alone.insert(record.id.to_string());
        }
        if let Some(place) = &glance.zone {
            survey.other_zones += u64::from(!self.zone(place));
        }
    }

    /// Counts a time zone; tells whether there was room for it.
    fn zone(&mut self, place: &(String, Option<String>)) -> bool {
        if let Some((_, people)) = self.zones.get_mut(place) {
            *people += 1;
            return true;
        }
        let has_room = self.zones.len() < ZONES_MAX;
        if has_room {
            let read = zone::read(&place.0, place.1.as_deref());
            self.zones.insert(place.clone(), (read, 1));
        }
        has_room
    }

    /// Returns the time zones by spelling.
    fn zones(&self) -> Vec<SentZone> {
        let mut all: BTreeMap<&str, SentZone> = BTreeMap::new();
        for ((sent, _), (read, people)) in &self.zones {
            let one = all.entry(sent).or_insert_with(|| SentZone {
                sent: sent.clone(),
                ..SentZone::default()
            });
            one.people += people;
            match read {
                Zone::Unset => {}
                Zone::Iana(name) | Zone::Respelled(name) => {
                    one.is_iana = true;
                    one.zones.insert(name);
                }
                Zone::Mapped { zone, .. } => _ = one.zones.insert(zone),
                Zone::Invalid(near) => one.near.clone_from(near),
            }
        }
        all.into_values().collect()
    }
}

/// Counts those of `alone` whose membership in some group moved: nobody is in no group who was not
/// taken out of one.
///
/// A group that was deleted, or emptied at once, names nobody and is not counted.
async fn lost<S: Feed>(store: &S, mut alone: BTreeSet<String>) -> Result<u64, SyncError> {
    let asked = alone.len();
    let head = store.changes(Revision(0), 1).await?.head;
    let mut after = Revision(head.0.saturating_sub(CHANGES_MAX));
    while !alone.is_empty() {
        let page = store.changes(after, PAGE).await?;
        for change in &page.changes {
            if let Touched::Members(ids) = &change.touched {
                for id in ids {
                    alone.remove(id);
                }
            }
        }
        match page.changes.last() {
            Some(last) => after = last.revision,
            None => break,
        }
    }
    Ok(u64::try_from(asked - alone.len()).unwrap_or(u64::MAX))
}
