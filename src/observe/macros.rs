//! The macros of `tracing`, or their silent twins when the feature is off.

#[cfg(feature = "tracing")]
pub(super) use tracing::{debug, error, warn};

#[cfg(not(feature = "tracing"))]
mod silent {
    macro_rules! silent {
        ($($name:ident = $(%)? $(?)? $field:expr,)* $text:literal) => {
            { $(let _ = &$field;)* }
        };
    }
    pub(crate) use silent;
}

#[cfg(not(feature = "tracing"))]
pub(super) use silent::{silent as debug, silent as error, silent as warn};
