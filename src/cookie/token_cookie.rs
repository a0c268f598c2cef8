//! A cookie by its name: reading and writing side by side.

use std::fmt;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use memchr::memchr;

use super::attributes::{Attributes, HOST_PREFIX, SameSite, Tls};
use super::error::CookieError;
use super::parts::{Found, MOST_BYTES, Pieces, cut, numbered};
use super::set_cookie::{CookieToken, SetCookie};
use super::size::largest_claims;
use crate::grammar::{is_token68, whole_seconds};
use crate::observe::{Event, observe};

/// Name and value together: what browsers keep, to the byte (RFC 6265bis, section 5.6).
const MAX_BYTES: usize = 4096;

/// In how many places of a request the name of the cookie is looked at. Other cookies may have it in
/// their values, with an equals sign behind it: it takes fifteen of the largest to reach this.
pub(crate) const MOST_PLACES: usize = 4_096;

/// How much white space may stand around a cookie. Browsers write one space between two.
pub(crate) const MOST_SPACES: usize = 64;

/// How much of it may stand around the name in all places together. Each is looked at.
pub(crate) const MOST_SPACES_IN_ALL: usize = 2_048;

/// How many empty cookies of the name there may be. They are none, and each is looked at.
pub(crate) const MOST_EMPTY: usize = 64;

/// Of how many domains cookies are removed, beside the own one.
const MOST_DOMAINS: usize = 5;

/// The httpOnly cookie that carries a token.
///
/// By default its name begins with `__Host-`, and its attributes are `HttpOnly`, `Secure`,
/// `SameSite=Lax` and `Path=/`, without `Domain`: scripts cannot read it, no other host can set it,
/// and no other site can post with it. `HttpOnly` has no switch. Give the same value to the
/// [`JwtLayer`](crate::JwtLayer::cookie) that reads the cookie and to the handlers that write it.
///
/// # Examples
///
/// ```
/// use axum::response::{IntoResponse, Redirect};
/// use keycard::{IssueError, Issuer, TokenCookie};
///
/// fn login(issuer: &Issuer, cookie: &TokenCookie) -> Result<impl IntoResponse, IssueError> {
///     let token = issuer.token("anna").sign()?;
///     Ok((cookie.set(&token)?, Redirect::to("/")))
/// }
///
/// fn logout(cookie: &TokenCookie) -> impl IntoResponse {
///     (cookie.clear(), Redirect::to("/"))
/// }
///
/// let cookie = TokenCookie::new("session")?;
/// assert_eq!(cookie.name(), "__Host-session");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TokenCookie {
    attributes: Arc<Attributes>,
}

impl TokenCookie {
    pub(super) fn from_attributes(attributes: Attributes) -> Self {
        observe(&Event::Built);
        Self {
            attributes: Arc::new(attributes),
        }
    }

    /// Returns the name of the cookie, with its prefix.
    pub fn name(&self) -> &str {
        &self.attributes.name
    }

