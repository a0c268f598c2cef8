//! Tokens of the application are good for keycard, and tokens of keycard for the application.

use jsonwebtoken::errors::ErrorKind;
use keycard::verify::Reason;
use keycard::verify::VerifyError;
use keycard::{Issuer, SigningKey, Verifier, VerifyingKey};

use crate::application::{ALGORITHMS, AUDIENCE, Application, Claims, ISSUER};

/// Verifies with keycard and the key that the application verifies with.
fn keycard_verifies(application: &Application, token: &str) -> Result<Claims, VerifyError> {
    let algorithm = application.algorithm.try_into().unwrap();
    let key = VerifyingKey::from_decoding_key(algorithm, &application.verifies).unwrap();
    let verifier = Verifier::builder(key)
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let token = verifier.verify_now(&token)?;
    Ok(token.claims().unwrap())
}

/// Signs with keycard and the key that the application signs with.
fn keycard_signs(application: &Application) -> String {
    let algorithm = application.algorithm.try_into().unwrap();
    let key = SigningKey::from_encoding_key(algorithm, &application.signs).unwrap();
    let issuer = Issuer::builder(key)
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let token = issuer.token("anna").claims(&serde_json::json!({"room": 7}));
    token.sign().unwrap().as_str().to_owned()
}

/// Puts the signature of another token of the same algorithm on it.
fn with_signature_of(token: &str, other: &str) -> String {
    let (message, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    format!("{message}.{signature}")
}

#[test]
fn the_application_still_signs_and_verifies_its_own_tokens() {
    for algorithm in ALGORITHMS {
        let application = Application::new(algorithm);
        let claims = Claims::good();
        let token = application.sign(&claims);
        assert_eq!(application.verify(&token), Ok(claims), "{algorithm:?}");
    }
}

#[test]
fn keycard_accepts_what_the_application_signs() {
    for algorithm in ALGORITHMS {
        let application = Application::new(algorithm);
        let claims = Claims::good();
        let token = application.sign(&claims);
        let answer = keycard_verifies(&application, &token);
        assert_eq!(answer, Ok(claims), "{algorithm:?}");
    }
}

#[test]
fn the_application_accepts_what_keycard_signs() {
    for algorithm in ALGORITHMS {
        let application = Application::new(algorithm);
        let claims = application.verify(&keycard_signs(&application)).unwrap();
        assert_eq!((claims.sub.as_str(), claims.room), ("anna", 7));
    }
}

#[test]
fn both_refuse_a_token_with_the_signature_of_another() {
    for algorithm in ALGORITHMS {
        let application = Application::new(algorithm);
        let token = application.sign(&Claims::good());
        let forged = with_signature_of(&token, &keycard_signs(&application));

        let refused = Err(VerifyError::Refused(Reason::Signature));
        assert_eq!(keycard_verifies(&application, &forged), refused);
        let error = application.verify(&forged).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::InvalidSignature);
    }
}
