//! Which attributes a cookie has, and which of them go together.

use super::attributes::{Attributes, HOST_PREFIX, SameSite, Tls, search_for};
use super::parts::MOST_PARTS;
use super::token_cookie::TokenCookie;
use crate::error::ConfigError;
use crate::grammar::is_tchar;

/// Builder of a [`TokenCookie`], from [`TokenCookie::builder`].
///
/// # Examples
///
/// ```
/// use keycard::TokenCookie;
/// use keycard::cookie::SameSite;
///
/// let cookie = TokenCookie::builder("session")
///     .domain("hotel.example")
///     .same_site(SameSite::Strict)
///     .build()?;
/// assert_eq!(cookie.name(), "__Secure-session");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct TokenCookieBuilder {
    name: String,
    domain: Option<String>,
    same_site: SameSite,
    partitioned: bool,
    http_prefix: bool,
    in_parts: bool,
    /// The application, if the cookie is not `Secure`.
    insecure: Option<(String, Tls)>,
}

impl TokenCookie {
    /// Creates a cookie whose name is `__Host-` and this, with everything at its default.
    ///
    /// # Errors
    ///
    /// [`ConfigError::CookieName`]: a name that is empty, has a prefix of its own, or a character
    /// that a cookie's name cannot have.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{ConfigError, TokenCookie};
    ///
    /// let cookie = TokenCookie::new("session")?;
    /// assert_eq!(cookie.name(), "__Host-session");
    /// assert_eq!(TokenCookie::new("the session").err(), Some(ConfigError::CookieName));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(name: &str) -> Result<Self, ConfigError> {
        Self::builder(name).build()
    }

    /// Names a cookie that somebody else sets and removes, such as a proxy in front that has a login of its own. The
    /// name is the whole one, as it stands in requests.
    ///
    /// The layer reads it as one of its own, with the cross-site check that every cookie needs. [`set`](Self::set) is
    /// an error, and [`clear`](Self::clear) writes nothing: its attributes are not known here, nor is it ours.
    ///
    /// # Errors
    ///
    /// [`ConfigError::CookieName`]: a name that is empty, longer than 256 bytes, or has a character that a cookie's
    /// name cannot have.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{JwtLayer, TokenCookie, testing};
    ///
    /// // Cloudflare Access, whose keys and issuer the verifier would have.
    /// let layer = JwtLayer::new(testing::issuer().verifier())
    ///     .without_authorization_header()
    ///     .cookie(TokenCookie::foreign("CF_Authorization")?);
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn foreign(name: &str) -> Result<Self, ConfigError> {
        if name.is_empty() || name.len() > 256 || !name.bytes().all(is_tchar) {
            return Err(ConfigError::CookieName);
        }
        Ok(Self::from_attributes(Attributes {
            search: search_for(name, 0),
            name: name.to_owned(),
            domain: None,
            same_site: SameSite::None,
            partitioned: false,
            parts: 0,
            tls: Tls::Needed,
            foreign: true,
        }))
    }

    /// Starts to build a cookie with other attributes.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::TokenCookie;
    /// use keycard::cookie::SameSite;
    ///
    /// let cookie = TokenCookie::builder("session").same_site(SameSite::Strict).build()?;
    /// assert_eq!(cookie.name(), "__Host-session");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(name: &str) -> TokenCookieBuilder {
        TokenCookieBuilder::new(name)
    }
}

