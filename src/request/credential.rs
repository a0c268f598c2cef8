//! Where a request carries its token.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use memchr::memmem;

use super::head::RequestHead;
use crate::cookie::{Found, TokenCookie};
use crate::grammar::{is_tchar, is_token68};
use crate::rejection::{BROKEN_COOKIE, TWO_COOKIES};
use crate::verify::Source;

/// A function of the application that finds a token in a request.
pub(crate) type Find = Arc<dyn for<'a> Fn(RequestHead<'a>) -> Option<Cow<'a, str>> + Send + Sync>;

/// A place to look for a token.
#[derive(Clone)]
pub(crate) enum Place {
    Header,
    NamedHeader(&'static str, HeaderName),
    Cookie(TokenCookie),
    Query(&'static str),
    Custom(&'static str, Find),
}

impl Place {
    /// Tells whether a request may have its token here although its page does not know it: in a cookie, or in the
    /// header that a proxy made of one.
    pub(super) fn may_be_sent_unasked(&self) -> bool {
        match self {
            Self::Cookie(_) | Self::NamedHeader(..) => true,
            Self::Header | Self::Query(_) | Self::Custom(..) => false,
        }
    }
}

/// The request carries a token in a way that it must not: 400.
pub(super) type Malformed = &'static str;

/// A token as it stands in a request, or why it cannot be one, and where it stands.
pub(super) struct Located<'a> {
    pub(super) token: Result<Cow<'a, [u8]>, Malformed>,
    pub(super) source: Source,
    pub(super) place: &'a Place,
}

/// Looks in one place after the other. A token longer than `longest` is not looked at: the verifier
/// will refuse it for that.
pub(super) fn find<'a>(
    places: &'a [Place],
    head: RequestHead<'a>,
    longest: usize,
) -> impl Iterator<Item = Located<'a>> {
    places.iter().filter_map(move |place| {
        let (token, source) = match place {
            Place::Header => (bearer(head.headers(), longest), Source::Header),
            Place::NamedHeader(name, header) => {
                let token = in_header(head.headers(), header, longest);
                (token, Source::NamedHeader(name))
            }
            Place::Cookie(cookie) => (in_cookie(cookie, head.headers()), Source::Cookie),
            Place::Query(name) => (query(head, name).map(borrow), Source::Query(name)),
            Place::Custom(name, find) => (Ok(find(head).map(into_bytes)), Source::Custom(name)),
        };
        let token = token.transpose()?;
        let is_empty = token.as_ref().is_ok_and(|token| token.is_empty());
        (!is_empty).then_some(Located {
            token,
            source,
            place,
        })
    })
}

fn borrow(token: Option<&str>) -> Option<Cow<'_, [u8]>> {
    token.map(|token| Cow::Borrowed(token.as_bytes()))
}

fn into_bytes(token: Cow<'_, str>) -> Cow<'_, [u8]> {
    match token {
        Cow::Borrowed(token) => Cow::Borrowed(token.as_bytes()),
        Cow::Owned(token) => Cow::Owned(token.into_bytes()),
    }
}

fn in_cookie<'a>(
    cookie: &TokenCookie,
    headers: &'a HeaderMap,
) -> Result<Option<Cow<'a, [u8]>>, Malformed> {
    match cookie.find(headers) {
        Found::Nothing => Ok(None),
        Found::One(token) => Ok(Some(Cow::Borrowed(token))),
        Found::Joined(token) => Ok(Some(Cow::Owned(token))),
        Found::Several => Err(TWO_COOKIES),
        Found::Broken => Err(BROKEN_COOKIE),
        Found::Hidden => Err("cookies full of the name of this one"),
    }
}

/// Reads a header that has a token and nothing else.
fn in_header<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    longest: usize,
) -> Result<Option<Cow<'a, [u8]>>, Malformed> {
    let mut lines = headers.get_all(name).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err("two lines of the header that has the token");
    }
    let line = line.as_bytes();
    // What is too long is not looked at, as in `bearer`.
    if line.len() <= longest && !line.split(|byte| *byte == b'.').all(is_segment) {
        return Err("the header that has the token has something else");
    }
    Ok(Some(Cow::Borrowed(line)))
}

/// Some load balancers pad each segment. Whether that is good is up to the verifier.
fn is_segment(text: &[u8]) -> bool {
    text.is_empty() || is_token68(text)
}

