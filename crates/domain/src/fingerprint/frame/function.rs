//! What a frame's function is called by its programmer.

use std::borrow::Cow;

use super::{UNKNOWN, compiled, is_number, without_build_words};

/// Words before a name that say how it was called, of V8, Firefox and Swift.
const CALLED_AS: [&str; 10] = [
    "async ",
    "async*",
    "new ",
    "bound ",
    "static ",
    "specialized ",
    "@objc ",
    "promise callback*",
    "setTimeout handler*",
    "setInterval handler*",
];

/// Words before a place that say what part of a function it is, up to ` in `: of Ruby, Swift and Elixir.
const PART_OF: [&str; 7] =
    ["block ", "rescue in ", "ensure in ", "closure #", "implicit closure #", "partial apply for ", "anonymous fn"];

/// What V8 writes before functions that belong to nothing.
const RECEIVERS: [&str; 7] = ["Object.", "Module.", "Function.", "Array.", "Window.", "Context.", "global."];

/// What compilers of the GCC and LLVM families add to a function that they took apart.
const CLONES: [&str; 6] = [".cold.", ".isra.", ".constprop.", ".part.", ".llvm.", ".lto_priv."];

/// The function without closures' counters, types, arguments, offsets and hashes.
pub(super) fn stable(name: &str) -> String {
    // Most names: nothing of what follows is in them.
    if name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_') && !name.contains("_block_invoke") {
        return named(name);
    }
    let name = whole_part(name);
    let name = compiled_name(name);
    let name = without_closures(&name);
    let name = without_brackets(&name);
    let name = without_templates(&name);
    let name = without_offset(&name);
    let name = without_arguments(name);
    let name = without_clones(name);
    let name = compiled::without_generated(name);
    let name = go(&name);
    let name = without_build_words(&name);
    named(last_word(&name))
}

/// Ruby's `block (2 levels) in total`, Swift's `closure #1 in total()`, V8's `async total`, Objective-C's `__45-[Cart total]_block_invoke_2`.
fn whole_part(name: &str) -> &str {
    let mut name = name;
    if let Some((block, _)) = name.split_once("_block_invoke") {
        name = block.strip_prefix("__").map_or(block, |block| block.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    if PART_OF.iter().any(|words| name.starts_with(words))
        && let Some((_, whole)) = name.rsplit_once(" in ")
    {
        name = whole;
    }
    while let Some(rest) = CALLED_AS.iter().find_map(|words| name.strip_prefix(words)) {
        name = rest;
    }
    while let Some(rest) = name.strip_suffix("/<") {
        name = rest;
    }
    name
}

/// What follows the arguments in .NET's readable traces is a part of the method: `Checkout(int id)+MoveNext()`.
fn compiled_name(name: &str) -> Cow<'_, str> {
    let name = name.find(")+").map_or(name, |at| &name[..=at]);
    if compiled::is_csharp(name) { Cow::Owned(compiled::without_csharp(name)) } else { Cow::Borrowed(name) }
}

/// Rust's `total::{{closure}}::h0123456789abcdef`, PHP's `{closure}` with or without its place, C++'s `{lambda(int)#1}`.
fn without_closures(name: &str) -> Cow<'_, str> {
    let name = match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => path,
        _ => name,
    };
    if !name.contains('{') {
        return Cow::Borrowed(name);
    }
    // PHP 8.4: {closure:Shop\Cart::total():42}.
    if let Some((_, place)) = name.rsplit_once("{closure:") {
        let place = place.trim_end_matches('}');
        let place = match place.rsplit_once(':') {
            Some((place, line)) if is_number(line) => place,
            _ => place,
        };
        return Cow::Borrowed(place);
    }
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('{') {
        plain.push_str(&rest[..at]);
        let end = closing(&rest[at..], '{', '}').map_or(rest.len(), |end| at + end);
        let group = &rest[at..end];
        let kind = group.trim_matches(['{', '}']);
        let kind = kind.split(['(', '#', ':']).next().unwrap_or(kind);
        // What is a part of a named function is that function.
        if plain.ends_with("::") && matches!(kind, "closure" | "vtable.shim" | "shim" | "lambda") {
            plain.truncate(plain.len() - 2);
        } else if kind == "vtable.shim" || kind == "shim" {
            // Stands behind a name without a separator.
        } else {
            plain.push('{');
            plain.push_str(kind);
            plain.push('}');
        }
        rest = &rest[end..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Where the bracket that opens the text is closed.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close && !(c == '>' && matches!(previous, '-' | '=')) {
            depth -= 1;
            if depth == 0 {
                return Some(at + c.len_utf8());
            }
        }
        previous = c;
    }
    None
}

/// Go's type arguments, `Map[...]`; V8's `get [as total]`; Rust's `shop[0f1e2d3c4b5a6978]::total`. Not the methods of Objective-C, `-[Cart total]`.
fn without_brackets(name: &str) -> Cow<'_, str> {
    without_groups(name, '[', ']', |before| before.is_alphanumeric() || matches!(before, '_' | ' ' | ')' | ']'))
}

