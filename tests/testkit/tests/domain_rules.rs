//! What the crate `domain` takes, the columns take, and what it refuses, they refuse. Needs
//! `DNWERKS_TEST_DATABASE_URL`, as `scripts/test` sets it.

#[path = "domain_rules/phones.rs"]
mod phones;

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use domain::{
    AttributeName, AttributeText, EmailAddress, Label, MAX_ATTRIBUTES, PersonName, Segments,
    StateCode, Tag, Tags, visible,
};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::{Tenant, TestDatabase};

/// Characters of one, two, three and four bytes.
const LETTERS: [&str; 4] = ["x", "ë", "李", "😀"];
/// What Unicode calls white space and Postgres' `btrim` alone does not.
const BLANKS: [&str; 4] = [" ", "\u{a0}", "\u{2009}", "\u{3000}"];

/// A database, and somebody whose rows are written to it.
struct Columns {
    rows: TestDatabase,
    owner: Tenant,
    customers: AtomicU32,
}

impl Columns {
    async fn open() -> Result<Self> {
        let rows = TestDatabase::create().await?;
        let owner = rows.tenant("approved").await?;
        Ok(Self {
            rows,
            owner,
            customers: AtomicU32::default(),
        })
    }

    /// Whether a column of customers takes a value, else the check that refuses it.
    async fn customer(&self, column: &str, value: &Value) -> Result<Option<String>> {
        let phone = format!(
            "+1415{:07}",
            2_000_000 + self.customers.fetch_add(1, Ordering::Relaxed)
        );
        let record = json!({ "user_id": self.owner.profile_id, "phone": phone, column: value });
        let statement = format!(
            "insert into public.customers (user_id, phone, {column})
             select r.user_id, r.phone, r.{column} from jsonb_populate_record(null::public.customers, $1) r"
        );
        self.broken_check(statement, record).await
    }

    /// The same for the name of a campaign or a template.
    async fn name_in(&self, table: &str, name: &str) -> Result<Option<String>> {
        let statement = format!(
            "insert into public.{table} (user_id, name) select ($1 ->> 'user_id')::uuid, $1 ->> 'name'"
        );
        let record = json!({ "user_id": self.owner.profile_id, "name": name });
        self.broken_check(statement, record).await
    }

