//! Lines into a directory, and out again.

use enroll_schema::Timestamp;
use enroll_store::{Feed as _, Links, Revision, Store as _, Target, Want};
use enroll_transfer::{Became, Export, LINE_MEMBERS_MAX, Prints, header, pieces};
use serde_json::json;

use crate::World;

const ADA: &str = r#"{"id":"A-1","userName":"Ada","externalId":"00u1","meta":{"resourceType":"User","created":"2019-01-02T03:04:05.678Z","lastModified":"2020-01-01T00:00:00Z"}}"#;
const BOB: &str = r#"{"id":"B-2","userName":"bob","active":false,"meta":{"resourceType":"User"}}"#;
const STAFF: &str = r#"{"id":"G-1","displayName":"Staff","members":["A-1",{"value":"B-2"},"not-yet"],"meta":{"resourceType":"Group","created":"2019-01-02T03:04:05.000Z"}}"#;

#[tokio::test]
async fn ids_dates_and_memberships_are_kept_and_again_is_nothing() {
    let world = World::new();
    let lines = format!("{}\n{ADA}\n\n{BOB}\n{STAFF}\n", header());
    let taken = world.take(&lines).await;
    let became: Vec<_> = taken.iter().map(|one| one.became).collect();
    assert_eq!(became, [Became::Created; 3], "{taken:?}");
    assert_eq!(taken[2].pending, ["not-yet"]);

    let out = world.export().await;
    assert!(out.starts_with(&format!("{}\n", header())), "{out}");
    let (before, after) = (world.prints(&lines), world.prints(&out));
    assert_eq!(Prints::differences(&before, &after), []);
    assert!(out.contains("2019-01-02T03:04:05.678Z"), "{out}");
    assert!(
        out.contains("\"lastModified\":\"2020-01-01T00:00:00.000Z\""),
        "{out}"
    );

    let head = world.store.changes(Revision(0), 100).await.unwrap().head;
    for again in [&lines, &out] {
        let taken = world.take(again).await;
        assert!(
            taken.iter().all(|one| one.became == Became::Same),
            "{taken:?}"
        );
    }
    let changes = world.store.changes(Revision(0), 100).await.unwrap();
    assert_eq!((changes.head, head), (head, Revision(3)));
}

