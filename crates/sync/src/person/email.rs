//! Which of a person's addresses counts (S-17).

use serde_json::{Map, Value};

/// Where an address came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// `emails`.
    Emails,
    /// `userName`.
    UserName,
}

/// Returns the work address, else the primary, else the first, else the userName if it is one.
pub(super) fn address(document: &Map<String, Value>, user_name: &str) -> Option<(String, Source)> {
    let emails = document.get("emails").and_then(Value::as_array);
    let usable: Vec<(&Value, &str)> = emails
        .into_iter()
        .flatten()
        .filter_map(|email| Some((email, email["value"].as_str().and_then(as_address)?)))
        .collect();
    let work = |email: &Value| {
        email["type"]
            .as_str()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let primary = |email: &Value| email["primary"].as_bool() == Some(true);
    let pick = |wanted: &dyn Fn(&Value) -> bool| {
        usable
            .iter()
            .find(|(email, _)| wanted(email))
            .map(|(_, text)| *text)
    };
    let sent = pick(&work)
        .or_else(|| pick(&primary))
        .or_else(|| pick(&|_| true));
    match sent {
        Some(text) => Some((text.to_owned(), Source::Emails)),
        None => as_address(user_name).map(|text| (text.to_owned(), Source::UserName)),
    }
}

/// Returns the text without outer blanks if it has the shape of an address: one `@` with something
/// on both sides.
pub(super) fn as_address(text: &str) -> Option<&str> {
    let text = text.trim();
    let (local, domain) = text.split_once('@')?;
    let whole = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    (whole && plain).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(emails: &Value, wanted: Option<(&str, Source)>) {
        let document = json!({ "emails": emails });
        let found = address(document.as_object().unwrap(), "ada@login.example");
        assert_eq!(
            found
                .as_ref()
                .map(|(text, source)| (text.as_str(), *source)),
            wanted
        );
    }

    #[test]
    fn work_then_primary_then_first_then_user_name_s_17() {
        let home = json!({"value": "h@x.example", "type": "home"});
        let work = json!({"value": " w@x.example ", "type": "Work"});
        let main = json!({"value": "p@x.example", "type": "other", "primary": true});
        let sent = |text| Some((text, Source::Emails));
        check(&json!([home, main, work]), sent("w@x.example"));
        check(&json!([home, main]), sent("p@x.example"));
        check(&json!([home]), sent("h@x.example"));
        check(&json!([]), Some(("ada@login.example", Source::UserName)));
    }

    #[test]
    fn what_is_no_address_is_passed_over() {
        let none = json!([{"value": "n/a", "type": "work"}, {"value": "a@x.example"}]);
        check(&none, Some(("a@x.example", Source::Emails)));
        check(
            &json!([{"value": ""}, {"type": "work"}, {"value": 7}]),
            Some(("ada@login.example", Source::UserName)),
        );
        for text in ["", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n"] {
            let shape = as_address(text);
            assert_eq!(shape, (text == "a@b\n").then_some("a@b"), "{text:?}");
        }
        assert_eq!(address(&Map::new(), "ada"), None);
    }
}
