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
fn the_default_build_has_at_most_36_crates_itself_included_and_no_http_client() {
    let tree = cargo(&["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    // One crate in two versions is two.
    let crates: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, rest)| (name, rest.split(' ').next().unwrap()))
        .collect();
    assert!(crates.len() <= 36, "{} crates: {crates:?}", crates.len());
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

/// The text with its lines joined, so that a name on the next line stands beside its file.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names behind each file in joined lines: `file.rs`: `name`, `name`.
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
fn names_are_found_across_wrapped_lines() {
    let wrapped = "  - test: `a.rs`:\n    `one`, `two`,\n    `three` (an `x`); `b.rs`: `four`\n";
    assert_eq!(
        names_by_file(&joined(wrapped)),
        [
            ("a.rs", "one"),
            ("a.rs", "two"),
            ("a.rs", "three"),
            ("b.rs", "four")
        ]
    );
}

#[test]
fn every_name_in_conformance_exists() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = joined(&std::fs::read_to_string(root.join("CONFORMANCE.md")).unwrap());
    let names = names_by_file(&text);
    assert!(names.len() > 400, "{}", names.len());
    for (file, name) in names {
        let source = std::fs::read_to_string(root.join(file)).expect(file);
        let function = format!("fn {name}");
        let mut places = source.match_indices(&function);
        let exists = places.any(|(place, _)| {
            let behind = source[place + function.len()..].chars().next();
            behind.is_some_and(|c| !c.is_alphanumeric() && c != '_')
        });
        assert!(exists, "{file} has no {function}");
    }
    assert!(
        !text.contains("no test"),
        "a clause that nothing holds on to"
    );
}

/// The numbers of the lines that an editor would have to break. The rows of the README's table cannot be.
fn too_wide(file: &str, text: &str) -> Vec<usize> {
    let cannot_break = |line: &str| file == "README.md" && line.starts_with('|');
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.chars().count() > 160 && !cannot_break(line))
        .map(|(number, _)| number)
        .collect()
}

#[test]
fn every_document_reads_as_plain_text() {
    let long = "§".repeat(161);
    assert_eq!(too_wide("A.md", &format!("short\n{long}\n")), [2]);
    assert!(too_wide("A.md", &"§".repeat(160)).is_empty());
    assert_eq!(too_wide("A.md", &format!("|{long}|")), [1]);
    assert_eq!(too_wide("README.md", &format!("|{long}|\n{long}")), [2]);

    let mut documents = 0;
    for entry in std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let file = path.file_name().unwrap().to_str().unwrap();
            let wide = too_wide(file, &std::fs::read_to_string(&path).unwrap());
            assert!(wide.is_empty(), "{file}, lines {wide:?}");
            documents += 1;
        }
    }
    assert!(documents >= 5);
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

/// Returns the public items whose documentation has no example, and should have one: types, functions, and
/// methods that make or change something. What only looks at a value says enough by its name.
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
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    for (index, line) in lines.iter().enumerate() {
        if line.starts_with("///") {
            has_example |= line.contains("```");
        } else if ITEMS.iter().any(|item| line.starts_with(item)) {
            let next = lines.get(index + 1).copied().unwrap_or_default();
            let looks = |text: &str| {
                ["(&self", "(self,", "(self)", "&'a self", "(&'de self"]
                    .iter()
                    .any(|start| text.contains(start))
            };
            if !has_example && !looks(line) && !next.starts_with("&self") {
                items.push(*line);
            }
            has_example = false;
        } else if line.is_empty() || line.ends_with('}') || line.ends_with(';') {
            has_example = false;
        }
    }
    items
}

#[test]
fn every_public_type_and_builder_method_has_an_example() {
    let bare = "/// Says.\npub fn one() {}\n\n/// ```\n/// ```\n#[must_use]\npub fn two() {}\n";
    assert_eq!(without_example(bare), ["pub fn one() {}"]);
    let looks = "/// Says.\npub fn one(&self) {}\n\n/// Says.\npub fn two(mut self) {}\n";
    assert_eq!(without_example(looks), ["pub fn two(mut self) {}"]);

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

/// The level and the sentence of each line of the log in a macro of `src/observe`.
fn lines_of_the_log() -> BTreeSet<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/observe");
    let mut files = Vec::new();
    sources(&folder, &mut files);
    let mut found = BTreeSet::new();
    for (_, text) in files {
        for call in joined(&text).split("line!(").skip(1) {
            let level = call.trim_start().split(',').next().unwrap();
            let sentences = call
                .split(';')
                .next()
                .unwrap()
                .split('"')
                .skip(1)
                .step_by(2);
            let sentences = sentences.map(str::to_owned);
            found.extend(sentences.map(|sentence| (level.to_lowercase(), sentence)));
        }
    }
    found
}

#[test]
fn every_line_of_the_log_in_the_guide_is_one() {
    let known = lines_of_the_log();
    let chapter = include_str!("../../src/guide/remote.md");
    let (_, table) = chapter.split_once("# What the log says").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(2);
    let mut lines = 0;
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let line = (cells[1].to_owned(), cells[2].trim_matches('`').to_owned());
        assert!(known.contains(&line), "{line:?} is not among {known:#?}");
        lines += 1;
    }
    assert_eq!(lines, 11);
}
