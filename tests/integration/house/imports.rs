//! What imports what: the paths in the code of a file, and the files that they lead to.

use std::collections::{BTreeMap, BTreeSet};

use super::text::{File, is_of_word};

type Module = Vec<String>;

/// That one file names something of another.
pub struct Import {
    pub from: Module,
    pub to: Module,
    /// The path as it is written.
    pub path: String,
}

/// A path in code, and the name that it goes by from there on.
#[derive(Debug, PartialEq)]
struct Path {
    segments: Vec<String>,
    name: String,
    is_use: bool,
}

/// All imports between files, but for those of the root, which shows everything.
pub fn imports(files: &[File]) -> Vec<Import> {
    let whole = Crate::of(files);
    let mut imports = Vec::new();
    for file in files.iter().filter(|file| file.path != "lib.rs") {
        let from = file.module();
        for path in paths(&file.code) {
            let Some(absolute) = whole.absolute(&from, &path.segments) else {
                continue;
            };
            let to = whole.holder_of(&absolute, 0);
            if to != from {
                imports.push(Import {
                    from: from.clone(),
                    to,
                    path: path.segments.join("::"),
                });
            }
        }
    }
    imports
}

struct Crate {
    modules: BTreeSet<Module>,
    /// What a parent takes from elsewhere, by the name that it has there.
    exports: BTreeMap<(Module, String), Module>,
}

impl Crate {
    fn of(files: &[File]) -> Self {
        let mut whole = Self {
            modules: files.iter().map(File::module).collect(),
            exports: BTreeMap::new(),
        };
        for file in files.iter().filter(|file| file.is_parent()) {
            let module = file.module();
            for path in paths(&file.code).into_iter().filter(|path| path.is_use) {
                if let Some(absolute) = whole.absolute(&module, &path.segments) {
                    let name = (module.clone(), path.name);
                    whole.exports.insert(name, absolute);
                }
            }
        }
        whole
    }

    /// A path from the root, or `None` if it leads into another crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Module> {
        let ups = path.iter().take_while(|segment| *segment == "super");
        let (start, rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (module.to_vec(), &path[1..]),
            "super" => {
                let ups = ups.count();
                let depth = module.len().saturating_sub(ups);
                (module[..depth].to_vec(), &path[ups..])
            }
            first => {
                let child = [module, &[first.to_owned()]].concat();
                self.modules.get(&child)?;
                (module.to_vec(), path)
            }
        };
        Some([start, rest.to_vec()].concat())
    }

    /// The module whose file holds what a path from the root names.
    fn holder_of(&self, path: &[String], detours: usize) -> Module {
        let mut module = Vec::new();
        for (at, segment) in path.iter().enumerate() {
            let deeper = [module.clone(), vec![segment.clone()]].concat();
            if self.modules.contains(&deeper) {
                module = deeper;
                continue;
            }
            if let Some(target) = self.exports.get(&(module.clone(), segment.clone()))
                && detours < 8
            {
                let target = [target, &path[at + 1..]].concat();
                return self.holder_of(&target, detours + 1);
            }
            break;
        }
        module
    }
}

/// The paths of `use` lines, and those in code that begin with `crate`, `super` or `self`.
fn paths(code: &str) -> Vec<Path> {
    let tokens = tokens(code);
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let before = |steps: usize| at.checked_sub(steps).map_or("", |before| tokens[before]);
        let next = tokens.get(at + 1).copied().unwrap_or_default();
        match tokens[at] {
            // `use<'a>` names lifetimes.
            "use" if next != "<" => at = tree(&tokens, at + 1, &[], &mut paths),
            // `pub(in crate::a)` says who may look, and looks at nobody.
            "crate" | "super" | "self"
                if next == "::" && before(1) != "::" && [before(2), before(1)] != ["(", "in"] =>
            {
                let start = at;
                while tokens.get(at + 1) == Some(&"::")
                    && tokens.get(at + 2).is_some_and(|token| is_word(token))
                {
                    at += 2;
                }
                let segments: Vec<&str> = tokens[start..=at].iter().copied().step_by(2).collect();
                paths.push(path(&segments, None, false));
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// Reads one tree of a `use` line and returns where it ends.
fn tree(tokens: &[&str], mut at: usize, prefix: &[&str], paths: &mut Vec<Path>) -> usize {
    let mut segments = prefix.to_vec();
    while let Some(token) = tokens.get(at) {
        match *token {
            "::" => {}
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at = tree(tokens, at, &segments, paths);
                    at += usize::from(tokens.get(at) == Some(&","));
                }
                return at + 1;
            }
            "self" if !segments.is_empty() => {}
            "as" => {
                paths.push(path(&segments, tokens.get(at + 1).copied(), true));
                return at + 2;
            }
            "," | "}" | ";" => break,
            segment => segments.push(segment),
        }
        at += 1;
    }
    if segments != prefix || tokens[at - 1] == "self" {
        paths.push(path(&segments, None, true));
    }
    at
}

fn path(segments: &[&str], name: Option<&str>, is_use: bool) -> Path {
    let last = segments.last().copied().unwrap_or_default();
    Path {
        segments: segments.iter().copied().map(str::to_owned).collect(),
        name: name.unwrap_or(last).to_owned(),
        is_use,
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(is_of_word)
}

fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if is_of_word(first) {
            rest.find(|c| !is_of_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        tokens.push(token);
        rest = behind.trim_start();
    }
    tokens
}

#[test]
fn paths_are_read_from_use_lines_and_from_code() {
    let read = |code| -> Vec<String> {
        let paths = paths(&File::new("a.rs", code).code).into_iter();
        paths.map(|path| path.segments.join("::")).collect()
    };
    assert_eq!(
        read("use crate::a::{self, b::{C, D as E}, f};\npub(crate) use super::g::*;"),
        [
            "crate::a",
            "crate::a::b::C",
            "crate::a::b::D",
            "crate::a::f",
            "super::g::*"
        ]
    );
    assert_eq!(
        read("fn f(a: crate::b::C<'_>) -> D { super::e::<u8>(self::g); $crate::h::i!() }"),
        ["crate::b::C", "super::e", "self::g", "crate::h::i"]
    );
    assert_eq!(
        read(
            "/// [`crate::a`]\n// crate::b\npub(in crate::c) fn f(self: &Self) -> impl D + use<'_> { \"crate::e\" }"
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        read("for a in crate::b::c() {} use d;"),
        ["crate::b::c", "d"]
    );
}

#[test]
fn imports_lead_to_the_file_that_holds_what_they_name() {
    let files = [
        File::new("lib.rs", "mod a; mod b; pub use a::{One, Two as Deux};"),
        File::new(
            "a/mod.rs",
            "mod one; mod two; pub use self::one::One; pub use two::Two;",
        ),
        File::new(
            "a/one.rs",
            "use super::Two; #[cfg(test)] mod tests { use crate::b::B; }",
        ),
        File::new("a/two.rs", "use std::fmt; use crate::a::one;"),
        File::new("b.rs", "use super::{Deux, a::One}; crate::Nothing"),
    ];
    let found: Vec<String> = imports(&files)
        .iter()
        .map(|import| {
            format!(
                "{} {} by {}",
                import.from.join("/"),
                import.to.join("/"),
                import.path
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "a a/one by self::one::One",
            "a a/two by two::Two",
            "a/one a/two by super::Two",
            "a/two a/one by crate::a::one",
            "b a/two by super::Deux",
            "b a/one by super::a::One",
            "b  by crate::Nothing",
        ]
    );
}
