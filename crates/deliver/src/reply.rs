//! The body of an answer, and what it says: pure.

use enroll_sync::Profile;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::words::{WORDS_CHARS_MAX, plain};

/// The body of an answer; an empty one says "applied".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    /// What became of it; may be missing when there is an `app_ref`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Word>,
    /// The application's own id of the account or access group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_ref: Option<String>,
    /// What the account is now: any part of `data.full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<Map<String, Value>>,
    /// The application's own code of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The application's own words, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What became of a message, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Word {
    /// It is as it shall be; for an inactive account: access has ended.
    Applied,
    /// It was so already.
    Unchanged,
    /// Another account has the address or login: `app_ref` says which.
    Exists,
    /// The application will not do it.
    Rejected,
    /// The account is not what the message took it for: `observed` says what it is.
    Conflict,
    /// Not now.
    Retry,
}

/// An answer about an account or access group, understood.
pub(crate) enum Said {
    Done {
        news: bool,
        app_ref: Option<String>,
        observed: Option<Map<String, Value>>,
    },
    Exists {
        app_ref: Option<String>,
        text: String,
    },
    Rejected {
        code: String,
        text: String,
    },
    Conflict(Map<String, Value>),
    Later(String),
}

impl Reply {
    pub(crate) fn said(self) -> Said {
        let words = plain(self.message.as_deref().unwrap_or_default(), WORDS_CHARS_MAX);
        let or = |usual: &str| {
            if words.is_empty() {
                usual.to_owned()
            } else {
                words.clone()
            }
        };
        match self.outcome {
            None | Some(Word::Applied) => Said::Done {
                news: true,
                app_ref: self.app_ref,
                observed: self.observed,
            },
            Some(Word::Unchanged) => Said::Done {
                news: false,
                app_ref: self.app_ref,
                observed: self.observed,
            },
            Some(Word::Exists) => Said::Exists {
                text: or("the application has it already and does not say under which app_ref"),
                app_ref: self.app_ref,
            },
            Some(Word::Rejected) => Said::Rejected {
                code: plain(self.code.as_deref().unwrap_or("rejected"), CODE_CHARS_MAX),
                text: or("the application does not say why"),
            },
            Some(Word::Conflict) => match self.observed {
                Some(observed) => Said::Conflict(observed),
                None => Said::Later("\"conflict\" does not say what is observed".to_owned()),
            },
            Some(Word::Retry) => Said::Later(or("the application asks to wait")),
        }
    }
}

impl Word {
    pub(crate) const fn is_refusal(self) -> bool {
        !matches!(self, Self::Applied | Self::Unchanged)
    }
}

/// Lays what the application says over an account; it may say any part of it.
pub(crate) fn over(believed: &Profile, said: &Map<String, Value>) -> Result<Profile, String> {
    let fault = |error: serde_json::Error| {
        format!("observed: {}", plain(&error.to_string(), WORDS_CHARS_MAX))
    };
    let mut whole: Map<String, Value> = serde_json::to_value(believed)
        .and_then(serde_json::from_value)
        .map_err(fault)?;
    for (name, value) in said {
        match (whole.get_mut(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new.clone()),
            _ => drop(whole.insert(name.clone(), value.clone())),
        }
    }
    if let Some(Value::Object(fields)) = whole.get_mut(FIELDS) {
        fields.retain(|_, value| !value.is_null());
    }
    serde_json::from_value(whole.into()).map_err(fault)
}

/// Puts a value where its name says: `fields.x` stands under `fields`.
pub(crate) fn put(object: &mut Map<String, Value>, name: &str, value: &Value) {
    let Some(field) = name.strip_prefix(FIELDS_PREFIX) else {
        object.insert(name.to_owned(), value.clone());
        return;
    };
    let fields = object.entry(FIELDS).or_insert_with(|| Map::new().into());
    if let Some(fields) = fields.as_object_mut() {
        fields.insert(field.to_owned(), value.clone());
    }
}

/// Where the attributes beyond the standard ones stand in a profile.
const FIELDS: &str = "fields";
/// How their names begin in [`Item::from`] and [`Item::to`].
const FIELDS_PREFIX: &str = "fields.";
/// The longest code of a refusal.
pub(crate) const CODE_CHARS_MAX: usize = 64;
