//! What waits in the database, for metrics.

use crate::DatabaseError;

handle! {
    /// Reads how much waits, and for how long.
    Queues
}

/// What is due in one queue.
#[derive(Debug, Clone)]
pub struct QueueAge {
    /// Its stable name.
    pub queue: String,
    /// How many are due.
    pub waiting: i64,
    /// For how many seconds the first has been.
    pub oldest_seconds: i64,
}

impl Queues {
    /// What is due in each queue.
    pub async fn ages(&self) -> Result<Vec<QueueAge>, DatabaseError> {
        let ages = sqlx::query_as!(
            QueueAge,
            r#"
            select q.queue as "queue!", q.waiting as "waiting!", q.oldest_seconds as "oldest_seconds!"
            from private.queue_ages() q
            "#,
        )
        .fetch_all(self.pool())
        .await?;
        Ok(ages)
    }
}
