//! Which pieces of text a machine made: dates, addresses, paths, identifiers. Each question reads its piece once, from left to right.

/// `2026-11-20`, `20.11.2026`, `2026-11-20T12:34:56.789+01:00`, `12:34:56`. Hours and minutes alone are not: `10:25` is as often a line and a
/// column.
pub(super) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    match day(bytes) {
        Some(end) if end == bytes.len() => true,
        Some(end) if matches!(bytes[end], b'T' | b't' | b'_') => {
            clock(&bytes[end + 1..]).is_some_and(|(length, _)| zone(&bytes[end + 1 + length..]))
        }
        Some(_) => false,
        None => clock(bytes).is_some_and(|(length, seconds)| seconds && zone(&bytes[length..])),
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The length of a date at the start: year first or last, three numbers, one separator.
fn day(bytes: &[u8]) -> Option<usize> {
    let first = digits(bytes);
    let separator = *bytes.get(first)?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let second = digits(&bytes[first + 1..]);
    let at = first + 1 + second;
    if *bytes.get(at)? != separator {
        return None;
    }
    let third = digits(&bytes[at + 1..]);
    let year_first = first == 4 && (1..=2).contains(&third);
    let year_last = (1..=2).contains(&first) && third == 4;
    ((year_first || year_last) && (1..=2).contains(&second)).then_some(at + 1 + third)
}

/// The length of a time of day at the start, and whether it names seconds.
fn clock(bytes: &[u8]) -> Option<(usize, bool)> {
    let hours = digits(bytes);
    if !(1..=2).contains(&hours) || bytes.get(hours) != Some(&b':') || digits(&bytes[hours + 1..]) != 2 {
        return None;
    }
    let mut length = hours + 3;
    if bytes.get(length) != Some(&b':') || digits(&bytes[length + 1..]) != 2 {
        return Some((length, false));
    }
    length += 3;
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(&bytes[length + 1..]);
    }
    Some((length, true))
}

/// Nothing, `Z`, or an offset.
fn zone(bytes: &[u8]) -> bool {
    match bytes {
        [] | [b'Z' | b'z'] => true,
        [b'+' | b'-', offset @ ..] => {
            (2..=5).contains(&offset.len()) && offset.iter().all(|byte| byte.is_ascii_digit() || *byte == b':')
        }
        _ => false,
    }
}

/// `10.0.0.1`, with a port or a prefix length; `2001:db8::1`.
pub(super) fn is_ip(text: &str) -> bool {
    is_ipv4(text) || is_ipv6(text)
}

fn is_ipv4(text: &str) -> bool {
    let (address, rest) = text.split_once([':', '/']).unwrap_or((text, "0"));
    let mut groups = 0;
    let numbers = address.split('.').all(|group| {
        groups += 1;
        (1..=3).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit())
    });
    numbers && groups == 4 && !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_ipv6(text: &str) -> bool {
    let text = text.split('%').next().unwrap_or(text);
    let colons = text.bytes().filter(|byte| *byte == b':').count();
    // Six groups of two are a hardware address: an address all the same.
    let enough = colons >= 5 || text.contains("::");
    enough
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.')
}

/// `name@example.com`.
pub(super) fn is_mail(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_fits = !local.is_empty() && local.chars().all(|c| c.is_alphanumeric() || "._%+-'".contains(c));
    let domain_fits = domain.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-');
    let top = domain.rsplit('.').next().unwrap_or_default();
    local_fits
        && domain_fits
        && domain.contains('.')
        && top.chars().count() >= 2
        && top.chars().all(char::is_alphabetic)
}

/// A file's or an address's path. `and/or`, `text/html` and `I/O` are words.
pub(super) fn is_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes {
        [b'/', _, ..] | [b'~', b'/', ..] | [b'\\', b'\\', _, ..] => return true,
        [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic() => return true,
        _ => {}
    }
    if text.starts_with("./") || text.starts_with("../") {
        return true;
    }
    let slashes = bytes.iter().filter(|byte| **byte == b'/').count();
    slashes >= 2 || (slashes == 1 && has_extension(text))
}

fn has_extension(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or_default();
    // `main.rs:12:3` has a line and a column.
    let name = name.split(':').next().unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=5).contains(&extension.len())
            && extension.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Ends that hosts have and that members of modules seldom have: no `id`, `is`, `to`, `in`, `py`, `rs`, `sh`.
