//! Every case of the corpus, in its provider's dialect and as a stranger's, over SQLite.

use enroll::{Enroll, Place};
use enroll_conformance::corpus;

use crate::scim::Line;

/// Cases that are not answered as wanted, by id and dialect, with the reason.
const NOT_YET: &[(&str, &str, &str)] = &[];

#[tokio::test]
async fn every_case_is_answered_as_its_provider_needs() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("enroll.db").display());
    let enroll = Enroll::open(url).without_sync().start().await.unwrap();
    let tenant = enroll.tenant("corpus");
    let (mut failed, mut said, mut played) = (Vec::new(), Vec::new(), 0);
    for case in corpus::cases() {
        for dialect in [corpus::dialect_of(&case), "auto"] {
            let connection = tenant
                .connect_as(Place::fresh(&case.id, dialect))
                .await
                .unwrap();
            let case = case.clone().under(dialect);
            played += 1;
            if let Err(mismatch) = corpus::run(&case, &Line::new(&enroll, &connection)).await {
                said.push(format!("{dialect}: {mismatch}"));
                failed.push((case.id.clone(), dialect.to_owned()));
            }
        }
    }
    enroll.close().await.unwrap();
    let known: Vec<_> = NOT_YET
        .iter()
        .map(|(case, dialect, _)| ((*case).to_owned(), (*dialect).to_owned()))
        .collect();
    assert_eq!(failed, known, "\n{}", said.join("\n"));
    assert!(played >= 2 * 163, "only {played} plays");
}
