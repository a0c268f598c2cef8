//! What stands where a secret should: nothing, a path, an address, the name of a variable. It is told by the shape of the
//! whole, which nothing has that was drawn by chance: no bytes, no hexadecimal, no base64, no words in a row.

use super::form::Form;

/// How the names of files end that keys and secrets are kept in.
const EXTENSIONS: [&str; 25] = [
    ".pem", ".key", ".pub", ".crt", ".cer", ".der", ".p8", ".p12", ".pfx", ".jks", ".json", ".jwk",
    ".jwks", ".txt", ".env", ".yaml", ".yml", ".toml", ".conf", ".cfg", ".ini", ".bin", ".hex",
    ".b64", ".secret",
];

/// Where a path from the root begins, whatever it goes on with.
const ROOTS: [&str; 15] = [
    "/run/",
    "/var/",
    "/etc/",
    "/usr/",
    "/opt/",
    "/srv/",
    "/tmp/",
    "/mnt/",
    "/dev/",
    "/home/",
    "/root/",
    "/proc/",
    "/data/",
    "/Users/",
    "/secrets/",
];

/// What templates put around the name of a variable. The longer ones come first.
const VARIABLES: [(&str, &str); 15] = [
    ("${{", "}}"),
    ("{{", "}}"),
    ("((", "))"),
    ("@@", "@@"),
    ("<%", "%>"),
    ("{%", "%}"),
    ("#{", "}#"),
    ("%(", ")s"),
    ("${", "}"),
    ("$(", ")"),
    ("#{", "}"),
    ("%{", "}"),
    ("@{", "}"),
    ("{", "}"),
    ("%", "%"),
];

/// What people put around the words that say what belongs there.
const PLACEHOLDERS: [(&str, &str); 5] = [
    ("<<", ">>"),
    ("[[", "]]"),
    ("<", ">"),
    ("[", "]"),
    ("`", "`"),
];

/// How the names begin under which something keeps secrets for others.
const NAMES: [&str; 4] = ["arn:aws", "vault:", "env:", "ssm:"];

/// So many bytes, again and again, are no chance.
const LONGEST_UNIT: usize = 8;

/// Tells what it is that was given for a secret, if it is none.
pub(super) fn of_secret(secret: &[u8]) -> Option<Form> {
    // Zeros are no empty text, but one byte again and again.
    if !secret.is_empty() && secret.iter().all(|byte| *byte == 0) {
        return None;
    }
    let text = std::str::from_utf8(secret).ok()?;
    of_text(trimmed(text))
}

/// Tells whether this is one byte again and again, or a few of them.
pub(super) fn is_repeated(secret: &[u8]) -> bool {
    (1..=LONGEST_UNIT).any(|unit| {
        let next = secret.get(unit..).unwrap_or_default();
        next.len() > unit && secret.starts_with(next)
    })
}

/// Without white space, quotation marks, and what else may be left of a line or a buffer.
pub(super) fn trimmed(text: &str) -> &str {
    let marks = ['\u{feff}', '"', '\'', '\0'];
    text.trim_matches(|letter: char| letter.is_whitespace() || marks.contains(&letter))
}

/// The same of a text that is trimmed.
pub(super) fn of_text(text: &str) -> Option<Form> {
    if text.is_empty() {
        Some(Form::Empty)
    } else if is_markup(text) {
        Some(Form::Markup)
    } else if is_variable(text) {
        Some(Form::Variable)
    } else if PLACEHOLDERS.iter().any(|marks| is_between(text, *marks)) {
        Some(Form::Placeholder)
    } else if is_path(text) {
        Some(Form::Path)
    } else if is_address(text) {
        Some(Form::Address)
    } else {
        None
    }
}

pub(super) fn has_extension(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    EXTENSIONS.iter().any(|end| text.ends_with(end))
}

