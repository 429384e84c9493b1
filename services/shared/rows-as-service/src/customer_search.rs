//! The backlog of customers that the search does not know yet.

use crate::DatabaseError;

handle! {
    /// Brings customers into the search.
    CustomerSearch
}

impl CustomerSearch {
    /// Brings some of the customers that wait for it into the search; returns whether there were any.
    pub async fn index_some(&self) -> Result<bool, DatabaseError> {
        let indexed = sqlx::query_scalar!(r#"select private.index_customers(10) as "n!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(indexed > 0)
    }
}
