//! Which backend of `jsonwebtoken` is turned on, and by whom.

use std::process::Command;

const CHOSEN: &str = if cfg!(feature = "aws_lc_rs") {
    "aws_lc_rs"
} else {
    "rust_crypto"
};

/// Returns the features of a package in a build of this application with these features.
fn features_of(package: &str, ours: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}|{f}"])
        .args(["--features", ours])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&tree.stderr);
    assert!(tree.status.success(), "{errors}");

    let tree = String::from_utf8(tree.stdout).unwrap();
    let package = format!("{package} v");
    let line = tree.lines().find(|line| line.starts_with(&package));
    let (_, features) = line.unwrap().split_once('|').unwrap();
    features.split(',').map(str::to_owned).collect()
}

#[test]
fn keycard_has_its_conversions_and_turns_on_no_backend() {
    let keycard = features_of("keycard", "");
    assert!(keycard.contains(&"jsonwebtoken".to_owned()), "{keycard:?}");
    // The application itself asks for `use_pem`.
    assert_eq!(features_of("jsonwebtoken", ""), ["use_pem"]);
}

#[test]
fn the_application_has_the_backend_that_it_chose_and_no_other() {
    assert_eq!(features_of("jsonwebtoken", CHOSEN), [CHOSEN, "use_pem"]);
}
