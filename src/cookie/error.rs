//! Why a token cannot be kept in a cookie.

use std::fmt;

/// Why a token cannot be kept in a cookie. Never contains a claim value.
///
/// With the feature `axum` it is an answer too, as an [`IssueError`](crate::IssueError) is.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::TokenCookie;
/// use keycard::cookie::CookieError;
///
/// let cookie = TokenCookie::new("session")?;
/// let error = cookie.set(("no; token", Duration::from_secs(900))).err();
/// assert_eq!(error, Some(CookieError::NotAToken));
/// # Ok::<(), keycard::ConfigError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Eq, PartialEq)]
pub enum CookieError {
    /// Name and value together have more than the 4096 bytes that browsers keep, or, of a cookie that may be
    /// [in parts](crate::cookie::TokenCookieBuilder::in_parts), the token more than 16 KiB.
    TooLarge {
        /// How many bytes they would have.
        bytes: usize,
        /// How many they can have.
        most: usize,
        /// The largest claims, each with the bytes of its value.
        largest: Vec<(String, usize)>,
    },
    /// What should go into the cookie is no token.
    NotAToken,
    /// The cookie is one that others set: see [`TokenCookie::foreign`](crate::TokenCookie::foreign).
    Foreign,
}

/// Its name, and the sentence: a `main` that returns the error prints this and nothing else.
impl fmt::Debug for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::TooLarge { .. } => "TooLarge",
            Self::NotAToken => "NotAToken",
            Self::Foreign => "Foreign",
        };
        write!(f, "{name}: {self}")
    }
}

impl CookieError {
    /// Tells whether another token would have done, whose claims a client may have typed. If not, the program is at
    /// fault.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::TokenCookie;
    ///
    /// let error = TokenCookie::new("session")?.set(("no; token", Duration::ZERO)).err();
    /// assert!(error.is_some_and(|error| error.is_fault_of_input()));
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    pub fn is_fault_of_input(&self) -> bool {
        match self {
            Self::TooLarge { .. } | Self::NotAToken => true,
            Self::Foreign => false,
        }
    }
}

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge {
                bytes,
                most,
                largest,
            } => {
                let who = if *most > 4096 { "parts" } else { "browsers" };
                write!(
                    f,
                    "the cookie would have {bytes} bytes, and {who} keep {most}"
                )?;
                let mut separator = "; the largest claims are";
                for (name, bytes) in largest {
                    write!(f, "{separator} {name:?} with {bytes} bytes")?;
                    separator = ",";
                }
                Ok(())
            }
            Self::NotAToken => f.write_str("what should go into a cookie is no token"),
            Self::Foreign => f.write_str("the cookie is one that others set"),
        }
    }
}

impl std::error::Error for CookieError {}
