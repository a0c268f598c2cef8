//! How long files and functions are, and what a `mod.rs` holds.

use super::text::{end_of_group, is_of_word};

/// Lines of code; comments and tests are blank by now.
pub fn lines(code: &str) -> usize {
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

/// The functions with a body and the lines of each, signature included.
pub fn functions(code: &str) -> Vec<(&str, usize)> {
    let mut functions = Vec::new();
    for (start, _) in code.match_indices("fn ") {
        let is_word = !code[..start].ends_with(is_of_word);
        let signature = &code[start + 3..];
        let name = signature.split(|c| !is_of_word(c)).next().unwrap();
        // `$name` in a macro is a function of whoever calls it.
        if !is_word || name.is_empty() {
            continue;
        }
        if let Some(body) = start_of_body(code, start)
            && let Some(end) = end_of_group(code, body)
        {
            functions.push((name, lines(&code[start..end])));
        }
    }
    functions
}

/// The brace behind a signature; a method without a body has none.
fn start_of_body(code: &str, mut at: usize) -> Option<usize> {
    loop {
        at += code[at..].find(['(', '[', '{', ';'])?;
        match code.as_bytes()[at] {
            b'{' => return Some(at),
            b';' => return None,
            _ => at = end_of_group(code, at)?,
        }
    }
}

/// What is neither an attribute nor a `mod` or `use` line.
pub fn more_than_a_list(code: &str) -> Vec<&str> {
    let mut more = Vec::new();
    let mut rest = code.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with('#') {
            end_of_group(rest, rest.find('[').unwrap()).unwrap()
        } else {
            let end = rest.find(';').map_or(rest.len(), |end| end + 1);
            let item = &rest[..end];
            let kind = item.strip_prefix("pub").map_or(item, |item| {
                &item[end_of_group(item, 0).unwrap_or_default()..]
            });
            let kind = kind.trim_start();
            let is_module = kind.starts_with("mod ") && !item.contains('{');
            if !is_module && !kind.starts_with("use ") {
                more.push(item);
            }
            end
        };
        rest = rest[end..].trim_start();
    }
    more
}

#[test]
fn lines_of_code_are_counted_and_no_others() {
    let code = |text| super::text::File::new("a.rs", text).code;
    let text = "//! Docs.\n\n/// More.\nfn f() {\n    // why\n    g(\"//\n\");\n}\n#[cfg(test)]\nmod tests {\n}\n";
    assert_eq!(lines(&code(text)), 4);
    assert_eq!(functions(&code(text)), [("f", 4)]);
}

#[test]
fn functions_are_measured_from_their_name_to_their_brace() {
    let code = "trait A {\n fn none(a: [u8; 4]);\n}\nimpl A {\n fn some(\n  a: [u8; 4],\n  f: fn (u8),\n )\n where\n  B: C,\n {\n  if d {\n\n  }\n }\n}\n";
    assert_eq!(functions(code), [("some", 10)]);
    assert!(functions("type F = fn (u8); often ").is_empty());
}

#[test]
fn a_list_of_modules_holds_nothing_else() {
    let good =
        "mod a;\npub(crate) mod b;\n#[cfg(feature = \"\")]\npub use self::a::{B, C};\nuse d;\n";
    assert!(more_than_a_list(good).is_empty());
    let bad = "mod a;\npub(crate) struct B;\nmod c { }\nconst D: u8 = 1;";
    assert_eq!(
        more_than_a_list(bad),
        ["pub(crate) struct B;", "mod c { }\nconst D: u8 = 1;"]
    );
}
