//! What a verifier was told, and its builder has checked.

use std::sync::Arc;

use super::token::VerifiedToken;
use super::trusted::Trusts;
use crate::claims::Times;
use crate::clock::{Clock, SystemClock};
use crate::error::Reason;
use crate::jws::Limits;
use crate::revocation::RevocationList;

/// A check of the application.
pub(super) type Check = Arc<dyn Fn(&VerifiedToken) -> Result<(), Reason> + Send + Sync>;

pub(super) struct Settings {
    pub(super) trusts: Trusts,
    pub(super) common: Common,
}

/// How many requests wait for keys at a time.
const MOST_WAITING: usize = 1024;

/// What is the same for every trust.
pub(super) struct Common {
    pub(super) limits: Limits,
    pub(super) times: Times,
    pub(super) checks: Vec<Check>,
    pub(super) revocation: Option<Arc<dyn RevocationList>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) most_waiting: usize,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            times: Times::default(),
            checks: Vec::new(),
            revocation: None,
            clock: Arc::new(SystemClock),
            most_waiting: MOST_WAITING,
        }
    }
}
