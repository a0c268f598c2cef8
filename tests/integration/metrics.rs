//! What is counted, under which names and labels, and that no stranger makes a series of his own.

mod fetches;
mod logins;
mod meter;
mod requests;
mod strangers;
