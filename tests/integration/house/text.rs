//! Source text as the checks read it: without comments, without what stands in literals, without tests.

use std::ops::Range;

/// A file below `src`.
pub struct File {
    /// Its path below `src`.
    pub path: String,
    pub text: String,
    /// The text, line by line, with comments and tests blank and every literal made of quotation marks.
    pub code: String,
}

impl File {
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code: without_tests(&masked(text)),
        }
    }

    /// The path of its module from the root of the crate, which has none.
    pub fn module(&self) -> Vec<String> {
        let path = self.path.trim_end_matches(".rs");
        let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|name| name == "mod") || path == "lib" {
            module.pop();
        }
        module
    }

    /// Says whether other files of its folder are its children.
    pub fn is_parent(&self) -> bool {
        self.path.ends_with("mod.rs") || self.path == "lib.rs"
    }
}

/// What stands behind the last dot of a path.
pub fn kind(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, kind)| kind)
}

/// Removes the files that are modules for tests only.
pub fn without_files_of_tests(files: Vec<File>) -> Vec<File> {
    let mut modules = Vec::new();
    for file in &files {
        let code = masked(&file.text);
        for range in items_of_tests(&code) {
            let item = code[range].trim_end_matches(';');
            if let Some((_, name)) = item.rsplit_once("mod ") {
                let mut module = file.module();
                module.push(name.trim().to_owned());
                modules.push(module);
            }
        }
    }
    let is_test = |file: &File| modules.iter().any(|test| file.module().starts_with(test));
    files.into_iter().filter(|file| !is_test(file)).collect()
}

fn masked(text: &str) -> String {
    let text: Vec<char> = text.chars().collect();
    let mut masked = String::new();
    let mut at = 0;
    while at < text.len() {
        let (end, mask) = match (end_of_comment(&text, at), end_of_literal(&text, at)) {
            (Some(end), _) => (end, Some(' ')),
            (None, Some(end)) => (end, Some('"')),
            (None, None) => (at + 1, None),
        };
        let piece = text[at..end].iter();
        masked.extend(piece.map(|c| if *c == '\n' { '\n' } else { mask.unwrap_or(*c) }));
        at = end;
    }
    masked
}

fn end_of_comment(text: &[char], start: usize) -> Option<usize> {
    match text[start..] {
        ['/', '/', ..] => {
            let length = text[start..].iter().position(|c| *c == '\n');
            Some(length.map_or(text.len(), |length| start + length))
        }
        ['/', '*', ..] => {
            let (mut at, mut depth) = (start + 2, 1);
            while depth > 0 && at < text.len() {
                match text[at..] {
                    ['/', '*', ..] => (at, depth) = (at + 2, depth + 1),
                    ['*', '/', ..] => (at, depth) = (at + 2, depth - 1),
                    _ => at += 1,
                }
            }
            Some(at)
        }
        _ => None,
    }
}

fn end_of_literal(text: &[char], start: usize) -> Option<usize> {
    let in_word = start > 0 && is_of_word(text[start - 1]);
    let mut at = start;
    if !in_word && matches!(text[at], 'b' | 'c') {
        at += 1;
    }
    let is_raw = !in_word && text.get(at) == Some(&'r');
    if is_raw {
        at += 1;
        let hashes = text[at..].iter().take_while(|c| **c == '#').count();
        at += hashes;
        if text.get(at) != Some(&'"') {
            return None;
        }
        let mut end = vec!['"'];
        end.resize(hashes + 1, '#');
        let length = text[at + 1..]
            .windows(end.len())
            .position(|window| window == end)?;
        return Some(at + 1 + length + end.len());
    }
    match text[at..] {
        ['"', ..] => {
            at += 1;
            while *text.get(at)? != '"' {
                at += if text[at] == '\\' { 2 } else { 1 };
            }
            Some(at + 1)
        }
        ['\'', '\\', ..] => {
            let length = text.get(at + 3..)?.iter().position(|c| *c == '\'')?;
            Some(at + 3 + length + 1)
        }
        // Anything else behind the mark is a lifetime.
        ['\'', _, '\'', ..] => Some(at + 3),
        _ => None,
    }
}

pub fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn without_tests(code: &str) -> String {
    let mut kept = code.to_owned();
    for range in items_of_tests(code) {
        let blank: String = code[range.clone()]
            .chars()
            .map(|c| if c == '\n' { c } else { ' ' })
            .collect();
        kept.replace_range(range, &blank);
    }
    kept
}

/// Where the items behind a `#[cfg(test)]` stand, attributes included.
fn items_of_tests(code: &str) -> Vec<Range<usize>> {
    let mut items = Vec::<Range<usize>>::new();
    for mark in ["#[cfg(test)]", "#[cfg(all(test,"] {
        for (start, _) in code.match_indices(mark) {
            if items.iter().any(|item| item.contains(&start)) {
                continue;
            }
            let mut item = start;
            while code[item..].starts_with('#') {
                item = end_of_group(code, item + 1).unwrap();
                item += code[item..].len() - code[item..].trim_start().len();
            }
            let end = end_of_item(code, item);
            items.push(start..end);
        }
    }
    items
}

fn end_of_item(code: &str, start: usize) -> usize {
    let Some(length) = code[start..].find([';', '{']) else {
        return code.len();
    };
    let end = end_of_group(code, start + length).unwrap_or(start + length + 1);
    end + usize::from(code[end..].starts_with(';'))
}

/// Where the brackets that open at `start` are closed.
pub fn end_of_group(code: &str, start: usize) -> Option<usize> {
    if !code[start..].starts_with(['(', '[', '{']) {
        return None;
    }
    let mut depth = 0_usize;
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(start + at + 1);
        }
    }
    None
}

#[test]
fn comments_and_literals_are_masked_and_nothing_else() {
    let mask = |text| masked(text).split_whitespace().collect::<String>();
    assert_eq!(mask("a // b\n/* c /* d */ e */ f"), "af");
    let literals = mask(r#"a("//", "\"{", 'x', '\'', b"{", b'{')"#);
    assert_eq!(literals.replace('"', ""), "a(,,,,,)");
    assert!(!mask(r##"a(r#"{"b"#, br"{", '{', '\u{7d}')"##).contains(['{', 'b']));
    assert_eq!(mask("&'a str<'b>"), "&'astr<'b>");
    assert_eq!(mask("let r#type = for_b;"), "letr#type=for_b;");
    assert_eq!(masked("\"a\nb\" // ü\nc"), "\"\"\n\"\"     \nc");
}

#[test]
fn tests_are_left_out_and_what_stands_around_them_is_not() {
    let file = File::new(
        "a.rs",
        "one();\n#[cfg(test)]\nuse b::{c, d};\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n fn f() { \"}\" }\n}\ntwo();\n",
    );
    assert_eq!(
        file.code.split_whitespace().collect::<String>(),
        "one();two();"
    );
    assert_eq!(file.code.lines().count(), file.text.lines().count());

    let parent = File::new("a/mod.rs", "#[cfg(test)]\nmod b;\nmod c;\n");
    let files = vec![parent, File::new("a/b.rs", ""), File::new("a/c.rs", "")];
    let left: Vec<String> = without_files_of_tests(files)
        .into_iter()
        .map(|file| file.path)
        .collect();
    assert_eq!(left, ["a/mod.rs", "a/c.rs"]);
}
