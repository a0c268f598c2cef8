//! Names of members: what tells most of them apart, and which are refused.

/// Returns the first seven bytes of a name and the last of its length.
pub(super) fn mark(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut mark = [0; 8];
    for (slot, byte) in mark.iter_mut().zip(bytes.iter().take(7)) {
        *slot = *byte;
    }
    let [.., length] = &mut mark;
    *length = bytes.len().to_le_bytes()[0];
    u64::from_le_bytes(mark)
}

/// `$serde_json::private::RawValue`, `$serde_json::private::Number`, `$__toml_private_datetime`,
/// `$__serde_spanned_private_start`, `$ron::private::RawValue`, and what others do alike.
pub(super) fn is_private(name: &str) -> bool {
    name.starts_with('$') && name.contains("private")
}
