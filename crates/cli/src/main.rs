//! The binary: reads the command line, does it, and says by its exit code how it went.

use std::process::ExitCode;

fn main() -> ExitCode {
    watchfire::main()
}
