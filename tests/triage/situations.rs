//! Triage under the default policy against the situations of `tests/fixtures/triage/situations/*.toml`, each with the priority that somebody on
//! call gives it. A user holds their own the same way: `watchfire triage test`.

use std::path::Path;

use domain::policy::file;
use domain::situation::{Agreement, LEAST_EXACT_PERCENT};
use watchfire::commands::triage_test::{Judged, judge};

const FEWEST: usize = 80;

fn judged() -> Judged {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/triage/situations");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts: Vec<_> = paths
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let policy = file::parse(file::DEFAULT).unwrap();
    judge(&texts, &policy.triage).unwrap_or_else(|failure| unreachable!("{failure}"))
}

#[test]
fn triage_says_what_somebody_on_call_says() {
    let judged = judged();
    println!("{}", judged.told());
    let agreement: Agreement = judged.agreement();
    let (total, exact) = (agreement.total(), agreement.exact());
    assert!(total >= FEWEST, "only {total} situations");
    assert!(exact * 100 >= total * LEAST_EXACT_PERCENT, "only {exact} of {total} as expected");
    assert_eq!(agreement.far_off(), 0, "more than one level off");
    assert_eq!(agreement.missed_criticals(), 0, "criticals missed");
}
