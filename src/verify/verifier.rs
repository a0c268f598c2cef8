//! The decision.

use std::fmt;
use std::sync::Arc;

use super::credential::{Credential, Source};
use super::opened::{Opened, Payload};
use super::outcome::{Cause, Denied, NO_KEYS_YET, VerifyError, Wanting};
use super::settings::Settings;
use super::token::VerifiedToken;
use super::trusted::{Trusted, Trusts};
use crate::error::{Outage, Reason};
use crate::json::Tape;
use crate::jws::base64url::{self, Buffer};
use crate::jws::{Compact, Header, not_canonical};
use crate::keys::{KeySet, KeySource, Wanted};
use crate::observe::{Circumstances, Event, OddGrants, listens, observe, observe_about, stopwatch};
use crate::refusal::{Detail, Part, Refusal};
use crate::revocation::RevocationStatus;

/// Decoded headers up to this length stay on the stack.
const USUAL_HEADER: usize = 512;

/// As many characters of base64url a signature has at most, but for those of ML-DSA and of RSA keys above 3072 bits. It
/// gets no more room than this, as all of the room is filled with zeros first.
const USUAL_SIGNATURE: usize = 512;

/// Decoded signatures up to this length stay on the stack: those of ML-DSA-87 fit.
const LONGEST_SIGNATURE: usize = 4632;

/// Decides whether a token is good, with or without HTTP around it.
///
/// Cheap to clone: clones share one configuration.
///
/// # Examples
///
/// ```
/// use keycard::verify::{Reason, VerifyError};
/// use keycard::{Verifier, VerifyingKey};
///
/// let verifier = Verifier::builder(VerifyingKey::hs256("at least thirty-two bytes of it!")?)
///     .issuer("https://desk.example")
///     .audience("https://rooms.example")
///     .build()?;
///
/// let garbage = verifier.verify_now("no token");
/// assert_eq!(garbage.unwrap_err(), VerifyError::Refused(Reason::Form));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[doc(alias = "validation")]
pub struct Verifier {
    settings: Arc<Settings>,
}

impl Verifier {
    pub(super) fn new(settings: Settings) -> Self {
        observe(&Event::Built);
        Self {
            settings: Arc::new(settings),
        }
    }

    /// The most bytes a token can have that is not refused for its length.
    pub(crate) fn longest_token(&self) -> usize {
        self.settings.common.limits.token
    }

    /// The names of all issuers that it trusts, in the order in which they were given.
    pub(crate) fn issuers(&self) -> &[Box<str>] {
        self.settings.trusts.issuers()
    }

    /// Tells whether a token for this audience may be good, whoever issued it.
    pub(crate) fn takes_audience(&self, name: &str) -> bool {
        self.settings.trusts.all_take_audience(name)
    }

