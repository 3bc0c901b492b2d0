//! The fingerprint against the groups that a person would make, over the [corpus](crate::corpus).
//!
//! Over all pairs of signals, precision is how many of those with one fingerprint are of one group, recall how many of one group have one
//! fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use domain::fingerprint::{fingerprint, parts};
use domain::signal::Signal;

use crate::corpus::corpus;

const PRECISION: f64 = 0.99;
const RECALL: f64 = 0.95;

#[test]
fn the_corpus_is_large_and_wide_enough() {
    let corpus = corpus();
    assert!(corpus.len() >= 120, "{} signals", corpus.len());
    let platforms: BTreeSet<_> = corpus.iter().filter_map(|case| case.signal.platform.as_deref()).collect();
    for platform in ["python", "javascript", "node", "java", "go", "ruby", "php", "csharp", "rust", "native", "cocoa"] {
        assert!(platforms.contains(platform), "no signal of {platform}");
    }
    let framed = corpus.iter().filter(|case| case.signal.has_in_app_frame()).count();
    assert!(framed >= 40, "{framed} signals with frames of the application's own");
}

#[test]
fn the_groups_of_the_fingerprint_are_those_of_a_person() {
    let corpus = corpus();
    let hashes: Vec<_> = corpus.iter().map(|case| fingerprint(&case.signal)).collect();
    let (mut right, mut merged, mut split) = (0_u32, 0_u32, 0_u32);
    for (at, one) in corpus.iter().enumerate() {
        for (offset, other) in corpus[at + 1..].iter().enumerate() {
            let same_hash = hashes[at] == hashes[at + 1 + offset];
            match (same_hash, one.group == other.group) {
                (true, true) => right += 1,
                (true, false) => {
                    merged += 1;
                    println!(
                        "merged: {}/{} and {}/{}\n{}",
                        one.file,
                        one.group,
                        other.file,
                        other.group,
                        told(&one.signal)
                    );
                }
                (false, true) => {
                    split += 1;
                    println!("split: {}/{}\n{}{}", one.file, one.group, told(&one.signal), told(&other.signal));
                }
                (false, false) => {}
            }
        }
    }
    let precision = f64::from(right) / f64::from(right + merged);
    let recall = f64::from(right) / f64::from(right + split);
    println!(
        "{} signals, {} groups: pairwise precision {precision:.4} ({merged} merged), recall {recall:.4} ({split} split)",
        corpus.len(),
        corpus.iter().map(|case| &case.group).collect::<BTreeSet<_>>().len(),
    );
    assert!(precision >= PRECISION, "precision {precision:.4} is below {PRECISION}");
    assert!(recall >= RECALL, "recall {recall:.4} is below {RECALL}");
}

fn told(signal: &Signal) -> String {
    parts(signal).iter().fold(String::new(), |told, part| told + &format!("    {}: {:?}\n", part.name, part.value))
}

#[test]
fn order_white_space_release_and_lines_do_not_count() {
    let mut hashes = BTreeMap::new();
    for case in corpus() {
        let before = fingerprint(&case.signal);
        let mut moved = case.signal.clone();
        moved.tags.reverse();
        moved.release = Some("99.0.0".into());
        moved.environment = Some("elsewhere".into());
        moved.title = format!("  {}\n", moved.title);
        moved.message = moved.message.map(|message| format!("\t{}  ", message.replace(' ', " \n ")));
        for exception in &mut moved.exceptions {
            exception.value = format!(" {} ", exception.value.replace(' ', "\u{a0} "));
        }
        assert_eq!(fingerprint(&moved), before, "{}/{}", case.file, case.group);
        hashes.insert(before, case.group);
    }
    assert!(hashes.len() > 50);
}

#[test]
fn another_class_or_another_top_frame_is_another_fingerprint() {
    for case in corpus() {
        let before = fingerprint(&case.signal);
        if case.signal.exceptions.is_empty() || case.signal.custom_fingerprint.is_some() {
            continue;
        }
        let mut other = case.signal.clone();
        other.exceptions[0].class.push_str("Other");
        assert_ne!(fingerprint(&other), before, "{}/{}", case.file, case.group);
        let mut other = case.signal;
        if let Some(exception) = other.exceptions.iter_mut().find(|exception| !exception.in_app.is_empty()) {
            exception.in_app[0].function = "elsewhere".into();
            assert_ne!(fingerprint(&other), before, "{}/{}", case.file, case.group);
        }
    }
}
