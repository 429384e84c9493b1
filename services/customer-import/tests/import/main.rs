//! Imports through the router into a real Postgres.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "test code: a panic is the failed test"
)]

mod allowance;
mod consent;
mod parts;
mod refused;
mod search;
mod stage;
mod verify;

use std::time::Duration;

use axum::{body::Body, http::StatusCode};
use futures::stream;
use serde_json::Value;
use stage::Stage;

fn counts(report: &Value) -> [u64; 6] {
    [
        "total_rows",
        "inserted",
        "updated",
        "unchanged",
        "duplicates",
        "rejected",
    ]
    .map(|name| report[name].as_u64().unwrap())
}

/// Row, column and code of each.
fn rejects(report: &Value) -> Vec<(u64, &str, &str)> {
    let rejects = report["rejects"].as_array().unwrap();
    rejects
        .iter()
        .map(|reject| {
            (
                reject["row"].as_u64().unwrap(),
                reject["column"].as_str().unwrap(),
                reject["code"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_messy_file_is_imported_and_every_row_accounted_for() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let report = stage
        .import(
            &ann,
            "",
            "\u{feff}First Name;Surname;Cell;E-Mail;State;Notes\r\n\
             Zoë;\"O\"\"Hara; Jr.\";(415) 555-2671;zoe@EXAMPLE.com;california;x\r\n\
             ;;+1 212 555 2368;;;\r\n\
             Bad;Number;12345;;;\r\n\
             Bad;Mail;305-555-2671;nobody@;;\r\n\
             ;;;;;\r\n\
             Any;State;305-555-2672;;Ontario;\r\n\
             Zoe;Second;1-415-555-2671;z@example.com;NY;\r\n",
        )
        .await;
    assert_eq!(counts(&report), [6, 3, 0, 0, 1, 2], "{report}");
    assert_eq!(
        rejects(&report),
        [
            (4, "Cell", "phone_short_code"),
            (5, "E-Mail", "email_missing_part"),
        ]
    );
    assert_eq!(report["ignored_columns"][0], "Notes");
    assert_eq!(
        stage.customers_of(&ann).await,
        [
            "+12125552368|-|-|-|-|active",
            "+13055552672|Any|State|-|ON|active",
            "+14155552671|Zoe|Second|z@example.com|NY|active"
        ]
    );
}

#[tokio::test]
async fn an_update_changes_what_the_file_says_and_nothing_else() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let first = "phone,first_name,email,state,status\n4155552671,Ann,a@example.com,CA,\n\
                 4155552672,Ben,,NY,inactive\n4155552673,Cleo,,TX,\n";
    assert_eq!(
        counts(&stage.import(&ann, "", first).await),
        [3, 3, 0, 0, 0, 0]
    );
    assert_eq!(
        counts(&stage.import(&ann, "", first).await),
        [3, 0, 0, 3, 0, 0]
    );
    let second = "phone,first_name,status\n4155552671,Anna,\n4155552672,,active\n4155552673,,\n4155552674,Dan,\n";
    assert_eq!(
        counts(
            &stage
                .import(&ann, "?on_conflict=skip&dry_run=true", second)
                .await
        ),
        [4, 1, 0, 3, 0, 0]
    );
    assert_eq!(
        counts(&stage.import(&ann, "", second).await),
        [4, 1, 1, 2, 0, 0]
    );
    assert_eq!(
        stage.customers_of(&ann).await,
        [
            "+14155552671|Anna|-|a@example.com|CA|active",
            "+14155552672|Ben|-|-|NY|inactive",
            "+14155552673|Cleo|-|-|TX|active",
            "+14155552674|Dan|-|-|-|active",
        ]
    );
}

#[tokio::test]
async fn the_analytics_count_who_is_new_and_who_is_gone_again() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let file = "phone\n415-555-2671\n415-555-2672\n415-555-2671\n";
    let first = stage.import(&ann, "", file).await;
    stage
        .import(&ann, "", "phone,state\n415-555-2671,NY\n415-555-2673,NY\n")
        .await;
    let growth = async || -> (i64, i64) {
        sqlx::query_as(
            "select sum(customers_added), sum(customers_removed) from private.account_tallies where user_id = $1",
        )
        .bind(ann.profile)
        .fetch_one(stage.rows.pool())
        .await
        .unwrap()
    };
    assert_eq!(growth().await, (3, 0));
    stage.undo(&ann, first["id"].as_str().unwrap()).await;
    let left = stage.customers_of(&ann).await.len();
    let (added, removed) = growth().await;
    assert_eq!(added - removed, i64::try_from(left).unwrap());
}

#[tokio::test]
async fn another_tenants_number_is_refused_and_left_alone() {
    let stage = Stage::open().await;
    let (ann, ben) = (
        stage.person("approved").await,
        stage.person("approved").await,
    );
    stage
        .import(&ann, "", "phone,first name\n4155552671,Ann's\n")
        .await;
    let report = stage
        .import(
            &ben,
            "",
            "phone,first name\n4155552671,Ben's\n4155552672,Ben's\n",
        )
        .await;
    assert_eq!(counts(&report), [2, 1, 0, 0, 0, 1]);
    assert_eq!(report["rejects"][0]["code"], "phone_unavailable");
    assert_eq!(report["rejects"][0]["row"], 2);
    assert_eq!(
        stage.customers_of(&ann).await,
        ["+14155552671|Ann's|-|-|-|active"]
    );
    assert_eq!(
        stage.customers_of(&ben).await,
        ["+14155552672|Ben's|-|-|-|active"]
    );
}

#[tokio::test]
async fn a_broken_upload_changes_nothing() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let rows: Vec<String> = (0..20_000)
        .map(|i| format!("415555{i:04}\n", i = 2000 + i % 8000))
        .collect();
    let rows = rows.concat();
    let pieces = vec![
        Ok("phone\n".to_owned()),
        Ok(rows.clone()),
        Err(std::io::Error::other("connection reset")),
    ];
    let (status, problem) = stage
        .send(
            &ann,
            "",
            "text/csv",
            Body::from_stream(stream::iter(pieces)),
        )
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::BAD_REQUEST, &"upload_broken".into())
    );

    // A form that ends before its closing boundary.
    let form = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nphone\n{rows}"
    );
    let (status, problem) = stage
        .send(
            &ann,
            "",
            "multipart/form-data; boundary=x",
            Body::from(form),
        )
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::BAD_REQUEST, &"upload_broken".into())
    );

    // Wrong bytes after thousands of good rows.
    let mut file = format!("phone,first name\n{}", rows.replace('\n', ",x\n")).into_bytes();
    file.extend_from_slice(b"4155552671,\xff\n");
    let (status, problem) = stage
        .send(&ann, "?encoding=utf-8", "text/csv", Body::from(file))
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &"invalid_encoding".into())
    );

    // A client that goes away in the middle.
    let endless = stream::iter([Ok::<_, std::io::Error>(format!("phone\n{rows}"))]);
    let endless = futures::StreamExt::chain(endless, stream::pending());
    let gone = stage.send(&ann, "", "text/csv", Body::from_stream(endless));
    assert!(
        tokio::time::timeout(Duration::from_secs(1), gone)
            .await
            .is_err()
    );
    assert!(stage.customers_of(&ann).await.is_empty());
}

