//! Keys that sign: what they are called, and where they are.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use axum::response::IntoResponse;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::claims::NumericDate;
use keycard::keys::{BoxFuture, KeyError, KeySet, Signature, Signer, SigningError};
use keycard::verify::Outage;
use keycard::{Algorithm, ConfigError, IssueError, Issuer, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::keys::generate;
use crate::recorder;
use crate::support::{DESK, KEY, NOW, ROOMS, base64url, clock, skip};

fn issuer_with(key: SigningKey) -> Result<Issuer, ConfigError> {
    Issuer::builder(key).issuer(DESK).audience(ROOMS).build()
}

fn header_of(token: &str) -> Value {
    let segment = token.split('.').next().unwrap();
    let json = BASE64_URL_SAFE_NO_PAD.decode(segment).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn any_key_can_keep_the_name_that_others_know_it_by() {
    const OWN: &str = "ABC123DEFG";
    let ec = SigningKey::generate(Algorithm::ES256).unwrap();
    let pem = ec.to_pkcs8_pem().unwrap().unwrap();
    let secret = &crate::keys::SECRET[..32];
    let jwk = json!({"kty": "oct", "alg": "HS256", "kid": "old", "k": base64url(secret)});
    let keys = [
        ("generated", ec.clone()),
        (
            "PEM",
            SigningKey::from_pem(Algorithm::ES256, pem.as_str()).unwrap(),
        ),
        ("secret", SigningKey::hs256(secret).unwrap()),
        ("JWK", SigningKey::from_jwk(&jwk.to_string()).unwrap()),
    ];
    for (what, key) in keys {
        let default = key.key_id().map(str::to_owned);
        let named = key.clone().with_key_id(OWN);
        assert_eq!(named.key_id(), Some(OWN), "{what}");
        assert_eq!(named.verifying_key().key_id(), Some(OWN), "{what}");
        assert_eq!(key.key_id(), default.as_deref(), "a clone keeps its name");

        let issuer = issuer_with(named).unwrap();
        let signed = issuer.token("anna").sign().unwrap();
        assert_eq!(header_of(signed.as_str())["kid"], OWN, "{what}");
        assert!(issuer.verifier().verify_now(&signed).is_ok(), "{what}");

        let jwks: Value = serde_json::from_str(&issuer.jwks()).unwrap();
        let published = jwks["keys"].as_array().unwrap();
        if what == "secret" || what == "JWK" {
            assert!(published.is_empty(), "a secret is never published");
            let known_by_name = VerifyingKey::hs256(secret).unwrap().with_key_id(OWN);
            assert!(accepts(known_by_name, signed.as_str()), "{what}");
            let other_name = VerifyingKey::hs256(secret).unwrap().with_key_id("new");
            assert!(!accepts(other_name, signed.as_str()), "{what}");
        } else {
            assert_eq!(published[0]["kid"], OWN, "{what}");
            let published = KeySet::from_jwks(&issuer.jwks()).unwrap();
            assert!(accepts(published, signed.as_str()), "{what}");
            assert!(accepts(
                ec.verifying_key().with_key_id(OWN),
                signed.as_str()
            ));
            assert!(
                !accepts(ec.verifying_key(), signed.as_str()),
                "by its thumbprint"
            );
        }
    }
}

fn accepts(keys: impl Into<keycard::keys::Keys>, token: &str) -> bool {
    let verifier = Verifier::builder(keys).issuer(DESK).audience(ROOMS);
    verifier.build().unwrap().verify_now(token).is_ok()
}

#[test]
fn a_name_is_not_empty() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let built = issuer_with(key.clone().with_key_id(""));
    assert_eq!(
        built.err(),
        Some(ConfigError::Empty("identifier of the key"))
    );
    assert!(issuer_with(key.with_key_id("k")).is_ok());
}

/// A signer that is this function.
struct By<F>(F);

impl<F> Signer for By<F>
where
    F: Fn(&[u8]) -> Result<Signature, Outage> + Send + Sync + 'static,
{
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, Outage>> {
        Box::pin(async { (self.0)(message) })
    }
}

fn external(key: &SigningKey, signer: impl Signer) -> SigningKey {
    SigningKey::external(key.verifying_key(), signer).unwrap()
}

/// r and s in DER, of a signature that has one after the other.
fn der(plain: &[u8]) -> Vec<u8> {
    let (r, s) = plain.split_at(plain.len() / 2);
    let mut numbers = Vec::new();
    for number in [r, s] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let number = &number[zeros..];
        let sign = if number[0] < 0x80 { &[][..] } else { &[0] };
        numbers.extend([2, u8::try_from(sign.len() + number.len()).unwrap()]);
        numbers.extend([sign, number].concat());
    }
    let length = u8::try_from(numbers.len()).unwrap();
    let head = if length < 0x80 {
        vec![0x30, length]
    } else {
        vec![0x30, 0x81, length]
    };
    [head, numbers].concat()
}

