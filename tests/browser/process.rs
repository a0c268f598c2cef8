//! What a test starts and makes is gone when the test ends.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// How long a process may take to print what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that ends with the test.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        if let Some(output) = child.stdout.take() {
            read(output, sender.clone());
        }
        if let Some(log) = child.stderr.take() {
            read(log, sender);
        }
        Self { child, lines }
    }

    /// Waits for a line with `before` in it, and returns the word that follows.
    pub fn word_after(&self, before: &str) -> String {
        let line = self.line_with(before);
        let (_, after) = line.split_once(before).unwrap();
        after.split_whitespace().next().unwrap().to_owned()
    }

    /// Waits for a line with a text in it, past those before, and returns it.
    pub fn line_with(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut printed = Vec::new();
        while let Ok(line) = self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if line.contains(text) {
                return line;
            }
            printed.push(line);
        }
        panic!("no {text:?} in {printed:#?}");
    }
}

/// Reads to the end, whoever listens: a process that prints into a closed or full pipe stops.
fn read(output: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
    });
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A new empty folder that is removed with all it holds.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("keycard-browser-{}-{count}", process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A browser that has just been told to end may still write.
        let deadline = Instant::now() + Duration::from_secs(5);
        while fs::remove_dir_all(&self.0).is_err() && self.0.exists() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
    }
}
