//! Settings that cannot be meant, told before anything is asked.

use std::time::Duration;

use keycard::remote::{Failure, RemoteError, RemoteKeys, RemoteKeysBuilder};

fn refused(builder: RemoteKeysBuilder) -> RemoteError {
    let error = builder.lazy().expect_err("it was accepted");
    assert_eq!(error.failure(), Failure::Configuration, "{error}");
    error
}

#[test]
fn an_issuer_that_is_none() {
    for (issuer, advice) in [
        (
            "http://idp.example",
            "dangerous_plain_http(\"idp.example\")",
        ),
        ("http://10.0.0.1:8080", "dangerous_plain_http(\"10.0.0.1\")"),
        ("https://idp.example?tenant=7", "query"),
        ("https://idp.example/#top", "fragment"),
        ("https://idp.example?", "query"),
        ("https://anna:secret@idp.example", "user name"),
        ("idp.example", "no address"),
        ("", "no address"),
        ("ftp://idp.example", "is not https"),
        ("file:///etc/idp", "is not https"),
        ("https://", "no address"),
    ] {
        let error = refused(RemoteKeys::builder(issuer)).to_string();
        assert!(error.contains(advice), "{issuer}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    for good in [
        "https://idp.example",
        "https://idp.example/",
        "http://localhost:8080/a",
        "http://[::1]:1",
    ] {
        assert!(RemoteKeys::builder(good).lazy().is_ok(), "{good}");
    }
}

#[test]
fn addresses_and_hosts() {
    let builder = || RemoteKeys::builder("https://idp.example");
    let error = refused(builder().jwks_url("http://keys.internal/keys")).to_string();
    assert!(
        error.contains("jwks_url") && error.contains("dangerous_plain_http"),
        "{error}"
    );
    let error = refused(builder().discovery_url("//idp.internal")).to_string();
    assert!(error.contains("discovery_url"), "{error}");
    refused(RemoteKeys::jwks_builder("http://keys.example/keys"));
    refused(RemoteKeys::jwks_builder("https://keys.example/keys#7"));
    for host in [
        "http://keys.internal",
        "keys.internal:8080",
        "",
        "keys internal",
        "keys/",
    ] {
        let error = refused(builder().dangerous_plain_http(host)).to_string();
        assert!(error.contains("dangerous_plain_http"), "{error}");
    }
    // The name of an issuer need not be an address if its keys are elsewhere.
    let google =
        RemoteKeys::builder("accounts.google.com").jwks_url("https://www.googleapis.example/certs");
    assert!(google.lazy().is_ok());
    refused(RemoteKeys::builder("").jwks_url("https://keys.example/keys"));
    // A query may be a key to the service, and is not shown.
    let error = refused(RemoteKeys::jwks_builder("http://keys.example/?key=secret"));
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn numbers_out_of_range() {
    let builder = || RemoteKeys::builder("https://idp.example");
    let (zero, year) = (Duration::ZERO, Duration::from_secs(367 * 24 * 3600));
    let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    for (name, wrong) in [
        ("fresh_for", builder().fresh_for(zero)),
        ("fresh_for", builder().fresh_for(Duration::MAX)),
        ("fresh_within", builder().fresh_within(zero, minute)),
        ("fresh_within", builder().fresh_within(minute, second)),
        ("fresh_within", builder().fresh_within(minute, year)),
        ("refresh_ahead", builder().refresh_ahead(0)),
        ("refresh_ahead", builder().refresh_ahead(100)),
        ("stale_for", builder().stale_for(Duration::MAX)),
        ("timeout", builder().timeout(zero)),
        ("timeout", builder().timeout(Duration::MAX)),
        ("max_wait", builder().max_wait(zero)),
        ("max_wait", builder().max_wait(year)),
        (
            "unknown_key_fetches",
            builder().unknown_key_fetches(0, minute),
        ),
        (
            "unknown_key_fetches",
            builder().unknown_key_fetches(2, zero),
        ),
        (
            "unknown_key_fetches",
            builder().unknown_key_fetches(usize::MAX, minute),
        ),
        ("max_remembered", builder().max_remembered(usize::MAX)),
        ("max_body_bytes", builder().max_body_bytes(0)),
        ("max_body_bytes", builder().max_body_bytes(usize::MAX)),
        ("max_keys", builder().max_keys(0)),
        ("max_keys", builder().max_keys(usize::MAX)),
    ] {
        let error = refused(wrong).to_string();
        assert_eq!(error, format!("the setting {name} is out of range"));
    }
    assert!(builder().stale_for(zero).max_remembered(0).lazy().is_ok());
}

#[test]
fn authorities_are_certificates_and_for_our_own_client() {
    let builder = || RemoteKeys::builder("https://idp.example");
    for wrong in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let error = refused(builder().certificate_authority(wrong)).to_string();
        assert!(error.contains("certificate"), "{error}");
    }
    let error = refused(
        builder()
            .fetch(reqwest::Client::new())
            .certificate_authority("any"),
    );
    assert!(
        error.to_string().contains("name the authority to yours"),
        "{error}"
    );
}

#[test]
fn no_password_and_no_key_of_an_address_is_shown() {
    for address in [
        "https://anna:secret@idp.example:99999",
        "https://anna:secret@idp example/",
        "https://anna:secret@idp.example?x",
        "https://anna:secret@/",
        "anna:secret@idp.example",
        "https://idp.example:99999/keys?key=secret",
        "https://idp.example/keys?key=secret#x",
        "http://anna:secret@idp.example/",
    ] {
        for builder in [
            RemoteKeys::jwks_builder(address),
            RemoteKeys::builder("https://idp.example").discovery_url(address),
        ] {
            let error = builder.lazy().unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
    let error = RemoteKeys::builder("https://anna:secret@idp.example?x").lazy();
    let error = error.unwrap_err().to_string();
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_host_is_the_same_in_each_of_its_spellings() {
    for (allowed, asked) in [
        ("10.1", "10.0.0.1"),
        ("0x0a000001", "10.0.0.1"),
        ("[FD00:0:0::1]", "[fd00::1]"),
        ("B\u{dc}CHER.example", "b\u{fc}cher.example"),
        ("xn--bcher-kva.example", "b\u{fc}cher.example"),
        ("keys%2einternal", "keys.internal"),
    ] {
        let keys = RemoteKeys::jwks_builder(format!("http://{asked}/keys"));
        let built = keys.dangerous_plain_http(allowed).lazy();
        assert!(built.is_ok(), "{allowed}: {built:?}");
    }
    for (allowed, asked) in [
        ("keys.internal", "keys.internal."),
        ("10.0.0.1", "10.0.0.10"),
        ("[::1]", "[::ffff:127.0.0.1]"),
        ("fd00::1", "[fd00::1]"),
    ] {
        let keys = RemoteKeys::jwks_builder(format!("http://{asked}/keys"));
        assert!(
            keys.dangerous_plain_http(allowed).lazy().is_err(),
            "{allowed}"
        );
    }
}
