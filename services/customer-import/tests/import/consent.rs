//! What files say about being texted: consent, suppressions, and what is asked about.

use serde_json::{Value, json};

use crate::stage::{Person, Stage};

/// Consents, declines and suppressions of a report.
fn said(report: &Value) -> [u64; 3] {
    ["consented", "declined", "suppressed"].map(|name| report[name].as_u64().unwrap())
}

/// The ledger as `phone|action|date|evidence`, without ids of imports.
async fn ledger(stage: &Stage) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws('|', phone, action, evidence - 'import_id') from private.consent_events order by id",
    )
    .fetch_all(stage.rows.pool())
    .await
    .unwrap()
}

/// Suppressions as `phone|reason|source|own`.
async fn suppressions(stage: &Stage, person: &Person) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws('|', phone, reason, source, user_id is not distinct from $1) \
         from private.suppressions where lifted_at is null order by phone, reason",
    )
    .bind(person.profile)
    .fetch_all(stage.rows.pool())
    .await
    .unwrap()
}

/// Customers as `phone|status|why`.
async fn customers(stage: &Stage, person: &Person) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws('|', phone, status, coalesce(inactive_reason, '-')) \
         from public.customers where user_id = $1 order by phone collate \"C\"",
    )
    .bind(person.profile)
    .fetch_all(stage.rows.pool())
    .await
    .unwrap()
}

async fn suppress(stage: &Stage, phone: &str, reason: &str) {
    sqlx::query("select private.suppress($1, null, $2, 'stop')")
        .bind(phone)
        .bind(reason)
        .execute(stage.rows.pool())
        .await
        .unwrap();
}

const SHOP: &str = "Phone,Accepts Email Marketing,Accepts SMS Marketing,SMS Consent Date,SMS Consent Source\n\
     4155552601,no,yes,2024-03-05,Checkout\n4155552602,yes,no,,\n4155552603,yes,,,\n";

#[tokio::test]
async fn a_yes_is_kept_with_its_evidence_and_a_no_suppresses_for_good() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let report = stage.import(&ann, "?file_name=shop.csv", SHOP).await;
    assert_eq!(said(&report), [1, 1, 0], "{report}");
    assert_eq!(
        report["columns"]["consent"], "Accepts SMS Marketing",
        "{report}"
    );
    assert_eq!(
        customers(&stage, &ann).await,
        [
            "+14155552601|active|-",
            "+14155552602|inactive|declined",
            "+14155552603|active|-"
        ]
    );
    assert_eq!(
        suppressions(&stage, &ann).await,
        ["+14155552602|declined|import|t"]
    );
    let first = [
        r#"+14155552601|given|{"at": "2024-03-05T00:00:00Z", "row": 2, "words": "yes", "column": "Accepts SMS Marketing", "source": "Checkout", "at_words": "2024-03-05", "file_name": "shop.csv"}"#,
        r#"+14155552602|revoked|{"row": 3, "words": "no", "column": "Accepts SMS Marketing", "file_name": "shop.csv"}"#,
    ];
    assert_eq!(ledger(&stage).await, first);
    let happened: Vec<bool> = sqlx::query_scalar(
        "select happened_at = '2024-03-05T00:00:00Z' from private.consent_events where action = 'given'",
    )
    .fetch_all(stage.rows.pool())
    .await
    .unwrap();
    assert_eq!(happened, [true]);

    // The same again says nothing new. A yes revives nobody, not even after the customer was deleted.
    let again = stage.import(&ann, "?file_name=other.csv", SHOP).await;
    assert_eq!(said(&again), [1, 1, 1]);
    assert_eq!(ledger(&stage).await, first);
    stage.forget_customers().await;
    let yes = "Phone,SMS Consent,Status\n4155552602,yes,active\n4155552604,yes,\n";
    let report = stage.import(&ann, "", yes).await;
    assert_eq!(said(&report), [1, 0, 1], "{report}");
    assert_eq!(
        customers(&stage, &ann).await,
        ["+14155552602|inactive|declined", "+14155552604|active|-"]
    );
    assert_eq!(
        suppressions(&stage, &ann).await,
        ["+14155552602|declined|import|t"]
    );
    assert_eq!(ledger(&stage).await.len(), 3);
}

