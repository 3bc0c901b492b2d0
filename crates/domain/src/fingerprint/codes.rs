//! The few numbers that name a cause and are therefore not masked: HTTP statuses, SQLSTATEs, numbers of errors, exits and signals.
//!
//! A number by itself never says that it is one. The words before it do, so only a number behind such words is kept, and only when it has the form
//! of such a code. `order 404` is masked, `status 404` is not.

/// Before a status of HTTP (RFC 9110 section 15): three digits, 100 to 599.
const BEFORE_STATUS: [&str; 17] = [
    "http",
    // The version of the protocol, masked.
    "http/<id>",
    "http error",
    "http code",
    "http_code",
    "http status",
    "response code",
    "responsecode",
    "response status",
    "responded with",
    "status",
    "status of",
    "status code",
    "statuscode",
    "status_code",
    "server returned",
    "server error",
];

/// Before the number of an error, an exit or a signal: at most five digits (the widest of use are those of Windows Sockets).
const BEFORE_NUMBER: [&str; 21] = [
    "errno",
    "winerror",
    "os error",
    "error code",
    "errorcode",
    "error_code",
    "error number",
    "errcode",
    "exit code",
    "exitcode",
    "exit_code",
    "exit status",
    "with code",
    "reason code",
    "result code",
    "return code",
    "returncode",
    "signal",
    "sqlcode",
    "vendor code",
    "vendorcode",
];

/// Before a SQLSTATE: five digits or capital letters (ISO 9075).
const BEFORE_SQLSTATE: [&str; 3] = ["sqlstate", "sql state", "sql_state"];

/// Before a code of Windows in hex: `0x80004005`, `0xC0000005`.
const BEFORE_HEX: [&str; 5] = ["hresult", "ntstatus", "error code", "exit code", "exception code"];

/// Vendors' own numbers, with what stands before them: Oracle.
const VENDOR_DASHED: [&str; 3] = ["ORA-", "TNS-", "PLS-"];

/// Vendors' own numbers, in one word: `MongoDB`'s duplicate key, Microsoft Entra, `PostgREST`.
const VENDOR_WORDS: [&str; 3] = ["E11000", "AADSTS", "PGRST"];

/// Whether a run of letters and digits names the cause. `before` is the masked text so far, `after` what follows within the same piece.
pub(super) fn name_the_cause(before: &str, run: &str, after: &str) -> bool {
    if run.len() > 16 || !run.is_ascii() || !run.bytes().any(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let mut following = after.bytes();
    if matches!(following.next(), Some(b'.' | b'-' | b'/' | b'_'))
        && following.next().is_some_and(|b| b.is_ascii_alphanumeric())
    {
        return false;
    }
    let digits = run.bytes().all(|byte| byte.is_ascii_digit());
    if digits && run.len() == 5 && VENDOR_DASHED.iter().any(|vendor| before.ends_with(vendor)) {
        return true;
    }
    if VENDOR_WORDS.iter().any(|vendor| {
        run.strip_prefix(vendor).is_some_and(|rest| rest.len() <= 7 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    }) {
        return true;
    }
    let words = before.trim_end_matches([' ', ':', '=', '#', '(', '[', '-']);
    // Farther away the words speak of something else.
    if before.len() - words.len() > 3 || words.len() == before.len() {
        return false;
    }
    let behind = |list: &[&str]| list.iter().any(|phrase| ends_with_words(words, phrase));
    let status = digits && run.len() == 3 && matches!(run.as_bytes()[0], b'1'..=b'5');
    (status && behind(&BEFORE_STATUS))
        || (digits && run.len() <= 5 && behind(&BEFORE_NUMBER))
        || (is_sqlstate(run) && behind(&BEFORE_SQLSTATE))
        || (is_windows_code(run) && behind(&BEFORE_HEX))
}

fn is_sqlstate(run: &str) -> bool {
    run.len() == 5 && run.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn is_windows_code(run: &str) -> bool {
    run.strip_prefix("0x").is_some_and(|hex| {
        hex.len() == 8 && hex.starts_with(['8', 'C', 'c']) && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Whether the text ends with these words, in whatever case, as words of their own or as the end of a name such as `httpStatusCode`.
pub(super) fn ends_with_words(text: &str, words: &str) -> bool {
    let (text, words) = (text.as_bytes(), words.as_bytes());
    let Some(start) = text.len().checked_sub(words.len()) else { return false };
    text[start..].eq_ignore_ascii_case(words)
        && (start == 0 || !text[start - 1].is_ascii_alphanumeric() || text[start].is_ascii_uppercase())
}
