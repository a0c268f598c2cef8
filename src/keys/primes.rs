//! The numbers of a private RSA key that may be left out of it, and follow from the others.

use zeroize::Zeroizing;

use super::natural::Natural;

/// The members of a JWK that only `d` is needed without (RFC 7518, section 6.3.2).
pub(super) struct Factors<T> {
    pub(super) p: T,
    pub(super) q: T,
    pub(super) dp: T,
    pub(super) dq: T,
    pub(super) qi: T,
}

type Bytes = Zeroizing<Vec<u8>>;

/// Computes those that are missing. Whether those that are not belong to the key is for others to check.
#[expect(clippy::many_single_char_names, reason = "the names of RFC 7518")]
pub(super) fn complete(
    n: &[u8],
    e: &[u8],
    d: &[u8],
    given: Factors<Option<Bytes>>,
) -> Option<Factors<Bytes>> {
    let [n, e, d] = [n, e, d].map(Natural::from_bytes);
    let known = |bytes: &Option<Bytes>| bytes.as_ref().map(|bytes| Natural::from_bytes(bytes));
    let (p, q) = match (known(&given.p), known(&given.q)) {
        (Some(p), Some(q)) => (p, q),
        (Some(p), None) => (p.clone(), n.divided_by(&p)?.0),
        (None, Some(q)) => (n.divided_by(&q)?.0, q),
        (None, None) => primes(&n, &e, &d)?,
    };
    // What is longer than the modulus is none of its factors, and only costs time.
    if p > n || q > n || d > n {
        return None;
    }
    let one = Natural::one();
    let exponent = |prime: &Natural| Some(d.divided_by(&prime.minus(&one)?)?.1.to_bytes());
    Some(Factors {
        dp: given.dp.map_or_else(|| exponent(&p), Some)?,
        dq: given.dq.map_or_else(|| exponent(&q), Some)?,
        qi: given
            .qi
            .map_or_else(|| Some(q.inverse(&p)?.to_bytes()), Some)?,
        p: p.to_bytes(),
        q: q.to_bytes(),
    })
}

/// NIST SP 800-56B, revision 2, appendix C.2. A private exponent that is larger than it need be, as many libraries
/// make it, only makes `a` another multiple of (p - 1)(q - 1).
#[expect(clippy::many_single_char_names, reason = "the names of NIST")]
fn primes(n: &Natural, e: &Natural, d: &Natural) -> Option<(Natural, Natural)> {
    if d > n || e > n {
        return None;
    }
    let one = Natural::one();
    let product = d.times(e).minus(&one)?;
    let a = n.minus(&one)?.common_divisor(&product)?.times(&product);
    let (m, r) = a.divided_by(n)?;
    let (sum, rest) = n.minus(&r)?.divided_by(&m.plus(&one))?;
    let b = sum.plus(&one);
    let four = Natural::from_bytes(&[4]);
    let square = b.times(&b).minus(&n.times(&four))?;
    let root = square.root()?;
    let (p, q) = (b.plus(&root).half(), b.minus(&root)?.half());
    (rest.is_zero() && p.times(&q) == *n).then_some((p, q))
}
