//! A refusal on its way to becoming a reply.

use enroll_filter::PatchError;
use enroll_schema::Error;
use enroll_store::StoreError;

/// An error, and the header that belongs to it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: Error,
    pub(crate) allow: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn allowing(error: Error, allow: &'static str) -> Self {
        Self {
            error,
            allow: Some(allow),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, allow: None }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

impl From<PatchError> for Refusal {
    fn from(error: PatchError) -> Self {
        Error::from(error).into()
    }
}
