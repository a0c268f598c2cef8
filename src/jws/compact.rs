//! Taking a token apart.

use memchr::{memchr, memchr_iter, memrchr};

use super::base64url;
use crate::error::Reason;
use crate::refusal::{Detail, Part, Refusal};

/// How much of a token is looked at, before any work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The longest token, in bytes.
    pub(crate) token: usize,
    /// The longest header segment, in bytes of base64url.
    pub(crate) header: usize,
    /// The most containers that may nest in header or payload, the outermost one counted.
    pub(crate) depth: usize,
    /// Whether segments may be padded. Not every trust may allow it.
    pub(crate) padded: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token: 16 * 1024,
            header: 2 * 1024,
            depth: 32,
            padded: false,
        }
    }
}

/// The three segments of a token (RFC 7515, section 7.1), each in base64url.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'a> {
    /// All of it.
    pub(crate) token: &'a [u8],
    pub(crate) header: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) signature: &'a [u8],
    /// Header, dot and payload: what the signature covers.
    pub(crate) signing_input: &'a [u8],
    /// The first segment that was padded. The others say nothing of it.
    pub(crate) padded: Option<Part>,
}

impl<'a> Compact<'a> {
    /// Splits a token and checks lengths and the payload's encoding.
    ///
    /// The other two segments are checked when they are decoded, which both are before a key is
    /// looked for.
    pub(crate) fn parse(token: &'a [u8], limits: &Limits) -> Result<Self, Refusal> {
        if token.len() > limits.token {
            let (part, most) = (Part::Token, limits.token);
            return Err(Reason::TooLong.with(Detail::Longer { part, most }));
        }
        let few = || Reason::Form.said("it has fewer");
        let header_end = memchr(b'.', token).ok_or_else(few)?;
        let signature_dot = memrchr(b'.', token).ok_or_else(few)?;
        let (signing_input, signature) = split_at_dot(token, signature_dot).ok_or_else(few)?;
        let (header, payload) = split_at_dot(signing_input, header_end).ok_or_else(few)?;
        if memchr(b'.', payload).is_some() {
            return Err(Reason::Form.said(more_segments(payload)));
        }
        if header.len() > limits.header {
            let (part, most) = (Part::Header, limits.header);
            return Err(Reason::TooLong.with(Detail::Longer { part, most }));
        }
        let whole = Self {
            token,
            header,
            payload,
            signature,
            signing_input,
            padded: None,
        };
        let parts = if limits.padded {
            whole.without_padding()
        } else {
            whole
        };
        base64url::check(parts.payload).map_err(|_| not_canonical(Part::Payload, parts.payload))?;
        Ok(parts)
    }
}

impl Compact<'_> {
    /// What is signed is signed with its padding.
    fn without_padding(self) -> Self {
        let bare = Self {
            header: base64url::without_padding(self.header),
            payload: base64url::without_padding(self.payload),
            signature: base64url::without_padding(self.signature),
            ..self
        };
        let pairs = [
            (Part::Header, self.header, bare.header),
            (Part::Payload, self.payload, bare.payload),
            (Part::Signature, self.signature, bare.signature),
        ];
        let mut padded = pairs
            .into_iter()
            .filter(|(_, whole, bare)| whole.len() > bare.len());
        let padded = padded.next().map(|(part, ..)| part);
        Self { padded, ..bare }
    }
}

/// Says which segment is not base64url.
pub(crate) fn not_canonical(part: Part, segment: &[u8]) -> Refusal {
    let padded = segment.ends_with(b"=");
    Reason::Encoding.with(Detail::Encoding { part, padded })
}

/// Says what has more than three segments.
fn more_segments(middle: &[u8]) -> &'static str {
    // RFC 7516, section 3.1.
    if memchr_iter(b'.', middle).take(3).count() == 2 {
        "it has five, as an encrypted token has"
    } else {
        "it has more"
    }
}

fn split_at_dot(text: &[u8], position: usize) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(position)?;
    let (_, after) = rest.split_first()?;
    Some((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(token: &str) -> Result<Compact<'_>, Reason> {
        let limits = Limits {
            token: 20,
            header: 6,
            depth: 32,
            padded: false,
        };
        Compact::parse(token.as_bytes(), &limits).map_err(|refusal| refusal.reason)
    }

    #[test]
    fn takes_three_segments_and_no_other_number() {
        let parts = parse("aaaa.bbbb.cccc").unwrap();
        assert_eq!(parts.header, b"aaaa");
        assert_eq!(parts.payload, b"bbbb");
        assert_eq!(parts.signature, b"cccc");
        assert_eq!(parts.signing_input, b"aaaa.bbbb");
        assert!(parse("..").is_ok());
        for bad in [
            "",
            ".",
            "aaaa",
            "aaaa.bbbb",
            "a.b.c.d",
            "...",
            "a..b.",
            "a.b.c.d.e",
        ] {
            assert_eq!(parse(bad).err(), Some(Reason::Form), "{bad}");
        }
    }

    #[test]
    fn looks_at_the_lengths_first() {
        assert!(parse("aaaaaa.bbbb.cccccccc").is_ok());
        assert_eq!(parse("aaaa.bbbb.ccccccccccc").err(), Some(Reason::TooLong));
        assert_eq!(parse("aaaaaaa.bbbb.c").err(), Some(Reason::TooLong));
    }

    #[test]
    fn the_payload_must_be_canonical() {
        assert!(parse("a.AA.c").is_ok());
        for bad in ["a.AB.c", "a.AA==.c", "a.A.c", "a.A+AA.c", "a.A A.c"] {
            assert_eq!(parse(bad).err(), Some(Reason::Encoding), "{bad}");
        }
    }
}