    /// Makes the header that stores a token, for as long as the token lives. Browsers forget it then,
    /// or earlier: none keeps a cookie for more than 400 days.
    ///
    /// Takes a [`SignedToken`](crate::issue::SignedToken), or somebody else's token with its lifetime:
    /// `(token, Duration)`. Goes into any response of axum as a part of it, together with
    /// `Cache-Control: no-store`; elsewhere see [`SetCookie::header_values`].
    ///
    /// # Errors
    ///
    /// - [`CookieError::TooLarge`]: name and token have more than 4096 bytes, and browsers would
    ///   drop the cookie without a word; or, if it may be [in parts](super::TokenCookieBuilder::in_parts), the token has
    ///   more than 16 KiB. The error names the largest claims.
    /// - [`CookieError::NotAToken`]: somebody else's token has characters that no token has.
    /// - [`CookieError::Foreign`]: the cookie is one that others set.
    pub fn set<'t>(&self, token: impl Into<CookieToken<'t>>) -> Result<SetCookie, CookieError> {
        let token = token.into();
        self.sign_in(&token, Some(token.lifetime))
    }

    /// Makes the header that stores a token until the browser is closed, for visitors who do not want to be
    /// remembered. Otherwise as [`set`](Self::set).
    ///
    /// The cookie has no `Max-Age`. The token expires all the same, and browsers that reopen the windows of the last
    /// time keep such cookies with them.
    ///
    /// # Errors
    ///
    /// Those of [`set`](Self::set).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::cookie::SetCookie;
    /// use keycard::issue::SignedToken;
    /// use keycard::{IssueError, TokenCookie};
    ///
    /// fn login(cookie: &TokenCookie, token: &SignedToken, remember: bool) -> Result<SetCookie, IssueError> {
    ///     Ok(if remember { cookie.set(token)? } else { cookie.set_for_session(token)? })
    /// }
    /// ```
    #[doc(alias = "remember me")]
    pub fn set_for_session<'t>(
        &self,
        token: impl Into<CookieToken<'t>>,
    ) -> Result<SetCookie, CookieError> {
        self.sign_in(&token.into(), None)
    }

    fn sign_in(
        &self,
        token: &CookieToken<'_>,
        lifetime: Option<Duration>,
    ) -> Result<SetCookie, CookieError> {
        let cookie = self.store(token, lifetime)?;
        observe(&Event::CookieStored);
        Ok(cookie)
    }

    fn store(
        &self,
        token: &CookieToken<'_>,
        lifetime: Option<Duration>,
    ) -> Result<SetCookie, CookieError> {
        if self.attributes.foreign {
            return Err(CookieError::Foreign);
        }
        // None of the characters of RFC 6750, section 2.1, means anything in a cookie.
        if !is_token68(token.text.as_bytes()) {
            return Err(CookieError::NotAToken);
        }
        let bytes = self.name().len().saturating_add(token.text.len());
        let is_whole = bytes <= MAX_BYTES;
        let parts = self.attributes.parts;
        let (bytes, most) = if parts == 0 {
            (bytes, MAX_BYTES)
        } else {
            (token.text.len(), MOST_BYTES)
        };
        if bytes > most {
            return Err(CookieError::TooLarge {
                bytes,
                most,
                largest: largest_claims(token.text),
            });
        }
        if is_whole {
            return Ok(self.headers(Some(token.text), &[], lifetime));
        }
        let name = self.part(parts).len();
        let pieces = cut(token.text, MAX_BYTES.saturating_sub(name));
        Ok(self.headers(None, &pieces, lifetime))
    }

    /// Makes the header that removes the cookie. Needs no token, and so always works; for a [foreign](Self::foreign)
    /// cookie there is no header.
    #[doc(alias = "logout")]
    pub fn clear(&self) -> SetCookie {
        if !self.attributes.foreign {
            observe(&Event::CookieCleared);
        }
        self.remove()
    }

    /// The same, if nobody wants to log out: the cookie is of no use.
    pub(crate) fn remove(&self) -> SetCookie {
        if self.attributes.foreign {
            return SetCookie::new(Vec::new());
        }
        self.headers(None, &[], None)
    }

    /// Makes the headers that remove every cookie of this name that a browser may send to this host, whoever has set
    /// it: before the domain was changed, or for a domain around this one. As a path there is only `/`.
    pub(crate) fn clear_everywhere(&self, host: &str) -> SetCookie {
        let attributes = &*self.attributes;
        if attributes.foreign {
            return self.remove();
        }
        let own = attributes.domain.as_deref();
        // The prefix keeps all others away.
        let is_alone = attributes.name.starts_with(HOST_PREFIX);
        let others = iter::once(None).chain(domains_around(host).map(Some));
        let others = others.filter(|domain| *domain != own && !is_alone);
        // Proxies have limits for all headers together.
        let most = if attributes.parts == 0 {
            MOST_DOMAINS
        } else {
            1
        };
        let domains = others.take(most).chain([own]);
        let names = self.names();
        // One that is kept apart for each site is another cookie, with the prefix too.
        let kinds: &[bool] = if self.is_secure() {
            &[false, true]
        } else {
            &[false]
        };
        let removals = domains.flat_map(|domain| {
            let names = names
                .iter()
                .flat_map(|name| kinds.iter().map(move |kind| (name, *kind)));
            names.map(move |(name, partitioned)| {
                self.header_for(name, "", Some(Duration::ZERO), domain, partitioned)
            })
        });
        SetCookie::new(removals.collect())
    }

    /// Stores these, and removes what there may be of others.
    fn headers(
        &self,
        whole: Option<&str>,
        pieces: &[String],
        lifetime: Option<Duration>,
    ) -> SetCookie {
        let header = |name: &str, value: Option<&str>| match value {
            Some(value) => self.header(name, value, lifetime),
            None => self.header(name, "", Some(Duration::ZERO)),
        };
        let mut values = vec![header(self.name(), whole)];
        let mut pieces = pieces.iter();
        for number in 1..=self.attributes.parts {
            let piece = pieces.next().map(String::as_str);
            values.push(header(&self.part(number), piece));
        }
        SetCookie::new(values)
    }

    /// Returns the name of a part.
    fn part(&self, number: usize) -> String {
        format!("{}.{number}", self.name())
    }

    /// Returns the names of the cookie and of all its parts.
    fn names(&self) -> Vec<String> {
        let parts = (1..=self.attributes.parts).map(|number| self.part(number));
        iter::once(self.name().to_owned()).chain(parts).collect()
    }

    fn header(&self, name: &str, value: &str, lifetime: Option<Duration>) -> HeaderValue {
        let attributes = &*self.attributes;
        let domain = attributes.domain.as_deref();
        self.header_for(name, value, lifetime, domain, attributes.partitioned)
    }

    fn header_for(
        &self,
        name: &str,
        value: &str,
        lifetime: Option<Duration>,
        domain: Option<&str>,
        partitioned: bool,
    ) -> HeaderValue {
        let attributes = &*self.attributes;
        let same_site = attributes.same_site.name();
        let mut parts = vec![format!("{name}={value}; HttpOnly; SameSite={same_site}")];
        parts.extend(partitioned.then(|| "Partitioned".to_owned()));
        parts.extend((attributes.tls == Tls::Needed).then(|| "Secure".to_owned()));
        parts.push("Path=/".to_owned());
        parts.extend(domain.map(|domain| format!("Domain={domain}")));
        // Rounded up: no lifetime at all would remove the cookie.
        parts.extend(lifetime.map(|lifetime| format!("Max-Age={}", whole_seconds(lifetime))));
        let text = parts.join("; ");
        // Name, value and attributes have been checked to be printable ASCII without a semicolon.
        let mut header = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
        header.set_sensitive(true);
        header
    }

    /// Looks for the cookie in all `Cookie` lines, which together are one list (RFC 9113, section
    /// 8.2.3). Names are compared octet by octet: decoding one would let a sibling domain forge its
    /// prefix. An empty cookie is no cookie.
    ///
    /// A line can be very long, so this searches for the name first, and then looks whether it stands
    /// where the name of a cookie does.
    pub(crate) fn find<'a>(&self, headers: &'a HeaderMap) -> Found<'a> {
        let name = &self.attributes.search;
        let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
        let places = lines.flat_map(|line| name.find_iter(line).map(move |place| (line, place)));
        let mut pieces = Pieces::default();
        let (mut spaces, mut empty) = (0, 0_usize);
        for (count, (line, place)) in places.enumerate() {
            let piece = self.piece_at(line, place, &mut spaces);
            // Looking at each would take its time.
            if count >= MOST_PLACES || spaces > MOST_SPACES_IN_ALL || empty >= MOST_EMPTY {
                return Found::Hidden;
            }
            match piece {
                Some((_, [])) => empty = empty.saturating_add(1),
                Some((number, value)) if !pieces.put(number, value) => return Found::Several,
                Some(_) | None => {}
            }
        }
        pieces.join()
    }

    /// Returns the value of the cookie, with the number 0, or of a part of it, if its name begins here: at the
    /// beginning of a line or behind a semicolon, and with an equals sign behind it.
    fn piece_at<'a>(
        &self,
        line: &'a [u8],
        place: usize,
        spaces: &mut usize,
    ) -> Option<(usize, &'a [u8])> {
        let (before, rest) = line.split_at_checked(place)?;
        if !matches!(trim_end(before, spaces).last(), None | Some(b';')) {
            return None;
        }
        let (number, value) = self.strip_name(rest)?;
        let value = memchr(b';', value).map_or(value, |end| value.split_at(end).0);
        Some((number, trim_end(value, spaces)))
    }

    /// Returns what stands behind the name of the cookie, or of a part, and its equals sign.
    fn strip_name<'a>(&self, text: &'a [u8]) -> Option<(usize, &'a [u8])> {
        let rest = text.strip_prefix(self.name().as_bytes())?;
        let whole = rest.strip_prefix(b"=").map(|value| (0, value));
        whole.or_else(|| numbered(rest).filter(|(number, _)| *number <= self.attributes.parts))
    }

    /// Tells whether browsers keep the cookie over TLS only.
    pub(crate) fn is_secure(&self) -> bool {
        self.attributes.tls == Tls::Needed
    }

    pub(crate) fn is_partitioned(&self) -> bool {
        self.attributes.partitioned
    }

    /// Tells whether others set the cookie.
    pub(crate) fn is_foreign(&self) -> bool {
        self.attributes.foreign
    }

    pub(crate) fn same_site(&self) -> SameSite {
        self.attributes.same_site
    }

    /// Tells whether the cookie is good for a loopback address only.
    pub(crate) fn is_for_development(&self) -> bool {
        self.attributes.tls == Tls::ButHere
    }
}

