//! How a connection is made: what the URL says, and a certificate that is verified.

use std::{net::IpAddr, str::FromStr as _};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::database_error::DatabaseError;

/// What the URL says; where it says nothing of TLS and the host is another machine, its certificate must be
/// one that we trust: who pretends to be the database would be told everything.
pub(crate) fn connect_options(url: &str) -> Result<PgConnectOptions, DatabaseError> {
    // sqlx takes any scheme, and connects to this machine where it finds no host behind it.
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return Err(DatabaseError::InvalidUrl);
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| DatabaseError::InvalidUrl)?;
    let says_how = url.contains("sslmode=") || url.contains("ssl-mode=");
    if is_verified(&options) || is_this_machine(&options) {
        return Ok(options);
    }
    if says_how {
        tracing::warn!(
            "SUPABASE_DB_URL asks for a connection whose certificate is not verified: leave sslmode out, and name the project's CA as sslrootcert"
        );
        return Ok(options);
    }
    Ok(options.ssl_mode(PgSslMode::VerifyFull))
}

/// Whether the server must show a certificate that we trust.
pub(crate) fn is_verified(options: &PgConnectOptions) -> bool {
    matches!(
        options.get_ssl_mode(),
        PgSslMode::VerifyFull | PgSslMode::VerifyCa
    )
}

pub(crate) fn is_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machines_certificate_is_verified_unless_the_url_says_otherwise() {
        let mode = |url: &str| connect_options(url).unwrap().get_ssl_mode();
        for url in [
            "postgres://postgres:x@db.abcdefgh.supabase.co:5432/postgres",
            "postgres://postgres:x@10.0.0.7/postgres",
            "postgres://postgres:x@db.internal/postgres?sslrootcert=/etc/ca.crt",
        ] {
            assert!(matches!(mode(url), PgSslMode::VerifyFull), "{url}");
        }
        for url in [
            "postgres://postgres:x@127.0.0.1:54322/postgres",
            "postgres://postgres:x@localhost/postgres",
            "postgres://postgres:x@[::1]/postgres",
        ] {
            assert!(matches!(mode(url), PgSslMode::Prefer), "{url}");
        }
        let asked = "postgres://postgres:x@db.internal/postgres?sslmode=require";
        assert!(matches!(mode(asked), PgSslMode::Require));
    }
}
