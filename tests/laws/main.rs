//! The laws of ARCHITECTURE.md that a test can hold: who may depend on whom, who may name which driver, what stands in the root.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a law that cannot be read is a broken law")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

mod told;

/// The arrows: the crate on the left names those on the right; nothing else may.
const ARROWS: [(&str, &[&str]); 7] = [
    ("watchfire-domain", &[]),
    ("watchfire-integrations", &["watchfire-domain"]),
    ("watchfire-store", &["watchfire-domain"]),
    ("watchfire-egress", &["watchfire-domain", "watchfire-integrations"]),
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
const DRIVERS: [(&str, &str); 4] =
    [("sqlx", "watchfire-store"), ("reqwest", "watchfire-egress"), ("axum", "watchfire-server"), ("clap", "watchfire")];

/// What `domain` and `integrations` may never name: whatever knows a clock, a socket or chance (law 1).
const IMPURE: [&str; 8] = ["tokio", "rand", "sqlx", "reqwest", "axum", "hyper", "tracing", "futures-util"];

/// What may not be built upon, even by way of others.
const BANNED: [&str; 4] = ["openssl", "openssl-sys", "native-tls", "serde_yaml"];

/// Licences under which we may ship what we build on; the same as in `deny.toml`.
const LICENCES: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "Unicode-3.0",
    "Zlib",
];

struct Package {
    uses: BTreeSet<String>,
    folder: PathBuf,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The triple of this machine.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// What cargo knows of the workspace, or with `everything` of all that it builds on.
fn metadata(everything: bool) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1", "--offline", "--locked"]).current_dir(root());
    if everything {
        // Only what is built here is downloaded already.
        command.args(["--filter-platform", &host()]);
    } else {
        command.arg("--no-deps");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn packages() -> BTreeMap<String, Package> {
    let metadata = metadata(false);
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
fn every_dependency_may_be_shipped_and_there_is_one_tls_stack() {
    let metadata = metadata(true);
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(!BANNED.contains(&name), "{name}: rustls with aws-lc-rs is the one TLS stack");
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{name} names no licence"));
        // One of several alternatives is enough; what is joined by AND is all needed.
        let allowed = licence.replace('/', " OR ").split(" OR ").any(|alternative| {
            let parts = alternative.split(" AND ").map(|part| part.trim_matches(['(', ')', ' ']));
            parts.clone().count() > 0 && parts.into_iter().all(|part| LICENCES.contains(&part))
        });
        assert!(allowed, "{name}: {licence}");
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
        ".ci",
        ".dockerignore",
        ".git",
        ".gitignore",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "Dockerfile",
        "LICENSE",
        "README.md",
        "clippy.toml",
        "config.example.toml",
        "crates",
        "deny.toml",
        "docker-compose.yml",
        "docs",
        "justfile",
        "migrations",
        "policies",
        "rustfmt.toml",
        "tests",
        // What building and running leave behind, all ignored by git.
        "target",
        "data",
    ]
    .into();
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(named.contains(name.as_str()), "{name} has no place in the root");
    }
}

/// Each step of the schema that landed, with the SHA-256 of its file for each backend. What landed stands in databases by its checksum, and a
/// changed file is refused there at the next start: so a line is added here with each step, and none is changed.
const STEPS: [(&str, &[(&str, &str)]); 4] = [
    ("0001_first.sql", &[("sqlite", "5bfc49a6632708723742dda0b5f117d8e4f879069dd34959ed47e9843b333bb1")]),
    ("0002_usual.sql", &[("sqlite", "0fd72b34e36441c88440ae0f90129ad0f5584fd48bff7f438444da96865c5af3")]),
    ("0003_standing.sql", &[("sqlite", "389e04ac1dc0aa3dcc6e9ab2dd15b5f4585f4bd0d174a89207c92a841c981d06")]),
    ("0004_lanes.sql", &[("sqlite", "64b360bbbd9f3d60df0d4bdada8bf1527b973ef9b983b6ef9a00572a56cb8a21")]),
];

fn checksum(path: &Path) -> String {
    let digest = Sha256::digest(std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_steps_of_every_backend_have_the_same_names_and_what_landed_stays() {
    let migrations = root().join("migrations");
    let steps: BTreeSet<&str> = STEPS.iter().map(|(step, _)| *step).collect();
    let mut backends = BTreeSet::new();
    for backend in std::fs::read_dir(&migrations).unwrap().map(|entry| entry.unwrap()).filter(|it| it.path().is_dir()) {
        let backend = backend.file_name().into_string().unwrap();
        let files = std::fs::read_dir(migrations.join(&backend)).unwrap();
        let found: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, steps, "{backend}: a new step is named in STEPS with its checksum, and in every backend");
        backends.insert(backend);
    }
    for (step, checksums) in STEPS {
        let pinned: BTreeSet<&str> = checksums.iter().map(|(backend, _)| *backend).collect();
        assert_eq!(pinned, backends.iter().map(String::as_str).collect(), "{step} has a checksum for each backend");
        for (backend, expected) in checksums {
            let path = migrations.join(backend).join(step);
            assert_eq!(checksum(&path), *expected, "{backend}/{step} landed, and was changed: mend with a new step");
        }
    }
}
