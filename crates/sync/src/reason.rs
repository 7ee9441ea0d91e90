//! Every reason an item can have: code, meaning, who can fix it and how. One table; the codes are a
//! stable interface.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Why an item is what it is: a code of the table and this case's particulars.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// The code.
    pub code: Code,
    /// What it is about in this case, for people; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Reason {
    /// Makes a reason.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// Makes a reason that needs no particulars.
    pub fn plain(code: Code) -> Self {
        Self::new(code, "")
    }
}

/// `E_EMAIL_TAKEN: pat@acme.com belongs to u_812`
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.detail)
        }
    }
}

/// Who can do something about a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// There is nothing to do.
    Nobody,
    /// The administrator of the identity provider.
    Provider,
    /// An administrator of the application.
    Application,
    /// The operator of this server, by policy or selections.
    Operator,
}

/// What kind of statement a reason makes; its first letters say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// What the provider or a person did.
    Cause,
    /// `N_`: a value was rewritten without loss.
    Normalised,
    /// `W_`: it went on, but somebody should look.
    Warning,
    /// `D_`: the application differs from what was applied.
    Drift,
    /// `H_`: it waits for a clock or for somebody's yes.
    Held,
    /// `E_`: it cannot go on until something is fixed.
    Blocked,
}

macro_rules! reasons {
    ($($variant:ident $code:literal $class:ident $who:ident $meaning:literal $fix:literal;)*) => {
        /// The codes; each is one row of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {$(
            #[doc = $meaning]
            $variant,
        )*}

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the code as spelled, for instance `E_EMAIL_TAKEN`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Returns what kind of statement it is.
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)* }
            }

            /// Returns what it means, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// Returns who can do something about it.
            pub const fn who(self) -> Who {
                match self { $(Self::$variant => Who::$who,)* }
            }

            /// Returns what they can do; empty when there is nothing to do.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$variant => $fix,)* }
            }
        }
    };
}

