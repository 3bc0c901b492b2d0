//! Lists that documents keep, against what they list: routes, rules, stories, files. Each of them was out of date once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::root;

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Every file of Rust below a folder, but for folders and modules of tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in names(folder).into_iter().filter(|name| name != "tests") {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(sources(&path));
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// What stands between backticks in a text.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The words between backticks in the first table of a README: files and folders, with or without their ends.
fn first_table(readme: &str) -> BTreeSet<String> {
    let lines = readme.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let table: Vec<&str> = lines.collect();
    spans(&table.join("\n")).map(|span| stem(span.trim_end_matches('/')).to_owned()).collect()
}

fn stem(name: &str) -> &str {
    name.strip_suffix(".rs").unwrap_or(name)
}

/// The arguments of a call whose parenthesis is open already.
fn arguments(behind: &str) -> &str {
    let mut depth = 1_usize;
    for (place, letter) in behind.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &behind[..place];
        }
    }
    panic!("a call without an end: {behind}");
}

/// `METHOD /path` of each call of `.route(` in the server's code.
fn routes_of_the_server() -> BTreeSet<String> {
    let mut routes = BTreeSet::new();
    for path in sources(&root().join("crates/server/src")) {
        let code = std::fs::read_to_string(&path).unwrap();
        let code = code.split("mod tests {").next().unwrap();
        for call in code.split(".route(").skip(1).map(arguments) {
            let (address, handlers) = call.split_once(',').unwrap();
            let address = match address.trim() {
                "sentry::PATH" => "/api/sentry-webhook",
                quoted => quoted.trim_matches('"'),
            };
            assert!(address.starts_with('/'), "{}: {address} is no path that this test can read", path.display());
            for method in ["get", "post", "put", "patch", "delete"] {
                let parts: Vec<&str> = handlers.split(&format!("{method}(")).collect();
                // `.get(` and ` get(` name a method, `budget(` does not.
                if parts[..parts.len() - 1].iter().any(|before| before.is_empty() || before.ends_with([' ', '.'])) {
                    routes.insert(format!("{} {address}", method.to_uppercase()));
                }
            }
        }
    }
    routes
}

#[test]
fn the_servers_readme_names_every_route_and_no_other() {
    let readme = text("crates/server/README.md");
    let told: BTreeSet<String> = spans(&readme)
        .filter(|span| {
            span.split_once(' ').is_some_and(|(method, path)| {
                ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) && path.starts_with('/')
            })
        })
        // A calendar is the schedule's address with another end.
        .map(|span| span.strip_suffix(".ics").unwrap_or(span).to_owned())
        .collect();
    let routes = routes_of_the_server();
    assert!(routes.contains("DELETE /api/v1/oncall/overrides/{id}"), "the router was not read: {routes:?}");
    assert_eq!(told, routes);
}

/// The rules of docs/semantics.md, such as `l12`, and of them those that are not built yet.
fn rules() -> (BTreeSet<String>, BTreeSet<String>) {
    let semantics = text("docs/semantics.md");
    let numbered = semantics.split("## Decisions made").next().unwrap();
    let (mut all, mut later) = (BTreeSet::new(), BTreeSet::new());
    for line in numbered.lines().filter_map(|line| line.strip_prefix("- **")) {
        let (name, rest) = line.split_once("**").unwrap();
        all.insert(name.to_lowercase());
        if rest.starts_with(" *(later)*") {
            later.insert(name.to_lowercase());
        }
    }
    (all, later)
}

#[test]
fn every_rule_that_is_built_has_a_file_of_scenarios_and_the_others_say_what_happens_until_then() {
    let (all, later) = rules();
    assert!(all.len() > 40, "the rules were not read: {all:?}");
    let files = names(&root().join("tests/scenarios"));
    for rule in all.difference(&later) {
        assert!(files.contains(&format!("{rule}.rs")), "{rule} has no tests/scenarios/{rule}.rs");
    }
    let semantics = text("docs/semantics.md");
    let until_then = semantics.split("\n## Later\n").nth(1).unwrap().split("\n## ").next().unwrap();
    for rule in &later {
        let named = until_then.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("**"));
        let said = named.into_iter().any(|(rules, _)| rules.to_lowercase().split(", ").any(|one| one == rule));
        assert!(said, "{rule} is marked (later), and nothing says what happens until then");
    }
}

#[test]
fn every_timeline_is_a_story_of_the_same_name() {
    let semantics = text("docs/semantics.md");
    let timelines = semantics.split("\n## Timelines, minute by minute\n").nth(1).unwrap();
    let told: BTreeSet<String> = timelines
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(|title| title.to_lowercase().replace(',', "").replace(' ', "_") + ".rs")
        .collect();
    assert_eq!(told, names(&root().join("tests/scenarios/timelines")));
}

#[test]
fn the_table_of_each_readme_names_every_file_beside_it() {
    let usual = ["lib.rs", "main.rs", "tests", "tests.rs", "README.md", "Cargo.toml"];
    let crates = names(&root().join("crates")).into_iter().map(|name| (format!("crates/{name}"), "src"));
    for (folder, within) in crates.chain([("tests".to_owned(), "."), ("policies".to_owned(), ".")]) {
        let told = first_table(&text(&format!("{folder}/README.md")));
        for name in names(&root().join(&folder).join(within)) {
            let is_told = usual.contains(&name.as_str()) || told.contains(stem(&name));
            assert!(is_told, "{folder}/README.md does not name {name} in its first table");
        }
    }
    let benches = first_table(&text("tests/README.md"));
    for name in names(&root().join("tests/benches")).iter().filter_map(|name| name.strip_suffix(".rs")) {
        assert!(benches.contains(name), "tests/README.md does not name the bench {name}");
    }
}
