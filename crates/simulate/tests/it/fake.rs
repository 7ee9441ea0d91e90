//! A small honest SCIM server in memory, which can be given one fault.

mod patch;
mod query;
mod state;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use enroll_simulate::{Transport, TransportError};
use http::{HeaderMap, Method, Request, Response};
use serde_json::{Value, json};

use self::query::Query;

pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// What is broken in this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// A filter finds nothing, whatever it asks for.
    LookupFindsNothing,
    /// PUT of a user takes the user out of all groups; PUT of a group ignores members.
    PutDropsMembers,
    /// `active` as text is not understood, and left as it was.
    TextFalseIgnored,
    /// PATCH and PUT of a user give the user another id.
    IdChanges,
    /// `totalResults` is text.
    TotalAsText,
    /// Writes to what exists are answered well and not stored.
    UpdateNotStored,
    /// PATCH of a group is answered well and not stored.
    GroupPatchNotStored,
    /// A removal of members is answered well and not stored.
    RemovalNotStored,
    /// Whoever gets into a group loses the time zone.
    MembershipDropsZone,
    /// `remove members` with a list of members empties the group (ENTRA-49).
    RemoveEmptiesGroup,
    /// Letters outside ASCII become question marks.
    AsciiOnly,
    /// Every page is the first page.
    PagesRepeat,
    /// DELETE is answered well and the user stays.
    DeleteKeeps,
    /// Windows time zones are rewritten as IANA names.
    ZoneRewritten,
    /// A created user is answered without its id.
    CreateWithoutId,
    /// An address that is replaced is appended instead.
    AddressAppended,
    /// Deactivation also takes the user out of all groups.
    DeactivationDropsMembers,
    /// A user's `groups` carry no `display` (RY-04).
    GroupsNameless,
    /// An empty group is shown without `members` (AK-05).
    EmptyMembersLeftOut,
    /// A group's `externalId` is neither kept nor shown (RY-03).
    GroupExternalIdForgotten,
    /// Everybody gets an address more than was sent.
    AddressInvented,
    /// A group keeps its name, whatever is answered.
    RenameIgnored,
    /// A deleted group is there again with the next one of its name.
    GroupDeleteKeeps,
    /// Members whom nobody is yet are forgotten.
    StrangersDropped,
    /// Time zones that are no IANA names are forgotten.
    JunkZoneDropped,
}

/// One request as it came in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// Path and query below the base URL.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) display_name: String,
    pub(crate) external_id: Option<String>,
    pub(crate) members: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) users: BTreeMap<String, Value>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) log: Vec<Seen>,
    /// Active people who were in a group once and were in none after some request.
    pub(crate) groupless: Vec<String>,
    /// A user's groups are shown by id alone.
    nameless: bool,
    /// A group without members is shown without `members`.
    hides_empty: bool,
    /// A group's `externalId` is not kept.
    forgets_external_id: bool,
    placed: BTreeSet<String>,
    /// Groups that were deleted, with the members they had.
    deleted: Vec<Group>,
    next: u64,
}

pub(crate) struct Server {
    fault: Fault,
    /// PATCH of a user is answered with 204 instead of the user.
    quiet: bool,
    configuration: Value,
    state: Mutex<State>,
}

