//! The words, as [`super::fold`] leaves them; those of the exact lists also without spaces.

/// Exactly these, whatever stands between their letters: Twilio's, CTIA's and the FCC's words, those of carriers, and the
/// same in Spanish and French.
#[rustfmt::skip]
pub const STOP: &[&str] = &[
    "stop", "stopall", "stopit", "stopnow", "stopsms", "stoptext", "stoptexts", "stopmessages", "stopthis", "stopplease", "pleasestop",
    "unsubscribe", "unsubscribeme", "unsubscribeall", "unsub", "cancel", "cancelall", "end", "endall", "quit",
    "revoke", "revokeall", "optout", "optmeout", "optoutall", "remove", "removeme", "arret", "arreter", "arretez",
    "td", "alto", "parar", "pare", "detener", "baja", "cancelar", "nomas", "basta",
];

/// Only what says so exactly lifts an opt-out.
pub const START: &[&str] = &["start", "yes", "unstop"];

pub const HELP: &[&str] = &["help", "helpme", "helpplease", "info", "ayuda", "aide"];

/// The words that Twilio answers by itself, on every sender, where they are the whole text.
#[rustfmt::skip]
pub const TWILIO_ANSWERS: &[&str] = &[
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP",
    "HELP", "INFO",
];

/// They don't change what "stop" means.
#[rustfmt::skip]
pub const FILLERS: &[&str] = &[
    "please", "pls", "plz", "plse", "thanks", "thank", "you", "u", "thx", "ty", "now", "all", "me", "ok", "okay",
    "kindly", "hi", "hello", "hey", "just", "immediately", "today", "por", "favor", "porfavor", "gracias", "sil",
    "vous", "plait", "merci",
];

/// Words as people shorten them, and what they stand for.
#[rustfmt::skip]
pub const SHORT_FORMS: &[(&str, &str)] = &[
    ("txt", "text"), ("txts", "texts"), ("txting", "texting"), ("txtin", "texting"), ("textin", "texting"),
    ("msg", "message"), ("msgs", "messages"), ("msging", "messaging"),
];

/// Whole texts, besides [`FILLERS`], that nobody types on purpose but who means stop.
#[rustfmt::skip]
pub const HOLDS_UP: &[&str] = &[
    "nomore", "st0p", "stopp", "stpo", "sotp", "stob", "spot", "stopt", "stip", "stap",
];

/// A sign instead of words.
pub const STOP_SIGNS: &[char] = &['\u{1f6d1}', '\u{26d4}', '\u{1f6ab}'];

/// Before "stop", they turn it round.
#[rustfmt::skip]
pub const NEGATIONS: &[&str] = &[
    "dont", "not", "never", "cant", "cannot", "wont", "didnt", "doesnt", "shouldnt", "couldnt", "wouldnt",
    "nunca",
];

/// Beside these, a negation asks why somebody goes on.
pub const ADDRESSED: &[&str] = &["you", "u", "ya", "yall", "they"];

/// Who is told "to stop", or says that somebody was.
#[rustfmt::skip]
pub const TOLD_TO_STOP: &[&str] = &[
    "you", "u", "yall", "them", "these", "this", "it", "texts", "text", "messages", "spam", "need", "needs", "have", "has",
    "asked", "told", "said", "want", "wanted", "like",
];

/// After these, a stop is a place or an event.
#[rustfmt::skip]
pub const NOT_BEFORE_STOP: &[&str] = &[
    "bus", "train", "next", "last", "first", "second", "one", "a", "the", "your", "my", "our", "their", "pit",
    "rest", "non", "nonstop", "short", "full", "truck", "quick", "to", "will", "ill", "well", "can", "could",
];

/// Before these, to stop is to visit, or to do something else.
#[rustfmt::skip]
pub const NOT_AFTER_STOP: &[&str] = &[
    "by", "in", "at", "over", "for", "near", "sign", "motion", "light", "watch",
];