    async fn broken_check(&self, statement: String, record: Value) -> Result<Option<String>> {
        let written = sqlx::query(AssertSqlSafe(statement))
            .bind(record)
            .execute(self.rows.pool())
            .await;
        match written {
            Ok(_) => Ok(None),
            Err(sqlx::Error::Database(error)) if error.is_check_violation() => {
                let name = error.constraint().context("a check without a name")?;
                Ok(Some(name.to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Texts of exactly `chars` characters.
fn of_length(chars: usize) -> impl Iterator<Item = String> {
    LETTERS.into_iter().map(move |letter| letter.repeat(chars))
}

/// Every control character that Postgres can store, each inside a text.
fn with_control_character() -> impl Iterator<Item = String> {
    ('\u{1}'..='\u{9f}')
        .filter(|c| c.is_control())
        .map(|c| format!("a{c}b"))
}

/// Texts that nothing is wrong with, though they look as if there were.
fn unusual() -> impl Iterator<Item = String> {
    ["O'Hara", "=1+1", "a\\b", "نور", "👩‍👩‍👧", "Zoë"]
        .into_iter()
        .map(str::to_owned)
}

/// What segments are counted of: each of some width, in one encoding or the other, or joined with others.
const UNITS: [&str; 17] = [
    "a",
    "^",
    "€",
    "\u{c}",
    "Σ",
    "é",
    "\r\n",
    "_",
    "`",
    "ç",
    "\t",
    "李",
    "😀",
    "👨‍👩‍👧",
    "👍🏽",
    "🇺🇸",
    "e\u{301}",
];

#[tokio::test]
async fn segments_are_counted_by_one_rule() -> Result<()> {
    let database = TestDatabase::create().await?;
    let mut texts = vec![String::new()];
    for first in UNITS {
        for second in UNITS {
            // Either side of where one segment, two and three are full.
            for times in [1, 34, 35, 66, 67, 69, 71, 133, 152, 153, 160, 161, 305, 307] {
                texts.push(first.repeat(times) + second);
                texts.push(second.to_owned() + &first.repeat(times) + &second.repeat(3));
            }
            texts.push((first.to_owned() + second).repeat(75));
        }
    }
    let (texts, expected): (Vec<_>, Vec<_>) = texts
        .into_iter()
        .filter_map(|text| Some((Segments::count(&text).ok()?.count, text)))
        .map(|(count, text)| (text, count))
        .unzip();
    let counted: Vec<i32> = sqlx::query_scalar(
        "select private.segments(t.text) from unnest($1::text[]) with ordinality t (text, place) order by t.place",
    )
    .bind(&texts)
    .fetch_all(database.pool())
    .await?;
    assert_eq!(counted.len(), texts.len());
    for ((text, expected), counted) in texts.iter().zip(expected).zip(counted) {
        assert_eq!(usize::try_from(counted)?, expected, "{text:?}");
    }
    Ok(())
}

/// The customers' table as those see it who write past its triggers, as an import does; and which characters a column of
/// it takes between two others.
const BARE_TABLE: &str = "
create temporary table bare (like public.customers including defaults including constraints);
create function pg_temp.taken(name text, before text, after text, characters integer[]) returns integer[]
language plpgsql as $$
declare
  c integer;
  value text;
  taken integer[] := '{}';
begin
  foreach c in array characters loop
    value := before || chr(c) || after;
    begin
      insert into bare (phone, first_name, last_name, state, tags, attributes)
      select 'x', r.first_name, r.last_name, r.state, coalesce(r.tags, '{}'), coalesce(r.attributes, '{}')
      from jsonb_populate_record(null::public.customers, jsonb_build_object(name, case name
        when 'tags' then to_jsonb(array[value])
        when 'attributes' then jsonb_build_object('x', value)
        else to_jsonb(value)
      end)) r;
      taken := taken || c;
    exception when check_violation then null;
    end;
  end loop;
  return taken;
end
$$";

#[tokio::test]
async fn what_is_invisible_has_one_rule() -> Result<()> {
    let columns = Columns::open().await?;
    let mut connection = columns.rows.pool().acquire().await?;
    sqlx::raw_sql(BARE_TABLE).execute(&mut *connection).await?;
    // Between letters that no joiner joins, and between such that one does.
    for (before, after) in [("a", "b"), ("ن", "م"), ("a", "م"), ("👩", "👧")] {
        let unseen: Vec<i32> = sqlx::query_scalar(
            "select c from generate_series(1, 918015) c
             where (c < 55296 or c between 57344 and 65535 or c >= 917504)
               and private.visible($1 || chr(c) || $2) = $1 || $2
             order by c",
        )
        .bind(before)
        .bind(after)
        .fetch_all(&mut *connection)
        .await?;
        let expected: Vec<i32> = ('\u{1}'..='\u{e01ff}')
            .filter(|c| !(0x1_0000..0xe_0000).contains(&u32::from(*c)))
            .filter(|c| visible(&format!("{before}{c}{after}")) == format!("{before}{after}"))
            .map(|c| i32::try_from(u32::from(c)))
            .collect::<Result<_, _>>()?;
        assert_eq!(unseen, expected, "{before} {after}");
        for column in ["first_name", "last_name", "state", "tags", "attributes"] {
            let taken: Vec<i32> = sqlx::query_scalar("select pg_temp.taken($1, $2, $3, $4)")
                .bind(column)
                .bind(before)
                .bind(after)
                .bind(&unseen)
                .fetch_one(&mut *connection)
                .await?;
            assert_eq!(
                taken,
                Vec::<i32>::new(),
                "{column} between {before} and {after}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn names_of_people_have_one_rule() -> Result<()> {
    let columns = Columns::open().await?;
    let parse = |text: &str| Some(PersonName::parse(text).ok()??.as_str().to_owned());
    for column in ["first_name", "last_name"] {
        let refused_for = |check: &str| Some(format!("customers_{column}_{check}"));
        for text in of_length(PersonName::MAX_CHARS).chain(unusual()) {
            assert_eq!(parse(&text), Some(text.clone()));
            assert_eq!(
                columns.customer(column, &json!(text)).await?,
                None,
                "{text:?}"
            );
        }
        for text in of_length(PersonName::MAX_CHARS + 1) {
            assert_eq!(parse(&text), None);
            let broken = columns.customer(column, &json!(text)).await?;
            assert_eq!(broken, refused_for("check"), "{text:?}");
        }
        for text in with_control_character().chain(["a\u{2028}b".to_owned()]) {
            let broken = columns.customer(column, &json!(text)).await?;
            assert_eq!(broken, refused_for("characters_check"), "{text:?}");
            // Where breaks and tabs stood, there are spaces now.
            let stored = parse(&text);
            assert!(
                stored.is_none() || stored.as_deref() == Some("a b"),
                "{text:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn names_of_campaigns_and_templates_have_one_rule() -> Result<()> {
    let columns = Columns::open().await?;
    let parse = |text: &str| Some(Label::parse(text).ok()?.as_str().to_owned());
    for table in ["campaigns", "campaign_templates"] {
        let refused_for = |check: &str| Some(format!("{table}_name_{check}"));
        for text in of_length(Label::MAX_CHARS).chain(unusual()) {
            assert_eq!(parse(&text), Some(text.clone()));
            assert_eq!(columns.name_in(table, &text).await?, None, "{text:?}");
        }
        let blanks = BLANKS.into_iter().chain([""]).map(str::to_owned);
        for text in of_length(Label::MAX_CHARS + 1).chain(blanks) {
            assert_eq!(parse(&text), None);
            let broken = columns.name_in(table, &text).await?;
            assert_eq!(broken, refused_for("check"), "{text:?}");
        }
        for text in with_control_character().chain(["a\u{2029}b".to_owned()]) {
            let broken = columns.name_in(table, &text).await?;
            assert_eq!(broken, refused_for("characters_check"), "{text:?}");
            let stored = parse(&text);
            assert!(
                stored.is_none() || stored.as_deref() == Some("a b"),
                "{text:?}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn tags_have_one_rule() -> Result<()> {
    let columns = Columns::open().await?;
    let many = |most: usize| (0..most).map(|n| n.to_string()).collect::<Vec<_>>();
    let mut good: Vec<_> = of_length(Tag::MAX_CHARS)
        .chain(unusual())
        .map(|text| vec![text])
        .collect();
    good.push(many(Tags::MAX));
    for tags in good {
        let parsed = Tags::parse(tags.iter().map(String::as_str))?;
        assert!(parsed.iter().eq(&tags), "{tags:?}");
        assert_eq!(
            columns.customer("tags", &json!(tags)).await?,
            None,
            "{tags:?}"
        );
    }
    let separated = Tag::SEPARATORS.map(|separator| format!("a{separator}b"));
    let mut bad: Vec<_> = of_length(Tag::MAX_CHARS + 1)
        .chain(with_control_character())
        .chain(separated)
        .chain(BLANKS.into_iter().chain([""]).map(str::to_owned))
        .map(|text| vec![text])
        .collect();
    bad.push(many(Tags::MAX + 1));
    for tags in bad {
        assert!(
            Tags::parse(tags.iter().map(String::as_str)).is_err(),
            "{tags:?}"
        );
        let broken = columns.customer("tags", &json!(tags)).await?;
        assert_eq!(broken.as_deref(), Some("customers_tags_check"), "{tags:?}");
    }
    // What the domain tidies, the column refuses.
    for tags in BLANKS.map(|blank| json!([format!("{blank}vip")])) {
        let broken = columns.customer("tags", &tags).await?;
        assert_eq!(broken.as_deref(), Some("customers_tags_check"), "{tags}");
    }
    Ok(())
}

#[tokio::test]
async fn attributes_have_one_rule() -> Result<()> {
    let columns = Columns::open().await?;
    let check = Some("customers_attributes_check");
    let many = |most: usize| {
        (0..most)
            .map(|n| (n.to_string(), json!(n)))
            .collect::<Value>()
    };
    assert_eq!(
        columns
            .customer("attributes", &many(MAX_ATTRIBUTES))
            .await?,
        None
    );
    let broken = columns
        .customer("attributes", &many(MAX_ATTRIBUTES + 1))
        .await?;
    assert_eq!(broken.as_deref(), check);

    for name in of_length(AttributeName::MAX_CHARS).chain(unusual()) {
        assert_eq!(AttributeName::parse(&name)?.into_string(), name);
        let broken = columns
            .customer("attributes", &json!({ &name: "x" }))
            .await?;
        assert_eq!(broken, None, "{name:?}");
    }
    let blanks = BLANKS.into_iter().chain([""]).map(str::to_owned);
    for name in of_length(AttributeName::MAX_CHARS + 1)
        .chain(with_control_character())
        .chain(blanks)
    {
        assert!(AttributeName::parse(&name).is_err(), "{name:?}");
        let broken = columns
            .customer("attributes", &json!({ &name: "x" }))
            .await?;
        assert_eq!(broken.as_deref(), check, "{name:?}");
    }

    for text in of_length(AttributeText::MAX_CHARS)
        .chain(unusual())
        .chain([String::new()])
    {
        assert_eq!(AttributeText::parse(&text)?.as_str(), text);
        let broken = columns
            .customer("attributes", &json!({ "note": text }))
            .await?;
        assert_eq!(broken, None, "{text:?}");
    }
    for text in of_length(AttributeText::MAX_CHARS + 1).chain(with_control_character()) {
        let broken = columns
            .customer("attributes", &json!({ "note": text }))
            .await?;
        let is_taken = AttributeText::parse(&text).is_ok();
        assert_eq!(broken.as_deref(), check.filter(|_| !is_taken), "{text:?}");
    }
    Ok(())
}

#[tokio::test]
async fn addresses_and_states_have_one_rule() -> Result<()> {
    let columns = Columns::open().await?;
    let address = |chars: usize| {
        let host = ["a".repeat(63), "b".repeat(63), "c".repeat(54)].join(".");
        let name = "n".repeat(chars - host.len() - "@.example".len());
        format!("{name}@{host}.example")
    };
    let longest = address(EmailAddress::MAX_CHARS);
    assert_eq!(EmailAddress::parse(&longest)?.as_str(), longest);
    assert_eq!(columns.customer("email", &json!(longest)).await?, None);
    let too_long = address(EmailAddress::MAX_CHARS + 1);
    assert!(EmailAddress::parse(&too_long).is_err());
    let broken = columns.customer("email", &json!(too_long)).await?;
    assert_eq!(broken.as_deref(), Some("customers_email_check"));
    for text in with_control_character().chain(LETTERS[1..].iter().map(ToString::to_string)) {
        let text = format!("{text}@example.com");
        assert!(EmailAddress::parse(&text).is_err(), "{text:?}");
        let broken = columns.customer("email", &json!(text)).await?;
        assert_eq!(
            broken.as_deref(),
            Some("customers_email_characters_check"),
            "{text:?}"
        );
    }

    // A column takes every code that the domain knows, and a frontend's own regions.
    for (state, name) in StateCode::all() {
        let broken = columns.customer("state", &json!(state)).await?;
        assert_eq!(broken, None, "{state}");
        for written in [
            name.to_owned(),
            name.to_uppercase(),
            format!(" {} ", state.as_str().to_lowercase()),
            format!("US-{state}"),
        ] {
            let read: String = sqlx::query_scalar("select private.read_state($1)")
                .bind(&written)
                .fetch_one(columns.rows.pool())
                .await?;
            let parsed = StateCode::parse(&written)?;
            assert_eq!(read, parsed.as_str(), "{written}");
        }
    }
    let longest = "r".repeat(StateCode::MAX_CHARS);
    assert_eq!(columns.customer("state", &json!(longest)).await?, None);
    let too_long = format!("{longest}r");
    assert!(StateCode::parse(&too_long).is_err());
    let broken = columns.customer("state", &json!(too_long)).await?;
    assert_eq!(broken.as_deref(), Some("customers_state_check"));
    Ok(())
}
