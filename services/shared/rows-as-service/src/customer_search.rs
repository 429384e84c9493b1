//! The backlog of customers that are not in the search index yet.

use crate::DatabaseError;

handle! {
    /// Adds customers to the search index.
    CustomerSearch
}

impl CustomerSearch {
    /// Indexes some of the waiting customers; returns whether there were any.
    pub async fn index_some(&self) -> Result<bool, DatabaseError> {
        let indexed = sqlx::query_scalar!(r#"select private.index_customers(10) as "n!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(indexed > 0)
    }
}
