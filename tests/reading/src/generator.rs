//! Values that nearly fit.

/// What stands in for any value.
const LEAVES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "7",
    "127",
    "128",
    "255",
    "256",
    "-129",
    "65535",
    "65536",
    "2147483647",
    "-2147483648",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "170141183460469231731687303715884105728",
    "1.0",
    "1.5",
    "-1.5",
    "0.1",
    "1e2",
    "1E-2",
    "-0.0",
    "1e300",
    "3.4028236e38",
    "5e-324",
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"x\"",
    "\"é\"",
    "\"ab\"",
    "\"\\u0061\"",
    "\"\\n\"",
    "\"\\ud83d\\ude00\"",
    "\"1\"",
    "\"-1\"",
    "\"true\"",
    "\"null\"",
    "\"Unit\"",
    "\"Guest\"",
    "\"guest\"",
    "\"Newtype\"",
    "\"127.0.0.1\"",
    "\"::1\"",
    "\"Other\"",
    "\"R\"",
    "[]",
    "{}",
    "[1]",
    "[1,2]",
    "[\"a\",1]",
    "{\"a\":1}",
    "{\"a\":1,\"b\":\"x\"}",
    "{\"Unit\":null}",
    "{\"Newtype\":7}",
    "{\"Tuple\":[7,\"a\"]}",
    "{\"Struct\":{\"a\":7}}",
    "{\"t\":\"Guest\"}",
    "{\"t\":\"Guest\",\"room\":7}",
    "{\"t\":0}",
    "{\"t\":1}",
    "{\"t\":\"Newtype\",\"c\":7}",
    "{\"c\":[1,\"a\"],\"t\":\"Tuple\"}",
    "{\"secs\":1,\"nanos\":2}",
];

// ASCII only: serde_json 1.0.154 panics where a map by booleans has another name.
const NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "t",
    "room",
    "name",
    "value",
    "Unit",
    "Newtype",
    "Tuple",
    "Struct",
    "Guest",
    "Ok",
    "Err",
    "start",
    "end",
    "secs",
    "nanos",
    "1",
    "-1",
    "01",
    "256",
    "true",
    "\\u0061",
    "",
    "A",
    "kebab-case",
    "alias",
    "$ref",
    "1.5",
    "null",
    " 1",
    "Other",
];

const SPACES: &[&str] = &["", "", "", "", " ", "\n\t"];

pub struct Generator {
    state: u64,
    samples: &'static [&'static str],
}

impl Generator {
    /// Each type has values of its own, the same in every run.
    pub fn new(name: &str, samples: &'static [&'static str]) -> Self {
        let state = name
            .bytes()
            .fold(0x9e37_79b9_7f4a_7c15, |state: u64, byte| {
                (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self { state, samples }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap() % bound
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// Returns a JSON text.
    pub fn value(&mut self) -> String {
        match self.below(4) {
            0 => self.any(3),
            1 => self.one_of(self.samples).to_owned(),
            _ => {
                let sample = self.one_of(self.samples);
                self.changed(sample)
            }
        }
    }

    fn any(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(3) > 0 {
            return self.one_of(LEAVES).to_owned();
        }
        let count = self.below(4);
        let is_object = self.below(2) == 0;
        let mut items = Vec::new();
        for _ in 0..count {
            let space = self.one_of(SPACES);
            let item = self.any(depth - 1);
            let name = self.one_of(NAMES);
            items.push(if is_object {
                format!("{space}\"{name}\":{space}{item}{space}")
            } else {
                format!("{space}{item}{space}")
            });
        }
        let items = items.join(",");
        if is_object {
            format!("{{{items}}}")
        } else {
            format!("[{items}]")
        }
    }

    /// Replaces, removes or adds one value or name, wherever one stands in the text.
    fn changed(&mut self, sample: &str) -> String {
        let places: Vec<(usize, usize)> = parts(sample);
        let (start, end) = places[self.below(places.len())];
        let part = &sample[start..end];
        let new = match self.below(6) {
            0 => self.any(1),
            1 => format!("[{part}]"),
            2 => format!("{part},{part}"),
            3 => format!("{part},{}", self.any(1)),
            4 => format!("\"{}\":{part}", self.one_of(NAMES)),
            _ if part.starts_with('"') => format!("\"{}\"", self.one_of(NAMES)),
            _ => self.one_of(LEAVES).to_owned(),
        };
        format!("{}{new}{}", &sample[..start], &sample[end..])
    }
}

/// Where strings, numbers, words and containers stand in a JSON text.
fn parts(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut found, mut open) = (vec![(0, text.len())], Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'"' => {
                at += 1;
                while bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
                found.push((start, at));
            }
            b'[' | b'{' => {
                open.push(at);
                at += 1;
            }
            b']' | b'}' => {
                at += 1;
                found.push((open.pop().unwrap(), at));
            }
            b',' | b':' | b' ' | b'\n' | b'\t' => at += 1,
            _ => {
                while at < bytes.len() && !b",:]} \n\t".contains(&bytes[at]) {
                    at += 1;
                }
                found.push((start, at));
            }
        }
    }
    found
}
