//! The table.

use crate::Dialect;

/// Whether a quirk keeps the RFC's meaning or overrides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// One sensible reading, and no requirement names its error: always on but for `Strict`.
    Accepts,
    /// A requirement names the error, or members would differ: only in its own dialects.
    Changes,
}

/// One tolerated behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quirk {
    /// The stable name, shown in the request log.
    pub id: &'static str,
    /// Who sends it; with [`Effect::Changes`] the only dialects it is on in.
    pub dialects: &'static [Dialect],
    /// What it does to the RFC's meaning.
    pub effect: Effect,
    /// What is sent and what it means.
    pub why: &'static str,
    /// Ids of catalogue rows.
    pub source: &'static [&'static str],
}

/// Every quirk.
pub const QUIRKS: &[Quirk] = &[];
