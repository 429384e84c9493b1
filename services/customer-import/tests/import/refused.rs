//! What can't be imported, and what becomes of the rest.

use axum::body::Body;

use crate::{counts, rejects, stage::Stage};

#[tokio::test]
async fn what_is_refused_for_a_word_with_a_nul_leaves_an_ended_record() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    for (query, file, code) in [
        (
            "?map=phone:a%00b",
            "phone\n4155552671\n",
            "mapped_column_missing",
        ),
        ("?header=false", "a\0b,Ann\nc,Ben\n", "phone_column_missing"),
        ("", "phone,sms consent\n4155552671,a\0b\n", "values_unknown"),
    ] {
        let (status, problem) = stage.send(&ann, query, "text/csv", Body::from(file)).await;
        assert_eq!(
            (status.as_u16(), problem["code"].as_str()),
            (422, Some(code)),
            "{problem}"
        );
    }
    let ends: Vec<String> = sqlx::query_scalar(
        "select status || ' ' || failure_code from public.customer_imports order by created_at",
    )
    .fetch_all(stage.rows.pool())
    .await
    .unwrap();
    assert_eq!(
        ends,
        [
            "failed mapped_column_missing",
            "failed phone_column_missing",
            "failed values_unknown"
        ]
    );
}

#[tokio::test]
async fn a_row_too_much_for_its_customer_is_rejected_and_the_others_are_not() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let words = |word: &str, from: usize| {
        let words = (from..from + 50).map(|n| format!("{word}{n}"));
        words.collect::<Vec<_>>()
    };
    let attributes = words("a", 0).join(",");
    let values = words("v", 0).join(",");
    let tags = words("t", 0).join("|");
    stage
        .import(
            &ann,
            "?unmapped=attributes",
            &format!(
                "phone,tags,{attributes}\n4155552671,{tags},\n4155552672,,{values}\n4155552673,x,{values}\n"
            ),
        )
        .await;
    // The second row adds nothing that is new, and the last is a new customer.
    let file = "phone,first_name,tags,more\n4155552671,Ann,new,\n4155552671,Ann,t1|t2,\n4155552672,Ben,,1\n\
                4155552673,Cleo,y,\n4155552674,Dan,y,1\n";
    let dry = stage
        .import(&ann, "?unmapped=attributes&dry_run=true", file)
        .await;
    let report = stage.import(&ann, "?unmapped=attributes", file).await;
    assert_eq!(counts(&report), [5, 1, 2, 0, 0, 2], "{report}");
    assert_eq!(counts(&dry), counts(&report), "{dry}");
    assert_eq!(dry["rejects"], report["rejects"]);
    assert_eq!(
        rejects(&report),
        [(2, "tags", "too_many_tags"), (4, "", "too_many_attributes")]
    );
    let skipped = stage
        .import(&ann, "?unmapped=attributes&on_conflict=skip", file)
        .await;
    assert_eq!(counts(&skipped), [5, 0, 0, 4, 1, 0], "{skipped}");
}