type Answer = Result<(u16, Value), (u16, &'static str)>;

impl Server {
    pub(crate) fn new(fault: Fault) -> Self {
        Self {
            fault,
            quiet: false,
            configuration: json!({
                "patch": { "supported": true },
                "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
                "filter": { "supported": true, "maxResults": 7 },
            }),
            state: Mutex::new(State {
                nameless: fault == Fault::GroupsNameless,
                hides_empty: fault == Fault::EmptyMembersLeftOut,
                forgets_external_id: fault == Fault::GroupExternalIdForgotten,
                ..State::default()
            }),
        }
    }

    pub(crate) fn quiet(self) -> Self {
        Self {
            quiet: true,
            ..self
        }
    }

    /// Says something else about itself.
    pub(crate) fn configured(mut self, pointer: &str, value: Value) -> Self {
        *self.configuration.pointer_mut(pointer).unwrap() = value;
        self
    }

    /// Somebody else makes a resource.
    pub(crate) fn post(&self, target: &str, body: &Value) {
        let mut state = self.state();
        let answer = self.route(&mut state, &Method::POST, target, body);
        assert_eq!(answer.map_err(|(status, _)| status).unwrap().0, 201);
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Answers one request.
    pub(crate) fn answer(&self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let mut state = self.state();
        let target = request.uri().path_and_query().unwrap().as_str();
        let target = target.strip_prefix("/scim/v2").unwrap_or(target).to_owned();
        let body = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
        let authorized = request
            .headers()
            .get("authorization")
            .is_some_and(|t| t == "Bearer letmein");
        let answer = if authorized {
            self.route(&mut state, request.method(), &target, &body)
        } else {
            Err((401, "the token is wrong"))
        };
        state.bind();
        let (method, headers) = (request.method().clone(), request.headers().clone());
        state.log.push(Seen {
            method,
            target,
            headers,
            body,
        });
        state.check_placing();
        let (status, body) = answer.unwrap_or_else(|(status, detail)| {
            let text = status.to_string();
            (
                status,
                json!({ "schemas": [ERROR], "status": text, "detail": detail }),
            )
        });
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let response = Response::builder().status(status);
        response
            .header("content-type", "application/scim+json")
            .body(bytes)
            .unwrap()
    }

    fn route(&self, state: &mut State, method: &Method, target: &str, body: &Value) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = Query::parse(query);
        let parts: Vec<&str> = path.split('/').collect();
        match (method.as_str(), parts.as_slice()) {
            ("GET", ["", "ServiceProviderConfig"]) => Ok((200, self.configuration.clone())),
            ("GET", ["", kind]) => self.list(state, kind, &query),
            ("GET", ["", "Users", id]) => Ok((200, state.user(id)?)),
            ("GET", ["", "Groups", id]) => Ok((200, query.shape(state.group(id)?))),
            ("POST", ["", "Users"]) => self.create_user(state, body),
            ("POST", ["", "Groups"]) => Ok(state.create_group(body)),
            ("PUT", ["", "Users", id]) => self.put_user(state, id, body),
            ("PUT", ["", "Groups", id]) => self.put_group(state, id, body),
            ("PATCH", ["", "Users", id]) => self.patch_user(state, id, body),
            ("PATCH", ["", "Groups", id]) => self.patch_group(state, id, body),
            ("DELETE", ["", "Users", id]) => self.delete_user(state, id),
            ("DELETE", ["", "Groups", id]) => self.delete_group(state, id),
            _ => Err((404, "no such place")),
        }
    }

    fn list(&self, state: &State, kind: &str, query: &Query) -> Answer {
        if self.fault == Fault::LookupFindsNothing && query.has_filter() {
            return Ok((
                200,
                json!({ "schemas": [LIST], "totalResults": 0, "Resources": [] }),
            ));
        }
        let mut found = Vec::new();
        match kind {
            "Users" => {
                for (id, user) in &state.users {
                    if query.finds(user)? {
                        found.push(query.shape(state.show_user(id, user)));
                    }
                }
            }
            "Groups" => {
                for id in state.groups.keys() {
                    let group = state.group(id)?;
                    if query.finds(&group)? {
                        found.push(query.shape(group));
                    }
                }
            }
            _ => return Err((404, "no such kind")),
        }
        let total = found.len();
        let start = if self.fault == Fault::PagesRepeat {
            1
        } else {
            query.start()
        };
        let page: Vec<_> = found
            .into_iter()
            .skip(start - 1)
            .take(query.count())
            .collect();
        let shown = if self.fault == Fault::TotalAsText {
            Value::from(total.to_string())
        } else {
            Value::from(total)
        };
        let count = page.len();
        Ok((
            200,
            json!({
                "schemas": [LIST], "totalResults": shown, "startIndex": start,
                "itemsPerPage": count, "Resources": page,
            }),
        ))
    }

    fn create_user(&self, state: &mut State, body: &Value) -> Answer {
        let user = self.normal(body, true)?;
        if state.taken(&user, None) {
            return Err((409, "userName is taken"));
        }
        let id = state.new_id("user");
        state.users.insert(id.clone(), user);
        let mut shown = state.user(&id)?;
        if self.fault == Fault::CreateWithoutId {
            shown.as_object_mut().unwrap().remove("id");
        }
        Ok((201, shown))
    }

    fn put_user(&self, state: &mut State, id: &str, body: &Value) -> Answer {
        let before = state.users.get(id).ok_or((404, "no such user"))?.clone();
        let was_active = before["active"] == true;
        let user = self.normal(body, was_active)?;
        if state.taken(&user, Some(id)) {
            return Err((409, "userName is taken"));
        }
        if self.fault == Fault::PutDropsMembers {
            state.withdraw(id);
        }
        let id = self.replace(state, id, user);
        Ok((200, state.user(&id)?))
    }

    fn patch_user(&self, state: &mut State, id: &str, body: &Value) -> Answer {
        let mut user = state.users.get(id).ok_or((404, "no such user"))?.clone();
        patch::user(&mut user, body, self.fault)?;
        if state.taken(&user, Some(id)) {
            return Err((409, "userName is taken"));
        }
        let meant = user.clone();
        let id = self.replace(state, id, user);
        match (self.quiet, self.fault) {
            (true, _) => Ok((204, Value::Null)),
            (_, Fault::UpdateNotStored) => Ok((200, state.show_user(&id, &meant))),
            _ => Ok((200, state.user(&id)?)),
        }
    }

    /// Stores a user anew, in the way that the fault says; returns the id it then has.
    fn replace(&self, state: &mut State, id: &str, user: Value) -> String {
        if self.fault == Fault::DeactivationDropsMembers && user["active"] == false {
            state.withdraw(id);
        }
        match self.fault {
            Fault::UpdateNotStored => id.to_owned(),
            Fault::IdChanges => {
                let now = state.new_id("user");
                state.users.remove(id);
                state.users.insert(now.clone(), user);
                for group in state.groups.values_mut() {
                    for member in group.members.iter_mut().filter(|member| *member == id) {
                        member.clone_from(&now);
                    }
                }
                now
            }
            _ => {
                state.users.insert(id.to_owned(), user);
                id.to_owned()
            }
        }
    }

    fn delete_user(&self, state: &mut State, id: &str) -> Answer {
        if !state.users.contains_key(id) {
            return Err((404, "no such user"));
        }
        if self.fault != Fault::DeleteKeeps {
            state.users.remove(id);
            state.withdraw(id);
        }
        Ok((204, Value::Null))
    }

    fn delete_group(&self, state: &mut State, id: &str) -> Answer {
        let gone = state.groups.remove(id).ok_or((404, "no such group"))?;
        if self.fault == Fault::GroupDeleteKeeps {
            state.deleted.push(gone);
        }
        Ok((204, Value::Null))
    }

    fn put_group(&self, state: &mut State, id: &str, body: &Value) -> Answer {
        let group = state.groups.get_mut(id).ok_or((404, "no such group"))?;
        body["displayName"]
            .as_str()
            .unwrap()
            .clone_into(&mut group.display_name);
        if self.fault == Fault::PutDropsMembers {
            group.members.clear();
        } else {
            group.members = patch::member_ids(&body["members"]);
        }
        Ok((200, state.group(id)?))
    }

    fn patch_group(&self, state: &mut State, id: &str, body: &Value) -> Answer {
        let group = state.groups.get_mut(id).ok_or((404, "no such group"))?;
        let mut after = group.clone();
        patch::group(&mut after, body, self.fault)?;
        if self.fault == Fault::RenameIgnored {
            after.display_name.clone_from(&group.display_name);
        }
        if self.fault == Fault::StrangersDropped {
            after.members.retain(|id| state.users.contains_key(id));
        }
        if self.fault != Fault::GroupPatchNotStored {
            *group = after;
        }
        if self.fault == Fault::MembershipDropsZone {
            for member in group.members.clone() {
                state
                    .users
                    .get_mut(&member)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .remove("timezone");
            }
        }
        Ok((204, Value::Null))
    }

    /// The body of a POST or PUT as it is stored: RFC names and types, nothing read-only, no nulls.
    fn normal(&self, body: &Value, was_active: bool) -> Result<Value, (u16, &'static str)> {
        let mut user = body.as_object().ok_or((400, "no object"))?.clone();
        for name in ["id", "meta", "groups", "password"] {
            user.remove(name);
        }
        user.retain(|_, value| !value.is_null() && *value != json!([]));
        user.insert("schemas".to_owned(), json!([USER]));
        let active = patch::boolean(user.get("active"), was_active, self.fault)?;
        user.insert("active".to_owned(), active.into());
        let mut user = Value::Object(user);
        if self.fault == Fault::AddressInvented {
            let mut emails = user["emails"].as_array().cloned().unwrap_or_default();
            emails.push(json!({ "value": user["userName"], "type": "other" }));
            user["emails"] = emails.into();
        }
        if user["userName"].as_str().is_none_or(str::is_empty) {
            return Err((400, "userName is missing"));
        }
        if self.fault == Fault::AsciiOnly {
            for name in ["givenName", "familyName"] {
                let text = user["name"][name].as_str().unwrap_or_default();
                let text: String = text
                    .chars()
                    .map(|c| if c.is_ascii() { c } else { '?' })
                    .collect();
                user["name"][name] = text.into();
            }
        }
        if self.fault == Fault::JunkZoneDropped && user["timezone"] == "GMT+8" {
            user["timezone"] = Value::Null;
        }
        if self.fault == Fault::ZoneRewritten && user["timezone"] == "W. Europe Standard Time" {
            user["timezone"] = "Europe/Berlin".into();
        }
        Ok(user)
    }
}

impl Transport for Server {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(self.answer(&request))
    }

    async fn pause(&self, time: std::time::Duration) {
        panic!("nothing here makes a provider wait for {time:?}");
    }
}
