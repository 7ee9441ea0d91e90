//! What a request tells about the provider of an integration that is set to `auto`.

use enroll_quirks::{Applied, Dialect, Quirk};
use http::HeaderMap;

use crate::admit::{Admitted, Told};

/// Most characters of a header that stand in a reason.
const SHOWN_MAX: usize = 80;

/// Returns the dialect of a request: for `auto`, the one its headers tell for certain, else the one
/// that earlier requests told.
pub(crate) fn dialect(admitted: &Admitted, map: &HeaderMap) -> Dialect {
    match admitted.dialect {
        Dialect::Auto => recognise(map).or(admitted.learned).unwrap_or(Dialect::Auto),
        set => set,
    }
}

/// Returns what the headers tell for certain, if that is news.
pub(crate) fn certain(admitted: &Admitted, map: &HeaderMap) -> Option<Told> {
    if admitted.dialect != Dialect::Auto {
        return None;
    }
    let dialect = recognise(map).filter(|told| admitted.learned != Some(*told))?;
    let why = if map.contains_key("adscimversion") {
        "header Adscimversion".to_owned()
    } else {
        agent(map)
    };
    Some(Told {
        dialect,
        why,
        is_certain: true,
    })
}

/// Returns the provider that a request points at, if nothing is known yet: by the name in its
/// `User-Agent`, else by quirks that one provider alone is known to send.
///
/// It is for a person to decide; no request is read otherwise for it.
pub(crate) fn suggested(
    admitted: &Admitted,
    map: &HeaderMap,
    fired: &[&'static Quirk],
) -> Option<Told> {
    if admitted.dialect != Dialect::Auto || admitted.is_told {
        return None;
    }
    let by_agent = || {
        let dialect = Dialect::suggested(header(map, "user-agent")?)?;
        Some((dialect, agent(map)))
    };
    let (dialect, why) = by_agent().or_else(|| by_quirks(fired))?;
    Some(Told {
        dialect,
        why,
        is_certain: false,
    })
}

fn by_quirks(fired: &[&'static Quirk]) -> Option<(Dialect, String)> {
    let fired = fired.to_vec();
    let applied = Applied { fired };
    let dialect = applied.suggests()?;
    let own = |quirk: &&&Quirk| quirk.dialects == [dialect];
    let ids: Vec<_> = applied.fired.iter().filter(own).map(|q| q.id).collect();
    Some((dialect, format!("requests need {}", ids.join(", "))))
}

fn agent(map: &HeaderMap) -> String {
    let agent = header(map, "user-agent").unwrap_or_default();
    let shown: String = agent.chars().take(SHOWN_MAX).collect();
    format!("User-Agent {shown:?}")
}

fn recognise(map: &HeaderMap) -> Option<Dialect> {
    Dialect::recognise(|name| header(map, name))
}

fn header<'a>(map: &'a HeaderMap, name: &str) -> Option<&'a str> {
    map.get(name).and_then(|value| value.to_str().ok())
}
