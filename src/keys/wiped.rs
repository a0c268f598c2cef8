//! Decoding of secrets, so that no part of them is left behind, also where it fails halfway.

use base64_simd::{AsOut, Base64};
use zeroize::Zeroizing;

/// Decodes base64 of this kind.
pub(super) fn decode(kind: &Base64, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; kind.estimated_decoded_length(text.len())]);
    let length = kind.decode(text, bytes.as_out()).ok()?.len();
    bytes.truncate(length);
    Some(bytes)
}

/// Collects bytes in a place that has room for all of them.
pub(super) fn collect(most: usize, bytes: impl Iterator<Item = u8>) -> Zeroizing<Vec<u8>> {
    let mut collected = Zeroizing::new(Vec::with_capacity(most));
    collected.extend(bytes.take(most));
    collected
}
