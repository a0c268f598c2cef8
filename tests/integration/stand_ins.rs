//! What is given for a secret of HMAC and is none: nothing, a path, an address, the name of a variable, a placeholder.

use keycard::keys::{Form, KeyError};
use keycard::{Algorithm, SigningKey, VerifyingKey};
use serde_json::json;

use crate::support::base64url;

/// What both kinds of key say of a secret, by each way to load it and with each hash, if they say the same.
fn refused(secret: &[u8]) -> Option<KeyError> {
    let jwk = |algorithm: &str| {
        json!({"kty": "oct", "alg": algorithm, "k": base64url(secret)}).to_string()
    };
    let error = VerifyingKey::hs256(secret).err();
    for other in [
        SigningKey::hs256(secret).err(),
        VerifyingKey::from_jwk(&jwk("HS256")).err(),
        SigningKey::from_jwk(&jwk("HS256")).err(),
    ] {
        assert_eq!(other, error, "{}", String::from_utf8_lossy(secret));
    }
    let is_about_form = matches!(error, Some(KeyError::OtherForm(_)));
    if is_about_form && error != Some(KeyError::OtherForm(Form::Repeated)) {
        for other in [
            VerifyingKey::hs384(secret).err(),
            VerifyingKey::hs512(secret).err(),
            SigningKey::hs384(secret).err(),
            SigningKey::hs512(secret).err(),
        ] {
            assert_eq!(other, error, "{}", String::from_utf8_lossy(secret));
        }
    }
    error
}

fn assert_form(secret: impl AsRef<[u8]>, form: &Form) {
    let secret = secret.as_ref();
    let shown = String::from_utf8_lossy(secret);
    let expected = Some(KeyError::OtherForm(form.clone()));
    assert_eq!(refused(secret), expected, "{shown}");
    if *form != Form::Repeated {
        // As of a file that ends with a line end, and of a quoted line of an `.env`.
        assert_eq!(
            refused(format!(" {shown}\r\n").as_bytes()),
            expected,
            "{shown}"
        );
        assert_eq!(
            refused(format!("\"{shown}\"\n").as_bytes()),
            expected,
            "{shown}"
        );
    }
}

#[test]
fn nothing_at_all_is_no_secret() {
    for length in [0, 1, 32, 64, 100] {
        assert_form(" ".repeat(length), &Form::Empty);
        assert_form("\n".repeat(length), &Form::Empty);
        assert_form(" \t\r\n".repeat(length), &Form::Empty);
    }
    assert_form("\u{feff}", &Form::Empty);
    for unit in [
        "\0", "\u{7f}", "0", "a", "x", "*", "ab", "123", "\0\u{1}", "changeme", "secret",
    ] {
        let secret = unit.repeat(80);
        assert_form(&secret, &Form::Repeated);
        assert_form(&secret[..65], &Form::Repeated);
    }
    assert_form([0xff; 64], &Form::Repeated);
    // Too short for its hash it is for one reason more.
    for short in ["a", "\0\0\0", "changeme", "0000000000000000000000000000000"] {
        let error = refused(short.as_bytes());
        assert!(
            matches!(error, Some(KeyError::SecretTooShort { .. })),
            "{short}"
        );
    }
}

#[test]
fn the_name_of_a_variable_is_no_secret() {
    for variable in [
        "$JWT_SECRET",
        "$JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE",
        "$jwt_secret_of_the_desk_and_of_nobody_else",
        "${JWT_SECRET}",
        "${JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE}",
        "${jwtSecretOfTheDeskAndOfNobodyElse}",
        "${JWT_SECRET:?the secret of the desk has to be set}",
        "${JWT_SECRET:-change this to something that is long}",
        "${DESK_SECRET:-${JWT_SECRET:-change me}}",
        "${env:JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE}",
        "${file:/run/secrets/jwt-secret-of-the-desk}",
        "$env:JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY",
        "$(JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE)",
        "$(cat /run/secrets/jwt-secret-of-the-desk)",
        "$(openssl rand -base64 32 | tr -d '\\n')",
        "${{ secrets.JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY }}",
        "{{ jwt_secret_of_the_desk_and_of_nobody_else }}",
        "{{ .Values.auth.jwtSecretOfTheDeskAndOfNobody }}",
        "{{JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE}}",
        "{{ lookup('env', 'JWT_SECRET_OF_THE_DESK') }}",
        "{{ with secret \"secret/jwt\" }}{{ .Data.value }}{{ end }}",
        "{JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE}",
        "<%= ENV[\"JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY\"] %>",
        "{% env JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY %}",
        "((jwt-secret-of-the-desk-and-of-nobody-else))",
        "#{JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY}#",
        "#{JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE}",
        "%{JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE}",
        "%(JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE)s",
        "@@JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE@@",
        "%JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE%",
        "__JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE__",
        "@Microsoft.KeyVault(SecretUri=https://desk.vault.azure.net/secrets/jwt/)",
        "$HOME/.secrets/jwt-secret-of-the-desk",
        "${HOME}/.secrets/jwt-secret-of-the-desk",
        "%APPDATA%\\desk\\jwt-secret-of-the-desk",
    ] {
        assert_form(variable, &Form::Variable);
    }
}

