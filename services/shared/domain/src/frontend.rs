use url::Url;

/// Where the frontend is: the links in mails and answers lead to its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontend(Url);

impl Frontend {
    /// The frontend at this address, which may itself have a path.
    #[must_use]
    pub const fn new(address: Url) -> Self {
        Self(address)
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> &Url {
        &self.0
    }

    /// One of its pages, with a parameter.
    #[must_use]
    pub fn page(&self, page: &str, parameter: Option<(&str, &str)>) -> Url {
        let mut link = self.0.clone();
        let base = link.path().trim_end_matches('/').to_owned();
        link.set_path(&format!("{base}/{page}"));
        link.set_query(None);
        if let Some((name, value)) = parameter {
            link.query_pairs_mut().append_pair(name, value);
        }
        link
    }

    /// Where somebody registers with an invitation.
    #[must_use]
    pub fn invitation(&self, code: &str) -> Url {
        self.page("login", Some(("invite", code)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_leads_to_the_page_that_registers_with_it() {
        for (address, link) in [
            (
                "https://app.example.com",
                "https://app.example.com/login?invite=A-1",
            ),
            (
                "https://example.com/dash/?x=1",
                "https://example.com/dash/login?invite=A-1",
            ),
        ] {
            let frontend = Frontend::new(address.parse().unwrap());
            assert_eq!(frontend.invitation("A-1").as_str(), link);
        }
    }
}
