//! The shape of `src`: rooms that stand above each other as the map in CONTRIBUTING.md shows them, files and
//! functions that can be read at one sitting, and examples that are seen.
//!
//! A room is a module at the root of the crate.

mod imports;
mod order;
mod pages;
mod sizes;
mod text;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use imports::{Import, imports};
use order::Graph;
use text::{File, kind};

/// The room that is not in the crate that users get.
const ROOM_FOR_TESTS: &str = "fuzzing";

const MOST_FLOORS: usize = 12;
const MOST_LINES_OF_A_FILE: usize = 362;
const MOST_LINES_OF_A_FUNCTION: usize = 50;
const MOST_HIDDEN_PERCENT: usize = 15;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What lies below a folder and ends with `.rs` or `.md`, each with its path from there.
fn texts(folder: &Path, prefix: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            texts(&entry.path(), &format!("{path}/"), found);
        } else if ["rs", "md"].contains(&kind(&path)) {
            found.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
    found.sort();
}

/// Everything below `src`.
fn src() -> Vec<(String, String)> {
    let mut found = Vec::new();
    texts(&root().join("src"), "", &mut found);
    assert!(found.len() > 50);
    found
}

/// The sources, without those that are for tests only.
fn files() -> Vec<File> {
    let sources = src().into_iter().filter(|(path, _)| kind(path) == "rs");
    let files = sources.map(|(path, text)| File::new(&path, &text));
    text::without_files_of_tests(files.collect())
}

fn all_imports() -> Vec<Import> {
    let imports = imports(&files());
    assert!(imports.len() > 100);
    imports
}

/// Fails with one fault on each line.
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_map_shows_every_room_and_no_other() {
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let modules = files().into_iter().map(|file| file.module());
    let rooms: BTreeSet<String> = modules
        .filter_map(|module| module.first().cloned())
        .collect();
    assert_none(&order::unlike_the_map(&order::map(&contributing), &rooms));
}

#[test]
fn imports_go_down_the_map_only() {
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    assert_none(&order::upward(&order::map(&contributing), &all_imports()));
}

#[test]
fn no_rooms_import_each_other_in_a_circle() {
    assert_none(&Graph::of_rooms(&all_imports()).circles());
}

#[test]
fn no_files_of_a_room_import_each_other_in_a_circle() {
    assert_none(&Graph::of_files(&all_imports()).circles());
}

#[test]
fn the_house_has_at_most_12_floors() {
    let graph = Graph::of_rooms(&all_imports()).without(ROOM_FOR_TESTS);
    // A circle has no lowest floor.
    assert_none(&graph.circles());
    let chain = graph.longest_chain();
    assert!(
        chain.len() <= MOST_FLOORS,
        "{} floors: {}",
        chain.len(),
        chain.join(" → ")
    );
}

#[test]
fn no_file_and_no_function_is_long() {
    let mut faults = Vec::new();
    for file in files() {
        let lines = sizes::lines(&file.code);
        if lines > MOST_LINES_OF_A_FILE {
            faults.push(format!("{} has {lines} lines of code", file.path));
        }
        for (name, lines) in sizes::functions(&file.code) {
            if lines > MOST_LINES_OF_A_FUNCTION {
                faults.push(format!("{}: {name} has {lines} lines", file.path));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn a_mod_rs_holds_docs_modules_and_re_exports() {
    let lists = files()
        .into_iter()
        .filter(|file| file.path.ends_with("mod.rs"));
    let faults: Vec<String> = lists
        .flat_map(|file| {
            let more = sizes::more_than_a_list(&file.code).into_iter();
            more.map(|item| format!("{}: {item}", file.path))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_none(&faults);
}

#[test]

fn at_most_15_percent_of_the_lines_of_examples_are_hidden() {
    let (mut all, mut hidden) = (0, 0);
    let mut most = Vec::new();
    for (path, text) in src() {
        let lines = pages::examples(&path, &text);
        all += lines.all;
        hidden += lines.hidden;
        most.push((lines.hidden, lines.all, path));
    }
    assert!(all > 500);
    most.sort();
    most.reverse();
    most.truncate(10);
    assert!(
        hidden * 100 <= all * MOST_HIDDEN_PERCENT,
        "{hidden} of {all} are hidden, most of them in {most:#?}"
    );
}

/// Words that people typed into the search of the docs, and that no item has for its name.
#[test]
fn what_people_search_for_leads_somewhere() {
    const SOUGHT: [&str; 19] = [
        "cors",
        "csrf",
        "decode",
        "env",
        "grpc",
        "keycloak",
        "logout",
        "middleware",
        "mock",
        "owner",
        "permission",
        "permissions",
        "renew",
        "rotate",
        "tenant",
        "test",
        "user",
        "validation",
        "websocket",
    ];
    let aliases: BTreeSet<String> = src()
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter(|line| line.trim_start().starts_with("#[doc(alias"))
        .flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned))
        .collect();
    let missing: Vec<String> = SOUGHT
        .into_iter()
        .filter(|word| !aliases.contains(*word))
        .map(str::to_owned)
        .collect();
    assert_none(&missing);
}