/// Reads `Authorization: Bearer` (RFC 6750, section 2.1). Another scheme is no credential of ours.
pub(crate) fn bearer(
    headers: &HeaderMap,
    longest: usize,
) -> Result<Option<Cow<'_, [u8]>>, Malformed> {
    const SCHEME: &[u8] = b"bearer";
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err("two Authorization lines");
    }
    let Some((scheme, rest)) = line.as_bytes().split_at_checked(SCHEME.len()) else {
        return Ok(None);
    };
    // RFC 9110, section 11.1: schemes are compared without case.
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Ok(None);
    }
    if rest.first().is_some_and(|byte| is_tchar(*byte)) {
        // A longer name that begins like ours.
        return Ok(None);
    }
    // A space and the longest token: beyond that nobody needs to look.
    if rest.len() > longest.saturating_add(1) {
        return Ok(Some(Cow::Borrowed(rest)));
    }
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let (_, token) = rest.split_at(spaces);
    if spaces == 0 || !is_token68(token) {
        return Err("an Authorization line with Bearer and no token of its grammar");
    }
    Ok(Some(Cow::Borrowed(token)))
}

/// Reads a parameter of the query string, as it stands (RFC 6750, section 2.3).
fn query<'a>(head: RequestHead<'a>, name: &str) -> Result<Option<&'a str>, Malformed> {
    let mut found = tokens_in(head.uri().query().unwrap_or_default(), name);
    let first = found.next();
    if found.next().is_some() {
        return Err("two tokens in the query string");
    }
    Ok(first)
}

/// Returns what stands under this name in a query string.
///
/// Looks for the name, and not at each of the pairs: a query of 64 kB may have as many. With the signs on both
/// sides of it, there is no near miss that has to be looked at.
pub(super) fn tokens_in<'a>(query: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let before_value = format!("&{name}=");
    let length = before_value.len();
    let places = memmem::find_iter(query.as_bytes(), &before_value).into_owned();
    let first = query.strip_prefix(before_value.get(1..).unwrap_or_default());
    let others = places.filter_map(move |place| query.get(place.saturating_add(length)..));
    let values = first.into_iter().chain(others);
    values.filter_map(|rest| rest.split('&').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        lines
            .iter()
            .map(|line| (AUTHORIZATION, line.to_vec().try_into().unwrap()))
            .collect()
    }

    fn read(lines: &[&[u8]]) -> Result<Option<String>, Malformed> {
        let headers = headers(lines);
        let token = bearer(&headers, 100)?;
        Ok(token.map(|token| String::from_utf8(token.into_owned()).unwrap()))
    }

    #[test]
    fn reads_the_grammar_of_rfc_6750() {
        for good in ["Bearer abc", "bearer abc", "BEARER   abc"] {
            assert_eq!(read(&[good.as_bytes()]), Ok(Some("abc".into())), "{good}");
        }
        for token in ["a.b.c", "-._~+/", "a=", "a=="] {
            let line = format!("Bearer {token}");
            assert_eq!(read(&[line.as_bytes()]), Ok(Some(token.into())), "{token}");
        }
    }

    #[test]
    fn a_parameter_is_a_whole_pair_of_the_query() {
        let read = |query| tokens_in(query, "token").collect::<Vec<_>>();
        for (query, found) in [
            ("", vec![]),
            ("token", vec![]),
            ("token&token=", vec![""]),
            ("token=a", vec!["a"]),
            ("&&token=a&&", vec!["a"]),
            ("x=token=a&token=b=c", vec!["b=c"]),
            ("token=a&token=b", vec!["a", "b"]),
            ("tokentoken=a&atoken=b&Token=c&token%3Dd&token[]=e", vec![]),
            ("token=token=a&é&token=é", vec!["token=a", "é"]),
        ] {
            assert_eq!(read(query), found, "{query}");
        }
    }

    /// The same as taking one pair after the other, for every query of these few pieces.
    #[test]
    fn the_search_finds_what_a_walk_finds() {
        let pieces = ["&", "=", "aa", "a", "b"];
        for n in 0..5_usize.pow(6) {
            let query: String = (0..6)
                .map(|place| pieces[n / 5_usize.pow(place) % 5])
                .collect();
            let walk = query
                .split('&')
                .filter_map(|pair| pair.strip_prefix("aa")?.strip_prefix('='));
            assert!(tokens_in(&query, "aa").eq(walk), "{query}");
        }
    }

    #[test]
    fn another_scheme_is_no_credential() {
        for other in [
            "",
            "Basic YTpi",
            "Bear",
            "Bearertoken abc",
            "Bearer2 abc",
            "DPoP abc",
        ] {
            assert_eq!(read(&[other.as_bytes()]), Ok(None), "{other}");
        }
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn everything_else_is_malformed() {
        for bad in [
            &b"Bearer"[..],
            b"Bearer ",
            b"Bearer\tabc",
            b"Bearer \tabc",
            b"Bearer abc def",
            b"Bearer abc,def",
            b"Bearer \"abc\"",
            b"Bearer ab=c",
            b"Bearer =",
            b"Bearer abc\xff",
            b"Bearer, abc",
            b"Bearer abc\t",
        ] {
            assert!(read(&[bad]).is_err(), "{bad:?}");
        }
        assert!(read(&[b"Bearer abc", b"Basic YTpi"]).is_err());
        assert!(read(&[b"Basic YTpi", b"Bearer abc"]).is_err());
    }
}
