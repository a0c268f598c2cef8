//! Lines of the log, under the target `keycard`; nothing at all when the feature `tracing` is off.

#[cfg(feature = "tracing")]
macro_rules! line {
    ($level:ident, $($rest:tt)*) => {
        tracing::event!(target: "keycard", tracing::Level::$level, $($rest)*)
    };
}

#[cfg(not(feature = "tracing"))]
macro_rules! line {
    ($level:ident, $($name:ident = $(%)? $(?)? $field:expr,)* $text:literal) => {
        { $(let _ = &$field;)* }
    };
}

pub(super) use line;
