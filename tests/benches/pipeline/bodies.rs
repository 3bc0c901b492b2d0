//! Hooks as Sentry sends them: alerts about events, most of their size in frames with their variables.

use std::fmt::Write as _;

use domain::time::{Clock as _, Timestamp};
use integrations::request::Secret;
use integrations::sentry::{SigningSecret, sign};
use watchfire::clock::SystemClock;

const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) fn secret() -> SigningSecret {
    SigningSecret::new("1", Secret::new(SECRET.to_owned()))
}

/// A whole request, head and body.
pub(crate) type Signed = std::sync::Arc<[u8]>;

/// How the hooks hang together.
#[derive(Clone, Copy)]
pub(crate) enum Crowd {
    /// Each is another error of another issue.
    Strangers,
    /// Each is another issue of one error.
    Group,
    /// Events of so many issues, each another error.
    Issues(usize),
}

/// Numbers that look like chance and are the same in every run (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.next() % words.len() as u64).unwrap()]
    }
}

const NAMES: [&str; 24] = [
    "basket", "request", "customer", "total", "currency", "retries", "response", "session", "cursor", "payload",
    "timeout", "attempt", "order", "items", "shipping", "headers", "context", "result", "settings", "token", "voucher",
    "address", "quote", "self",
];
const MODULES: [&str; 12] = [
    "checkout.payments",
    "checkout.basket",
    "lantern.http.client",
    "lantern.db.session",
    "orders.views",
    "orders.models",
    "stock.reserve",
    "accounts.login",
    "mail.queue",
    "django.core.handlers.exception",
    "celery.app.trace",
    "urllib3.connectionpool",
];
const VERBS: [&str; 12] = [
    "charge",
    "load",
    "send",
    "quote",
    "reserve",
    "dispatch",
    "inner",
    "get_response",
    "execute",
    "commit",
    "urlopen",
    "resolve",
];
const LINES: [&str; 8] = [
    "        response = self.client.post(url, json=payload, timeout=timeout)",
    "    return get_response(request)",
    "        with session.begin() as cursor:",
    "    total = quote(basket).rounded(currency)",
    "        raise DeclinedByIssuer(response.status, retries)",
    "    for item in order.items.select_related(\\\"stock\\\"):",
    "        return self._execute(sql, params, many=False)",
    "    if attempt >= settings.MAX_RETRIES:",
];

/// Letters for a number: unlike digits they are no variable part of a name.
fn letters(mut number: usize) -> String {
    const FROM: &[u8; 16] = b"ghijklmnopqrstuv";
    let mut text = String::from("z");
    loop {
        text.push(char::from(FROM[number % 16]));
        number /= 16;
        if number == 0 {
            return text;
        }
    }
}

/// Signed hooks of about `size` bytes of body.
pub(crate) fn make(count: usize, size: usize, crowd: Crowd) -> Vec<Signed> {
    let now = SystemClock::start().wall();
    let secret = secret();
    let mut chance = Chance(size as u64);
    (0..count)
        .map(|number| {
            let (issue, group) = match crowd {
                Crowd::Strangers => (number, number),
                Crowd::Group => (number, 0),
                Crowd::Issues(issues) => (number % issues, number % issues),
            };
            let body = body(&mut chance, number, issue, group, now, size);
            let mut request = format!(
                "POST /api/sentry-webhook HTTP/1.1\r\nHost: watchfire.example.com\r\nUser-Agent: sentry/26.4.0\r\n\
                 Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n\
                 Request-ID: {:032x}\r\nSentry-Hook-Resource: event_alert\r\nSentry-Hook-Timestamp: {}\r\n\
                 Sentry-Hook-Signature: {}\r\nContent-Length: {}\r\n\r\n",
                chance.next(),
                now.millis() / 1000,
                sign(&secret, body.as_bytes()),
                body.len(),
            )
            .into_bytes();
            request.extend_from_slice(body.as_bytes());
            Signed::from(request)
        })
        .collect()
}

