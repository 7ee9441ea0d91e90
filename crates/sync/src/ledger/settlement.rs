//! What an answer of the application comes to: pure, so that every ledger writes down the same.

use std::collections::BTreeSet;

use enroll_schema::Timestamp;

use super::{Answer, Claim, Collision, Decision, Effect, Next, Recorded, Rule, Step, Verdict, Why};
use crate::{
    AccessGroupId, AccountId, Code, FormerLogin, GroupOutcome, GroupShadow, Item,
    LOGIN_RESERVED_MILLIS, Op, Outcome, Profile, Reason, Shadow, Span, Stage, State, WaitKey,
    base_after, mute, name_key,
};

/// What was written down before the call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prior {
    /// The account tied to the subject.
    pub shadow: Option<Shadow>,
    /// The account tied to [`Item::heir_of`].
    pub heir: Option<Shadow>,
    /// The access group tied to the subject.
    pub binding: Option<GroupShadow>,
    /// What the last call about the subject said.
    pub recorded: Option<Recorded>,
}

/// What is to be written down after the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// The rows.
    pub step: Step,
    /// Whether the change gets the number.
    pub counted: bool,
}

/// Returns what `answer` to `claim` comes to; `seq` is the number the change gets, if it is one.
pub fn settlement(claim: &Claim, answer: &Answer, prior: &Prior, seq: u64) -> Settlement {
    let case = Case { claim, prior, seq };
    match answer {
        Answer::Account(Outcome::Applied { app_ref, observed }) => {
            case.applied(app_ref, observed.as_deref(), Verdict::Applied)
        }
        Answer::Account(Outcome::Unchanged) => match &claim.item.app_ref {
            Some(app_ref) => case.applied(app_ref, None, Verdict::Unchanged),
            None => case.refused(Verdict::Rejected, Reason::plain(Code::NoRef), String::new()),
        },
        Answer::Account(Outcome::Exists { app_ref }) => case.collides(app_ref),
        Answer::Account(Outcome::Conflict { observed }) => case.conflict(observed),
        Answer::Account(Outcome::Rejected { code, text })
        | Answer::Group(GroupOutcome::Rejected { code, text }) => {
            let words = format!("{code}: {text}");
            case.refused(
                Verdict::Rejected,
                Reason::new(Code::Rejected, &words),
                words.clone(),
            )
        }
        Answer::Account(Outcome::Retry { after, text })
        | Answer::Group(GroupOutcome::Retry { after, text }) => case.retried(*after, text),
        Answer::Group(GroupOutcome::Applied { group_ref }) => case.group_applied(group_ref),
    }
}

struct Case<'a> {
    claim: &'a Claim,
    prior: &'a Prior,
    seq: u64,
}

