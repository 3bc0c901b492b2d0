//! `watchfire payloads`: every body of a folder through the true path, and whether each was taken as it should be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{HeaderMap, Method};
use integrations::request::Secret;
use serde_json::{Value, json};

use super::test_webhook::{Hook, guessed, secret, taken};
use super::{TITLE_LIMIT, address, print_json, text, with_client_or_new};
use crate::args::Payloads;
use crate::client::Client;
use crate::exit::Failure;
use crate::session::Session;
use crate::terminal::{self, GREEN, NOTHING, print, remind, safe, styled};

/// What stands in `vectors.json` beside `.body` files.
type Signatures = BTreeMap<String, String>;

/// What became of one file.
struct Row {
    file: String,
    status: Option<u16>,
    outcome: String,
    incident: Option<Value>,
    stored: Option<bool>,
    /// What is not as it should be; empty when all is well.
    wrong: Vec<&'static str>,
    skipped: Option<&'static str>,
}

/// Sends all of them, in the order of their names, and reports.
///
/// # Errors
/// When a file was not taken as it should be, or there is none.
pub async fn run(session: &Session, asked: &Payloads) -> Result<(), Failure> {
    let root = session.here.join(&asked.dir);
    let files = files(&root)
        .map_err(|error| Failure::Wrong(format!("the folder {} cannot be read: {error}", asked.dir.display())))?;
    if files.is_empty() {
        return Err(Failure::NotFound(format!("{} holds no .json and no .body file", asked.dir.display())));
    }
    let secret = secret(session)?;
    let rows = with_client_or_new(session, async |client: &Client| {
        let mut rows = Vec::with_capacity(files.len());
        for path in &files {
            rows.push(one(client, &root, path, &secret).await?);
        }
        client.remind_of_silence();
        Ok(rows)
    })
    .await?;
    let wrong = rows.iter().filter(|row| !row.wrong.is_empty()).count();
    if asked.output.json {
        print_json(&Value::Array(rows.iter().map(as_json).collect()))?;
    } else {
        print(&table(&rows))?;
    }
    let skipped = rows.iter().filter(|row| row.skipped.is_some()).count();
    let refused = rows.iter().any(|row| row.status == Some(401));
    if refused {
        remind(
            "401 means that the service has another secret: start it with SENTRY_WEBHOOK_SECRET set to all that sign, separated by commas",
        );
    }
    let sent = rows.len() - skipped;
    if wrong > 0 {
        return Err(Failure::Failed(format!("{wrong} of {sent} were not taken as they should be")));
    }
    terminal::say(&format!("{} {sent} sent and stored, {skipped} skipped", styled(GREEN, "well:")));
    Ok(())
}

