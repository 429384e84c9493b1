use super::*;
use InboundKeyword::{Help, LikelyRevocation, Other, Start, Stop};

/// Each text of `texts` asks for `wanted`; all that differ are named.
fn all(wanted: InboundKeyword, texts: &[&str]) {
    let wrong: Vec<_> = texts
        .iter()
        .map(|text| (text, InboundKeyword::of(text, None)))
        .filter(|(_, found)| *found != wanted)
        .collect();
    assert!(wrong.is_empty(), "not {wanted:?}: {wrong:?}");
}

#[rustfmt::skip]
#[test]
fn whoever_says_stop_is_not_misunderstood_however_they_type_it() {
    all(
        Stop,
        &[
            "STOP", "stop", "Stop", " stop ", "stop.", "STOP!!!", "\"Stop\"", "(stop)", "*STOP*", "stop\n",
            "\u{feff}stop", "s-t-o-p", "S T O P", "S.T.O.P.", "ＳＴＯＰ", "ｓｔｏｐ！", "STÓP", "sto\u{301}p", "𝐒𝐓𝐎𝐏",
            "ⓢⓣⓞⓟ", "STOP 🛑", "🛑 stop 🛑", "STOP 😡😡", "s\u{200b}top", "STOOOOP", "stoppp!!", "stop stop stop",
            "Stop please", "please stop", "PLEASE STOP.", "pls stop", "Ok, stop now. Thanks", "Stop, thank you",
            "STOP ALL", "stopall", "Stop-All", "opt out", "OPT-OUT", "optout", "Opt Out please", "opt_out",
            "Unsubscribe", "UNSUBSCRIBE ME", "unsub", "cancel", "Cancel.", "CANCEL ALL", "end", "END!", "quit",
            "Quit please", "revoke", "REVOKE", "remove", "Remove me", "remove me please", "ARRET", "Arrêt",
            "arrêter", "TD", "ALTO", "alto por favor", "Parar", "BAJA", "cancelar", "Detener", "no más", "NO MAS",
            "basta",
        ],
    );
}

#[rustfmt::skip]
#[test]
fn only_what_says_so_exactly_starts_or_asks_for_help() {
    all(Start, &["START", "start", "Start.", "yes", "YES!", "Unstop", "ＳＴＡＲＴ", "s t a r t", "UN-STOP"]);
    all(Help, &["HELP", "help", "Help!", "help?", "INFO", "info.", "Ayuda", "¡AYUDA!", "help me", "ＨＥＬＰ"]);
    all(
        Other,
        &[
            "yes please", "yes, see you at 5", "start the car", "when do you start?", "I need help with my order",
            "more info on the blue one", "si", "sure", "yess", "YESSS", "STAAART", "unstoppp", "startup",
        ],
    );
}

#[rustfmt::skip]
#[test]
fn words_of_their_own_are_left_to_a_person() {
    all(
        LikelyRevocation,
        &[
            "please stop texting me", "stop texting", "Stop texting me!!", "don’t text me", "Do not text",
            "take me off", "Could you stop sending me these?", "STOP SENDING ME THIS CRAP", "I said stop",
            "Yes please stop", "stop who is this", "Stop, I mean it", "take me off your list",
            "Take me off this list please", "Please remove me from the list", "wrong number", "Wrong number!",
            "sorry you have the wrong person", "do not text this number again", "Don't text me anymore",
            "DONT TEXT ME EVER AGAIN", "don’t contact me", "no more messages", "No more texts please",
            "leave me alone", "LEAVE ME ALONE!!", "lose my number", "Delete my number", "not interested",
            "Not interested, thanks", "I want to opt out", "How do I unsubscribe?", "unsubscribe me from this",
            "I never signed up for this", "this is spam", "I'm reporting you", "quit texting me",
            "I revoke my consent", "cancel my subscription", "go away", "st0p", "STOPP", "🛑", "🚫🚫",
            "no me manden más mensajes", "Deje de enviarme mensajes", "número equivocado", "quiero darme de baja",
            "arrêtez de m'écrire", "I no longer want these",
            // Somebody was told to.
            "I told you to stop", "I asked you to stop", "I want you to stop", "I want these texts to stop",
            "You need to STOP!!!", "Stop at once", "STOP FOR GOOD", "stop for real", "omg stop already",
            "seriously stop with the texts", "quit it",
            // A complaint is no negation.
            "Why won't you stop texting me", "Why don’t you stop texting me", "You won't stop texting me",
            "NO MORE", "Please no more", "Do not ever text me again", "dont txt me", "no more msgs",
            "leave me tf alone", "REMOVE FROM LIST", "remove number", "please remove this phone number",
            "unsuscribe", "unsubcribe please", "discontinue", "СТОП", "停止", "请退订", "그만", "수신거부", "отпишите меня",
            "I said “stop texting me”", "Liked “20% off! STOP to opt out", "“please stop”, she said", "توقف",
        ],
    );
}