reasons! {
    NewInGroup "NEW_IN_GROUP" Cause Nobody
        "Active and in a selected group, and without an account so far." "";
    IdpChanged "IDP_CHANGED" Cause Nobody
        "The provider changed a value." "";
    IdpInactive "IDP_INACTIVE" Cause Provider
        "The provider says the person is not active."
        "Activate or assign the person in the provider.";
    IdpDeleted "IDP_DELETED" Cause Provider
        "The provider deleted the person."
        "Assign the person again in the provider.";
    Reactivated "REACTIVATED" Cause Nobody
        "The same account is active again, in today's access group (E-13)." "";
    Resurrected "RESURRECTED" Cause Nobody
        "The provider deleted and made the person again; the account is the old one (E-27)." "";
    KindChanged "KIND_CHANGED" Cause Nobody
        "Internal and external changed places (E-14)." "";
    KindDecided "KIND_DECIDED" Cause Nobody
        "Why the person counts as external (S-12)." "";
    LoginChanged "LOGIN_CHANGED" Cause Nobody
        "The login name changed; the old one stays reserved for 90 days (E-17)." "";
    NotInSelectedGroup "NOT_IN_SELECTED_GROUP" Cause Operator
        "The person is in no selected group."
        "Select one of the person's groups, or add the person to a selected group in the provider.";
    LostLastGroup "LOST_LAST_GROUP" Cause Provider
        "The person left the last selected group (E-03)."
        "Add the person to a selected group in the provider.";
    NotSelected "NOT_SELECTED" Cause Operator
        "The group is not selected: it is stored and never applied (S-35)."
        "Select the group.";
    GroupSelected "GROUP_SELECTED" Cause Nobody
        "The group was selected and needs an access group (S-07)." "";
    GroupRenamed "GROUP_RENAMED" Cause Nobody
        "The provider renamed the group (E-10)." "";
    GroupDeleted "GROUP_DELETED" Cause Nobody
        "The provider deleted the group (E-11)." "";
    Rebound "REBOUND" Cause Nobody
        "A deleted group came back with the same externalId and keeps its access group (E-11)." "";
    Released "RELEASED" Cause Operator
        "The group was deselected: accounts stay as they are and belong to the application (E-04)."
        "Select the group again to manage them here.";
    Paused "PAUSED" Cause Operator
        "The selection is paused; nothing changes (E-04)."
        "Resume the selection.";
    SyncOff "SYNC_OFF" Cause Operator
        "Automatic sync is off: what is ready waits (S-32)."
        "Look at what would change, then switch automatic sync on.";
    Unchanged "UNCHANGED" Cause Nobody
        "Everything is as it should be." "";
    TimezoneMapped "N_TIMEZONE_MAPPED" Normalised Nobody
        "A Windows time zone was mapped to its IANA name (E-06)." "";
    TimezoneCase "N_TIMEZONE_CASE" Normalised Nobody
        "The time zone was brought to its canonical spelling (E-07)." "";
    GroupNameSuffixed "N_GROUP_NAME_SUFFIXED" Normalised Nobody
        "The name was taken in the application; the new access group got a longer one (E-30)." "";
    EmailFromUsername "W_EMAIL_FROM_USERNAME" Warning Provider
        "There is no e-mail; the userName is one and was used (S-17)."
        "Map the work address to emails[type eq \"work\"].value.";
    NameDerived "W_NAME_DERIVED" Warning Provider
        "A given or family name was split from the formatted or display name (S-18, S-19)."
        "Map name.givenName and name.familyName.";
    TimezoneInvalid "W_TIMEZONE_INVALID" Warning Provider
        "The time zone is no IANA name; the account's value stays (E-05)."
        "Send an IANA name such as Europe/London.";
    MultipleGroups "W_MULTIPLE_GROUPS" Warning Operator
        "The person is in several selected groups; the first in their order counts (E-01)."
        "Change the order of the selections, or the person's groups in the provider.";
    GroupNameDuplicate "W_GROUP_NAME_DUPLICATE" Warning Provider
        "Another group of this provider has the same name (E-30)."
        "Rename one of them in the provider.";
    FieldUnreadable "W_FIELD_UNREADABLE" Warning Operator
        "A path of the policy's fields no longer fits the schema."
        "Correct the path in the policy.";
    LocalChangeKept "D_LOCAL_CHANGE_KEPT" Drift Application
        "Somebody changed the account in the application; the provider's value stayed (E-12)."
        "Change it in the provider, or leave it.";
    LocalChangeRepaired "D_LOCAL_CHANGE_REPAIRED" Drift Nobody
        "Somebody asked for the provider's value in place of a local change (E-12)." "";
    LocalChangeOverridden "D_LOCAL_CHANGE_OVERRIDDEN" Drift Nobody
        "The provider changed a value that somebody had changed in the application (E-12)." "";
    Linked "LINKED" Cause Nobody
        "The person is tied to an account that was there before (E-16)." "";
    HeldLink "H_LINK" Held Operator
        "The application has an account that fits the person and that nobody manages (E-16)."
        "Approve the link, or correct the account's address in the application.";
    HeldLinksAdmin "H_LINKS_ADMIN" Held Operator
        "The account that fits the person is an administrator's, or protected (E-16)."
        "Make sure that it is the same person, then approve this one link.";
    HeldRegroupGrace "H_REGROUP_GRACE" Held Nobody
        "Left the last selected group just now; a move is two requests, so this waits (E-02)." "";
    HeldGroupDeleted "H_GROUP_DELETED" Held Operator
        "The provider deleted the selected group; its members stay until somebody decides (E-11)."
        "Deselect the group to release its members, or set on_group_deleted to \"apply\".";
    HeldToExternal "H_INTERNAL_TO_EXTERNAL" Held Operator
        "Becoming external takes rights away (E-15)."
        "Set to_external to \"apply\", or correct the person in the provider.";
    HeldResurrect "H_RESURRECT" Held Operator
        "Perhaps the same person as one deleted long ago; only the userName says so (E-27)."
        "Send an externalId, or change the userName.";
    HeldMass "H_MASS_DEACTIVATION" Held Operator
        "Too many would lose access within 24 hours; none of these is applied (E-23)."
        "Look at who it is and why, then approve, or put it right in the provider.";
    HeldBurst "H_BURST" Held Operator
        "Too many would lose access within an hour, or by one request or change (E-23)."
        "Look at who it is and why, then approve, or put it right in the provider.";
    HeldEmptySource "H_EMPTY_SOURCE" Held Operator
        "A selected group falls to nobody, or half of the people vanish: the source may be broken."
        "Check the provider, then approve.";
    HeldLastAdmin "H_LAST_ADMIN" Held Operator
        "This is the last active person in a privileged access group (E-24)."
        "Put somebody else into the access group first, or approve.";
    HeldProtected "H_PROTECTED" Held Operator
        "The account is on the list of protected accounts (E-24)."
        "Approve, or take the account off the list.";
    HeldDomain "H_DOMAIN" Held Operator
        "The address is outside the tenant's own domains (E-09)."
        "Approve, add the domain to guards.domains, or correct the address in the provider.";
    HeldPrivilege "H_PRIVILEGE_GAIN" Held Operator
        "The group gives privileged rights for the first time; those who follow go on by themselves."
        "Approve, or choose another access group for the selection.";
    HeldFrozen "H_FROZEN" Held Operator
        "Changes are frozen."
        "Set guards.freeze to \"none\".";
    Declined "H_DECLINED" Held Operator
        "Somebody looked at it and said no."
        "Approve it, or put it right in the provider.";
    Approved "X_APPROVED" Cause Nobody
        "Somebody looked at it and said yes." "";
    ExceptionUntil "X_EXCEPTION_UNTIL" Cause Operator
        "Access was given back and is kept for a while, although the directory says otherwise."
        "Give access in the provider before it runs out.";
    EmailTaken "E_EMAIL_TAKEN" Blocked Application
        "Another account already has this address (E-09)."
        "Change the other account's address, or the person's in the provider.";
    AmbiguousMatch "E_AMBIGUOUS_MATCH" Blocked Application
        "More than one account, or more than one person, fits (E-16)."
        "Tie the person to the right account, or correct the others in the application.";
    EmailMissing "E_EMAIL_MISSING" Blocked Provider
        "There is no e-mail at all (E-26)."
        "Map emails[type eq \"work\"].value in the provider.";
    LoginAmbiguous "E_LOGIN_AMBIGUOUS" Blocked Provider
        "The login name would also name another account (S-27, E-17)."
        "Change one of the two in the provider.";
    LoginReused "E_LOGIN_REUSED" Blocked Operator
        "A different person had this userName before: the externalIds differ (E-27)."
        "Change the userName, or give the old account another one.";
    ClaimedByOther "E_CLAIMED_BY_OTHER" Blocked Operator
        "Another integration of this tenant manages the account (E-22)."
        "Remove the person from one of the two providers.";
    GroupNameTaken "E_GROUP_NAME_TAKEN" Blocked Application
        "Another access group has the new name; this one keeps its old name (E-10)."
        "Rename the other access group.";
    NeedsTarget "E_NEEDS_TARGET" Blocked Operator
        "The application has a fixed list of roles and nobody chose one for this group (S-35b)."
        "Choose an access group for the selection.";
    SeatLimit "E_SEAT_LIMIT" Blocked Application
        "Every seat is taken; whoever comes first goes on when one is free (E-25)."
        "Buy seats, or let somebody leave.";
    GroupNotReady "E_GROUP_NOT_READY" Blocked Nobody
        "The access group is not there yet; this goes on as soon as it is." "";
    GroupInUse "E_GROUP_IN_USE" Blocked Nobody
        "People are still in the access group; it is archived when the last one left (E-11)." "";
    Rejected "E_REJECTED" Blocked Application
        "The application refused the change."
        "See the application's own words; after a fix there, sync again.";
    SinkRetry "E_SINK_RETRY" Blocked Application
        "The application did not answer or asked to wait; this is tried again." "";
    SinkFailed "E_SINK_FAILED" Blocked Application
        "The application did not take the change for seven days."
        "Repair the application's endpoint, then sync again.";
    NoRef "E_NO_REF" Blocked Application
        "The application did not say which account it made."
        "Answer a create with the account's id.";
}

