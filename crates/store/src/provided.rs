//! What a store gets for free: the provided methods of [`Store`].

use std::sync::Arc;

use enroll_filter::Plan;
use enroll_schema::Document;

use crate::{
    Cause, Draft, Expected, LinkKey, LinkPage, Record, Result, Store, StoreError, Target, Want,
    Write, Written,
};

/// Attempts of a PATCH against others that write the same resource.
const PATCH_TRIES_MAX: u32 = 32;

impl Expected {
    /// Tells whether a write may go on.
    ///
    /// # Errors
    /// [`StoreError::Moved`] when none of the versions is the current one.
    pub fn check(&self, current: enroll_schema::Version) -> Result<()> {
        match self {
            Self::OneOf(versions) if !versions.contains(&current) => {
                Err(StoreError::Moved { current })
            }
            _ => Ok(()),
        }
    }
}

pub(crate) async fn patch_by_replace<S: Store>(
    store: &S,
    target: Target,
    expected: Expected,
    plan: Arc<Plan>,
    cause: Cause,
) -> Result<Written> {
    for _ in 0..PATCH_TRIES_MAX {
        let before = store
            .get(target.clone(), Want::Omit)
            .await?
            .ok_or(StoreError::NotFound)?;
        expected.check(before.version)?;
        let draft = patched(&before, &plan)?;
        let seen = Expected::OneOf(vec![before.version]);
        match store
            .replace(target.clone(), seen, draft, cause.clone())
            .await
        {
            Err(StoreError::Moved { .. }) => {}
            done => return done,
        }
    }
    Err(StoreError::Busy)
}

fn patched(before: &Record, plan: &Plan) -> Result<Draft> {
    let damaged = |_| StoreError::Damaged(format!("{} {}", before.kind.name(), before.id));
    let document = Document::from_bytes(&before.document).map_err(damaged)?;
    let document = plan.apply(&before.kind, before.id.as_str(), &document)?;
    Ok(Draft {
        id: before.id.clone(),
        document,
        links: plan.links().clone(),
    })
}

pub(crate) async fn links_by_get<S: Store>(
    store: &S,
    target: Target,
    after: LinkKey,
    most: u32,
) -> Result<LinkPage> {
    let record = store
        .get(target, Want::UpTo(u32::MAX))
        .await?
        .ok_or(StoreError::NotFound)?;
    let later = record
        .links
        .as_slice()
        .iter()
        .filter(|link| link.key > after);
    let mut links: Vec<_> = later
        .take((most as usize).saturating_add(1))
        .cloned()
        .collect();
    Ok(LinkPage::cut(&mut links, most))
}

impl LinkPage {
    /// Makes a page of links that were read: at most `most`, and whether more were there.
    pub fn cut(links: &mut Vec<crate::Link>, most: u32) -> Self {
        let more = links.len() > most as usize;
        links.truncate(most as usize);
        let links = std::mem::take(links);
        let next = if more {
            links.last().map(|link| link.key)
        } else {
            None
        };
        Self { links, next }
    }
}

pub(crate) async fn batch_one_by_one<S: Store>(
    store: &S,
    units: Vec<Vec<Write>>,
    errors_max: Option<u32>,
) -> Vec<Vec<Result<Written>>> {
    let mut answers = Vec::new();
    let mut errors = 0;
    for unit in units {
        let mut answer = Vec::new();
        for write in unit {
            let fell = answer.last().is_some_and(Result::is_err);
            answer.push(if fell {
                Err(StoreError::Undone)
            } else {
                write.run(store).await
            });
        }
        errors += u32::from(answer.iter().any(Result::is_err));
        answers.push(answer);
        if errors_max.is_some_and(|most| errors > 0 && errors >= most) {
            break;
        }
    }
    answers
}

impl Write {
    /// Does it by the store's own method.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn run<S: Store>(self, store: &S) -> Result<Written> {
        match self {
            Self::Create(kind, draft, cause) => store.create(kind, draft, cause).await,
            Self::Replace(target, expected, draft, cause) => {
                store.replace(target, expected, draft, cause).await
            }
            Self::Patch(target, expected, plan, cause) => {
                store.patch(target, expected, plan, cause).await
            }
            Self::Delete(target, expected, cause) => store.delete(target, expected, cause).await,
        }
    }
}