#[tokio::test]
async fn a_changed_line_is_updated_and_what_changed_here_is_kept() {
    let world = World::new();
    world.take(&format!("{ADA}\n{BOB}\n{STAFF}")).await;
    let newer = ADA
        .replace("\"Ada\"", "\"Ada\",\"title\":\"Countess\"")
        .replace("2020-01-01", "2021-01-01");
    assert_eq!(world.take(&newer).await[0].became, Became::Updated);
    // The source as it was: what is here is newer.
    let taken = world.take(ADA).await;
    assert_eq!(taken[0].became, Became::Kept);
    assert!(taken[0].why.as_ref().unwrap().contains("changed here"));

    let fewer = STAFF.replace("{\"value\":\"B-2\"},", "");
    assert_eq!(world.take(&fewer).await[0].became, Became::Updated);
    let out = world.export().await;
    assert!(out.contains("\"members\":[\"A-1\",\"not-yet\"]"), "{out}");
    let group = world.schemas.named("Group").unwrap().clone();
    let id = enroll_schema::ResourceId::new("G-1").unwrap();
    let target = Target { kind: group, id };
    let record = world.store.get(target, Want::Omit).await.unwrap().unwrap();
    assert_eq!(
        Some(record.created),
        Timestamp::parse("2019-01-02T03:04:05Z")
    );
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_and_keeps_nobody_else_out() {
    let world = World::new();
    let rows = [
        (
            r#"{"id":"auth0|7","userName":"x","meta":{"resourceType":"User"}}"#,
            "an id is",
        ),
        (
            r#"{"userName":"x","meta":{"resourceType":"User"}}"#,
            "an id is",
        ),
        (
            r#"{"id":"7","userName":"ADA","meta":{"resourceType":"User"}}"#,
            "userName",
        ),
        (
            r#"{"id":"A-1","displayName":"x","meta":{"resourceType":"Group"}}"#,
            "the id belonged",
        ),
        (r#"{"id":"7","meta":{"resourceType":"User"}}"#, "userName"),
        (
            r#"{"id":"7","userName":7,"meta":{"resourceType":"User"}}"#,
            "userName",
        ),
        (r#"{"id":"7","userName":"x"}"#, "resource type"),
        (
            r#"{"id":"7","userName":"x","meta":{"resourceType":"Device"}}"#,
            "resource type",
        ),
        (r#"{"more":"7","members":["A-1"]}"#, "not here"),
        (
            r#"{"format":"enroll-directory","version":2}"#,
            "this version reads",
        ),
        (r#"{"id":"7","id":"8"}"#, ""),
        ("[]", "object"),
        ("nonsense", ""),
    ];
    for (line, why) in rows {
        let taken = world.take(&format!("{ADA}\n{line}\n{BOB}")).await;
        assert_eq!(taken.len(), 3, "{line}");
        assert_eq!(taken[1].became, Became::Refused, "{line}");
        let told = taken[1].why.as_deref().unwrap();
        assert!(told.contains(why), "{line}: {told}");
        assert!(taken[0].became != Became::Refused && taken[2].became != Became::Refused);
    }
    assert!(world.export().await.lines().count() == 3);
}

#[tokio::test]
async fn unknown_attributes_are_dropped_by_name_and_derived_ones_are_no_loss() {
    let world = World::new();
    let line = r#"{"schemas":["urn:x:custom"],"id":"7","userName":"x","password":"hush",
        "groups":[{"value":"g"}],"urn:x:custom":{"shoe":42},"pet":"cat",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
            {"manager":{"value":"A-1","displayName":"Ada","$ref":"../Users/A-1"}},
        "meta":{"resourceType":"User","location":"https://old.example/Users/7","version":"W/\"x\""}}"#;
    let taken = world.take(&line.replace('\n', " ")).await;
    assert_eq!(taken[0].became, Became::Created, "{taken:?}");
    let mut ignored = taken[0].ignored.clone();
    ignored.sort();
    assert_eq!(ignored, ["password", "pet", "urn:x:custom"]);
    let out = world.export().await;
    assert!(
        !out.contains("hush") && !out.contains("old.example"),
        "{out}"
    );
    assert!(out.contains("\"value\":\"A-1\""), "{out}");
}

#[tokio::test]
async fn a_group_of_many_takes_several_lines_and_stays_whole() {
    let world = World::new();
    let most = 25;
    let (mut lines, mut ids) = (String::new(), Vec::new());
    for number in 0..most {
        lines += &format!(
            "{{\"id\":\"u{number}\",\"userName\":\"u{number}\",\"meta\":{{\"resourceType\":\"User\"}}}}\n"
        );
        ids.push(format!("u{number}"));
    }
    let list = serde_json::to_string(&ids).unwrap();
    lines += &format!(
        "{{\"id\":\"g\",\"displayName\":\"all\",\"members\":{list},\"meta\":{{\"resourceType\":\"Group\",\"created\":\"2020-01-01T00:00:00Z\"}}}}\n"
    );
    world.take(&lines).await;
    let (mut out, mut next) = (String::new(), Some(Export::start()));
    while let Some(at) = next {
        let at = at.members_per_line(10);
        let page = at.page(&world.store, &world.schemas).await.unwrap();
        out.push_str(&page.lines);
        next = page.next;
    }
    assert!(out.contains("\"partial\":true"));
    assert_eq!(out.matches("\"more\":\"g\"").count(), 2);
    let (before, after) = (world.prints(&lines), world.prints(&out));
    assert_eq!(Prints::differences(&before, &after), []);

    // In and again: whole the first time, nothing the second.
    let other = World::new();
    for became in [Became::Created, Became::Same] {
        let taken = other.take(&out).await;
        assert_eq!(taken.len(), most + 3);
        assert_eq!(taken[most].became, became);
    }
    let kind = other.schemas.named("Group").unwrap().clone();
    let id = enroll_schema::ResourceId::new("g").unwrap();
    let target = Target { kind, id };
    let record = other.store.get(target.clone(), Want::UpTo(0)).await;
    let record = record.unwrap().unwrap();
    assert_eq!(record.links, Links::More(u64::try_from(most).unwrap()));
    assert_eq!(
        Some(record.modified),
        Timestamp::parse("2020-01-01T00:00:00Z")
    );

    // Whom the provider removed here since does not come back by a line of more members.
    let none = r#"{"id":"g","displayName":"all","members":[],"meta":{"resourceType":"Group"}}"#;
    assert_eq!(other.take(none).await[0].became, Became::Updated);
    let taken = other.take(&out).await;
    assert!(taken[most..].iter().all(|line| line.became == Became::Kept));
    let record = other.store.get(target, Want::UpTo(0)).await;
    assert_eq!(record.unwrap().unwrap().links, Links::All(Vec::new()));
}

#[tokio::test]
async fn members_before_their_people_bind_when_those_come() {
    let world = World::new();
    let first = world.take(STAFF).await;
    assert_eq!(first[0].pending.len(), 3);
    world.take(&format!("{ADA}\n{BOB}")).await;
    let taken = world.take(STAFF).await;
    assert_eq!(taken[0].became, Became::Same, "{taken:?}");
    let lines = format!("{ADA}\n{BOB}\n{STAFF}");
    let (before, after) = (world.prints(&lines), world.prints(&world.export().await));
    assert_eq!(Prints::differences(&before, &after), []);
}

#[test]
fn every_difference_is_told_apart() {
    let world = World::new();
    let prints = |lines: &str| world.prints(lines);
    let check = |source: &str, here: &str, wanted: &[&str]| {
        let all = Prints::differences(&prints(source), &prints(here));
        let all: Vec<_> = all.iter().map(|one| one.what).collect();
        assert_eq!(all, wanted, "{source} against {here}");
    };
    check(ADA, ADA, &[]);
    check(ADA, "", &["missing"]);
    check("", ADA, &["not in the source"]);
    check(ADA, &ADA.replace("00u1", "00u2"), &["the attributes"]);
    check(ADA, &ADA.replace("2019", "2018"), &["meta.created"]);
    check(
        BOB,
        &BOB.replace("}}", ",\"created\":\"2018-01-01T00:00:00Z\"}}"),
        &[],
    );
    check(STAFF, &STAFF.replace("not-yet", "never"), &["the members"]);
    check(STAFF, &STAFF.replace("\"A-1\",", ""), &["the members"]);
}

#[test]
fn a_resource_with_many_members_is_cut_into_lines() {
    let most = usize::try_from(LINE_MEMBERS_MAX).unwrap();
    for (members, lines) in [(0, 1), (1, 1), (most, 1), (most + 1, 2), (3 * most, 3)] {
        let all: Vec<_> = (0..members)
            .map(|n| json!({"value": n.to_string()}))
            .collect();
        let cut = pieces(json!({"id": "g", "displayName": "G", "Members": all}));
        assert_eq!(cut.len(), lines, "{members}");
        assert_eq!(
            cut[0]["partial"],
            if lines > 1 { json!(true) } else { json!(null) }
        );
        let of = |line: &serde_json::Value| line["members"].as_array().unwrap().len();
        assert_eq!(cut.iter().map(of).sum::<usize>(), members);
        assert!(cut[1..].iter().all(|line| line["more"] == "g"));
    }
    assert_eq!(pieces(json!({"id": "u"})), [json!({"id": "u"})]);
}