#[tokio::test]
async fn a_known_customer_who_says_no_becomes_inactive_even_where_the_row_is_skipped_or_rejected() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let known = "phone\n4155552611\n4155552612\n4155552613\n4155552614\n";
    stage.import(&ann, "", known).await;
    let no = "phone,sms opt out,first name\n4155552611,x,Ann\n";
    let report = stage.import(&ann, "?on_conflict=skip", no).await;
    assert_eq!(
        (said(&report), &report["unchanged"]),
        ([0, 1, 0], &json!(1))
    );
    let no = "phone,sms opt out,email\n4155552612,true,nowhere\n4155552613,false,\n";
    let report = stage.import(&ann, "", no).await;
    assert_eq!((said(&report), &report["rejected"]), ([0, 1, 0], &json!(1)));
    let no = "phone,status\n4155552614,Opted Out\n4155552613,inactive\n";
    assert_eq!(said(&stage.import(&ann, "", no).await), [0, 1, 0]);
    assert_eq!(
        customers(&stage, &ann).await,
        [
            "+14155552611|inactive|declined",
            "+14155552612|inactive|declined",
            "+14155552613|inactive|-",
            "+14155552614|inactive|declined",
        ]
    );
    assert_eq!(suppressions(&stage, &ann).await.len(), 3);
}

#[tokio::test]
async fn words_that_are_not_known_are_asked_about_before_anything_is_written() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let file = "Mobile,SMS Opt-In,Status\n4155552621,maybe,Lead\n4155552622,Yes,Customer\n4155552623,perhaps,lead\n";
    let body = || file.to_owned().into();
    let (status, problem) = stage.send(&ann, "", "text/csv", body()).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (422, &json!("values_unknown"))
    );
    let fields: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "status_values[Lead]",
            "status_values[Customer]",
            "consent_values[maybe]",
            "consent_values[perhaps]"
        ],
        "{problem}"
    );
    assert!(customers(&stage, &ann).await.is_empty() && ledger(&stage).await.is_empty());

    let report = stage.import(&ann, "?dry_run=true", file).await;
    assert_eq!(
        report["rejected_by_code"],
        json!({"consent_unknown": 2, "status_unknown": 1})
    );
    assert_eq!(
        report["questions"][0],
        json!({
            "field": "status", "column": "Status", "parameter": "status_values", "rows": 3,
            "words": [{"word": "Lead", "rows": 2}, {"word": "Customer", "rows": 1}]
        })
    );

    let told = "?status_values[LEAD]=active&status_values[*]=ignore&consent_values[maybe]=ignore&consent_values[*]=no";
    let report = stage.import(&ann, told, file).await;
    assert_eq!(said(&report), [1, 1, 0]);
    assert_eq!(
        customers(&stage, &ann).await,
        [
            "+14155552621|active|-",
            "+14155552622|active|-",
            "+14155552623|inactive|declined"
        ]
    );
    let left_out = "?mapping[status]=&mapping[consent]=";
    let report = stage.import(&ann, left_out, file).await;
    assert_eq!(
        (said(&report), &report["ignored_columns"]),
        ([0, 0, 1], &json!(["SMS Opt-In", "Status"]))
    );
}

