//! Behind Supabase's session pooler.

use anyhow::{Context as _, Result};
use rows_as_service::{Database, Settings};
use testkit::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// As the pooler does: what a connection calls itself at its start does not reach Postgres.
async fn pool_sessions(listener: TcpListener, server: String) -> Result<()> {
    loop {
        let (mut client, _) = listener.accept().await?;
        let mut postgres = TcpStream::connect(&server).await?;
        let length = client.read_u32().await?;
        let mut start = vec![0; length as usize - 4];
        client.read_exact(&mut start).await?;
        let name = b"application_name\0";
        let at = start
            .windows(name.len())
            .position(|part| part == name)
            .context("the connection does not say what it is called")?;
        start[at..at + name.len()].copy_from_slice(b"pooler.swallowed\0");
        postgres.write_u32(length).await?;
        postgres.write_all(&start).await?;
        tokio::spawn(async move { copy_bidirectional(&mut client, &mut postgres).await });
    }
}

#[tokio::test]
async fn a_connection_through_the_pooler_says_whose_it_is() -> Result<()> {
    let database = TestDatabase::create().await?;
    let mut url = database.url().parse::<url::Url>()?;
    let server = format!(
        "{}:{}",
        url.host_str().context("no host")?,
        url.port().context("no port")?
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    url.set_port(Some(listener.local_addr()?.port()))
        .ok()
        .context("no port")?;
    url.set_query(Some("sslmode=disable"));
    let pooler = tokio::spawn(pool_sessions(listener, server));

    let settings = Settings {
        database_url: url.to_string().into(),
        max_connections: 2,
    };
    let connected =
        Database::connect_as_operator(&settings, "dnwerks why@here", "ann@example.com").await?;
    let is_named: bool = sqlx::query_scalar(
        "select exists (select from pg_stat_activity
           where datname = current_database() and application_name = 'dnwerks why@here')",
    )
    .fetch_one(database.pool())
    .await?;
    assert!(is_named);
    connected.close().await;
    pooler.abort();
    Ok(())
}
