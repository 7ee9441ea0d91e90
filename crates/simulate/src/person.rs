//! People as a provider's directory holds them.

use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};

use crate::{
    names::{DEPARTMENTS, FAMILY, GIVEN},
    provider::{Naming, Provider},
    zones::{Spelling, ZONES, Zone},
};

/// The `userType` of people who recruit for the company without being employed by it.
pub(crate) const EXTERNAL: &str = "External Recruiter";
/// All spellings of that mark which a directory may hold (S-12), the usual one first.
pub(crate) const EXTERNALS: &[&str] = &[EXTERNAL, "external", "Agency Recruiter", "EXTERNAL"];
/// The `userType` of people who are employed.
pub(crate) const EMPLOYEE: &str = "Employee";

/// Where a person stands in the provider's own directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Has not joined yet.
    Waiting,
    /// Has joined, but nobody has approved yet that the server hears of it.
    Pending,
    Active,
    /// Left, kept with `active` false.
    Suspended,
    /// Left, and to be deleted at the server.
    Deleted,
    /// Left, but the provider is set up to say nothing of it: still active at the server.
    LeftBehind,
}

impl Standing {
    /// Returns whether the server is meant to have the person as active.
    pub(crate) fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::LeftBehind)
    }
}

/// One person with everything a provider may send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) user_name: String,
    pub(crate) email: String,
    pub(crate) external_id: String,
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
    pub(crate) zone: &'static Zone,
    /// Whether the directory knows in which country the person works.
    pub(crate) country_known: bool,
    /// Whether zones are held by their Windows names.
    pub(crate) windows: bool,
    pub(crate) user_type: Option<&'static str>,
    pub(crate) department: &'static str,
    pub(crate) standing: Standing,
    /// How the zone is written, where that is not how this provider's directory writes it.
    spelling: Option<&'static Spelling>,
    naming: Naming,
    local: String,
    domain: String,
}

