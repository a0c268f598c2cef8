//! Keys that live elsewhere, from a server that counts what it is asked and breaks as it is told.

mod discovery;
mod disk;
mod faults;
mod flood;
mod flow;
mod fresh;
mod many;
mod model;
mod moved;
mod outage;
mod provider;
mod runtimes;
mod secured;
mod seed;
pub mod server;
mod settings;
mod soak;
mod waiting;
