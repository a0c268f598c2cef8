//! Which addresses are asked, and which never.

use url::{Host, Url};

use super::error::RemoteError;

/// Reads an address that was configured, or that metadata names.
///
/// A name and a password in it would end up in logs; a fragment is never sent.
pub(super) fn parse(what: &str, text: &str) -> Result<Url, RemoteError> {
    let error = |problem: &str| RemoteError::configuration(format!("{what} {problem}"));
    let told = without_query(text);
    // A parser of addresses takes it away, and tokens do not.
    if text.trim() != text {
        return Err(error(&format!("{told:?} has white space around it")));
    }
    let url = Url::parse(text).map_err(|problem| {
        error(&format!(
            "{told:?} is no address ({problem}): write it whole, as in https://idp.example"
        ))
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(error(
            "has a user name or a password in it: use bearer_token_file, or a client of your own",
        ));
    }
    if url.fragment().is_some() {
        return Err(error(&format!("{told:?} has a fragment")));
    }
    Ok(url)
}

/// Reads the name of an issuer (RFC 8414, section 2; OpenID Connect Discovery, section 2): an address without a query
/// and a fragment.
pub(super) fn issuer(text: &str) -> Result<Url, RemoteError> {
    if text.contains(['?', '#']) {
        return Err(RemoteError::configuration(format!(
            "the issuer {:?} has a query or a fragment, which RFC 8414, section 2, forbids",
            without_user(text)
        )));
    }
    parse("the issuer", text)
}

/// Which addresses may be asked without TLS.
#[derive(Debug, Default)]
pub(super) struct PlainHttp {
    hosts: Vec<Box<str>>,
}

impl PlainHttp {
    pub(super) fn allow(&mut self, host: &str) {
        // As addresses have it, which may be written otherwise.
        let usual = Host::parse(host).map(|host| host.to_string());
        self.hosts
            .push(usual.unwrap_or_else(|_| host.to_owned()).into());
    }

    /// A host is a name or an address, without a scheme, a port and a path.
    pub(super) fn check(&self) -> Result<(), RemoteError> {
        for host in &self.hosts {
            if Host::parse(host).is_err() {
                return Err(RemoteError::configuration(format!(
                    "dangerous_plain_http takes the name of a host, as in \"keys.internal\", and not {host:?}"
                )));
            }
        }
        Ok(())
    }

    /// Keys that came over a connection that anybody on the way can change are anybody's keys.
    pub(super) fn admits(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => is_loopback(url) || self.names(url),
            _ => false,
        }
    }

    fn names(&self, url: &Url) -> bool {
        url.host_str()
            .is_some_and(|host| self.hosts.iter().any(|allowed| **allowed == *host))
    }

    /// The same, with an error that says what to do.
    pub(super) fn demand(&self, what: &str, url: &Url) -> Result<(), RemoteError> {
        if self.admits(url) {
            return Ok(());
        }
        let advice = match (url.scheme(), url.host_str()) {
            ("http", Some(host)) => format!(
                ": without TLS anybody on the way can put keys of their own there. Use https, or say \
                 dangerous_plain_http({:?})",
                shortened(host)
            ),
            _ => String::new(),
        };
        Err(RemoteError::configuration(format!(
            "{what} {:?} is not https{advice}",
            without_query(url.as_str())
        )))
    }
}

/// Tells whether an address is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // Not what ends with it: only browsers take that for loopback without asking anybody.
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The address as logs and errors show it: its query may hold a key to the service.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    if url.query().is_some() {
        url.set_query(Some("..."));
    }
    shortened(url.as_str())
}

/// So much of a text from elsewhere as an error or a line of the log shows: an issuer may say half a mebibyte.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    let mut shown: String = text.chars().take(MOST).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}

/// What may be no address, without a name and a password.
fn without_user(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else {
        return shortened(text);
    };
    let scheme = before.split_once("//").map_or("", |(scheme, _)| scheme);
    let slashes = if scheme.is_empty() { "" } else { "//" };
    shortened(&format!("{scheme}{slashes}...@{host}"))
}

/// The same without a query, which may hold a key to the service.
fn without_query(text: &str) -> String {
    match text.split_once('?') {
        Some((address, _)) => without_user(address) + "?...",
        None => without_user(text),
    }
}

/// Where the metadata of an issuer may be, in the order in which it is asked for: as OpenID Connect Discovery has it
/// (section 4), and as RFC 8414 has it (sections 3 and 5), each with the path of the issuer in both places.
pub(super) fn of_metadata(issuer: &Url) -> Vec<Url> {
    const OPENID: &str = ".well-known/openid-configuration";
    const OAUTH: &str = ".well-known/oauth-authorization-server";
    let path = issuer.path().trim_end_matches('/').to_owned();
    let mut variants = Vec::new();
    for path in [
        format!("{path}/{OPENID}"),
        format!("/{OAUTH}{path}"),
        format!("/{OPENID}{path}"),
        format!("{path}/{OAUTH}"),
    ] {
        let mut url = issuer.clone();
        url.set_path(&path);
        if !variants.contains(&url) {
            variants.push(url);
        }
    }
    variants
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(issuer: &str) -> Vec<String> {
        let variants = of_metadata(&super::issuer(issuer).unwrap());
        variants.into_iter().map(String::from).collect()
    }

    #[test]
    fn metadata_is_asked_for_in_a_fixed_order() {
        let expected = [
            "https://idp.example/.well-known/openid-configuration",
            "https://idp.example/.well-known/oauth-authorization-server",
        ];
        assert_eq!(variants("https://idp.example"), expected);
        assert_eq!(variants("https://idp.example/"), expected);
        let expected = [
            "https://idp.example/realms/hotel/.well-known/openid-configuration",
            "https://idp.example/.well-known/oauth-authorization-server/realms/hotel",
            "https://idp.example/.well-known/openid-configuration/realms/hotel",
            "https://idp.example/realms/hotel/.well-known/oauth-authorization-server",
        ];
        assert_eq!(variants("https://idp.example/realms/hotel"), expected);
        assert_eq!(variants("https://idp.example/realms/hotel/"), expected);
    }

    #[test]
    fn plain_http_is_for_loopback_and_named_hosts() {
        let mut plain = PlainHttp::default();
        plain.allow("Keys.Internal");
        let admits = |text: &str| plain.admits(&Url::parse(text).unwrap());
        for good in [
            "https://idp.example/keys",
            "http://127.0.0.1:8080/keys",
            "http://127.8.9.1/",
            "http://[::1]:8080/keys",
            "http://localhost/keys",
            "http://keys.internal/keys",
            "http://KEYS.internal:8080/keys",
        ] {
            assert!(admits(good), "{good}");
        }
        for bad in [
            "http://idp.example/keys",
            "http://localhost.example/",
            "http://idp.localhost:9000/",
            "http://127.0.0.1.example/",
            "http://notlocalhost/",
            "http://a.keys.internal/",
            "http://10.0.0.1/",
            "http://[::]/",
            "http://0.0.0.0/",
            "ftp://127.0.0.1/",
            "file:///etc/keys.json",
            "data:application/json,{}",
        ] {
            assert!(!admits(bad), "{bad}");
        }
    }
}
