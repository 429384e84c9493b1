//! Concurrent calls of the same operation. Needs `DNWERKS_TEST_DATABASE_URL`: a
//! superuser's address on a cluster with the template database `dnwerks_template`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what panics here is the failed test"
)]

use std::time::Duration;

use domain::{ActingAdmin, AdminResetStatus, ProfileId};
use rows_as_service::accounts::{
    AdminResetFilter, Bucket, PasswordResets, ResetTokenState, SignInLimits, Taking, UserChange,
    UserOutcome, Users,
};
use secrecy::SecretString;
use testkit::TestDatabase;
use tokio::task::JoinSet;

fn acting(profile: ProfileId) -> ActingAdmin {
    ActingAdmin {
        profile,
        session_id: None,
        request_id: String::new(),
    }
}

/// A test's own database, with all migrations.
struct Project {
    database: TestDatabase,
    users: Users,
    resets: PasswordResets,
    limits: SignInLimits,
}

impl Project {
    async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let rows = database.database_of("accounts", 30).unwrap();
        Self {
            database,
            users: Users::new(rows.clone()),
            resets: PasswordResets::new(rows.clone()),
            limits: SignInLimits::new(rows),
        }
    }

    /// A user as Auth makes one; the id of the profile that the trigger made.
    async fn sign_up(
        &self,
        email: &str,
        invite_code: Option<&str>,
    ) -> Result<ProfileId, sqlx::Error> {
        sqlx::query(
            "insert into auth.users (id, email, encrypted_password, raw_user_meta_data)
             values (gen_random_uuid(), $1, 'x', jsonb_strip_nulls(jsonb_build_object('invite_code', $2::text)))",
        )
        .bind(email)
        .bind(invite_code)
        .execute(self.database.pool())
        .await?;
        sqlx::query_scalar(
            "select p.id from public.user_profiles p join auth.users u on u.id = p.user_id where u.email = $1",
        )
        .bind(email)
        .fetch_one(self.database.pool())
        .await
        .map(ProfileId)
    }

    async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(self.database.pool())
            .await
            .unwrap()
    }

    async fn run(&self, statement: &'static str) {
        sqlx::query(statement)
            .execute(self.database.pool())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_code_for_seven_lets_in_seven_of_fifty_who_come_at_once() {
    let project = std::sync::Arc::new(Project::new().await);
    project
        .run("insert into public.invite_codes (code, max_uses) values ('RACE-2026', 7)")
        .await;
    let mut people = JoinSet::new();
    for n in 0..50 {
        let project = project.clone();
        people.spawn(async move {
            project
                .sign_up(&format!("p{n}@race.test"), Some("RACE-2026"))
                .await
        });
    }
    let outcomes = people.join_all().await;
    let refusals: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| outcome.as_ref().err())
        .map(ToString::to_string)
        .collect();
    assert_eq!(outcomes.len() - refusals.len(), 7);
    assert!(
        refusals
            .iter()
            .all(|refusal| refusal.contains("invite_exhausted")),
        "{refusals:?}"
    );
    assert_eq!(
        project
            .count("select count(*) from public.invite_redemptions")
            .await,
        7
    );
    assert_eq!(project.count("select count(*) from auth.users").await, 7);
    assert_eq!(
        project
            .count("select count(*) from public.user_profiles")
            .await,
        7
    );
}

#[tokio::test]
async fn a_reset_token_is_spent_once_by_twenty_who_show_it_at_once() {
    let project = Project::new().await;
    let profile = project.sign_up("ann@race.test", None).await.unwrap();
    let admin = project.sign_up("adm@race.test", None).await.unwrap();
    let token = SecretString::from("the token");
    let reset = project
        .resets
        .open_for_admin(profile, &acting(admin), None, &token, "its hash")
        .await
        .unwrap();
    assert_eq!(reset.unwrap().status, AdminResetStatus::Pending);
    let found = project
        .resets
        .find_token("its hash")
        .await
        .unwrap()
        .unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let (resets, id) = (project.resets.clone(), found.id);
        calls.spawn(async move { resets.spend_token(id).await.unwrap() });
    }
    assert_eq!(
        calls
            .join_all()
            .await
            .into_iter()
            .filter(|spent| *spent)
            .count(),
        1
    );
    let found = project
        .resets
        .find_token("its hash")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.state, ResetTokenState::Used);

    project.resets.complete(&found).await.unwrap();
    let resets = project
        .resets
        .list_admin_resets(&AdminResetFilter {
            id: None,
            status: Some(AdminResetStatus::Completed),
            limit: 10,
            offset: 0,
        })
        .await
        .unwrap();
    assert_eq!(resets.total, 1);
    let behind = project
        .resets
        .list_admin_resets(&AdminResetFilter {
            limit: 10,
            offset: 50,
            ..AdminResetFilter::default()
        })
        .await
        .unwrap();
    assert_eq!((behind.rows.len(), behind.total), (0, 1));
}

