//! Names that compilers and runtimes make: state machines and closures of C#, proxies and lambdas of the JVM.

use std::borrow::Cow;

use super::is_number;

/// The class that a C# state machine was made in, and the method that it was made from:
/// `Shop.Cart+<Checkout>d__12` is `Shop.Cart` and `Checkout`.
pub(super) fn split_state_machine(module: &str) -> (Cow<'_, str>, Option<String>) {
    if !is_csharp(module) {
        return (Cow::Borrowed(module), None);
    }
    let machine = module.contains(">d");
    let plain = without_csharp(module);
    match plain.rsplit_once(['.', '+']) {
        Some((class, member)) if machine => (Cow::Owned(class.to_owned()), Some(member.to_owned())),
        _ => (Cow::Owned(plain), None),
    }
}

/// Whether the C# compiler made a part of the name (Roslyn's `GeneratedNames`).
pub(super) fn is_csharp(name: &str) -> bool {
    name.contains('<') && [">d__", ">b__", ">g__", "<>c"].iter().any(|mark| name.contains(mark))
}

/// `<Checkout>d__12.MoveNext` and `<>c__DisplayClass5_0.<Checkout>b__0` are `Checkout`; `<Checkout>g__Tax|5_0` is `Checkout.Tax`.
pub(super) fn without_csharp(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(tail) = rest.strip_prefix("<>c") {
            rest = tail.strip_prefix("__DisplayClass").unwrap_or(tail).trim_start_matches(is_counter);
            plain.truncate(plain.trim_end_matches(['.', '+']).len());
            continue;
        }
        let Some((mark, kind)) =
            [">d__", ">b__", ">g__"].iter().filter_map(|kind| rest.find(kind).map(|mark| (mark, *kind))).min()
        else {
            break;
        };
        plain.push_str(rest[..mark].trim_matches(['<', '>', '$']));
        rest = &rest[mark + kind.len()..];
        if kind == ">g__" {
            let end = rest.find(['|', '.', '+', '(']).unwrap_or(rest.len());
            plain.push('.');
            plain.push_str(&rest[..end]);
            rest = rest[end..].trim_start_matches('|');
        }
        rest = rest.trim_start_matches(is_counter);
        // An asynchronous closure is a machine made from a closure.
        rest = rest.strip_prefix(">d").unwrap_or(rest);
        for run in [".MoveNext", "+MoveNext"] {
            rest = rest.strip_prefix(run).unwrap_or(rest);
        }
    }
    plain.push_str(rest);
    plain.trim_matches(['.', '+']).to_owned()
}

fn is_counter(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

/// A name of the JVM without what proxies, lambdas and counters add: `Cart$$EnhancerBySpringCGLIB$$3f2a`, `Cart$1`, `lambda$total$0`,
/// `Cart$$Lambda$14/0x0008`, `$Proxy88`, `Cart_$$_javassist_1`, `Cart$HibernateProxy$x1`.
pub(super) fn without_generated(name: &str) -> Cow<'_, str> {
    if !name.contains('$') {
        return Cow::Borrowed(name);
    }
    let mut name = name;
    for mark in ["_$$_", "$$", "$HibernateProxy", "$ByteBuddy", "$MockitoMock"] {
        if let Some(at) = name.find(mark).filter(|at| *at > 0) {
            name = &name[..at];
        }
    }
    let mut plain = String::with_capacity(name.len());
    for (index, part) in name.split('$').enumerate() {
        let part = match part.trim_end_matches(|c: char| c.is_ascii_digit()) {
            proxy @ "Proxy" => proxy,
            _ => part,
        };
        // Clang's closures are `$_0`; counters move with each edit.
        if index > 0 && is_number(part.strip_prefix('_').unwrap_or(part)) {
            continue;
        }
        if index > 0 {
            plain.push('$');
        }
        // `Cart$1.run` is a member of a numbered class.
        match part.split_once(['.', ':']) {
            Some((counter, member)) if index > 0 && is_number(counter.strip_prefix('_').unwrap_or(counter)) => {
                plain.pop();
                plain.push('.');
                plain.push_str(member);
            }
            _ => plain.push_str(part),
        }
    }
    Cow::Owned(plain)
}