    /// Decides about a token with the keys that are at hand, and never waits.
    ///
    /// It takes a [`SignedToken`](crate::issue::SignedToken), a text, bytes, or a [`Credential`] that says
    /// where the token comes from.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Refused`] for a bad token, [`VerifyError::UnknownKey`] if the key source may know more
    /// after a refresh, [`VerifyError::Unavailable`] if something is out of reach, such as all keys of a source.
    #[doc(alias = "decode")]
    pub fn verify_now<'a>(
        &self,
        credential: impl Into<Credential<'a>>,
    ) -> Result<VerifiedToken, VerifyError> {
        let (credential, since) = (credential.into(), stopwatch());
        let decided = self.decide(credential);
        tell(credential.said_source(), since, &decided);
        decided.map_err(|denied| denied.error())
    }

    /// Decides about a token, and waits for the key source if the token names a key that is not
    /// known yet.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Refused`] for a bad token, [`VerifyError::Unavailable`] if something is out of
    /// reach.
    pub async fn verify<'a>(
        &self,
        credential: impl Into<Credential<'a>>,
    ) -> Result<VerifiedToken, VerifyError> {
        let (credential, since) = (credential.into(), stopwatch());
        let mut decided = self.decide(credential);
        if let Err(Denied {
            cause: Cause::UnknownKey(wanting),
            trust: Some(trust),
        }) = &decided
        {
            tell(credential.said_source(), since, &decided);
            decided = self.decide_after_refresh(credential, trust, wanting).await;
        }
        tell(credential.said_source(), since, &decided);
        decided.map_err(|denied| denied.error())
    }

    /// Decides about a token for which the keys were not enough, with those that there are now.
    pub(crate) async fn decide_after_refresh(
        &self,
        credential: Credential<'_>,
        trust: &Arc<Trusted>,
        wanting: &Wanting,
    ) -> Result<VerifiedToken, Denied> {
        if let Some(keys) = trust.keys.source() {
            let stale = wanting.stale.as_ref();
            if let Err(outage) = self.refresh(&**keys, trust, wanting).await {
                return Err(Denied::from(Cause::Unavailable(outage)).of(trust));
            }
            // Nothing new came of it: the same keys would be tried in vain once more.
            let same =
                stale.is_some_and(|stale| keys.snapshot().is_some_and(|keys| keys.is_same(stale)));
            if same {
                let refusal = wanting.refusal().unwrap_or(Reason::UnknownKey.into());
                return Err(Denied::from(refusal).of(trust));
            }
        }
        self.decide(credential).map_err(Denied::finally)
    }

    /// Has the key source look for a key, and tells the window how long that took.
    async fn refresh(
        &self,
        keys: &dyn KeySource,
        trust: &Trusted,
        wanting: &Wanting,
    ) -> Result<(), Outage> {
        let about = Circumstances {
            trust: Some(trust.shared_name()),
            since: stopwatch(),
            ..Circumstances::default()
        };
        let wanted = Wanted::new(wanting.key_id.as_deref(), wanting.algorithm);
        let common = &self.settings.common;
        let (outcome, refreshed) = match trust.queue.enter(common.most_waiting) {
            Err(full) => ("full", Err(full)),
            Ok(_place) => match keys.refresh(wanted, wanting.stale.as_ref()).await {
                Ok(()) if wanting.is_in(keys.snapshot().as_ref()) => ("found", Ok(())),
                Ok(()) => ("missing", Ok(())),
                Err(outage) => ("unavailable", Err(outage)),
            },
        };
        observe_about(&Event::Waited { outcome }, &about);
        refreshed
    }

    /// Takes a token from one proof to the next, and stops at the first that fails.
    ///
    /// What is cheap and needs no key comes first, so that garbage costs little; what the payload says is
    /// believed only behind the signature (RFC 8725, section 3.3); and what may end differently each time
    /// (clock, list, checks) comes last, so that a token that was opened before can be admitted again.
    pub(crate) fn decide(&self, credential: Credential<'_>) -> Result<VerifiedToken, Denied> {
        let opened = self.open(credential.token())?;
        // Nobody else sees it until it is admitted.
        let token = VerifiedToken::new(opened, credential.source());
        match self.admit(&token) {
            Ok(()) => {
                tell_odd_grants(token.opened());
                Ok(token)
            }
            Err(denied) => Err(denied.of(token.trusted())),
        }
    }

    /// Form, trust, key and signature: what a token that was seen before has behind it.
    fn open(&self, token: &[u8]) -> Result<Arc<Opened>, Denied> {
        let limits = &self.settings.common.limits;
        let parts = Compact::parse(token, limits)?;
        let mut header_bytes = Buffer::<USUAL_HEADER>::new();
        let mut header_tape = Tape::new();
        let header = header_bytes
            .decode(parts.header)
            .map_err(|_| not_canonical(Part::Header, parts.header))?;
        let header = Header::read(header, limits.depth, &mut header_tape)?;

        let (trust, payload) = self.route(&parts, &header)?;
        self.open_as(trust, &parts, &header, payload)
            .map_err(|denied| denied.of(trust))
    }

    /// Finds whose token it says to be. One trust needs no claim for that; among several the payload is
    /// read first, strictly and to its end, and believed in nothing but the choice (RFC 8725, section 3.8).
    fn route(
        &self,
        parts: &Compact<'_>,
        header: &Header<'_>,
    ) -> Result<(&Arc<Trusted>, Option<Box<Payload>>), Refusal> {
        let several = match &self.settings.trusts {
            Trusts::One(only) => return Ok((only, None)),
            Trusts::Several(several) => several,
        };
        if !several.algorithms.contains(header.algorithm) {
            return Err(Reason::Algorithm.with(Detail::Algorithms(several.algorithms)));
        }
        base64url::check(parts.signature)
            .map_err(|_| not_canonical(Part::Signature, parts.signature))?;
        let depth = self.settings.common.limits.depth;
        let payload = Payload::read(parts.token, parts.payload, depth)?;
        let issuer = payload.facts.issuer(payload.root());
        let issuer = issuer.and_then(crate::json::Value::as_str);
        let issuer = issuer.ok_or_else(|| several.refuse_nameless())?;
        let trust = several.by_issuer.get(&*issuer);
        let trust = trust.ok_or_else(|| several.refuse(&issuer))?;
        drop(issuer);
        Ok((trust, Some(Box::new(payload))))
    }

    /// Checks header and signature by the rules and keys of one trust, and no other.
    fn open_as(
        &self,
        trust: &Arc<Trusted>,
        parts: &Compact<'_>,
        header: &Header<'_>,
        payload: Option<Box<Payload>>,
    ) -> Result<Arc<Opened>, Denied> {
        if let Some(part) = parts.padded.filter(|_| !trust.padded_segments) {
            let padded = true;
            return Err(Reason::Encoding
                .with(Detail::Encoding { part, padded })
                .into());
        }
        trust.check_header(header)?;
        if parts.signature.len() <= USUAL_SIGNATURE {
            check_signature::<USUAL_SIGNATURE>(trust, header, parts)?;
        } else {
            check_signature::<LONGEST_SIGNATURE>(trust, header, parts)?;
        }
        let depth = self.settings.common.limits.depth;
        let payload = match payload {
            Some(payload) => *payload,
            None => Payload::read(parts.token, parts.payload, depth)?,
        };
        let facts = &payload.facts;
        facts.check_subject(payload.root(), trust.numeric_subject)?;
        Ok(Arc::new(Opened::new(
            payload,
            header.algorithm,
            Arc::clone(trust),
        )))
    }

    /// Claims, binding, revocation and the application's checks: they run on every hit, as time,
    /// list and checks may have changed since the last.
    fn admit(&self, token: &VerifiedToken) -> Result<(), Denied> {
        let common = &self.settings.common;
        let opened = token.opened();
        let (policy, now) = (&opened.trust.policy, common.clock.now());
        common.times.check(opened.facts(), now)?;
        let leeway = common.times.leeway;
        policy.bounds.check(opened.facts(), now, leeway)?;
        policy.check(opened.facts(), opened.root())?;
        // No proof of possession is understood yet, so every bound token lacks its proof.
        if opened.facts().is_bound() {
            return Err(Refusal::from(Reason::Binding).about("cnf").into());
        }
        if let Some(list) = &common.revocation {
            match list.status(&token.identity()) {
                RevocationStatus::Good => {}
                RevocationStatus::Revoked => return Err(Reason::Revoked.into()),
                RevocationStatus::Unknown(outage) => return Err(Cause::Unavailable(outage).into()),
            }
        }
        for check in &common.checks {
            check(token)?;
        }
        Ok(())
    }
}