/// Returns the domains that a cookie for this host may have, the host first. No browser keeps one for an address, or
/// for the last label alone.
fn domains_around(host: &str) -> impl Iterator<Item = &str> {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let is_name = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_address = host
        .rsplit('.')
        .next()
        .is_none_or(|last| last.parse::<u32>().is_ok());
    let first = (is_name && !is_address).then_some(host);
    let domains = iter::successors(first, |domain| domain.split_once('.').map(|(_, rest)| rest));
    domains.filter(|domain| domain.contains('.'))
}

/// Takes spaces and tabs off the end, but no more than anybody sends: there could be very many. Counts them.
fn trim_end<'a>(text: &'a [u8], counted: &mut usize) -> &'a [u8] {
    let end = text.iter().rev().take(MOST_SPACES);
    let spaces = end.take_while(|byte| byte.is_ascii_whitespace()).count();
    *counted = counted.saturating_add(spaces);
    let (text, _) = text.split_at(text.len().saturating_sub(spaces));
    text
}

impl fmt::Debug for TokenCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCookie")
            .field("name", &self.attributes.name)
            .field("domain", &self.attributes.domain)
            .field("same_site", &self.attributes.same_site)
            .field("partitioned", &self.attributes.partitioned)
            .field("tls", &self.attributes.tls)
            .finish()
    }
}