/// Every `.json` and `.body` below a folder, by name.
fn files(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if path.is_dir() {
                folders.push(path);
            } else if matches!(ending, Some("json" | "body"))
                && path.file_name().is_some_and(|name| name != "vectors.json")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The signatures that are given for the files of a folder.
fn signatures(folder: &Path) -> Signatures {
    let read = || -> Option<Signatures> {
        let text = std::fs::read(folder.join("vectors.json")).ok()?;
        let vectors: Value = serde_json::from_slice(&text).ok()?;
        let pair = |vector: &Value| {
            Some((vector["body_file"].as_str()?.to_owned(), vector["sentry_hook_signature"].as_str()?.to_owned()))
        };
        Some(vectors["vectors"].as_array()?.iter().filter_map(pair).collect())
    };
    read().unwrap_or_default()
}

async fn one(client: &Client, root: &Path, path: &Path, secret: &Secret<String>) -> Result<Row, Failure> {
    let file = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let mut row = Row {
        file,
        status: None,
        outcome: NOTHING.to_owned(),
        incident: None,
        stored: None,
        wrong: Vec::new(),
        skipped: None,
    };
    // Bodies of the legacy plugin are no platform hooks; they are sent all the same, under a resource that nobody knows.
    let is_legacy = row.file.contains("legacy-plugin");
    let resource = match guessed(path) {
        Some(resource) => resource,
        None if is_legacy => "legacy-plugin",
        None => {
            row.skipped = Some("no webhook body");
            return Ok(row);
        }
    };
    let body = Bytes::from(std::fs::read(path)?);
    let given = path.parent().map(signatures).and_then(|known| known.get(path.file_name()?.to_str()?).cloned());
    let hook = match given {
        Some(signature) => Hook { resource: resource.to_owned(), signature, body },
        None => Hook::signed(resource, body, secret),
    };
    let answer = hook.send(client).await?;
    row.status = Some(answer.status);
    if !matches!(answer.status, 200 | 202) {
        row.wrong.push("not taken");
        return Ok(row);
    }
    let Some(told) = taken(&answer) else { return Err(client.strange(&answer)) };
    row.outcome = text(&told, "outcome", 20);
    if let Some(delivery) = told["delivery"].as_str() {
        let path = address(&["api", "v1", "deliveries", delivery, "body"], &[]);
        let stored = client.call(Method::GET, &path, HeaderMap::new(), Bytes::new()).await?;
        row.stored = Some(stored.status == 200 && stored.body == hook.body);
    }
    if row.stored != Some(true) {
        row.wrong.push("not stored byte for byte");
    }
    if let Some(id) = told["incident"].as_str() {
        row.incident = Some(client.get(&address(&["api", "v1", "incidents", id], &[])).await?);
    }
    if !is_legacy {
        judge(&mut row, resource, &hook.body);
    }
    Ok(row)
}

/// What each kind of payload has to do: problems open or join an incident whose facts are filled, asides open none.
fn judge(row: &mut Row, resource: &str, body: &[u8]) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let opens = ["opened", "joined", "reopened"].contains(&row.outcome.as_str());
    // A body that says no action, because it cannot be read, is held to its file's name.
    let named = row
        .file
        .rsplit('/')
        .next()
        .and_then(|name| name.split('.').skip_while(|part| *part != resource).nth(1))
        .map(str::to_owned);
    match (resource, body["action"].as_str().or(named.as_deref()).unwrap_or_default()) {
        ("issue" | "error", "created") | ("event_alert", _) => {
            if !opens {
                row.wrong.push("opened and joined nothing");
            }
            for (field, missing) in
                [("title", "no title"), ("project", "no project"), ("level", "no level"), ("link", "no link")]
            {
                let is_empty =
                    row.incident.as_ref().is_some_and(|incident| incident[field].as_str().is_none_or(str::is_empty));
                if is_empty && (field != "project" || names_project(&body)) {
                    row.wrong.push(missing);
                }
            }
        }
        ("metric_alert", "critical" | "warning") if !opens => row.wrong.push("opened and joined nothing"),
        ("comment" | "preprod_artifact" | "installation", _) if row.outcome == "opened" => {
            row.wrong.push("opened an incident");
        }
        _ => {}
    }
}

/// Whether a body says of which project it is; shortened samples do not.
fn names_project(body: &Value) -> bool {
    ["issue", "error", "event"].iter().map(|name| &body["data"][name]).any(|subject| {
        !subject["project"].is_null() || subject["url"].as_str().is_some_and(|url| url.contains("/projects/"))
    })
}

fn verdict(row: &Row) -> String {
    match row.skipped {
        Some(reason) => format!("skipped: {reason}"),
        None if row.wrong.is_empty() => "well".to_owned(),
        None => row.wrong.join(", "),
    }
}

fn filled(row: &Row, field: &str, limit: usize) -> String {
    row.incident.as_ref().map_or_else(|| NOTHING.to_owned(), |incident| text(incident, field, limit))
}

fn table(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| {
        vec![
            safe(&row.file, 120),
            row.status.map_or_else(|| NOTHING.to_owned(), |status| status.to_string()),
            row.outcome.clone(),
            filled(row, "title", TITLE_LIMIT.min(40)),
            filled(row, "project", 20),
            filled(row, "level", 12),
            row.incident
                .as_ref()
                .map_or(NOTHING, |incident| if incident["link"].is_string() { "yes" } else { "no" })
                .to_owned(),
            row.stored.map_or(NOTHING, |stored| if stored { "equal" } else { "DIFFER" }).to_owned(),
            verdict(row),
        ]
    });
    terminal::table(
        &["file", "status", "outcome", "incident", "project", "level", "link", "bytes", "verdict"],
        rows.collect(),
        3,
    )
}

fn as_json(row: &Row) -> Value {
    json!({
        "file": row.file,
        "status": row.status,
        "outcome": row.status.map(|_| &row.outcome),
        "incident": row.incident.as_ref().map(|incident| json!({
            "id": incident["id"], "title": incident["title"], "project": incident["project"],
            "level": incident["level"], "link": incident["link"],
        })),
        "stored_byte_equal": row.stored,
        "wrong": row.wrong,
        "skipped": row.skipped,
    })
}
