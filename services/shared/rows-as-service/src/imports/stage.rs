//! Copies the rows of a file into a staging table.

use futures::{Stream, StreamExt as _};

use super::{
    handle::Imports,
    plan::{CustomerImport, ImportError},
    staged_import::StagedImport,
};

impl Imports {
    /// Stages the rows in `chunks`, as written by [`super::StagedCustomer::encode`] and
    /// [`super::StagedReject::encode`], in their own transaction. A row number may
    /// occur only once. Nothing changes before [`StagedImport::save`]; dropping it rolls back.
    ///
    /// # Errors
    /// [`ImportError::Rows`] with the first error of `chunks`, or [`ImportError::Postgres`].
    pub async fn stage<E>(
        &self,
        import: CustomerImport,
        mut chunks: impl Stream<Item = Result<Vec<u8>, E>> + Unpin,
    ) -> Result<StagedImport, ImportError<E>> {
        // Take the connection only once there is something to copy: an upload that
        // never starts holds none.
        let mut next = match chunks.next().await {
            Some(Err(error)) => return Err(ImportError::Rows(error)),
            first => first,
        };
        let mut transaction = self.pool().begin().await?;
        sqlx::raw_sql(
            // COPY lasts as long as the upload, which has limits of its own.
            "set local work_mem = '96MB'; set local statement_timeout = 0; \
             set local lock_timeout = '60s'; set local idle_in_transaction_session_timeout = 0",
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query(include_str!("create_staging.sql"))
            .execute(&mut *transaction)
            .await?;

        let mut copy = transaction
            .copy_in_raw(include_str!("copy_into_staging.sql"))
            .await?;
        while let Some(chunk) = next {
            match chunk {
                Ok(chunk) => copy.send(chunk).await?,
                Err(error) => {
                    copy.abort("the upload broke off").await?;
                    transaction.rollback().await?;
                    return Err(ImportError::Rows(error));
                }
            };
            next = chunks.next().await;
        }
        copy.finish().await?;
        sqlx::query("set local statement_timeout = '30min'")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("analyze pg_temp.staged_customers (row, phone)")
            .execute(&mut *transaction)
            .await?;
        Ok(StagedImport::new(transaction, import).await?)
    }
}
