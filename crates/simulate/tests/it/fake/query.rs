//! Filters, paging and attribute selection, as far as the providers use them.

use serde_json::Value;

/// A parsed query.
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(super) fn parse(query: &str) -> Self {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        };
        Self {
            pairs: query
                .split('&')
                .filter(|part| !part.is_empty())
                .map(pair)
                .collect(),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn has_filter(&self) -> bool {
        self.value("filter").is_some()
    }

    pub(super) fn start(&self) -> usize {
        self.value("startIndex")
            .map_or(1, |text| text.parse().unwrap())
            .max(1)
    }

    /// Pages are small, so that reading everything takes several.
    pub(super) fn count(&self) -> usize {
        self.value("count")
            .map_or(100, |text| text.parse().unwrap())
            .min(7)
    }

    /// Evaluates `a eq "x" [and b eq "y"]`; more than that no provider sends (ENTRA-58).
    pub(super) fn finds(&self, resource: &Value) -> Result<bool, (u16, &'static str)> {
        let Some(filter) = self.value("filter") else {
            return Ok(true);
        };
        let mut finds = true;
        for term in filter.split(" and ") {
            let (attribute, value) = term.split_once(" eq ").ok_or((400, "invalidFilter"))?;
            let value: String = serde_json::from_str(value).map_err(|_| (400, "invalidFilter"))?;
            finds &= match attribute {
                "userName" | "displayName" => {
                    let found = resource[attribute].as_str().unwrap_or_default();
                    found.to_lowercase() == value.to_lowercase()
                }
                "emails" | "emails.value" => {
                    let emails = resource["emails"].as_array().into_iter().flatten();
                    let mut values = emails.filter_map(|email| email["value"].as_str());
                    values.any(|found| found.to_lowercase() == value.to_lowercase())
                }
                "id" | "externalId" => resource[attribute] == value,
                "members" => resource["members"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|m| m["value"] == value),
                _ => return Err((400, "invalidFilter")),
            };
        }
        Ok(finds)
    }

    /// Applies `attributes` and `excludedAttributes`.
    pub(super) fn shape(&self, mut resource: Value) -> Value {
        let object = resource.as_object_mut().unwrap();
        if let Some(only) = self.value("attributes") {
            object.retain(|name, _| name == only || name == "id" || name == "schemas");
        }
        if let Some(without) = self.value("excludedAttributes") {
            object.remove(without);
        }
        resource
    }
}

fn decode(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(decoded).unwrap()
}
