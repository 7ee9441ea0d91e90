//! Where things lie: the root and the target folder, asked of cargo.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::Failure;

/// What `cargo metadata` says about this workspace.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    packages: Vec<Value>,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self, Failure> {
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1", "--locked"])
            .output()
            .map_err(|error| format!("cannot run `cargo metadata`: {error}"))?;
        if !output.status.success() {
            return Err(format!(
                "cargo metadata: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        Self::read(&output.stdout)
    }

    fn read(metadata: &[u8]) -> Result<Self, Failure> {
        let metadata: Value =
            serde_json::from_slice(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
        let path = |field: &str| {
            let path = metadata
                .get(field)
                .and_then(Value::as_str)
                .map(PathBuf::from);
            path.ok_or_else(|| format!("cargo metadata has no `{field}`"))
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            packages: elements(metadata.get("packages")).to_vec(),
        })
    }

    /// Lists the example targets of a package, in the order of the manifest.
    pub(crate) fn examples(&self, package: &str) -> Vec<String> {
        let packages = self
            .packages
            .iter()
            .filter(|found| text(found, "name") == package);
        packages
            .flat_map(|package| elements(package.get("targets")))
            .filter(|target| elements(target.get("kind")).contains(&Value::from("example")))
            .map(|target| text(target, "name").to_owned())
            .collect()
    }

    /// Returns the folder into which a debug build puts programs.
    pub(crate) fn debug(&self) -> PathBuf {
        self.target.join("debug")
    }
}

/// The cargo which runs us, so that `cargo +nightly xtask` stays with one toolchain.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn elements(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_read_from_the_metadata() {
        let workspace = Workspace::read(
            br#"{"workspace_root": "/w", "target_directory": "/t", "packages": [
                {"name": "a", "targets": [{"name": "not_this", "kind": ["example"]}]},
                {"name": "enroll-examples", "targets": [
                    {"name": "enroll_examples", "kind": ["lib"]},
                    {"name": "own_store", "kind": ["example"]},
                    {"name": "in_axum", "kind": ["example"]}]}]}"#,
        )
        .unwrap();
        assert_eq!(
            workspace.examples("enroll-examples"),
            ["own_store", "in_axum"]
        );
        assert_eq!(workspace.examples("b"), [""; 0]);
        assert_eq!(workspace.debug(), PathBuf::from("/t/debug"));
    }

    #[test]
    fn metadata_without_a_root_is_refused() {
        let refused = Workspace::read(br#"{"target_directory": "/t"}"#).err();
        assert_eq!(
            refused.as_deref(),
            Some("cargo metadata has no `workspace_root`")
        );
    }
}
