//! One server a database: two jobs over the same accounts would undo each other's work.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// The right to serve a database; it ends with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Claim(
    #[expect(dead_code, reason = "the lock lives as long as the file is open")] File,
);

impl Claim {
    /// Claims the database at `path` by a locked file beside it; `None` when another process has it.
    ///
    /// A file of its own: on some systems a lock on the database itself would end with any
    /// descriptor of it.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut name = path.as_os_str().to_owned();
        name.push("-lock");
        let mut options = File::options();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(name)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