impl TokenCookieBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            domain: None,
            same_site: SameSite::Lax,
            partitioned: false,
            http_prefix: false,
            in_parts: false,
            insecure: None,
        }
    }

    /// Sends the cookie to this domain and all hosts below it.
    ///
    /// The default is the host that set it, and no other. A cookie with a domain cannot have the
    /// prefix `__Host-`, so its name begins with `__Secure-`; every host below the domain can then
    /// set one of that name, which locks a visitor out (400 for two of them) or logs one in as
    /// somebody else.
    ///
    /// # Examples
    ///
    /// ```
    /// let cookie = keycard::TokenCookie::builder("session").domain("example.com").build()?;
    /// assert_eq!(cookie.name(), "__Secure-session");
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn domain(mut self, domain: &str) -> Self {
        self.domain = Some(domain.to_owned());
        self
    }

    /// Sets when browsers send the cookie along with requests that another site caused. The default
    /// is [`SameSite::Lax`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::TokenCookie;
    /// use keycard::cookie::SameSite;
    ///
    /// // For a front end on another site.
    /// let cookie = TokenCookie::builder("booking").same_site(SameSite::None).build()?;
    /// assert!(cookie.clear().header_values()[0].to_str()?.contains("SameSite=None; Secure"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Keeps the cookie apart for each site that shows this one in a frame, by the attribute `Partitioned`.
    ///
    /// Browsers that block third-party cookies send no other cookie into such a frame. One that was set there
    /// is not sent when the visitor comes to this site itself, and the other way round: each has a login of its
    /// own. Takes [`SameSite::None`]. The default is not to.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::TokenCookie;
    /// use keycard::cookie::SameSite;
    ///
    /// // For a booking form that other sites show in a frame.
    /// let cookie = TokenCookie::builder("booking").same_site(SameSite::None).partitioned().build()?;
    /// assert!(cookie.clear().header_values()[0].to_str()?.contains("; Partitioned"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "CHIPS")]
    pub fn partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// Begins the name with `__Host-Http-` instead of `__Host-`: browsers that know it take such a cookie from a
    /// `Set-Cookie` header only, so that no script of a page can set one. The others see `__Host-`.
    ///
    /// Browsers that are in use know it since autumn 2025. The default is not to: a cookie under the other name
    /// is then another one, and its visitors log in again.
    ///
    /// # Examples
    ///
    /// ```
    /// let cookie = keycard::TokenCookie::builder("session").http_prefix().build()?;
    /// assert_eq!(cookie.name(), "__Host-Http-session");
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn http_prefix(mut self) -> Self {
        self.http_prefix = true;
        self
    }

    /// Keeps a token that is too long for one cookie in several, up to 16 KiB: `__Host-session.1`,
    /// `__Host-session.2` and so on, of which the layer puts it together again. The default is an error for such a
    /// token.
    ///
    /// For the token of somebody else, which cannot be made smaller. Browsers send all of it with every request; many
    /// servers and proxies take 8 KiB of headers unless they are told otherwise. A part that is missing, there twice or
    /// too many is malformed (400), and one that somebody else has set is not covered by the signature (401).
    /// [`set`](TokenCookie::set) and [`clear`](TokenCookie::clear) write a header for each part that there may be, and
    /// one for the cookie itself, so that none is left behind. A cookie that was set before this was turned on is
    /// still read.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::TokenCookie;
    ///
    /// let cookie = TokenCookie::builder("session").in_parts().build()?;
    /// let long = "a".repeat(9_000); // eighty groups, say
    /// let set = cookie.set((long.as_str(), Duration::from_secs(900)))?;
    /// let first = set.header_values()[1].to_str()?;
    /// assert!(first.starts_with("__Host-session.1=3aaa"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "chunks")]
    pub fn in_parts(mut self) -> Self {
        self.in_parts = true;
        self
    }

    /// Drops `Secure`, for development on plain HTTP in browsers that keep no such cookie there, as
    /// Safari does. Chromium and Firefox need none of this on `localhost` and `127.0.0.1`.
    ///
    /// The name loses its prefix and begins with that of the application, because all ports of a host
    /// share their cookies. Layers that read the cookie refuse every host but loopback ones, whatever a
    /// proxy has forwarded and says so, and pages of other hosts. A proxy that hides all of that is not
    /// noticed: build such a cookie in development only.
    ///
    /// # Examples
    ///
    /// ```
    /// let cookie = keycard::TokenCookie::builder("session")
    ///     .dangerous_development("hotel")
    ///     .build()?;
    /// assert_eq!(cookie.name(), "hotel-session");
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn dangerous_development(mut self, application: &str) -> Self {
        self.insecure = Some((application.to_owned(), Tls::ButHere));
        self
    }

    /// Drops `Secure` on every host, for plain HTTP at home: `http://nas.lan`, `http://192.168.1.2:8080`.
    ///
    /// Whoever is on the way reads the token and is logged in with it, and can set the cookie too. Browsers say over plain
    /// HTTP which page caused a request by `Origin` alone, so the cross-site check compares that with `Host`. The name loses
    /// its prefix and begins with that of the application, because all ports of a host share their cookies. A proxy with
    /// TLS in front, even with a certificate of one's own, needs none of this.
    ///
    /// # Examples
    ///
    /// ```
    /// let cookie = keycard::TokenCookie::builder("session").dangerous_plain_http("hotel").build()?;
    /// assert_eq!(cookie.name(), "hotel-session");
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    #[doc(alias("http", "lan", "secure"))]
    pub fn dangerous_plain_http(mut self, application: &str) -> Self {
        self.insecure = Some((application.to_owned(), Tls::Unneeded));
        self
    }

    /// Builds the cookie.
    ///
    /// # Errors
    ///
    /// - [`ConfigError::CookieName`]: a name that is empty, has a prefix of its own, or a character
    ///   that a cookie's name cannot have.
    /// - [`ConfigError::CookieDomain`]: a domain that is no host name.
    /// - [`ConfigError::CookieDevelopment`]: the development mode together with a domain or with
    ///   `SameSite=None`, which browsers do not keep without `Secure`.
    /// - [`ConfigError::CookiePartitioned`]: `partitioned` without `SameSite=None`.
    /// - [`ConfigError::CookiePrefix`]: `http_prefix` together with a domain. Older browsers would see no prefix
    ///   that they know.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{ConfigError, TokenCookie};
    ///
    /// assert!(TokenCookie::builder("session").domain("hotel.example").build().is_ok());
    /// // The prefix is added here.
    /// let prefixed = TokenCookie::builder("__Host-session").build();
    /// assert_eq!(prefixed.err(), Some(ConfigError::CookieName));
    /// ```
    pub fn build(self) -> Result<TokenCookie, ConfigError> {
        if !is_name(&self.name) {
            return Err(ConfigError::CookieName);
        }
        if self
            .domain
            .as_deref()
            .is_some_and(|domain| !is_domain(domain))
        {
            return Err(ConfigError::CookieDomain);
        }
        let name = self.full_name()?;
        if self.partitioned && self.same_site != SameSite::None {
            return Err(ConfigError::CookiePartitioned);
        }
        let parts = if self.in_parts { MOST_PARTS } else { 0 };
        Ok(TokenCookie::from_attributes(Attributes {
            search: search_for(&name, parts),
            name,
            domain: self.domain,
            same_site: self.same_site,
            partitioned: self.partitioned,
            parts,
            tls: self.insecure.map_or(Tls::Needed, |(_, tls)| tls),
            foreign: false,
        }))
    }

    fn full_name(&self) -> Result<String, ConfigError> {
        if self.http_prefix && self.domain.is_some() {
            return Err(ConfigError::CookiePrefix);
        }
        let name = &self.name;
        let Some((application, _)) = &self.insecure else {
            return Ok(match self.domain {
                // RFC 6265bis, section 4.1.3.2: no Domain with this prefix.
                None if self.http_prefix => format!("{HOST_PREFIX}Http-{name}"),
                None => format!("{HOST_PREFIX}{name}"),
                Some(_) => format!("__Secure-{name}"),
            });
        };
        if self.domain.is_some() || self.same_site == SameSite::None {
            return Err(ConfigError::CookieDevelopment);
        }
        if !is_name(application) {
            return Err(ConfigError::CookieName);
        }
        Ok(format!("{application}-{name}"))
    }
}