impl Case<'_> {
    fn item(&self) -> &Item {
        &self.claim.item
    }

    /// The account is as it shall be: base, tie and number are written, and whoever waits for a
    /// name or group is woken.
    fn applied(
        &self,
        app_ref: &AccountId,
        observed: Option<&Profile>,
        verdict: Verdict,
    ) -> Settlement {
        let item = self.item();
        let before = self.prior.shadow.as_ref().or(self.prior.heir.as_ref());
        let applied = item.account.clone().unwrap_or_default();
        let base = base_after(before.map(|shadow| &shadow.base), &applied, &item.kept);
        let reported = observed
            .cloned()
            .or_else(|| (!item.kept.is_empty()).then_some(applied));
        let gone_at = before
            .filter(|shadow| shadow.subject == item.subject)
            .and_then(|shadow| shadow.gone_at);
        let shadow = Shadow {
            subject: item.subject.clone(),
            app_ref: app_ref.clone(),
            external_id: item.external_id.clone(),
            user_name: item.name.clone(),
            managed: true,
            observed: reported.filter(|reported| *reported != base),
            via: item.via.clone().filter(|_| base.active),
            ungrouped_since: None,
            gone_at,
            former_logins: self.former_logins(before, &base),
            seq: self.seq,
            doubt: None,
            base,
        };
        let mut effects = vec![Effect::Shadow(Box::new(shadow.clone()))];
        effects.extend(
            self.prior
                .heir
                .iter()
                .map(|heir| Effect::ForgetShadow(heir.subject.clone())),
        );
        effects.extend(self.served());
        effects.extend(self.repaired());
        let mut settlement = self.settled(State::Ready, None, verdict, String::new(), Next::Clear);
        settlement.step.effects = effects;
        settlement.step.wake = woken(before, &shadow);
        if item.op == Op::Link {
            // Address and login follow in a run of their own (E-16).
            settlement.step.next = Next::At(self.claim.now, Why::Change);
        }
        settlement.counted = true;
        settlement
    }

    /// The application has an account with these names: whether it is the person's is decided in
    /// the next run (E-16).
    fn collides(&self, app_ref: &AccountId) -> Settlement {
        let detail = format!("the application has account {app_ref}");
        let reason = Reason::new(Code::EmailTaken, detail);
        let mut settlement = self.refused(Verdict::Exists, reason, String::new());
        let profile = self.item().account.as_ref();
        let collision = Collision {
            app_ref: app_ref.clone(),
            email: profile.and_then(|profile| profile.email.clone()),
            login: profile.and_then(|profile| profile.login.clone()),
            at: self.claim.now,
        };
        let subject = self.item().subject.clone();
        let effect = Effect::Rule(subject, Rule::Collide(collision));
        settlement.step.effects.push(effect);
        settlement.step.next = Next::At(self.claim.now, Why::Change);
        settlement
    }

    /// A yes to this item has served.
    fn served(&self) -> Option<Effect> {
        let item = self.item();
        item.has(Code::Approved)
            .then(|| Effect::Rule(item.subject.clone(), Rule::Undecide))
    }

    /// The provider's values are written back: what was said about them has served (E-12).
    fn repaired(&self) -> Vec<Effect> {
        let item = self.item();
        let names = item.changed.iter();
        let names = names.filter(|_| item.has(Code::LocalChangeRepaired));
        let rule = |name: &String| Effect::Rule(item.subject.clone(), Rule::Unfield(name.clone()));
        names.map(rule).collect()
    }

    /// A login that is given up stays reserved (E-17).
    fn former_logins(&self, before: Option<&Shadow>, base: &Profile) -> Vec<FormerLogin> {
        let Some(before) = before else {
            return Vec::new();
        };
        let now = self.claim.now;
        let key = base.login.as_deref().map(name_key);
        let given_up = before
            .base
            .login
            .iter()
            .filter(|login| Some(name_key(login)) != key);
        let until = Timestamp::from_millis(now.as_millis().saturating_add(LOGIN_RESERVED_MILLIS));
        let fresh = given_up.map(|login| FormerLogin {
            login: login.clone(),
            until,
        });
        let kept = before
            .former_logins
            .iter()
            .filter(|old| old.until > now)
            .cloned();
        kept.chain(fresh)
            .filter(|old| Some(name_key(&old.login)) != key)
            .collect()
    }

    fn group_applied(&self, group_ref: &AccessGroupId) -> Settlement {
        let item = self.item();
        let wish = item.group.as_ref();
        let made = self
            .prior
            .binding
            .as_ref()
            .is_some_and(|binding| binding.made);
        let binding = GroupShadow {
            subject: item.subject.clone(),
            group_ref: group_ref.clone(),
            external_id: item.external_id.clone(),
            name: wish.map_or_else(|| item.name.clone(), |wish| wish.name.clone()),
            made: made || item.op == Op::CreateGroup,
            archived: wish.is_some_and(|wish| wish.archived),
            seq: self.seq,
        };
        let mut settlement = self.settled(
            State::Ready,
            None,
            Verdict::Applied,
            String::new(),
            Next::Clear,
        );
        let effects = std::iter::once(Effect::Binding(binding)).chain(self.served());
        settlement.step.effects = effects.collect();
        settlement.step.wake = vec![WaitKey::Group(item.subject.clone())];
        settlement.counted = true;
        settlement
    }

    /// The application will not: blocked until something changes.
    fn refused(&self, verdict: Verdict, reason: Reason, text: String) -> Settlement {
        let mut settlement = self.settled(State::Blocked, Some(reason), verdict, text, Next::Clear);
        if verdict == Verdict::Exists
            && let Some(decision) = &mut settlement.step.decision
        {
            let profile = decision.item.account.iter();
            let names = profile
                .flat_map(|profile| [&profile.email, &profile.login])
                .flatten();
            decision.item.waits = names.map(|name| WaitKey::Name(name_key(name))).collect();
        }
        settlement
    }

    /// The account is not what the job thought: it is planned again with what it is, three times at
    /// once, then in peace.
    fn conflict(&self, observed: &Profile) -> Settlement {
        let attempts = self.attempts() + 1;
        let at = if attempts < CONFLICTS_MAX {
            self.claim.now
        } else {
            self.next_at(None)
        };
        let mut settlement = self.settled(
            State::Ready,
            None,
            Verdict::Conflict,
            String::new(),
            Next::At(at, Why::Retry),
        );
        let shadow = self.prior.shadow.clone();
        let known = shadow.map(|shadow| Shadow {
            observed: Some(observed.clone()),
            doubt: None,
            ..shadow
        });
        settlement
            .step
            .effects
            .extend(known.map(|known| Effect::Shadow(Box::new(known))));
        settlement
    }

    fn retried(&self, after: Option<Timestamp>, text: &str) -> Settlement {
        let first = self.first_at().as_millis();
        if self.claim.now.as_millis().saturating_sub(first) >= RETRY_MILLIS_MAX {
            let reason = Reason::new(Code::SinkFailed, text);
            return self.settled(
                State::Blocked,
                Some(reason),
                Verdict::Failed,
                text.to_owned(),
                Next::Clear,
            );
        }
        let at = self.next_at(after);
        let because = if text.is_empty() { "" } else { "; " };
        let reason = Reason::new(Code::SinkRetry, format!("{text}{because}next at {at}"));
        let next = Next::At(at, Why::Retry);
        let mut settlement = self.settled(
            State::Ready,
            Some(reason),
            Verdict::Retrying,
            text.to_owned(),
            next,
        );
        if let Some(decision) = &mut settlement.step.decision {
            // The call may have arrived: what makes something is repeated as it was until its end
            // is known.
            decision.in_flight = decision.item.is_repeated_whole();
        }
        settlement
    }

    fn settled(
        &self,
        state: State,
        reason: Option<Reason>,
        verdict: Verdict,
        text: String,
        next: Next,
    ) -> Settlement {
        let now = self.claim.now;
        let mut item = self.item().clone();
        item.state = state;
        item.reasons.retain(|reason| reason.code != Code::SinkRetry);
        item.reasons.extend(reason);
        mute::undo(&mut item);
        let open = matches!(verdict, Verdict::Retrying | Verdict::Conflict);
        let recorded = Recorded {
            outcome: verdict,
            at: now,
            key: item.key.clone(),
            text,
            attempts: if open { self.attempts() + 1 } else { 0 },
            first_at: if open { self.first_at() } else { now },
            next_at: match next {
                Next::At(at, _) => Some(at),
                Next::Clear | Next::Keep => None,
            },
        };
        let next = match next {
            Next::Clear if self.claim.again => Next::At(now, Why::Change),
            // An exception that was applied runs out.
            Next::Clear => item.until.map_or(next, |until| Next::At(until, Why::Clock)),
            next => next,
        };
        let step = Step {
            subject: item.subject.clone(),
            stamp: Some(self.claim.stamp),
            effects: Vec::new(),
            decision: Some(Decision {
                item,
                at: now,
                in_flight: false,
                waiting: false,
                recorded: Some(recorded),
            }),
            next,
            wake: Vec::new(),
            members_of: Vec::new(),
            at: now,
        };
        Settlement {
            step,
            counted: false,
        }
    }

    fn open(&self) -> Option<&Recorded> {
        let recorded = self.prior.recorded.as_ref();
        recorded.filter(|last| matches!(last.outcome, Verdict::Retrying | Verdict::Conflict))
    }

    fn attempts(&self) -> u32 {
        self.open().map_or(0, |recorded| recorded.attempts)
    }

    fn first_at(&self) -> Timestamp {
        self.open()
            .map_or(self.claim.now, |recorded| recorded.first_at)
    }

    fn next_at(&self, after: Option<Timestamp>) -> Timestamp {
        let leaver = self.item().lane == Stage::Leavers;
        let own = backoff(self.attempts(), leaver, &self.item().key).after(self.claim.now);
        after.map_or(own, |after| own.max(after))
    }
}

