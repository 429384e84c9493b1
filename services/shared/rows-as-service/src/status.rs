//! How everything stands just now, for operators.

use serde_json::Value;

use crate::DatabaseError;

handle! {
    /// Reads how everything stands.
    SystemStatus
}

impl SystemStatus {
    /// As `private.system_status` gives it. Changes nothing.
    pub async fn read(&self) -> Result<Value, DatabaseError> {
        let status = sqlx::query_scalar!(r#"select private.system_status() as "status!""#)
            .fetch_one(self.pool())
            .await?;
        Ok(status)
    }
}
