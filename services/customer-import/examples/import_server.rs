//! The import route alone, for measurements: `SUPABASE_DB_URL` and `SUPABASE_JWT_SECRET` say
//! where to import and whom to believe; the address is printed as the first line.
#![allow(
    clippy::print_stdout,
    reason = "the address is what a caller waits for"
)]

use std::sync::Arc;

use customer_import::{CustomerImportState, Settings, router};
use rows_as_service::Database;
use web::{Auth, AuthSettings, TokenVerifier};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = rows_as_service::Settings {
        database_url: std::env::var("SUPABASE_DB_URL")?.into(),
        max_connections: 5,
    };
    let database = Database::connect(&settings, "dnwerks customer-import").await?;
    let verifier = TokenVerifier::new(&AuthSettings {
        supabase_url: "http://127.0.0.1:1".parse()?,
        supabase_jwt_secret: Some(std::env::var("SUPABASE_JWT_SECRET")?.into()),
    })?;
    let auth = Auth::new(verifier, Arc::new(database.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let state = CustomerImportState::new(database, auth, Settings::default());
    axum::serve(listener, router(state)).await?;
    Ok(())
}
