//! The accounts whose campaigns are sent.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use testkit::people::Person;

use crate::stack::Stack;

/// With what Twilio's Smart Encoding changes, and a merge field.
const TEXT: &str = "Hello {{ first_name }} – today it’s “½ price” at our shop…";

/// An account with its campaign.
pub(super) struct Tenant {
    pub(super) person: Person,
    pub(super) campaign: String,
    /// Its customers' numbers are `first..first + customers`.
    pub(super) first: u32,
    pub(super) customers: u32,
}

impl Tenant {
    /// The number of its `n`th customer, from 212-200-0000 on: any number of valid ones.
    pub(super) fn phone(&self, n: u32) -> String {
        phone(self.first + n)
    }
}

/// A number by its place.
pub(super) fn phone(n: u32) -> String {
    format!("+1212{:07}", 2_000_000 + n)
}

/// Signs up `accounts` people, with a campaign each and `recipients` customers in all.
pub(super) async fn open_accounts(
    stack: &Stack,
    accounts: u32,
    recipients: u32,
) -> Result<Vec<Tenant>> {
    let customers = recipients / accounts;
    ensure!(customers > 0, "there are more accounts than recipients");
    let mut tenants = Vec::new();
    for number in 0..accounts {
        let first = number * customers;
        let person = Person::approved(&stack.environment, "torture").await?;
        let mut csv = String::from("phone,first_name\n");
        for customer in first..first + customers {
            let _ = writeln!(csv, "{},Customer {customer}", phone(customer));
        }
        person.import(csv.into_bytes()).await?;
        let campaign = person.write_campaign("Torture", TEXT).await?;
        tenants.push(Tenant {
            person,
            campaign,
            first,
            customers,
        });
    }
    Ok(tenants)
}
