//! What else stands in tokens: kinds, key identifiers, lists of audiences.

use jsonwebtoken::{Header, decode_header, encode};
use jwt_simple::prelude::{
    ECDSAP256KeyPairLike, ECDSAP256PublicKeyLike, ES256KeyPair, HashSet, VerificationOptions,
};
use keycard::verify::Reason;
use keycard::verify::VerifyError;
use keycard::{Algorithm, Issuer, Verifier};

use crate::claims::{AUDIENCE, Claims, ISSUER, Stay};
use crate::keys::{private_pem, signing_key};
use crate::party::{Keycard, Party, verify};
use crate::with_jsonwebtoken::Jsonwebtoken;
use crate::with_jwt_simple::{options, theirs};

const MINIBAR: &str = "https://minibar.example";

/// Signs a token of this kind with `jsonwebtoken` and this key identifier.
fn token(typ: Option<&str>, key_id: Option<&str>) -> String {
    let mut header = Header::new(jsonwebtoken::Algorithm::ES256);
    header.typ = typ.map(str::to_owned);
    header.kid = key_id.map(str::to_owned);
    let signs = Jsonwebtoken::new(Algorithm::ES256).signs;
    encode(&header, &Claims::good(), &signs).unwrap()
}

#[test]
fn a_token_of_keycard_says_that_it_is_an_access_token_and_which_key_signed_it() {
    let key = signing_key(Algorithm::ES256);
    let token = Keycard(key.clone()).sign(&Claims::good());
    let header = decode_header(&token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(header.kid.as_deref(), key.key_id());

    let public = ES256KeyPair::from_pem(private_pem(Algorithm::ES256))
        .unwrap()
        .public_key();
    let demanding = VerificationOptions {
        required_signature_type: Some("at+jwt".to_owned()),
        required_key_id: key.key_id().map(str::to_owned),
        ..options()
    };
    assert!(public.verify_token::<Stay>(&token, Some(demanding)).is_ok());
}

#[test]
fn the_key_identifier_of_a_token_picks_its_key_or_is_absent() {
    let key = signing_key(Algorithm::ES256);
    let answer = |key_id| verify(key.verifying_key(), &token(None, key_id)).map(drop);
    assert_eq!(answer(key.key_id()), Ok(()));
    assert_eq!(answer(None), Ok(()));
    assert_eq!(answer(Some("another")), Err(Reason::UnknownKey));
}

#[test]
fn a_verifier_for_access_tokens_refuses_other_kinds() {
    let verifier = Verifier::builder(signing_key(Algorithm::ES256).verifying_key())
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .token_type("at+jwt")
        .build()
        .unwrap();
    let answer = |typ| {
        let token = token(typ, None);
        let answer = verifier.verify_now(&token);
        answer.map(drop)
    };
    let refused = Err(VerifyError::Refused(Reason::Type));
    assert_eq!(answer(Some("JWT")), refused);
    assert_eq!(answer(Some("logout+jwt")), refused);
    assert_eq!(answer(None), refused);
    assert_eq!(answer(Some("at+jwt")), Ok(()));
    assert_eq!(answer(Some("application/at+JWT")), Ok(()));
}

#[test]
fn one_of_several_audiences_is_enough_for_everybody() {
    let key = signing_key(Algorithm::ES256);
    let pair = ES256KeyPair::from_pem(private_pem(Algorithm::ES256)).unwrap();

    let issuer = Issuer::builder(key.clone())
        .issuer(ISSUER)
        .audience(MINIBAR)
        .audience(AUDIENCE)
        .build()
        .unwrap();
    let claims = Claims::good();
    let signed = issuer.token("anna").claims(&claims.stay).sign().unwrap();
    let accepted = pair
        .public_key()
        .verify_token::<Stay>(signed.as_str(), Some(options()));
    assert_eq!(accepted.unwrap().audiences.unwrap().into_set().len(), 2);

    let several = |audiences: [&str; 2]| {
        let audiences: HashSet<_> = audiences.map(str::to_owned).into();
        let claims = theirs(&claims).with_audiences(audiences);
        let token = ECDSAP256KeyPairLike::sign(&pair, claims).unwrap();
        // The one of the issuer takes nothing but `at+jwt`.
        let verifier = Verifier::builder(key.verifying_key())
            .issuer(ISSUER)
            .audience(MINIBAR)
            .audience(AUDIENCE)
            .build()
            .unwrap();
        let answer = verifier.verify_now(&token);
        answer.map(|token| token.claims::<Stay>().unwrap())
    };
    assert_eq!(
        several([AUDIENCE, "https://spa.example"]),
        Ok(claims.stay.clone())
    );
    let others = several(["https://bar.example", "https://spa.example"]);
    assert_eq!(others, Err(VerifyError::Refused(Reason::Audience)));
}