/// Decodes the signature, on the stack up to `N` bytes, and verifies it with the keys of this trust that fit, four at
/// most.
fn check_signature<const N: usize>(
    trust: &Trusted,
    header: &Header<'_>,
    parts: &Compact<'_>,
) -> Result<(), Denied> {
    let mut bytes = Buffer::<N>::new();
    let signature = bytes
        .decode(parts.signature)
        .map_err(|_| not_canonical(Part::Signature, parts.signature))?;
    let message = parts.signing_input;
    let key_id = header.key_id.as_deref();
    let unknown = |stale: Option<&KeySet>| {
        Cause::UnknownKey(Box::new(Wanting {
            key_id: key_id.map(Box::from),
            algorithm: header.algorithm,
            stale: stale.cloned(),
        }))
    };
    trust.keys.read(|keys| {
        let Some(keys) = keys else {
            return Err(unknown(None).into());
        };
        for key in keys.candidates(key_id, header.algorithm) {
            if key.verify(header.algorithm, message, signature).is_ok() {
                return Ok(());
            }
        }
        let tries = keys.tries(key_id, header.algorithm);
        let is_named = tries.named != Some(0);
        if !is_named && trust.keys.source().is_some() {
            return Err(unknown(Some(keys)).into());
        }
        let reason = match (tries.tried, is_named) {
            (1.., _) => Reason::Signature,
            (0, true) => Reason::Algorithm,
            (0, false) => Reason::UnknownKey,
        };
        Err(reason.with(Detail::Keys(tries)).into())
    })
}

impl Denied {
    /// The same after the last try: a key that is not there now will not do.
    fn finally(self) -> Self {
        let cause = match self.cause {
            Cause::UnknownKey(wanting) => match wanting.refusal() {
                Some(refusal) => Cause::Refused(refusal),
                None => Cause::Unavailable(NO_KEYS_YET),
            },
            cause @ (Cause::Refused(_) | Cause::Unavailable(_)) => cause,
        };
        Self { cause, ..self }
    }
}

/// A role that is not found is missed much later, by a guard: where it should have stood is known here.
fn tell_odd_grants(opened: &Opened) {
    if !listens() {
        return;
    }
    let about = Circumstances {
        trust: Some(opened.trust.shared_name()),
        ..Circumstances::default()
    };
    for (what, mismatch) in opened.trust.grants.mismatches(opened.root()) {
        let event = Event::OddGrants(OddGrants {
            what,
            claim: &mismatch.claim,
            found: &mismatch.found,
            wanted: mismatch.wanted,
        });
        observe_about(&event, &about);
    }
}

/// Tells the window what came of a token that nobody else speaks for.
fn tell(
    source: Option<Source>,
    since: Option<std::time::Instant>,
    decided: &Result<VerifiedToken, Denied>,
) {
    let trust = match decided {
        Ok(token) => Some(&**token.trusted()),
        Err(denied) => denied.trust.as_deref(),
    };
    let about = Circumstances {
        source: source.map(Source::name),
        trust: trust.map(Trusted::shared_name),
        since,
        ..Circumstances::default()
    };
    match decided {
        Ok(_) => observe_about(&Event::Accepted, &about),
        Err(Denied {
            cause: Cause::UnknownKey(_),
            ..
        }) => observe_about(&Event::Waits, &about),
        Err(denied) => observe_about(&Event::Refused(&denied.rejection()), &about),
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trusts = match &self.settings.trusts {
            Trusts::One(_) => 1,
            Trusts::Several(several) => several.by_issuer.len(),
        };
        f.debug_struct("Verifier")
            .field("issuers", &trusts)
            .finish_non_exhaustive()
    }
}