/// Lists what became free: names, the account itself, an access group.
fn woken(before: Option<&Shadow>, after: &Shadow) -> Vec<WaitKey> {
    let keys = |shadow: &Shadow| {
        shadow
            .names()
            .into_iter()
            .map(|holder| holder.key)
            .collect()
    };
    let held: BTreeSet<String> = keys(after);
    let had: BTreeSet<String> = before.map(keys).unwrap_or_default();
    let names = had.difference(&held).cloned().map(WaitKey::Name);
    let account = before
        .is_none_or(|before| before.subject != after.subject)
        .then(|| WaitKey::Account(after.subject.clone()));
    let was_in = before.is_some_and(|before| before.managed && before.base.active);
    let seat = (was_in && !(after.managed && after.base.active)).then_some(WaitKey::Seat);
    let left = before.iter().flat_map(|before| &before.base.access_groups);
    let left = left.filter(|group| !after.base.access_groups.contains(group));
    names
        .chain(account)
        .chain(left.cloned().map(WaitKey::Empty))
        .chain(seat)
        .collect()
}

/// How long to wait before a call is repeated (sync §5), in seconds; afterwards every 12 hours.
const BACKOFF_SECONDS: &[i64] = &[5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000];
const BACKOFF_SECONDS_LAST: i64 = 43_200;
/// A leaver's call never waits longer than this.
const BACKOFF_SECONDS_LEAVER: i64 = 600;
/// Calls are repeated for this long: seven days.
const RETRY_MILLIS_MAX: i64 = 7 * 86_400_000;
/// Conflicts planned again at once.
const CONFLICTS_MAX: u32 = 3;

/// Returns how long to wait after `attempts` calls without an answer, spread evenly up to the
/// step's length by `key`.
///
/// The spread comes from the key, not from chance: the same call waits the same time, and a
/// thousand calls do not return together.
pub fn backoff(attempts: u32, leaver: bool, key: &str) -> Span {
    let step = usize::try_from(attempts).unwrap_or(usize::MAX);
    let seconds = BACKOFF_SECONDS
        .get(step)
        .copied()
        .unwrap_or(BACKOFF_SECONDS_LAST);
    let seconds = if leaver {
        seconds.min(BACKOFF_SECONDS_LEAVER)
    } else {
        seconds
    };
    let hash = key.bytes().fold(i64::from(attempts) + 17, |hash, byte| {
        (hash * 31 + i64::from(byte)).rem_euclid(1_000_003)
    });
    let share = hash.rem_euclid(1_000);
    Span::from_millis((seconds * share).max(500))
}
