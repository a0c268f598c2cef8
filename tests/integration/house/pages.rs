//! Examples in the docs: what of them a reader sees.

use super::text::kind;

/// Lines of examples.
#[derive(Debug, Default, PartialEq)]
pub struct Lines {
    pub all: usize,
    pub hidden: usize,
}

/// The lines of docs in a source, and every line of a page.
fn docs<'a>(path: &str, text: &'a str) -> Vec<Option<&'a str>> {
    let is_page = kind(path) == "md";
    let docs_of = |line: &'a str| {
        let line = line.trim_start();
        line.strip_prefix("///").or(line.strip_prefix("//!"))
    };
    text.lines()
        .map(|line| if is_page { Some(line) } else { docs_of(line) })
        .collect()
}

/// Counts the lines of the Rust examples in a source or a page.
pub fn examples(path: &str, text: &str) -> Lines {
    let mut lines = Lines::default();
    // Whether the block that is open holds Rust.
    let mut block = None;
    for line in docs(path, text) {
        let Some(line) = line.map(str::trim) else {
            block = None;
            continue;
        };
        if let Some(language) = line.strip_prefix("```") {
            block = match block {
                Some(_) => None,
                None => Some(is_rust(language)),
            };
        } else if block == Some(true) {
            lines.all += 1;
            // `##` stands for a visible `#`, and `#[..]` is an attribute.
            lines.hidden += usize::from(line == "#" || line.starts_with("# "));
        }
    }
    lines
}

fn is_rust(language: &str) -> bool {
    const WORDS: [&str; 6] = [
        "",
        "rust",
        "no_run",
        "compile_fail",
        "should_panic",
        "ignore",
    ];
    language
        .split(',')
        .all(|word| WORDS.contains(&word.trim()) || word.trim().starts_with("edition"))
}

#[test]
fn hidden_lines_are_those_that_rustdoc_hides() {
    let source = "/// Says.\n///\n/// ```\n/// # use a::b;\n/// #[c]\n/// ## d\n/// #\n/// # Heading\n/// ```\n/// # No line\nfn f() {}\n\
        //! ```no_run,rust\n//! e();\n//! ```\n//! ```text\n//! # no\n//! ```\n/// ```sh\n# no doc\n/// # no\n";
    assert_eq!(examples("a.rs", source), Lines { all: 6, hidden: 3 });
    let page =
        "# Page\n\n```\na();\n# b();\n```\n\n```toml\n# c\n```\n\n```compile_fail\n# d();\n```\n";
    assert_eq!(examples("a.md", page), Lines { all: 3, hidden: 2 });
}
