//! `GET /api/v1/oncall/{schedule}.ics?token=…`: a schedule as a calendar to subscribe to, and `GET /api/v1/oncall/{schedule}/feed`, which gives its address.
//!
//! Calendars send no headers, so the address carries the token. It opens this one feed and nothing else; the log has no query. Whoever has no right token
//! learns nothing, not even which schedules there are.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use domain::id::Name;
use http::{HeaderMap, Uri, header};
use serde::{Deserialize, Serialize};

use crate::api::oncall_schedule::{found, missing};
use crate::auth::MayAdminister;
use crate::input::{Named, Params};
use crate::problem::Problem;
use crate::state::ServerState;

/// Behind the name of a schedule: its feed.
pub(super) const SUFFIX: &str = ".ics";

const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// Calendar programs add parameters of their own, so others are passed over.
#[derive(Deserialize)]
struct Subscription {
    token: Option<String>,
    person: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Only the shifts of this person.
    person: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Address {
    schedule: String,
    person: Option<String>,
    /// Whoever knows it can read the feed.
    url: String,
    /// Whether the configuration names where this service is reached; else it is where this request reached it.
    public: bool,
}

/// The feed.
pub(super) async fn calendar(state: &ServerState, schedule: &str, uri: &Uri) -> Result<Response, Problem> {
    let none =
        || Problem::not_found("there is no such feed; `watchfire oncall feed SCHEDULE` gives the address of one");
    let Ok(Query(asked)) = Query::<Subscription>::try_from_uri(uri) else { return Err(none()) };
    let schedule: Name = schedule.parse().map_err(|_| none())?;
    let person: Option<Name> = asked.person.map(|person| person.parse()).transpose().map_err(|_| none())?;
    let token = asked.token.unwrap_or_default();
    let is_open = state.tokens().feeds().is_some_and(|key| key.admits(&schedule, person.as_ref(), &token));
    if !is_open {
        return Err(none());
    }
    let calendar = state.engine().calendar(&schedule, person.as_ref()).await?.ok_or_else(none)?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], calendar).into_response())
}

/// Where the feed is.
pub(super) async fn address(
    _: MayAdminister,
    State(state): State<ServerState>,
    Named(name): Named,
    Params(asked): Params<Asked>,
    headers: HeaderMap,
) -> Result<Json<Address>, Problem> {
    let engine = state.engine();
    let policy = engine.current_policy().policy;
    let (schedule, _) = found(&policy, &name)?;
    let person = match asked.person.as_deref() {
        None => None,
        Some(text) => {
            let known = policy.contacts.keys().find(|known| known.as_str() == text);
            Some(known.ok_or_else(|| missing("contact", text, policy.contacts.keys()))?)
        }
    };
    let key = state.tokens().feeds().ok_or_else(|| Problem::conflict("this service has no key for feeds"))?;
    let public = engine.settings().public_url.as_deref();
    let base = match public {
        Some(base) => base.trim_end_matches('/').to_owned(),
        None => {
            format!("http://{}", headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost"))
        }
    };
    // Names and tokens are of letters that an address may hold.
    let whose = person.map_or_else(String::new, |person| format!("person={person}&"));
    let token = key.token(schedule, person);
    let url = format!("{base}/api/v1/oncall/{schedule}{SUFFIX}?{whose}token={}", token.expose());
    Ok(Json(Address {
        schedule: schedule.to_string(),
        person: person.map(ToString::to_string),
        url,
        public: public.is_some(),
    }))
}
