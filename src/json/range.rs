//! Which numbers binary64 can hold.

/// The smallest number that rounds to infinity: halfway from the largest of binary64 to 2^1024.
pub(super) const TOO_LARGE: &[u8; 309] = b"\
    17976931348623158079372897140530341507993413271003782693617377898044496829276475\
    09466490179775872070963302864166928879109465555478519404026306574886715058206819\
    08902000708383676273854845817711531764475730270069855571366959622842914819860834\
    936475292719074168444365510704342711559699508093042880177904174497792";

/// Tells whether a number is beyond binary64, by its digits: converting it would cost far more, and
/// most numbers are never asked for.
pub(super) fn is_out_of_range(whole: &[u8], fraction: &[u8], exponent: i64) -> bool {
    let digits = || whole.iter().chain(fraction);
    let zeros = digits().take_while(|digit| **digit == b'0').count();
    // The number is 0.DIGITS times ten to the power of `point`, its first digit not a zero.
    let point = i64::try_from(whole.len())
        .unwrap_or(i64::MAX)
        .saturating_sub(i64::try_from(zeros).unwrap_or(i64::MAX))
        .saturating_add(exponent);
    let significant = digits().skip(zeros);
    // Of two numbers with the same point, the one whose digits sort later is the larger one.
    let is_zero = significant.clone().next().is_none();
    !is_zero && (point > 309 || point == 309 && significant.ge(TOO_LARGE))
}
