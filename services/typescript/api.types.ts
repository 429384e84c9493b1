export interface paths {
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Signs in with an address and a password.
         * @description A refusal takes a multiple of a fixed time, so that neither its
         *     content nor its timing reveals whether the address or the password was wrong.
         */
        post: operations["log_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends sessions. */
        post: operations["log_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows the caller.
         * @description Who waits for approval is answered too, and who was rejected while their session lasts.
         */
        get: operations["get_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Registers with an invitation.
         * @description Auth mails a link that confirms the address. Answers 201 even if the address already has an account:
         *     an invitation can't be used to find out who has one.
         */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/password-reset/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks for a link to set a new password.
         * @description Does the same for every address: whether
         *     the account exists is looked up later, outside the request.
         */
        post: operations["request_password_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/password-reset/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says whether a mailed link works. */
        post: operations["validate_reset_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/password-reset/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sets a new password.
         * @description The token is used up before Auth is called, so that of many
         *     simultaneous calls only one succeeds; it is restored if the password is as before. Should Auth
         *     change it after all, the database cancels what is open.
         */
        post: operations["confirm_password_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts the reset of a user's password.
         * @description The user gets a mail with a link that works for 24 hours.
         */
        post: operations["create_admin_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/password-resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the password resets that admins started. */
        get: operations["list_admin_resets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/invites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists invitations. */
        get: operations["list_invites"];
        put?: never;
        /**
         * Invites somebody.
         * @description An invitation for one address is mailed to it.
         */
        post: operations["create_invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/invites/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes an invitation.
         * @description The row and its redemptions stay.
         */
        delete: operations["revoke_invite"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail-suppressions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists addresses to which no mail goes any more. */
        get: operations["list_mail_suppressions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/mail-suppressions/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Lets mails go to an address again. */
        delete: operations["lift_mail_suppression"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists users. */
        get: operations["list_users"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a user. */
        get: operations["get_user"];
        /** Approves or rejects a user, or assigns a role. */
        put: operations["update_user"];
        post?: never;
        /**
         * Deletes a user.
         * @description Cancels what the user's campaigns still had to send, ends the user's sessions
         *     and deletes the user from Auth. What was theirs is handed over, or archived; the same request hands over later what was
         *     archived.
         */
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/analytics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A campaign from its audience to the last delivery: what became of its messages, when they were delivered, why they
         *     failed and where, what people answered, what it cost.
         */
        get: operations["show_campaign"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/analytics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An account over time, the caller's own unless an admin names another. */
        get: operations["show_account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/analytics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts together over time, and how the system fares: queues, senders, failures, limits near their end. */
        get: operations["show_system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists customers.
         * @description `search` matches any part of a name, an e-mail address or a phone number. With very many matches `total` is as far as was
         *     counted, and `total_is_exact` false.
         */
        get: operations["list_customers"];
        put?: never;
        /** Creates a customer. */
        post: operations["create_customer"];
        /** Deletes the customers that a filter finds; `all=true` means everybody. What is blank or unknown is refused. */
        delete: operations["delete_customers"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts customers by state and status. */
        get: operations["count_customers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Streams customers as CSV. */
        get: operations["export_customers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/deleted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of what can be restored, the last deletion first. */
        get: operations["list_deleted"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/phone-refusals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of accounts and days with their refusals, the last day first; what is counted is there a minute later. */
        get: operations["list_phone_refusals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a customer. */
        get: operations["get_customer"];
        /** Changes what is named of a customer; null empties a field. */
        put: operations["update_customer_by_put"];
        post?: never;
        /** Deletes a customer. */
        delete: operations["delete_customer"];
        options?: never;
        head?: never;
        /** Changes what is named of a customer; null empties a field. */
        patch: operations["update_customer"];
        trace?: never;
    };
    "/api/customers/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists a customer's messages. */
        get: operations["list_customer_messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists imports. */
        get: operations["list_imports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/imports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows an import. */
        get: operations["get_import"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/imports/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancels an import that is running. */
        post: operations["cancel_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/imports/{id}/rejects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Downloads the rejected rows, to be mended and imported again. */
        get: operations["download_rejects"];
        put?: never;
        post?: never;
        /** Deletes the rejected rows of an import. */
        delete: operations["delete_rejects"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/imports/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * `progress` with the record whenever it has changed; at last `completed`, `failed`, `canceled` or `undone`
         *     with the record, or `error` where there is none.
         */
        get: operations["watch_import"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/imports/{id}/events/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * `POST /api/customers/imports/{id}/events/token`: what a browser opens the stream with. The import need not have begun,
         *     as for the stream.
         */
        post: operations["make_import_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what a phone number is.
         * @description By its form alone, which costs nothing; with `verify=twilio` also by what Twilio knows of it.
         */
        get: operations["look_up_phone"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A page of entries, the newest first: who, through which door, did what to whose row, and the fields that changed, before
         *     and after. Texts, numbers and addresses stand there only as how long they were.
         */
        get: operations["list_audit_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same entries as CSV. */
        get: operations["export_audit_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists campaigns. */
        get: operations["list_campaigns"];
        put?: never;
        /** Creates a campaign. With a time it is scheduled, unless it names another status. */
        post: operations["create_campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a campaign with its counters. */
        get: operations["get_campaign"];
        /** Changes what is named of a campaign. */
        put: operations["update_campaign_by_put"];
        post?: never;
        /** Deletes a campaign that is not being sent. */
        delete: operations["delete_campaign"];
        options?: never;
        head?: never;
        /** Changes what is named of a campaign. */
        patch: operations["update_campaign"];
        trace?: never;
    };
    "/api/campaigns/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pauses a campaign that is scheduled or being sent. */
        post: operations["pause_campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resumes a paused campaign. */
        post: operations["resume_campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancels what of a campaign is not sent yet. */
        post: operations["cancel_campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/duplicate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copies a campaign. */
        post: operations["duplicate_campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last 50 tests of a campaign, the newest first. */
        get: operations["list_tests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/tests/{test_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One test and what became of its message, with a stable `reason`. */
        get: operations["get_test"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a campaign as it goes: `campaign` after each change, at last `end` with a code. */
        get: operations["watch_campaign"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/events/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST /api/campaigns/{id}/events/token`: what a browser opens the stream with. */
        post: operations["make_campaign_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists a campaign's messages. */
        get: operations["list_campaign_messages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/messages/{message_id}/resolve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Settles a message in doubt; answers with the message. */
        post: operations["resolve_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/{id}/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All that is known of the customer's number, each list in the order of time: `consents` with evidence and hashes,
         *     `suppressions` with who lifted them, `messages` sent, and what was `received`. Refuses with `customer_not_found`.
         */
        get: operations["get_consent"];
        put?: never;
        /**
         * Appends to the ledger; a revocation also suppresses the number for the account. Answers whether the number has
         *     consent and may be texted. Refuses with `customer_not_found`, `consent_in_the_future`, `consent_too_old`
         *     or `consent_evidence_invalid`.
         */
        post: operations["record_consent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of conversations, the last written first. */
        get: operations["list_conversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One conversation with a page of its messages, the newest first. `suppressed_for` says why the number can't be texted
         *     now; `open_until`, until when it can be answered without consent.
         */
        get: operations["get_conversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations/{id}/reply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answers 202 with the message, which is pending; what becomes of it stands in the conversation. Refuses with
         *     `conversation_not_found`, `reply_window_closed`, `phone_suppressed`, `phone_not_textable`, `country_not_allowed`,
         *     `owner_not_approved`, `daily_limit_exceeded` or `too_many_replies`.
         */
        post: operations["reply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations/{id}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Nothing of the conversation is unread any more. */
        post: operations["mark_read"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/conversations/{id}/review": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Decides whether words revoke. Refuses with `review_not_needed`, or `review_note_required` if they don't and nobody says
         *     why.
         */
        post: operations["review"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/senders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All senders, the default first. `hold_reason` says what Twilio refuses; nothing is sent before
         *     `held_until`, and then one message at a time until one goes through. `health` has the delivery rate and alarms of
         *     today and yesterday (UTC), and for admins the figures.
         */
        get: operations["list_senders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/senders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes a sender's rate while campaigns are being sent. */
        patch: operations["change_sender"];
        trace?: never;
    };
    "/api/senders/{id}/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a sender sent, delivered, failed to deliver by Twilio's code, and lost to opt-outs on each day, the newest first;
         *     the last 30 days unless asked otherwise. Days on which nothing happened are left out.
         */
        get: operations["list_days"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/suppressions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A page of suppressions, the newest first: the account's own, and those for every account that concern its customers;
         *     admins see all.
         */
        get: operations["list_suppressions"];
        put?: never;
        /**
         * Suppresses a number, and answers with the entry, also if there was one already; or a list, and answers how many were
         *     `added`, were there `already`, and which are `invalid`. Refuses with `suppression_reason_invalid` or `admin_required`.
         */
        post: operations["suppress"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/suppressions/{id}/lift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lifts a suppression, which is kept with who and why, and answers with the entry. Refuses with
         *     `suppression_not_found`, `suppression_already_lifted`, `suppression_not_liftable`, or `why_required` if the reason is
         *     too short for an opt-out.
         */
        post: operations["lift_suppression"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists templates. */
        get: operations["list_templates"];
        put?: never;
        /** Creates a template. */
        post: operations["create_template"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates/fields": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /api/templates/fields` */
        get: operations["list_template_fields"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST /api/templates/preview` with a text. */
        post: operations["preview_text"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST /api/templates/{id}/preview` */
        post: operations["preview_template"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a template. */
        get: operations["get_template"];
        /** Changes what is named of a template. */
        put: operations["update_template_by_put"];
        post?: never;
        /** Deletes a template. */
        delete: operations["delete_template"];
        options?: never;
        head?: never;
        /** Changes what is named of a template. */
        patch: operations["update_template"];
        trace?: never;
    };
    "/api/campaigns/{id}/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a campaign now, or at a time. */
        post: operations["send_campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/retry-failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries failed messages again whose failure was temporary. */
        post: operations["retry_failed_messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says what sending a campaign would do now, and sends nothing. */
        get: operations["preview_campaign"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answers 202 with the test, whose message is pending. Refuses with `campaign_not_found`, `customer_not_found`,
         *     `owner_not_approved`, `message_body_required` and its like, `phone_not_textable`, `phone_suppressed`,
         *     `country_not_allowed`, `daily_limit_exceeded` or `too_many_tests`.
         */
        post: operations["test_campaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same with the filter as a body, for more ids than an address can hold. */
        post: operations["delete_listed_customers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Brings back who was deleted within the last 30 days, with id, tags and attributes; a suppressed number comes back
         *     inactive. Answers how many were `restored`, and who was not and why.
         */
        post: operations["restore_customers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/imports/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an import back, if none of its customers was texted. */
        post: operations["undo_import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/customers/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Imports customers from CSV.
         * @description Progress can be watched under the `id`, before the upload has ended.
         */
        post: operations["import_customers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/twilio/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receives a status callback: 204 once it is durable, 403 without Twilio's signature, 503 if Twilio should
         *     come again. Responses have no body.
         */
        post: operations["receive_status"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/twilio/inbound": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receives a text: 200 with what to answer as `TwiML`, once it is kept and acted on; 403 without Twilio's signature; 503
         *     if Twilio should come again. After the answer to a STOP, no request to that number begins.
         */
        post: operations["receive_text"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answers 204 once the event is recorded, whatever it is about: what is refused, Resend sends for
         *     days and then stops sending anything. A repeated event changes nothing.
         */
        post: operations["record_mail_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that the process lives. */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says whether the process can work. */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account over time. */
        AccountAnalytics: {
            totals: components["schemas"]["Figures"];
            series: components["schemas"]["FiguresAt"][];
            hours: components["schemas"]["HourFigures"][];
            /**
             * @description Up to three hours of the day in which the most is delivered of what is sent.
             * @example [
             *       10,
             *       17
             *     ]
             */
            best_hours: number[];
            user_id: components["schemas"]["ProfileId"];
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            interval: components["schemas"]["AnalyticsInterval"];
            /** @example America/Los_Angeles */
            time_zone: string;
            /**
             * Format: double
             * @example 0.0125
             */
            price_per_segment: number;
        };
        /** @description Numbers of accounts. */
        AccountCounts: {
            /** Format: int64 */
            approved: number;
            /** Format: int64 */
            pending: number;
            /** Format: int64 */
            rejected: number;
            /**
             * Format: int64
             * @description Registered within the period.
             */
            new: number;
        };
        /**
         * Format: uuid
         * @description `admin_password_resets.id`.
         */
        AdminPasswordResetId: string;
        /** @enum {string} */
        AdminResetStatus: "pending" | "completed" | "expired" | "cancelled";
        /** @description A reset in a response. The token is only in the mail. */
        AdminResetView: {
            id: components["schemas"]["AdminPasswordResetId"];
            user_id: components["schemas"]["ProfileId"] | null;
            /** @example ann@example.com */
            user_email: string | null;
            admin_id: components["schemas"]["ProfileId"] | null;
            /** @example admin@example.com */
            admin_email: string | null;
            /** @example Asked by phone. */
            reason: string | null;
            status: components["schemas"]["AdminResetStatus"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            completed_at: string | null;
            /** Format: date-time */
            expires_at: string | null;
        };
        /** @description Whether the process lives. */
        Alive: {
            /** @example ok */
            status: string;
        };
        /**
         * @description What a series is cut into.
         * @enum {string}
         */
        AnalyticsInterval: "hour" | "day" | "week" | "month";
        /** @description What is known of a number. */
        Answer: {
            /**
             * Format: phone
             * @description E.164; null for what is no number.
             * @example +14155552671
             */
            phone: string | null;
            /** @description Whether it is a number by its form. */
            valid: boolean;
            reason: components["schemas"]["Reason"] | null;
            /** @example US */
            country_code: string | null;
            /** @example (415) 555-2671 */
            national_format: string | null;
            customer_id: components["schemas"]["CustomerId"] | null;
            verification: components["schemas"]["Verification"] | null;
        };
        /**
         * @description Who is meant; everything that is named is required. A misspelt filter would widen the audience, and
         *     so would one that is null or empty: they are refused.
         */
        AudienceInput: {
            /**
             * @description Codes or names of states or provinces.
             * @example [
             *       "CA"
             *     ]
             */
            states?: string[];
            status?: components["schemas"]["CustomerStatus"];
            customer_ids?: components["schemas"]["CustomerId"][];
            /**
             * @description At least one of these.
             * @example [
             *       "vip"
             *     ]
             */
            tags?: string[];
            /**
             * @description All of these.
             * @example {
             *       "plan": "gold"
             *     }
             */
            attributes?: {
                [key: string]: unknown;
            };
        };
        /** @description A change of what is not one's own, as a trigger saw it. */
        AuditEntry: {
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            at: string;
            actor: components["schemas"]["ProfileId"] | null;
            /** @example admin@example.com */
            actor_email: string | null;
            /**
             * @description `admin`, `user`, `operator`, `service` or `sql`.
             * @example admin
             */
            actor_kind: string;
            /**
             * @description The login of whoever ran a command.
             * @example ops
             */
            operator: string | null;
            /**
             * @description The role of the database.
             * @example authenticated
             */
            role: string;
            /** @example dnwerks accounts */
            application: string | null;
            /** Format: uuid */
            session_id: string | null;
            /** @example 0199c0de-0000-7000-8000-000000000002 */
            request_id: string | null;
            /** @example user.approved */
            action: string;
            /** @example public.user_profiles */
            table_name: string;
            /** @example 0199c0de-0000-7000-8000-000000000002 */
            row_id: string | null;
            account: components["schemas"]["ProfileId"] | null;
            /** @example ann@example.com */
            account_email: string | null;
            /** Format: int64 */
            row_count: number;
            /** @description The fields that changed. Texts, numbers and addresses stand there only as how long they were. */
            before: Record<string, never> | null;
            after: Record<string, never> | null;
        };
        /** @description A session as Supabase Auth gives it, and whatever else Auth says of it. */
        AuthSession: {
            /** @example eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl */
            access_token: string;
            /** @example bearer */
            token_type: string;
            /**
             * Format: int64
             * @description Seconds.
             * @example 3600
             */
            expires_in: number;
            /**
             * Format: int64
             * @description Seconds since 1970.
             * @example 1795600000
             */
            expires_at: number;
            /** @example k3x9Q2m7p1sT */
            refresh_token: string;
            /** @description The user in `auth.users`. */
            user: Record<string, never>;
        } & {
            [key: string]: unknown;
        };
        /**
         * Format: uuid
         * @description `auth.users.id`: who signs in. Not the owner of rows, which is [`ProfileId`].
         */
        AuthUserId: string;
        /** @description An account and what it sent. */
        BusyAccount: {
            user_id: components["schemas"]["ProfileId"] | null;
            /** @example ann@example.com */
            email: string | null;
            /** Format: int64 */
            sent: number;
            /** Format: int64 */
            delivered: number;
            /** Format: int64 */
            undelivered: number;
            /**
             * Format: double
             * @example 0.97
             */
            delivery_rate: number | null;
            /** Format: int64 */
            opted_out: number;
        };
        /** @description A campaign with its counters. */
        Campaign: {
            id: components["schemas"]["CampaignId"];
            user_id: components["schemas"]["ProfileId"] | null;
            /** @example Spring sale */
            name: string;
            /** @example Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out. */
            message_body: string | null;
            status: components["schemas"]["CampaignStatus"] | null;
            /** Format: int32 */
            total_recipients: number | null;
            /**
             * Format: int32
             * @description Messages that Twilio has taken, delivered and undelivered ones among them.
             */
            sent_count: number | null;
            /** Format: int32 */
            delivered_count: number | null;
            /** Format: int32 */
            failed_count: number | null;
            /** Format: date-time */
            scheduled_at: string | null;
            /** Format: date-time */
            sent_at: string | null;
            /** Format: date-time */
            created_at: string | null;
            /** Format: date-time */
            updated_at: string | null;
            audience: components["schemas"]["CampaignAudience"] | null;
            /** Format: date-time */
            launched_at: string | null;
            /** @example no_recipients */
            failure_reason: string | null;
            /**
             * @description Customers of the audience that were left out at the launch, by reason.
             * @example {
             *       "customer_inactive": 3
             *     }
             */
            skipped: {
                [key: string]: number;
            };
            /** Format: int32 */
            pending_count: number;
            /** Format: int32 */
            skipped_count: number;
            /** Format: int32 */
            filtered_count: number;
            /** Format: int32 */
            unregistered_count: number;
            /** Format: int32 */
            opted_out_count: number;
            sender_id: components["schemas"]["SenderId"] | null;
            quiet_hours: boolean;
            /** Format: date-time */
            paused_at: string | null;
            /** @example user */
            pause_reason: string | null;
            /** Format: date-time */
            canceled_at: string | null;
            /**
             * Format: date-time
             * @description When a due campaign is launched that has to wait for its owner's limits of the day.
             */
            launch_after: string | null;
            /** @description What was delivered and what failed when it was resumed last. */
            judged_before?: unknown;
            test_of: components["schemas"]["CampaignId"] | null;
            reply_to: components["schemas"]["ConversationId"] | null;
            requires_consent: boolean;
            template_id: components["schemas"]["TemplateId"] | null;
        };
        /** @description A campaign from its audience to the last delivery. */
        CampaignAnalytics: {
            campaign_id: components["schemas"]["CampaignId"];
            /** @example Spring sale */
            name: string;
            status: components["schemas"]["CampaignStatus"] | null;
            /** @example America/Los_Angeles */
            time_zone: string;
            /** Format: date-time */
            launched_at: string | null;
            /** Format: date-time */
            sent_at: string | null;
            /**
             * Format: int64
             * @description Recipients and those who were left out.
             */
            audience: number;
            /**
             * @description Who was left out at the launch, by reason.
             * @example {
             *       "customer_inactive": 3
             *     }
             */
            left_out: {
                [key: string]: number;
            };
            /** Format: int64 */
            recipients: number;
            /** Format: int64 */
            pending: number;
            /**
             * Format: int64
             * @description Of the pending: nobody knows whether Twilio has them.
             */
            in_doubt: number;
            /**
             * Format: int64
             * @description The other pending ones.
             */
            waiting: number;
            /**
             * Format: date-time
             * @description When the first of them may go.
             */
            waiting_until: string | null;
            /**
             * Format: int64
             * @description What Twilio has taken.
             */
            sent: number;
            /** Format: int64 */
            delivered: number;
            /**
             * Format: int64
             * @description Sent, and not delivered.
             */
            undelivered: number;
            /**
             * Format: int64
             * @description Failed before they were sent.
             */
            not_sent: number;
            /**
             * Format: double
             * @description The share delivered of what came to an end after it was sent; null if nothing did.
             * @example 0.97
             */
            delivery_rate: number | null;
            /** Format: int64 */
            segments: number;
            /**
             * Format: double
             * @example 0.0125
             */
            price_per_segment: number;
            /**
             * Format: double
             * @example 12.5
             */
            cost: number;
            /** Format: int64 */
            opted_out: number;
            /** Format: int64 */
            replies: number;
            failures: components["schemas"]["CampaignFailure"][];
            states: components["schemas"]["StateFigures"][];
            /**
             * Format: int32
             * @description What a point of `deliveries` stands for.
             */
            interval_minutes: number;
            deliveries: components["schemas"]["DeliveryPoint"][];
        };
        /** @description Who is meant; everything that is named is required. */
        CampaignAudience: {
            /**
             * @example [
             *       "CA"
             *     ]
             */
            states?: string[];
            /** @example active */
            status?: string;
            customer_ids?: components["schemas"]["CustomerId"][];
            /**
             * @example [
             *       "vip"
             *     ]
             */
            tags?: string[];
            attributes?: Record<string, never>;
        };
        /** @description A reason, and how many messages failed for it. */
        CampaignFailure: {
            /** @example unreachable */
            reason: string | null;
            /**
             * Format: int64
             * @description Twilio's.
             * @example 30003
             */
            error_code: number | null;
            /** @example The number can't be reached. */
            text: string;
            /** Format: int64 */
            messages: number;
        };
        /**
         * Format: uuid
         * @description `campaigns.id`.
         */
        CampaignId: string;
        CampaignInput: {
            /**
             * @description A new campaign needs one.
             * @example Spring sale
             */
            name?: string;
            /**
             * @description The text, with merge fields.
             * @example Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.
             */
            message_body?: string | null;
            template_id?: components["schemas"]["TemplateId"] | null;
            status?: components["schemas"]["WritableStatus"];
            /**
             * Format: date-time
             * @description When to send it.
             * @example null
             */
            scheduled_at?: string | null;
            audience?: components["schemas"]["AudienceInput"] | null;
            sender_id?: components["schemas"]["SenderId"] | null;
            /** @description Only admins change it, which the database sees to. */
            quiet_hours?: boolean;
            /**
             * @description Only to customers whose consent is on record.
             * @example false
             */
            requires_consent?: boolean;
        };
        /** @description A message of a campaign to one recipient. */
        CampaignMessage: {
            id: components["schemas"]["CampaignMessageId"];
            campaign_id: components["schemas"]["CampaignId"] | null;
            customer_id: components["schemas"]["CustomerId"] | null;
            /** @example +14155552671 */
            phone_number: string | null;
            /**
             * @description The text as it was sent; null until then where it is the campaign's.
             * @example Hi Ann, 20% off until Sunday. Reply STOP to opt out.
             */
            message_body: string | null;
            status: components["schemas"]["MessageStatus"] | null;
            /** @example SM0123456789abcdef0123456789abcdef */
            twilio_sid: string | null;
            /** Format: date-time */
            sent_at: string | null;
            /** Format: date-time */
            delivered_at: string | null;
            /** @example The number can't be reached. */
            error_message: string | null;
            /** Format: date-time */
            created_at: string | null;
            /** Format: date-time */
            updated_at: string | null;
            /**
             * Format: int32
             * @description 1 to the campaign's `total_recipients`.
             */
            position: number | null;
            /**
             * Format: int32
             * @description How often it was repeated because Twilio provably had not taken it.
             */
            attempts: number;
            /**
             * Format: int32
             * @description How often somebody had it tried again after it had failed.
             */
            retries: number;
            /** Format: int32 */
            segments: number | null;
            /**
             * Format: int64
             * @description Twilio's, where the failure is Twilio's.
             * @example 30003
             */
            error_code: number | null;
            /**
             * @description Why it failed or waits, as a stable code.
             * @example unreachable
             */
            reason: string | null;
            /** @description The customer's values at the launch, for a text with merge fields. */
            merge_values: Record<string, never> | null;
            /**
             * Format: date-time
             * @description While set, nobody knows whether Twilio has the message.
             */
            in_doubt_since: string | null;
            /**
             * @description The customer's at the launch.
             * @example CA
             */
            state: string | null;
        };
        /**
         * Format: uuid
         * @description `campaign_messages.id`.
         */
        CampaignMessageId: string;
        /** @enum {string} */
        CampaignStatus: "draft" | "scheduled" | "sending" | "sent" | "failed" | "paused" | "canceled";
        /** @description A campaign's text to one number, and what became of it. */
        CampaignTest: {
            id: components["schemas"]["CampaignTestId"];
            campaign_id: components["schemas"]["CampaignId"];
            message_id: components["schemas"]["CampaignMessageId"];
            /** @example +14155552671 */
            to: string;
            /** @example Hi Ann, 20% off until Sunday. Reply STOP to opt out. */
            body: string | null;
            status: components["schemas"]["MessageStatus"];
            /** @example unreachable */
            reason: string | null;
            /**
             * Format: int64
             * @example 30003
             */
            error_code: number | null;
            /** @example The number can't be reached. */
            error_message: string | null;
            /** Format: int32 */
            segments: number | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            sent_at: string | null;
            /** Format: date-time */
            delivered_at: string | null;
        };
        /**
         * Format: uuid
         * @description `campaigns.id` of a test, which is a campaign of its own.
         */
        CampaignTestId: string;
        /** @description A token and the new password. */
        ConfirmReset: {
            /**
             * @description From the mailed link.
             * @example Zm9yIG9uZSByZXNldCBvZiBvbmUgcGFzc3dvcmQ
             */
            token: string;
            /**
             * Format: password
             * @description The new one.
             * @example correct horse battery staple
             */
            password: string;
        };
        /** @description An entry of the ledger. */
        Consent: {
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description Its place in the number's chain.
             */
            sequence: number;
            account_id: components["schemas"]["ProfileId"] | null;
            /**
             * @description `given` or `revoked`.
             * @example given
             */
            action: string;
            /** Format: date-time */
            happened_at: string;
            /** Format: date-time */
            recorded_at: string;
            /** @example import */
            source: string;
            evidence: Record<string, never> | null;
            recorded_by: components["schemas"]["ProfileId"] | null;
            /**
             * @description Of this entry and the one before, hexadecimal.
             * @example e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
             */
            hash: string;
        };
        /**
         * @description What somebody has said about being texted.
         * @enum {string}
         */
        ConsentAction: "given" | "revoked";
        /** @description How a number stands after something was recorded. */
        ConsentState: {
            has_consent: boolean;
            may_text: boolean;
            /** @example opted_out */
            suppressed_for: string | null;
        };
        /** @description All that is known of a number, each list in the order of time. */
        ConsentStory: {
            /** @example +14155552671 */
            phone: string;
            has_consent: boolean;
            may_text: boolean;
            /** @example opted_out */
            suppressed_for: string | null;
            consents: components["schemas"]["Consent"][];
            suppressions: components["schemas"]["Suppression"][];
            messages: components["schemas"]["SentMessage"][];
            received: components["schemas"]["ReceivedMessage"][];
        };
        /** @description What one number and one account have written to each other. */
        Conversation: {
            id: components["schemas"]["ConversationId"];
            user_id: components["schemas"]["ProfileId"] | null;
            /** @example +14155552671 */
            phone: string;
            /** @example +14155550100 */
            our_number: string | null;
            customer_id: components["schemas"]["CustomerId"] | null;
            /** @example Ann */
            first_name: string | null;
            /** @example Lee */
            last_name: string | null;
            /** Format: date-time */
            last_message_at: string;
            /** Format: date-time */
            last_inbound_at: string | null;
            last_message: components["schemas"]["LastMessage"] | null;
            /** Format: int32 */
            unread_count: number;
            /** @description Its words probably revoke consent: a person decides. */
            needs_review: boolean;
            /**
             * Format: date-time
             * @description The legal deadline of that decision.
             */
            review_by: string | null;
            /** Format: date-time */
            reviewed_at: string | null;
            reviewed_by: components["schemas"]["ProfileId"] | null;
            revoked: boolean | null;
            /** @example Asked about another shop. */
            review_note: string | null;
            /** Format: date-time */
            closed_at: string | null;
            /** Format: date-time */
            created_at: string;
            /**
             * @description Why the number can't be texted now.
             * @example opted_out
             */
            suppressed_for: string | null;
            /**
             * Format: date-time
             * @description Until when it can be answered without consent.
             */
            open_until: string | null;
        };
        /**
         * Format: uuid
         * @description `conversations.id`.
         */
        ConversationId: string;
        /** @description A conversation with a page of its messages, the newest first. */
        ConversationWithMessages: {
            id: components["schemas"]["ConversationId"];
            user_id: components["schemas"]["ProfileId"] | null;
            /** @example +14155552671 */
            phone: string;
            /** @example +14155550100 */
            our_number: string | null;
            customer_id: components["schemas"]["CustomerId"] | null;
            /** @example Ann */
            first_name: string | null;
            /** @example Lee */
            last_name: string | null;
            /** Format: date-time */
            last_message_at: string;
            /** Format: date-time */
            last_inbound_at: string | null;
            last_message: components["schemas"]["LastMessage"] | null;
            /** Format: int32 */
            unread_count: number;
            /** @description Its words probably revoke consent: a person decides. */
            needs_review: boolean;
            /**
             * Format: date-time
             * @description The legal deadline of that decision.
             */
            review_by: string | null;
            /** Format: date-time */
            reviewed_at: string | null;
            reviewed_by: components["schemas"]["ProfileId"] | null;
            revoked: boolean | null;
            /** @example Asked about another shop. */
            review_note: string | null;
            /** Format: date-time */
            closed_at: string | null;
            /** Format: date-time */
            created_at: string;
            /**
             * @description Why the number can't be texted now.
             * @example opted_out
             */
            suppressed_for: string | null;
            /**
             * Format: date-time
             * @description Until when it can be answered without consent.
             */
            open_until: string | null;
            messages: components["schemas"]["Reply"][];
            /** Format: int64 */
            messages_total: number;
        };
        CountsView: {
            /** Format: int64 */
            pending: number;
            /** Format: int64 */
            approved: number;
            /** Format: int64 */
            rejected: number;
        };
        CreateAdminResetInput: {
            /** @description `user_profiles.id` */
            user_id: components["schemas"]["ProfileId"];
            /** @example Asked by phone. */
            reason?: string | null;
        };
        CreateInviteInput: {
            /**
             * @description Made up if absent.
             * @example SPRING-2026
             */
            code?: string | null;
            /**
             * Format: date-time
             * @description Absent: after the usual time, two weeks unless the operator says otherwise. Null: never.
             * @example 2099-01-01T00:00:00Z
             */
            expires_at?: string | null;
            /**
             * Format: int32
             * @description 1 if absent.
             * @example 1
             */
            max_uses?: number | null;
            /**
             * Format: email
             * @description Only for this address, which gets a mail.
             * @example ann@example.com
             */
            email?: string | null;
            /** @example For the shop in Oakland. */
            notes?: string | null;
        };
        /** @description A customer. */
        Customer: {
            id: components["schemas"]["CustomerId"];
            user_id: components["schemas"]["ProfileId"] | null;
            /**
             * @description E.164, unique among all accounts.
             * @example +14155552671
             */
            phone: string;
            /** @example Ann */
            first_name: string | null;
            /** @example Lee */
            last_name: string | null;
            /** @example ann@example.com */
            email: string | null;
            /**
             * @description The postal code of a state or province; a frontend may have written another region.
             * @example CA
             */
            state: string | null;
            status: components["schemas"]["CustomerStatus"] | null;
            /** Format: date-time */
            created_at: string | null;
            /** Format: date-time */
            updated_at: string | null;
            /**
             * @example [
             *       "vip"
             *     ]
             */
            tags: string[];
            /**
             * @description Custom attributes, as texts.
             * @example {
             *       "plan": "gold"
             *     }
             */
            attributes: {
                [key: string]: string;
            };
            /**
             * @description Why the customer is inactive: the reason of a suppression; null where a person has set the status.
             * @example opted_out
             */
            inactive_reason: string | null;
        };
        /** @description Numbers of customers. What is unknown is counted under the empty name. */
        CustomerCounts: {
            /** Format: int64 */
            total: number;
            /**
             * @example {
             *       "active": 2,
             *       "inactive": 1
             *     }
             */
            by_status: {
                [key: string]: number;
            };
            /**
             * @description By state, then by status.
             * @example {
             *       "CA": {
             *         "active": 2,
             *         "inactive": 1
             *       }
             *     }
             */
            by_state: {
                [key: string]: {
                    [key: string]: number;
                };
            };
        };
        /**
         * Format: uuid
         * @description `deleted_customers.deletion_id`.
         */
        CustomerDeletionId: string;
        /**
         * Format: uuid
         * @description `customers.id`.
         */
        CustomerId: string;
        /** @description The record of an import. */
        CustomerImport: {
            id: components["schemas"]["CustomerImportId"];
            user_id: components["schemas"]["ProfileId"];
            status: components["schemas"]["ImportStatus"];
            phase: components["schemas"]["ImportPhase"];
            dry_run: boolean;
            /** @example customers.csv */
            file_name: string | null;
            /**
             * Format: int64
             * @description As announced; null where the upload did not say.
             */
            file_bytes: number | null;
            /**
             * @description SHA-256, hexadecimal.
             * @example e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
             */
            file_hash: string | null;
            same_file_as: components["schemas"]["CustomerImportId"] | null;
            /** Format: int64 */
            bytes_read: number;
            /** Format: int64 */
            rows_read: number;
            /**
             * Format: int64
             * @description The counts are null until the import ends.
             */
            total_rows: number | null;
            /** Format: int64 */
            inserted: number | null;
            /** Format: int64 */
            updated: number | null;
            /** Format: int64 */
            unchanged: number | null;
            /** Format: int64 */
            duplicates: number | null;
            /** Format: int64 */
            rejected: number | null;
            /**
             * @example {
             *       "phone_too_short": 1
             *     }
             */
            rejected_by_code: {
                [key: string]: number;
            } | null;
            /**
             * Format: int64
             * @description How many rejected rows can be downloaded.
             */
            rejects_kept: number;
            /** Format: int64 */
            consented: number | null;
            /** Format: int64 */
            declined: number | null;
            /** Format: int64 */
            suppressed: number | null;
            /**
             * @example [
             *       "Mobile",
             *       "First name"
             *     ]
             */
            header: string[] | null;
            /**
             * @description The file's header of each field that was found.
             * @example {
             *       "phone": "Mobile"
             *     }
             */
            columns: {
                [key: string]: string;
            } | null;
            /** @example phone_column_missing */
            failure_code: string | null;
            /** @example No column holds phone numbers. */
            failure_detail: string | null;
            /** Format: date-time */
            cancel_requested_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /** Format: date-time */
            finished_at: string | null;
            /** Format: date-time */
            undone_at: string | null;
        };
        /**
         * Format: uuid
         * @description `customer_imports.id`.
         */
        CustomerImportId: string;
        CustomerInput: {
            /**
             * Format: phone
             * @description In any usual form; stored as E.164. A new customer needs one.
             * @example +14155552671
             */
            phone?: string | null;
            /** @example Ann */
            first_name?: string | null;
            /** @example Lee */
            last_name?: string | null;
            /** @example ann@example.com */
            email?: string | null;
            /**
             * @description A code or a name of a state or province.
             * @example CA
             */
            state?: string | null;
            status?: components["schemas"]["CustomerStatus"];
            /**
             * @example [
             *       "vip"
             *     ]
             */
            tags?: string[] | null;
            /**
             * @description Texts, numbers or booleans by name, stored as texts; null takes one away.
             * @example {
             *       "plan": "gold"
             *     }
             */
            attributes?: {
                [key: string]: unknown;
            } | null;
        };
        /** @enum {string} */
        CustomerStatus: "active" | "inactive";
        /** @description One of the owner's limits of a day (UTC). */
        DailyLimit: {
            /**
             * Format: double
             * @description Null: unlimited.
             */
            value: number | null;
            /** Format: double */
            used: number;
            /** Format: double */
            needed: number;
            exceeded: boolean;
        };
        /** @description A deleted customer, which can be restored for 30 days. */
        DeletedCustomer: {
            id: components["schemas"]["CustomerId"];
            user_id: components["schemas"]["ProfileId"] | null;
            /**
             * @description E.164, unique among all accounts.
             * @example +14155552671
             */
            phone: string;
            /** @example Ann */
            first_name: string | null;
            /** @example Lee */
            last_name: string | null;
            /** @example ann@example.com */
            email: string | null;
            /**
             * @description The postal code of a state or province; a frontend may have written another region.
             * @example CA
             */
            state: string | null;
            status: components["schemas"]["CustomerStatus"] | null;
            /** Format: date-time */
            created_at: string | null;
            /** Format: date-time */
            updated_at: string | null;
            /**
             * @example [
             *       "vip"
             *     ]
             */
            tags: string[];
            /**
             * @description Custom attributes, as texts.
             * @example {
             *       "plan": "gold"
             *     }
             */
            attributes: {
                [key: string]: string;
            };
            /**
             * @description Why the customer is inactive: the reason of a suppression; null where a person has set the status.
             * @example opted_out
             */
            inactive_reason: string | null;
            /** @description One request or statement that deleted customers. */
            deletion_id: components["schemas"]["CustomerDeletionId"];
            /** Format: date-time */
            deleted_at: string;
            deleted_by: components["schemas"]["ProfileId"] | null;
        };
        /** @description What a deletion has done. */
        DeletedUserView: {
            id: components["schemas"]["ProfileId"];
            /**
             * Format: int64
             * @description Campaigns that were scheduled, being sent or paused.
             */
            canceled_campaigns: number;
            handed_over_to: components["schemas"]["ProfileId"] | null;
            handed_over: components["schemas"]["HandedOverView"] | null;
        };
        /** @description What a deletion did, or would do. */
        Deletion: {
            /** Format: int64 */
            deleted: number;
            dry_run: boolean;
            deletion_id: components["schemas"]["CustomerDeletionId"] | null;
        };
        /** @description What deletions take as a body: for more ids than an address can hold. What is null or empty is refused. */
        DeletionBody: {
            /**
             * @description As in lists.
             * @example ann
             */
            search?: string;
            /**
             * @example [
             *       "CA"
             *     ]
             */
            states?: string[];
            /**
             * @example [
             *       "active"
             *     ]
             */
            status?: string[];
            /**
             * @description At least one of these.
             * @example [
             *       "vip"
             *     ]
             */
            tags?: string[];
            /**
             * @description All of these.
             * @example {
             *       "plan": "gold"
             *     }
             */
            attributes?: {
                [key: string]: unknown;
            };
            /** @example 2026-11-01 */
            created_from?: string;
            /** @example 2026-12-01 */
            created_to?: string;
            ids?: components["schemas"]["CustomerId"][];
            /** @description For admins: whose customers; otherwise the caller's own. */
            user_id?: components["schemas"]["ProfileId"];
            /**
             * @description Everybody.
             * @example false
             */
            all?: boolean;
            /** @description Only counts. */
            dry_run?: boolean;
        };
        /** @description Some minutes of a campaign. */
        DeliveryPoint: {
            /** Format: date-time */
            starts_at: string;
            /**
             * @description The same in the time zone.
             * @example 2026-11-23 01:00
             */
            local_time: string;
            /** Format: int64 */
            sent: number;
            /** Format: int64 */
            delivered: number;
        };
        /** @enum {string} */
        Direction: "in" | "out";
        /**
         * @description What can be found out in Twilio's console about a message in doubt; `retry`: Twilio does not have it.
         * @enum {string}
         */
        DoubtOutcome: "sent" | "failed" | "retry";
        /** @description A row that a later one with the same phone replaced. */
        DuplicateRow: {
            /**
             * Format: int32
             * @description The row.
             */
            row: number;
            /**
             * Format: int32
             * @description The row that replaces it.
             */
            replaced_by_row: number;
        };
        /** @description What a browser opens a stream with. */
        EventToken: {
            /**
             * @description To be appended to the stream's address as `?token=`.
             * @example Zm9yIG9uZSBzdHJlYW0gYW5kIG9uZSBtaW51dGUgb24
             */
            token: string;
            /**
             * Format: date-time
             * @description Until when the stream can be opened with it; a stream that is open stays open.
             */
            expires_at: string;
        };
        /** @description A recipient's text. What can't be sent has no segments. */
        Example: {
            /** @example +14155552671 */
            to: string;
            /** @example Hi Ann, 20% off until Sunday. Reply STOP to opt out. */
            body: string | null;
            segments: number | null;
            /** @example gsm7 */
            encoding: string | null;
        };
        /** @enum {string} */
        FieldKind: "column" | "attribute";
        /** @description Figures of a time. */
        Figures: {
            /** Format: int64 */
            sent: number;
            /** Format: int64 */
            delivered: number;
            /** Format: int64 */
            undelivered: number;
            /**
             * Format: double
             * @example 0.97
             */
            delivery_rate: number | null;
            /** Format: int64 */
            segments: number;
            /**
             * Format: double
             * @example 12.5
             */
            cost: number;
            /** Format: int64 */
            customers_added: number;
            /** Format: int64 */
            customers_removed: number;
            /** Format: int64 */
            opted_out: number;
            /** Format: int64 */
            replies: number;
        };
        /** @description Figures of a unit of a series. */
        FiguresAt: {
            /** Format: int64 */
            sent: number;
            /** Format: int64 */
            delivered: number;
            /** Format: int64 */
            undelivered: number;
            /**
             * Format: double
             * @example 0.97
             */
            delivery_rate: number | null;
            /** Format: int64 */
            segments: number;
            /**
             * Format: double
             * @example 12.5
             */
            cost: number;
            /** Format: int64 */
            customers_added: number;
            /** Format: int64 */
            customers_removed: number;
            /** Format: int64 */
            opted_out: number;
            /** Format: int64 */
            replies: number;
            /** Format: date-time */
            starts_at: string;
            /**
             * @description The same in the time zone.
             * @example 2026-11-23
             */
            local_time: string;
        };
        /** @description Numbers of rows that have a new owner. */
        HandedOverView: {
            /** Format: int64 */
            templates: number;
            /** Format: int64 */
            campaigns: number;
            /** Format: int64 */
            customers: number;
            /** Format: int64 */
            imports: number;
        };
        /** @description An hour of the day, of all days together. */
        HourFigures: {
            /**
             * Format: int32
             * @example 10
             */
            hour: number;
            /** Format: int64 */
            sent: number;
            /** Format: int64 */
            delivered: number;
            /** Format: int64 */
            undelivered: number;
            /**
             * Format: double
             * @example 0.97
             */
            delivery_rate: number | null;
            /** Format: int64 */
            replies: number;
        };
        /** @enum {string} */
        ImportPhase: "reading" | "verifying" | "saving" | "done";
        /** @description What an import did: `total_rows = inserted + updated + unchanged + duplicates + rejected`. */
        ImportReport: {
            /** @description The record in `customer_imports`. */
            id: components["schemas"]["CustomerImportId"];
            /** @description Whether this only shows what would happen. */
            dry_run: boolean;
            /**
             * Format: int64
             * @description Rows with anything in them, the header left out.
             */
            total_rows: number;
            /**
             * Format: int64
             * @description New customers.
             */
            inserted: number;
            /**
             * Format: int64
             * @description Customers that existed and now differ.
             */
            updated: number;
            /**
             * Format: int64
             * @description Customers that existed and stayed as they were.
             */
            unchanged: number;
            /**
             * Format: int64
             * @description Rows that a later row with the same phone replaced.
             */
            duplicates: number;
            /** @description The first of those, at most 1,000. */
            duplicate_rows: components["schemas"]["DuplicateRow"][];
            /**
             * Format: int64
             * @description Numbers whose holders agreed to be texted, as the file says or its sender.
             */
            consented: number;
            /**
             * Format: int64
             * @description Numbers of which the file says that they must not be texted.
             */
            declined: number;
            /**
             * Format: int64
             * @description Numbers of which that was known before; their customers are inactive.
             */
            suppressed: number;
            /** @description Words of the file whose meaning is not known. An import that has to ask fails; a dry run tells. */
            questions?: components["schemas"]["Question"][];
            /**
             * Format: int64
             * @description Rows that were not imported; the first 50,000 can be downloaded by the record's id, unless this is a dry run.
             */
            rejected: number;
            /**
             * @description How many rows were rejected for which reason.
             * @example {
             *       "phone_too_short": 1
             *     }
             */
            rejected_by_code: {
                [key: string]: number;
            };
            /** @description The first of them, by row; at most 1,000. */
            rejects: components["schemas"]["Reject"][];
            /** @description Whether there are more than `rejects` lists. */
            rejects_truncated: boolean;
            /**
             * Format: int64
             * @description Rows that were imported without something that could not be read.
             */
            warned: number;
            /** @description The first of them, by row; at most 1,000. */
            warnings?: components["schemas"]["Reject"][];
            /**
             * @description The file's header of each field that was found.
             * @example {
             *       "phone": "Mobile"
             *     }
             */
            columns: {
                [key: string]: string;
            };
            /**
             * @description Columns that nothing was taken from.
             * @example [
             *       "Notes"
             *     ]
             */
            ignored_columns: string[];
            /** @description Whether the first record named the columns. */
            has_header: boolean;
            /**
             * @description What the file is encoded in.
             * @example utf-8
             */
            encoding: string;
            /**
             * @description What stands between its cells.
             * @example ,
             */
            delimiter: string;
            /**
             * @description SHA-256 of the file, hexadecimal.
             * @example e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
             */
            file_hash: string;
            /** @description The last import of the same file, where there was one. */
            same_file_as?: components["schemas"]["SameFile"];
            /** @description Of a dry run: the first customers as they would be stored. */
            preview?: components["schemas"]["PreviewRow"][];
            /** @description Where new phones were looked up: what came of it. */
            verification?: components["schemas"]["VerificationCounts"];
            /**
             * Format: int64
             * @description Time from the request to the commit.
             */
            elapsed_ms: number;
        };
        /** @enum {string} */
        ImportStatus: "running" | "completed" | "failed" | "canceled" | "undone";
        /** @description A form with a file. */
        ImportedFile: {
            /**
             * Format: binary
             * @description The CSV.
             * @example phone,first_name
             *     +14155552671,Ann
             */
            file: string;
        };
        /**
         * Format: uuid
         * @description `invite_codes.id`.
         */
        InviteCodeId: string;
        /** @description An invitation in a response. */
        InviteView: {
            id: components["schemas"]["InviteCodeId"];
            /** @example SPRING-2026 */
            code: string;
            /**
             * @description Where somebody registers with it; absent if the frontend's address is not set (`NEXTAUTH_URL`).
             * @example https://app.example.com/login?invite=SPRING-2026
             */
            link: string | null;
            /**
             * @description `active`, `expired`, `exhausted` or `revoked`
             * @example active
             */
            status: string;
            /** Format: int64 */
            uses: number;
            /**
             * Format: int64
             * @description Unlimited if absent.
             */
            uses_left: number | null;
            /** Format: int32 */
            max_uses: number | null;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            revoked_at: string | null;
            /** @example ann@example.com */
            email: string | null;
            /**
             * @description What became of the mail to that address: `queued`, `sent`, `delivered`, `bounced`, `complained`, `suppressed`, `failed`
             *     or `canceled`; null without a mail, and once mails are not kept any more.
             * @example delivered
             */
            mail_state: string | null;
            /** @example For the shop in Oakland. */
            notes: string | null;
            created_by: components["schemas"]["ProfileId"] | null;
            /** Format: date-time */
            created_at: string;
        };
        /** @description The last message of a conversation. */
        LastMessage: {
            direction: components["schemas"]["Direction"];
            /** @example When do you open? */
            body: string | null;
            /**
             * @description `stop`, `start` or `help`, where it was one.
             * @example help
             */
            keyword: string | null;
        };
        LiftInput: {
            /** @example A mistyped number. */
            why: string;
        };
        /** @description A limit of a day (UTC) that is nearly used up. */
        LimitNearEnd: {
            user_id: components["schemas"]["ProfileId"] | null;
            /** @example ann@example.com */
            email: string | null;
            /** @example messages_per_day */
            limit: string;
            /**
             * Format: double
             * @example 1000
             */
            value: number;
            /**
             * Format: double
             * @example 900
             */
            used: number;
            /**
             * Format: double
             * @example 0.9
             */
            share: number | null;
        };
        /** @description What the account may send in a day (UTC). Null: unlimited. */
        LimitsView: {
            /** Format: int32 */
            messages_per_day: number | null;
            /** Format: int32 */
            segments_per_day: number | null;
            /**
             * Format: double
             * @description In the currency of `price_per_segment`.
             */
            cost_per_day: number | null;
            /** Format: double */
            price_per_segment: number;
            /**
             * @description ISO codes of where texts may go; null: where the default sender's number is from.
             * @example [
             *       "US",
             *       "CA"
             *     ]
             */
            countries: string[] | null;
            used_today: components["schemas"]["UsedTodayView"];
        };
        /** @description A page of rows. */
        Listing_AdminResetView: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["AdminResetView"][];
        };
        /** @description A page of rows. */
        Listing_AuditEntry: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["AuditEntry"][];
        };
        /** @description A page of rows. */
        Listing_Campaign: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["Campaign"][];
        };
        /** @description A page of rows. */
        Listing_CampaignMessage: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["CampaignMessage"][];
        };
        /** @description A page of rows. */
        Listing_CampaignTest: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["CampaignTest"][];
        };
        /** @description A page of rows. */
        Listing_Conversation: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["Conversation"][];
        };
        /** @description A page of rows. */
        Listing_Customer: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["Customer"][];
        };
        /** @description A page of rows. */
        Listing_CustomerImport: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["CustomerImport"][];
        };
        /** @description A page of rows. */
        Listing_DeletedCustomer: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["DeletedCustomer"][];
        };
        /** @description A page of rows. */
        Listing_InviteView: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["InviteView"][];
        };
        /** @description A page of rows. */
        Listing_MailSuppressionView: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["MailSuppressionView"][];
        };
        /** @description A page of rows. */
        Listing_PhoneRefusals: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["PhoneRefusals"][];
        };
        /** @description A page of rows. */
        Listing_SenderDay: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["SenderDay"][];
        };
        /** @description A page of rows. */
        Listing_SenderWithHealth: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["SenderWithHealth"][];
        };
        /** @description A page of rows. */
        Listing_Suppression: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["Suppression"][];
        };
        /** @description A page of rows. */
        Listing_Template: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["Template"][];
        };
        /** @description A page of rows. */
        Listing_UserView: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["UserView"][];
        };
        LogInInput: {
            /**
             * Format: email
             * @example ann@example.com
             */
            email: string;
            /**
             * Format: password
             * @example correct horse battery staple
             */
            password: string;
        };
        /** @description A Supabase session, as supabase-js expects it, with the user's profile. */
        LoggedIn: {
            /** @example eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl */
            access_token: string;
            /** @example bearer */
            token_type: string;
            /**
             * Format: int64
             * @description Seconds.
             * @example 3600
             */
            expires_in: number;
            /**
             * Format: int64
             * @description Seconds since 1970.
             * @example 1795600000
             */
            expires_at: number;
            /** @example k3x9Q2m7p1sT */
            refresh_token: string;
            /** @description The user in `auth.users`. */
            user: Record<string, never>;
            profile: components["schemas"]["LoggedInProfile"];
        } & {
            [key: string]: unknown;
        };
        /** @description The caller's profile. */
        LoggedInProfile: {
            id: components["schemas"]["ProfileId"];
            role: components["schemas"]["Role"];
            status: components["schemas"]["ProfileStatus"];
        };
        /** @description A suppressed address in a response. */
        MailSuppressionView: {
            /** @example ann@example.com */
            address: string;
            /**
             * @description `bounced`, `complained` or `suppressed`
             * @example bounced
             */
            reason: string;
            /** @example No such mailbox. */
            detail: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: int64 */
            times_lifted: number;
        };
        /** @description The caller, approved or not. */
        MeView: {
            /** @description `user_profiles.id`: owns the caller's rows. */
            id: components["schemas"]["ProfileId"];
            /** @description `auth.users.id` */
            user_id: components["schemas"]["AuthUserId"];
            /** @example ann@example.com */
            email: string | null;
            role: components["schemas"]["Role"];
            /** @description `pending` until an admin decides; until it is `approved`, nothing else answers. */
            status: components["schemas"]["ProfileStatus"];
            /** @description Whether this sign-in lacks the second factor without which an admin may do nothing as an admin. */
            second_factor_needed: boolean;
            limits: components["schemas"]["LimitsView"] | null;
        };
        /** @enum {string} */
        MessageStatus: "pending" | "sent" | "delivered" | "failed";
        NewCampaignInput: {
            /**
             * @description A new campaign needs one.
             * @example Spring sale
             */
            name: string;
            /**
             * @description The text, with merge fields.
             * @example Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.
             */
            message_body?: string | null;
            template_id?: components["schemas"]["TemplateId"] | null;
            status?: components["schemas"]["WritableStatus"];
            /**
             * Format: date-time
             * @description When to send it.
             * @example null
             */
            scheduled_at?: string | null;
            audience?: components["schemas"]["AudienceInput"] | null;
            sender_id?: components["schemas"]["SenderId"] | null;
            /** @description Only admins change it, which the database sees to. */
            quiet_hours?: boolean;
            /**
             * @description Only to customers whose consent is on record.
             * @example false
             */
            requires_consent?: boolean;
        };
        /** @description A field that is misspelt or null is refused: it would be kept for ever that consent was given now, without evidence. */
        NewConsentInput: {
            action: components["schemas"]["ConsentAction"];
            /**
             * @description A time, or the beginning of a day (UTC); now if absent.
             * @example 2026-11-01T10:00:00Z
             */
            happened_at?: string;
            /** @description What shows it, at most 4,000 characters. */
            evidence?: Record<string, never>;
        };
        NewCustomerInput: {
            /**
             * Format: phone
             * @description In any usual form; stored as E.164. A new customer needs one.
             * @example +14155552671
             */
            phone: string | null;
            /** @example Ann */
            first_name?: string | null;
            /** @example Lee */
            last_name?: string | null;
            /** @example ann@example.com */
            email?: string | null;
            /**
             * @description A code or a name of a state or province.
             * @example CA
             */
            state?: string | null;
            status?: components["schemas"]["CustomerStatus"];
            /**
             * @example [
             *       "vip"
             *     ]
             */
            tags?: string[] | null;
            /**
             * @description Texts, numbers or booleans by name, stored as texts; null takes one away.
             * @example {
             *       "plan": "gold"
             *     }
             */
            attributes?: {
                [key: string]: unknown;
            } | null;
        };
        NewSuppressionInput: {
            /**
             * Format: phone
             * @description One number …
             * @example +14155552671
             */
            phone?: string;
            /**
             * @description … or a list of the account's own.
             * @example null
             */
            phones?: string[];
            /**
             * @description `manual`, `listed` or `declined`; admins also `invalid_number`, `unreachable`, `complaint`, `opted_out`. Not of a list.
             * @example manual
             */
            reason?: string;
            /** @example Asked on the phone. */
            note?: string;
        };
        NewTemplateInput: {
            /**
             * @description A new template needs one.
             * @example Welcome
             */
            name: string;
            /**
             * @description The text, with merge fields.
             * @example Welcome, {{ first_name }}! Reply STOP to opt out.
             */
            message_body?: string | null;
            category?: components["schemas"]["TemplateCategory"];
            is_default?: boolean | null;
        };
        /** @description A token that works. */
        OpenResetToken: {
            valid: boolean;
            /** Format: date-time */
            expires_at: string;
        };
        /** @description A period: in all, in its order, and by the hour of the day. */
        OverTime: {
            totals: components["schemas"]["Figures"];
            series: components["schemas"]["FiguresAt"][];
            hours: components["schemas"]["HourFigures"][];
            /**
             * @description Up to three hours of the day in which the most is delivered of what is sent.
             * @example [
             *       10,
             *       17
             *     ]
             */
            best_hours: number[];
        };
        /** @description What stands beside the rows of a page. */
        PageTotals: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
        };
        /** @description What became of a reset. */
        PasswordChanged: {
            /** @example password_changed */
            status: string;
        };
        /** @description How often an account was refused numbers on a day, because another account has them. */
        PhoneRefusals: {
            /** Format: uuid */
            id: string;
            user_id: components["schemas"]["ProfileId"];
            /** Format: date */
            day: string;
            /** Format: int32 */
            refused: number;
        };
        /** @description The answer. */
        Preview: {
            /** Format: int64 */
            recipients: number;
            /**
             * @description Numbers of customers by reason.
             * @example {
             *       "customer_inactive": 3
             *     }
             */
            left_out: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Recipients whose quiet hours are over, or who have none.
             */
            may_go_now: number;
            /** @description The others: how many, and until when. */
            waiting: components["schemas"]["Waiting"][];
            /**
             * @description Why the text can't be sent, in words. Then there are no texts, segments or warnings.
             * @example null
             */
            text_problem: string | null;
            /**
             * Format: double
             * @description The sender's rate; `None` where it has none.
             */
            segments_per_second: number | null;
            /**
             * Format: int64
             * @description Of all texts together: exact without merge fields, else estimated from the examples. `None` where
             *     there is no example that could be sent.
             */
            segments: number | null;
            /**
             * Format: double
             * @description What the launch would count against the day's limit, in the currency of the operator's price per
             *     segment. With merge fields it is estimated from the template, so it may differ from `segments`.
             */
            cost: number | null;
            /**
             * @description Where texts may go: customers elsewhere are among `left_out`.
             * @example [
             *       "US"
             *     ]
             */
            countries: string[];
            /**
             * @description By name, `messages_per_day`, `segments_per_day` and `cost_per_day`: the owner's `value` (null:
             *     unlimited), what is `used` of it today (UTC), what this campaign has `needed`, and whether a launch
             *     would be refused because it is `exceeded`.
             * @example {
             *       "messages_per_day": {
             *         "value": 1000,
             *         "used": 10,
             *         "needed": 3,
             *         "exceeded": false
             *       }
             *     }
             */
            limits: {
                [key: string]: components["schemas"]["DailyLimit"];
            };
            /**
             * Format: int64
             * @description How long the sender is busy with them, without waiting for quiet hours or for other campaigns.
             */
            finishes_in_seconds: number | null;
            examples: components["schemas"]["Example"][];
            warnings: components["schemas"]["Warning"][];
        };
        /**
         * @description What an import would do with a row.
         * @enum {string}
         */
        PreviewAction: "insert" | "update" | "unchanged";
        /** @description A customer as it would be stored. */
        PreviewRow: {
            /**
             * Format: int32
             * @description Its row in the file.
             */
            row: number;
            /** @description What would be done with it. */
            action: components["schemas"]["PreviewAction"];
            /** @description The columns of `customers`. */
            customer: Record<string, never>;
        };
        /**
         * Format: uuid
         * @description `user_profiles.id`: the owner of rows. Not the id in `auth.users`, which is [`AuthUserId`].
         */
        ProfileId: string;
        /** @enum {string} */
        ProfileStatus: "pending" | "approved" | "rejected";
        /** @description What an import asks about one column. */
        Question: {
            /** @description The kind of column. */
            field: components["schemas"]["Subject"];
            /**
             * @description Its header as the file spells it.
             * @example Newsletter
             */
            column: string;
            /**
             * @description The parameter that answers it: `<parameter>[<word>]=…`.
             * @example consent_values
             */
            parameter: string;
            /**
             * Format: int64
             * @description Rows with words that are not known.
             */
            rows: number;
            /** @description The most frequent of those words. */
            words: components["schemas"]["UnknownWord"][];
        };
        /** @description What waits for a process. */
        Queue: {
            /** @example mails */
            queue: string;
            /** Format: int64 */
            waiting: number;
            /**
             * Format: double
             * @example 12.5
             */
            oldest_seconds: number | null;
        };
        ReadMarkInput: {
            /**
             * @description Whether it is closed too, or opened again.
             * @example true
             */
            closed?: boolean;
        };
        /** @description Whether the process can work. */
        Ready: {
            /**
             * @description `ready`, `not_ready` or `draining`.
             * @example ready
             */
            status: string;
            /**
             * @description What it depends on: `ok` or `failing`.
             * @example {
             *       "database": "ok"
             *     }
             */
            checks: {
                [key: string]: string;
            };
        };
        Reason: {
            /**
             * @description Stable.
             * @example phone_too_short
             */
            code: string;
            /**
             * @description In words.
             * @example Too few digits.
             */
            detail: string;
        };
        /** @description A message from the number. */
        ReceivedMessage: {
            /** Format: date-time */
            at: string;
            account_id: components["schemas"]["ProfileId"] | null;
            /** @example +14155550100 */
            to: string | null;
            /** @example STOP */
            body: string | null;
            /** @example stop */
            keyword: string | null;
            /** @example You will get no more texts. */
            answer: string | null;
            /** @example SM0123456789abcdef0123456789abcdef */
            twilio_sid: string | null;
        };
        RegisterInput: {
            /**
             * Format: email
             * @example ann@example.com
             */
            email: string;
            /**
             * Format: password
             * @example correct horse battery staple
             */
            password: string;
            /** @example K7QX-2MPD-9RTV */
            invite_code?: string;
            /** @description The user's own metadata, such as a name. Role and status are not taken from it. */
            data?: Record<string, never>;
        };
        /** @description What becomes of a registration. */
        Registered: {
            /** @example pending */
            status: string;
        };
        /** @description A row that was not imported, or was imported without something that could not be read. */
        Reject: {
            /**
             * Format: int32
             * @description Number of the record in the file, the header being row 1.
             */
            row: number;
            /**
             * @description The column's header as the file spells it; empty where the row as a whole is wrong.
             * @example Mobile
             */
            column: string;
            /**
             * @description Stable name of the reason.
             * @example phone_too_short
             */
            code: string;
            /**
             * @description The reason in words.
             * @example too few digits
             */
            detail: string;
            /**
             * @description What stood in the cell, cut to 120 characters.
             * @example 12
             */
            value?: string;
        };
        /** @description A message of a conversation; of an answer also what became of it. */
        Reply: {
            /** Format: uuid */
            id: string;
            direction: components["schemas"]["Direction"];
            /** @example We open at nine. */
            body: string | null;
            /**
             * Format: int32
             * @description Pictures and the like, which are not kept.
             */
            num_media: number | null;
            /** @example help */
            keyword: string | null;
            /**
             * @description What was answered to a keyword.
             * @example Reply STOP to opt out.
             */
            answer: string | null;
            sent_by: components["schemas"]["ProfileId"] | null;
            /** Format: date-time */
            created_at: string;
            message_id: components["schemas"]["CampaignMessageId"] | null;
            status: components["schemas"]["MessageStatus"] | null;
            /** @example unreachable */
            reason: string | null;
            /**
             * Format: int64
             * @example 30003
             */
            error_code: number | null;
            /** @example The number can't be reached. */
            error_message: string | null;
            /** Format: date-time */
            sent_at: string | null;
            /** Format: date-time */
            delivered_at: string | null;
        };
        ReplyInput: {
            /** @example We open at nine. */
            body: string;
        };
        RequestResetInput: {
            /**
             * Format: email
             * @example ann@example.com
             */
            email: string;
        };
        /** @description What is said of every address. */
        ResetRequested: {
            /** @example accepted */
            status: string;
            /** @example If there is an account with this address, a mail with a link is on its way. */
            detail: string;
        };
        /** @description What a person has found out about a message in doubt. */
        Resolution: {
            outcome: components["schemas"]["DoubtOutcome"];
        };
        /** @description What a restoration did. */
        Restoration: {
            /** Format: int64 */
            restored: number;
            /** Format: int64 */
            refused: number;
            /** @description The first 1,000. */
            refusals: components["schemas"]["RestorationRefusal"][];
        };
        RestorationInput: {
            /** @description Either these customers, as they were deleted last … */
            ids?: components["schemas"]["CustomerId"][];
            /** @description … or all of one deletion. */
            deletion_id?: components["schemas"]["CustomerDeletionId"];
        };
        /** @description Who was not restored, and why. */
        RestorationRefusal: {
            id: components["schemas"]["CustomerId"];
            /** @example +14155552671 */
            phone: string | null;
            /**
             * @description `customer_not_found`, `id_taken`, `phone_taken` or `phone_unavailable`.
             * @example phone_taken
             */
            code: string;
        };
        /** @description A decision that is misspelt or null is refused: nobody is texted again by mistake. */
        ReviewInput: {
            /** @description Whether the words revoke consent. */
            revoked: boolean;
            /**
             * @description Needed where they do not.
             * @example Asked about another shop.
             */
            note?: string;
        };
        /** @enum {string} */
        Role: "user" | "admin";
        /** @description An earlier import of the same bytes. */
        SameFile: {
            /** @description Its record. */
            id: components["schemas"]["CustomerImportId"];
            /**
             * @description Its file's name.
             * @example customers.csv
             */
            file_name: string | null;
            /**
             * Format: date-time
             * @description When it was started.
             */
            created_at: string;
        };
        SavedPreviewInput: {
            /** @description One of the caller's own customers; the sample if absent. */
            customer_id?: components["schemas"]["CustomerId"];
        };
        /** @description A field that is misspelt or null is refused: without it the campaign would be sent at once. */
        SendInput: {
            /**
             * Format: date-time
             * @description When to send it; not together with `now`.
             */
            scheduled_at?: string;
            /** @description Now, although it has a schedule. */
            now?: boolean;
            /**
             * Format: int32
             * @description Refused if there are others by now.
             */
            expected_recipients?: number;
        };
        /** @description A number or a messaging service that campaigns can name. */
        Sender: {
            id: components["schemas"]["SenderId"];
            /** @example +14155550100 */
            phone_number: string | null;
            /** @example MG0123456789abcdef0123456789abcdef */
            messaging_service_sid: string | null;
            is_default: boolean;
            /**
             * Format: double
             * @description Null: unlimited.
             */
            segments_per_second: number | null;
            /**
             * Format: date-time
             * @description Nothing is sent before.
             */
            held_until: string | null;
            /**
             * @description What Twilio refuses. Without `held_until`: one message at a time is tried.
             * @example account_refused
             */
            hold_reason: string | null;
        };
        /** @description A figure of a day beyond its bound. */
        SenderAlarm: {
            /** Format: date */
            day: string;
            /**
             * @description `filtered`, `unregistered` or `opted_out`.
             * @example filtered
             */
            kind: string;
            /**
             * Format: double
             * @description The share of messages when it was raised.
             * @example 0.12
             */
            value: number;
            /** Format: date-time */
            raised_at: string;
        };
        /** @description A day (UTC) of a sender. The figures are for admins; others get only the rate. */
        SenderDay: {
            /** Format: date */
            day: string;
            /** Format: int64 */
            sent?: number;
            /** Format: int64 */
            delivered?: number;
            /**
             * @description Failures by Twilio's code.
             * @example {
             *       "30003": 2
             *     }
             */
            failed?: {
                [key: string]: number;
            };
            /** Format: int64 */
            opted_out?: number;
            /**
             * Format: double
             * @description The share delivered of the messages that came to an end on that day; null if none did.
             * @example 0.97
             */
            delivery_rate: number | null;
        };
        /** @description A sender within the period. */
        SenderFigures: {
            id: components["schemas"]["SenderId"];
            /** @example +14155550100 */
            phone_number: string | null;
            /** @example MG0123456789abcdef0123456789abcdef */
            messaging_service_sid: string | null;
            is_default: boolean;
            /** Format: date-time */
            held_until: string | null;
            /** @example account_refused */
            hold_reason: string | null;
            /** Format: int64 */
            sent: number;
            /** Format: int64 */
            delivered: number;
            /** Format: int64 */
            failed: number;
            /** Format: int64 */
            opted_out: number;
            /**
             * Format: double
             * @example 0.97
             */
            delivery_rate: number | null;
        };
        /** @description Today and yesterday (UTC). */
        SenderHealth: {
            today: components["schemas"]["SenderDay"];
            yesterday: components["schemas"]["SenderDay"];
            alarms: components["schemas"]["SenderAlarm"][];
        };
        /**
         * Format: uuid
         * @description `private.senders.id`.
         */
        SenderId: string;
        /** @description A sender's new rate. */
        SenderRate: {
            /**
             * Format: double
             * @example 10
             */
            segments_per_second: number;
        };
        /** @description A sender, and how it fares. */
        SenderWithHealth: {
            id: components["schemas"]["SenderId"];
            /** @example +14155550100 */
            phone_number: string | null;
            /** @example MG0123456789abcdef0123456789abcdef */
            messaging_service_sid: string | null;
            is_default: boolean;
            /**
             * Format: double
             * @description Null: unlimited.
             */
            segments_per_second: number | null;
            /**
             * Format: date-time
             * @description Nothing is sent before.
             */
            held_until: string | null;
            /**
             * @description What Twilio refuses. Without `held_until`: one message at a time is tried.
             * @example account_refused
             */
            hold_reason: string | null;
            health: components["schemas"]["SenderHealth"];
        };
        /** @description A message to the number. */
        SentMessage: {
            message_id: components["schemas"]["CampaignMessageId"];
            campaign_id: components["schemas"]["CampaignId"] | null;
            account_id: components["schemas"]["ProfileId"] | null;
            /** @example Hi Ann, 20% off until Sunday. Reply STOP to opt out. */
            body: string | null;
            status: components["schemas"]["MessageStatus"] | null;
            /** @example unreachable */
            reason: string | null;
            /**
             * Format: int64
             * @example 30003
             */
            error_code: number | null;
            /** @example SM0123456789abcdef0123456789abcdef */
            twilio_sid: string | null;
            /** Format: date-time */
            sent_at: string | null;
            /** Format: date-time */
            delivered_at: string | null;
            /** Format: date-time */
            deleted_at: string | null;
        };
        /** @description A token from a mailed link. */
        ShowToken: {
            /**
             * @description From the mailed link.
             * @example Zm9yIG9uZSByZXNldCBvZiBvbmUgcGFzc3dvcmQ
             */
            token: string;
        };
        /** @description A state of the recipients. */
        StateFigures: {
            /**
             * @description Empty where it is not known.
             * @example CA
             */
            state: string | null;
            /** Format: int64 */
            recipients: number;
            /** Format: int64 */
            sent: number;
            /** Format: int64 */
            delivered: number;
            /** Format: int64 */
            undelivered: number;
            /** Format: int64 */
            not_sent: number;
            /**
             * Format: double
             * @example 0.97
             */
            delivery_rate: number | null;
        };
        /**
         * @description Which kind of column is asked about.
         * @enum {string}
         */
        Subject: "status" | "consent" | "opt_out";
        /** @description What a list of numbers became. */
        SuppressedList: {
            /** Format: int64 */
            added: number;
            /** Format: int64 */
            already: number;
            /**
             * @description What is no number; the first 100.
             * @example [
             *       "12"
             *     ]
             */
            invalid: string[];
        };
        /** @description A number that must not be texted, and why. */
        Suppression: {
            id: components["schemas"]["SuppressionId"];
            /** @example +14155552671 */
            phone: string;
            user_id: components["schemas"]["ProfileId"] | null;
            /**
             * @description `opted_out`, `invalid_number`, `unreachable`, `complaint`, `declined`, `manual`, `listed` or `likely_revoked`.
             * @example opted_out
             */
            reason: string;
            /** Format: date-time */
            since: string;
            /** @example inbound */
            source: string;
            /** @example Asked on the phone. */
            note: string | null;
            /** Format: date-time */
            lifted_at: string | null;
            lift: components["schemas"]["SuppressionLift"] | null;
        };
        /** @description The entry of one number, or what a list became. */
        SuppressionAnswer: components["schemas"]["Suppression"] | components["schemas"]["SuppressedList"];
        /**
         * Format: uuid
         * @description `private.suppressions.id`.
         */
        SuppressionId: string;
        /** @description How a suppression ended. */
        SuppressionLift: {
            /** Format: date-time */
            lifted_at: string;
            lifted_by: components["schemas"]["ProfileId"] | null;
            /** @example person */
            source: string;
            /** @example A mistyped number. */
            why: string | null;
        };
        /** @description All accounts together, and how the system fares. */
        SystemAnalytics: {
            totals: components["schemas"]["Figures"];
            series: components["schemas"]["FiguresAt"][];
            hours: components["schemas"]["HourFigures"][];
            /**
             * @description Up to three hours of the day in which the most is delivered of what is sent.
             * @example [
             *       10,
             *       17
             *     ]
             */
            best_hours: number[];
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
            interval: components["schemas"]["AnalyticsInterval"];
            /** @example America/Los_Angeles */
            time_zone: string;
            /**
             * Format: double
             * @example 0.0125
             */
            price_per_segment: number;
            accounts: components["schemas"]["AccountCounts"];
            /** @description The first 20. */
            busiest_accounts: components["schemas"]["BusyAccount"][];
            queues: components["schemas"]["Queue"][];
            senders: components["schemas"]["SenderFigures"][];
            /** @description By days of UTC. */
            failures: components["schemas"]["SystemFailure"][];
            /** @description Limits of which four fifths and more are used today. */
            limits_near_end: components["schemas"]["LimitNearEnd"][];
        };
        /** @description A code of Twilio's, and how many messages failed with it. */
        SystemFailure: {
            /**
             * Format: int64
             * @example 30003
             */
            error_code: number | null;
            /** @example The number can't be reached. */
            text: string;
            /** Format: int64 */
            messages: number;
            /**
             * Format: double
             * @description Of all messages that came to an end.
             * @example 0.01
             */
            share: number | null;
        };
        /** @description A text to start campaigns from. */
        Template: {
            id: components["schemas"]["TemplateId"];
            user_id: components["schemas"]["ProfileId"] | null;
            /** @example Welcome */
            name: string;
            /** @example Welcome, {{ first_name }}! Reply STOP to opt out. */
            message_body: string | null;
            category: components["schemas"]["TemplateCategory"] | null;
            is_default: boolean | null;
            /** Format: date-time */
            created_at: string | null;
            /** Format: date-time */
            updated_at: string | null;
        };
        /** @enum {string} */
        TemplateCategory: "general" | "marketing" | "reminders" | "alerts" | "announcements";
        /** @description One of them. */
        TemplateField: {
            /** @example attributes.plan */
            name: string;
            kind: components["schemas"]["FieldKind"];
            /**
             * @description What a text says to show it, such as `{{ attributes.plan }}`; null for an attribute with whose name no text can ask
             *     for it, such as one with a blank.
             * @example {{ attributes.plan }}
             */
            tag: string | null;
        };
        /** @description All of them: the columns of customers, then the names of the attributes that the caller's customers have. */
        TemplateFields: {
            data: components["schemas"]["TemplateField"][];
        };
        /**
         * Format: uuid
         * @description `campaign_templates.id`.
         */
        TemplateId: string;
        TemplateInput: {
            /**
             * @description A new template needs one.
             * @example Welcome
             */
            name?: string;
            /**
             * @description The text, with merge fields.
             * @example Welcome, {{ first_name }}! Reply STOP to opt out.
             */
            message_body?: string | null;
            category?: components["schemas"]["TemplateCategory"];
            is_default?: boolean | null;
        };
        /** @description How the text reads, and what it costs. */
        TemplatePreview: {
            /**
             * @description Null where the text can't be rendered.
             * @example Welcome, Alex! Reply STOP to opt out.
             */
            body: string | null;
            /** @description Null where such a message would fail: its text is empty or too long. */
            segments: number | null;
            /**
             * @description `gsm7` or `ucs2`
             * @example gsm7
             */
            encoding: string | null;
            /**
             * Format: double
             * @description What one such message costs, in the currency of the account's price per segment.
             * @example 0.0125
             */
            cost: number | null;
            /**
             * @description The merge fields that the text asks for, such as `first_name` and `attributes.plan`.
             * @example [
             *       "first_name"
             *     ]
             */
            fields: string[];
            customer_id: components["schemas"]["CustomerId"] | null;
            /**
             * @description Why the text can't be sent to anybody, in words.
             * @example null
             */
            text_problem: string | null;
            warnings: components["schemas"]["Warning"][];
        };
        /** @description A field that is misspelt or null is refused: the text would show somebody else's values. */
        TestInput: {
            /**
             * Format: phone
             * @description With its country code.
             * @example +14155552671
             */
            to: string;
            /** @description Whose values the text shows; the first recipient's if absent. */
            customer_id?: components["schemas"]["CustomerId"];
        };
        /** @description A field that is misspelt or null is refused: the text would show somebody else's values. */
        TextPreviewInput: {
            /** @example Welcome, {{ first_name }}! Reply STOP to opt out. */
            message_body: string;
            /** @description One of the caller's own customers; the sample if absent. */
            customer_id?: components["schemas"]["CustomerId"];
        };
        /** @description A word that is not known, and in how many rows it stands. */
        UnknownWord: {
            /**
             * @description The word as the file spells it, cut to 60 characters.
             * @example abonniert
             */
            word: string;
            /**
             * Format: int64
             * @description Rows with it.
             */
            rows: number;
        };
        UpdateUserInput: {
            role?: components["schemas"]["Role"] | null;
            status?: components["schemas"]["ProfileStatus"] | null;
        };
        /** @description What was launched today (UTC). */
        UsedTodayView: {
            /** Format: int64 */
            messages: number;
            /** Format: int64 */
            segments: number;
            /** Format: double */
            cost: number;
        };
        /** @description A user in a response: the profile, with data from Auth and counts of what the user owns. */
        UserView: {
            id: components["schemas"]["ProfileId"];
            user_id: components["schemas"]["AuthUserId"] | null;
            /** @example ann@example.com */
            email: string | null;
            role: components["schemas"]["Role"];
            status: components["schemas"]["ProfileStatus"];
            invited_by: components["schemas"]["ProfileId"] | null;
            /** @example SPRING-2026 */
            invite_code: string | null;
            /** Format: date-time */
            invited_at: string | null;
            /** Format: date-time */
            approved_at: string | null;
            /** Format: date-time */
            last_login_at: string | null;
            /** Format: int64 */
            customer_count: number;
            /** Format: int64 */
            campaign_count: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        /** @description A page of users, and the unfiltered number of users per status. */
        UsersView: {
            /**
             * @description From 1.
             * @example 1
             */
            page: number;
            /**
             * @description Rows on a page.
             * @example 50
             */
            per_page: number;
            /**
             * Format: int64
             * @description Rows on all pages.
             * @example 1
             */
            total: number;
            /** @description False where there are very many: then `total` is as far as was counted. */
            total_is_exact: boolean;
            /**
             * Format: int64
             * @description Pages that `total` makes.
             * @example 1
             */
            total_pages: number;
            /** @description The rows of this page. */
            data: components["schemas"]["UserView"][];
            counts: components["schemas"]["CountsView"];
        };
        /** @description What Twilio says of a number. */
        Verification: {
            /** @example twilio */
            source: string;
            valid: boolean;
            /** @example mobile */
            line_type: string | null;
            /** Format: date-time */
            looked_up_at: string;
            cached: boolean;
        };
        /** @description What looking up new phones came to. */
        VerificationCounts: {
            /**
             * Format: int64
             * @description Phones that can be texted.
             */
            textable: number;
            /**
             * Format: int64
             * @description Phones that were rejected: not assigned, or landlines.
             */
            rejected: number;
            /**
             * Format: int64
             * @description Phones that were imported without being looked up: today's lookups are spent.
             */
            limit_reached: number;
            /**
             * Format: int64
             * @description Phones that were imported without an answer: Twilio gave none.
             */
            unanswered: number;
        };
        /** @description Recipients who wait for their quiet hours to end. */
        Waiting: {
            /** Format: date-time */
            until: string;
            /** Format: int64 */
            recipients: number;
        };
        /** @description One of them. */
        Warning: {
            /**
             * @description Stable.
             * @example ucs2
             */
            code: string;
            /**
             * @description In words.
             * @example A segment holds 70 characters instead of 160.
             */
            detail: string;
        };
        /**
         * @description What people set themselves; the other statuses are results.
         * @enum {string}
         */
        WritableStatus: "draft" | "scheduled";
        /** @description What went wrong (RFC 9457). */
        Problem: {
            /**
             * @description The page about the code, below the API's own address.
             * @example /api/errors/invalid_input
             */
            type: string;
            /**
             * @description The status in words.
             * @example Unprocessable Entity
             */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 422
             */
            status: number;
            /**
             * @description Stable, for programs.
             * @example invalid_input
             */
            code: string;
            /**
             * @description For people. It may change.
             * @example Some fields are not valid.
             */
            detail: string;
            /**
             * @description What to tell whoever helps: the logs know the request by it. As in `x-request-id`.
             * @example 0199c0de-0000-7000-8000-000000000002
             */
            request_id: string;
            /** @description What is wrong with which field; absent for other problems. */
            errors?: components["schemas"]["FieldError"][];
        };
        /** @description What is wrong with one field of a request. */
        FieldError: {
            /**
             * @description Path of the field, such as `audience.states[0]`.
             * @example phone
             */
            field: string;
            /**
             * @description Stable name of the reason.
             * @example phone_too_short
             */
            code: string;
            /**
             * @description The reason in words.
             * @example Too few digits.
             */
            detail: string;
        };
    };
    responses: {
        /** @description `token_missing`, `token_invalid`, `session_ended`: sign in again. */
        SignInNeeded: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `approval_pending`, `account_rejected`, `profile_missing`, `admin_required`, `second_factor_required`. */
        Refused: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is nothing with this id that the caller may see. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `json_malformed` or `body_unreadable`: the body can't be read. */
        Unreadable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `body_too_large` */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `json_expected`, or another content type. */
        OtherType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_input`: `errors` names each field or parameter, the code of the reason, and the reason. */
        InvalidInput: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `internal`: the fault is ours. */
        OurFault: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description What this depends on does not answer, or a row is locked; try again after `Retry-After` seconds. */
        Unavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `request_timed_out` or `database_timeout`. */
        TooSlow: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    log_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ann@example.com",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["LogInInput"];
            };
        };
        responses: {
            /** @description The session. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl",
                     *       "token_type": "bearer",
                     *       "expires_in": 3600,
                     *       "expires_at": 1795600000,
                     *       "refresh_token": "k3x9Q2m7p1sT",
                     *       "user": {},
                     *       "profile": {
                     *         "id": "0199c0de-0000-7000-8000-000000000002",
                     *         "role": "user",
                     *         "status": "pending"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["LoggedIn"];
                };
            };
            400: components["responses"]["Unreadable"];
            /** @description `invalid_credentials` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `approval_pending`, `account_rejected`, `profile_missing`, `email_not_confirmed` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_attempts`; `Retry-After` says for how long. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            /** @description `auth_refused` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    log_out: {
        parameters: {
            query?: {
                /** @description All sessions (`global`) if absent. */
                scope?: "global" | "local" | "others";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sessions have ended. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            /** @description `auth_refused` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "email": "ann@example.com",
                     *       "role": "user",
                     *       "status": "pending",
                     *       "second_factor_needed": true,
                     *       "limits": {
                     *         "messages_per_day": 1,
                     *         "segments_per_day": 1,
                     *         "cost_per_day": 1.5,
                     *         "price_per_segment": 1.5,
                     *         "countries": [
                     *           "US",
                     *           "CA"
                     *         ],
                     *         "used_today": {
                     *           "messages": 1,
                     *           "segments": 1,
                     *           "cost": 1.5
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["MeView"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ann@example.com",
                 *       "password": "correct horse battery staple",
                 *       "invite_code": "K7QX-2MPD-9RTV",
                 *       "data": {}
                 *     }
                 */
                "application/json": components["schemas"]["RegisterInput"];
            };
        };
        responses: {
            /** @description The account waits for an admin, whether it is new or not. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "pending"
                     *     }
                     */
                    "application/json": components["schemas"]["Registered"];
                };
            };
            400: components["responses"]["Unreadable"];
            /** @description `invite_required`, `invite_unknown`, `invite_expired`, `invite_exhausted`, `invite_revoked`, `invite_for_another_email` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `registration_under_way` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_attempts`; `Retry-After` says for how long. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            /** @description `auth_refused` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    request_password_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ann@example.com"
                 *     }
                 */
                "application/json": components["schemas"]["RequestResetInput"];
            };
        };
        responses: {
            /** @description Said for every address. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "accepted",
                     *       "detail": "If there is an account with this address, a mail with a link is on its way."
                     *     }
                     */
                    "application/json": components["schemas"]["ResetRequested"];
                };
            };
            400: components["responses"]["Unreadable"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_attempts`; `Retry-After` says for how long. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    validate_reset_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "Zm9yIG9uZSByZXNldCBvZiBvbmUgcGFzc3dvcmQ"
                 *     }
                 */
                "application/json": components["schemas"]["ShowToken"];
            };
        };
        responses: {
            /** @description The link works. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "valid": true,
                     *       "expires_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["OpenResetToken"];
                };
            };
            400: components["responses"]["Unreadable"];
            /** @description `reset_token_used`, `reset_token_canceled`, `reset_token_expired` */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_attempts`; `Retry-After` says for how long. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    confirm_password_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "Zm9yIG9uZSByZXNldCBvZiBvbmUgcGFzc3dvcmQ",
                 *       "password": "correct horse battery staple"
                 *     }
                 */
                "application/json": components["schemas"]["ConfirmReset"];
            };
        };
        responses: {
            /** @description The password is changed, and all sessions have ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "password_changed"
                     *     }
                     */
                    "application/json": components["schemas"]["PasswordChanged"];
                };
            };
            400: components["responses"]["Unreadable"];
            /** @description `reset_token_used`, `reset_token_canceled`, `reset_token_expired` */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_attempts`; `Retry-After` says for how long. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            /** @description `auth_refused` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    create_admin_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                 *       "reason": "Asked by phone."
                 *     }
                 */
                "application/json": components["schemas"]["CreateAdminResetInput"];
            };
        };
        responses: {
            /** @description The reset. The token is only in the mail. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_email": "ann@example.com",
                     *       "admin_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "admin_email": "admin@example.com",
                     *       "reason": "Asked by phone.",
                     *       "status": "pending",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "completed_at": "2026-11-23T09:00:00.000000Z",
                     *       "expires_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["AdminResetView"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            /** @description `user_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_admin_resets: {
        parameters: {
            query?: {
                /** @description Only these. */
                status?: components["schemas"]["AdminResetStatus"];
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of resets, the newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_email": "ann@example.com",
                     *           "admin_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "admin_email": "admin@example.com",
                     *           "reason": "Asked by phone.",
                     *           "status": "pending",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "completed_at": "2026-11-23T09:00:00.000000Z",
                     *           "expires_at": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_AdminResetView"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_invites: {
        parameters: {
            query?: {
                /** @description Only those that somebody can register with, or only the others. */
                usable?: boolean;
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of invitations, the newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "code": "SPRING-2026",
                     *           "link": "https://app.example.com/login?invite=SPRING-2026",
                     *           "status": "active",
                     *           "uses": 1,
                     *           "uses_left": 1,
                     *           "max_uses": 1,
                     *           "expires_at": "2026-11-23T09:00:00.000000Z",
                     *           "revoked_at": "2026-11-23T09:00:00.000000Z",
                     *           "email": "ann@example.com",
                     *           "mail_state": "delivered",
                     *           "notes": "For the shop in Oakland.",
                     *           "created_by": "0199c0de-0000-7000-8000-000000000002",
                     *           "created_at": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_InviteView"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    create_invite: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "SPRING-2026",
                 *       "expires_at": "2099-01-01T00:00:00Z",
                 *       "max_uses": 1,
                 *       "email": "ann@example.com",
                 *       "notes": "For the shop in Oakland."
                 *     }
                 */
                "application/json": components["schemas"]["CreateInviteInput"];
            };
        };
        responses: {
            /** @description The invitation. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "code": "SPRING-2026",
                     *       "link": "https://app.example.com/login?invite=SPRING-2026",
                     *       "status": "active",
                     *       "uses": 1,
                     *       "uses_left": 1,
                     *       "max_uses": 1,
                     *       "expires_at": "2026-11-23T09:00:00.000000Z",
                     *       "revoked_at": "2026-11-23T09:00:00.000000Z",
                     *       "email": "ann@example.com",
                     *       "mail_state": "delivered",
                     *       "notes": "For the shop in Oakland.",
                     *       "created_by": "0199c0de-0000-7000-8000-000000000002",
                     *       "created_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["InviteView"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            /** @description `invite_code_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    revoke_invite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["InviteCodeId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_mail_suppressions: {
        parameters: {
            query?: {
                /**
                 * @description A part of the address.
                 * @example example.com
                 */
                search?: string;
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of addresses. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "address": "ann@example.com",
                     *           "reason": "bounced",
                     *           "detail": "No such mailbox.",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "times_lifted": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_MailSuppressionView"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    lift_mail_suppression: {
        parameters: {
            query: {
                /**
                 * @description Kept with who.
                 * @example The mailbox is back.
                 */
                why: string;
            };
            header?: never;
            path: {
                /** @example ann@example.com */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Mails go to the address again. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_users: {
        parameters: {
            query?: {
                /**
                 * @description A part of the address.
                 * @example ann
                 */
                search?: string;
                /** @description Only these. */
                role?: components["schemas"]["Role"];
                /** @description Only these. */
                status?: components["schemas"]["ProfileStatus"];
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of users, the newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "email": "ann@example.com",
                     *           "role": "user",
                     *           "status": "pending",
                     *           "invited_by": "0199c0de-0000-7000-8000-000000000002",
                     *           "invite_code": "SPRING-2026",
                     *           "invited_at": "2026-11-23T09:00:00.000000Z",
                     *           "approved_at": "2026-11-23T09:00:00.000000Z",
                     *           "last_login_at": "2026-11-23T09:00:00.000000Z",
                     *           "customer_count": 1,
                     *           "campaign_count": 1,
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "updated_at": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ],
                     *       "counts": {
                     *         "pending": 1,
                     *         "approved": 1,
                     *         "rejected": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["UsersView"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["ProfileId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "email": "ann@example.com",
                     *       "role": "user",
                     *       "status": "pending",
                     *       "invited_by": "0199c0de-0000-7000-8000-000000000002",
                     *       "invite_code": "SPRING-2026",
                     *       "invited_at": "2026-11-23T09:00:00.000000Z",
                     *       "approved_at": "2026-11-23T09:00:00.000000Z",
                     *       "last_login_at": "2026-11-23T09:00:00.000000Z",
                     *       "customer_count": 1,
                     *       "campaign_count": 1,
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["UserView"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    update_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["ProfileId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "role": "user",
                 *       "status": "pending"
                 *     }
                 */
                "application/json": components["schemas"]["UpdateUserInput"];
            };
        };
        responses: {
            /** @description The user as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "email": "ann@example.com",
                     *       "role": "user",
                     *       "status": "pending",
                     *       "invited_by": "0199c0de-0000-7000-8000-000000000002",
                     *       "invite_code": "SPRING-2026",
                     *       "invited_at": "2026-11-23T09:00:00.000000Z",
                     *       "approved_at": "2026-11-23T09:00:00.000000Z",
                     *       "last_login_at": "2026-11-23T09:00:00.000000Z",
                     *       "customer_count": 1,
                     *       "campaign_count": 1,
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["UserView"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            /** @description `own_account`, `admin_required`, `second_factor_required` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["NotFound"];
            /** @description `email_not_confirmed`, `last_admin` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    delete_user: {
        parameters: {
            query?: {
                /** @description `user_profiles.id` of another user who is approved. */
                hand_over_to?: components["schemas"]["ProfileId"];
            };
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["ProfileId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the deletion has done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "canceled_campaigns": 1,
                     *       "handed_over_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "handed_over": {
                     *         "templates": 1,
                     *         "campaigns": 1,
                     *         "customers": 1,
                     *         "imports": 1
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["DeletedUserView"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            /** @description `own_account`, `admin_required`, `second_factor_required` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["NotFound"];
            /** @description `last_admin` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    show_campaign: {
        parameters: {
            query?: {
                /**
                 * @description The viewer's, as IANA names it; UTC if absent.
                 * @example America/Los_Angeles
                 */
                time_zone?: string;
                /** @description `json` if absent. */
                format?: "json" | "csv";
                /**
                 * @description Which table the CSV has; the first if absent.
                 * @example totals
                 */
                table?: string;
            };
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The campaign. As CSV where that is asked for, by `format` or `Accept`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "campaign_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "status": "draft",
                     *       "time_zone": "America/Los_Angeles",
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": 1,
                     *       "left_out": {
                     *         "customer_inactive": 3
                     *       },
                     *       "recipients": 1,
                     *       "pending": 1,
                     *       "in_doubt": 1,
                     *       "waiting": 1,
                     *       "waiting_until": "2026-11-23T09:00:00.000000Z",
                     *       "sent": 1,
                     *       "delivered": 1,
                     *       "undelivered": 1,
                     *       "not_sent": 1,
                     *       "delivery_rate": 0.97,
                     *       "segments": 1,
                     *       "price_per_segment": 0.0125,
                     *       "cost": 12.5,
                     *       "opted_out": 1,
                     *       "replies": 1,
                     *       "failures": [
                     *         {
                     *           "reason": "unreachable",
                     *           "error_code": 30003,
                     *           "text": "The number can't be reached.",
                     *           "messages": 1
                     *         }
                     *       ],
                     *       "states": [
                     *         {
                     *           "state": "CA",
                     *           "recipients": 1,
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "undelivered": 1,
                     *           "not_sent": 1,
                     *           "delivery_rate": 0.97
                     *         }
                     *       ],
                     *       "interval_minutes": 1,
                     *       "deliveries": [
                     *         {
                     *           "starts_at": "2026-11-23T09:00:00.000000Z",
                     *           "local_time": "2026-11-23 01:00",
                     *           "sent": 1,
                     *           "delivered": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CampaignAnalytics"];
                    "text/csv": string;
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    show_account: {
        parameters: {
            query?: {
                /**
                 * @description A day of the time zone, or a time; 29 days ago if absent.
                 * @example 2026-11-01
                 */
                from?: string;
                /**
                 * @description A day of the time zone, with all of it, or a time; now if absent.
                 * @example 2026-11-30
                 */
                to?: string;
                /** @description What the series is cut into; days if absent. */
                interval?: "hour" | "day" | "week" | "month";
                /**
                 * @description The viewer's, as IANA names it; UTC if absent.
                 * @example America/Los_Angeles
                 */
                time_zone?: string;
                /** @description `json` if absent. */
                format?: "json" | "csv";
                /**
                 * @description Which table the CSV has; the first if absent.
                 * @example totals
                 */
                table?: string;
                /** @description For admins: whose; the caller's own if absent. */
                user_id?: components["schemas"]["ProfileId"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The account. As CSV where that is asked for, by `format` or `Accept`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "totals": {
                     *         "sent": 1,
                     *         "delivered": 1,
                     *         "undelivered": 1,
                     *         "delivery_rate": 0.97,
                     *         "segments": 1,
                     *         "cost": 12.5,
                     *         "customers_added": 1,
                     *         "customers_removed": 1,
                     *         "opted_out": 1,
                     *         "replies": 1
                     *       },
                     *       "series": [
                     *         {
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "undelivered": 1,
                     *           "delivery_rate": 0.97,
                     *           "segments": 1,
                     *           "cost": 12.5,
                     *           "customers_added": 1,
                     *           "customers_removed": 1,
                     *           "opted_out": 1,
                     *           "replies": 1,
                     *           "starts_at": "2026-11-23T09:00:00.000000Z",
                     *           "local_time": "2026-11-23"
                     *         }
                     *       ],
                     *       "hours": [
                     *         {
                     *           "hour": 10,
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "undelivered": 1,
                     *           "delivery_rate": 0.97,
                     *           "replies": 1
                     *         }
                     *       ],
                     *       "best_hours": [
                     *         10,
                     *         17
                     *       ],
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "from": "2026-11-23T09:00:00.000000Z",
                     *       "to": "2026-11-23T09:00:00.000000Z",
                     *       "interval": "hour",
                     *       "time_zone": "America/Los_Angeles",
                     *       "price_per_segment": 0.0125
                     *     }
                     */
                    "application/json": components["schemas"]["AccountAnalytics"];
                    "text/csv": string;
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            /** @description `account_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    show_system: {
        parameters: {
            query?: {
                /**
                 * @description A day of the time zone, or a time; 29 days ago if absent.
                 * @example 2026-11-01
                 */
                from?: string;
                /**
                 * @description A day of the time zone, with all of it, or a time; now if absent.
                 * @example 2026-11-30
                 */
                to?: string;
                /** @description What the series is cut into; days if absent. */
                interval?: "hour" | "day" | "week" | "month";
                /**
                 * @description The viewer's, as IANA names it; UTC if absent.
                 * @example America/Los_Angeles
                 */
                time_zone?: string;
                /** @description `json` if absent. */
                format?: "json" | "csv";
                /**
                 * @description Which table the CSV has; the first if absent.
                 * @example totals
                 */
                table?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The system. As CSV where that is asked for, by `format` or `Accept`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "totals": {
                     *         "sent": 1,
                     *         "delivered": 1,
                     *         "undelivered": 1,
                     *         "delivery_rate": 0.97,
                     *         "segments": 1,
                     *         "cost": 12.5,
                     *         "customers_added": 1,
                     *         "customers_removed": 1,
                     *         "opted_out": 1,
                     *         "replies": 1
                     *       },
                     *       "series": [
                     *         {
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "undelivered": 1,
                     *           "delivery_rate": 0.97,
                     *           "segments": 1,
                     *           "cost": 12.5,
                     *           "customers_added": 1,
                     *           "customers_removed": 1,
                     *           "opted_out": 1,
                     *           "replies": 1,
                     *           "starts_at": "2026-11-23T09:00:00.000000Z",
                     *           "local_time": "2026-11-23"
                     *         }
                     *       ],
                     *       "hours": [
                     *         {
                     *           "hour": 10,
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "undelivered": 1,
                     *           "delivery_rate": 0.97,
                     *           "replies": 1
                     *         }
                     *       ],
                     *       "best_hours": [
                     *         10,
                     *         17
                     *       ],
                     *       "from": "2026-11-23T09:00:00.000000Z",
                     *       "to": "2026-11-23T09:00:00.000000Z",
                     *       "interval": "hour",
                     *       "time_zone": "America/Los_Angeles",
                     *       "price_per_segment": 0.0125,
                     *       "accounts": {
                     *         "approved": 1,
                     *         "pending": 1,
                     *         "rejected": 1,
                     *         "new": 1
                     *       },
                     *       "busiest_accounts": [
                     *         {
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "email": "ann@example.com",
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "undelivered": 1,
                     *           "delivery_rate": 0.97,
                     *           "opted_out": 1
                     *         }
                     *       ],
                     *       "queues": [
                     *         {
                     *           "queue": "mails",
                     *           "waiting": 1,
                     *           "oldest_seconds": 12.5
                     *         }
                     *       ],
                     *       "senders": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone_number": "+14155550100",
                     *           "messaging_service_sid": "MG0123456789abcdef0123456789abcdef",
                     *           "is_default": true,
                     *           "held_until": "2026-11-23T09:00:00.000000Z",
                     *           "hold_reason": "account_refused",
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "failed": 1,
                     *           "opted_out": 1,
                     *           "delivery_rate": 0.97
                     *         }
                     *       ],
                     *       "failures": [
                     *         {
                     *           "error_code": 30003,
                     *           "text": "The number can't be reached.",
                     *           "messages": 1,
                     *           "share": 0.01
                     *         }
                     *       ],
                     *       "limits_near_end": [
                     *         {
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "email": "ann@example.com",
                     *           "limit": "messages_per_day",
                     *           "value": 1000,
                     *           "used": 900,
                     *           "share": 0.9
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SystemAnalytics"];
                    "text/csv": string;
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_customers: {
        parameters: {
            query?: {
                /**
                 * @description Any part of a name, an e-mail address or a phone number; several words are all meant.
                 * @example ann
                 */
                search?: string;
                /**
                 * @description Codes or names of states; several with commas or repeated. `none`: without a state.
                 * @example [
                 *       "CA"
                 *     ]
                 */
                state?: string[];
                /**
                 * @description `active`, `inactive`.
                 * @example [
                 *       "active"
                 *     ]
                 */
                status?: string[];
                /**
                 * @description At least one of these tags.
                 * @example [
                 *       "vip"
                 *     ]
                 */
                tag?: string[];
                /**
                 * @description `name:value`; all of them.
                 * @example [
                 *       "plan:gold"
                 *     ]
                 */
                attribute?: string[];
                /**
                 * @description A time, or the beginning of a day (UTC).
                 * @example 2026-11-01
                 */
                created_from?: string;
                /**
                 * @description A time, or the beginning of a day (UTC); before it.
                 * @example 2026-12-01
                 */
                created_to?: string;
                /** @description Ids of customers; several with commas or repeated. */
                ids?: string[];
                /** @description For admins: one account's. */
                user_id?: string;
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /** @description A column's name, with `-` in front for the largest first. */
                sort?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of customers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone": "+14155552671",
                     *           "first_name": "Ann",
                     *           "last_name": "Lee",
                     *           "email": "ann@example.com",
                     *           "state": "CA",
                     *           "status": "active",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "updated_at": "2026-11-23T09:00:00.000000Z",
                     *           "tags": [
                     *             "vip"
                     *           ],
                     *           "attributes": {
                     *             "plan": "gold"
                     *           },
                     *           "inactive_reason": "opted_out"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Customer"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    create_customer: {
        parameters: {
            query?: {
                /** @description With `twilio`, Twilio is asked whether the number can be texted, which costs. */
                verify?: "twilio";
            };
            header?: {
                /** @description With it, a repeated request within 24 hours answers the same customer. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "phone": "+14155552671",
                 *       "first_name": "Ann",
                 *       "last_name": "Lee",
                 *       "email": "ann@example.com",
                 *       "state": "CA",
                 *       "status": "active",
                 *       "tags": [
                 *         "vip"
                 *       ],
                 *       "attributes": {
                 *         "plan": "gold"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["NewCustomerInput"];
            };
        };
        responses: {
            /** @description The new customer. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "first_name": "Ann",
                     *       "last_name": "Lee",
                     *       "email": "ann@example.com",
                     *       "state": "CA",
                     *       "status": "active",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "tags": [
                     *         "vip"
                     *       ],
                     *       "attributes": {
                     *         "plan": "gold"
                     *       },
                     *       "inactive_reason": "opted_out"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            /** @description `phone_taken`, `phone_unavailable`, `customer_deleted` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_unavailable_phones`, `lookup_limit_reached` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            /** @description `lookup_unavailable` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    delete_customers: {
        parameters: {
            query?: {
                /**
                 * @description Any part of a name, an e-mail address or a phone number; several words are all meant.
                 * @example ann
                 */
                search?: string;
                /**
                 * @description Codes or names of states; several with commas or repeated. `none`: without a state.
                 * @example [
                 *       "CA"
                 *     ]
                 */
                state?: string[];
                /**
                 * @description `active`, `inactive`.
                 * @example [
                 *       "active"
                 *     ]
                 */
                status?: string[];
                /**
                 * @description At least one of these tags.
                 * @example [
                 *       "vip"
                 *     ]
                 */
                tag?: string[];
                /**
                 * @description `name:value`; all of them.
                 * @example [
                 *       "plan:gold"
                 *     ]
                 */
                attribute?: string[];
                /**
                 * @description A time, or the beginning of a day (UTC).
                 * @example 2026-11-01
                 */
                created_from?: string;
                /**
                 * @description A time, or the beginning of a day (UTC); before it.
                 * @example 2026-12-01
                 */
                created_to?: string;
                /** @description Ids of customers; several with commas or repeated. */
                ids?: string[];
                /** @description For admins: one account's. */
                user_id?: string;
                /** @description Everybody. */
                all?: boolean;
                /** @description Only counts. */
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How many were deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deleted": 1,
                     *       "dry_run": true,
                     *       "deletion_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Deletion"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    count_customers: {
        parameters: {
            query?: {
                /**
                 * @description Any part of a name, an e-mail address or a phone number; several words are all meant.
                 * @example ann
                 */
                search?: string;
                /**
                 * @description Codes or names of states; several with commas or repeated. `none`: without a state.
                 * @example [
                 *       "CA"
                 *     ]
                 */
                state?: string[];
                /**
                 * @description `active`, `inactive`.
                 * @example [
                 *       "active"
                 *     ]
                 */
                status?: string[];
                /**
                 * @description At least one of these tags.
                 * @example [
                 *       "vip"
                 *     ]
                 */
                tag?: string[];
                /**
                 * @description `name:value`; all of them.
                 * @example [
                 *       "plan:gold"
                 *     ]
                 */
                attribute?: string[];
                /**
                 * @description A time, or the beginning of a day (UTC).
                 * @example 2026-11-01
                 */
                created_from?: string;
                /**
                 * @description A time, or the beginning of a day (UTC); before it.
                 * @example 2026-12-01
                 */
                created_to?: string;
                /** @description Ids of customers; several with commas or repeated. */
                ids?: string[];
                /** @description For admins: one account's. */
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "total": 1,
                     *       "by_status": {
                     *         "active": 2,
                     *         "inactive": 1
                     *       },
                     *       "by_state": {
                     *         "CA": {
                     *           "active": 2,
                     *           "inactive": 1
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerCounts"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    export_customers: {
        parameters: {
            query?: {
                /**
                 * @description Any part of a name, an e-mail address or a phone number; several words are all meant.
                 * @example ann
                 */
                search?: string;
                /**
                 * @description Codes or names of states; several with commas or repeated. `none`: without a state.
                 * @example [
                 *       "CA"
                 *     ]
                 */
                state?: string[];
                /**
                 * @description `active`, `inactive`.
                 * @example [
                 *       "active"
                 *     ]
                 */
                status?: string[];
                /**
                 * @description At least one of these tags.
                 * @example [
                 *       "vip"
                 *     ]
                 */
                tag?: string[];
                /**
                 * @description `name:value`; all of them.
                 * @example [
                 *       "plan:gold"
                 *     ]
                 */
                attribute?: string[];
                /**
                 * @description A time, or the beginning of a day (UTC).
                 * @example 2026-11-01
                 */
                created_from?: string;
                /**
                 * @description A time, or the beginning of a day (UTC); before it.
                 * @example 2026-12-01
                 */
                created_to?: string;
                /** @description Ids of customers; several with commas or repeated. */
                ids?: string[];
                /** @description For admins: one account's. */
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file; it can be imported again unchanged. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_deleted: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /** @description What one request or statement deleted. */
                deletion_id?: components["schemas"]["CustomerDeletionId"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deleted customers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone": "+14155552671",
                     *           "first_name": "Ann",
                     *           "last_name": "Lee",
                     *           "email": "ann@example.com",
                     *           "state": "CA",
                     *           "status": "active",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "updated_at": "2026-11-23T09:00:00.000000Z",
                     *           "tags": [
                     *             "vip"
                     *           ],
                     *           "attributes": {
                     *             "plan": "gold"
                     *           },
                     *           "inactive_reason": "opted_out",
                     *           "deletion_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "deleted_at": "2026-11-23T09:00:00.000000Z",
                     *           "deleted_by": "0199c0de-0000-7000-8000-000000000002"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_DeletedCustomer"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_phone_refusals: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of days. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "day": "2026-11-23",
                     *           "refused": 1
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_PhoneRefusals"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_customer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The customer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "first_name": "Ann",
                     *       "last_name": "Lee",
                     *       "email": "ann@example.com",
                     *       "state": "CA",
                     *       "status": "active",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "tags": [
                     *         "vip"
                     *       ],
                     *       "attributes": {
                     *         "plan": "gold"
                     *       },
                     *       "inactive_reason": "opted_out"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    update_customer_by_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "phone": "+14155552671",
                 *       "first_name": "Ann",
                 *       "last_name": "Lee",
                 *       "email": "ann@example.com",
                 *       "state": "CA",
                 *       "status": "active",
                 *       "tags": [
                 *         "vip"
                 *       ],
                 *       "attributes": {
                 *         "plan": "gold"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CustomerInput"];
            };
        };
        responses: {
            /** @description The customer as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "first_name": "Ann",
                     *       "last_name": "Lee",
                     *       "email": "ann@example.com",
                     *       "state": "CA",
                     *       "status": "active",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "tags": [
                     *         "vip"
                     *       ],
                     *       "attributes": {
                     *         "plan": "gold"
                     *       },
                     *       "inactive_reason": "opted_out"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `phone_taken`, `phone_unavailable` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_unavailable_phones` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    delete_customer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted; it can be restored for 30 days. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    update_customer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "phone": "+14155552671",
                 *       "first_name": "Ann",
                 *       "last_name": "Lee",
                 *       "email": "ann@example.com",
                 *       "state": "CA",
                 *       "status": "active",
                 *       "tags": [
                 *         "vip"
                 *       ],
                 *       "attributes": {
                 *         "plan": "gold"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CustomerInput"];
            };
        };
        responses: {
            /** @description The customer as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "first_name": "Ann",
                     *       "last_name": "Lee",
                     *       "email": "ann@example.com",
                     *       "state": "CA",
                     *       "status": "active",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "tags": [
                     *         "vip"
                     *       ],
                     *       "attributes": {
                     *         "plan": "gold"
                     *       },
                     *       "inactive_reason": "opted_out"
                     *     }
                     */
                    "application/json": components["schemas"]["Customer"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `phone_taken`, `phone_unavailable` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_unavailable_phones` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_customer_messages: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /** @description Only these. */
                status?: components["schemas"]["MessageStatus"];
                /**
                 * @description Only those with this stable code.
                 * @example unreachable
                 */
                reason?: string;
            };
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages, the newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "campaign_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone_number": "+14155552671",
                     *           "message_body": "Hi Ann, 20% off until Sunday. Reply STOP to opt out.",
                     *           "status": "pending",
                     *           "twilio_sid": "SM0123456789abcdef0123456789abcdef",
                     *           "sent_at": "2026-11-23T09:00:00.000000Z",
                     *           "delivered_at": "2026-11-23T09:00:00.000000Z",
                     *           "error_message": "The number can't be reached.",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "updated_at": "2026-11-23T09:00:00.000000Z",
                     *           "position": 1,
                     *           "attempts": 1,
                     *           "retries": 1,
                     *           "segments": 1,
                     *           "error_code": 30003,
                     *           "reason": "unreachable",
                     *           "merge_values": {},
                     *           "in_doubt_since": "2026-11-23T09:00:00.000000Z",
                     *           "state": "CA"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_CampaignMessage"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_imports: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /** @description Only these. */
                status?: components["schemas"]["ImportStatus"];
                /**
                 * @description Of this file (SHA-256, hexadecimal).
                 * @example e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                 */
                file_hash?: string;
                /** @description Only dry runs, or none of them. */
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of records, the newest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "status": "running",
                     *           "phase": "reading",
                     *           "dry_run": true,
                     *           "file_name": "customers.csv",
                     *           "file_bytes": 1,
                     *           "file_hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *           "same_file_as": "0199c0de-0000-7000-8000-000000000002",
                     *           "bytes_read": 1,
                     *           "rows_read": 1,
                     *           "total_rows": 1,
                     *           "inserted": 1,
                     *           "updated": 1,
                     *           "unchanged": 1,
                     *           "duplicates": 1,
                     *           "rejected": 1,
                     *           "rejected_by_code": {
                     *             "phone_too_short": 1
                     *           },
                     *           "rejects_kept": 1,
                     *           "consented": 1,
                     *           "declined": 1,
                     *           "suppressed": 1,
                     *           "header": [
                     *             "Mobile",
                     *             "First name"
                     *           ],
                     *           "columns": {
                     *             "phone": "Mobile"
                     *           },
                     *           "failure_code": "phone_column_missing",
                     *           "failure_detail": "No column holds phone numbers.",
                     *           "cancel_requested_at": "2026-11-23T09:00:00.000000Z",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "updated_at": "2026-11-23T09:00:00.000000Z",
                     *           "finished_at": "2026-11-23T09:00:00.000000Z",
                     *           "undone_at": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_CustomerImport"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The record. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "status": "running",
                     *       "phase": "reading",
                     *       "dry_run": true,
                     *       "file_name": "customers.csv",
                     *       "file_bytes": 1,
                     *       "file_hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "same_file_as": "0199c0de-0000-7000-8000-000000000002",
                     *       "bytes_read": 1,
                     *       "rows_read": 1,
                     *       "total_rows": 1,
                     *       "inserted": 1,
                     *       "updated": 1,
                     *       "unchanged": 1,
                     *       "duplicates": 1,
                     *       "rejected": 1,
                     *       "rejected_by_code": {
                     *         "phone_too_short": 1
                     *       },
                     *       "rejects_kept": 1,
                     *       "consented": 1,
                     *       "declined": 1,
                     *       "suppressed": 1,
                     *       "header": [
                     *         "Mobile",
                     *         "First name"
                     *       ],
                     *       "columns": {
                     *         "phone": "Mobile"
                     *       },
                     *       "failure_code": "phone_column_missing",
                     *       "failure_detail": "No column holds phone numbers.",
                     *       "cancel_requested_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "finished_at": "2026-11-23T09:00:00.000000Z",
                     *       "undone_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerImport"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    cancel_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It ends within seconds. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "status": "running",
                     *       "phase": "reading",
                     *       "dry_run": true,
                     *       "file_name": "customers.csv",
                     *       "file_bytes": 1,
                     *       "file_hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "same_file_as": "0199c0de-0000-7000-8000-000000000002",
                     *       "bytes_read": 1,
                     *       "rows_read": 1,
                     *       "total_rows": 1,
                     *       "inserted": 1,
                     *       "updated": 1,
                     *       "unchanged": 1,
                     *       "duplicates": 1,
                     *       "rejected": 1,
                     *       "rejected_by_code": {
                     *         "phone_too_short": 1
                     *       },
                     *       "rejects_kept": 1,
                     *       "consented": 1,
                     *       "declined": 1,
                     *       "suppressed": 1,
                     *       "header": [
                     *         "Mobile",
                     *         "First name"
                     *       ],
                     *       "columns": {
                     *         "phone": "Mobile"
                     *       },
                     *       "failure_code": "phone_column_missing",
                     *       "failure_detail": "No column holds phone numbers.",
                     *       "cancel_requested_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "finished_at": "2026-11-23T09:00:00.000000Z",
                     *       "undone_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerImport"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `customer_import_not_running` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    download_rejects: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows as they stood in the file, each with its number, column and reason. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `customer_import_not_completed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rejects_not_kept` */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    delete_rejects: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The record, without rejects. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "status": "running",
                     *       "phase": "reading",
                     *       "dry_run": true,
                     *       "file_name": "customers.csv",
                     *       "file_bytes": 1,
                     *       "file_hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "same_file_as": "0199c0de-0000-7000-8000-000000000002",
                     *       "bytes_read": 1,
                     *       "rows_read": 1,
                     *       "total_rows": 1,
                     *       "inserted": 1,
                     *       "updated": 1,
                     *       "unchanged": 1,
                     *       "duplicates": 1,
                     *       "rejected": 1,
                     *       "rejected_by_code": {
                     *         "phone_too_short": 1
                     *       },
                     *       "rejects_kept": 1,
                     *       "consented": 1,
                     *       "declined": 1,
                     *       "suppressed": 1,
                     *       "header": [
                     *         "Mobile",
                     *         "First name"
                     *       ],
                     *       "columns": {
                     *         "phone": "Mobile"
                     *       },
                     *       "failure_code": "phone_column_missing",
                     *       "failure_detail": "No column holds phone numbers.",
                     *       "cancel_requested_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "finished_at": "2026-11-23T09:00:00.000000Z",
                     *       "undone_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerImport"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    watch_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_streams` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            /** @description `streams_full` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            504: components["responses"]["TooSlow"];
        };
    };
    make_import_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "Zm9yIG9uZSBzdHJlYW0gYW5kIG9uZSBtaW51dGUgb24",
                     *       "expires_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["EventToken"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_stream_tokens` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    look_up_phone: {
        parameters: {
            query: {
                /**
                 * @description In any usual form.
                 * @example +14155552671
                 */
                phone: string;
                /** @description With `twilio`, Twilio is asked too, which costs. */
                verify?: "twilio";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is known of the number. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "phone": "+14155552671",
                     *       "valid": true,
                     *       "reason": {
                     *         "code": "phone_too_short",
                     *         "detail": "Too few digits."
                     *       },
                     *       "country_code": "US",
                     *       "national_format": "(415) 555-2671",
                     *       "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "verification": {
                     *         "source": "twilio",
                     *         "valid": true,
                     *         "line_type": "mobile",
                     *         "looked_up_at": "2026-11-23T09:00:00.000000Z",
                     *         "cached": true
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Answer"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            /** @description `lookup_limit_reached` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            /** @description `lookup_unavailable` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_audit_log: {
        parameters: {
            query?: {
                /** @description Who did it: the id of a profile. */
                actor?: string;
                /** @description Whose rows: the id of a profile. */
                account?: string;
                /**
                 * @description What was done, such as `user.approved`; or only what it is about, such as `user`.
                 * @example user.approved
                 */
                action?: string;
                /**
                 * @description The table.
                 * @example user_profiles
                 */
                table?: string;
                /**
                 * @description A time, or the beginning of a day (UTC).
                 * @example 2026-11-01
                 */
                from?: string;
                /**
                 * @description A time, or the beginning of a day (UTC); before it.
                 * @example 2026-12-01
                 */
                to?: string;
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": 1,
                     *           "at": "2026-11-23T09:00:00.000000Z",
                     *           "actor": "0199c0de-0000-7000-8000-000000000002",
                     *           "actor_email": "admin@example.com",
                     *           "actor_kind": "admin",
                     *           "operator": "ops",
                     *           "role": "authenticated",
                     *           "application": "dnwerks accounts",
                     *           "session_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "request_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "action": "user.approved",
                     *           "table_name": "public.user_profiles",
                     *           "row_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "account": "0199c0de-0000-7000-8000-000000000002",
                     *           "account_email": "ann@example.com",
                     *           "row_count": 1,
                     *           "before": {},
                     *           "after": {}
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_AuditEntry"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    export_audit_log: {
        parameters: {
            query?: {
                /** @description Who did it: the id of a profile. */
                actor?: string;
                /** @description Whose rows: the id of a profile. */
                account?: string;
                /**
                 * @description What was done, such as `user.approved`; or only what it is about, such as `user`.
                 * @example user.approved
                 */
                action?: string;
                /**
                 * @description The table.
                 * @example user_profiles
                 */
                table?: string;
                /**
                 * @description A time, or the beginning of a day (UTC).
                 * @example 2026-11-01
                 */
                from?: string;
                /**
                 * @description A time, or the beginning of a day (UTC); before it.
                 * @example 2026-12-01
                 */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_campaigns: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /**
                 * @description A part of the name.
                 * @example sale
                 */
                search?: string;
                /** @description Only these. */
                status?: components["schemas"]["CampaignStatus"];
                /** @description A column's name, with `-` in front for the largest first. */
                sort?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of campaigns. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "name": "Spring sale",
                     *           "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *           "status": "draft",
                     *           "total_recipients": 1,
                     *           "sent_count": 1,
                     *           "delivered_count": 1,
                     *           "failed_count": 1,
                     *           "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *           "sent_at": "2026-11-23T09:00:00.000000Z",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "updated_at": "2026-11-23T09:00:00.000000Z",
                     *           "audience": {
                     *             "states": [
                     *               "CA"
                     *             ],
                     *             "status": "active",
                     *             "customer_ids": [
                     *               "0199c0de-0000-7000-8000-000000000002"
                     *             ],
                     *             "tags": [
                     *               "vip"
                     *             ],
                     *             "attributes": {}
                     *           },
                     *           "launched_at": "2026-11-23T09:00:00.000000Z",
                     *           "failure_reason": "no_recipients",
                     *           "skipped": {
                     *             "customer_inactive": 3
                     *           },
                     *           "pending_count": 1,
                     *           "skipped_count": 1,
                     *           "filtered_count": 1,
                     *           "unregistered_count": 1,
                     *           "opted_out_count": 1,
                     *           "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "quiet_hours": true,
                     *           "paused_at": "2026-11-23T09:00:00.000000Z",
                     *           "pause_reason": "user",
                     *           "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *           "launch_after": "2026-11-23T09:00:00.000000Z",
                     *           "judged_before": null,
                     *           "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *           "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *           "requires_consent": true,
                     *           "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Campaign"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    create_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Spring sale",
                 *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                 *       "template_id": "0199c0de-0000-7000-8000-000000000002",
                 *       "status": "draft",
                 *       "scheduled_at": null,
                 *       "audience": {
                 *         "states": [
                 *           "CA"
                 *         ],
                 *         "status": "active",
                 *         "customer_ids": [
                 *           "0199c0de-0000-7000-8000-000000000002"
                 *         ],
                 *         "tags": [
                 *           "vip"
                 *         ],
                 *         "attributes": {
                 *           "plan": "gold"
                 *         }
                 *       },
                 *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                 *       "quiet_hours": true,
                 *       "requires_consent": false
                 *     }
                 */
                "application/json": components["schemas"]["NewCampaignInput"];
            };
        };
        responses: {
            /** @description The new campaign. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The campaign. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    update_campaign_by_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Spring sale",
                 *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                 *       "template_id": "0199c0de-0000-7000-8000-000000000002",
                 *       "status": "draft",
                 *       "scheduled_at": null,
                 *       "audience": {
                 *         "states": [
                 *           "CA"
                 *         ],
                 *         "status": "active",
                 *         "customer_ids": [
                 *           "0199c0de-0000-7000-8000-000000000002"
                 *         ],
                 *         "tags": [
                 *           "vip"
                 *         ],
                 *         "attributes": {
                 *           "plan": "gold"
                 *         }
                 *       },
                 *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                 *       "quiet_hours": true,
                 *       "requires_consent": false
                 *     }
                 */
                "application/json": components["schemas"]["CampaignInput"];
            };
        };
        responses: {
            /** @description The campaign as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `campaign_already_launched`, `campaign_status_not_allowed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    delete_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `campaign_sending` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    update_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Spring sale",
                 *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                 *       "template_id": "0199c0de-0000-7000-8000-000000000002",
                 *       "status": "draft",
                 *       "scheduled_at": null,
                 *       "audience": {
                 *         "states": [
                 *           "CA"
                 *         ],
                 *         "status": "active",
                 *         "customer_ids": [
                 *           "0199c0de-0000-7000-8000-000000000002"
                 *         ],
                 *         "tags": [
                 *           "vip"
                 *         ],
                 *         "attributes": {
                 *           "plan": "gold"
                 *         }
                 *       },
                 *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                 *       "quiet_hours": true,
                 *       "requires_consent": false
                 *     }
                 */
                "application/json": components["schemas"]["CampaignInput"];
            };
        };
        responses: {
            /** @description The campaign as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `campaign_already_launched`, `campaign_status_not_allowed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    pause_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The campaign as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `campaign_not_running` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    resume_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The campaign as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `campaign_not_paused`, `campaign_paused_by_admin` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `owner_not_approved`; of a schedule also `scheduled_at_past` and the others of scheduling */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    cancel_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The campaign as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `campaign_not_running` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    duplicate_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The copy, a draft. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_tests: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tests. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "campaign_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "message_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "to": "+14155552671",
                     *           "body": "Hi Ann, 20% off until Sunday. Reply STOP to opt out.",
                     *           "status": "pending",
                     *           "reason": "unreachable",
                     *           "error_code": 30003,
                     *           "error_message": "The number can't be reached.",
                     *           "segments": 1,
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "sent_at": "2026-11-23T09:00:00.000000Z",
                     *           "delivered_at": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_CampaignTest"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_test: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                test_id: components["schemas"]["CampaignTestId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The test. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "campaign_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "message_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "to": "+14155552671",
                     *       "body": "Hi Ann, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "pending",
                     *       "reason": "unreachable",
                     *       "error_code": 30003,
                     *       "error_message": "The number can't be reached.",
                     *       "segments": 1,
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "delivered_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["CampaignTest"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    watch_campaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description What the client has seen last. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_streams` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            /** @description `streams_full` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            504: components["responses"]["TooSlow"];
        };
    };
    make_campaign_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "token": "Zm9yIG9uZSBzdHJlYW0gYW5kIG9uZSBtaW51dGUgb24",
                     *       "expires_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["EventToken"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_stream_tokens` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_campaign_messages: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /** @description Only these. */
                status?: components["schemas"]["MessageStatus"];
                /**
                 * @description Only those with this stable code.
                 * @example unreachable
                 */
                reason?: string;
            };
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages, in the order of their positions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "campaign_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone_number": "+14155552671",
                     *           "message_body": "Hi Ann, 20% off until Sunday. Reply STOP to opt out.",
                     *           "status": "pending",
                     *           "twilio_sid": "SM0123456789abcdef0123456789abcdef",
                     *           "sent_at": "2026-11-23T09:00:00.000000Z",
                     *           "delivered_at": "2026-11-23T09:00:00.000000Z",
                     *           "error_message": "The number can't be reached.",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "updated_at": "2026-11-23T09:00:00.000000Z",
                     *           "position": 1,
                     *           "attempts": 1,
                     *           "retries": 1,
                     *           "segments": 1,
                     *           "error_code": 30003,
                     *           "reason": "unreachable",
                     *           "merge_values": {},
                     *           "in_doubt_since": "2026-11-23T09:00:00.000000Z",
                     *           "state": "CA"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_CampaignMessage"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    resolve_message: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                message_id: components["schemas"]["CampaignMessageId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "outcome": "sent"
                 *     }
                 */
                "application/json": components["schemas"]["Resolution"];
            };
        };
        responses: {
            /** @description The message. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "campaign_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone_number": "+14155552671",
                     *       "message_body": "Hi Ann, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "pending",
                     *       "twilio_sid": "SM0123456789abcdef0123456789abcdef",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "delivered_at": "2026-11-23T09:00:00.000000Z",
                     *       "error_message": "The number can't be reached.",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "position": 1,
                     *       "attempts": 1,
                     *       "retries": 1,
                     *       "segments": 1,
                     *       "error_code": 30003,
                     *       "reason": "unreachable",
                     *       "merge_values": {},
                     *       "in_doubt_since": "2026-11-23T09:00:00.000000Z",
                     *       "state": "CA"
                     *     }
                     */
                    "application/json": components["schemas"]["CampaignMessage"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `message_not_in_doubt` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_consent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is known. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "phone": "+14155552671",
                     *       "has_consent": true,
                     *       "may_text": true,
                     *       "suppressed_for": "opted_out",
                     *       "consents": [
                     *         {
                     *           "id": 1,
                     *           "sequence": 1,
                     *           "account_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "action": "given",
                     *           "happened_at": "2026-11-23T09:00:00.000000Z",
                     *           "recorded_at": "2026-11-23T09:00:00.000000Z",
                     *           "source": "import",
                     *           "evidence": {},
                     *           "recorded_by": "0199c0de-0000-7000-8000-000000000002",
                     *           "hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                     *         }
                     *       ],
                     *       "suppressions": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone": "+14155552671",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "reason": "opted_out",
                     *           "since": "2026-11-23T09:00:00.000000Z",
                     *           "source": "inbound",
                     *           "note": "Asked on the phone.",
                     *           "lifted_at": "2026-11-23T09:00:00.000000Z",
                     *           "lift": {
                     *             "lifted_at": "2026-11-23T09:00:00.000000Z",
                     *             "lifted_by": "0199c0de-0000-7000-8000-000000000002",
                     *             "source": "person",
                     *             "why": "A mistyped number."
                     *           }
                     *         }
                     *       ],
                     *       "messages": [
                     *         {
                     *           "message_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "campaign_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "account_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "body": "Hi Ann, 20% off until Sunday. Reply STOP to opt out.",
                     *           "status": "pending",
                     *           "reason": "unreachable",
                     *           "error_code": 30003,
                     *           "twilio_sid": "SM0123456789abcdef0123456789abcdef",
                     *           "sent_at": "2026-11-23T09:00:00.000000Z",
                     *           "delivered_at": "2026-11-23T09:00:00.000000Z",
                     *           "deleted_at": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ],
                     *       "received": [
                     *         {
                     *           "at": "2026-11-23T09:00:00.000000Z",
                     *           "account_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "to": "+14155550100",
                     *           "body": "STOP",
                     *           "keyword": "stop",
                     *           "answer": "You will get no more texts.",
                     *           "twilio_sid": "SM0123456789abcdef0123456789abcdef"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ConsentStory"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    record_consent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "action": "given",
                 *       "happened_at": "2026-11-01T10:00:00Z",
                 *       "evidence": {}
                 *     }
                 */
                "application/json": components["schemas"]["NewConsentInput"];
            };
        };
        responses: {
            /** @description How the number stands now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "has_consent": true,
                     *       "may_text": true,
                     *       "suppressed_for": "opted_out"
                     *     }
                     */
                    "application/json": components["schemas"]["ConsentState"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_conversations: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /** @description Whose words wait for a decision, or not. */
                needs_review?: boolean;
                /** @description With unread messages, or without. */
                unread?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of conversations. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone": "+14155552671",
                     *           "our_number": "+14155550100",
                     *           "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "first_name": "Ann",
                     *           "last_name": "Lee",
                     *           "last_message_at": "2026-11-23T09:00:00.000000Z",
                     *           "last_inbound_at": "2026-11-23T09:00:00.000000Z",
                     *           "last_message": {
                     *             "direction": "in",
                     *             "body": "When do you open?",
                     *             "keyword": "help"
                     *           },
                     *           "unread_count": 1,
                     *           "needs_review": true,
                     *           "review_by": "2026-11-23T09:00:00.000000Z",
                     *           "reviewed_at": "2026-11-23T09:00:00.000000Z",
                     *           "reviewed_by": "0199c0de-0000-7000-8000-000000000002",
                     *           "revoked": true,
                     *           "review_note": "Asked about another shop.",
                     *           "closed_at": "2026-11-23T09:00:00.000000Z",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "suppressed_for": "opted_out",
                     *           "open_until": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Conversation"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_conversation: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
            };
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "our_number": "+14155550100",
                     *       "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "first_name": "Ann",
                     *       "last_name": "Lee",
                     *       "last_message_at": "2026-11-23T09:00:00.000000Z",
                     *       "last_inbound_at": "2026-11-23T09:00:00.000000Z",
                     *       "last_message": {
                     *         "direction": "in",
                     *         "body": "When do you open?",
                     *         "keyword": "help"
                     *       },
                     *       "unread_count": 1,
                     *       "needs_review": true,
                     *       "review_by": "2026-11-23T09:00:00.000000Z",
                     *       "reviewed_at": "2026-11-23T09:00:00.000000Z",
                     *       "reviewed_by": "0199c0de-0000-7000-8000-000000000002",
                     *       "revoked": true,
                     *       "review_note": "Asked about another shop.",
                     *       "closed_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "suppressed_for": "opted_out",
                     *       "open_until": "2026-11-23T09:00:00.000000Z",
                     *       "messages": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "direction": "in",
                     *           "body": "We open at nine.",
                     *           "num_media": 1,
                     *           "keyword": "help",
                     *           "answer": "Reply STOP to opt out.",
                     *           "sent_by": "0199c0de-0000-7000-8000-000000000002",
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "message_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "status": "pending",
                     *           "reason": "unreachable",
                     *           "error_code": 30003,
                     *           "error_message": "The number can't be reached.",
                     *           "sent_at": "2026-11-23T09:00:00.000000Z",
                     *           "delivered_at": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ],
                     *       "messages_total": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ConversationWithMessages"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    reply: {
        parameters: {
            query?: never;
            header?: {
                /** @description With it, a repeated request within 24 hours texts nobody again and answers the same message. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "body": "We open at nine."
                 *     }
                 */
                "application/json": components["schemas"]["ReplyInput"];
            };
        };
        responses: {
            /** @description The message, which is pending. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "direction": "in",
                     *       "body": "We open at nine.",
                     *       "num_media": 1,
                     *       "keyword": "help",
                     *       "answer": "Reply STOP to opt out.",
                     *       "sent_by": "0199c0de-0000-7000-8000-000000000002",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "message_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "status": "pending",
                     *       "reason": "unreachable",
                     *       "error_code": 30003,
                     *       "error_message": "The number can't be reached.",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "delivered_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Reply"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `reply_window_closed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_replies` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    mark_read: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "closed": true
                 *     }
                 */
                "application/json": components["schemas"]["ReadMarkInput"] | null;
            };
        };
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "our_number": "+14155550100",
                     *       "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "first_name": "Ann",
                     *       "last_name": "Lee",
                     *       "last_message_at": "2026-11-23T09:00:00.000000Z",
                     *       "last_inbound_at": "2026-11-23T09:00:00.000000Z",
                     *       "last_message": {
                     *         "direction": "in",
                     *         "body": "When do you open?",
                     *         "keyword": "help"
                     *       },
                     *       "unread_count": 1,
                     *       "needs_review": true,
                     *       "review_by": "2026-11-23T09:00:00.000000Z",
                     *       "reviewed_at": "2026-11-23T09:00:00.000000Z",
                     *       "reviewed_by": "0199c0de-0000-7000-8000-000000000002",
                     *       "revoked": true,
                     *       "review_note": "Asked about another shop.",
                     *       "closed_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "suppressed_for": "opted_out",
                     *       "open_until": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    review: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["ConversationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "revoked": true,
                 *       "note": "Asked about another shop."
                 *     }
                 */
                "application/json": components["schemas"]["ReviewInput"];
            };
        };
        responses: {
            /** @description The conversation. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "our_number": "+14155550100",
                     *       "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "first_name": "Ann",
                     *       "last_name": "Lee",
                     *       "last_message_at": "2026-11-23T09:00:00.000000Z",
                     *       "last_inbound_at": "2026-11-23T09:00:00.000000Z",
                     *       "last_message": {
                     *         "direction": "in",
                     *         "body": "When do you open?",
                     *         "keyword": "help"
                     *       },
                     *       "unread_count": 1,
                     *       "needs_review": true,
                     *       "review_by": "2026-11-23T09:00:00.000000Z",
                     *       "reviewed_at": "2026-11-23T09:00:00.000000Z",
                     *       "reviewed_by": "0199c0de-0000-7000-8000-000000000002",
                     *       "revoked": true,
                     *       "review_note": "Asked about another shop.",
                     *       "closed_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "suppressed_for": "opted_out",
                     *       "open_until": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Conversation"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `review_not_needed` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_senders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All senders. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone_number": "+14155550100",
                     *           "messaging_service_sid": "MG0123456789abcdef0123456789abcdef",
                     *           "is_default": true,
                     *           "segments_per_second": 1.5,
                     *           "held_until": "2026-11-23T09:00:00.000000Z",
                     *           "hold_reason": "account_refused",
                     *           "health": {
                     *             "today": {
                     *               "day": "2026-11-23",
                     *               "sent": 1,
                     *               "delivered": 1,
                     *               "failed": {
                     *                 "30003": 2
                     *               },
                     *               "opted_out": 1,
                     *               "delivery_rate": 0.97
                     *             },
                     *             "yesterday": {
                     *               "day": "2026-11-23",
                     *               "sent": 1,
                     *               "delivered": 1,
                     *               "failed": {
                     *                 "30003": 2
                     *               },
                     *               "opted_out": 1,
                     *               "delivery_rate": 0.97
                     *             },
                     *             "alarms": [
                     *               {
                     *                 "day": "2026-11-23",
                     *                 "kind": "filtered",
                     *                 "value": 0.12,
                     *                 "raised_at": "2026-11-23T09:00:00.000000Z"
                     *               }
                     *             ]
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_SenderWithHealth"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    change_sender: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["SenderId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "segments_per_second": 10
                 *     }
                 */
                "application/json": components["schemas"]["SenderRate"];
            };
        };
        responses: {
            /** @description The sender. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone_number": "+14155550100",
                     *       "messaging_service_sid": "MG0123456789abcdef0123456789abcdef",
                     *       "is_default": true,
                     *       "segments_per_second": 1.5,
                     *       "held_until": "2026-11-23T09:00:00.000000Z",
                     *       "hold_reason": "account_refused"
                     *     }
                     */
                    "application/json": components["schemas"]["Sender"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_days: {
        parameters: {
            query?: {
                /** @description The first day; 29 days before the last if absent. */
                from?: string;
                /** @description The last day (UTC); today if absent. */
                to?: string;
            };
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["SenderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The days. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "day": "2026-11-23",
                     *           "sent": 1,
                     *           "delivered": 1,
                     *           "failed": {
                     *             "30003": 2
                     *           },
                     *           "opted_out": 1,
                     *           "delivery_rate": 0.97
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_SenderDay"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_suppressions: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /**
                 * @description Of this number.
                 * @example +14155552671
                 */
                phone?: string;
                /**
                 * @description One or several, with commas.
                 * @example manual
                 */
                reason?: string;
                /** @description Also what does not hold any more. */
                lifted?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of suppressions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone": "+14155552671",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "reason": "opted_out",
                     *           "since": "2026-11-23T09:00:00.000000Z",
                     *           "source": "inbound",
                     *           "note": "Asked on the phone.",
                     *           "lifted_at": "2026-11-23T09:00:00.000000Z",
                     *           "lift": {
                     *             "lifted_at": "2026-11-23T09:00:00.000000Z",
                     *             "lifted_by": "0199c0de-0000-7000-8000-000000000002",
                     *             "source": "person",
                     *             "why": "A mistyped number."
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Suppression"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    suppress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "phone": "+14155552671",
                 *       "phones": null,
                 *       "reason": "manual",
                 *       "note": "Asked on the phone."
                 *     }
                 */
                "application/json": components["schemas"]["NewSuppressionInput"];
            };
        };
        responses: {
            /** @description The entry, or what became of the list. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "reason": "opted_out",
                     *       "since": "2026-11-23T09:00:00.000000Z",
                     *       "source": "inbound",
                     *       "note": "Asked on the phone.",
                     *       "lifted_at": "2026-11-23T09:00:00.000000Z",
                     *       "lift": {
                     *         "lifted_at": "2026-11-23T09:00:00.000000Z",
                     *         "lifted_by": "0199c0de-0000-7000-8000-000000000002",
                     *         "source": "person",
                     *         "why": "A mistyped number."
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["SuppressionAnswer"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    lift_suppression: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["SuppressionId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "why": "A mistyped number."
                 *     }
                 */
                "application/json": components["schemas"]["LiftInput"];
            };
        };
        responses: {
            /** @description The entry. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "phone": "+14155552671",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "reason": "opted_out",
                     *       "since": "2026-11-23T09:00:00.000000Z",
                     *       "source": "inbound",
                     *       "note": "Asked on the phone.",
                     *       "lifted_at": "2026-11-23T09:00:00.000000Z",
                     *       "lift": {
                     *         "lifted_at": "2026-11-23T09:00:00.000000Z",
                     *         "lifted_by": "0199c0de-0000-7000-8000-000000000002",
                     *         "source": "person",
                     *         "why": "A mistyped number."
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Suppression"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `suppression_already_lifted` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_templates: {
        parameters: {
            query?: {
                /** @description From 1. */
                page?: number;
                /** @description Rows on a page. */
                per_page?: number;
                /** @description Only these. */
                category?: components["schemas"]["TemplateCategory"];
                /** @description A column's name, with `-` in front for the largest first. */
                sort?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of templates. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "page": 1,
                     *       "per_page": 50,
                     *       "total": 1,
                     *       "total_is_exact": true,
                     *       "total_pages": 1,
                     *       "data": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *           "name": "Welcome",
                     *           "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                     *           "category": "general",
                     *           "is_default": true,
                     *           "created_at": "2026-11-23T09:00:00.000000Z",
                     *           "updated_at": "2026-11-23T09:00:00.000000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Listing_Template"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    create_template: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Welcome",
                 *       "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                 *       "category": "general",
                 *       "is_default": true
                 *     }
                 */
                "application/json": components["schemas"]["NewTemplateInput"];
            };
        };
        responses: {
            /** @description The new template. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Welcome",
                     *       "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                     *       "category": "general",
                     *       "is_default": true,
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    list_template_fields: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The fields. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "name": "attributes.plan",
                     *           "kind": "column",
                     *           "tag": "{{ attributes.plan }}"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["TemplateFields"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    preview_text: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                 *       "customer_id": "0199c0de-0000-7000-8000-000000000002"
                 *     }
                 */
                "application/json": components["schemas"]["TextPreviewInput"];
            };
        };
        responses: {
            /** @description How the text reads. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "body": "Welcome, Alex! Reply STOP to opt out.",
                     *       "segments": 1,
                     *       "encoding": "gsm7",
                     *       "cost": 0.0125,
                     *       "fields": [
                     *         "first_name"
                     *       ],
                     *       "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "text_problem": null,
                     *       "warnings": [
                     *         {
                     *           "code": "ucs2",
                     *           "detail": "A segment holds 70 characters instead of 160."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["TemplatePreview"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            /** @description `customer_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    preview_template: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["TemplateId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "customer_id": "0199c0de-0000-7000-8000-000000000002"
                 *     }
                 */
                "application/json": components["schemas"]["SavedPreviewInput"];
            };
        };
        responses: {
            /** @description How the text reads. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "body": "Welcome, Alex! Reply STOP to opt out.",
                     *       "segments": 1,
                     *       "encoding": "gsm7",
                     *       "cost": 0.0125,
                     *       "fields": [
                     *         "first_name"
                     *       ],
                     *       "customer_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "text_problem": null,
                     *       "warnings": [
                     *         {
                     *           "code": "ucs2",
                     *           "detail": "A segment holds 70 characters instead of 160."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["TemplatePreview"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    get_template: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["TemplateId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The template. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Welcome",
                     *       "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                     *       "category": "general",
                     *       "is_default": true,
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Template"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    update_template_by_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["TemplateId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Welcome",
                 *       "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                 *       "category": "general",
                 *       "is_default": true
                 *     }
                 */
                "application/json": components["schemas"]["TemplateInput"];
            };
        };
        responses: {
            /** @description The template as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Welcome",
                     *       "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                     *       "category": "general",
                     *       "is_default": true,
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    delete_template: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["TemplateId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    update_template: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["TemplateId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Welcome",
                 *       "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                 *       "category": "general",
                 *       "is_default": true
                 *     }
                 */
                "application/json": components["schemas"]["TemplateInput"];
            };
        };
        responses: {
            /** @description The template as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Welcome",
                     *       "message_body": "Welcome, {{ first_name }}! Reply STOP to opt out.",
                     *       "category": "general",
                     *       "is_default": true,
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    send_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                 *       "now": true,
                 *       "expected_recipients": 1
                 *     }
                 */
                "application/json": components["schemas"]["SendInput"] | null;
            };
        };
        responses: {
            /** @description The campaign, launched or scheduled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `campaign_already_launched`, `campaign_has_schedule`, `recipients_differ` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    retry_failed_messages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The campaign as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "name": "Spring sale",
                     *       "message_body": "Hi {{ first_name }}, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "draft",
                     *       "total_recipients": 1,
                     *       "sent_count": 1,
                     *       "delivered_count": 1,
                     *       "failed_count": 1,
                     *       "scheduled_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "audience": {
                     *         "states": [
                     *           "CA"
                     *         ],
                     *         "status": "active",
                     *         "customer_ids": [
                     *           "0199c0de-0000-7000-8000-000000000002"
                     *         ],
                     *         "tags": [
                     *           "vip"
                     *         ],
                     *         "attributes": {}
                     *       },
                     *       "launched_at": "2026-11-23T09:00:00.000000Z",
                     *       "failure_reason": "no_recipients",
                     *       "skipped": {
                     *         "customer_inactive": 3
                     *       },
                     *       "pending_count": 1,
                     *       "skipped_count": 1,
                     *       "filtered_count": 1,
                     *       "unregistered_count": 1,
                     *       "opted_out_count": 1,
                     *       "sender_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "quiet_hours": true,
                     *       "paused_at": "2026-11-23T09:00:00.000000Z",
                     *       "pause_reason": "user",
                     *       "canceled_at": "2026-11-23T09:00:00.000000Z",
                     *       "launch_after": "2026-11-23T09:00:00.000000Z",
                     *       "judged_before": null,
                     *       "test_of": "0199c0de-0000-7000-8000-000000000002",
                     *       "reply_to": "0199c0de-0000-7000-8000-000000000002",
                     *       "requires_consent": true,
                     *       "template_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `nothing_to_retry` and its like. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    preview_campaign: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What a launch would do now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "recipients": 1,
                     *       "left_out": {
                     *         "customer_inactive": 3
                     *       },
                     *       "may_go_now": 1,
                     *       "waiting": [
                     *         {
                     *           "until": "2026-11-23T09:00:00.000000Z",
                     *           "recipients": 1
                     *         }
                     *       ],
                     *       "text_problem": null,
                     *       "segments_per_second": 1.5,
                     *       "segments": 1,
                     *       "cost": 1.5,
                     *       "countries": [
                     *         "US"
                     *       ],
                     *       "limits": {
                     *         "messages_per_day": {
                     *           "value": 1000,
                     *           "used": 10,
                     *           "needed": 3,
                     *           "exceeded": false
                     *         }
                     *       },
                     *       "finishes_in_seconds": 1,
                     *       "examples": [
                     *         {
                     *           "to": "+14155552671",
                     *           "body": "Hi Ann, 20% off until Sunday. Reply STOP to opt out.",
                     *           "segments": 1,
                     *           "encoding": "gsm7"
                     *         }
                     *       ],
                     *       "warnings": [
                     *         {
                     *           "code": "ucs2",
                     *           "detail": "A segment holds 70 characters instead of 160."
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Preview"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    test_campaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description With it, a repeated request within 24 hours texts nobody again and answers the same test. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CampaignId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "to": "+14155552671",
                 *       "customer_id": "0199c0de-0000-7000-8000-000000000002"
                 *     }
                 */
                "application/json": components["schemas"]["TestInput"];
            };
        };
        responses: {
            /** @description The test. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "campaign_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "message_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "to": "+14155552671",
                     *       "body": "Hi Ann, 20% off until Sunday. Reply STOP to opt out.",
                     *       "status": "pending",
                     *       "reason": "unreachable",
                     *       "error_code": 30003,
                     *       "error_message": "The number can't be reached.",
                     *       "segments": 1,
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "sent_at": "2026-11-23T09:00:00.000000Z",
                     *       "delivered_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["CampaignTest"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_tests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    delete_listed_customers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "search": "ann",
                 *       "states": [
                 *         "CA"
                 *       ],
                 *       "status": [
                 *         "active"
                 *       ],
                 *       "tags": [
                 *         "vip"
                 *       ],
                 *       "attributes": {
                 *         "plan": "gold"
                 *       },
                 *       "created_from": "2026-11-01",
                 *       "created_to": "2026-12-01",
                 *       "ids": [
                 *         "0199c0de-0000-7000-8000-000000000002"
                 *       ],
                 *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                 *       "all": false,
                 *       "dry_run": true
                 *     }
                 */
                "application/json": components["schemas"]["DeletionBody"];
            };
        };
        responses: {
            /** @description How many were deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "deleted": 1,
                     *       "dry_run": true,
                     *       "deletion_id": "0199c0de-0000-7000-8000-000000000002"
                     *     }
                     */
                    "application/json": components["schemas"]["Deletion"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    restore_customers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ids": [
                 *         "0199c0de-0000-7000-8000-000000000002"
                 *       ],
                 *       "deletion_id": "0199c0de-0000-7000-8000-000000000002"
                 *     }
                 */
                "application/json": components["schemas"]["RestorationInput"];
            };
        };
        responses: {
            /** @description How many were restored, and who was not. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "restored": 1,
                     *       "refused": 1,
                     *       "refusals": [
                     *         {
                     *           "id": "0199c0de-0000-7000-8000-000000000002",
                     *           "phone": "+14155552671",
                     *           "code": "phone_taken"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Restoration"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `too_many_unavailable_phones` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    undo_import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0199c0de-0000-7000-8000-000000000002 */
                id: components["schemas"]["CustomerImportId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The record. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "user_id": "0199c0de-0000-7000-8000-000000000002",
                     *       "status": "running",
                     *       "phase": "reading",
                     *       "dry_run": true,
                     *       "file_name": "customers.csv",
                     *       "file_bytes": 1,
                     *       "file_hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "same_file_as": "0199c0de-0000-7000-8000-000000000002",
                     *       "bytes_read": 1,
                     *       "rows_read": 1,
                     *       "total_rows": 1,
                     *       "inserted": 1,
                     *       "updated": 1,
                     *       "unchanged": 1,
                     *       "duplicates": 1,
                     *       "rejected": 1,
                     *       "rejected_by_code": {
                     *         "phone_too_short": 1
                     *       },
                     *       "rejects_kept": 1,
                     *       "consented": 1,
                     *       "declined": 1,
                     *       "suppressed": 1,
                     *       "header": [
                     *         "Mobile",
                     *         "First name"
                     *       ],
                     *       "columns": {
                     *         "phone": "Mobile"
                     *       },
                     *       "failure_code": "phone_column_missing",
                     *       "failure_detail": "No column holds phone numbers.",
                     *       "cancel_requested_at": "2026-11-23T09:00:00.000000Z",
                     *       "created_at": "2026-11-23T09:00:00.000000Z",
                     *       "updated_at": "2026-11-23T09:00:00.000000Z",
                     *       "finished_at": "2026-11-23T09:00:00.000000Z",
                     *       "undone_at": "2026-11-23T09:00:00.000000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["CustomerImport"];
                };
            };
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            404: components["responses"]["NotFound"];
            /** @description `customer_import_not_undoable`, `customer_import_texted` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    import_customers: {
        parameters: {
            query?: {
                /**
                 * @description Columns by the field that they fill: `mapping[phone]=Mobile`, `mapping[attributes.plan]=5`; an empty one is left out.
                 * @example {
                 *       "phone": "Mobile"
                 *     }
                 */
                mapping?: {
                    [key: string]: string;
                };
                /**
                 * @description The same for one column: `phone:Mobile`.
                 * @example phone:Mobile
                 */
                map?: string;
                /** @description What is done with columns that nothing is said about. */
                unmapped?: "attributes" | "ignore";
                /** @description Whether the first row names the columns; otherwise by what it holds. */
                header?: boolean;
                /** @description Otherwise by the header. */
                delimiter?: "comma" | "semicolon" | "tab" | "pipe";
                /**
                 * @description `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`; otherwise detected.
                 * @example utf-8
                 */
                encoding?: string;
                /** @description What is done with customers that exist; `update` if absent. */
                on_conflict?: "update" | "skip";
                /** @description Counts everything, shows the first rows as they would be stored, and changes nothing. */
                dry_run?: boolean;
                /** @description The record's id, made up by the sender, to watch it from the start. */
                id?: components["schemas"]["CustomerImportId"];
                /**
                 * @description Otherwise the form's.
                 * @example customers.csv
                 */
                file_name?: string;
                /** @description With `twilio`, new phones are looked up, which costs. */
                verify?: "twilio";
                /** @description Everybody in the file has agreed to be texted. Needs `consent_source`. */
                consent?: "given";
                /**
                 * @description Where or how they have.
                 * @example Checkout of the shop
                 */
                consent_source?: string;
                /** @description When they have. */
                consent_at?: string;
                /**
                 * @description What the words of a consent column mean: `consent_values[abonniert]=yes`, `no` or `ignore`.
                 * @example {
                 *       "abonniert": "yes"
                 *     }
                 */
                consent_values?: {
                    [key: string]: "yes" | "no" | "ignore";
                };
                /**
                 * @description What the words of a status column mean: `status_values[Lead]=active`.
                 * @example {
                 *       "Lead": "active"
                 *     }
                 */
                status_values?: {
                    [key: string]: "active" | "inactive" | "unsubscribed" | "ignore" | "reject";
                };
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A CSV as the whole body, or as the field `file` of a form. */
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["ImportedFile"];
                "text/csv": string;
            };
        };
        responses: {
            /** @description What the import did, or would do. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c0de-0000-7000-8000-000000000002",
                     *       "dry_run": true,
                     *       "total_rows": 1,
                     *       "inserted": 1,
                     *       "updated": 1,
                     *       "unchanged": 1,
                     *       "duplicates": 1,
                     *       "duplicate_rows": [
                     *         {
                     *           "row": 1,
                     *           "replaced_by_row": 1
                     *         }
                     *       ],
                     *       "consented": 1,
                     *       "declined": 1,
                     *       "suppressed": 1,
                     *       "questions": [
                     *         {
                     *           "field": "status",
                     *           "column": "Newsletter",
                     *           "parameter": "consent_values",
                     *           "rows": 1,
                     *           "words": [
                     *             {
                     *               "word": "abonniert",
                     *               "rows": 1
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "rejected": 1,
                     *       "rejected_by_code": {
                     *         "phone_too_short": 1
                     *       },
                     *       "rejects": [
                     *         {
                     *           "row": 1,
                     *           "column": "Mobile",
                     *           "code": "phone_too_short",
                     *           "detail": "too few digits",
                     *           "value": "12"
                     *         }
                     *       ],
                     *       "rejects_truncated": true,
                     *       "warned": 1,
                     *       "warnings": [
                     *         {
                     *           "row": 1,
                     *           "column": "Mobile",
                     *           "code": "phone_too_short",
                     *           "detail": "too few digits",
                     *           "value": "12"
                     *         }
                     *       ],
                     *       "columns": {
                     *         "phone": "Mobile"
                     *       },
                     *       "ignored_columns": [
                     *         "Notes"
                     *       ],
                     *       "has_header": true,
                     *       "encoding": "utf-8",
                     *       "delimiter": ",",
                     *       "file_hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                     *       "same_file_as": {
                     *         "id": "0199c0de-0000-7000-8000-000000000002",
                     *         "file_name": "customers.csv",
                     *         "created_at": "2026-11-23T09:00:00.000000Z"
                     *       },
                     *       "preview": [
                     *         {
                     *           "row": 1,
                     *           "action": "insert",
                     *           "customer": {}
                     *         }
                     *       ],
                     *       "verification": {
                     *         "textable": 1,
                     *         "rejected": 1,
                     *         "limit_reached": 1,
                     *         "unanswered": 1
                     *       },
                     *       "elapsed_ms": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ImportReport"];
                };
            };
            400: components["responses"]["Unreadable"];
            401: components["responses"]["SignInNeeded"];
            403: components["responses"]["Refused"];
            /** @description `upload_stalled`, `upload_too_long` */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `canceled`, `import_id_taken` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["OtherType"];
            422: components["responses"]["InvalidInput"];
            /** @description `imports_busy`, `import_daily_limit` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["OurFault"];
            /** @description `lookup_unavailable` */
            501: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    receive_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is durable. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Twilio has not signed it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Twilio should come again. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    receive_text: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is kept and acted on; what to answer. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/xml": string;
                };
            };
            /** @description Twilio has not signed it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Twilio should come again. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    record_mail_event: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is recorded. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `body_unreadable` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `signature_invalid` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `body_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `webhook_not_configured`, or Resend should come again. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It lives. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    "application/json": components["schemas"]["Alive"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["TooSlow"];
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can work. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ready",
                     *       "checks": {
                     *         "database": "ok"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Ready"];
                };
            };
            422: components["responses"]["InvalidInput"];
            500: components["responses"]["OurFault"];
            /** @description It can't, or is about to stop. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            504: components["responses"]["TooSlow"];
        };
    };
}
