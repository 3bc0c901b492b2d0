//! The signals of `tests/fixtures/triage/groups/*.json`: each a hook of Sentry as it comes, with the name of the group that a person gives it.

use std::collections::BTreeSet;
use std::path::Path;

use domain::signal::Signal;
use integrations::sentry::{Parsed, parse};
use serde_json::{Value, json};

/// One signal of the corpus.
pub(crate) struct Case {
    pub(crate) file: String,
    pub(crate) group: String,
    pub(crate) signal: Signal,
}

/// All signals of the corpus, by file and in order.
pub(crate) fn corpus() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/triage/groups");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| cases(path)).collect()
}

fn cases(path: &Path) -> Vec<Case> {
    let file = path.file_stem().unwrap().to_string_lossy().into_owned();
    let content: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let described = content["groups"].as_object().unwrap();
    let mut used = BTreeSet::new();
    let cases: Vec<Case> = content["signals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| {
            let group = case["group"].as_str().unwrap().to_owned();
            assert!(described.contains_key(&group), "{file}: {group} has no reason");
            used.insert(group.clone());
            Case { file: file.clone(), signal: read(case), group }
        })
        .collect();
    for group in described.keys() {
        assert!(used.contains(group), "{file}: {group} has no signal");
    }
    cases
}

fn read(case: &Value) -> Signal {
    let body = json!({
        "action": case["action"],
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
        "data": case["data"],
        "installation": {"uuid": "5f0c2f1e-7a44-4d0b-9a6e-1f6c6f0b7c11"},
    });
    match parse(case["resource"].as_str(), body.to_string().as_bytes()) {
        Parsed::Signal(signal) => *signal,
        other => unreachable!("a signal of the corpus is none: {other:?}: {case}"),
    }
}
