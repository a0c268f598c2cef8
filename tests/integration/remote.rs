//! Keys that live elsewhere, from a server that counts what it is asked and breaks as it is told.

mod flow;
mod server;
