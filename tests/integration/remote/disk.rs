//! The disk below the seed file: it may hang, be shared, or lie in wait.

use std::future::Future;
use std::sync::mpsc;
use std::time::Duration;

use keycard::Algorithm::ES256;
use keycard::clock::Clock;
use keycard::remote::{Failure, Status};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;

use super::seed::Folder;
use super::server::{Act, KEYS, OAUTH, OPENID, Server, advance, eventually, new_key, verifier};
use crate::support::clock;

/// Runs `work` while the only thread for files is taken, as by a disk that does not answer.
fn with_a_disk_that_hangs<F: Future>(work: F) -> F::Output {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (release, released) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || released.recv());
    let done = runtime.block_on(work);
    drop(release);
    done
}

#[test]
fn a_disk_that_hangs_keeps_no_keys_back() {
    let folder = Folder::new("disk-hang");
    with_a_disk_that_hangs(async {
        let key = new_key(ES256);
        let server = Server::publishing(&[&key]).await;
        let clock = clock();
        let keys = server.builder(&clock).seed_file(folder.file());
        let keys = tokio::time::timeout(Duration::from_secs(5), keys.connect());
        let keys = keys.await.expect("it waits for the disk").unwrap();
        assert!(
            verifier(keys.clone())
                .verify_now(&server.token(&key))
                .is_ok()
        );
        let new = new_key(ES256);
        server.publish(&[&new]);
        let reload = tokio::time::timeout(Duration::from_secs(5), keys.reload());
        // The clock stands still.
        clock.advance(Duration::from_secs(6));
        reload.await.expect("it waits for the disk").unwrap();
        assert!(verifier(keys).verify_now(&server.token(&new)).is_ok());
    });
}

#[test]
fn a_disk_that_hangs_keeps_no_failure_back() {
    let folder = Folder::new("disk-hang-read");
    std::fs::write(folder.file(), "{}").unwrap();
    with_a_disk_that_hangs(async {
        let server = Server::start().await;
        let clock = clock();
        let keys = server
            .builder(&clock)
            .seed_file(folder.file())
            .start()
            .unwrap();
        server.until_asked(OAUTH, 1).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        advance(&clock, 5).await;
        eventually("a failure", || keys.state().last_error().is_some()).await;
    });
}

#[cfg(unix)]
#[tokio::test]
async fn what_lies_beside_the_seed_file_is_not_written_to() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("disk-beside");
    let precious = folder.0.join("precious");
    std::fs::write(&precious, "precious").unwrap();
    let beside = folder
        .0
        .join(format!("idp.json.{}.tmp", std::process::id()));
    std::os::unix::fs::symlink(&precious, &beside).unwrap();
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock()).seed_file(folder.file());
    let keys = keys.connect().await.unwrap();
    eventually("the file", || folder.file().exists()).await;
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
    assert!(!folder.file().is_symlink());
    let _ = std::fs::remove_file(&beside);
    std::fs::write(&beside, "").unwrap();
    std::fs::set_permissions(&beside, std::fs::Permissions::from_mode(0o666)).unwrap();
    std::fs::remove_file(folder.file()).unwrap();
    keys.reload().await.unwrap();
    eventually("the file", || folder.file().exists()).await;
    let mode = folder.file().metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_file_is_whole_whoever_writes_it_at_once() {
    let folder = Folder::new("disk-whole");
    let key = new_key(ES256);
    let many: Vec<_> = (0..40).map(|_| new_key(ES256)).collect();
    let (small, large) = (Server::publishing(&[&key]).await, Server::start().await);
    large.publish(&many.iter().collect::<Vec<_>>());
    large.act(OPENID, Act::json(large.metadata().to_string()));
    let mut all = Vec::new();
    for server in [&small, &large, &small, &large] {
        let keys = server.builder(&clock()).seed_file(folder.file());
        all.push(keys.connect().await.unwrap());
    }
    let writing: Vec<_> = all
        .into_iter()
        .map(|keys| {
            tokio::spawn(async move {
                for _ in 0..50 {
                    keys.reload().await.unwrap();
                }
            })
        })
        .collect();
    eventually("the file", || folder.file().exists()).await;
    while !writing.iter().all(JoinHandle::is_finished) {
        let text = std::fs::read_to_string(folder.file()).unwrap();
        let _: serde_json::Value = serde_json::from_str(&text).unwrap();
        tokio::task::yield_now().await;
    }
    eventually("nothing else", || {
        std::fs::read_dir(&folder.0).unwrap().count() == 1
    })
    .await;
}

#[tokio::test]
async fn keys_of_a_file_are_as_old_as_they_are_also_for_whoever_looks() {
    let folder = Folder::new("disk-age");
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock()).seed_file(folder.file());
    drop(keys.connect().await.unwrap());
    eventually("the file", || folder.file().exists()).await;
    server.act(KEYS, Act::status(500));
    let later = clock();
    let now = later.now();
    later.set(now.saturating_add(Duration::from_secs(1000)));
    let keys = server.builder(&later).seed_file(folder.file());
    let keys = keys.connect().await.unwrap();
    assert_eq!(keys.state().age(), Some(Duration::from_secs(1000)));
    later.advance(Duration::from_secs(5));
    assert_eq!(keys.state().age(), Some(Duration::from_secs(1005)));
}

#[cfg(unix)]
#[tokio::test]
async fn a_seed_file_that_is_none() {
    let folder = Folder::new("disk-pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(folder.file())
        .status();
    assert!(made.unwrap().success());
    let server = Server::start().await;
    for file in [folder.file(), "/dev/zero".into(), folder.0.clone()] {
        let keys = server.builder(&clock()).seed_file(file);
        let connecting = tokio::time::timeout(Duration::from_secs(5), keys.connect());
        let error = connecting.await.expect("it waits for a pipe").unwrap_err();
        assert_eq!(error.failure(), Failure::Status(404));
    }
}

#[tokio::test]
async fn a_file_of_long_ago_is_said_to_be_of_no_use() {
    let folder = Folder::new("disk-long-ago");
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock()).seed_file(folder.file());
    drop(keys.connect().await.unwrap());
    eventually("the file", || folder.file().exists()).await;
    server.act(KEYS, Act::status(500));
    for (seconds, status) in [(4199, Status::Stale), (4200, Status::Missing)] {
        let later = clock();
        later.set(later.now().saturating_add(Duration::from_secs(seconds)));
        let keys = server.builder(&later).seed_file(folder.file());
        let keys = keys.start().unwrap();
        assert!(keys.reload().await.is_err());
        assert_eq!(keys.state().status(), status);
    }
}
