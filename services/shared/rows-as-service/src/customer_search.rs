//! The backlog of customers that are not in the search index yet.

use crate::DatabaseError;

handle! {
    /// Adds customers to the search index.
    CustomerSearch
}

impl CustomerSearch {
    /// Indexes some of the waiting customers, and rests `rests` times as long as it works; returns whether there were any.
    pub async fn index_some(&self, rests: u32) -> Result<bool, DatabaseError> {
        // Whoever rests keeps what it has locked for no more than a thousand.
        let parts = if rests > 0 { 1 } else { 10 };
        let indexed = sqlx::query_scalar!(
            r#"select private.index_customers($1, $2) as "n!""#,
            parts,
            i32::try_from(rests).unwrap_or(i32::MAX)
        )
        .fetch_one(self.pool())
        .await?;
        Ok(indexed > 0)
    }
}