impl Code {
    /// Finds a code by its spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("no reason code of this version"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_found_again() {
        let spelled: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(spelled.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
        }
        assert_eq!(Code::parse("E_NOPE"), None);
    }

    #[test]
    fn the_first_letters_say_the_class() {
        for code in Code::ALL {
            let wanted = match code.as_str().get(..2) {
                Some("N_") => Class::Normalised,
                Some("W_") => Class::Warning,
                Some("D_") => Class::Drift,
                Some("H_") => Class::Held,
                Some("E_") => Class::Blocked,
                _ => Class::Cause,
            };
            assert_eq!(code.class(), wanted, "{code}");
        }
    }

    #[test]
    fn every_row_says_what_it_means_and_who_can_fix_it() {
        for code in Code::ALL {
            assert!(code.meaning().ends_with('.'), "{code}");
            let silent = code.fix().is_empty();
            assert!(silent || code.fix().ends_with('.'), "{code}");
            assert!(
                !silent || matches!(code.who(), Who::Nobody) || *code == Code::SinkRetry,
                "{code}"
            );
        }
    }

    #[test]
    fn a_reason_survives_json() {
        let reason = Reason::new(Code::EmailTaken, "pat@acme.com belongs to u_812");
        let text = serde_json::to_string(&reason).unwrap();
        assert_eq!(
            text,
            r#"{"code":"E_EMAIL_TAKEN","detail":"pat@acme.com belongs to u_812"}"#
        );
        assert_eq!(serde_json::from_str::<Reason>(&text).unwrap(), reason);
        assert!(serde_json::from_str::<Reason>(r#"{"code":"E_NOPE"}"#).is_err());
    }
}
