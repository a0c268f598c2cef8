//! Promises about the crate that no single line of it keeps.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

use serde_json::Value;

fn cargo(arguments: &[&str]) -> String {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn no_locked_dependency_asks_for_a_newer_rust() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--locked", "--format-version", "1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let version = |package: &Value| -> Option<Vec<u32>> {
        let version = package["rust_version"].as_str()?;
        Some(
            version
                .split('.')
                .map(|part| part.parse().unwrap())
                .collect(),
        )
    };
    let name = |package: &Value| package["name"].as_str().unwrap().to_owned();
    let ours = packages
        .iter()
        .find(|package| name(package) == "keycard")
        .unwrap();
    let ours = version(ours).unwrap();
    assert_eq!(ours, [1, 88]);
    let newer: Vec<String> = packages
        .iter()
        .filter(|package| version(package).is_some_and(|theirs| theirs[..2] > ours[..2]))
        .map(name)
        .collect();
    assert!(newer.is_empty(), "{newer:?}");
}

#[test]
fn the_default_build_has_at_most_45_crates_and_no_http_client() {
    let tree = cargo(&["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    // One crate in two versions is two.
    let crates: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, rest)| (name, rest.split(' ').next().unwrap()))
        .filter(|(name, _)| *name != "keycard")
        .collect();
    assert!(crates.len() <= 45, "{} crates: {crates:?}", crates.len());
    let crates: BTreeSet<&str> = crates.into_iter().map(|(name, _)| name).collect();
    assert!(crates.contains("http"), "{crates:?}");
    for client in [
        "reqwest", "hyper", "ureq", "tokio", "openssl", "ring", "rsa",
    ] {
        assert!(!crates.contains(client), "{client}");
    }
}

#[test]
fn no_crypto_backend_of_jsonwebtoken_is_turned_on() {
    let tree = cargo(&[
        "tree",
        "--locked",
        "--edges",
        "features,normal",
        "--invert",
        "jsonwebtoken",
        "--prefix",
        "none",
    ]);
    for backend in ["aws_lc_rs", "rust_crypto"] {
        let feature = format!("jsonwebtoken feature \"{backend}\"");
        assert!(!tree.contains(&feature), "{tree}");
    }
}

/// The names behind each file in a line of a table: `file.rs`: `name`, `name`.
fn names_by_file(text: &str) -> Vec<(&str, &str)> {
    let mut names = Vec::new();
    for (start, _) in text.match_indices(".rs`: `") {
        let (before, after) = text.split_at(start);
        let file_start = before.rfind('`').unwrap() + 1;
        let file = &text[file_start..start + 3];
        let mut rest = &after[".rs`: `".len()..];
        while let Some((name, behind)) = rest.split_once('`') {
            names.push((file, name));
            let Some(next) = behind.strip_prefix(", `") else {
                break;
            };
            rest = next;
        }
    }
    names
}

#[test]
fn every_name_in_the_table_of_conformance_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("CONFORMANCE.md")).unwrap();
    let names = names_by_file(&table);
    assert!(names.len() > 400, "{}", names.len());
    for (file, name) in names {
        let text = std::fs::read_to_string(root.join(file)).expect(file);
        let function = format!("fn {name}");
        let mut places = text.match_indices(&function);
        let exists = places.any(|(place, _)| {
            let behind = text[place + function.len()..].chars().next();
            behind.is_some_and(|c| !c.is_alphanumeric() && c != '_')
        });
        assert!(exists, "{file} has no {function}");
    }
    assert!(
        !table.contains("no test"),
        "a clause that nothing holds on to"
    );
}

/// Every file of the crate that its users see, without its tests.
fn sources(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            found.push((path.display().to_string(), text.to_owned()));
        }
    }
}

/// Tells whether what begins with these lines is a method of a value that is there already, which
/// needs no example of its own; one that takes `mut self` belongs to a builder and does.
fn is_getter<'a>(line: &'a str, next: Option<&'a str>) -> bool {
    let receiver = match line.split_once('(') {
        Some((_, "")) => next.unwrap_or_default(),
        Some((_, parameters)) => parameters,
        None => return false,
    };
    let first = receiver.split([',', ')']).next().unwrap_or_default();
    first == "self" || first.starts_with('&') && first.ends_with("self")
}

/// Returns the public items whose documentation has no example.
fn without_example(text: &str) -> Vec<&str> {
    const ITEMS: [&str; 8] = [
        "pub fn ",
        "pub const fn ",
        "pub async fn ",
        "pub struct ",
        "pub enum ",
        "pub trait ",
        "pub type ",
        "pub static ",
    ];
    let mut items = Vec::new();
    let mut has_example = false;
    let mut lines = text.lines().map(str::trim_start).peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("///") {
            has_example |= line.contains("```");
        } else if ITEMS.iter().any(|item| line.starts_with(item)) {
            if !has_example && !is_getter(line, lines.peek().copied()) {
                items.push(line);
            }
            has_example = false;
        } else if line.is_empty() || line.ends_with('}') || line.ends_with(';') {
            has_example = false;
        }
    }
    items
}

#[test]
fn every_public_item_has_an_example() {
    let bare = "/// Says.\npub fn one() {}\n\n/// ```\n/// ```\n#[must_use]\npub fn two() {}\n";
    assert_eq!(without_example(bare), ["pub fn one() {}"]);
    for (text, needs_one) in [
        ("pub fn name(&self) -> &str {", false),
        (
            "pub fn name<'a>(\n    &'a self,\n    key: &str,\n) {",
            false,
        ),
        ("pub const fn name(self) -> u8 {", false),
        ("pub fn name(mut self, value: u8) -> Self {", true),
        ("pub fn name(myself: u8) {", true),
        ("pub fn name(\n    itself: &Self,\n) {", true),
        ("pub struct Name(Box<Name>);", true),
    ] {
        assert_eq!(!without_example(text).is_empty(), needs_one, "{text}");
    }

    let mut files = Vec::new();
    sources(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    assert!(files.len() > 50);
    // The properties are there for fuzzing only.
    let seen = files
        .iter()
        .filter(|(path, _)| !path.ends_with("fuzzing.rs"));
    let lacking: Vec<String> = seen
        .flat_map(|(path, text)| {
            without_example(text)
                .into_iter()
                .map(move |item| format!("{path}: {item}"))
        })
        .collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
}
