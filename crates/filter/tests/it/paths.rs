//! PATCH paths: reading, printing, finding, and selecting values (7644 figure 7, S-55).

use enroll_filter::{AttrPath, Path, Profile, Selection};
use serde_json::{Value, json};

use crate::kinds::{self, HR};

#[track_caller]
fn reads(text: &str, printed: &str) {
    let path: Path = text.parse().unwrap();
    assert_eq!(path.to_string(), printed);
    assert_eq!(Path::parse(printed, Profile::Strict), Ok(path));
}

#[test]
fn what_is_read_prints_the_same() {
    reads("title", "title");
    reads(" name.givenName ", "name.givenName");
    reads(r#"members[value eq"a"]"#, r#"members[value eq "a"]"#);
    reads(
        r#"emails[ type eq "work" ].VALUE"#,
        r#"emails[type eq "work"].VALUE"#,
    );
    reads("urn:a:2.0:User:name.x", "urn:a:2.0:User:name.x");
    reads("urn:a:1.0:b:c[not (d pr)]", "urn:a:1.0:b:c[not (d pr)]");
}

#[track_caller]
fn refuses(text: &str, at: usize, in_brackets: bool) {
    let error = Path::parse(text, Profile::Lenient).unwrap_err();
    assert_eq!(
        (error.at, error.in_brackets),
        (at, in_brackets),
        "{text}: {error}"
    );
}

#[test]
fn a_fault_is_inside_the_brackets_or_outside() {
    refuses("", 0, false);
    refuses("/title", 0, false);
    refuses("name.given.x", 10, false);
    refuses(r#"emails[type eq "work"].value.x"#, 28, false);
    refuses(r#"schemas eq "urn:x""#, 8, false);
    refuses(r#"emails[type eq "work""#, 21, false);
    refuses(r#"emails[type is "work"]"#, 12, true);
    refuses("emails[0]", 7, true);
    refuses("emails[]", 7, true);
    refuses("emails[type pr x]", 15, true);
}

#[track_caller]
fn binds(text: &str, wanted: Result<&str, &str>) {
    let user = kinds::user();
    let path = Path::parse_for(&user, text, Profile::Lenient).unwrap();
    let bound = path.bind(&user);
    let found = bound.as_ref().map(|selection| match selection {
        Selection::Base => "base".to_owned(),
        Selection::Extension(urn) => urn.to_string(),
        Selection::Attribute(id) => user.path(*id),
        Selection::Chosen { attribute, sub, .. } => {
            let sub = sub.map(|sub| user.path(sub));
            format!("{}[] {}", user.path(*attribute), sub.unwrap_or_default())
        }
        other => format!("{other:?}"),
    });
    let found = found.as_deref().map_err(|error| error.scim_type().unwrap());
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn a_path_is_found_or_refused() {
    binds("NAME.GIVENNAME", Ok("name.givenName"));
    binds(
        "urn:ietf:params:scim:schemas:core:2.0:USER:title",
        Ok("title"),
    );
    binds("urn:ietf:params:scim:schemas:core:2.0:USER", Ok("base"));
    binds(&HR.to_uppercase(), Ok(HR));
    binds(&format!("{HR}:LEVEL"), Ok(&format!("{HR}:level")));
    binds(
        r#"emails[type eq "work"].VALUE"#,
        Ok("emails[] emails.value"),
    );
    binds(r#"schemas[value eq "x"]"#, Ok("schemas[] "));
    binds(r#"name[givenName eq "x"]"#, Ok("name[] "));
    binds("level", Err("invalidPath"));
    binds("name.level", Err("invalidPath"));
    binds("title.value", Err("invalidPath"));
    binds(&format!("{HR}:title"), Err("invalidPath"));
    binds("urn:example:none:1.0:x", Err("invalidPath"));
    binds(r#"title[value eq "x"]"#, Err("invalidPath"));
    binds(r#"emails.type[value eq "x"]"#, Err("invalidPath"));
    binds(r#"emails[type eq "work"].nosuch"#, Err("invalidPath"));
    binds(r#"emails[nosuch eq "work"].value"#, Err("invalidFilter"));
    binds("emails[primary gt false]", Err("invalidFilter"));
    binds("emails[type eq 1]", Err("invalidFilter"));
}

#[test]
fn whole_urns_are_known_without_a_kind_too() {
    let user = kinds::user();
    let path: Path = HR.parse().unwrap();
    assert_eq!(path.bind(&user).unwrap(), Selection::Extension(HR.into()));
}

#[track_caller]
fn selects(text: &str, wanted: &[Value]) {
    let user = kinds::user();
    let resource = json!({
        "userName": "ada", "title": null,
        "name": {"givenName": "Ada"},
        "emails": [{"type": "work", "value": "w"}, {"type": "home", "value": "h"}, {"value": "n"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "m"}},
        HR: {"badges": ["a", "b"]},
    });
    let path = Path::parse_for(&user, text, Profile::Lenient).unwrap();
    let found = path.read(&user, resource.as_object().unwrap()).unwrap();
    assert_eq!(found, wanted.iter().collect::<Vec<_>>(), "{text}");
}

#[test]
fn a_path_selects_values() {
    selects("USERNAME", &[json!("ada")]);
    selects("title", &[]);
    selects("nickName", &[]);
    selects("name.givenName", &[json!("Ada")]);
    selects("emails.type", &[json!("work"), json!("home")]);
    selects(r#"emails[type eq "work"].value"#, &[json!("w")]);
    selects("emails[not (type pr)]", &[json!({"value": "n"})]);
    selects(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        &[json!({"value": "m"})],
    );
    selects(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        &[json!("m")],
    );
    selects(&format!("{HR}:badges"), &[json!("a"), json!("b")]);
    selects(&format!(r#"{HR}:badges[value sw "b"]"#), &[json!("b")]);
    selects(HR, &[json!({"badges": ["a", "b"]})]);
}

#[test]
fn names_are_read_alone() {
    let user = kinds::user();
    let path: AttrPath = "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName"
        .parse()
        .unwrap();
    assert_eq!(user.path(path.find(&user).unwrap()), "name.givenName");
    for text in [
        "",
        " title",
        "title ",
        "a.b.c",
        "emails[type pr]",
        "urn:",
        "a:b",
    ] {
        assert!(text.parse::<AttrPath>().is_err(), "{text}");
    }
}
