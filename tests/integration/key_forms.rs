//! What is given where a key in another form is expected: each thing is named, and what to do about it.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::keys::{Form, KeyError, KeySet};
use keycard::{Algorithm, SigningKey, VerifyingKey};
use serde_json::json;

use crate::key_errors::{der, pem};
use crate::keys::{SECRET, generate, jwk};
use crate::support::{KEY, base64url};

/// What every way to load a key says of something that is no key anywhere.
fn assert_form(text: impl AsRef<[u8]>, form: &Form) {
    let text = text.as_ref();
    let refused = Some(KeyError::OtherForm(form.clone()));
    let shown = String::from_utf8_lossy(text);
    for algorithm in [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA] {
        let public = VerifyingKey::from_pem(algorithm, text).err();
        assert_eq!(public, refused, "from_pem of a public key: {shown}");
        let private = SigningKey::from_pem(algorithm, text).err();
        assert_eq!(private, refused, "from_pem of a private key: {shown}");
        let public = VerifyingKey::from_der(algorithm, text).err();
        assert_eq!(public, refused, "from_der of a public key: {shown}");
        let private = SigningKey::from_der(algorithm, text).err();
        assert_eq!(private, refused, "from_der of a private key: {shown}");
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    assert_eq!(
        VerifyingKey::from_jwk(text).err(),
        refused,
        "from_jwk: {text}"
    );
    assert_eq!(
        SigningKey::from_jwk(text).err(),
        refused,
        "from_jwk: {text}"
    );
    assert_eq!(KeySet::from_jwks(text).err(), refused, "from_jwks: {text}");
}

#[test]
fn what_is_no_key_at_all_is_named() {
    let utf16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    for empty in ["", " ", "\n\r\n", "\u{feff}", "\"\"", "''"] {
        assert_form(empty, &Form::Empty);
    }
    for path in [
        "/etc/desk/public.pem",
        "keys/desk.key",
        "./jwks",
        "desk.pem",
        "C:\\keys\\desk.pem",
        "file:///etc/desk.pem",
        "\"/run/secrets/key\"\n",
        "jwks.json",
    ] {
        assert_form(path, &Form::Path);
    }
    for address in [
        "https://desk.example/jwks.json",
        "http://127.0.0.1:8080/certs\n",
    ] {
        assert_form(address, &Form::Address);
    }
    for variable in ["$JWT_KEY", "${JWT_KEY}", "%JWT_KEY%"] {
        assert_form(variable, &Form::Variable);
    }
    for markup in [
        "<!doctype html><title>404</title>",
        "\n<?xml version=\"1.0\"?>",
    ] {
        assert_form(markup, &Form::Markup);
    }
    for ssh in [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBmPRAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh anna@desk",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY= anna@desk",
        "no-pty ssh-rsa AAAAB3NzaC1yc2E= anna@desk",
        "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n",
    ] {
        assert_form(ssh, &Form::SshPublicKey);
    }
    assert_form(utf16(pem("p-256-public")), &Form::Utf16);
    assert_form(utf16("\u{feff}-----BEGIN PUBLIC KEY-----"), &Form::Utf16);
    let metadata =
        json!({"issuer": "https://desk.example", "jwks_uri": "https://desk.example/jwks"});
    assert_form(metadata.to_string(), &Form::Metadata);
}

#[test]
fn pem_that_lost_a_part_is_named() {
    let whole = pem("p-256-public");
    let body: String = whole
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    for body in [
        body.clone(),
        body.trim_end_matches('=').to_owned(),
        format!(" {body}\n"),
        base64url(der("p-256-public")),
        body[..80].to_owned(),
        BASE64_STANDARD.encode(der("p-256-private")),
        BASE64_STANDARD.encode(der("certificate-p-256")),
    ] {
        assert_form(body, &Form::Body);
    }
    let encode = |text: &str| BASE64_STANDARD.encode(text);
    for text in [whole, pem("p-256-private"), &jwk(&KEY).to_string()] {
        let encoded = encode(text);
        assert_form(&encoded, &Form::Base64);
        assert_form(
            format!("{}\n{}\n", &encoded[..64], &encoded[64..]),
            &Form::Base64,
        );
        assert_form(base64url(text), &Form::Base64);
    }
    for dashes in [
        whole.replace("-----", "----"),
        whole.replace("-----", "—"),
        whole.replace("-----BEGIN", "----BEGIN"),
        whole.replace("-----", ""),
    ] {
        assert_form(dashes, &Form::Dashes);
    }
    let refused = |text: &str| VerifyingKey::from_pem(Algorithm::ES256, text).err();
    let form = |form| Some(KeyError::OtherForm(form));
    for dashes in [
        whole.replace("KEY-----", "KEY----"),
        whole.replace("-----END", "----END"),
        whole.replacen("KEY-----", "KEY----", 1),
        whole.trim_end().trim_end_matches('-').to_owned() + "----",
    ] {
        assert_eq!(refused(&dashes), form(Form::Dashes), "{dashes}");
    }
    let escaped = whole.replace('\n', "\\n");
    for escaped in [
        escaped.clone(),
        escaped.replace("\\n", "\\r\\n"),
        format!("\"{escaped}\""),
    ] {
        assert_eq!(refused(&escaped), form(Form::EscapedLineBreaks));
        let private = pem("p-256-private").replace('\n', "\\n");
        let private = SigningKey::from_pem(Algorithm::ES256, private).err();
        assert_eq!(private, form(Form::EscapedLineBreaks));
    }
    let cut = Some(KeyError::Malformed(
        "a PEM section without its END line, as of a text that is cut short",
    ));
    assert_eq!(refused(&whole[..100]), cut);
    let dsa = "-----BEGIN DSA KEY-----\nAQID\n-----END DSA KEY-----";
    assert_eq!(refused(dsa), form(Form::Section("DSA KEY".to_owned())));
    // Nothing is wrong with these.
    let one_line = whole.trim_end().replace('\n', " ");
    for good in [
        whole.replace('\n', "\r\n"),
        whole.replace('\n', "\r"),
        one_line.clone(),
        format!("\"{whole}\""),
        format!("\u{feff}{whole}"),
        format!("    {}", whole.replace('\n', "\n    ")),
    ] {
        assert_eq!(refused(&good), None, "{good}");
    }
}

#[test]
fn a_key_in_another_form_is_named() {
    let form = |form| Some(KeyError::OtherForm(form));
    let (jwk, es256) = (jwk(&KEY), Algorithm::ES256);
    let set = json!({"keys": [jwk]}).to_string();
    let map = json!({"a": pem("p-256-public")}).to_string();
    let account =
        json!({"type": "service_account", "private_key": pem("p-256-private")}).to_string();
    for (text, found) in [
        (jwk.to_string(), Form::Jwk),
        (set.clone(), Form::JwkSet),
        (map.clone(), Form::PemMap),
        (account.clone(), Form::Json),
    ] {
        assert_eq!(
            VerifyingKey::from_pem(es256, &text).err(),
            form(found.clone()),
            "{text}"
        );
        assert_eq!(
            SigningKey::from_pem(es256, &text).err(),
            form(found.clone()),
            "{text}"
        );
        assert_eq!(
            VerifyingKey::from_der(es256, &text).err(),
            form(found.clone()),
            "{text}"
        );
        assert_eq!(
            SigningKey::from_der(es256, &text).err(),
            form(found),
            "{text}"
        );
    }
    for (text, found) in [(&set, Form::JwkSet), (&map, Form::PemMap)] {
        assert_eq!(VerifyingKey::from_jwk(text).err(), form(found.clone()));
        assert_eq!(SigningKey::from_jwk(text).err(), form(found));
    }
    assert_eq!(KeySet::from_jwks(&jwk.to_string()).err(), form(Form::Jwk));
    for name in ["p-256-public", "p-256-private", "certificate"] {
        assert_eq!(
            VerifyingKey::from_jwk(pem(name)).err(),
            form(Form::Pem),
            "{name}"
        );
        assert_eq!(
            SigningKey::from_jwk(pem(name)).err(),
            form(Form::Pem),
            "{name}"
        );
        assert_eq!(
            KeySet::from_jwks(pem(name)).err(),
            form(Form::Pem),
            "{name}"
        );
        assert_eq!(
            VerifyingKey::from_der(es256, pem(name)).err(),
            form(Form::Pem),
            "{name}"
        );
        assert_eq!(
            SigningKey::from_der(es256, pem(name)).err(),
            form(Form::Pem),
            "{name}"
        );
        assert_eq!(
            VerifyingKey::from_pem(es256, der(name)).err(),
            form(Form::Der),
            "{name}"
        );
        assert_eq!(
            SigningKey::from_pem(es256, der(name)).err(),
            form(Form::Der),
            "{name}"
        );
    }
    let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    assert_eq!(
        SigningKey::from_pem(es256, openssh).err(),
        form(Form::SshPrivateKey)
    );
    assert_eq!(
        VerifyingKey::from_pem(es256, openssh).err(),
        form(Form::SshPrivateKey)
    );
    for (der, fault) in [
        (der("p-256-public")[..80].to_vec(), "its DER is cut short"),
        (
            [&der("rsa-public")[..], b"\n"].concat(),
            "something stands behind its DER",
        ),
        (vec![0x30, 2, 5, 0], "the DER of something else than a key"),
        (vec![7; 40], "not the DER of a key"),
    ] {
        let refused = VerifyingKey::from_der(Algorithm::RS256, &der).err();
        assert_eq!(refused, Some(KeyError::Malformed(fault)));
        let refused = SigningKey::from_der(Algorithm::RS256, &der).err();
        assert_eq!(refused, Some(KeyError::Malformed(fault)));
    }
}

/// Bare keys are any bytes, and none of them is taken for a text.
#[test]
fn bare_keys_are_not_taken_for_something_else() {
    for _ in 0..200 {
        let key = generate(Algorithm::EdDSA);
        let jwk = jwk(&key);
        let x = BASE64_URL_SAFE_NO_PAD
            .decode(jwk["x"].as_str().unwrap())
            .unwrap();
        assert!(VerifyingKey::from_der(Algorithm::EdDSA, x).is_ok());
    }
}

#[test]
fn nothing_of_what_was_given_is_in_an_error() {
    let secret = std::str::from_utf8(SECRET).unwrap();
    for text in [
        secret.to_owned(),
        format!("/{secret}"),
        format!("${{{secret}}}"),
        format!("https://{secret}"),
        format!("{{\"{secret}\":1}}"),
        format!("-----BEGIN {secret}-----\nAQID\n-----END {secret}-----"),
        format!("-----BEGIN {secret}"),
        format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----"),
        format!("<{secret}>"),
    ] {
        for error in [
            SigningKey::from_pem(Algorithm::ES256, &text).unwrap_err(),
            VerifyingKey::from_pem(Algorithm::ES256, &text).unwrap_err(),
            SigningKey::from_der(Algorithm::ES256, &text).unwrap_err(),
            VerifyingKey::from_der(Algorithm::ES256, &text).unwrap_err(),
            SigningKey::from_jwk(&text).unwrap_err(),
            KeySet::from_jwks(&text).unwrap_err(),
        ] {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("sixty"), "{shown}");
        }
    }
}