#[tokio::test]
async fn a_key_that_is_elsewhere_signs_with_every_algorithm() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap();
        let there = key.clone();
        let answer = move |message: &[u8]| Ok(Signature::Plain(there.sign(message).unwrap()));
        let sealed = SigningKey::external(key.verifying_key(), By(answer));
        if algorithm.name().starts_with("HS") {
            assert_eq!(sealed.err(), Some(KeyError::WrongAlgorithm));
            continue;
        }
        recorder::key(&key);
        let sealed = sealed.unwrap();
        assert_eq!(
            (sealed.algorithm(), sealed.key_id()),
            (algorithm, key.key_id())
        );
        assert!(sealed.to_pkcs8_pem().unwrap().is_none());
        let issuer = issuer_with(sealed).unwrap();
        let signed = issuer.token("anna").sign_async().await.unwrap();
        assert!(accepts(key.verifying_key(), signed.as_str()), "{algorithm}");
        let refused = issuer.token("anna").sign().unwrap_err();
        assert_eq!(refused, IssueError::Signing(SigningError::External));
    }
}

#[tokio::test]
async fn a_key_that_is_here_signs_either_way() {
    let issuer = issuer_with(KEY.clone()).unwrap();
    let signed = issuer.token("anna").sign_async().await.unwrap();
    assert!(issuer.verifier().verify_now(&signed).is_ok());
    assert_eq!(signed.lifetime(), Duration::from_secs(900));
    let error = issuer.token("").sign_async().await.unwrap_err();
    assert_eq!(error, IssueError::NoSubject);
}

#[test]
fn the_public_half_of_an_external_key_names_one_algorithm() {
    let rsa = SigningKey::generate(Algorithm::PS256).unwrap();
    let nobody = || By(|_: &[u8]| Err(Outage::new(Duration::ZERO)));
    let jwks = issuer_with(rsa.clone()).unwrap().jwks();
    let mut jwk = serde_json::from_str::<Value>(&jwks).unwrap()["keys"][0].take();
    let read = |jwk: &Value| VerifyingKey::from_jwk(&jwk.to_string()).unwrap();
    let sealed = SigningKey::external(read(&jwk).with_key_id("hsm-1"), nobody()).unwrap();
    assert_eq!(sealed.algorithm(), Algorithm::PS256);
    assert_eq!(sealed.key_id(), Some("hsm-1"));
    assert!(
        issuer_with(sealed)
            .unwrap()
            .jwks()
            .contains(r#""kid":"hsm-1""#)
    );
    jwk.as_object_mut().unwrap().remove("alg");
    let several = SigningKey::external(read(&jwk), nobody());
    assert_eq!(several.err(), Some(KeyError::NoAlgorithm));
}

#[tokio::test]
async fn signatures_of_ecdsa_come_in_two_forms() {
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512] {
        let key = SigningKey::generate(algorithm).unwrap();
        let (here, there) = (key.clone(), key.clone());
        let plain = external(
            &key,
            By(move |message: &[u8]| Ok(Signature::Plain(here.sign(message).unwrap()))),
        );
        let in_der = external(
            &key,
            By(move |message: &[u8]| Ok(Signature::Der(der(&there.sign(message).unwrap())))),
        );
        // Some of them have a number that is short, or has its high bit set.
        for n in 0..200_u32 {
            let message = n.to_be_bytes();
            for sealed in [&plain, &in_der] {
                let signature = sealed.sign_async(&message).await.unwrap();
                let good = key.verifying_key().verify(algorithm, &message, &signature);
                assert!(good.is_ok(), "{algorithm}");
            }
        }
    }
}

