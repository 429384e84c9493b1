//! The migrations of the database itself.

use ::migrations::{Comparison, Error, Migration};

handle! {
    /// Compares the database's migrations with ours, and applies those that it lacks.
    Migrations
}

impl Migrations {
    /// What the database lacks, and what it has that we don't know.
    pub async fn compare(&self, ours: &[Migration]) -> Result<Comparison, Error> {
        let mut connection = self.pool().acquire().await.map_err(Error::History)?;
        ::migrations::compare(&mut connection, ours).await
    }

    /// Applies what is missing; `applied` hears of each. Our role must be `postgres`, or be allowed to act as it.
    ///
    /// # Errors
    /// [`Error`]; migrations before the one that failed stay applied.
    pub async fn apply(
        &self,
        ours: &[Migration],
        applied: &mut (dyn FnMut(&Migration) + Send),
    ) -> Result<usize, Error> {
        let mut connection = self.pool().acquire().await.map_err(Error::History)?;
        // What they make belongs to `postgres`, also where a superuser applies them.
        sqlx::query("set role postgres")
            .execute(&mut *connection)
            .await
            .map_err(Error::History)?;
        ::migrations::apply_pending(&mut connection, ours, applied).await
    }
}