fn body(chance: &mut Chance, number: usize, issue: usize, group: usize, now: Timestamp, size: usize) -> String {
    let at = Timestamp::from_millis(now.millis() - 60_000 + i64::try_from(number % 60_000).unwrap());
    let id = 6_000_000_000_usize + issue;
    let seconds = at.millis() as f64 / 1_000.0;
    let mut text = String::with_capacity(size + 1024);
    let _ = write!(
        text,
        r#"{{"action":"triggered","actor":{{"type":"application","id":"sentry","name":"Sentry"}},"data":{{"event":{{"_ref":1,"_ref_version":2,"culprit":"checkout.payments in settle_{group}","datetime":"{at}","dist":null,"environment":"production","event_id":"{event:016x}{number:016x}","issue_id":"{id}","issue_url":"https://sentry.io/api/0/organizations/lantern/issues/{id}/","level":"error","location":"checkout/payments.py","logger":"","metadata":{{"type":"DeclinedByIssuer","value":"issuer did not answer"}},"platform":"python","project":4501,"received":{seconds},"timestamp":{seconds},"release":"lantern@4.2.0","title":"DeclinedByIssuer: issuer did not answer","transaction":"/checkout/pay","type":"error","url":"https://sentry.io/api/0/projects/lantern/checkout/events/{event:016x}{number:016x}/","web_url":"https://lantern.sentry.io/issues/{id}/events/{event:016x}{number:016x}/","tags":[["environment","production"],["level","error"],["handled","no"],["runtime","CPython 3.13.1"],["server_name","web-{server}"],["user","id:{user}"]],"user":{{"id":"{user}","ip_address":"203.0.113.{server}"}},"request":{{"method":"POST","url":"https://shop.example.com/checkout/pay","headers":[["X-Request-Id","{trace:032x}"],["User-Agent","Mozilla/5.0 (X11; Linux x86_64; rv:140.0)"]]}},"contexts":{{"trace":{{"trace_id":"{trace:032x}","span_id":"{span:016x}","op":"http.server"}}}},"exception":{{"values":[{{"type":"DeclinedByIssuer","value":"issuer did not answer","module":"checkout.errors","mechanism":{{"type":"django","handled":false}},"stacktrace":{{"frames":["#,
        group = letters(group),
        event = chance.next(),
        server = chance.next() % 250,
        user = chance.next() % 1_000_000,
        trace = chance.next(),
        span = chance.next(),
    );
    let tail = format!(
        r#"{{"abs_path":"/srv/lantern/checkout/payments.py","context_line":"        raise DeclinedByIssuer(response.status)","filename":"checkout/payments.py","function":"settle_{}","in_app":true,"lineno":311,"module":"checkout.payments"}}]}}}}]}}}},"triggered_rule":"Page the team"}},"installation":{{"uuid":"7a485448-a9e2-4c85-8a3c-4f44175783c9"}}}}"#,
        letters(group),
    );
    while let Some(room) = size.checked_sub(text.len() + tail.len()).filter(|room| *room > 0) {
        frame(chance, &mut text, room);
    }
    text.push_str(&tail);
    text
}

/// One frame, with as many variables as there is room for, at most ten.
fn frame(chance: &mut Chance, text: &mut String, room: usize) {
    let begin = text.len();
    let module = chance.of(&MODULES);
    let path = module.replace('.', "/");
    let _ = write!(
        text,
        r#"{{"abs_path":"/srv/lantern/{path}.py","colno":null,"context_line":"{}","data":{{"orig_in_app":1}},"errors":null,"filename":"{path}.py","function":"{}","in_app":false,"lineno":{},"module":"{module}","package":null,"pre_context":["{}","{}"],"post_context":["{}"],"vars":{{"depth":"{}""#,
        chance.of(&LINES),
        chance.of(&VERBS),
        chance.next() % 900,
        chance.of(&LINES),
        chance.of(&LINES),
        chance.of(&LINES),
        chance.next() % 60,
    );
    for place in 0..10 {
        if text.len() - begin > room {
            break;
        }
        let name = chance.of(&NAMES);
        let _ = match chance.next() % 4 {
            0 => write!(
                text,
                r#","{name}_{place}":"<{} object at 0x7f{:010x}>""#,
                chance.of(&NAMES),
                chance.next() >> 24
            ),
            1 => write!(
                text,
                r#","{name}_{place}":{{"id":{},"currency":"'EUR'","state":"'{}'"}}"#,
                chance.next() % 1_000_000,
                chance.of(&VERBS)
            ),
            2 => write!(text, r#","{name}_{place}":"'{:016x}{:016x}'""#, chance.next(), chance.next()),
            _ => write!(
                text,
                r#","{name}_{place}":["<{}>","{} of {}","None"]"#,
                chance.of(&NAMES),
                chance.next() % 100,
                chance.of(&NAMES)
            ),
        };
    }
    text.push_str("}},");
}