#[tokio::test]
async fn consent_is_stated_for_a_whole_file_and_a_rows_no_wins() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let file = "phone,Do Not Text\n4155552631,\n4155552632,yes\n4155552633,no\n4155552631,\n";
    let (status, problem) = stage
        .send(&ann, "?consent=given", "text/csv", file.to_owned().into())
        .await;
    assert_eq!(
        (status.as_u16(), &problem["errors"][0]["field"]),
        (422, &json!("consent_source"))
    );
    let stated = "?consent=given&consent_source=Sign-up%20form&consent_at=2025-01-02";
    for query in [format!("{stated}&dry_run=true"), stated.to_owned()] {
        let report = stage.import(&ann, &query, file).await;
        assert_eq!(said(&report), [2, 1, 0], "{report}");
        let written = usize::from(!query.contains("dry_run"));
        assert_eq!(suppressions(&stage, &ann).await.len(), written);
        assert_eq!(ledger(&stage).await.len(), 3 * written);
    }
    assert_eq!(
        ledger(&stage).await,
        [
            r#"+14155552631|given|{"at": "2025-01-02T00:00:00Z", "row": 5, "source": "Sign-up form", "stated": "given"}"#,
            r#"+14155552632|revoked|{"row": 3, "words": "yes", "column": "Do Not Text"}"#,
            r#"+14155552633|given|{"at": "2025-01-02T00:00:00Z", "row": 4, "source": "Sign-up form", "stated": "given"}"#,
        ]
    );
    let waiting: i64 = sqlx::query_scalar("select count(*) from private.customer_import_consents")
        .fetch_one(stage.rows.pool())
        .await
        .unwrap();
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn whoever_said_stop_comes_in_inactive_whatever_a_file_says() {
    let stage = Stage::open().await;
    let (ann, ben) = (
        stage.person("approved").await,
        stage.person("approved").await,
    );
    suppress(&stage, "+14155552641", "opted_out").await;
    suppress(&stage, "+14155552642", "invalid_number").await;
    sqlx::query("select private.suppress('+14155552643', $1, 'listed', 'list')")
        .bind(ben.profile)
        .execute(stage.rows.pool())
        .await
        .unwrap();
    let file = "phone,consent,status\n4155552641,yes,active\n4155552642,yes,\n4155552643,yes,\n4155552644,yes,inactive\n";
    let dry = stage.import(&ann, "?dry_run=true", file).await;
    assert_eq!(said(&dry), [3, 0, 2], "{dry}");
    assert_eq!(
        dry["preview"][0]["customer"]["inactive_reason"],
        "opted_out"
    );
    let report = stage.import(&ann, "", file).await;
    // Without a date, the yes of whoever said stop would seem to come after it.
    assert_eq!(said(&report), [3, 0, 2], "{report}");
    assert_eq!(
        customers(&stage, &ann).await,
        [
            "+14155552641|inactive|opted_out",
            "+14155552642|inactive|invalid_number",
            "+14155552643|active|-",
            "+14155552644|inactive|-",
        ]
    );
    let report = stage.import(&ann, "", file).await;
    assert_eq!(
        (said(&report), &report["unchanged"]),
        ([3, 0, 2], &json!(4))
    );
}

#[tokio::test]
async fn the_no_of_a_row_counts_before_a_yes_of_another_and_for_a_number_of_another_account() {
    let stage = Stage::open().await;
    let (ann, ben) = (
        stage.person("approved").await,
        stage.person("approved").await,
    );
    stage
        .import(&ann, "", "phone\n4155552651\n4155552652\n")
        .await;
    let file = "phone,sms consent\n4155552651,no\n4155552652,yes\n4155552653,no\n4155552653,yes\n";
    let report = stage.import(&ben, "", file).await;
    assert_eq!((said(&report), &report["rejected"]), ([0, 2, 0], &json!(2)));
    assert_eq!(
        customers(&stage, &ben).await,
        ["+14155552653|inactive|declined"]
    );
    assert_eq!(
        customers(&stage, &ann).await,
        ["+14155552651|active|-", "+14155552652|active|-"]
    );
    assert_eq!(
        suppressions(&stage, &ben).await,
        [
            "+14155552651|declined|import|t",
            "+14155552653|declined|import|t"
        ]
    );
    let cells: Vec<Vec<String>> =
        sqlx::query_scalar("select cells from public.customer_import_rejects order by row")
            .fetch_all(stage.rows.pool())
            .await
            .unwrap();
    assert_eq!(cells, [["+14155552651", "no"], ["+14155552652", "yes"]]);
}

#[tokio::test]
async fn undoing_an_import_keeps_what_it_suppressed() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let file = "phone,sms consent\n4155552661,no\n4155552662,yes\n";
    let report = stage.import(&ann, "", file).await;
    stage.undo(&ann, report["id"].as_str().unwrap()).await;
    assert_eq!(
        suppressions(&stage, &ann).await,
        ["+14155552661|declined|import|t"]
    );
    stage.forget_customers().await;
    let yes = "phone,sms consent\n4155552661,yes\n";
    assert_eq!(said(&stage.import(&ann, "", yes).await), [0, 0, 1]);
    assert_eq!(
        customers(&stage, &ann).await,
        ["+14155552661|inactive|declined"]
    );
}

#[tokio::test]
async fn an_erased_number_comes_in_suppressed_again() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    sqlx::query(
        "insert into private.erased_numbers (phone_hash, suppressions) values (private.phone_hash('+14155552671'), \
         '[{\"user_id\": null, \"reason\": \"opted_out\", \"source\": \"stop\", \"since\": \"2026-01-01T00:00:00Z\"}]')",
    )
    .execute(stage.rows.pool())
    .await
    .unwrap();
    let report = stage
        .import(&ann, "", "phone\n4155552671\n4155552672\n")
        .await;
    assert_eq!(said(&report), [0, 0, 1]);
    assert_eq!(
        customers(&stage, &ann).await,
        ["+14155552671|inactive|opted_out", "+14155552672|active|-"]
    );
}