/// The page of an error, most often.
fn is_markup(text: &str) -> bool {
    const STARTS: [&str; 4] = ["<!doctype ", "<html", "<head", "<?xml "];
    let starts_with = |start: &str| {
        let begin = text.get(..start.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    STARTS.into_iter().any(starts_with)
}

fn is_variable(text: &str) -> bool {
    let is_name = |text: &str| !text.is_empty() && text.chars().all(is_of_name) && is_written(text);
    let named = text.strip_prefix("$env:").or(text.strip_prefix('$'));
    let named = named.is_some_and(|name| {
        // Of `$HOME/.secrets` the first part only.
        let (name, path) = name.split_at(name.find(['/', '\\']).unwrap_or(name.len()));
        is_name(name) && path.chars().all(is_of_path)
    });
    let underscored = text
        .strip_prefix("__")
        .and_then(|text| text.strip_suffix("__"));
    let underscored = underscored.is_some_and(|name| {
        let is_capital = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit();
        !name.is_empty()
            && name
                .chars()
                .all(|letter| is_capital(letter) || letter == '_')
    });
    named
        || underscored
        || text.starts_with("@Microsoft.KeyVault(")
        || VARIABLES.iter().any(|marks| is_between(text, *marks))
        || is_in_folder_of_variable(text)
}

/// `${HOME}/secret`, `%APPDATA%\secret`.
fn is_in_folder_of_variable(text: &str) -> bool {
    let place = text.find(['/', '\\']).unwrap_or(text.len());
    let (variable, path) = text.split_at(place);
    let is_one = |marks| is_between(variable, marks);
    path.chars().all(is_of_path) && (is_one(("${", "}")) || is_one(("%", "%")))
}

/// Tells whether there are words between two marks, and nothing else. The shorter the marks, the plainer the words.
fn is_between(text: &str, (open, close): (&str, &str)) -> bool {
    let inside = text
        .strip_prefix(open)
        .and_then(|text| text.strip_suffix(close));
    let is_of_words = match open.len().saturating_add(close.len()) {
        0..=2 => |letter: char| letter.is_alphanumeric() || " _.-'".contains(letter),
        _ => |letter: char| letter.is_alphanumeric() || " _.-'\"`:;/\\()[]{}|$,=?".contains(letter),
    };
    inside.is_some_and(|inside| {
        inside.contains(char::is_alphabetic)
            && inside.chars().all(is_of_words)
            && is_of_pieces(inside)
    })
}

/// Tells whether letters of a kind stand together, as in words and not in what was drawn by chance.
fn is_of_pieces(text: &str) -> bool {
    let kind = |letter: char| match letter {
        _ if letter.is_uppercase() => 0,
        _ if letter.is_alphabetic() => 1,
        _ if letter.is_numeric() => 2,
        _ => 3,
    };
    let pairs = text.chars().zip(text.chars().skip(1));
    let changes = pairs.filter(|(one, next)| kind(*one) != kind(*next));
    changes.count().saturating_mul(2) <= text.chars().count()
}

/// Tells whether each word is in lower case, in capitals, or begins with one. Of base64 no longer text is.
fn is_written(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    words.all(|word| {
        let tail = word.chars().skip(1);
        !tail.clone().any(char::is_uppercase) || !word.contains(char::is_lowercase)
    })
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || "_.-".contains(letter)
}

fn is_of_path(letter: char) -> bool {
    is_of_name(letter) || " @~()%/\\".contains(letter)
}

fn is_path(text: &str) -> bool {
    // On paths from here, from the home of somebody, and on those of Windows, the beginning is enough.
    const STARTS: [&str; 7] = ["./", "../", "~/", ".\\", "..\\", "\\\\", "file:"];
    let rest = STARTS.iter().find_map(|start| text.strip_prefix(start));
    let rest = rest.or(without_drive(text));
    if let Some(rest) = rest {
        return !rest.is_empty() && rest.chars().all(is_of_path);
    }
    if !text.chars().all(is_of_path) {
        return false;
    }
    // Base64 has slashes too, but no dots, hyphens and lines.
    if text.starts_with('/') {
        let is_at_root = ROOTS.iter().any(|root| text.starts_with(root));
        return is_written(text)
            || has_extension(text)
            || (is_at_root && text.contains(['.', '-', '_']));
    }
    let dots = text.matches('.').count();
    let is_file = dots == 1 && !text.contains(char::is_whitespace);
    has_extension(text) && (is_file || text.contains(['/', '\\']))
}

/// What stands behind `C:\` or `C:/`.
fn without_drive(text: &str) -> Option<&str> {
    let text = text.strip_prefix(|letter: char| letter.is_ascii_alphabetic())?;
    text.strip_prefix(":\\").or(text.strip_prefix(":/"))
}

fn is_address(text: &str) -> bool {
    // RFC 3986, section 2, but for the percent sign of an escape.
    let is_of_address =
        |letter: char| letter.is_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%{}".contains(letter);
    let is_of_scheme = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "+-.".contains(letter)
    };
    let has_scheme = text.split_once("://").is_some_and(|(scheme, rest)| {
        let starts = scheme.starts_with(|letter: char| letter.is_ascii_lowercase());
        scheme.len() > 1 && starts && scheme.chars().all(is_of_scheme) && !rest.is_empty()
    });
    let mut names = NAMES.iter().filter_map(|name| text.strip_prefix(name));
    let is_named = names.any(|rest| rest.contains(char::is_alphabetic) && is_of_pieces(rest));
    let is_resource = text.starts_with("projects/") && text.contains("/secrets/");
    text.chars().all(is_of_address) && (has_scheme || is_named || is_resource)
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;
    use crate::alphabet::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    /// The worst luck: everything begins and ends like something that is no secret.
    #[test]
    fn chance_has_none_of_these_shapes() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            u8::try_from(state >> 56).unwrap()
        };
        for round in 0..10_000_usize {
            let length = 24 + round % 105;
            let bytes: Vec<u8> = std::iter::repeat_with(&mut next).take(length).collect();
            assert!(!is_repeated(&bytes));
            assert_eq!(of_secret(&bytes), None, "{bytes:?}");
            let digit = |byte: u8| char::from(b"0123456789abcdef"[usize::from(byte % 16)]);
            let hexadecimal: String = bytes.iter().map(|byte| digit(*byte)).collect();
            let printable = |byte: &u8| char::from(b'!' + byte % 94);
            let printable: String = bytes.iter().chain(&bytes[..8]).map(printable).collect();
            for secret in [
                hexadecimal,
                format!("/{}", STANDARD_NO_PAD.encode(&bytes)),
                format!("/{}", STANDARD.encode(&bytes)),
                format!("__{}__", URL_SAFE_NO_PAD.encode(&bytes)),
                format!("${printable}"),
                format!("<{printable}>"),
                format!("[{printable}]"),
                format!("{{{printable}}}"),
                format!("/{printable}"),
                printable,
            ] {
                assert_eq!(of_secret(secret.as_bytes()), None, "{secret}");
            }
        }
    }
}
