//! Updates of many customers, which are made in parts, and how imports give way to others.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use customer_import::Courtesy;
use rows_as_service::imports::Imports;
use testkit::eventually;

use crate::{counts, stage::Stage};

/// A file of `count` rows with this name.
fn file(count: u32, name: &str) -> String {
    let mut csv = "phone,first_name\n".to_owned();
    for n in 0..count {
        writeln!(csv, "+1415{},{name}{n}", 5_552_000 + n).unwrap();
    }
    csv
}

/// More rows than one part has, of which some become inactive, and the first and the last are the same customer.
#[tokio::test]
async fn every_part_of_a_file_is_updated_once_and_can_be_undone() {
    const MANY: u32 = 4000;
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let before = file(MANY, "Old");
    assert_eq!(
        counts(&stage.import(&ann, "", &before).await)[1],
        u64::from(MANY)
    );
    let old = stage.customers_of(&ann).await;

    // Every hundredth number turned out not to work, and its customer does not know yet.
    sqlx::query(
        "insert into private.suppressions (phone, reason, source)
         select c.phone, 'unreachable', 'twilio' from public.customers c where c.phone like '%00'",
    )
    .execute(stage.rows.pool())
    .await
    .unwrap();
    let mut after = file(MANY, "New");
    after += "+14155552000,Last\n";
    let report = stage.import(&ann, "", &after).await;
    assert_eq!(
        counts(&report),
        [4001, 0, u64::from(MANY), 0, 1, 0],
        "{report}"
    );
    for (n, customer) in (0..MANY).zip(stage.customers_of(&ann).await) {
        let name = if n == 0 {
            "Last".to_owned()
        } else {
            format!("New{n}")
        };
        let status = if n.is_multiple_of(100) {
            "inactive"
        } else {
            "active"
        };
        assert_eq!(
            customer,
            format!("+1415{}|{name}|-|-|-|{status}", 5_552_000 + n)
        );
    }
    let (reasons, waiting): (i64, i64) = sqlx::query_as(
        "select (select count(*) from public.customers where inactive_reason = 'unreachable'),
           (select count(*) from public.customers c where not exists (
             select from private.customer_search_backlog b
             where c.id = any (b.customer_ids) and b.texts ilike '%' || c.first_name || '%'
           ))",
    )
    .fetch_one(stage.rows.pool())
    .await
    .unwrap();
    assert_eq!(
        (reasons, waiting),
        (40, 0),
        "the triggers' work is done, too"
    );

    let together: Vec<i32> = sqlx::query_scalar(
        "select cardinality(b.customer_ids) from private.customer_search_backlog b
         where b.customer_ids is not null order by 1 desc",
    )
    .fetch_all(stage.rows.pool())
    .await
    .unwrap();
    assert_eq!(
        together[..3],
        [1000, 1000, 1000],
        "however small the parts are, a thousand wait for the search together"
    );

    stage.undo(&ann, report["id"].as_str().unwrap()).await;
    let undone = stage.customers_of(&ann).await;
    assert_eq!(undone.len(), old.len());
    for (n, (undone, old)) in (0..MANY).zip(undone.iter().zip(&old)) {
        let name = |text: &str| text.split('|').nth(1).unwrap().to_owned();
        assert_eq!(name(undone), name(old), "customer {n}");
    }
}

#[tokio::test]
async fn imports_hold_back_while_others_are_at_work() {
    const PATIENCE: Duration = Duration::from_secs(30);
    let stage = Stage::open().await;
    let courtesy = Arc::new(Courtesy::default());
    let imports = Imports::new(stage.database.clone());
    let watching = Arc::clone(&courtesy);
    let watch = tokio::spawn(async move { watching.watch(&imports).await });
    assert!(!courtesy.others_are_at_work());
    let busy = async {
        loop {
            sqlx::query("select 1")
                .execute(stage.rows.pool())
                .await
                .unwrap();
            tokio::task::yield_now().await;
        }
    };
    let noticed = eventually("others are at work", PATIENCE, async || {
        Ok(courtesy.others_are_at_work().then_some(()))
    });
    tokio::select! {
        () = busy => {}
        noticed = noticed => noticed.unwrap(),
    }
    eventually("nobody is at work", PATIENCE, async || {
        Ok((!courtesy.others_are_at_work()).then_some(()))
    })
    .await
    .unwrap();
    watch.abort();
}
