//! An account that nobody has, so that attempts on unknown addresses cost Auth as much as others.
//!
//! Auth hashes a password only where it has one to compare it with. Several attempts at once would so
//! tell by their time whether an address has an account.

use auth_admin::AuthAdmin;
use rows_as_service::{DatabaseError, accounts::AuthAccounts};

use crate::invite_code;

/// Its address. No mail can ever reach it.
pub const ADDRESS: &str = "nobody@dnwerks.invalid";

/// Why there may be no decoy.
#[derive(Debug, thiserror::Error)]
pub enum DecoyError {
    /// Auth did not create it.
    #[error("Auth did not create the account for unknown addresses")]
    Auth(#[from] auth_admin::Error),
    /// The database does not answer.
    #[error("the account for unknown addresses could not be looked up")]
    Database(#[from] DatabaseError),
}

/// Creates it if it does not exist. It has a password that nobody knows, and no profile: it appears in
/// no list, and could do nothing.
///
/// # Errors
/// [`DecoyError`]; until the next try the time of answers tells more than it should.
pub async fn keep(accounts: &AuthAccounts, auth: &AuthAdmin) -> Result<(), DecoyError> {
    if accounts.have_password(ADDRESS).await? {
        return Ok(());
    }
    let password = format!("{}{}", invite_code::generate(), invite_code::generate()).into();
    match auth.create_user(ADDRESS, &password).await {
        // Another process was faster.
        Ok(_) | Err(auth_admin::Error::AlreadyRegistered) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(accounts.remove_profile_of_decoy(ADDRESS).await?)
}
