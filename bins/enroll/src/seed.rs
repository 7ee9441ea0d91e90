//! The seed file of `dev`: from it token and manage key are derived, so the same folder gives the same ones and no file holds
//! either.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use enroll::{
    deliver::SigningSecret,
    tenants::{Secret, SecretKind},
};

use crate::report::Failure;

/// What `dev` opens its doors with.
pub(crate) struct Secrets {
    pub(crate) token: Secret,
    pub(crate) key: Secret,
    /// Signs what `--sink` sends.
    pub(crate) sink: SigningSecret,
}

/// Reads the seed in `folder`, making it on the first run.
///
/// # Errors
/// When the file cannot be read or made, or is not 32 bytes.
pub(crate) fn secrets(folder: &Path) -> Result<Secrets, Failure> {
    let seed = read_or_make(&folder.join("seed"))?;
    Ok(Secrets {
        token: Secret::derive(SecretKind::Token, &seed, "dev token"),
        key: Secret::derive(SecretKind::Key, &seed, "dev manage key"),
        sink: SigningSecret::derive(&seed, "dev sink secret"),
    })
}

fn read_or_make(path: &Path) -> Result<[u8; 32], Failure> {
    match fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            Failure::new(format!(
                "{} is not a seed of 32 bytes; delete it to get a new token",
                path.display()
            ))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        Err(error) => Err(Failure::io("read", path, &error)),
    }
}

fn make(path: &Path) -> Result<[u8; 32], Failure> {
    let mut seed = [0; 32];
    enroll::random(&mut seed).map_err(|error| Failure::new(error.to_string()))?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(path)
        .map_err(|error| Failure::io("make", path, &error))?;
    file.write_all(&seed)
        .and_then(|()| file.sync_all())
        .map_err(|error| Failure::io("write", path, &error))?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p20_the_same_folder_gives_the_same_secrets_and_holds_neither() {
        let folder = tempfile::tempdir().unwrap();
        let (first, again) = (
            secrets(folder.path()).unwrap(),
            secrets(folder.path()).unwrap(),
        );
        assert_eq!(
            (first.token.expose(), first.key.expose(), &first.sink),
            (again.token.expose(), again.key.expose(), &again.sink)
        );
        assert_ne!(first.token.expose(), first.key.expose());
        let kept = fs::read(folder.path().join("seed")).unwrap();
        assert_eq!(kept.len(), 32);
        let other = secrets(tempfile::tempdir().unwrap().path()).unwrap();
        assert_ne!(first.token.expose(), other.token.expose());
        assert_ne!(first.sink, other.sink);
    }

    #[cfg(unix)]
    #[test]
    fn b3_only_the_owner_reads_the_seed() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        secrets(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join("seed"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_seed_is_named_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("seed"), "short").unwrap();
        let Err(error) = secrets(folder.path()) else {
            panic!("a short seed was taken")
        };
        assert!(error.to_string().contains("delete it"), "{error}");
        assert_eq!(fs::read(folder.path().join("seed")).unwrap(), b"short");
    }
}
