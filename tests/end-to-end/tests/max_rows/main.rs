//! A project that answers with very few rows at once loses no row of a list or a file, and no total changes.

mod lists;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use stack::{Services, Stack, StackOptions};
use testkit::people::{Person, read};
use uuid::Uuid;

use lists::{FILES, File, List, PAGED, WHOLE, Who};

/// What the project answers at once.
const MAX_ROWS: &str = "2";
/// More than that, and no divisor of any list's length.
const PER_PAGE: usize = 5;

struct Stage {
    owner: Person,
    admin: Person,
    database: PgConnection,
    profile: Uuid,
}

#[tokio::test]
async fn a_project_that_answers_few_rows_at_once_loses_none() -> Result<()> {
    let stack = Stack::start(&StackOptions {
        localstack: ["--fast", "--max-rows", MAX_ROWS].map(Into::into).into(),
        services: Services::WithoutSendWorker,
        ..StackOptions::default()
    })
    .await?;
    let owner = Person::approved(&stack.environment, "owner").await?;
    let admin = Person::with(&stack.environment, "admin", "admin", "approved").await?;
    for _ in 0..5 {
        Person::approved(&stack.environment, "somebody").await?;
    }
    let mut database = PgConnection::connect(stack.get("DNWERKS_TEST_DATABASE_URL")?).await?;
    sqlx::query("select set_config('stock.owner', $1, false)")
        .bind(&owner.profile_id)
        .execute(&mut database)
        .await?;
    sqlx::raw_sql(include_str!("stock.sql"))
        .execute(&mut database)
        .await?;
    let profile = owner.profile_id.parse()?;
    let mut stage = Stage {
        owner,
        admin,
        database,
        profile,
    };
    // Otherwise nothing is cut.
    let cut = stage
        .owner
        .rest(Method::GET, "campaign_templates?select=id");
    let cut = read(cut).await?.success()?;
    ensure!(cut.as_array().is_some_and(|rows| rows.len() == 2), "{cut}");

    stage.knows_every_list().await?;
    for list in PAGED {
        stage
            .pages(&list)
            .await
            .with_context(|| list.route.to_owned())?;
    }
    for list in WHOLE {
        stage
            .whole(&list)
            .await
            .with_context(|| list.route.to_owned())?;
    }
    for file in FILES {
        stage
            .lines(&file)
            .await
            .with_context(|| file.route.to_owned())?;
    }
    stack.stop().await
}

impl Stage {
    fn person(&self, who: Who) -> &Person {
        match who {
            Who::Owner => &self.owner,
            Who::Admin => &self.admin,
        }
    }

    async fn get(&self, who: Who, path: &str) -> Result<Value> {
        let request = self.person(who).api(Method::GET, path);
        read(request).await?.success()
    }

    /// More than the project answers at once.
    async fn rows(&mut self, statement: &'static str) -> Result<Vec<String>> {
        let mut rows: Vec<String> = sqlx::query_scalar(statement)
            .bind(self.profile)
            .fetch_all(&mut self.database)
            .await?;
        ensure!(rows.len() > PER_PAGE, "only {rows:?}");
        rows.sort();
        Ok(rows)
    }

    /// A new list has to be added to the tables.
    async fn knows_every_list(&self) -> Result<()> {
        let description = self.get(Who::Owner, "/api/openapi.json").await?;
        let paths = description["paths"].as_object().context("no paths")?;
        let described: BTreeSet<&str> = paths
            .iter()
            .filter(|(_, methods)| is_list(&methods["get"]))
            .map(|(path, _)| path.as_str())
            .collect();
        let lists = PAGED.iter().chain(&WHOLE).map(|list| list.route);
        let files = FILES.iter().map(|file| file.route);
        let known: BTreeSet<&str> = lists.chain(files).collect();
        ensure!(
            described == known,
            "{:?}",
            described.symmetric_difference(&known)
        );
        Ok(())
    }

    async fn pages(&mut self, list: &List) -> Result<()> {
        let rows = self.rows(list.rows).await?;
        let path = list.route.replace("{id}", list.id);
        let pages = rows.len().div_ceil(PER_PAGE);
        let mut seen = Vec::new();
        for page in (1..=pages).chain([pages + 1, 1000]) {
            let path = format!("{path}?page={page}&per_page={PER_PAGE}");
            let answer = self.get(list.who, &path).await?;
            let (data, total) = if answer["messages"].is_array() {
                (&answer["messages"], &answer["messages_total"])
            } else {
                ensure!(answer["total_pages"] == pages, "{page}: {answer}");
                (&answer["data"], &answer["total"])
            };
            ensure!(*total == rows.len(), "{page}: {answer}");
            let keys = keys(data, list.key)?;
            let wanted = rows.len().saturating_sub((page - 1) * PER_PAGE);
            ensure!(keys.len() == wanted.min(PER_PAGE), "{page}: {answer}");
            seen.extend(keys);
        }
        seen.sort();
        ensure!(seen == rows, "{seen:?} instead of {rows:?}");
        Ok(())
    }

    async fn whole(&mut self, list: &List) -> Result<()> {
        let rows = self.rows(list.rows).await?;
        let path = list.route.replace("{id}", list.id);
        let answer = self.get(list.who, &path).await?;
        ensure!(answer["total"] == rows.len(), "{answer}");
        let mut seen = keys(&answer["data"], list.key)?;
        seen.sort();
        ensure!(seen == rows, "{seen:?} instead of {rows:?}");
        Ok(())
    }

    async fn lines(&mut self, file: &File) -> Result<()> {
        let rows = self.rows(file.rows).await?;
        let path = file.route.replace("{id}", file.id) + file.query;
        let request = self.person(file.who).api(Method::GET, &path);
        let answer = request.header("accept", "text/csv").send().await?;
        let text = answer.error_for_status()?.text().await?;
        let mut lines = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let column = lines.headers()?.iter().position(|name| name == file.key);
        let column = column.with_context(|| text.clone())?;
        let mut seen = Vec::new();
        for line in lines.records() {
            // A number would be a formula without it.
            let cell = line?[column].trim_start_matches('\'').to_owned();
            seen.push(cell);
        }
        seen.sort();
        ensure!(seen == rows, "{seen:?} instead of {rows:?}");
        Ok(())
    }
}

/// Whether what is described answers rows: in pages, as a whole, or as CSV.
fn is_list(operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array();
    let paged = parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "per_page"));
    let content = &operation["responses"]["200"]["content"];
    let schema = content["application/json"]["schema"]["$ref"].as_str();
    let whole = schema.is_some_and(|name| name.contains("/Listing_"));
    paged || whole || content["text/csv"].is_object()
}

fn keys(rows: &Value, key: &str) -> Result<Vec<String>> {
    let rows = rows.as_array().with_context(|| rows.to_string())?;
    rows.iter()
        .map(|row| match &row[key] {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            _ => anyhow::bail!("no {key}: {row}"),
        })
        .collect()
}
