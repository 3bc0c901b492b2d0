//! The laws of ARCHITECTURE.md that a test can hold: who may depend on whom, who may name which driver, what stands in the root.
#![expect(clippy::unwrap_used, reason = "a law that cannot be read is a broken law")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The arrows: the crate on the left names those on the right; nothing else may.
const ARROWS: [(&str, &[&str]); 7] = [
    ("watchfire-domain", &[]),
    ("watchfire-integrations", &["watchfire-domain"]),
    ("watchfire-store", &["watchfire-domain"]),
    ("watchfire-egress", &["watchfire-integrations"]),
    ("watchfire-engine", &["watchfire-domain", "watchfire-integrations", "watchfire-store"]),
    ("watchfire-server", &["watchfire-engine", "watchfire-store", "watchfire-domain"]),
    (
        "watchfire",
        &[
            "watchfire-domain",
            "watchfire-integrations",
            "watchfire-store",
            "watchfire-egress",
            "watchfire-engine",
            "watchfire-server",
        ],
    ),
];

/// Drivers and the one crate that may name each in its code.
const DRIVERS: [(&str, &str); 4] = [
    ("sqlx", "watchfire-store"),
    ("reqwest", "watchfire-egress"),
    ("axum", "watchfire-server"),
    ("clap", "watchfire"),
];

/// What `domain` and `integrations` may never name: whatever knows a clock, a socket or chance (law 1).
const IMPURE: [&str; 8] = ["tokio", "rand", "sqlx", "reqwest", "axum", "hyper", "tracing", "futures-util"];

struct Package {
    uses: BTreeSet<String>,
    folder: PathBuf,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let uses = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                // What only tests need breaks no wall.
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            let folder = manifest.parent().unwrap().to_owned();
            (package["name"].as_str().unwrap().to_owned(), Package { uses, folder })
        })
        .collect()
}

#[test]
fn each_crate_names_only_those_that_the_arrows_allow() {
    let packages = packages();
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for (name, allowed) in ARROWS {
        let uses = &packages[name].uses;
        for used in uses.iter().filter(|used| ours.contains(used.as_str())) {
            assert!(allowed.contains(&used.as_str()), "{name} may not depend on {used}");
        }
    }
    let known: BTreeSet<&str> = ours.iter().copied().chain(["watchfire-tests"]).collect();
    let found: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    assert_eq!(found, known, "a new crate needs its reason in ARCHITECTURE.md and its arrows here");
}

#[test]
fn each_driver_is_named_by_one_crate_alone() {
    let packages = packages();
    for (driver, owner) in DRIVERS {
        for (name, package) in packages.iter().filter(|(name, _)| name.as_str() != owner) {
            assert!(!package.uses.contains(driver), "{name} names {driver}: only {owner} may");
        }
    }
}

#[test]
fn domain_and_integrations_name_nothing_that_knows_a_clock_a_socket_or_chance() {
    let packages = packages();
    for name in ["watchfire-domain", "watchfire-integrations"] {
        for impure in IMPURE {
            assert!(!packages[name].uses.contains(impure), "{name} names {impure}");
        }
    }
}

#[test]
fn every_crate_tells_a_newcomer_what_it_is_for() {
    for (name, package) in packages().iter().filter(|(name, _)| name.as_str() != "watchfire-tests") {
        let readme = std::fs::read_to_string(package.folder.join("README.md")).unwrap_or_default();
        assert!(readme.len() > 200, "{name} has no README.md worth reading");
        let library = std::fs::read_to_string(package.folder.join("src/lib.rs")).unwrap();
        assert!(library.contains("include_str!(\"../README.md\")"), "{name}: README.md is the crate doc");
    }
}

#[test]
fn the_root_holds_what_the_house_names_and_no_more() {
    let named: BTreeSet<&str> = [
        ".ci", ".dockerignore", ".git", ".gitignore", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "Cargo.lock",
        "Cargo.toml", "Dockerfile", "LICENSE", "README.md", "clippy.toml", "config.example.toml", "crates", "deny.toml",
        "docker-compose.yml", "docs", "justfile", "migrations", "policies", "rustfmt.toml", "tests",
        // What building and running leave behind, all ignored by git.
        "target", "data",
    ]
    .into();
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(named.contains(name.as_str()), "{name} has no place in the root");
    }
}

#[test]
fn the_migrations_of_every_backend_have_the_same_numbers_and_names() {
    let trees: Vec<BTreeSet<String>> = std::fs::read_dir(root().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|tree| {
            let files = std::fs::read_dir(tree).unwrap();
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
        })
        .collect();
    assert!(!trees.is_empty());
    for tree in &trees {
        assert_eq!(tree, &trees[0]);
    }
}
