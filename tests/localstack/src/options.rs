//! The options of localstack, on the command line and in code.

use std::path::PathBuf;

use crate::keys::SigningAlgorithm;

/// The database's options.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DatabaseOptions {
    /// Keeps everything in this folder for the next start; if absent, a temporary folder, which
    /// is removed at the end.
    #[arg(long, value_name = "DIR", env = "LOCALSTACK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Postgres's port on 127.0.0.1; 0 for any free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        env = "LOCALSTACK_POSTGRES_PORT"
    )]
    pub postgres_port: u16,
    /// Uses this Postgres instead of starting one: a superuser's address, database included.
    #[arg(
        long,
        value_name = "URL",
        env = "LOCALSTACK_DATABASE_URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Turns fsync off: faster, but not safe after a power failure; for tests.
    #[arg(long)]
    pub fast: bool,
    /// The folder with migrations/, seed.sql and config.toml; the nearest `supabase` at or above
    /// the working directory otherwise.
    #[arg(long, value_name = "DIR", env = "LOCALSTACK_SUPABASE_DIR")]
    pub migrations: Option<PathBuf>,
    /// Applies no migrations, so that the Supabase CLI can do it.
    #[arg(long)]
    pub no_migrations: bool,
    /// Skips seed.sql, which otherwise runs once on a new database.
    #[arg(long)]
    pub no_seed: bool,
    /// Skips Auth's tables, for a GoTrue that creates its own in this database.
    #[arg(long)]
    pub no_auth_schema: bool,
    /// Writes all addresses and keys to this file, as NAME=value lines, when everything is ready.
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
}

/// All options. `Default` equals a command line without arguments.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseOptions,
    /// The gateway's port on 127.0.0.1 (`SUPABASE_URL`); 0 for any free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        env = "LOCALSTACK_GATEWAY_PORT"
    )]
    pub gateway_port: u16,
    /// The gateway's public address, if it is not its own: `SUPABASE_URL`, and the
    /// issuer of tokens.
    #[arg(long, value_name = "URL", env = "LOCALSTACK_EXTERNAL_URL")]
    pub external_url: Option<String>,
    /// The port of the stand-in for Twilio; 0 for any free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        env = "LOCALSTACK_TWILIO_PORT"
    )]
    pub twilio_port: u16,
    /// The port of the stand-in for Resend; 0 for any free one.
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        env = "LOCALSTACK_RESEND_PORT"
    )]
    pub resend_port: u16,
    /// Forwards `/auth/v1` to this GoTrue instead of answering itself; its paths begin at `/`. It
    /// signs with `--jwt-secret`, and its issuer is this gateway's address with `/auth/v1`.
    #[arg(long, value_name = "URL", env = "LOCALSTACK_AUTH_URL")]
    pub auth_url: Option<String>,
    /// Forwards `/rest/v1` to this PostgREST instead of answering itself; its paths begin at `/`.
    #[arg(long, value_name = "URL", env = "LOCALSTACK_REST_URL")]
    pub rest_url: Option<String>,
    /// Forwards `/realtime/v1` to this Realtime instead of answering itself; its sockets begin at `/`, as below a
    /// Realtime's `/socket`.
    #[arg(long, value_name = "URL", env = "LOCALSTACK_REALTIME_URL")]
    pub realtime_url: Option<String>,
    /// Answers with at most so many rows at once, whatever config.toml says.
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(i64).range(1..))]
    pub max_rows: Option<i64>,
    /// How long to wait for an external Auth to create its tables, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub auth_patience: u64,
    /// Starts no stand-in for Twilio.
    #[arg(long)]
    pub no_twilio: bool,
    /// Starts no stand-in for Resend.
    #[arg(long)]
    pub no_resend: bool,
    /// The stand-in for Twilio repeats a callback that fails until it is accepted, at most for so
    /// long; if absent, as the callback URL's connection overrides say, like Twilio.
    #[arg(long, value_name = "SECONDS")]
    pub twilio_callbacks_until_accepted: Option<u64>,
    /// The address of another Twilio, passed on as `TWILIO_API_URL` and `TWILIO_LOOKUP_URL`.
    #[arg(long, value_name = "URL", conflicts_with_all = ["no_twilio", "twilio_port"])]
    pub twilio_url: Option<String>,
    /// The address of another Resend, passed on as `RESEND_API_URL`.
    #[arg(long, value_name = "URL", conflicts_with_all = ["no_resend", "resend_port"])]
    pub resend_url: Option<String>,
    /// How access tokens are signed.
    #[arg(long, value_enum, default_value = "es256")]
    pub jwt_algorithm: SigningAlgorithm,
    /// Signs with the project's other key on the curve P-256, as after a rotation; tokens that the first
    /// one signed stay good, and both are public in any case.
    #[arg(long)]
    pub jwt_key_rotated: bool,
    /// The shared secret of an external Auth or PostgREST; a random one if absent.
    #[arg(long, env = "LOCALSTACK_JWT_SECRET", hide_env_values = true)]
    pub jwt_secret: Option<String>,
    /// Limits requests to Auth by the address in this header, as hosted projects do; if absent, none
    /// is limited.
    #[arg(long, value_name = "HEADER")]
    pub auth_rate_limit_header: Option<String>,
    /// Confirms addresses at once, whatever config.toml says: as `../shared/conformance` was recorded.
    #[arg(long)]
    pub auth_confirms_at_once: bool,
    /// Disables the hooks in config.toml, so that anybody may sign up.
    #[arg(long)]
    pub no_auth_hooks: bool,
    /// The work factor of password hashes; 4 is fast, GoTrue has 10.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(4..=14))]
    pub bcrypt_cost: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            database: DatabaseOptions::default(),
            gateway_port: 0,
            external_url: None,
            twilio_port: 0,
            resend_port: 0,
            auth_url: None,
            rest_url: None,
            realtime_url: None,
            max_rows: None,
            auth_patience: 60,
            no_twilio: false,
            no_resend: false,
            twilio_callbacks_until_accepted: None,
            twilio_url: None,
            resend_url: None,
            jwt_algorithm: SigningAlgorithm::default(),
            jwt_key_rotated: false,
            jwt_secret: None,
            auth_rate_limit_header: None,
            auth_confirms_at_once: false,
            no_auth_hooks: false,
            bcrypt_cost: 4,
        }
    }
}
