//! Natural numbers of any length, with as much arithmetic as it takes to find the primes of an RSA key.
//!
//! Written to be obviously right, neither fast nor in constant time: a key is computed once, when it is loaded, and
//! what signs with it afterwards is aws-lc.

use std::cmp::Ordering;
use std::iter;

use zeroize::Zeroizing;

/// A number to the base of 2^32, the lowest digit first and the highest one not zero. Wiped when it is dropped.
#[derive(Clone)]
pub(super) struct Natural(Zeroizing<Vec<u32>>);

/// Returns the lowest digit of a sum or product.
fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default()
}

impl Natural {
    /// Reads a number from its bytes, the highest one first.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let digit = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |digit, byte| digit << 8 | u32::from(*byte))
        };
        Self::collect(bytes.len().div_ceil(4), bytes.rchunks(4).map(digit))
    }

    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.0.len().saturating_mul(4)));
        bytes.extend(self.0.iter().rev().flat_map(|digit| digit.to_be_bytes()));
        bytes
    }

    pub(super) fn one() -> Self {
        Self::from_bytes(&[1])
    }

    /// Takes the digits, with room for two more, so that none is left behind where the list would grow.
    fn collect(length: usize, digits: impl Iterator<Item = u32>) -> Self {
        let mut list = Zeroizing::new(Vec::with_capacity(length.saturating_add(2)));
        list.extend(digits);
        let mut number = Self(list);
        number.trim();
        number
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn digit(&self, place: usize) -> u32 {
        self.0.get(place).copied().unwrap_or_default()
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many bits it has, from the highest one that is set.
    fn bits(&self) -> usize {
        let zeros = self.0.last().map_or(0, |digit| digit.leading_zeros());
        self.0
            .len()
            .saturating_mul(32)
            .saturating_sub(zeros as usize)
    }

    fn bit(&self, place: usize) -> u32 {
        self.digit(place / 32) >> (place % 32) & 1
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let length = self.0.len().max(other.0.len()).saturating_add(1);
        let mut carry = 0;
        let sums = (0..length).map(|place| {
            let sum = u64::from(self.digit(place))
                .wrapping_add(other.digit(place).into())
                .wrapping_add(carry);
            carry = sum >> 32;
            low(sum)
        });
        Self::collect(length, sums)
    }

    /// Returns the difference, unless it is negative.
    pub(super) fn minus(&self, other: &Self) -> Option<Self> {
        let mut difference = self.clone();
        (*self >= *other).then(|| difference.take_away(other))?;
        Some(difference)
    }

    /// Subtracts what is not larger.
    fn take_away(&mut self, other: &Self) {
        let mut borrowed = 0;
        let others = other.0.iter().copied().chain(iter::repeat(0));
        for (digit, other) in self.0.iter_mut().zip(others) {
            let difference = u64::from(*digit)
                .wrapping_sub(other.into())
                .wrapping_sub(borrowed);
            borrowed = difference >> 63;
            *digit = low(difference);
        }
        self.trim();
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let length = self.0.len().saturating_add(other.0.len());
        let mut product = Self(Zeroizing::new(vec![0; length]));
        for (place, digit) in self.0.iter().enumerate() {
            let mut carry = 0;
            let others = other.0.iter().copied().chain(iter::repeat(0));
            for (sum, other) in product.0.iter_mut().skip(place).zip(others) {
                // The largest digits make 2^64 - 1, and no more.
                let next = u64::from(*digit)
                    .wrapping_mul(other.into())
                    .wrapping_add((*sum).into())
                    .wrapping_add(carry);
                carry = next >> 32;
                *sum = low(next);
            }
        }
        product.trim();
        product
    }

    /// Returns quotient and remainder, unless the divisor is zero.
    pub(super) fn divided_by(&self, divisor: &Self) -> Option<(Self, Self)> {
        let kept = divisor.bits().checked_sub(1)?;
        // What is shorter than the divisor is left over as it is.
        let steps = self.bits().saturating_sub(kept);
        let mut rest = self.without_low_bits(steps);
        rest.0.reserve(2);
        let length = steps.div_ceil(32);
        let mut quotient = Self(Zeroizing::new(vec![0; length]));
        for place in (0..steps).rev() {
            rest.append_bit(self.bit(place));
            if rest >= *divisor {
                rest.take_away(divisor);
                if let Some(digit) = quotient.0.get_mut(place / 32) {
                    *digit |= 1 << (place % 32);
                }
            }
        }
        quotient.trim();
        Some((quotient, rest))
    }

    fn without_low_bits(&self, count: usize) -> Self {
        let (digits, bits) = (count / 32, count % 32);
        let shifted = (digits..self.0.len()).map(|place| {
            let high = u64::from(self.digit(place.saturating_add(1))) << 32;
            low((high | u64::from(self.digit(place))) >> bits)
        });
        Self::collect(self.0.len(), shifted)
    }

    /// Doubles it and adds the bit.
    fn append_bit(&mut self, bit: u32) {
        let mut carry = bit;
        for digit in self.0.iter_mut() {
            let high = *digit >> 31;
            *digit = *digit << 1 | carry;
            carry = high;
        }
        if carry != 0 {
            self.0.push(carry);
        }
    }

    pub(super) fn half(&self) -> Self {
        self.without_low_bits(1)
    }

    /// Returns the square root, without what is behind the point: by Newton's method, from above.
    pub(super) fn root(&self) -> Option<Self> {
        let mut root = Self::one();
        for _ in 0..self.bits().div_ceil(2) {
            root.append_bit(0);
        }
        if self.is_zero() {
            return Some(self.clone());
        }
        loop {
            let next = root.plus(&self.divided_by(&root)?.0).half();
            if next >= root {
                return Some(root);
            }
            root = next;
        }
    }

    /// Returns the greatest common divisor, by Euclid.
    pub(super) fn common_divisor(&self, other: &Self) -> Option<Self> {
        let (mut greater, mut smaller) = (self.clone(), other.clone());
        while !smaller.is_zero() {
            let rest = greater.divided_by(&smaller)?.1;
            (greater, smaller) = (smaller, rest);
        }
        Some(greater)
    }

    /// Returns the number whose product with this one leaves 1 over a modulus, if there is one.
    pub(super) fn inverse(&self, modulus: &Self) -> Option<Self> {
        let (mut greater, mut smaller) = (modulus.clone(), self.divided_by(modulus)?.1);
        // Of each the factor by which this number becomes it, over the modulus.
        let (mut before, mut factor) = (Self::from_bytes(&[]), Self::one());
        while !smaller.is_zero() {
            let (quotient, rest) = greater.divided_by(&smaller)?;
            let product = quotient.times(&factor).divided_by(modulus)?.1;
            let next = before.plus(modulus).minus(&product)?;
            (before, factor) = (factor, next.divided_by(modulus)?.1);
            (greater, smaller) = (smaller, rest);
        }
        (greater == Self::one()).then_some(before)
    }
}

impl PartialEq for Natural {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Natural {}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let lengths = self.0.len().cmp(&other.0.len());
        lengths.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn natural(number: u128) -> Natural {
        Natural::from_bytes(&number.to_be_bytes())
    }

    fn number(natural: &Natural) -> u128 {
        let bytes = natural.to_bytes();
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u128::from(*byte))
    }

    /// Numbers of all lengths, many of whose digits are the smallest and the largest.
    fn any_number() -> impl Strategy<Value = u128> {
        let digit = prop_oneof![Just(0), Just(u32::MAX), Just(1), any::<u32>()];
        let digits = proptest::collection::vec(digit, 0..=4);
        digits.prop_map(|digits| {
            digits
                .iter()
                .fold(0, |number, digit| number << 32 | u128::from(*digit))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn calculates_as_the_machine_does(one in any_number(), other in any_number()) {
            let (a, b) = (natural(one), natural(other));
            prop_assert_eq!(number(&a), one);
            prop_assert_eq!(a.cmp(&b), one.cmp(&other));
            prop_assert_eq!(a.minus(&b).map(|rest| number(&rest)), one.checked_sub(other));
            prop_assert_eq!(number(&a.half()), one / 2);
            let divided = a.divided_by(&b).map(|(quotient, rest)| (number(&quotient), number(&rest)));
            prop_assert_eq!(divided, one.checked_div(other).map(|quotient| (quotient, one % other)));
            prop_assert_eq!(number(&a.root().unwrap()), one.isqrt());
            let (short, small) = (one >> 64, other >> 64);
            prop_assert_eq!(number(&natural(short).times(&natural(small))), short * small);
            prop_assert_eq!(number(&natural(short).plus(&b.half())), short + other / 2);
        }

        #[test]
        fn what_is_multiplied_can_be_divided(one in any_number(), other in any_number(), rest in any_number()) {
            let (a, b, rest) = (natural(one), natural(other), natural(rest));
            let Some((_, rest)) = rest.divided_by(&b) else { return Ok(()) };
            let (quotient, left) = a.times(&b).plus(&rest).divided_by(&b).unwrap();
            prop_assert!(quotient == a && left == rest);
            prop_assert!(a.times(&a).root().unwrap() == a);
            prop_assert!(a.common_divisor(&a.times(&b)).unwrap() == a);
        }

        #[test]
        fn an_inverse_is_one(one in any_number(), modulus in any_number()) {
            let (a, m) = (natural(one), natural(modulus));
            prop_assume!(modulus > 1);
            let is_prime_to = a.common_divisor(&m).unwrap() == Natural::one();
            let inverse = a.inverse(&m);
            prop_assert_eq!(inverse.is_some(), is_prime_to);
            if let Some(inverse) = inverse {
                prop_assert!(a.times(&inverse).divided_by(&m).unwrap().1 == Natural::one());
            }
        }
    }
}