#[tokio::test]
async fn an_import_that_is_canceled_just_before_it_saves_says_so() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let pool = stage.rows.pool().clone();
    // Too late for the signs of life, which ask every half second.
    let last = async move {
        sqlx::query("update public.customer_imports set cancel_requested_at = now()")
            .execute(&pool)
            .await
            .unwrap();
        Ok::<_, std::io::Error>("4155552671\n")
    };
    let body = futures::StreamExt::chain(stream::iter([Ok("phone\n")]), stream::once(last));
    let (status, problem) = stage
        .send(&ann, "", "text/csv", Body::from_stream(body))
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &"canceled".into()),
        "{problem}"
    );
    assert!(stage.customers_of(&ann).await.is_empty());
}

#[tokio::test]
async fn a_form_is_as_good_as_a_bare_file_and_encodings_are_told() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
                Content-Type: text/csv\r\n\r\nNummer\tfname\n4155552671\tAnn\n\r\n--x--\r\n";
    let (status, report) = stage
        .send(
            &ann,
            "?map=phone:Nummer",
            "multipart/form-data; boundary=x",
            Body::from(form),
        )
        .await;
    assert_eq!(
        (status, counts(&report)),
        (StatusCode::OK, [1, 1, 0, 0, 0, 0]),
        "{report}"
    );
    let utf16: Vec<u8> = "\u{feff}phone,first\n4155552672,Zoë\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(
        stage.send(&ann, "", "text/csv", Body::from(utf16)).await.0,
        StatusCode::OK
    );
    let latin = b"phone,first\n4155552673,Ren\xe9\n".to_vec();
    assert_eq!(
        stage
            .send(
                &ann,
                "?encoding=windows-1252",
                "text/csv",
                Body::from(latin)
            )
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(
        stage.customers_of(&ann).await,
        [
            "+14155552671|Ann|-|-|-|active",
            "+14155552672|Zoë|-|-|-|active",
            "+14155552673|René|-|-|-|active",
        ]
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_meant_is_refused_with_a_stable_code() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    for (kind, file, status, code) in [
        ("text/csv", "", 422, "empty_file"),
        ("text/csv", "\n\n", 422, "empty_file"),
        ("text/csv", "PK\u{3}\u{4}xl/workbook.xml", 422, "not_csv"),
        (
            "text/csv",
            "shoe size,colour\n42,red\n",
            422,
            "phone_column_missing",
        ),
        // Text in another encoding than the one that is named, and files of other kinds.
        (
            "text/csv; charset=utf-8",
            "p\0h\0o\0n\0e\0\n\0",
            422,
            "not_csv",
        ),
        ("text/csv", "SQLite format 3\0\u{10}\0", 422, "not_csv"),
        ("application/json", "{}", 415, "content_type_unsupported"),
        (
            "multipart/form-data; boundary=x",
            "--x--\r\n",
            400,
            "file_missing",
        ),
    ] {
        let (got, problem) = stage.send(&ann, "", kind, Body::from(file)).await;
        assert_eq!(
            (got.as_u16(), problem["code"].as_str()),
            (status, Some(code)),
            "{file:?}"
        );
    }
    assert_eq!(counts(&stage.import(&ann, "", "phone\n").await), [0; 6]);
    let pending = stage.person("pending").await;
    let (status, _) = stage
        .send(&pending, "", "text/csv", Body::from("phone\n4155552671\n"))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn imports_at_the_same_time_never_import_a_phone_twice() {
    let stage = Stage::open().await;
    let (ann, ben) = (
        stage.person("approved").await,
        stage.person("approved").await,
    );
    let file: String = std::iter::once("phone\n".to_owned())
        .chain((0..3000).map(|i| format!("415555{:04}\n", 2000 + i)))
        .collect();
    let (a, b, c) = tokio::join!(
        stage.import(&ann, "", &file),
        stage.import(&ben, "", &file),
        stage.import(&ann, "", &file)
    );
    let all = [counts(&a), counts(&b), counts(&c)];
    assert_eq!(all.iter().map(|c| c[1]).sum::<u64>(), 3000, "{all:?}");
    assert!(
        all.iter()
            .all(|c| c[0] == 3000 && c[1..].iter().sum::<u64>() == 3000),
        "{all:?}"
    );
}

#[tokio::test]
async fn the_demos_file_adds_up_and_has_something_of_everything() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    let file = include_str!("../../../../tests/fixtures/customers.csv");
    let report = stage.import(&ann, "", file).await;
    let [total, inserted, updated, unchanged, duplicates, rejected] = counts(&report);
    assert_eq!(
        total,
        inserted + updated + unchanged + duplicates + rejected,
        "{report}"
    );
    assert_eq!(report["rejects"].as_array().unwrap().len() as u64, rejected);
    assert!(inserted > 4_000 && duplicates > 50, "{report}");
    for code in [
        "phone_empty",
        "phone_not_a_number",
        "phone_too_short",
        "phone_too_long",
        "phone_unassigned",
        "phone_unknown_country",
        "phone_extension",
        "phone_rounded",
        "email_missing_part",
        "email_invalid_name",
    ] {
        assert!(
            report["rejected_by_code"][code].as_u64() > Some(0),
            "{code}: {}",
            report["rejected_by_code"]
        );
    }
    let again = counts(&stage.import(&ann, "", file).await);
    assert_eq!(again, [total, 0, 0, inserted, duplicates, rejected]);
}

#[tokio::test]
async fn whoever_deletes_a_person_does_not_wait_for_an_import_of_theirs() {
    let stage = Stage::open().await;
    let ann = stage.person("approved").await;
    // As the foreign keys of the rows that it saves, until it ends.
    let mut import = stage.rows.pool().begin().await.unwrap();
    sqlx::query("insert into public.customers (user_id, phone) values ($1, '+14155552671')")
        .bind(ann.profile)
        .execute(&mut *import)
        .await
        .unwrap();
    let mut admin = stage.rows.pool().begin().await.unwrap();
    for statement in [
        "set local lock_timeout = '2s'",
        "select private.delete_account(p.id, null, null) from public.user_profiles p",
    ] {
        sqlx::query(statement).execute(&mut *admin).await.unwrap();
    }
    admin.commit().await.unwrap();
    import.commit().await.unwrap();
    assert_eq!(stage.customers_of(&ann).await.len(), 1, "and it is kept");
}
