//! What the cells of a row are understood as.

use serde_json::json;

use crate::{Files, rejects};

#[tokio::test]
async fn what_a_spreadsheet_did_is_undone_or_told() {
    let files = Files::open().await;
    let (report, customers) = files.import("mangled_numbers.csv", "").await;
    let names: Vec<_> = customers.iter().map(|line| &line[..14]).collect();
    assert_eq!(
        names,
        [
            "+12125552368|b",
            "+13055552671|c",
            "+13125552671|d",
            "+14155552671|a",
            "+16175552671|f"
        ]
    );
    assert_eq!(rejects(&report), [(6, "phone", "phone_rounded")]);

    let (report, customers) = files.import("state_names.csv", "").await;
    let states: Vec<_> = customers
        .iter()
        .map(|line| line.split('|').nth(4).unwrap())
        .collect();
    assert_eq!(states, ["NY", "FL", "ON", "CA"]);
    assert_eq!(rejects(&report), []);

    // As our own export writes it.
    let (_, customers) = files.import("spreadsheet_safe.csv", "").await;
    assert_eq!(customers, ["+14155552671|=1+1|'tis|-|-|active"]);
}

#[tokio::test]
async fn tags_and_attributes_are_added_to_what_a_customer_has() {
    let files = Files::open().await;
    let (status, report) = files
        .send("tags_and_attributes.csv", "?unmapped=attributes")
        .await;
    assert_eq!(status, 200, "{report}");
    assert_eq!(rejects(&report), [(4, "Tags", "tag_invalid")]);
    let labels = files.stage.labels_of(&files.ann).await;
    assert_eq!(
        labels,
        [
            json!({"phone": "+12125552368", "tags": [], "attributes": {}}),
            json!({"phone": "+14155552671", "tags": ["vip", "gold"], "attributes": {"plan": "pro", "shoe_size": "42"}}),
        ]
    );
    let more = "phone,tags,attributes.plan\n4155552671,\"gold,new\",free\n2125552368,,\n";
    let report = files.stage.import(&files.ann, "", more).await;
    assert_eq!(
        (&report["updated"], &report["unchanged"]),
        (&json!(1), &json!(1))
    );
    let labels = files.stage.labels_of(&files.ann).await;
    assert_eq!(
        labels[1],
        json!({"phone": "+14155552671", "tags": ["vip", "gold", "new"], "attributes": {"plan": "free", "shoe_size": "42"}})
    );
    let (report, _) = files
        .import("rejects_sent_again.csv", "?unmapped=attributes")
        .await;
    assert_eq!(
        (&report["updated"], &report["ignored_columns"]),
        (&json!(1), &json!([]))
    );
}

#[tokio::test]
async fn a_shops_column_of_consent_to_texts_is_understood() {
    let files = Files::open().await;
    let (report, customers) = files.import("shop_consent.csv", "").await;
    assert_eq!(
        customers,
        [
            "+13125552201|Ann|Lee|ann@example.com|IL|active",
            "+13125552202|Bo|Ray|bo@example.com|IL|inactive",
            "+13125552203|Cy|Oh|cy@example.com|IL|active",
        ]
    );
    assert_eq!(
        (&report["consented"], &report["declined"]),
        (&json!(1), &json!(1)),
        "{report}"
    );
}

#[tokio::test]
async fn a_crms_status_is_asked_about_and_usable_without_editing_the_file() {
    let files = Files::open().await;
    let (status, problem) = files.send("crm_lifecycle.csv", "").await;
    assert_eq!((status, &problem["code"]), (422, &json!("values_unknown")));
    let expected = [
        "+13125552211|Ann|Lee|-|IL|active",
        "+13125552212|Bob|Ray|-|IL|active",
        "+13125552213|Cy|Oh|-|IL|inactive",
    ];
    for query in [
        "?status_values[Lead]=active&status_values[Customer]=active",
        "?status_values[*]=ignore",
    ] {
        let (report, customers) = files.import("crm_lifecycle.csv", query).await;
        assert_eq!(customers, expected, "{query}");
        assert_eq!(report["declined"], 1);
    }
    let (_, customers) = files.import("crm_lifecycle.csv", "?mapping[status]=").await;
    // Who unsubscribed in an earlier import stays so.
    assert_eq!(customers, expected);
}

#[tokio::test]
async fn of_several_phones_the_first_that_can_be_used_is_taken() {
    let files = Files::open().await;
    let (report, customers) = files.import("several_phones.csv", "").await;
    assert_eq!(
        customers,
        [
            "+13125552231|Ann|Lee|-|-|active",
            "+13125552232|Bob|Ray|-|-|active",
            "+13125552233|Cy|Oh|-|-|active",
            "+13125552236|Flo|Kay|-|-|active",
        ]
    );
    assert_eq!(
        rejects(&report),
        [
            (5, "Mobile Phone Number", "phone_empty"),
            (6, "Phone Number", "phone_short_code")
        ]
    );
    assert_eq!(
        report["columns"]["phone"],
        "Phone Number, Mobile Phone Number"
    );
    // The mapping names one, and means it.
    let (report, _) = files
        .import("several_phones.csv", "?mapping[phone]=Phone%20Number")
        .await;
    assert_eq!(
        (&report["inserted"], &report["rejected"]),
        (&json!(2), &json!(4))
    );
}

#[tokio::test]
async fn an_unknown_region_costs_nobody_their_customer() {
    let files = Files::open().await;
    let (status, report) = files.send("regions.csv", "").await;
    assert_eq!((status, &report["inserted"]), (200, &json!(9)), "{report}");
    let customers = files.stage.customers_of(&files.ann).await;
    let codes: Vec<_> = customers
        .iter()
        .map(|line| line.split('|').nth(4).unwrap())
        .collect();
    assert_eq!(codes, ["AE", "AP", "AA", "AE", "ON", "BC", "CA", "-", "-"]);
    assert_eq!(
        (&report["warned"], &report["warnings"][0]),
        (
            &json!(1),
            &json!({"row": 9, "column": "State/Region", "code": "state_unknown", "value": "Bavaria",
                "detail": "this is no state of the US and no province of Canada"})
        )
    );
    let labels = files.stage.labels_of(&files.ann).await;
    assert_eq!(labels[7]["attributes"], json!({"region": "Bavaria"}));
    assert_eq!(labels[8]["attributes"], json!({}));
}

#[tokio::test]
async fn what_nobody_sees_is_not_stored() {
    let files = Files::open().await;
    let (status, report) = files.send("unseen.csv", "").await;
    assert_eq!((status, &report["inserted"]), (200, &json!(6)), "{report}");
    assert_eq!(
        files.stage.customers_of(&files.ann).await,
        [
            "+13125552251|Ann|-|ann@example.com|TX|active",
            "+13125552252|Bob|-|bob@example.com|TX|active",
            "+13125552253|Cy|-|cy@example.com|TX|active",
            "+13125552254|Di|-|di@example.com|TX|active",
            "+13125552255|Ed|-|ed@example.com|TX|active",
            "+13125552256|Flo|-|flo@example.com|TX|active",
        ]
    );
    for customer in files.stage.labels_of(&files.ann).await {
        assert_eq!(
            (&customer["tags"], &customer["attributes"]),
            (&json!(["vip"]), &json!({"plan": "gold"}))
        );
    }
}
