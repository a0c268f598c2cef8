//! The worst that can be written to a socket, in HTTP/1.1 and in HTTP/2. Everything has one right
//! answer, of ours or of hyper's; none is a 5xx, a panic or a hang, and nothing is asked elsewhere.

mod cases;
mod claims;
mod headers;
mod keys;
mod signatures;
mod trap;
