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

/// Each kind of key, and something of the length that its bare form has.
#[test]
fn what_is_given_as_der_is_named_whatever_key_is_wanted() {
    let hexadecimal = |bytes: &[u8], between: &str| {
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.join(between)
    };
    let (spki, seed) = (der("p-256-public"), [0xa5; 32]);
    let store = der("pkcs12");
    let of_java = [&[0x30, 0x80][..], &store[4..]].concat();
    let text_of_a_key = "words, as many as an Ed25519 key";
    assert_eq!(text_of_a_key.len(), 32, "as long as a bare key");
    for (found, form) in [
        (store.clone(), Form::Pkcs12),
        (of_java, Form::Pkcs12),
        (BASE64_STANDARD.encode(&store).into_bytes(), Form::Pkcs12),
        (hexadecimal(&spki, "").into_bytes(), Form::Hexadecimal),
        (hexadecimal(&spki, ":").into_bytes(), Form::Hexadecimal),
        (
            hexadecimal(&spki, " ").to_uppercase().into_bytes(),
            Form::Hexadecimal,
        ),
        (
            format!("0x{}\n", hexadecimal(&seed, "")).into_bytes(),
            Form::Hexadecimal,
        ),
        (text_of_a_key.into(), Form::Text),
        (b"some words\nthat are no key".to_vec(), Form::Text),
    ] {
        let shown = String::from_utf8_lossy(&found);
        let expected = Some(KeyError::OtherForm(form.clone()));
        for algorithm in Algorithm::ALL {
            if algorithm.name().starts_with("HS") {
                continue;
            }
            let public = VerifyingKey::from_der(algorithm, &found).err();
            assert_eq!(public, expected, "{algorithm}, {shown}");
            let private = SigningKey::from_der(algorithm, &found).err();
            assert_eq!(private, expected, "{algorithm}, {shown}");
            let public = VerifyingKey::from_pem(algorithm, &found).err();
            assert_eq!(public, expected, "{algorithm}, {shown}");
            let private = SigningKey::from_pem(algorithm, &found).err();
            assert_eq!(private, expected, "{algorithm}, {shown}");
        }
    }
    let refused = |algorithm, der: &[u8]| VerifyingKey::from_der(algorithm, der).err();
    let malformed = |fault| Some(KeyError::Malformed(fault));
    for algorithm in [
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
        Algorithm::MlDsa44,
    ] {
        let random = [&[0xc3; 100][..], b"\x80 random"].concat();
        assert_eq!(
            refused(algorithm, &random),
            malformed("not the DER of a key")
        );
        assert_eq!(
            refused(algorithm, &spki[..80]),
            malformed("its DER is cut short")
        );
        let longer = [&spki[..], b"\n"].concat();
        let fault = malformed("something stands behind its DER");
        assert_eq!(refused(algorithm, &longer), fault);
    }
    // Only what looks like a point is said to be none, or none that is taken.
    let fault = malformed("not a point on the curve");
    let (off, compressed) = (
        [&[4][..], &[7; 64]].concat(),
        [&[2][..], &spki[27..59]].concat(),
    );
    assert_eq!(refused(Algorithm::ES256, &off), fault);
    assert_eq!(refused(Algorithm::ES256, &compressed), fault);
    let secret = SigningKey::hs256(&store).err();
    assert_eq!(secret, Some(KeyError::SecretLooksLikeKey));
}

/// What a server is given most often: both halves in one file.
#[test]
fn each_half_is_found_in_a_file_with_both() {
    let (key, certificate) = (pem("p-256-private"), pem("certificate-p-256"));
    let algorithm = Algorithm::ES256;
    for both in [
        format!("{key}\n{certificate}"),
        format!("{certificate}\n{key}"),
    ] {
        assert!(SigningKey::from_pem(algorithm, &both).is_ok());
        let public = VerifyingKey::from_pem(algorithm, &both).unwrap();
        let alone = VerifyingKey::from_pem(algorithm, certificate).unwrap();
        assert_eq!(public.thumbprint(), alone.thumbprint());
    }
    let public = VerifyingKey::from_pem(algorithm, key).err();
    assert_eq!(public, Some(KeyError::PrivateKey));
    let private = SigningKey::from_pem(algorithm, certificate).err();
    assert_eq!(private, Some(KeyError::Certificate));
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
        (
            Form::Pem,
            "PEM, which VerifyingKey::from_pem reads, or SigningKey::from_pem a private key",
        ),
        (
            Form::Der,
            "DER, which VerifyingKey::from_der reads, or SigningKey::from_der a private key",
        ),
        (
            Form::Jwk,
            "a JSON Web Key, which VerifyingKey::from_jwk reads, or SigningKey::from_jwk a private key",
        ),
        (
            Form::Pkcs12,
            "PKCS#12, as files are that end with .p12 or .pfx: `openssl pkcs12 -nokeys -in FILE` prints the \
             certificate in it as PEM, and `openssl pkcs12 -nocerts -nodes -in FILE` the private key",
        ),
        (
            Form::Hexadecimal,
            "hexadecimal: make bytes of it first, as `xxd -r -p` does",
        ),
        (
            Form::Text,
            "a text, and neither PEM nor a JSON Web Key nor base64 of a key",
        ),
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