const HOST_ENDS: [&str; 39] = [
    "ai",
    "app",
    "at",
    "au",
    "biz",
    "ca",
    "ch",
    "cloud",
    "cn",
    "co",
    "com",
    "corp",
    "cz",
    "de",
    "dev",
    "dk",
    "edu",
    "es",
    "eu",
    "example",
    "fi",
    "fr",
    "gov",
    "info",
    "internal",
    "invalid",
    "io",
    "jp",
    "lan",
    "local",
    "localdomain",
    "net",
    "nl",
    "onion",
    "org",
    "ru",
    "se",
    "svc",
    "uk",
];

/// `db-1.example.com`, `localhost`, with or without a port.
pub(super) fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    if name == "localhost" {
        return true;
    }
    let fits = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let end = name.rsplit('.').next().unwrap_or_default();
    // Any name may be a host's when a port follows, but for a file's, which a line follows.
    let known = HOST_ENDS.contains(&end) || (port.len() >= 2 && !SOURCE_ENDS.contains(&end) && end.len() >= 2);
    name.contains('.') && name.split('.').all(fits) && known
}

/// Ends of files whose names errors tell together with a line.
const SOURCE_ENDS: [&str; 24] = [
    "c", "cc", "cpp", "cs", "erb", "ex", "exs", "go", "h", "hpp", "html", "java", "js", "jsx", "kt", "mjs", "php",
    "py", "rb", "rs", "scala", "swift", "ts", "tsx",
];

/// Whether text begins with a UUID, 36 bytes long, that ends there.
pub(super) fn starts_with_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 36
        && bytes[..36].iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
        && bytes.get(36).is_none_or(|byte| !byte.is_ascii_alphanumeric())
}

/// Whether a run of letters and digits, as a whole, was made by a machine: `0x7ffe`, `9f86d08`, `a8Zk3Lq9`, `NffrFeUfNV2Hib`, `1e5`.
pub(super) fn is_identifier(run: &str) -> bool {
    let mut letters = 0_usize;
    let mut groups = 0_usize;
    let mut humps = 0_usize;
    let mut hex = true;
    let mut previous = ' ';
    for c in run.chars() {
        let digit = c.is_numeric();
        groups += usize::from(digit && !previous.is_numeric());
        letters += usize::from(!digit);
        humps += usize::from(!digit && (!previous.is_alphabetic() || (c.is_uppercase() && !previous.is_uppercase())));
        hex &= c.is_ascii_hexdigit();
        previous = c;
    }
    let mixed = groups > 0 && letters > 0;
    // `Int32Array` and `OAuth2Client` are made of words; three letters to a word, or fewer, are chance.
    let random = humps >= 3 && letters < 3 * humps;
    let prefixed = run.strip_prefix("0x").or_else(|| run.strip_prefix("0X"));
    prefixed.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || (mixed && hex && run.len() >= 7)
        || (mixed && groups >= 2 && run.len() >= 5)
        || (mixed && random && run.len() >= 10)
        || is_exponent(run)
}

/// `1e5`, `1e-5`.
fn is_exponent(run: &str) -> bool {
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    run.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        all_digits(mantissa) && all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
    })
}

/// The length of the signed exponent that follows the first `run` bytes of the text; zero when they are no `1e` or none follows.
pub(super) fn signed_exponent(text: &str, run: usize) -> usize {
    let (mantissa, rest) = text.as_bytes().split_at(run);
    let open = matches!(mantissa, [head @ .., b'e' | b'E'] if !head.is_empty() && digits(head) == head.len());
    match rest {
        [b'+' | b'-', exponent @ ..] if open => match digits(exponent) {
            0 => 0,
            length if exponent.get(length).is_some_and(u8::is_ascii_alphanumeric) => 0,
            length => length + 1,
        },
        _ => 0,
    }
}

/// What a build puts into a name: an address, at least eight hex digits, or at least five digits. Shorter runs may be part of a name that means
/// something (`handler2`), and frames must stay apart.
pub(super) fn is_build_hash(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (word.len() >= 8 && digits > 0 && hex(word))
        || (word.len() >= 5 && digits == word.len())
        || word.strip_prefix("0x").is_some_and(|rest| !rest.is_empty() && hex(rest))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A month's English name, whole or its first three letters.
pub(super) fn is_month(word: &str) -> bool {
    is_name_of(word, &MONTHS)
}

/// A weekday's English name, whole or its first three letters.
pub(super) fn is_weekday(word: &str) -> bool {
    is_name_of(word, &WEEKDAYS)
}

fn is_name_of(word: &str, names: &[&str]) -> bool {
    word.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
        && names.iter().any(|name| word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..3]))
}
