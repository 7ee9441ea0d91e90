//! Queries: GET of an endpoint, POST to `.search` (RFC 7644 §3.4.2, §3.4.3).

use std::borrow::Cow;

use enroll_filter::Filter;
use enroll_schema::{AttrId, Error, ErrorKind, Kind, Relation, Returned, urns};
use enroll_store::{Page, Query, Sort, Store, Want, Window};

use crate::{
    anywhere,
    directory::Directory,
    exchange::Exchange,
    params::Params,
    project::{self, Shape},
    refusal::Refusal,
    reply::Reply,
    served::Served,
    stream::{Json, Out},
};

/// Answers a query in the URL; without a type it goes over all of them.
pub(crate) async fn list<S: Store>(
    directory: &Directory<S>,
    exchange: &mut Exchange<'_>,
    served: Option<&Served>,
) -> Result<Reply, Refusal> {
    let params = Params::from_query(exchange.query())?;
    answer(directory, exchange, served, params).await
}

/// Answers a query in a message.
pub(crate) async fn search<S: Store>(
    directory: &Directory<S>,
    exchange: &mut Exchange<'_>,
    served: Option<&Served>,
) -> Result<Reply, Refusal> {
    let body = exchange.take_body()?;
    let params = Params::from_message(&body)?;
    answer(directory, exchange, served, params).await
}

async fn answer<S: Store>(
    directory: &Directory<S>,
    exchange: &Exchange<'_>,
    served: Option<&Served>,
    params: Params,
) -> Result<Reply, Refusal> {
    let all = directory.core.types();
    let types: Vec<&Served> = served.map_or_else(|| all.iter().collect(), |served| vec![served]);
    let filter = match &params.filter {
        Some(text) => {
            let (profile, most) = (exchange.policy.profile, params.filter_bytes_max);
            Some(Filter::parse_within(text, profile, most).map_err(unparsed)?)
        }
        None => None,
    };
    let shapes: Vec<Cow<'_, Shape>> = types
        .iter()
        .map(|served| params.projection.bind(served))
        .collect();
    let most = directory.core.options().links_listed_max;
    let wants_links = shapes.iter().any(|shape| shape.links.is_some());
    let query = Query {
        branches: branches(&types, filter.as_ref())?,
        sort: sort(&types, &params)?,
        window: Window::Index(params.start_index),
        count: params.count,
        want: if wants_links {
            Want::UpTo(most)
        } else {
            Want::Omit
        },
        total: true,
    };
    let page = if query.branches.is_empty() {
        Page {
            records: Vec::new(),
            keys: Vec::new(),
            total: Some(0),
        }
    } else {
        directory.store.find(query).await?
    };
    let types: Vec<_> = types.into_iter().zip(shapes).collect();
    Ok(listed(directory, exchange, &params, &types, &page))
}

fn branches(
    types: &[&Served],
    filter: Option<&Filter>,
) -> Result<
    Vec<(
        enroll_schema::ResourceType,
        Option<enroll_filter::Predicate>,
    )>,
    Error,
> {
    let Some(filter) = filter else {
        return Ok(types
            .iter()
            .map(|served| (served.kind.clone(), None))
            .collect());
    };
    if let [served] = types {
        return Ok(vec![(
            served.kind.clone(),
            Some(filter.bind(&served.kind)?),
        )]);
    }
    let mut branches = Vec::new();
    for served in types {
        match anywhere::fold(&served.kind, filter) {
            anywhere::Folded::Never => {}
            anywhere::Folded::Always => branches.push((served.kind.clone(), None)),
            anywhere::Folded::Filter(filter) => {
                branches.push((served.kind.clone(), Some(filter.bind(&served.kind)?)));
            }
        }
    }
    Ok(branches)
}

fn unparsed(error: enroll_filter::ParseError) -> Error {
    Error::new(ErrorKind::InvalidFilter, format!("filter: {error}")).because(error)
}

/// Finds what is sorted by; over several types it must be the same attribute in each.
fn sort(types: &[&Served], params: &Params) -> Result<Option<Sort>, Error> {
    let Some(name) = &params.sort_by else {
        return Ok(None);
    };
    let mut found = types.iter().map(|served| sortable(served, name));
    let first = found.next().transpose()?;
    for other in found {
        if first != Some(other?) {
            let detail = "sortBy must name one attribute of all these resources";
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        }
    }
    Ok(first.map(|attribute| Sort {
        attribute,
        order: params.order,
    }))
}

/// Resolves `sortBy`; a complex multi-valued attribute is sorted by its `value` (decisions 38, 39).
fn sortable(served: &Served, name: &str) -> Result<AttrId, Error> {
    let kind = &served.kind;
    let named = project::resolve(kind, name);
    let attribute = match named.as_slice() {
        [id] if kind
            .attribute(*id)
            .is_some_and(|a| a.kind == Kind::Complex && a.multi) =>
        {
            kind.find_sub(*id, "value")
        }
        [id] => Some(*id),
        _ => None,
    };
    let is_sortable = |id: &AttrId| {
        let top = kind.parent(*id).unwrap_or(*id);
        let visible = |id| {
            kind.attribute(id)
                .is_some_and(|a| a.returned != Returned::Never)
        };
        let is_row = [Relation::Members, Relation::Groups]
            .into_iter()
            .any(|relation| kind.related(relation) == Some(top));
        let is_simple = kind.attribute(*id).is_some_and(|a| a.kind != Kind::Complex);
        is_simple && !is_row && visible(*id) && visible(top)
    };
    attribute.filter(is_sortable).ok_or_else(|| {
        let detail = "sortBy names no attribute that can be sorted by; name a simple one";
        Error::new(ErrorKind::InvalidValue, detail)
    })
}

fn listed<S: Store>(
    directory: &Directory<S>,
    exchange: &Exchange<'_>,
    params: &Params,
    types: &[(&Served, Cow<'_, Shape>)],
    page: &Page,
) -> Reply {
    let size: usize = page
        .records
        .iter()
        .map(|record| record.document.len() + 512)
        .sum();
    let mut out = Out::with_capacity(size + 256);
    let count = page.records.len();
    let total = page.total.unwrap_or_default();
    out.raw("{\"schemas\":[\"");
    out.raw(urns::LIST_RESPONSE);
    out.raw(&format!(
        "\"],\"totalResults\":{total},\"startIndex\":{}",
        params.start_index
    ));
    out.raw(&format!(",\"itemsPerPage\":{count},\"Resources\":["));
    let writer = exchange.writer();
    for (index, record) in page.records.iter().enumerate() {
        let Some((served, shape)) = types.iter().find(|(s, _)| s.kind == record.kind) else {
            continue;
        };
        out.raw(if index == 0 { "" } else { "," });
        writer.resource(&mut out, served, shape, record);
    }
    out.raw("]}");
    let mut reply = exchange.bare(200);
    reply
        .headers
        .push(("content-type", exchange.media().to_owned()));
    reply.body = out.finish(&directory.core, &directory.store, &exchange.call.base_url);
    reply
}
