//! The last good keys in a file, so that a restart during an outage changes nothing.

use std::fmt::{Display, Write as _};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use crate::clock::Clock;
use crate::keys::KeySet;
use crate::numeric_date::NumericDate;
use crate::observe::{Event, observe};

/// The difference that two clocks may have.
const SKEW: Duration = Duration::from_secs(60);

/// What the file says beside the keys: a JWK Set may have more members than `keys` (RFC 7517, section 5).
#[derive(Deserialize, Serialize)]
struct About {
    /// Whose keys they are: one file for two issuers would hand the keys of one to the other.
    source: String,
    /// When they came, in seconds since 1970.
    fetched: i64,
    /// For how many seconds they were good.
    fresh_for: u64,
}

/// Keys of a file, and for how long they are good from now on.
pub(super) struct Seed {
    pub(super) keys: KeySet,
    pub(super) age: Duration,
    pub(super) fresh: Duration,
}

/// Says whose keys they are, and from where.
fn source(settings: &Settings) -> String {
    let place = &settings.place;
    let address = place.keys.as_ref().or_else(|| place.metadata.first());
    let address = address.map_or("", url::Url::as_str);
    format!("{} {address}", place.name())
}

/// Writes the file, one text at a time. Nobody waits for it: keys are good before a disk has them, and a disk that hangs
/// must not keep them back.
#[derive(Default)]
pub(super) struct Keeper {
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    /// What is to be written next: only the newest is of use.
    next: Option<String>,
    is_written: bool,
}

impl Keeper {
    /// Has the keys written, whole or not at all.
    pub(super) fn keep(&self, settings: &Settings, keys: &KeySet, fresh: Duration) {
        let Some(file) = settings.seed.clone() else {
            return;
        };
        let name = settings.place.name().to_owned();
        let text_of_file = match text_of_file(settings, keys, fresh) {
            Ok(text_of_file) => text_of_file,
            Err(problem) => return not_written(&name, &problem),
        };
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.next = Some(text_of_file);
        if !desk.is_written {
            desk.is_written = true;
            let desk = Arc::clone(&self.desk);
            tokio::task::spawn_blocking(move || write_all(&desk, &file, &name));
        }
    }
}

fn write_all(desk: &Mutex<Desk>, file: &Path, name: &str) {
    loop {
        let next = {
            let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
            desk.is_written = desk.next.is_some();
            desk.next.take()
        };
        let Some(contents) = next else {
            return;
        };
        if let Err(problem) = replace(file, contents.as_bytes()) {
            not_written(name, &problem);
        }
    }
}

fn not_written(source: &str, problem: &dyn Display) {
    observe(&Event::SeedTrouble {
        source,
        what: "written",
        problem,
    });
}

fn text_of_file(settings: &Settings, keys: &KeySet, fresh: Duration) -> Result<String, String> {
    let about = About {
        source: source(settings),
        fetched: settings.timer.now().seconds(),
        fresh_for: fresh.as_secs(),
    };
    let about = serde_json::to_string(&about).map_err(text)?;
    // Both are objects, and the set has one member.
    match (about.strip_suffix('}'), keys.to_jwks().strip_prefix('{')) {
        (Some(about), Some(keys)) => Ok(format!("{about},{keys}\n")),
        _ => Err("the keys cannot be written".to_owned()),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn replace(file: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    // Two processes may have the same file, and in containers the same number; and nobody else may know the name.
    name.push(random_suffix()?);
    let temporary = file.with_file_name(name);
    let written = write_new(&temporary, contents).and_then(|()| std::fs::rename(&temporary, file));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn random_suffix() -> std::io::Result<String> {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).map_err(|_| std::io::Error::other("there are no random bytes"))?;
    let mut suffix = ".".to_owned();
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(suffix, "{byte:02x}");
    }
    suffix.push_str(".tmp");
    Ok(suffix)
}

/// Whoever can change the file decides which tokens are good: it is neither a link nor a file of somebody else.
fn write_new(file: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(file)?;
    open.write_all(contents)?;
    open.sync_all()
}

/// Reads the keys, if there are some that are still of use.
pub(super) async fn read(settings: &Settings) -> Result<Option<Seed>, String> {
    let Some(file) = settings.seed.clone() else {
        return Ok(None);
    };
    let most = settings.numbers.body;
    let read = tokio::task::spawn_blocking(move || read_file(&file, most));
    let Some(contents) = read.await.map_err(text)?.map_err(text)? else {
        return Ok(None);
    };
    let about: About = serde_json::from_str(&contents).map_err(text)?;
    if about.source != source(settings) {
        return Err("its keys are those of another source".to_owned());
    }
    let now = settings.timer.now();
    let fetched = NumericDate::from_seconds(about.fetched);
    if fetched > now.saturating_add(SKEW) {
        return Err("it is of a later time than now".to_owned());
    }
    let keys = settings.reader.clone().max_keys(settings.numbers.keys);
    let keys = keys.read(&contents).map_err(text)?;
    if keys.is_empty() {
        return Err("it has no key".to_owned());
    }
    let age = now.saturating_since(fetched);
    let fresh = Duration::from_secs(about.fresh_for).min(settings.numbers.freshness.most);
    if age >= fresh.saturating_add(settings.numbers.stale) {
        return Err("its keys are too old: see stale_for".to_owned());
    }
    Ok(Some(Seed { keys, age, fresh }))
}

/// Nothing if there is no file, as before the first start.
fn read_file(file: &Path, most: usize) -> std::io::Result<Option<String>> {
    let metadata = match std::fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Whoever opens a pipe waits for somebody to write.
    if !metadata.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    // With room for what stands beside the keys.
    let most = u64::try_from(most.saturating_mul(2)).unwrap_or(u64::MAX);
    let mut contents = String::new();
    let open = std::fs::File::open(file)?;
    open.take(most.saturating_add(1))
        .read_to_string(&mut contents)?;
    if u64::try_from(contents.len()).is_ok_and(|length| length <= most) {
        return Ok(Some(contents));
    }
    Err(std::io::Error::other("it is too long"))
}