#[test]
fn a_placeholder_is_no_secret() {
    for placeholder in [
        "<your-secret>",
        "<your-secret-of-at-least-32-characters>",
        "<YOUR_SECRET_OF_AT_LEAST_32_CHARACTERS>",
        "<yourSecretOfAtLeastThirtyTwoCharacters>",
        "<put the secret of the front desk here>",
        "<geheimer Schlüssel mit 32 Zeichen oder mehr>",
        "<<your-secret-of-at-least-32-characters>>",
        "[your secret of at least 32 characters]",
        "[[YOUR_SECRET_OF_AT_LEAST_32_CHARACTERS]]",
        "`openssl rand -base64 32 -out jwt.secret`",
    ] {
        assert_form(placeholder, &Form::Placeholder);
    }
    for page in [
        "<!DOCTYPE html><title>404 Not Found</title>",
        "<html><body>The secret was not found</body></html>",
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
    ] {
        assert_form(page, &Form::Markup);
    }
}

#[test]
fn a_path_and_an_address_are_no_secrets() {
    for path in [
        "/run/secrets/jwt",
        "/run/secrets/jwt-secret-of-the-front-desk",
        "/run/secrets/JWT_SECRET_OF_THE_FRONT_DESK",
        "/run/secrets/jwtSecretOfTheFrontDesk-v2",
        "/etc/desk/secrets/jwtSecretOfTheFrontDesk.txt",
        "/Users/JohnDoe/Documents/desk/jwtSecret.key",
        "/home/anna/front desk/secrets of it/jwt",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
        "/app/config/production/jwtsecretofthedesk",
        "./x.pem",
        "./secrets/jwtSecretOfTheFrontDeskAndOfNobody",
        "../secrets/jwtSecretOfTheFrontDeskAndOfNobody",
        "~/.config/desk/jwt-secret-of-the-front-desk",
        "secrets/jwt-secret-of-the-front-desk.key",
        "config\\jwt-secret-of-the-front-desk.txt",
        "jwt-secret-of-the-front-desk-in-production.key",
        "C:\\ProgramData\\Desk\\jwtSecretOfTheFrontDesk",
        "C:/ProgramData/Desk/jwtSecretOfTheFrontDesk",
        "C:\\Program Files (x86)\\Desk\\jwt secret.txt",
        "\\\\server\\share\\secrets\\jwt-of-the-front-desk",
        "file:///run/secrets/jwt-secret-of-the-front-desk",
        "file:/run/secrets/jwt-secret-of-the-front-desk",
    ] {
        assert_form(path, &Form::Path);
    }
    for address in [
        "https://desk.example",
        "https://vault.desk.example/v1/secret/data/jwt",
        "http://127.0.0.1:8200/v1/secret/data/jwt?version=2",
        "https://desk.vault.azure.net/secrets/Jwt/0123456789abcdef0123456789abcdef",
        "postgres://desk:lemonade@db.desk.example:5432/desk",
        "op://desk/front-desk-jwt/password-of-the-desk",
        "awssm://eu-central-1/desk/jwt-secret-of-the-desk",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:desk/jwt-AbCdEf",
        "vault:secret/data/desk#JWT_SECRET_OF_THE_DESK",
        "env:JWT_SECRET_OF_THE_DESK_AND_OF_NOBODY_ELSE",
        "projects/hotel-desk/secrets/jwt-secret/versions/latest",
    ] {
        assert_form(address, &Form::Address);
    }
}

/// The nearest neighbours of the above, which may be somebody's secret.
#[test]
fn what_only_begins_like_one_is_a_secret() {
    for good in [
        "/4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7I8=",
        "/run4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7",
        "__4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7__",
        "$4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7I8",
        "${4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7}",
        "<4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7I8>",
        "{4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7I8}",
        "$2b$12$K7zq0v7Vb1Xc8Zt5Yk3WnO6Ls9Pd2Rf0Ua4Qe7I8gJ2mHq0v7Vb1X",
        "correct horse battery staple lemonade room",
        "correct-horse-battery-staple-lemonade-room",
        "correct.horse.battery.staple.room.key",
        "correct/horse/battery/staple/lemonade/room",
        "CorrectHorseBatteryStapleLemonadeRoomKey",
        "the secret is in /run/secrets/jwt, of course",
        "see https://desk.example for this secret",
        "your secret is safe with nobody, not even me",
        "at least thirty-two bytes of it!",
        "0123456789abcdef0123456789abcdef",
        "0123456789012345678901234567890123456789",
        "changeme changeme changeme changeme!",
        "base64:4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7I8=",
        "{\"one\": \"4gJ2mHq0v7Vb1Xc8Zt5Yk3Wn6Ls9Pd2Rf0Ua4Qe7I8\"}",
    ] {
        assert_eq!(refused(good.as_bytes()), None, "{good}");
    }
    let mut almost = [7; 64];
    almost[63] = 8;
    assert_eq!(refused(&almost), None);
}

#[test]
fn the_error_says_what_to_do() {
    for (secret, words) in [
        (
            "/run/secrets/jwt",
            "this is no key, but what looks like the path of a file: read the file first",
        ),
        (
            "${JWT_SECRET}",
            "this is no key, but the name of a variable, which nobody has replaced by its value",
        ),
        (
            "<your-secret>",
            "this is no key, but a placeholder, which nobody has replaced by a value",
        ),
        (
            "",
            "this is no key, but an empty text: look whether the file or the variable has something in it",
        ),
        (
            "00000000000000000000000000000000",
            "this is no key, but the same again and again: `openssl rand -base64 64` makes a secret for every hash",
        ),
    ] {
        assert_eq!(refused(secret.as_bytes()).unwrap().to_string(), words);
    }
    let short = KeyError::SecretTooShort {
        algorithm: Algorithm::HS256,
        needed: 32,
    };
    assert_eq!(refused(b"lemonade"), Some(short));
}