/// RFC 9110, section 5.6.2: a token; and none of the prefixes that mean something, in any case.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 128 && name.bytes().all(is_tchar) && !name.starts_with("__")
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // An address has no hosts below it, and a single label is a public suffix.
    let is_address = domain
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label) && !is_address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(builder: TokenCookieBuilder) -> Result<String, ConfigError> {
        builder.build().map(|cookie| cookie.name().to_owned())
    }

    #[test]
    fn the_prefix_follows_from_the_attributes() {
        let new = || TokenCookieBuilder::new("session");
        assert_eq!(name(new()), Ok("__Host-session".into()));
        assert_eq!(
            name(new().domain("example.com")),
            Ok("__Secure-session".into())
        );
        assert_eq!(
            name(new().same_site(SameSite::None)),
            Ok("__Host-session".into())
        );
        assert_eq!(
            name(new().dangerous_development("hotel")),
            Ok("hotel-session".into())
        );
    }

    #[test]
    fn what_is_illegal_does_not_build() {
        for bad in [
            "",
            "__Host-session",
            "__secure-x",
            "a b",
            "a=b",
            "a;b",
            "é",
            "a\"b",
            "a,b",
        ] {
            assert_eq!(
                name(TokenCookieBuilder::new(bad)),
                Err(ConfigError::CookieName),
                "{bad}"
            );
            let development = TokenCookieBuilder::new("x").dangerous_development(bad);
            assert_eq!(name(development), Err(ConfigError::CookieName), "{bad}");
        }
        for bad in [
            "",
            "com",
            ".example.com",
            "example.com.",
            "a..b",
            "-a.b",
            "127.0.0.1",
            "a b.c",
        ] {
            let domain = TokenCookieBuilder::new("x").domain(bad);
            assert_eq!(name(domain), Err(ConfigError::CookieDomain), "{bad}");
        }
        let development = || TokenCookieBuilder::new("x").dangerous_development("hotel");
        for bad in [
            development().domain("example.com"),
            development().same_site(SameSite::None),
        ] {
            assert_eq!(name(bad), Err(ConfigError::CookieDevelopment));
        }
    }
}
