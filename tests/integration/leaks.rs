//! The whole suite once more, with everything recorded that leaves the process: no part of a token, no
//! claim, no expected value and no key is in a log line, in a header, or in the body of a refusal. A log line may
//! say what a trust is called, and what was configured.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::process::Command;

use crate::recorder::{FILE, Kind, Record};

/// Canaries are found by how they begin.
const PREFIX: usize = 6;

struct Canaries<'a> {
    by_prefix: HashMap<&'a [u8], Vec<&'a str>>,
}

impl<'a> Canaries<'a> {
    fn new(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut by_prefix: HashMap<&[u8], Vec<&str>> = HashMap::new();
        for text in texts {
            by_prefix
                .entry(&text.as_bytes()[..PREFIX])
                .or_default()
                .push(text);
        }
        Self { by_prefix }
    }

    /// Returns a canary that is somewhere in a text.
    fn find(&self, text: &str) -> Option<&'a str> {
        let windows = text.as_bytes().windows(PREFIX).enumerate();
        windows.into_iter().find_map(|(start, window)| {
            let mut candidates = self.by_prefix.get(window)?.iter();
            let rest = &text.as_bytes()[start..];
            candidates
                .find(|canary| rest.starts_with(canary.as_bytes()))
                .copied()
        })
    }
}

/// Returns each line or answer with a canary in it, and where it comes from.
fn leaks(records: &[Record]) -> BTreeSet<String> {
    let of_kind = |kind| records.iter().filter(move |record| record.kind == kind);
    let canaries: HashSet<&str> = of_kind(Kind::Canary)
        .map(|record| record.text.as_str())
        .collect();
    let canaries = Canaries::new(canaries.into_iter());
    let seen = of_kind(Kind::Log).chain(of_kind(Kind::Answer));
    seen.filter_map(|record| {
        let canary = canaries.find(&own_words(&record.text))?;
        Some(format!("{}: {canary:?} in {}", record.test, record.text))
    })
    .collect()
}

/// Cuts off the headers by which a client said where a request comes from: they belong into the line
/// that says why it was refused. And what is the operator's own, whatever a token says: the name of a trust, what was
/// expected, the rule that was not kept, and what a challenge says of the login and of the resource.
fn own_words(line: &str) -> String {
    let is_cross_site = line.contains("another site caused this request");
    let end = line.find(" refused=").filter(|_| is_cross_site);
    let line = &line[..end.unwrap_or(line.len())];
    let mut line = line.to_owned();
    for field in [
        "trust",
        "expected",
        "rule",
        "acr_values",
        "resource_metadata",
    ] {
        if let Some((before, rest)) = line.split_once(&format!(" {field}=\"")) {
            line = format!("{before}{}", &rest[end_of_text(rest)..]);
        }
    }
    line
}

/// Where a text ends that has its quotes escaped.
fn end_of_text(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.bytes().position(|byte| {
        let is_end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        is_end
    });
    end.unwrap() + 1
}

fn record(kind: Kind, text: &str) -> Record {
    Record {
        kind,
        text: text.to_owned(),
        test: String::new(),
    }
}

#[test]
fn a_leak_would_be_found() {
    let canary = || record(Kind::Canary, "canary-7");
    for leak in [
        record(Kind::Log, "of canary-7"),
        record(Kind::Answer, "x: canary-77\n"),
    ] {
        assert_eq!(leaks(&[leak, canary()]).len(), 1);
    }
    for quiet in [
        "of canary-8",
        "x trust=\"canary-7\" y",
        r#"Bearer error="x", acr_values="a canary-7", max_age="1", resource_metadata="canary-7""#,
        r#"x expected="canary-7" rule="role(\"canary-7\")" trust="canary-7" y"#,
    ] {
        assert_eq!(leaks(&[record(Kind::Log, quiet), canary()]).len(), 0);
    }
    for beside in [
        "trust=\"desk\" reason=canary-7",
        r#"x rule="role(\"desk\")" reason=canary-7"#,
        r#"Bearer acr_values="a", resource_metadata="b", scope="canary-7""#,
    ] {
        assert_eq!(leaks(&[record(Kind::Log, beside), canary()]).len(), 1);
    }
}

#[test]
fn the_whole_suite_leaks_nothing() {
    if std::env::var_os(FILE).is_some() {
        return;
    }
    let directory = std::env::temp_dir().join(format!("keycard-leaks-{}", std::process::id()));
    std::fs::create_dir(&directory).unwrap();
    let file = directory.join("record");
    let suite = Command::new(std::env::current_exe().unwrap())
        .args([
            "--quiet",
            "--skip",
            "leaks",
            "--skip",
            "allocation",
            "--skip",
            "wycheproof",
        ])
        .args([
            "--skip",
            "examples",
            "--skip",
            "repository",
            "--skip",
            "house",
        ])
        .env(FILE, &file)
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    let output = String::from_utf8_lossy(&suite.stdout);
    assert!(suite.status.success(), "{output}");

    let records: Vec<Record> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let count = |kind| records.iter().filter(|record| record.kind == kind).count();
    let counts = [Kind::Log, Kind::Answer, Kind::Canary].map(count);
    println!("{counts:?} log lines, answers and canaries");
    assert!(
        counts[0] > 500 && counts[1] > 1_000 && counts[2] > 2_000,
        "{counts:?}"
    );
    let leaks = leaks(&records);
    assert!(leaks.is_empty(), "{leaks:#?}");
}
