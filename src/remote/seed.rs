//! The last good keys in a file, so that a restart during an outage changes nothing.

use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::settings::Settings;
use crate::clock::Clock;
use crate::keys::KeySet;
use crate::numeric_date::NumericDate;

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

/// Writes the keys, whole or not at all.
pub(super) async fn write(
    settings: &Settings,
    keys: &KeySet,
    fresh: Duration,
) -> Result<(), String> {
    let Some(file) = settings.seed.clone() else {
        return Ok(());
    };
    let about = About {
        source: source(settings),
        fetched: settings.timer.now().seconds(),
        fresh_for: fresh.as_secs(),
    };
    let about = serde_json::to_string(&about).map_err(text)?;
    // Both are objects, and the set has one member.
    let text_of_file = match (about.strip_suffix('}'), keys.to_jwks().strip_prefix('{')) {
        (Some(about), Some(keys)) => format!("{about},{keys}\n"),
        _ => return Err("the keys cannot be written".to_owned()),
    };
    let written = tokio::task::spawn_blocking(move || replace(&file, text_of_file.as_bytes()));
    written.await.map_err(text)?.map_err(text)
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn replace(file: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    // Two processes may have the same file.
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = file.with_file_name(name);
    let written = write_new(&temporary, contents).and_then(|()| std::fs::rename(&temporary, file));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// Whoever can change the file decides which tokens are good.
fn write_new(file: &Path, contents: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
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
    Ok(Some(Seed {
        keys,
        age: now.saturating_since(fetched),
        fresh: Duration::from_secs(about.fresh_for).min(settings.numbers.freshness.most),
    }))
}

/// Nothing if there is no file, as before the first start.
fn read_file(file: &PathBuf, most: usize) -> std::io::Result<Option<String>> {
    let length = match std::fs::metadata(file) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // With room for what stands beside the keys.
    if length > u64::try_from(most.saturating_mul(2)).unwrap_or(u64::MAX) {
        return Err(std::io::Error::other("it is too long"));
    }
    std::fs::read_to_string(file).map(Some)
}
