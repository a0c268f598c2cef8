//! An application that uses `jsonwebtoken` itself, beside keycard with its default features: both
//! work, on either backend of `jsonwebtoken`, because keycard turns on neither.
//!
//! Run with `--features aws_lc_rs`, and again with `--features rust_crypto`.

#[cfg(any(
    all(feature = "aws_lc_rs", feature = "rust_crypto"),
    not(any(feature = "aws_lc_rs", feature = "rust_crypto"))
))]
compile_error!("choose one backend: --features aws_lc_rs, or --features rust_crypto");

mod application;
mod backends;
mod tokens;
