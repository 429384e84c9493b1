//! The database: connection, role, migrations, and what the project does with them.

use std::time::Duration;

use domain::{Clock as _, SystemClock};
use rows_as_service::inspection::{
    Address, Facts, InspectionError, Publication, Security, address, inspect,
};

use super::{clock, finding::Finding, migrations, setup::Setup};

const CONNECTION: &str = "database.connection";
const TLS: &str = "database.tls";
const POOLER: &str = "database.pooler";
const ROLE: &str = "database.role";
const PUBLICATION: &str = "database.publication";
const PRE_REQUEST: &str = "database.pre_request";
const HOOKS: &str = "database.hook_functions";
/// What Realtime publishes; the migration `…1820_realtime.sql` says why, and why no deletions.
const PUBLISHED: [&str; 4] = [
    "public.campaigns",
    "public.conversation_messages",
    "public.conversations",
    "public.customer_imports",
];
const PUBLISHES: [&str; 2] = ["insert", "update"];
const CHECK_REQUEST: &str = "private.check_request";
/// Supavisor's port at which a connection lasts for one transaction.
const TRANSACTION_POOLER: u16 = 6543;

/// The database's settings; nothing if no chosen process reads any.
fn settings_of(setup: &Setup) -> Option<rows_as_service::Settings> {
    Some(rows_as_service::Settings {
        database_url: setup.get("SUPABASE_DB_URL")?.into(),
        max_connections: 2,
    })
}

/// `only` names the process, where one alone was chosen.
pub async fn check(setup: &Setup, patience: Duration, only: Option<&str>) -> Vec<Finding> {
    let Some(settings) = settings_of(setup) else {
        return Vec::new();
    };
    let place = match address(&settings) {
        Ok(place) => place,
        Err(error) => return vec![unreachable(&error)],
    };
    let mut found = vec![security(&place)];
    found.extend(pooler(&place));
    let asked = SystemClock.now();
    let ours = ::migrations::compiled();
    let inspection = match tokio::time::timeout(patience, inspect(&settings, &ours)).await {
        Ok(Ok(inspection)) => inspection,
        Ok(Err(error)) => {
            found.push(unreachable(&error));
            return found;
        }
        Err(_) => {
            found.push(unreachable(&InspectionError::Unreachable(
                "no answer in time".to_owned(),
            )));
            return found;
        }
    };
    let facts = inspection.facts;
    found.push(Finding::ok(
        CONNECTION,
        format!("Postgres answers the role {}.", facts.role),
    ));
    let now = SystemClock.now();
    found.push(clock::compare(
        "clock.database",
        "the database",
        facts.clock,
        asked,
        now,
    ));
    if !facts.is_supabase {
        found.push(Finding::problem(
            "database.supabase",
            "The database is none of a Supabase project: it lacks the roles anon, authenticated, service_role and authenticator.",
            "Copy the connection string from the project's page under Connect.",
        ));
        return found;
    }
    found.extend(migrations::findings(
        inspection.migrations.as_ref(),
        facts.has_tables,
    ));
    if !facts.has_tables {
        return found;
    }
    found.push(role(&facts, only));
    found.push(publication(facts.publication.as_ref()));
    found.push(pre_request(facts.pre_request.as_deref()));
    found.push(hooks(&facts));
    found
}

fn security(place: &Address) -> Finding {
    match place.security {
        Security::ThisMachine => Finding::ok(TLS, "The database is on this machine."),
        Security::Verified => Finding::ok(TLS, "The database's certificate is verified."),
        Security::Unverified => Finding::problem(
            TLS,
            format!(
                "The certificate of {} is not verified: whoever stands between may read and change everything.",
                place.host
            ),
            "Leave sslmode out of SUPABASE_DB_URL, and name the project's CA as ?sslrootcert=FILE: it can be downloaded under Database > Settings > SSL.",
        ),
    }
}

fn pooler(place: &Address) -> Option<Finding> {
    (place.port == TRANSACTION_POOLER).then(|| {
        Finding::problem(
            POOLER,
            "SUPABASE_DB_URL leads to the transaction pooler (port 6543), which keeps no prepared statements, locks or settings of a session.",
            "Use the session pooler or the direct connection: port 5432.",
        )
    })
}

fn unreachable(error: &InspectionError) -> Finding {
    let (detail, remedy) = match error {
        InspectionError::InvalidUrl => (
            "SUPABASE_DB_URL is not a Postgres URL.".to_owned(),
            "Copy it from the project's page under Connect, and write special characters of the password as %XX.",
        ),
        InspectionError::Untrusted(why) => (
            format!("The database's certificate can't be verified: {why}."),
            "Download the project's CA under Database > Settings > SSL and name it in SUPABASE_DB_URL as ?sslrootcert=FILE.",
        ),
        InspectionError::Refused { code, message } => {
            let remedy = match code.as_str() {
                "28P01" | "28000" => {
                    "Correct role and password in SUPABASE_DB_URL; on a pooler the role is postgres.YOUR-PROJECT. The password can be reset under Database > Settings."
                }
                "3D000" => {
                    "Correct the database's name in SUPABASE_DB_URL: on Supabase it is postgres."
                }
                "53300" => {
                    "Too many connections: end other programs, or lower SUPABASE_DB_MAX_CONNECTIONS."
                }
                _ => "Compare SUPABASE_DB_URL with the project's page under Connect.",
            };
            (format!("Postgres refuses us: {message}."), remedy)
        }
        InspectionError::Unreachable(why) => (
            format!("The database can't be reached: {why}."),
            "Compare SUPABASE_DB_URL with the project's page under Connect. The direct connection needs IPv6; the session pooler does not. A paused project has to be restored first.",
        ),
        InspectionError::Unexpected(why) => (
            format!("The database does not answer as it should: {why}."),
            "Compare SUPABASE_DB_URL with the project's page under Connect.",
        ),
    };
    Finding::problem(CONNECTION, detail, remedy)
}

