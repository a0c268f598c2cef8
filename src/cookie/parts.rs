//! A token that is too long for one cookie, in several.
//!
//! Each part has the name of the cookie with a number behind it, and the first one says how many there are. A part that
//! somebody else has set makes another token of it, which its signature does not cover.

/// In how many parts the longest token is, whatever the cookie is called.
pub(super) const MOST_PARTS: usize = 5;

/// The longest token that is kept in parts; no verifier reads a longer one unless it is told to.
pub(super) const MOST_BYTES: usize = 16 * 1024;

/// What a request has of a cookie.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Found<'a> {
    Nothing,
    One(&'a [u8]),
    /// A token that was put together.
    Joined(Vec<u8>),
    Several,
    /// Parts that do not belong together, or not all of them.
    Broken,
    /// Other cookies are full of its name. Nobody knows whether it is there.
    Hidden,
}

/// The cookie itself and its parts, as far as they were found.
#[derive(Default)]
pub(super) struct Pieces<'a> {
    whole: Option<&'a [u8]>,
    parts: [Option<&'a [u8]>; MOST_PARTS],
}

impl<'a> Pieces<'a> {
    /// Notes the cookie, which has the number 0, or a part. Tells whether it was not there yet.
    pub(super) fn put(&mut self, number: usize, value: &'a [u8]) -> bool {
        let place = match number.checked_sub(1) {
            None => Some(&mut self.whole),
            Some(index) => self.parts.get_mut(index),
        };
        place.is_some_and(|place| place.replace(value).is_none())
    }

    pub(super) fn join(self) -> Found<'a> {
        let has_parts = self.parts.iter().any(Option::is_some);
        match self.whole {
            None if !has_parts => Found::Nothing,
            None => self.join_parts().map_or(Found::Broken, Found::Joined),
            Some(token) if !has_parts => Found::One(token),
            Some(_) => Found::Broken,
        }
    }

    fn join_parts(&self) -> Option<Vec<u8>> {
        let (count, first) = self.parts.first()?.and_then(<[u8]>::split_first)?;
        let count = usize::from(count.checked_sub(b'0')?);
        let (wanted, others) = self.parts.split_at_checked(count)?;
        if count < 2 || others.iter().any(Option::is_some) {
            return None;
        }
        let rest: Option<Vec<&[u8]>> = wanted.iter().skip(1).copied().collect();
        let pieces = std::iter::once(first).chain(rest?);
        let length = pieces.clone().map(<[u8]>::len).sum::<usize>();
        (length <= MOST_BYTES).then(|| pieces.flatten().copied().collect())
    }
}

/// Returns the number of the part whose name ends like this, and what stands behind the equals sign.
pub(super) fn numbered(behind_name: &[u8]) -> Option<(usize, &[u8])> {
    let [b'.', digit, b'=', value @ ..] = behind_name else {
        return None;
    };
    let number = usize::from(digit.checked_sub(b'0')?);
    (1..=MOST_PARTS)
        .contains(&number)
        .then_some((number, value))
}

/// Cuts a token into the values of its parts, of which each has so much room.
pub(super) fn cut(token: &str, room: usize) -> Vec<String> {
    // The first one says how many there are.
    let count = token.len().saturating_add(1).div_ceil(room.max(1));
    let text = format!("{count}{token}");
    let pieces = text.as_bytes().chunks(room.max(1));
    // A token is ASCII, so nothing is lost.
    pieces
        .map(|piece| String::from_utf8_lossy(piece).into_owned())
        .collect()
}