#[rustfmt::skip]
#[test]
fn whoever_goes_on_talking_is_not_cut_off() {
    all(
        Other,
        &[
            "", " ", "👍", "❤️", "Thanks!", "don't stop", "Don’t stop!", "please don't stop texting me",
            "do not stop sending these", "never stop", "I'll stop by the shop", "stop by the shop",
            "Please stop by tomorrow", "can I stop in at 5?", "which bus stop?", "at the next stop",
            "the last stop", "the weekend", "at the end of the day", "in the end we came", "cancellation policy?",
            "quitting time is 5", "I can't wait", "what is the price", "C", "not now but maybe later",
            "is this interesting?", "number 5 please", "我要两个", "Привет", "\0", "1", "no", "nope",
            "see you at the alto", "I forgot to stop", "we have to stop at the bank first", "no more questions",
            "there is no more milk", "txt me later", "감사합니다",
            // What is quoted is ours.
            "Liked “20% off! Reply STOP to opt out”", "Loved “Sale. Text STOP to unsubscribe”",
            "👍 to “ Reply STOP to opt out ”", "\u{200a}👍\u{200b} to “\u{200a}STOP to opt out\u{200a}”\u{200a}",
            "Disliked \"Reply STOP to opt out\"", "Le gustó “Responda BAJA para darse de baja”",
            "Reacted 😂 to “STOP to unsubscribe”", "Removed a like from “STOP to unsubscribe”",
            "A aimé « Répondez STOP pour vous désabonner »",
        ],
    );
}

#[test]
fn twilios_own_verdict_wins() {
    for (body, kind, wanted) in [
        ("anything", "STOP", Stop),
        ("start", "stop", Stop),
        ("STOP", "START", Start),
        ("arretez", "HELP", Help),
        ("STOP", "", Stop),
        ("STOP", "LATER", Stop),
        ("hello", "LATER", Other),
    ] {
        assert_eq!(
            InboundKeyword::of(body, Some(kind)),
            wanted,
            "{body} {kind}"
        );
    }
}

#[test]
fn nobody_is_answered_twice() {
    for body in [
        "STOP", "stop", " Stop ", "REVOKE", "OptOut", "HELP", "info", "START", "yes", "unstop",
    ] {
        assert!(twilio_answers(body, None), "{body}");
    }
    for body in [
        "stop please",
        "opt out",
        "stop!",
        "ayuda",
        "ALTO",
        "",
        "ＳＴＯＰ",
        "stop stop",
    ] {
        assert!(!twilio_answers(body, None), "{body}");
        assert!(twilio_answers(body, Some("STOP")), "{body}");
        assert!(!twilio_answers(body, Some("")), "{body}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_strange(body in ".*", kind in proptest::option::of(".{0,8}")) {
        let _ = InboundKeyword::of(&body, kind.as_deref());
        let _ = twilio_answers(&body, kind.as_deref());
    }

    #[test]
    fn stop_is_stop_between_any_punctuation(before in "[ .,!?*_()-]{0,6}", after in "[ .,!?*_()-]{0,6}") {
        let body = format!("{before}StOp{after}");
        proptest::prop_assert_eq!(InboundKeyword::of(&body, None), Stop);
    }
}