/// Arguments of templates and generics: `vector<int>::push_back`, `Get<T>`, `total::<u32>`. Not `<module>`, `<init>`, `<Cart as Total>::total`.
fn without_templates(name: &str) -> Cow<'_, str> {
    if name.contains("operator<") || name.contains("operator>") || name.contains("operator-") {
        return Cow::Borrowed(name);
    }
    without_groups(name, '<', '>', |before| before.is_alphanumeric() || matches!(before, '_' | ':'))
}

fn without_groups(name: &str, open: char, close: char, goes: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !name.contains(open) {
        return Cow::Borrowed(name);
    }
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find(open) {
        plain.push_str(&rest[..at]);
        match closing(&rest[at..], open, close).filter(|_| plain.ends_with(&goes)) {
            Some(length) => {
                plain.truncate(plain.trim_end_matches([' ', ':']).len());
                rest = &rest[at + length..];
            }
            None => {
                plain.push(open);
                rest = &rest[at + open.len_utf8()..];
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Without the argument list at the end, and what may stand behind it.
fn without_arguments(name: &str) -> &str {
    let name =
        name.split(") -> ").next().filter(|head| head.len() < name.len()).map_or(name, |head| &name[..=head.len()]);
    let name = name.trim_end_matches(" const").trim_end_matches(" noexcept").trim_end();
    if !name.ends_with(')') {
        return name;
    }
    let mut depth = 0_usize;
    for (at, byte) in name.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let head = name[..at].trim_end();
            return if head.is_empty() { name } else { head };
        }
    }
    name
}

/// Without `+ 123` and `+0x1a`.
fn without_offset(name: &str) -> &str {
    match name.rsplit_once('+') {
        Some((head, offset)) if !head.trim().is_empty() => {
            let offset = offset.trim();
            let hex = offset.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
            if hex || is_number(offset) { head.trim_end() } else { name }
        }
        _ => name,
    }
}

fn without_clones(name: &str) -> &str {
    let cut = CLONES.iter().filter_map(|mark| {
        let at = name.find(mark)?;
        name[at + mark.len()..].starts_with(|c: char| c.is_ascii_digit()).then_some(at)
    });
    cut.min().map_or(name, |at| &name[..at])
}

/// Go's closures, wrappers and numbered initialisers: `main.(*Server).Serve.func1.2`, `main.Serve.gowrap1`, `main.init.0`, `main.Serve-fm`.
fn go(name: &str) -> Cow<'_, str> {
    let plain = name.strip_suffix("-fm").unwrap_or(name);
    let plain = match plain.rsplit_once("-range") {
        Some((head, number)) if is_number(number) => head,
        _ => plain,
    };
    let mut end = 0;
    let mut kept: Option<String> = None;
    for (index, part) in plain.split('.').enumerate() {
        let start = end;
        end += part.len() + 1;
        if index == 0 {
            continue;
        }
        let numbered = |word: &str| part.strip_prefix(word).is_some_and(is_number);
        if numbered("func") || numbered("gowrap") || numbered("deferwrap") {
            return Cow::Owned(format!("{}.func", plain[..start.saturating_sub(1)].trim_end_matches('.')));
        }
        if is_number(part) {
            kept.get_or_insert_with(|| plain[..start.saturating_sub(1)].to_owned());
        } else if let Some(kept) = &mut kept {
            kept.push('.');
            kept.push_str(part);
        }
    }
    kept.map_or(Cow::Borrowed(plain), Cow::Owned)
}

/// Without the type of what it returns, which stands before it: `void Cart::total`. Names that have spaces of their own stay.
fn last_word(name: &str) -> &str {
    if name.contains(['<', '[', '(', '{']) {
        return name;
    }
    match name.rsplit_once(' ') {
        Some((head, _)) if head.ends_with("operator") => name,
        Some((_, last)) => last,
        None => name,
    }
}

/// Without the receiver that V8 invents, and `?` when nobody named it.
fn named(name: &str) -> String {
    let name = RECEIVERS.iter().find_map(|receiver| name.strip_prefix(receiver)).unwrap_or(name);
    if is_anonymous(name) {
        return UNKNOWN.to_owned();
    }
    match name.rsplit_once('.') {
        Some((owner, member)) if is_anonymous(member) => format!("{owner}.{UNKNOWN}"),
        _ => name.to_owned(),
    }
}

fn is_anonymous(name: &str) -> bool {
    // Babel's generators of functions without a name are numbered: _callee2$.
    let callee = name
        .strip_prefix("_callee")
        .is_some_and(|rest| rest.trim_end_matches('$').bytes().all(|byte| byte.is_ascii_digit()));
    callee
        || matches!(
            name,
            "" | "?" | "#" | "anonymous" | "<anonymous>" | "<unknown>" | "(anonymous)" | "<anonymous closure>"
        )
}
