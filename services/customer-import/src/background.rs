//! What imports leave to be done afterwards.

use std::{sync::Arc, time::Duration};

use rows_as_service::{
    DatabaseError, LONGEST_TURN, customer_search::CustomerSearch, imports::Imports, within,
};
use tokio_util::sync::CancellationToken;
use web::Places;

use crate::courtesy::Courtesy;

/// Time between two rounds.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(2);
/// Time between two looks at what is kept for days: each look reads something of every account.
const BETWEEN_CLEANINGS: Duration = Duration::from_mins(1);

/// Ends the records of imports whose process died, records the consents of those that died right after they
/// were saved, deletes rejects that nobody came for, brings new customers into the search, and empties the bin; and
/// looks whether imports have to hold back. Every process may run this.
pub(crate) async fn run(
    imports: Imports,
    search: CustomerSearch,
    places: Places,
    courtesy: Arc<Courtesy>,
    shutdown: CancellationToken,
) {
    let work = async {
        loop {
            if let Err(error) = run_once(&imports, &search, &places, &courtesy).await {
                tracing::warn!(error = %error, "the work after imports failed; it is tried again");
            }
            tokio::time::sleep(BETWEEN_ROUNDS).await;
        }
    };
    let cleaning = async {
        loop {
            if let Err(error) = clean(&imports, &courtesy).await {
                tracing::warn!(error = %error, "what is old was not deleted; it is tried again");
            }
            tokio::time::sleep(BETWEEN_CLEANINGS).await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = work => {}
        () = cleaning => {}
        never = courtesy.watch(&imports) => match never {},
    }
}

/// Empties the bin, and deletes the rejects that nobody came for.
async fn clean(imports: &Imports, courtesy: &Courtesy) -> Result<(), DatabaseError> {
    within(LONGEST_TURN, imports.keep_phone_refusals()).await?;
    courtesy
        .work_off(|| within(LONGEST_TURN, imports.empty_bin()))
        .await?;
    courtesy
        .work_off(|| async { Ok(within(LONGEST_TURN, imports.expire_rejects()).await? > 0) })
        .await
}

/// One round. While imports are running here, it leaves most of the machine to them; and to others while they are at work.
///
/// # Errors
/// [`DatabaseError`] from the database.
pub(crate) async fn run_once(
    imports: &Imports,
    search: &CustomerSearch,
    places: &Places,
    courtesy: &Courtesy,
) -> Result<(), DatabaseError> {
    let interrupted = within(LONGEST_TURN, imports.fail_interrupted()).await?;
    if interrupted > 0 {
        tracing::warn!(
            imports.interrupted = interrupted,
            "imports whose process died changed nothing"
        );
    }
    courtesy
        .work_off(|| within(LONGEST_TURN, imports.record_some_consents(None)))
        .await?;
    while within(LONGEST_TURN, search.index_some(courtesy.rests())).await? && places.are_free() {}
    Ok(())
}