#[tokio::test]
async fn two_admins_who_demote_each_other_at_once_leave_one() {
    let project = Project::new().await;
    let one = project.sign_up("one@race.test", None).await.unwrap();
    let two = project.sign_up("two@race.test", None).await.unwrap();
    for _ in 0..20 {
        project
            .run("update public.user_profiles set role = 'admin', status = 'approved'")
            .await;
        let demote = |admin, id| UserChange {
            admin: acting(admin),
            id,
            role: Some(domain::Role::User),
            status: None,
        };
        let (first, second) = (demote(one, two), demote(two, one));
        let (first, second) =
            tokio::join!(project.users.change(&first), project.users.change(&second));
        let outcomes = [first.unwrap(), second.unwrap()];
        assert!(
            outcomes
                .iter()
                .any(|outcome| matches!(outcome, UserOutcome::Changed(_)))
        );
        assert!(
            outcomes
                .iter()
                .any(|outcome| matches!(outcome, UserOutcome::LastAdmin))
        );
        assert_eq!(
            project
                .count("select count(*) from public.user_profiles where role = 'admin'")
                .await,
            1
        );
    }
}

#[tokio::test]
async fn requests_for_one_account_at_once_leave_one_open_token_and_one_mail() {
    let project = Project::new().await;
    project.sign_up("ann@race.test", None).await.unwrap();
    for _ in 0..10 {
        project.resets.request("Ann@Race.test").await.unwrap();
    }
    project.resets.request("nobody@race.test").await.unwrap();
    let mut workers = JoinSet::new();
    for _ in 0..4 {
        let resets = project.resets.clone();
        workers.spawn(async move { accounts::open_requested_resets(&resets).await.unwrap() });
    }
    assert_eq!(workers.join_all().await.into_iter().sum::<usize>(), 11);
    assert_eq!(
        project
            .count("select count(*) from public.password_reset_tokens where not is_used")
            .await,
        1
    );
    assert_eq!(
        project
            .count("select count(*) from private.mails where state = 'queued'")
            .await,
        1
    );
    assert_eq!(
        project
            .count("select count(*) from private.password_reset_requests")
            .await,
        0
    );
    let leaks = project
        .count("select count(*) from public.password_reset_tokens t join private.mails m on m.contents ->> 'token' = t.token");
    assert_eq!(leaks.await, 0, "the table keeps hashes only");
}

#[tokio::test]
async fn a_limit_holds_for_forty_at_once() {
    let project = Project::new().await;
    let bucket = Bucket {
        burst: 5,
        refill: Duration::from_mins(10),
    };
    let mut calls = JoinSet::new();
    for _ in 0..40 {
        let limits = project.limits.clone();
        calls.spawn(async move { limits.take(b"key", bucket).await.unwrap() });
    }
    let takings = calls.join_all().await;
    let (passed, refused): (Vec<Taking>, Vec<Taking>) = takings
        .into_iter()
        .partition(|taking| taking.wait.is_none());
    let mut places_left: Vec<_> = passed.iter().map(|taking| taking.places_left).collect();
    places_left.sort_unstable();
    assert_eq!(places_left, [0, 1, 2, 3, 4]);
    let until_free = refused.iter().filter_map(|taking| taking.wait);
    assert!(
        until_free
            .min()
            .is_some_and(|wait| wait > Duration::from_secs(500))
    );
    assert!(refused.iter().all(|taking| taking.places_left == 0));
}

#[tokio::test]
async fn the_sweep_marks_what_has_expired_and_nothing_else() {
    let project = Project::new().await;
    let admin = project.sign_up("adm@race.test", None).await.unwrap();
    for (n, email) in ["old@race.test", "new@race.test"].into_iter().enumerate() {
        let profile = project.sign_up(email, None).await.unwrap();
        let token = SecretString::from(format!("token {n}"));
        project
            .resets
            .open_for_admin(profile, &acting(admin), None, &token, &format!("hash {n}"))
            .await
            .unwrap();
    }
    project.run("update public.password_reset_tokens set expires_at = now() - interval '1 s' where token = 'hash 0'").await;
    accounts::sweep(&project.resets, &project.limits)
        .await
        .unwrap();
    assert_eq!(
        project
            .count("select count(*) from public.admin_password_resets where status = 'expired'")
            .await,
        1
    );
    assert_eq!(
        project
            .count("select count(*) from public.admin_password_resets where status = 'pending'")
            .await,
        1
    );
    let found = project.resets.find_token("hash 0").await.unwrap().unwrap();
    assert_eq!(found.state, ResetTokenState::Expired);
}
