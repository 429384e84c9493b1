//! What an import leaves to the search's worker.

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
