//! `enroll requests export`: recorded requests as anonymised cases for the corpus.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::Value;

use crate::{
    cli::CaseOptions,
    client::{Server, segment, text},
    report::{self, Failure},
};

/// Exports the requests that are named, or the newest ones; one that cannot be is told and passed over.
pub(crate) async fn export(options: CaseOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let place = super::log(&server, &options.remote).await?;
    let ids = match options.last {
        Some(last) => newest(&server, &place, last, options.subject.as_deref()).await?,
        None => options.ids.clone(),
    };
    let mut cases = Vec::new();
    let mut first = None;
    for id in &ids {
        match server.get(&format!("{place}/{}/export", segment(id))).await {
            Ok(case) => cases.push(case),
            Err(error) => {
                report::aside(&format!("{id}: {error}"));
                first = first.or(Some(error));
            }
        }
    }
    write(&cases, options.out.as_deref())?;
    // Of the newest ones some may be left out.
    let is_done = options.last.is_some() && !cases.is_empty();
    Ok(match first.filter(|_| !is_done) {
        Some(error) => error.code(),
        None => ExitCode::SUCCESS,
    })
}

/// Returns the ids of the newest requests, of one resource if it is named, oldest first.
async fn newest(
    server: &Server,
    place: &str,
    last: u32,
    subject: Option<&str>,
) -> Result<Vec<String>, Failure> {
    let subject = subject.map(|id| format!("&subject={}", segment(id)));
    let subject = subject.unwrap_or_default();
    let path = format!("{place}?limit={last}{subject}");
    let page = server.get(&path).await?;
    let lines = crate::client::items(&page).iter().rev();
    Ok(lines.map(|line| text(line, "id").to_owned()).collect())
}

fn write(cases: &[Value], out: Option<&Path>) -> Result<(), Failure> {
    let Some(out) = out else {
        for case in cases {
            report::line(&pretty(case));
        }
        return Ok(());
    };
    let is_file = out.extension().is_some_and(|ending| ending == "json") && !out.is_dir();
    if is_file && cases.len() > 1 {
        return Err(Failure::new("several cases need a directory: --out DIR"));
    }
    for case in cases {
        let path = if is_file {
            out.to_owned()
        } else {
            out.join(home(case))
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
        }
        let text = pretty(case) + "\n";
        fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
        report::line(&path.display().to_string());
    }
    Ok(())
}

/// Returns where a case lies in the corpus: its provider's folder, its id in lower case.
fn home(case: &Value) -> PathBuf {
    // Both are a path's parts: a server that is none of ours chooses no other place.
    let part = |name: &str| {
        let own = text(case, name).to_lowercase();
        let is_kept = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        own.chars().filter(is_kept).collect::<String>()
    };
    PathBuf::from(part("idp")).join(format!("{}.json", part("id")))
}

fn pretty(case: &Value) -> String {
    serde_json::to_string_pretty(case).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_case_lies_in_its_providers_folder_and_nowhere_else() {
        let case = json!({"idp": "entra", "id": "ENTRA-LOG-1B2C3D4F"});
        assert_eq!(home(&case), Path::new("entra/entra-log-1b2c3d4f.json"));
        let case = json!({"idp": "../x", "id": "/etc/passwd"});
        assert_eq!(home(&case), Path::new("x/etcpasswd.json"));
    }
}
