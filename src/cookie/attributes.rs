//! Which attributes a cookie has.

use memchr::memmem;

/// Browsers keep a cookie of this name only if no other host can have set it (RFC 6265bis, section 4.1.3.2).
pub(super) const HOST_PREFIX: &str = "__Host-";

/// When browsers send a cookie along with requests that another site caused.
///
/// # Examples
///
/// ```
/// use keycard::TokenCookie;
/// use keycard::cookie::SameSite;
///
/// // A desk that nobody has to reach by a link from elsewhere.
/// let cookie = TokenCookie::builder("desk").same_site(SameSite::Strict).build()?;
/// assert!(cookie.clear().header_values()[0].to_str()?.contains("SameSite=Strict"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SameSite {
    /// Never: a link from elsewhere leads to a page that does not know its visitor.
    Strict,
    /// Only when the visitor follows a link: the default.
    Lax,
    /// Always, for pages that are shown inside of other sites. The cross-site check of the layer is
    /// then the only defence.
    None,
}

impl SameSite {
    /// Returns the value of the attribute (RFC 6265bis, section 4.1.2.7).
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// Where a cookie is good without TLS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tls {
    /// Nowhere: it is `Secure`.
    Needed,
    /// On this machine, while an application is made.
    ButHere,
    /// Wherever it comes from.
    Unneeded,
}

pub(super) struct Attributes {
    pub(super) name: String,
    /// The name again, prepared to be looked for.
    pub(super) search: memmem::Finder<'static>,
    pub(super) domain: Option<String>,
    pub(super) same_site: SameSite,
    pub(super) partitioned: bool,
    /// How many parts it may have.
    pub(super) parts: usize,
    pub(super) tls: Tls,
    /// Others set it.
    pub(super) foreign: bool,
}

/// Prepares the search for a cookie. The equals sign keeps what others have in their values from being looked at; between
/// the name and that of a part stands a number.
pub(super) fn search_for(name: &str, parts: usize) -> memmem::Finder<'static> {
    let text = if parts == 0 {
        format!("{name}=")
    } else {
        name.to_owned()
    };
    memmem::Finder::new(&text).into_owned()
}
