//! Where the links of mails lead.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::json;

use crate::project::{Project, link_in, parameter};

const SITE: &str = "https://app.example.com";

async fn project() -> Project {
    let project = Project::with(|options| {
        options.site_url = SITE.into();
        options.redirect_urls = vec![
            "https://preview.example.com/**".into(),
            "https://exact.example.com/here".into(),
            "our-app://signed-in".into(),
            "http://203.0.113.7/**".into(),
        ];
    })
    .await;
    project.sign_up("ann@example.com").await;
    project
}

#[tokio::test]
async fn links_lead_only_where_the_project_allows() {
    let project = project().await;
    let leads_to = async |wanted: &str| {
        let body = json!({ "type": "recovery", "email": "ann@example.com", "redirect_to": wanted });
        let link = project
            .admin(Method::POST, "/admin/generate_link", body)
            .await;
        link.text("/redirect_to")
    };
    for allowed in [
        "https://app.example.com/reset?a=1#b",
        "HTTPS://app.example.com",
        "https://preview.example.com/x/y?z=1",
        "https://exact.example.com/here#signed-in",
        "our-app://signed-in",
        // A program on this machine, which chooses its port.
        "http://127.0.0.1:9999/x",
        "https://[::1]:9999/",
    ] {
        assert_eq!(leads_to(allowed).await, allowed);
    }
    for foreign in [
        "",
        "/reset",
        "http://app.example.com/reset",
        "https://app.example.com:8443/",
        "https://evil.example",
        "https://evil.example/?https://preview.example.com/",
        "https://evil.example\\@app.example.com/",
        "https:app.example.com",
        "https://preview.example.com.evil.example/",
        "https://exact.example.com/here?and=there",
        "our-app://signed-out",
        "http://203.0.113.7/",
        "http://2130706433/",
        "http://localhost:3000/",
    ] {
        assert_eq!(leads_to(foreign).await, SITE, "{foreign}");
    }
}

#[tokio::test]
async fn a_frontend_on_this_machine_is_one_on_any_port() {
    let project = Project::with(|options| options.site_url = "http://localhost:3000".into()).await;
    project.sign_up("ann@example.com").await;
    for (wanted, expected) in [
        ("http://localhost:8080/x", "http://localhost:8080/x"),
        ("https://localhost:3000/x", "http://localhost:3000"),
    ] {
        let path = format!("/recover?redirect_to={wanted}");
        project
            .post(&path, json!({ "email": "ann@example.com" }))
            .await;
        let link = link_in(&project.mail_to("ann@example.com"));
        assert_eq!(parameter(&link, "redirect_to"), expected, "{wanted}");
    }
}

#[tokio::test]
async fn a_request_that_names_no_address_leads_back_to_its_page() {
    let project = project().await;
    for (query, page, expected) in [
        (
            "",
            "https://preview.example.com/",
            "https://preview.example.com/",
        ),
        ("", "https://evil.example/", SITE),
        (
            "?redirect_to=https://evil.example/",
            "https://preview.example.com/",
            "https://preview.example.com/",
        ),
        (
            "?redirect_to=https://app.example.com/reset",
            "https://preview.example.com/",
            "https://app.example.com/reset",
        ),
    ] {
        let request = Request::post(format!("/recover{query}"))
            .header("referer", page)
            .body(Body::from(
                json!({ "email": "ann@example.com" }).to_string(),
            ));
        assert_eq!(project.send(request.unwrap()).await.status, 200);
        let link = link_in(&project.mail_to("ann@example.com"));
        assert_eq!(parameter(&link, "redirect_to"), expected, "{query} {page}");
    }
}