const TEXT: &str = "text, such as base64: decode it, and answer with the bytes";
const DER_AS_PLAIN: &str = "a Signature::Plain that is in DER: answer with Signature::Der";
const PLAIN_AS_DER: &str =
    "a Signature::Der that has r and s one after the other: answer with Signature::Plain";
const NOT_DER: &str = "a Signature::Der that is not in DER";
const DER_OF_ANOTHER: &str =
    "a Signature::Der, and no signature but that of ECDSA is in DER: answer with Signature::Plain";

type Answer = Box<dyn Fn(&[u8]) -> Signature + Send + Sync>;

#[tokio::test]
async fn a_signer_that_answers_rubbish_makes_no_token() {
    let other = SigningKey::generate(Algorithm::ES256).unwrap();
    recorder::key(&other);
    let good = |message: &[u8]| KEY.sign(message).unwrap();
    let answers: Vec<(&str, SigningError, Answer)> = vec![
        (
            "nothing",
            SigningError::NotASignature,
            Box::new(|_| Signature::Plain(Vec::new())),
        ),
        (
            "nothing in DER",
            SigningError::NotASignature,
            Box::new(|_| Signature::Der(Vec::new())),
        ),
        (
            "zeros",
            SigningError::NotASignature,
            Box::new(|_| Signature::Plain(vec![0; 64])),
        ),
        (
            "noise",
            SigningError::NotASignature,
            Box::new(|_| Signature::Plain(vec![0xa5; 64])),
        ),
        (
            "a page of HTML",
            SigningError::OtherForm(TEXT),
            Box::new(|_| Signature::Der(b"<html>".repeat(1_000))),
        ),
        (
            "another key's",
            SigningError::NotASignature,
            Box::new(move |message| Signature::Plain(other.sign(message).unwrap())),
        ),
        (
            "of another message",
            SigningError::NotASignature,
            Box::new(move |_| Signature::Plain(good(b"message"))),
        ),
        (
            "of a part",
            SigningError::NotASignature,
            Box::new(move |message| Signature::Plain(good(&message[1..]))),
        ),
        (
            "DER that is called plain",
            SigningError::OtherForm(DER_AS_PLAIN),
            Box::new(move |message| Signature::Plain(der(&good(message)))),
        ),
        (
            "plain that is called DER",
            SigningError::OtherForm(PLAIN_AS_DER),
            Box::new(move |message| Signature::Der(good(message))),
        ),
        (
            "one byte more",
            SigningError::NotASignature,
            Box::new(move |message| Signature::Plain([&good(message)[..], &[0]].concat())),
        ),
        (
            "one byte less",
            SigningError::NotASignature,
            Box::new(move |message| Signature::Plain(good(message)[..63].to_vec())),
        ),
        (
            "a byte behind the DER",
            SigningError::OtherForm(NOT_DER),
            Box::new(move |message| Signature::Der([&der(&good(message))[..], &[0]].concat())),
        ),
        (
            "base64",
            SigningError::OtherForm(TEXT),
            Box::new(move |message| Signature::Plain(base64url(good(message)).into_bytes())),
        ),
        (
            "base64 that is called DER",
            SigningError::OtherForm(TEXT),
            Box::new(move |message| Signature::Der(base64url(der(&good(message))).into_bytes())),
        ),
        (
            "DER of another message",
            SigningError::NotASignature,
            Box::new(move |_| Signature::Der(der(&good(b"message")))),
        ),
    ];
    for (what, wrong, answer) in answers {
        let issuer = issuer_with(external(
            &KEY,
            By(move |message: &[u8]| Ok(answer(message))),
        ));
        let error = issuer
            .unwrap()
            .token("anna")
            .sign_async()
            .await
            .unwrap_err();
        assert_eq!(error, IssueError::Signing(wrong), "{what}");
        assert_eq!(error.into_response().status(), 500);
    }
}

