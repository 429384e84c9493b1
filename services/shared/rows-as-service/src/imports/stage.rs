//! Rows of a file copied into a staging table.

use futures::{Stream, StreamExt as _};

use super::{
    handle::Imports,
    plan::{CustomerImport, ImportError},
    staged_import::StagedImport,
};

impl Imports {
    /// Stages the rows that `chunks` carries, as [`StagedCustomer::encode`] and
    /// [`StagedReject::encode`] wrote them, in a transaction of their own. A row number may
    /// occur only once. Nothing is changed before [`StagedImport::save`]; dropped, all of it is gone.
    ///
    /// # Errors
    /// [`ImportError::Rows`] with the first error of `chunks`, or [`ImportError::Database`].
    pub async fn stage<E>(
        &self,
        import: CustomerImport,
        mut chunks: impl Stream<Item = Result<Vec<u8>, E>> + Unpin,
    ) -> Result<StagedImport, ImportError<E>> {
        // The connection is not taken before there is something to copy: a slow upload that
        // never gets going holds none.
        let mut next = match chunks.next().await {
            Some(Err(error)) => return Err(ImportError::Rows(error)),
            first => first,
        };
        let mut transaction = self.pool().begin().await?;
        sqlx::raw_sql(
            "set local work_mem = '96MB'; set local statement_timeout = '30min'; \
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
        sqlx::query("analyze pg_temp.staged_customers (row, phone)")
            .execute(&mut *transaction)
            .await?;
        Ok(StagedImport::new(transaction, import).await?)
    }
}