#[test]
fn each_form_says_what_to_do() {
    for (form, words) in [
        (
            Form::Empty,
            "an empty text: look whether the file or the variable has something in it",
        ),
        (Form::Address, "an address: fetch what is there first"),
        (
            Form::Variable,
            "the name of a variable, which nobody has replaced by its value",
        ),
        (
            Form::Section("X509 CRL".to_owned()),
            "a PEM section with the label X509 CRL",
        ),
        (Form::Pem, "PEM, which from_pem reads"),
        (Form::Der, "DER, which from_der reads"),
        (Form::Jwk, "a JSON Web Key, which from_jwk reads"),
        (Form::JwkSet, "a JWK Set, which KeySet::from_jwks reads"),
        (
            Form::Base64,
            "base64 of a key: decode it first, as `openssl base64 -d -A` does",
        ),
        (
            Form::CertificateRequest,
            "a request for a certificate: `openssl req -noout -pubkey` prints the public key in it",
        ),
        (
            Form::SshPrivateKey,
            "a private key as OpenSSH writes it: `ssh-keygen -p -m PKCS8 -f FILE` rewrites the file",
        ),
        (
            Form::SshPublicKey,
            "a public key as OpenSSH writes it: `ssh-keygen -e -m PKCS8 -f FILE` prints it as PEM",
        ),
        (Form::Unknown, "nothing that is known as one"),
    ] {
        let error = KeyError::OtherForm(form).to_string();
        assert_eq!(error, format!("this is no key, but {words}"));
    }
}
