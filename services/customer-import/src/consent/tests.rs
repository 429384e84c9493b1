use super::*;

fn meaning(header: &str) -> Option<Meaning> {
    spoken_by(header).map(|spoken| spoken.meaning)
}

#[test]
fn what_shops_and_crms_call_consent_to_texts_is_recognised() {
    for header in [
        // Shopify, Klaviyo, Mailchimp, HubSpot, WooCommerce, Square, Attentive, Postscript, Omnisend, Wix, …
        "Accepts SMS Marketing",
        "SMS Marketing Consent",
        "sms_marketing_consent",
        "SMS Marketing State",
        "smsMarketingState",
        "SMS Consent",
        "sms_consent",
        "Klaviyo SMS Consent",
        "Consent",
        "$consent",
        "SMS Marketing Status",
        "SMS Subscription Status",
        "SMS Subscriber Status",
        "SMS Status",
        "smsStatus",
        "SMS Opt-In",
        "SMS opt in",
        "sms_optin",
        "SMSOptIn",
        "billing_sms_optin",
        "_billing_sms_consent",
        "Opted In",
        "Opt-in",
        "OptIn",
        "Opt In Status",
        "Is Opted In",
        "Opted In To SMS",
        "Text Opt In",
        "Text Message Opt-In",
        "Text Messaging Consent",
        "Mobile Opt In",
        "Mobile Subscriber",
        "Phone Consent",
        "Phone Subscribed",
        "Subscribed to SMS",
        "Subscribed to texts",
        "Receives SMS",
        "Receive Text Messages",
        "Accepts Texts",
        "Agreed to receive texts",
        "Allow SMS",
        "SMS Allowed?",
        "SMS Permission",
        "OK to text",
        "Can text",
        "Text OK to receive",
        "Texting Consent",
        "SMS Marketing",
        "SMS enabled",
        "Email & SMS consent",
        "Marketing Consent",
        "Subscribed",
        "Consent to SMS",
        "TCPA SMS Consent",
        "Phone Number Consent",
        "Mobile Number Opt-In",
        "Subscribed to SMS list",
        "I agree to receive text messages at the number provided",
        "Agrees to receive text messages by ACME",
        "SMS Consent on File",
        "SMS Opt In on Checkout",
        "Receive order updates via SMS",
    ] {
        assert_eq!(
            meaning(header),
            Some(Meaning::Verdict(Says::Consent)),
            "{header}"
        );
    }
}

#[test]
fn what_they_call_an_opt_out_is_recognised_as_its_contrary() {
    for header in [
        "Opted out of SMS",
        "Opted out of SMS: One to One",
        "SMS Opt-Out",
        "sms_opt_out",
        "SMSOptOut",
        "HasOptedOutOfSMS",
        "Text Opt Out",
        "Opt Out",
        "Opted Out",
        "optout",
        "Do Not Text",
        "do_not_text",
        "DoNotText",
        "Don't Text",
        "DNT",
        "DND",
        "DNC",
        "Do Not Contact",
        "Do Not Call",
        "No SMS",
        "No Texts",
        "Unsubscribed",
        "Unsubscribed from SMS",
        "SMS Unsubscribed At",
        "SMS Opt Out Date",
        "SMS Blacklisted",
        "SMS Suppressed",
        "Phone Unsubscribed",
        "SMS Consent Revoked",
        "DNC List",
        "On DNC List",
        "Do Not Text List",
        "Do Not Call List",
        "On Do Not Contact List",
        "Phone Number Opt Out",
        "Mobile Number Opted Out",
        "Phone Number Unsubscribed",
        "Unsubscribed SMS List",
        "Opt Out Via Text",
    ] {
        assert_eq!(
            meaning(header),
            Some(Meaning::Verdict(Says::OptOut)),
            "{header}"
        );
    }
    for header in ["Opt-In/Opt-Out", "SMS Opt In/Out", "opt_in_out"] {
        assert_eq!(
            meaning(header),
            Some(Meaning::Verdict(Says::Either)),
            "{header}"
        );
    }
}

#[test]
fn when_and_where_it_was_said_are_columns_of_their_own() {
    for header in [
        "SMS Consent Date",
        "SMS Opt-in Timestamp",
        "SMS Consent Timestamp",
        "smsConsentTime",
        "Opted In At",
        "Opt-In Date",
        "opt_in_date",
        "Consent Date",
        "SMS Subscribed On",
        "SMS Consent Updated At",
        "sms_optin_date",
    ] {
        assert_eq!(meaning(header), Some(Meaning::At), "{header}");
    }
    for header in [
        "SMS Consent Source",
        "Opt-In Source",
        "smsConsentSource",
        "SMS Consent Method",
        "Consent Source",
        "SMS opt-in form",
    ] {
        assert_eq!(meaning(header), Some(Meaning::Source), "{header}");
    }
}

#[test]
fn other_headers_say_nothing_about_texts() {
    for header in [
        "Accepts Email Marketing",
        "Accepts Marketing",
        "Email Consent",
        "Email Opt-In",
        "Opted out of email",
        "E-Mail Opt Out",
        "Unsubscribed from all email",
        "Newsletter Opt In",
        "WhatsApp Consent",
        "Fax Opt Out",
        "Phone",
        "Mobile",
        "Mobile Number",
        "SMS",
        "SMS Number",
        "Text",
        "Text Number",
        "Status",
        "Subscription Status",
        "Subscription Plan",
        "Subscription ID",
        "Mobile Subscription Plan",
        "Subscriber Count",
        "Country",
        "Context",
        "State",
        "Notes",
        "Adoption Info",
        "Tax Exempt",
        "Marketing",
        "First Order Date",
        "SMS Consent IP",
        "SMS Consent URL",
        "SMS Opt-In Level",
        "SMS Opt-out Reason",
        "Phone Status",
        "Mobile Provider",
        "Last SMS Sent At",
        "Total SMS",
        "No",
        "Cookie Consent",
        "Received",
        "Agreement",
        "Accepts returns",
        "",
    ] {
        assert_eq!(meaning(header), None, "{header}");
    }
}
