//! What every handler of Auth works with.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;

use super::{options::Options, password::Passwords, rates::Rates};
use crate::keys::Keys;

/// What every handler of Auth works with.
#[derive(Clone)]
pub(super) struct Auth {
    pub(super) pool: PgPool,
    pub(super) keys: Arc<Keys>,
    pub(super) options: Arc<Options>,
    pub(super) passwords: Passwords,
    pub(super) rates: Rates,
    pub(super) http: reqwest::Client,
}

impl Auth {
    /// `pool` connects as `supabase_auth_admin`; `keys` sign and check the tokens.
    pub(super) fn new(pool: PgPool, keys: Arc<Keys>, options: Options) -> Self {
        let passwords = Passwords::new(options.bcrypt_cost, options.password_min_length);
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap_or_default();
        Self {
            pool,
            keys,
            options: Arc::new(options),
            passwords,
            rates: Rates::default(),
            http,
        }
    }
}