#[tokio::test]
async fn der_is_a_form_of_ecdsa_alone() {
    let issuer = issuer_with(external(
        &KEY,
        By(|message: &[u8]| Ok(Signature::Der(der(&KEY.sign(message).unwrap())))),
    ));
    assert!(issuer.unwrap().token("anna").sign_async().await.is_ok());
    for algorithm in [
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::EdDSA,
        Algorithm::MlDsa44,
    ] {
        let key = generate(algorithm);
        let signs = key.clone();
        let wrapped = external(
            &key,
            By(move |message: &[u8]| Ok(Signature::Der(signs.sign(message).unwrap()))),
        );
        let refused = wrapped.sign_async(b"message").await.unwrap_err();
        assert_eq!(
            refused,
            SigningError::OtherForm(DER_OF_ANOTHER),
            "{algorithm}"
        );
        assert_eq!(
            refused.to_string(),
            format!("the signer answered with {DER_OF_ANOTHER}")
        );
        let signs = key.clone();
        let plain = external(
            &key,
            By(move |message: &[u8]| Ok(Signature::Plain(signs.sign(message).unwrap()))),
        );
        assert!(plain.sign_async(b"message").await.is_ok(), "{algorithm}");
    }
}

#[tokio::test]
async fn a_signer_that_is_out_of_reach_is_an_outage() {
    for (wait, told) in [(Duration::from_millis(4_500), "5"), (Duration::ZERO, "1")] {
        let key = external(&KEY, By(move |_: &[u8]| Err(Outage::new(wait))));
        let issuer = issuer_with(key).unwrap();
        let error = issuer.token("anna").sign_async().await.unwrap_err();
        assert_eq!(
            error,
            IssueError::Signing(SigningError::Unavailable(Outage::new(wait)))
        );
        assert!(!error.is_fault_of_input());
        let response = error.into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], told);
    }
}

#[tokio::test]
async fn what_cannot_be_a_token_is_not_sent_to_the_signer() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let sees = asked.clone();
    let key = external(
        &KEY,
        By(move |_: &[u8]| {
            sees.store(true, std::sync::atomic::Ordering::Relaxed);
            Err(Outage::new(Duration::ZERO))
        }),
    );
    let issuer = issuer_with(key).unwrap();
    let token = || issuer.token("anna");
    for bad in [
        issuer.token(""),
        token().scope("a  b"),
        token().claims(&json!({"exp": 1})),
        token().claims(&json!({"fill": "x".repeat(20_000)})),
    ] {
        assert!(bad.sign_async().await.is_err());
    }
    assert!(!asked.load(std::sync::atomic::Ordering::Relaxed));
}

#[tokio::test]
async fn a_signer_that_is_slow_shortens_the_life_of_its_token() {
    for (seconds, left) in [
        (-30, Some(900)),
        (0, Some(900)),
        (1, Some(899)),
        (899, Some(1)),
        (900, None),
        (100_000, None),
    ] {
        let clock = clock();
        let (hands, end) = (clock.clone(), NumericDate::from_seconds(NOW + seconds));
        let key = external(
            &KEY,
            By(move |message: &[u8]| {
                hands.set(end);
                Ok(Signature::Plain(KEY.sign(message).unwrap()))
            }),
        );
        let issuer = Issuer::builder(key)
            .issuer(DESK)
            .audience(ROOMS)
            .with_clock(clock);
        let signed = issuer.build().unwrap().token("anna").sign_async().await;
        let expected = left.map(Duration::from_secs).ok_or(IssueError::Late);
        if let Ok(signed) = &signed {
            assert_eq!(signed.expires_at(), NumericDate::from_seconds(NOW + 900));
        }
        assert_eq!(
            signed.map(|signed| signed.lifetime()),
            expected,
            "{seconds}"
        );
    }
}

/// Waits for ever, and notes that it was given up.
struct Mute(std::sync::mpsc::Sender<()>);

impl Signer for Mute {
    fn sign<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Signature, Outage>> {
        struct GivenUp<'a>(&'a std::sync::mpsc::Sender<()>);
        impl Drop for GivenUp<'_> {
            fn drop(&mut self) {
                self.0.send(()).unwrap();
            }
        }
        let note = GivenUp(&self.0);
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(note);
            Err(Outage::new(Duration::ZERO))
        })
    }
}

