//! The reference store: plain maps; it defines the contract.

use std::{collections::BTreeMap, sync::{Arc, Mutex}};

use crate::DirectoryId;

/// A directory in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {}

/// Directories in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryDirectories {
    _all: Arc<Mutex<BTreeMap<DirectoryId, Memory>>>,
}
