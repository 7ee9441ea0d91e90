//! Whose account a person without one takes over: the same person's, deleted and made again (E-27).

use enroll_schema::Timestamp;

use crate::{Person, RESURRECT_MILLIS, Shadow, name_key};

/// What the accounts of deleted people have to do with a new one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Heir<'a> {
    /// Nothing.
    None,
    /// It is the same person.
    Same(&'a Shadow),
    /// Only the userName says so, and the deletion is long ago.
    Perhaps(&'a Shadow),
    /// The userName is the same, the externalIds say that the people are not.
    Other(&'a Shadow),
}

impl<'a> Heir<'a> {
    /// Returns the account to take over.
    pub(super) fn shadow(self) -> Option<&'a Shadow> {
        match self {
            Self::Same(shadow) | Self::Perhaps(shadow) => Some(shadow),
            Self::None | Self::Other(_) => None,
        }
    }
}

/// Compares a person with the deleted ones of the same directory: by externalId when both have one,
/// else by userName.
pub(super) fn find<'a>(person: &Person, deleted: &'a [Shadow], now: Timestamp) -> Heir<'a> {
    let own = |shadow: &&Shadow| {
        shadow.managed
            && shadow.gone_at.is_some()
            && shadow.subject.integration == person.integration
            && shadow.subject != person.subject()
    };
    let newest = |wanted: &dyn Fn(&Shadow) -> bool| {
        let fitting = deleted.iter().filter(own).filter(|shadow| wanted(shadow));
        fitting.max_by_key(|shadow| (shadow.gone_at, &shadow.subject))
    };
    if let Some(external) = &person.external_id
        && let Some(same) = newest(&|shadow| shadow.external_id.as_ref() == Some(external))
    {
        return Heir::Same(same);
    }
    let name = name_key(&person.user_name);
    let Some(namesake) = newest(&|shadow| name_key(&shadow.user_name) == name) else {
        return Heir::None;
    };
    if person.external_id.is_some() && namesake.external_id.is_some() {
        return Heir::Other(namesake);
    }
    let gone = namesake.gone_at.unwrap_or(now).as_millis();
    if now.as_millis().saturating_sub(gone) < RESURRECT_MILLIS {
        Heir::Same(namesake)
    } else {
        Heir::Perhaps(namesake)
    }
}
