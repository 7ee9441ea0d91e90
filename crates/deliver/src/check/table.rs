//! What is checked, and what to change where it fails.

use std::pin::Pin;

use super::{
    accounts, groups, leavers, messages,
    play::{Checked, Doubt, Play},
    report::{Row, Verdict},
    settings, signatures,
};

/// One thing that the contract asks of a receiver.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name.
    pub id: &'static str,
    /// What a receiver does that passes.
    pub about: &'static str,
    /// What to change in one that fails.
    pub change: &'static str,
    pub(super) run: Run,
}

type Run = for<'a> fn(&'a mut Play) -> Running<'a>;
type Running<'a> = Pin<Box<dyn Future<Output = Checked> + Send + 'a>>;

impl Check {
    pub(super) fn row(&self, checked: Checked) -> Row {
        Row {
            id: self.id,
            about: self.about,
            verdict: match checked {
                Ok(()) => Verdict::Passed,
                Err(Doubt::Unseen(why)) => Verdict::NotChecked { why },
                Err(Doubt::Fault {
                    sent,
                    expected,
                    came,
                }) => Verdict::Failed {
                    sent,
                    expected,
                    came,
                    change: self.change,
                },
            },
        }
    }
}

macro_rules! checks {
    ($($id:literal $run:path: $about:literal; $change:literal)*) => {
        &[$(Check {
            id: $id,
            about: $about,
            change: $change,
            run: |play| Box::pin($run(play)),
        },)*]
    };
}

/// Every check, in order; where the first fails, the others are not made.
pub const CHECKS: &[Check] = checks! {
    "reached" messages::reached:
        "a rightly signed message is taken";
        "answer 2xx to POST at this URL; at 401: the key is what stands after `whsec_`, base64-decoded, the signed text is webhook-id, a dot, webhook-timestamp, a dot, and the body's bytes as they came, and the signature is `v1,` and the base64 of its HMAC-SHA256"
    "signature-missing" signatures::missing:
        "a message without signature is refused with 401";
        "answer 401 before anything else when webhook-signature is missing"
    "signature-wrong" signatures::wrong:
        "a message signed with another secret is refused with 401";
        "compute the signature over webhook-id.webhook-timestamp.body, compare it in constant time, and answer 401 when no part fits; another 4xx would be read as a final refusal of the change"
    "signature-old" signatures::old:
        "a message signed ten minutes ago is refused with 401";
        "answer 401 when webhook-timestamp is more than 300 seconds ago: who recorded a message could send it again"
    "signature-early" signatures::early:
        "a message signed for ten minutes from now is refused with 401";
        "answer 401 when webhook-timestamp is more than 300 seconds ahead of the clock"
    "signature-list" signatures::list:
        "one fitting signature of several is enough";
        "split webhook-signature at blanks, pass over parts that do not begin with `v1,`, and accept when any part fits: during a rotation the old and the new secret both sign"
    "signature-bytes" signatures::bytes:
        "the signature is verified over the bytes as they came";
        "verify the raw body before it is parsed; JSON that is written again is not the same bytes"
    "same-key" accounts::same_key:
        "the same message twice has the effect of one";
        "remember webhook-id with its answer, in the transaction of the change, and answer a repeat the same; its timestamp and signature are new"
    "by-directory-id" accounts::by_directory_id:
        "a message without app_ref finds the account of its directory_id";
        "keep account.directory_id with the account, and look there when a message has no app_ref, before an account is made"
    "by-app-ref" accounts::by_app_ref:
        "a message with app_ref goes to that account, whatever its directory_id";
        "look up account.app_ref first; when its directory_id is new, tie it to that account from now on"
    "two-people" accounts::two_people:
        "two people have two accounts";
        "answer an app_ref that is the account's own"
    "update" accounts::update:
        "e-mail, names and time zone of `full` reach the account";
        "write every value of data.full into the account, and answer what it is then"
    "fields" accounts::fields:
        "`fields` is whole: what is in it no more is removed";
        "replace the stored fields by data.full.fields instead of adding to them"
    "not-said" accounts::unsaid:
        "a value that `full` does not have stays what it is";
        "write only the values that data.full has; a missing one is no null"
    "move" groups::moved:
        "a move takes the old access group and gives the new one, in one call";
        "replace the account's access groups by data.full.access_groups, in one transaction"
    "external" accounts::external:
        "an account becomes that of an external recruiter";
        "write data.full.kind: external accounts have fewer rights"
    "deactivate" leavers::deactivate:
        "a leaver's account is inactive, and kept";
        "set the account inactive when data.full.active is false; never delete it"
    "end-access" leavers::end_access:
        "when it is answered, sessions, API keys and running jobs have ended";
        "with data.end_access, end sessions, revoke API keys and stop jobs before answering"
    "reactivate" leavers::reactivate:
        "who comes back has the same account, active";
        "find the inactive account by its app_ref and set it active; make no second one"
    "out-of-order" accounts::out_of_order:
        "a late message with a lower revision changes nothing";
        "keep data.revision with the account; answer a message with a lower one 200, as applied, and write nothing"
    "taken-address" accounts::taken:
        "a new person with somebody's address takes no account over";
        "never match accounts by e-mail: answer `exists` with the app_ref of the account that has it"
    "settings-move" settings::moved:
        "overrides and notification settings survive a move";
        "write nothing but the values of data.full: what a person set by hand stays when the access group changes"
    "settings-return" settings::returned:
        "overrides and notification settings survive leaving and coming back";
        "keep what a person set by hand when an account is deactivated, and reset nothing when it is reactivated"
    "group-create" groups::create:
        "an access group is made once";
        "keep access_group.directory_id with the access group and answer its id as app_ref; where roles are fixed, answer `rejected` and check with --role A --role B"
    "group-changes" groups::changes:
        "an access group keeps its id when it is renamed and archived";
        "find the access group by its app_ref, write data.full.name and data.full.archived"
    "unknown-group" groups::unknown:
        "an unknown access group is refused or taken, never a reason to ask again";
        "answer {\"outcome\":\"rejected\",\"code\":\"unknown_group\"} instead of an error: 5xx is tried again for days"
    "unknown-fields" messages::unknown_fields:
        "names that are not known are passed over";
        "do not refuse unknown names: they are added without a new version"
    "unknown-type" messages::unknown_type:
        "a message of an unknown type is passed over or refused for good";
        "answer 200 with an empty body, or 400, when `type` is not known: 5xx is tried again for days"
    "malformed" messages::malformed:
        "a body that is no JSON is refused with 400";
        "answer 400 when the body cannot be read: 5xx is tried again for days"
    "large" messages::large:
        "a message of 1 MiB is taken, or refused with 413";
        "read bodies up to 1 MiB, and answer 413 to longer ones before closing the connection"
};
