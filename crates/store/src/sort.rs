//! The order of values (RFC 7644 §3.4.2.3), as texts whose byte order it is.

use std::cmp::Ordering;

use enroll_schema::{AttrId, Kind, ResourceType, Timestamp, fold};
use serde_json::{Map, Number, Value};

use crate::{Key, Order, Sort, index};

impl Sort {
    /// Returns what a resource of `kind` is sorted by; `None` if it has no value.
    ///
    /// Of several values the primary one counts, else the first (decision 39).
    pub fn key(&self, kind: &ResourceType, resource: &Map<String, Value>) -> Option<String> {
        key(
            kind,
            self.attribute,
            chosen(kind, self.attribute, resource)?,
        )
    }

    /// Compares the places of two records.
    pub fn compare(&self, a: &Key, b: &Key) -> Ordering {
        let absent_last = || {
            a.sort
                .is_none()
                .cmp(&b.sort.is_none())
                .then_with(|| a.sort.cmp(&b.sort))
        };
        let by_value = match self.order {
            Order::Ascending => absent_last(),
            Order::Descending => absent_last().reverse(),
        };
        by_value.then(a.row.cmp(&b.row))
    }
}

/// Compares the places of two records; without a sort by the order of creation.
pub(crate) fn compare(sort: Option<Sort>, a: &Key, b: &Key) -> Ordering {
    match sort {
        Some(sort) => sort.compare(a, b),
        None => a.row.cmp(&b.row),
    }
}

fn chosen<'a>(
    kind: &ResourceType,
    attribute: AttrId,
    resource: &'a Map<String, Value>,
) -> Option<&'a Value> {
    let Some(parent) = kind.parent(attribute) else {
        return index::values(kind, attribute, resource).into_iter().next();
    };
    let name = kind.attribute(attribute)?.name.clone();
    let elements = index::values(kind, parent, resource);
    let primary = elements
        .iter()
        .find(|e| e.get("primary") == Some(&Value::Bool(true)));
    let first = elements.iter().find(|e| e.get(name.as_str()).is_some());
    primary.or(first)?.get(name.as_str())
}

fn key(kind: &ResourceType, attribute: AttrId, value: &Value) -> Option<String> {
    let data = kind.attribute(attribute)?.kind;
    match (data, value) {
        (Kind::DateTime, Value::String(text)) => Some(whole(Timestamp::parse(text)?.as_millis())),
        (Kind::String | Kind::Reference | Kind::Binary, Value::String(text)) => {
            Some(fold::key(kind, attribute, text))
        }
        (Kind::Boolean, Value::Bool(flag)) => Some(u8::from(*flag).to_string()),
        (Kind::Integer, Value::Number(number)) => Some(whole(number.as_i64()?)),
        (Kind::Decimal, Value::Number(number)) => decimal(number),
        _ => None,
    }
}

/// Shifts the range of `i64` so that the least becomes zero.
fn whole(number: i64) -> String {
    format!("{:016x}", number.cast_unsigned() ^ (1 << 63))
}

/// Orders floats by their bits: negative ones are turned round (IEEE 754 §5.10).
fn decimal(number: &Number) -> Option<String> {
    let bits = number.as_f64()?.to_bits();
    let ordered = if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    };
    Some(format!("{ordered:016x}"))
}

#[cfg(test)]
mod tests {
    use enroll_schema::Schemas;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_keep_their_order_as_text() {
        let wholes = [i64::MIN, -7, -1, 0, 1, 255, i64::MAX].map(whole);
        assert!(wholes.is_sorted(), "{wholes:?}");
        let decimals = [
            json!(-1e300),
            json!(-1.5),
            json!(0.0),
            json!(0.25),
            json!(7),
        ];
        let keys = decimals.map(|value| decimal(value.as_number().unwrap()).unwrap());
        assert!(keys.is_sorted(), "{keys:?}");
    }

    #[test]
    fn decision_39_the_primary_value_counts_else_the_first() {
        let schemas = Schemas::standard();
        let user = schemas.named("User").unwrap();
        let emails = user
            .find(None, "emails")
            .and_then(|id| user.find_sub(id, "value"))
            .unwrap();
        let sort = Sort {
            attribute: emails,
            order: Order::Ascending,
        };
        for (emails, wanted) in [
            (
                json!([{"value": "B@x"}, {"value": "a@x", "primary": true}]),
                Some("a@x"),
            ),
            (json!([{"value": "B@x"}, {"value": "a@x"}]), Some("b@x")),
            (json!([]), None),
        ] {
            let resource = json!({"emails": emails});
            assert_eq!(
                sort.key(user, resource.as_object().unwrap()).as_deref(),
                wanted
            );
        }
    }

    #[test]
    fn absent_values_are_last_when_ascending_and_first_when_descending() {
        let key = |sort: Option<&str>, row| Key {
            sort: sort.map(str::to_owned),
            row,
        };
        let attribute = Schemas::standard()
            .named("User")
            .unwrap()
            .find(None, "title")
            .unwrap();
        let mut keys = [
            key(None, 1),
            key(Some("b"), 2),
            key(Some("a"), 4),
            key(Some("a"), 3),
        ];
        for (order, rows) in [
            (Order::Ascending, [3, 4, 2, 1]),
            (Order::Descending, [1, 2, 3, 4]),
        ] {
            let sort = Sort { attribute, order };
            keys.sort_by(|a, b| sort.compare(a, b));
            assert_eq!(keys.clone().map(|key| key.row), rows, "{order:?}");
        }
    }
}