impl Person {
    /// Makes person number `index`; the same arguments always make the same person.
    pub(crate) fn new(provider: Provider, seed: u64, index: usize) -> Self {
        let mut random = random(provider, seed, index);
        let (given, given_ascii) = pick(GIVEN, &mut random);
        let (family, family_ascii) = pick(FAMILY, &mut random);
        let domain = format!("{}-{seed}.example", provider.company());
        let local = format!("{given_ascii}.{family_ascii}.{index}");
        let email = format!("{local}@{domain}");
        let naming = provider.naming();
        let user_name = match (naming, random.random_range(0..4)) {
            (Naming::Plain, _) => format!("{local}.{}-{seed}", provider.company()),
            (Naming::Free, 0) => format!("{local}@corp.{domain}"),
            (Naming::Free | Naming::Mail, _) => email.clone(),
        };
        let zone = pick_ref(ZONES, &mut random);
        let half = random.random_range(0..2) == 0;
        Self {
            user_name,
            email,
            external_id: external_id(provider, index, &mut random),
            given,
            family,
            zone,
            country_known: !zone.plain || half,
            windows: matches!(provider, Provider::Entra | Provider::EntraOptscim),
            user_type: (random.random_range(0..10) == 0).then_some(EXTERNAL),
            department: pick(DEPARTMENTS, &mut random),
            standing: Standing::Waiting,
            spelling: None,
            naming,
            local,
            domain,
        }
    }

    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// The zone as this provider writes it.
    pub(crate) fn time_zone(&self) -> &'static str {
        match self.spelling {
            Some(spelling) => spelling.text,
            None if self.windows => self.zone.windows,
            None => self.zone.iana,
        }
    }

    /// The IANA zone that is meant, if what is written means one.
    pub(crate) fn iana_time_zone(&self) -> Option<&'static str> {
        self.spelling
            .map_or(Some(self.zone.iana), |spelling| spelling.iana)
    }

    /// Whether anything marks the person as somebody from outside: `userType`, or the address.
    pub(crate) fn is_external(&self) -> bool {
        let marked = |mark: &str| EXTERNALS.iter().any(|one| one.eq_ignore_ascii_case(mark));
        self.user_type.is_some_and(marked) || !self.email.ends_with(&self.domain)
    }

    pub(crate) fn country(&self) -> Option<&'static str> {
        self.country_known.then_some(self.zone.country)
    }

    /// Gives the person another family name, and the address that goes with it.
    pub(crate) fn marry(&mut self) {
        let at = FAMILY
            .iter()
            .position(|(name, _)| *name == self.family)
            .unwrap_or(0);
        if let Some((family, ascii)) = FAMILY.get((at + 1) % FAMILY.len()) {
            self.family = family;
            self.email = format!("{}.{ascii}@{}", self.local, self.domain);
            self.follow();
        }
    }

    /// Gives the person another address of the same company.
    pub(crate) fn readdress(&mut self) {
        self.email = format!("{}@mail.{}", self.local, self.domain);
        self.follow();
    }

    /// Gives the person an address of the agency which the company works with.
    pub(crate) fn lend(&mut self) {
        let (company, top) = self.domain.rsplit_once('.').unwrap_or((&self.domain, ""));
        self.email = format!("{}@{company}-agency.{top}", self.local);
        self.follow();
    }

    /// Writes the time zone in another way; the person moves where that way means.
    pub(crate) fn spell(&mut self, spelling: &'static Spelling) {
        self.spelling = Some(spelling);
        let meant = |zone: &&Zone| Some(zone.iana) == spelling.iana;
        if let Some(zone) = ZONES.iter().find(meant) {
            self.zone = zone;
            self.country_known = true;
        }
    }

    /// Moves the person to another time zone, written as this provider's directory writes it.
    pub(crate) fn travel(&mut self) {
        self.spelling = None;
        let at = ZONES.iter().position(|zone| zone == self.zone).unwrap_or(0);
        if let Some(zone) = ZONES.get((at + 5) % ZONES.len()) {
            self.zone = zone;
            self.country_known |= !zone.plain;
        }
    }

    /// Makes the address the sign-in name.
    pub(crate) fn sign_in_by_email(&mut self) {
        self.user_name.clone_from(&self.email);
    }

    /// Gives the person another sign-in name.
    pub(crate) fn rename(&mut self) {
        let name = format!("{}@new.{}", self.local, self.domain);
        match self.naming {
            Naming::Free => self.user_name = name,
            Naming::Plain => self.user_name.push_str(".new"),
            Naming::Mail => {
                self.email = name;
                self.follow();
            }
        }
    }

    /// Where the address is the name to sign in with, it changes both.
    fn follow(&mut self) {
        if self.naming == Naming::Mail {
            self.user_name.clone_from(&self.email);
        }
    }
}

/// A generator of its own for each person and purpose, so that person 7 is the same among 10 and 1000.
pub(crate) fn random(provider: Provider, seed: u64, index: usize) -> Xoshiro256PlusPlus {
    // FNV-1a, 64 bit: spreads neighbouring seeds, and is the same on every machine.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let index = u64::try_from(index).unwrap_or(u64::MAX).to_le_bytes();
    for byte in provider
        .company()
        .bytes()
        .chain(seed.to_le_bytes())
        .chain(index)
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    Xoshiro256PlusPlus::seed_from_u64(hash)
}

/// An identifier in the shape this provider makes them.
fn external_id(provider: Provider, index: usize, random: &mut Xoshiro256PlusPlus) -> String {
    match provider {
        Provider::Okta | Provider::OktaWizard => {
            let mut id = String::from("00u");
            id.extend((0..17).map(|_| char::from(random.sample(rand::distr::Alphanumeric))));
            id
        }
        Provider::Entra | Provider::EntraOptscim | Provider::Ping | Provider::Keycloak => {
            guid(random)
        }
        Provider::JumpCloud => hex(24, random),
        // A hash of the user's number (AK-02).
        Provider::Authentik => hex(64, random),
        Provider::Google => format!("1{:020}", random.random::<u64>()),
        Provider::Rauthy => {
            let letters = (0..24).map(|_| char::from(random.sample(rand::distr::Alphanumeric)));
            letters.collect()
        }
        Provider::OneLogin => {
            format!(
                "{}{index:06}",
                random.random_range(100_000_000_u64..1_000_000_000)
            )
        }
    }
}

