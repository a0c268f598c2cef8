//! The last good keys in a file: a restart during an outage changes nothing.

use std::path::PathBuf;
use std::time::Duration;

use keycard::Algorithm::{ES256, EdDSA};
use keycard::clock::ManualClock;
use keycard::keys::KeySet;
use keycard::remote::{Failure, RemoteError, RemoteKeys, Status};

use super::server::{Act, KEYS, Server, eventually, new_key, verifier};
use crate::support::clock;

/// A folder that goes away with the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("keycard-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("idp.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The process after a restart: its timer begins anew, and the time of day goes on.
async fn restarted(
    server: &Server,
    folder: &Folder,
    clock: &ManualClock,
) -> Result<RemoteKeys, RemoteError> {
    let builder = server.builder(clock).seed_file(folder.file());
    let keys = builder.connect().await?;
    if keys.state().last_error().is_none() {
        until_written(folder, &keys).await;
    }
    Ok(keys)
}

/// Waits for the disk, as nobody else does.
async fn until_written(folder: &Folder, keys: &RemoteKeys) {
    let set = keys.state().keys().to_jwks();
    let is_written = || {
        let file = std::fs::read_to_string(folder.file()).unwrap_or_default();
        let others = std::fs::read_dir(&folder.0).unwrap().count();
        file.contains(set.trim_start_matches('{')) && others == 1
    };
    eventually("the file", is_written).await;
}

fn later(seconds: u64) -> ManualClock {
    let clock = clock();
    let now = keycard::clock::Clock::now(&clock);
    clock.set(now.saturating_add(Duration::from_secs(seconds)));
    clock
}

#[tokio::test]
async fn a_restart_during_an_outage() {
    let folder = Folder::new("seed-restart");
    let (key, other) = (new_key(ES256), new_key(EdDSA));
    let server = Server::publishing(&[&key, &other]).await;
    let keys = restarted(&server, &folder, &clock()).await.unwrap();
    assert_eq!(keys.state().keys().len(), 2);
    drop(keys);

    server.act(KEYS, Act::status(500));
    let after = later(300);
    let keys = restarted(&server, &folder, &after).await.unwrap();
    let state = keys.state();
    assert_eq!((state.status(), state.keys().len()), (Status::Fresh, 2));
    assert_eq!(
        state.last_error().map(RemoteError::failure),
        Some(Failure::Status(500))
    );
    let verifier = verifier(keys.clone());
    assert!(verifier.verify_now(&server.token(&key)).is_ok());
    assert!(verifier.verify_now(&server.token(&other)).is_ok());

    // They are as old as they are: 10 minutes fresh, and an hour.
    after.advance(Duration::from_secs(600 + 3600 - 300 - 1));
    assert_eq!(keys.state().status(), Status::Stale);
    after.advance(Duration::from_secs(1));
    assert_eq!(keys.state().status(), Status::Expired);
    let keys = restarted(&server, &folder, &later(600 + 3599))
        .await
        .unwrap();
    assert_eq!(keys.state().status(), Status::Stale);
    let error = restarted(&server, &folder, &later(600 + 3600))
        .await
        .unwrap_err();
    assert_eq!(error.failure(), Failure::Status(500));
    // Whoever wants more says so.
    let keys = server
        .builder(&later(7 * 24 * 3600))
        .seed_file(folder.file());
    let keys = keys
        .stale_for(Duration::from_secs(30 * 24 * 3600))
        .start()
        .unwrap();
    assert!(keys.reload().await.is_err());
    assert_eq!(keys.state().status(), Status::Stale);

    // And the issuer comes back.
    server.publish(&[&key]);
    keys.reload().await.unwrap();
    assert_eq!(
        (keys.state().status(), keys.state().keys().len()),
        (Status::Fresh, 1)
    );
    until_written(&folder, &keys).await;
    let seed = std::fs::read_to_string(folder.file()).unwrap();
    assert_eq!(KeySet::from_jwks(&seed).unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_that_is_of_no_use_is_no_help_and_no_harm() {
    let folder = Folder::new("seed-useless");
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    // Before the first start there is none.
    server.act(KEYS, Act::status(500));
    assert!(restarted(&server, &folder, &clock()).await.is_err());
    server.publish(&[&key]);
    restarted(&server, &folder, &clock()).await.unwrap();
    let good = std::fs::read_to_string(folder.file()).unwrap();
    server.act(KEYS, Act::status(500));

    let other = good.replace(&server.url, "https://idp.example");
    let (start, _) = good.split_once("\"keys\":").unwrap();
    let empty = format!("{start}\"keys\":[]}}");
    let bare = format!("{{\"keys\":{}", good.split_once("\"keys\":").unwrap().1);
    let long = format!("{good}{}", " ".repeat(2 << 20));
    for (what, text) in [
        ("cut", &good[..good.len() / 2]),
        ("empty", ""),
        ("of another issuer", &other),
        ("without keys", &empty),
        ("without a time", &bare),
        ("too long", &long),
        ("of another form", "[1]"),
    ] {
        std::fs::write(folder.file(), text).unwrap();
        let error = restarted(&server, &folder, &clock()).await.expect_err(what);
        assert_eq!(error.failure(), Failure::Status(500), "{what}");
    }
    // From tomorrow.
    std::fs::write(folder.file(), &good).unwrap();
    let earlier = clock();
    let now = keycard::clock::Clock::now(&earlier).seconds();
    earlier.set(keycard::claims::NumericDate::from_seconds(now - 61));
    assert!(restarted(&server, &folder, &earlier).await.is_err());
    assert!(restarted(&server, &folder, &clock()).await.is_ok());

    // The keys of another address are not these.
    let keys = RemoteKeys::builder(&server.url).jwks_url(server.at("/elsewhere"));
    assert!(
        keys.with_clock(clock())
            .seed_file(folder.file())
            .connect()
            .await
            .is_err()
    );
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_can_change_it_and_nothing_else_is_left_behind() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("seed-mode");
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let keys = restarted(&server, &folder, &clock()).await.unwrap();
    for _ in 0..5 {
        keys.reload().await.unwrap();
        until_written(&folder, &keys).await;
    }
    let mode = std::fs::metadata(folder.file())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    // It is written beside the fetching, and the last time may be under way.
    let files = || std::fs::read_dir(&folder.0).unwrap().count();
    eventually("the file, and nothing beside it", || files() == 1).await;
    // Nothing of it is secret, but nobody else needs to write it.
    let seed = std::fs::read_to_string(folder.file()).unwrap();
    assert!(!seed.contains("\"d\":"), "{seed}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_stops_nothing() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let builder = server.builder(&clock()).seed_file("/proc/keycard/idp.json");
    let keys = builder.connect().await.unwrap();
    assert!(verifier(keys).verify_now(&server.token(&key)).is_ok());
}
