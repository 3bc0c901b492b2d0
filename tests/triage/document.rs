//! What `docs/fingerprint.md` says by example is what happens.

use std::path::Path;

use domain::fingerprint::mask;

#[test]
fn the_examples_of_the_page_are_true() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fingerprint.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut examples = 0;
    for table in page.split("| text | masked |\n|---|---|\n").skip(1) {
        for row in table.lines().take_while(|line| line.starts_with('|')) {
            let cells = row.trim_start_matches("| `").trim_end_matches("` |");
            let (text, masked) = cells.split_once("` | `").unwrap();
            assert_eq!(mask(text), masked, "{text}");
            examples += 1;
        }
    }
    assert!(examples >= 30, "{examples} examples");
}
