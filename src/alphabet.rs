//! The two alphabets of base64 (RFC 4648, sections 4 and 5), each read in the one form that is written: with exactly the
//! padding that belongs there, and no bit left over.

use std::sync::LazyLock;

use base64::engine::general_purpose::{NO_PAD, PAD};

use self::engine::{Engine, standard, url_safe};

pub(crate) type Alphabet = LazyLock<Engine>;

/// With `+` and `/`, padded.
pub(crate) static STANDARD: Alphabet = LazyLock::new(|| standard(PAD));

/// With `+` and `/`, not padded.
pub(crate) static STANDARD_NO_PAD: Alphabet = LazyLock::new(|| standard(NO_PAD));

/// With `-` and `_`, not padded: the base64url of RFC 7515, section 2.
pub(crate) static URL_SAFE_NO_PAD: Alphabet = LazyLock::new(|| url_safe(NO_PAD));

/// Asks the processor, once, what it can do with many bytes at a time.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod engine {
    use base64::engine::GeneralPurposeConfig;

    pub(crate) use base64::engine::Simd as Engine;

    pub(super) fn standard(config: GeneralPurposeConfig) -> Engine {
        Engine::standard(config)
    }

    pub(super) fn url_safe(config: GeneralPurposeConfig) -> Engine {
        Engine::url_safe(config)
    }
}

/// One byte after the other.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod engine {
    use base64::alphabet;
    use base64::engine::GeneralPurposeConfig;

    pub(crate) use base64::engine::GeneralPurpose as Engine;

    pub(super) fn standard(config: GeneralPurposeConfig) -> Engine {
        Engine::new(&alphabet::STANDARD, config)
    }

    pub(super) fn url_safe(config: GeneralPurposeConfig) -> Engine {
        Engine::new(&alphabet::URL_SAFE, config)
    }
}