fn hex(digits: usize, random: &mut Xoshiro256PlusPlus) -> String {
    let digit = |_| char::from_digit(random.random_range(0..16), 16).unwrap_or('0');
    (0..digits).map(digit).collect()
}

/// A version 4 GUID.
pub(crate) fn guid(random: &mut Xoshiro256PlusPlus) -> String {
    let [high, low] = [random.random::<u64>(), random.random::<u64>()];
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff,
    )
}

fn pick<T: Copy>(all: &'static [T], random: &mut Xoshiro256PlusPlus) -> T {
    *pick_ref(all, random)
}

/// Never called with an empty table; the tables are this crate's.
#[allow(
    clippy::indexing_slicing,
    reason = "the range is the table's own length"
)]
fn pick_ref<T>(all: &'static [T], random: &mut Xoshiro256PlusPlus) -> &'static T {
    &all[random.random_range(0..all.len())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn people_of_all_providers_and_seeds_are_different_people() {
        let mut seen = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
        let mut people = 0;
        for provider in Provider::ALL {
            for seed in [0, 1, 2, 42, u64::MAX] {
                for index in 0..300 {
                    let person = Person::new(provider, seed, index);
                    let keys = [person.user_name, person.email, person.external_id];
                    people += 1;
                    for (set, key) in seen.iter_mut().zip(keys) {
                        set.insert(key.to_lowercase());
                    }
                }
            }
        }
        assert_eq!(seen.map(|set| set.len()), [people; 3]);
    }

    #[test]
    fn a_directory_shows_every_kind_of_person() {
        for provider in Provider::ALL {
            let people: Vec<_> = (0..200)
                .map(|index| Person::new(provider, 3, index))
                .collect();
            let has = |what: fn(&Person) -> bool| people.iter().any(what);
            assert!(has(|person| !person.given.is_ascii()), "{provider}");
            let named_otherwise = provider.naming() != Naming::Mail;
            assert_eq!(
                has(|person| person.user_name != person.email),
                named_otherwise,
                "{provider}"
            );
            assert!(has(|person| person.user_type.is_some()), "{provider}");
            assert!(has(|person| person.country().is_none()), "{provider}");
            assert!(
                people.iter().all(|person| person.user_name.is_ascii()),
                "{provider}"
            );
        }
    }

    #[test]
    fn a_windows_name_without_a_country_means_its_zone() {
        for index in 0..300 {
            let mut person = Person::new(Provider::Entra, 9, index);
            for _ in 0..3 {
                assert!(
                    person.zone.plain || person.country().is_some(),
                    "{person:?}"
                );
                person.travel();
            }
        }
    }

    #[test]
    fn each_change_changes_what_it_says() {
        let before = Person::new(Provider::Okta, 1, 1);
        let changed = |change: fn(&mut Person)| {
            let mut after = before.clone();
            change(&mut after);
            after
        };
        assert_ne!(changed(Person::marry).family, before.family);
        assert_ne!(changed(Person::marry).email, before.email);
        assert_ne!(changed(Person::readdress).email, before.email);
        assert_ne!(changed(Person::travel).time_zone(), before.time_zone());
        assert_ne!(changed(Person::rename).user_name, before.user_name);
        assert_ne!(changed(Person::lend).email, before.email);
    }

    #[test]
    fn who_signs_in_by_the_address_changes_both_at_once() {
        for provider in Provider::ALL {
            let before = Person::new(provider, 1, 1);
            for change in [Person::marry, Person::readdress, Person::rename] {
                let mut after = before.clone();
                change(&mut after);
                assert_ne!(
                    (&after.user_name, &after.email),
                    (&before.user_name, &before.email)
                );
                if provider.naming() == Naming::Mail {
                    assert_eq!(after.user_name, after.email, "{provider}");
                }
            }
        }
    }

    #[test]
    fn somebody_from_outside_is_known_by_the_mark_or_by_the_address() {
        let mut person = Person::new(Provider::Okta, 1, 1);
        person.user_type = Some(EMPLOYEE);
        assert!(!person.is_external());
        person.readdress();
        assert!(!person.is_external(), "{} is the company's", person.email);
        person.user_type = Some("EXTERNAL");
        assert!(person.is_external());
        person.user_type = None;
        person.lend();
        assert!(person.is_external(), "{} is not", person.email);
    }
}
