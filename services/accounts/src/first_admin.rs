//! Creates the first admin, before anybody can invite or approve.

use auth_admin::AuthAdmin;
use domain::{AuthUserId, EmailAddress};
use rows_as_service::{
    DatabaseError,
    accounts::{MadeAdmin, Users},
};
use secrecy::SecretString;

use crate::{
    invite_code,
    password::{self, Refusal},
};

/// The result.
#[derive(Debug)]
pub struct FirstAdmin {
    /// `auth.users.id`
    pub user_id: AuthUserId,
    /// The generated password if none was given: show it once.
    pub generated_password: Option<SecretString>,
    /// Whether the account existed before; its password is then unchanged.
    pub existed: bool,
}

/// Why no admin was created.
#[derive(Debug, thiserror::Error)]
pub enum FirstAdminError {
    /// The given password is too weak.
    #[error(transparent)]
    Password(#[from] Refusal),
    /// Auth did not create the user.
    #[error("Auth did not create the user")]
    Auth(#[from] auth_admin::Error),
    /// The database did not approve the profile.
    #[error("the profile could not be approved")]
    Postgres(#[from] DatabaseError),
    /// There is an account, which somebody else may have made.
    #[error("there is an account with this address already: --existing makes it an admin")]
    Exists,
    /// Its owner has not shown that the address is theirs.
    #[error("the account has not confirmed its address")]
    Unconfirmed,
    /// Auth created a user without a profile: the migrations are not applied.
    #[error("the user has no profile; are the migrations applied?")]
    NoProfile,
}

/// Makes `email` an approved admin: a new user with `password` (or a generated one), or, with
/// `existing`, the one that there is, unchanged. Idempotent with `existing`.
///
/// # Errors
/// [`FirstAdminError`].
pub async fn create_first_admin(
    users: &Users,
    auth: &AuthAdmin,
    email: &EmailAddress,
    password: Option<SecretString>,
    existing: bool,
) -> Result<FirstAdmin, FirstAdminError> {
    if let Some(password) = &password {
        password::judge(password, email.as_str())?;
    }
    let admin = if let Some(user_id) = users.id_of(email.as_str()).await? {
        if !existing {
            return Err(FirstAdminError::Exists);
        }
        FirstAdmin {
            user_id,
            generated_password: None,
            existed: true,
        }
    } else {
        let generated_password = password
            .is_none()
            .then(|| SecretString::from(invite_code::generate()));
        let chosen = password
            .or_else(|| generated_password.clone())
            .unwrap_or_default();
        let user_id = auth.create_user(email.as_str(), &chosen).await?;
        FirstAdmin {
            user_id,
            generated_password,
            existed: false,
        }
    };
    match users.make_admin(admin.user_id).await? {
        MadeAdmin::Yes => Ok(admin),
        MadeAdmin::NoProfile => Err(FirstAdminError::NoProfile),
        MadeAdmin::Unconfirmed => Err(FirstAdminError::Unconfirmed),
    }
}
