//! CPU time of the threads of this process and bytes that it handed to the disk, as Linux counts them.

use std::time::Duration;

/// The sending thread; not counted here, it counts itself.
pub(crate) const GENERATOR: &str = "generator";
/// The runtime's threads.
pub(crate) const SERVER: &str = "server";

/// Since the process began: nanoseconds of threads that still run, and bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) server: f64,
    pub(crate) sqlite: f64,
    pub(crate) other: f64,
    pub(crate) written: u64,
}

impl Spent {
    pub(crate) fn now() -> Self {
        let mut spent = Self { written: bytes_written("self"), ..Self::default() };
        for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            let time = nanoseconds(&task.path().join("schedstat")) as f64;
            match name.trim() {
                GENERATOR => {}
                SERVER => spent.server += time,
                name if name.starts_with("sqlx-sqlite") => spent.sqlite += time,
                _ => spent.other += time,
            }
        }
        spent
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            server: self.server - before.server,
            sqlite: self.sqlite - before.sqlite,
            other: self.other - before.other,
            written: self.written - before.written,
        }
    }

    pub(crate) fn of_the_house(&self) -> f64 {
        self.server + self.sqlite + self.other
    }
}

pub(crate) fn of_this_thread() -> Duration {
    Duration::from_nanos(nanoseconds("/proc/thread-self/schedstat".as_ref()))
}

/// Time on a CPU.
fn nanoseconds(schedstat: &std::path::Path) -> u64 {
    let text = std::fs::read_to_string(schedstat).unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn bytes_written(process: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("write_bytes: ")).and_then(|n| n.parse().ok()).unwrap_or(0)
}
