//! A folder of its own, commands in it, and a service that is waited for by its own words.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a process that cannot be driven fails the test")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// Only a hanging process takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A working directory, gone with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("watchfire-binary-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// A command in this folder, with nothing in its environment but what is given.
    pub fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_watchfire"));
        command.args(arguments).current_dir(&self.0).env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
        command
    }

    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
        let output = self.command(arguments, variables).output().unwrap();
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, &[])
    }

    pub fn serve(&self) -> Service {
        self.serve_with(&[])
    }

    /// Starts a service on a free port and waits until it listens.
    pub fn serve_with(&self, variables: &[(&str, &str)]) -> Service {
        let mut command = self.command(&["serve", "--port", "0"], variables);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pages = lines(child.stdout.take().unwrap());
        let words = lines(child.stderr.take().unwrap());
        let mut service = Service { child, pages, words, heard: String::new() };
        service.hear("incident list");
        service
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// It ended with this code, and said each of these.
    #[track_caller]
    pub fn ended(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for word in words {
            assert!(self.out.contains(word) || self.err.contains(word), "{word:?} was not said: {self:#?}");
        }
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        self.ended(0, &[]);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// A running service.
pub struct Service {
    child: Child,
    pages: Receiver<String>,
    words: Receiver<String>,
    heard: String,
}

impl Service {
    /// Waits until it says a word on standard error.
    #[track_caller]
    pub fn hear(&mut self, word: &str) {
        while !self.heard.contains(word) {
            match self.words.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.heard.push_str(&line);
                    self.heard.push('\n');
                }
                Err(error) => panic!("{word:?} was not said ({error}): {}", self.heard),
            }
        }
    }

    /// Everything on standard output until a line holds this word.
    #[track_caller]
    pub fn page(&mut self, word: &str) -> String {
        let mut page = String::new();
        while !page.contains(word) {
            match self.pages.recv_timeout(PATIENCE) {
                Ok(line) => {
                    page.push_str(&line);
                    page.push('\n');
                }
                Err(error) => panic!("{word:?} was not on the console ({error}): {page}\n{}", self.heard),
            }
        }
        page
    }

    /// Where it listens, as it says itself.
    pub fn address(&self) -> String {
        let rest = self.heard.split("listens on http://").nth(1).unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Ends it as an init system would.
    #[track_caller]
    pub fn stop(mut self) {
        self.signal("TERM");
        assert_eq!(self.wait().code(), Some(0), "{}", self.heard);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The permissions of a file.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
