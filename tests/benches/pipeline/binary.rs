//! The binary at rest: how long until it listens, and how much memory it holds. Only where `target/release/watchfire` was built.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;

pub(crate) fn measure() {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), std::path::PathBuf::from);
    let program = target.join("release/watchfire");
    println!("\nthe binary at rest");
    if !program.exists() {
        println!("  skipped: build it with `cargo build --release`");
        return;
    }
    for round in 0..ROUNDS {
        let folder = std::env::temp_dir().join(format!("watchfire-at-rest-{}-{round}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let begin = Instant::now();
        let mut service = Command::new(&program)
            .args(["serve", "--port", "0"])
            .current_dir(&folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(service.stderr.take().unwrap());
        let listens = said.lines().map_while(Result::ok).any(|line| line.contains("listens on http://"));
        let started = begin.elapsed();
        // Long enough for the first rounds of the engine and its beat.
        std::thread::sleep(Duration::from_secs(2));
        let status = std::fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap_or_default();
        let memory = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
        };
        println!(
            "  {}; {:.1} MiB resident, {:.1} of them its own (the rest is the program's file)",
            if listens { format!("listens after {} ms", started.as_millis()) } else { "never listened".to_owned() },
            memory("VmRSS:"),
            memory("RssAnon:"),
        );
        let _ = service.kill();
        let _ = service.wait();
        let _ = std::fs::remove_dir_all(&folder);
    }
}