fn role(facts: &Facts, only: Option<&str>) -> Finding {
    let role = &facts.role;
    if facts.is_owner {
        return Finding::ok(
            ROLE,
            format!("The role {role} may do what all processes need."),
        );
    }
    let own = |process: &str| format!("dnwerks_{}", process.replace('-', "_"));
    let remedy = "Connect as postgres, or each process with its own role: dnwerks_accounts, dnwerks_send_worker and so on.";
    let Some(process_role) = facts.process_roles.first() else {
        let detail = format!("The role {role} may not use our tables.");
        return Finding::problem(ROLE, detail, remedy);
    };
    if only.is_some_and(|process| facts.process_roles.contains(&own(process))) {
        return Finding::ok(
            ROLE,
            format!("The role {role} may do what its process needs."),
        );
    }
    Finding::problem(
        ROLE,
        format!("The role {role} may only do what the process of {process_role} needs."),
        format!("{remedy} To check one process alone, name it: `dnwerks check send-worker`."),
    )
}

fn publication(found: Option<&Publication>) -> Finding {
    let Some(found) = found else {
        return Finding::problem(
            PUBLICATION,
            "There is no publication supabase_realtime: pages show nothing live.",
            "create publication supabase_realtime with (publish = 'insert, update'); and then alter publication supabase_realtime add table public.campaigns, public.customer_imports, public.conversations, public.conversation_messages;",
        );
    };
    let lacking: Vec<&str> = PUBLISHED
        .into_iter()
        .filter(|table| !found.tables.iter().any(|there| there == table))
        .collect();
    if !lacking.is_empty() {
        let tables = lacking.join(", ");
        return Finding::problem(
            PUBLICATION,
            format!("Realtime does not publish {tables}: pages that show them live show nothing."),
            format!("alter publication supabase_realtime add table {tables};"),
        );
    }
    let too_much: Vec<&str> = found
        .publishes
        .iter()
        .map(String::as_str)
        .filter(|kind| !PUBLISHES.contains(kind))
        .collect();
    let too_little = PUBLISHES
        .iter()
        .any(|kind| !found.publishes.iter().any(|there| there == kind));
    if !too_much.is_empty() || too_little {
        let detail = if too_little {
            "Realtime publishes not both of inserts and updates.".to_owned()
        } else {
            format!(
                "Realtime publishes {}s, which tell every subscriber the ids of all accounts.",
                too_much.join("s and ")
            )
        };
        return Finding::problem(
            PUBLICATION,
            detail,
            "alter publication supabase_realtime set (publish = 'insert, update');",
        );
    }
    let others: Vec<&str> = found
        .tables
        .iter()
        .map(String::as_str)
        .filter(|table| !PUBLISHED.contains(table))
        .collect();
    if others.is_empty() {
        return Finding::ok(PUBLICATION, "Realtime publishes what pages show live.");
    }
    let tables = others.join(", ");
    Finding::warning(
        PUBLICATION,
        format!(
            "Realtime also publishes {tables}: everybody's live counts wait behind their changes."
        ),
        format!("If nobody needs it: alter publication supabase_realtime drop table {tables};"),
    )
}

fn pre_request(function: Option<&str>) -> Finding {
    let remedy = "As postgres: alter role authenticator set pgrst.db_pre_request = 'private.check_request'; notify pgrst, 'reload config';";
    match function {
        Some(CHECK_REQUEST) => Finding::ok(
            PRE_REQUEST,
            "PostgREST asks private.check_request before each request.",
        ),
        Some(other) if !other.is_empty() => Finding::problem(
            PRE_REQUEST,
            format!(
                "Before each request PostgREST asks {other} instead of private.check_request: ended sessions see empty lists."
            ),
            remedy,
        ),
        _ => Finding::problem(
            PRE_REQUEST,
            "PostgREST asks nothing before a request: who has signed out sees empty lists instead of an error.",
            remedy,
        ),
    }
}

fn hooks(facts: &Facts) -> Finding {
    let lacking: Vec<&str> = ["before_user_created", "custom_access_token"]
        .into_iter()
        .filter(|hook| !facts.hooks.iter().any(|there| there == hook))
        .collect();
    if lacking.is_empty() {
        return Finding::ok(HOOKS, "Auth may call our hooks.");
    }
    let functions = lacking
        .iter()
        .map(|hook| format!("private.{hook}(jsonb)"))
        .collect::<Vec<_>>()
        .join(", ");
    Finding::problem(
        HOOKS,
        format!(
            "Auth may not call {functions}: nobody can sign in or register while its hooks are on."
        ),
        format!(
            "grant usage on schema private to supabase_auth_admin; grant execute on function {functions} to supabase_auth_admin;"
        ),
    )
}
