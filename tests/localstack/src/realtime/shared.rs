use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::hub::Hub;
use crate::keys::Keys;

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) hub: Arc<Hub>,
    pub(super) keys: Arc<Keys>,
    pub(super) stop: CancellationToken,
}