#[tokio::test]
async fn a_signer_that_never_answers_is_given_up_with_its_client() {
    let (sender, given_up) = std::sync::mpsc::channel();
    let issuer = issuer_with(external(&KEY, Mute(sender))).unwrap();
    let signing = issuer.token("anna").sign_async();
    let waited = tokio::time::timeout(Duration::from_millis(20), signing).await;
    assert!(waited.is_err());
    assert!(given_up.try_recv().is_ok());
}

/// A key in a file that only another process reads.
struct OpenSsl {
    algorithm: Algorithm,
    folder: PathBuf,
}

impl OpenSsl {
    const ALGORITHMS: [Algorithm; 7] = [
        Algorithm::RS256,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
    ];

    /// Makes a key, and returns its public half.
    async fn generate(algorithm: Algorithm, folder: &Path) -> (Self, VerifyingKey) {
        let signer = Self {
            algorithm,
            folder: folder.to_owned(),
        };
        let kind = match algorithm {
            Algorithm::ES256 => "EC -pkeyopt ec_paramgen_curve:P-256",
            Algorithm::ES384 => "EC -pkeyopt ec_paramgen_curve:P-384",
            Algorithm::ES512 => "EC -pkeyopt ec_paramgen_curve:P-521",
            _ => "RSA -pkeyopt rsa_keygen_bits:2048",
        };
        let key = signer.key();
        signer
            .run(&format!("genpkey -out {key} -algorithm {kind}"), b"")
            .await
            .unwrap();
        let public = signer
            .run(&format!("pkey -in {key} -pubout"), b"")
            .await
            .unwrap();
        (signer, VerifyingKey::from_pem(algorithm, public).unwrap())
    }

    fn key(&self) -> String {
        let name = format!("{}.pem", self.algorithm.name());
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    async fn run(&self, arguments: &str, input: &[u8]) -> std::io::Result<Vec<u8>> {
        use tokio::io::AsyncWriteExt;

        let mut process = Command::new("openssl")
            .args(arguments.split(' '))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = process.stdin.take().unwrap();
        stdin.write_all(input).await?;
        drop(stdin);
        let output = process.wait_with_output().await?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(std::io::Error::other("openssl failed"))
        }
    }

    async fn ask(&self, message: &[u8]) -> std::io::Result<Signature> {
        let name = self.algorithm.name();
        let (family, bits) = name.split_at(2);
        let padding = match family {
            "PS" => " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest",
            _ => "",
        };
        let command = format!("dgst -sha{bits} -sign {}{padding}", self.key());
        let signature = self.run(&command, message).await?;
        Ok(if family == "ES" {
            Signature::Der(signature)
        } else {
            Signature::Plain(signature)
        })
    }
}

impl Signer for OpenSsl {
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, Outage>> {
        Box::pin(async {
            let answer = self.ask(message).await;
            answer.map_err(|_| Outage::new(Duration::from_secs(5)))
        })
    }
}

#[tokio::test]
async fn a_key_in_another_process_signs_what_verifiers_accept() {
    if Command::new("openssl")
        .arg("version")
        .output()
        .await
        .is_err()
    {
        return skip("openssl is not installed: no key in another process is tried");
    }
    let folder = std::env::temp_dir().join(format!("keycard-signers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for algorithm in OpenSsl::ALGORITHMS {
        let (process, public) = OpenSsl::generate(algorithm, &folder).await;
        let file = process.key();
        let key = SigningKey::external(public, process)
            .unwrap()
            .with_key_id("hsm-7");
        let issuer = issuer_with(key).unwrap();
        for n in 0..5 {
            let token = issuer
                .token("anna")
                .claims(&json!({"fill": "x".repeat(n * 2_000)}));
            let signed = token.sign_async().await.unwrap();
            assert_eq!(header_of(signed.as_str())["kid"], "hsm-7");
            let keys = KeySet::from_jwks(&issuer.jwks()).unwrap();
            assert!(accepts(keys, signed.as_str()), "{algorithm}");
        }
        // The file is gone, and so is the signer.
        std::fs::remove_file(file).unwrap();
        let error = issuer.token("anna").sign_async().await.unwrap_err();
        let outage = SigningError::Unavailable(Outage::new(Duration::from_secs(5)));
        assert_eq!(error, IssueError::Signing(outage), "{algorithm}");
    }
    std::fs::remove_dir(folder).unwrap();
}