/// What people write who don't want to be texted; a person decides.
#[rustfmt::skip]
pub const LIKELY: &[&str] = &[
    // To stop.
    "stop texting", "stop messaging", "stop contacting", "stop sending", "stop calling", "stop bothering",
    "stop harassing", "stop spamming", "stop these", "stop this", "stop the texts", "stop the messages",
    "stop it", "stop all", "stop now", "stop at once", "stop already", "stop for good", "stop for real",
    "stop for ever", "stop forever", "stop with", "quit it", "discontinue", "quit texting", "quit messaging", "quit sending", "quit contacting",
    "cease", "knock it off",
    // Off the list.
    "take me off", "take my", "get me off", "remove me", "remove my", "remove us",
    "remove this number", "remove this phone", "remove number", "remove phone", "remove from list",
    "remove from the list", "remove from this list", "remove from your list", "unsubscribe", "unsuscribe", "unsubcribe",
    "unsubscrib", "unsubscibe", "unsubsribe", "unsubscride", "unscribe", "unsuscribed", "unsubscribed", "unsub me", "opt out", "opting out", "opted out", "opt me out", "optout", "off your list",
    "off the list", "off this list", "delete me", "delete my", "delete this number", "lose my number",
    "lose this number", "forget my number", "erase my", "cancel my subscription", "cancel subscription",
    "cancel these", "cancel texts", "cancel messages", "end texts", "end messages", "revoke", "withdraw consent",
    "withdraw my consent",
    // Not to be texted.
    "do not text", "dont text", "do not message", "dont message", "do not contact", "dont contact", "do not send",
    "dont send", "do not call", "dont call", "dont ever text", "dont ever message",
    "dont ever contact", "dont ever call", "do not ever text", "do not ever message", "do not ever contact",
    "do not ever call", "never ever text", "never ever contact", "never text", "never contact", "never message",
    "no more texts", "no more text", "no more messages", "no more message", "no more sms",
    "no more of these", "no texts", "do not want", "dont want these", "dont want your", "dont want any",
    "dont want to receive", "dont want texts", "dont want messages", "no longer want", "no longer wish",
    "leave me alone", "leave us alone", "leave me tf alone", "leave me the fuck alone", "leave me the hell alone", "go away", "not interested", "no interest", "unwanted",
    // Not who was meant.
    "wrong number", "wrong person", "wrong phone", "not my number", "you have the wrong", "never signed up",
    "didnt sign up", "did not sign up", "never subscribed", "didnt subscribe", "never agreed", "never gave you",
    "no consent", "how did you get my number", "do not know you", "dont know you",
    // Complaints.
    "spam", "harassment", "harassing me", "lawsuit", "my lawyer", "sue you", "report you", "reporting you",
    "tcpa", "do not call list", "fuck off", "piss off",
    // Spanish.
    "no mas", "no me envie", "no me envien", "no me envies", "no me mande", "no me manden", "no me mandes",
    "no me escriba", "no me escriban", "no me escribas", "no me texteen", "no me llamen", "no quiero", "deje de",
    "deja de", "dejen de", "dejenme en paz", "dejame en paz", "de baja", "quiteme", "quitenme", "quitame",
    "borreme", "borrenme", "borrame", "eliminenme", "numero equivocado", "no me interesa", "no estoy interesado",
    "no estoy interesada", "paren de", "pare de",
    // French.
    "arretez", "desabonner", "desabonnez", "desinscrire", "ne plus recevoir", "mauvais numero", "faux numero",
];

/// The same in writing without spaces, or that bends its words: wherever it stands.
#[rustfmt::skip]
pub const LIKELY_WITHIN: &[&str] = &[
    "停止", "退订", "退訂", "取消订阅", "取消訂閱", "不要再", "别再发", "中止", "やめて", "그만", "중지", "수신거부",
    "стоп", "отпис", "отпиш", "прекратите", "перестаньте", "ストップ", "توقف", "الغاء", "הסר", "תפסיק",
];
