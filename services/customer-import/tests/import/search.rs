//! What an import leaves to the search's worker.

use std::time::Duration;

use testkit::eventually;

use crate::stage::Stage;

const CUSTOMERS: u32 = 2_001;

fn file(first_name: &str) -> String {
    let rows = (0..CUSTOMERS).map(|n| format!("+1212555{n:04},{first_name}{n:04}x,Lovelace\n"));
    std::iter::once("phone,first_name,last_name\n".to_owned())
        .chain(rows)
        .collect()
}

#[tokio::test]
async fn each_part_that_waits_says_what_its_customers_are_called() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    // Whatever the names: first of new customers, then of those that an import overwrites.
    for (query, name) in [("", "Ada"), ("?on_conflict=update", "Augusta")] {
        stage.import(&ann, query, &file(name)).await;
        let parts: Vec<(i64, bool)> = sqlx::query_as(
            "select count(*), bool_and(strpos(b.texts, lower(c.first_name || ' lovelace  ' || c.phone)) > 0)
             from private.customer_search_backlog b
             join public.customers c on c.id = any (b.customer_ids) or (c.id > b.after_id and c.id <= b.last_id)
             group by b.id order by b.id",
        )
        .fetch_all(stage.rows.pool())
        .await
        .unwrap();
        let customers: i64 = parts.iter().map(|(customers, _)| customers).sum();
        assert_eq!(customers, i64::from(CUSTOMERS), "{parts:?}");
        assert!(
            parts
                .iter()
                .all(|&(customers, knows_all)| customers <= 1000 && knows_all),
            "{parts:?}"
        );
        let batches: i32 = sqlx::query_scalar("select private.index_customers(100)")
            .fetch_one(stage.rows.pool())
            .await
            .unwrap();
        assert_eq!(usize::try_from(batches), Ok(parts.len()), "one batch each");
        let indexed: i64 = sqlx::query_scalar(
            "select count(*) from private.customer_search s where s.text like $1 || '%'",
        )
        .bind(name.to_lowercase())
        .fetch_one(stage.rows.pool())
        .await
        .unwrap();
        assert_eq!(indexed, i64::from(CUSTOMERS));
    }
}

#[tokio::test]
async fn who_is_renamed_while_they_are_indexed_is_found_by_the_new_name() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    stage
        .import(&ann, "", "phone,first_name\n+12125550100,Ada\n")
        .await;
    let pool = stage.rows.pool();
    let index = "select private.index_customers(100)";
    sqlx::query(index).execute(pool).await.unwrap();
    sqlx::query(
        "insert into private.customer_search_backlog (user_id, customer_ids) select user_id, array[id] from public.customers",
    )
    .execute(pool)
    .await
    .unwrap();
    // The worker still reads Ada, and waits for the row of the index, which says Grace already.
    let mut renaming = pool.begin().await.unwrap();
    sqlx::query("update public.customers set first_name = 'Grace'")
        .execute(&mut *renaming)
        .await
        .unwrap();
    let commit = async {
        eventually("the worker's wait", Duration::from_secs(30), async || {
            let waits: bool = sqlx::query_scalar(
                "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')",
            )
            .fetch_one(pool)
            .await?;
            Ok(waits.then_some(()))
        })
        .await
        .unwrap();
        renaming.commit().await.unwrap();
    };
    let (indexed, ()) = tokio::join!(sqlx::query(index).execute(pool), commit);
    indexed.unwrap();
    let texts: Vec<String> = sqlx::query_scalar("select text from private.customer_search")
        .fetch_all(pool)
        .await
        .unwrap();
    assert!(
        matches!(&texts[..], [text] if text.starts_with("grace")),
        "{texts:?}"
    );
}
