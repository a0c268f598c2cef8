//! What a token says of the login behind it (RFC 9068, section 2.2.1).

use super::token::TokenBuilder;
use crate::numeric_date::NumericDate;

impl TokenBuilder {
    /// Says when the bearer logged in, the `auth_time` claim, in whole seconds; of a token that is signed again without a
    /// login, that of the first one. The default is not to say it, unless the claims of the application do.
    ///
    /// [`rule::max_age`](crate::rule::max_age) asks for it. Claims of the application may then have no `auth_time`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::rule::max_age;
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").auth_time(SystemTime::now()).sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// assert!(token.require(max_age(Duration::from_secs(300))).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn auth_time(mut self, time: impl Into<NumericDate>) -> Self {
        self.draft.login.auth_time = Some(time.into().truncated());
        self
    }

    /// Says of which class the login was, the `acr` claim: a name that the application and its resource servers agree
    /// on. The default is not to say it, unless the claims of the application do.
    ///
    /// [`rule::acr`](crate::rule::acr) asks for it. Claims of the application may then have no `acr`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::rule::acr;
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").acr("passkey").sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// assert!(token.require(acr(["passkey"])).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn acr(mut self, class: impl Into<String>) -> Self {
        self.draft.login.acr = Some(class.into());
        self
    }

    /// Says by which methods the bearer logged in, the `amr` claim, such as `pwd` and `otp` (RFC 8176). The default is not
    /// to say it, unless the claims of the application do, which may then have no `amr`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").amr(["pwd", "otp"]).sign()?;
    /// assert!(issuer.verifier().verify_now(&signed)?.payload().contains(r#""amr":["pwd","otp"]"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn amr(mut self, methods: impl IntoIterator<Item: Into<String>>) -> Self {
        let own = self.draft.login.amr.get_or_insert_default();
        own.extend(methods.into_iter().map(Into::into));
        self
    }
}
