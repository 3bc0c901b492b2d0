//! Which addresses may be called. Targets come from configuration, but names resolve to whatever their owner says: without this
//! filter a webhook target is a way into the private network and to the cloud's metadata service.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use integrations::request::Reach;
use url::{Host, Url};

/// Why an address is not called. Holds nothing of the address but its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Neither https, nor http where that is allowed.
    Scheme,
    /// A user name or password in the address: it would end up in logs.
    Credentials,
    /// No host.
    NoHost,
    /// Not public; the operator may allow it.
    NotPublic(&'static str),
    /// Never called, whatever the configuration says.
    Never(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("only https is called (http with `allow_private = true`)"),
            Self::Credentials => f.write_str("an address with a user name or password is not called"),
            Self::NoHost => f.write_str("the address names no host"),
            Self::NotPublic(kind) => {
                write!(f, "{kind} address is not called (set `allow_private = true` if it is meant)")
            }
            Self::Never(kind) => write!(f, "{kind} address is never called"),
        }
    }
}

impl Error for Refusal {}

/// Judges an address before anything is opened: scheme, credentials, and the host if it is an IP literal in any spelling.
///
/// # Errors
/// Why it is not called.
pub fn check(url: &Url, reach: Reach) -> Result<(), Refusal> {
    match (url.scheme(), reach) {
        ("https", _) | ("http", Reach::Private) => {}
        _ => return Err(Refusal::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    match url.host() {
        None | Some(Host::Domain("")) => Err(Refusal::NoHost),
        // Judged by what it resolves to, see `allowed`.
        Some(Host::Domain(_)) => Ok(()),
        Some(Host::Ipv4(address)) => judge(IpAddr::V4(address), reach),
        Some(Host::Ipv6(address)) => judge(IpAddr::V6(address), reach),
    }
}

/// Of the addresses that a name resolved to, those that may be called.
///
/// # Errors
/// When none may be: why the first one may not. An empty answer is [`Refusal::NoHost`].
pub fn allowed(found: impl Iterator<Item = SocketAddr>, reach: Reach) -> Result<Vec<SocketAddr>, Refusal> {
    let mut first_refusal = Refusal::NoHost;
    let mut kept = Vec::new();
    for address in found {
        match judge(address.ip(), reach) {
            Ok(()) => kept.push(address),
            Err(refusal) if first_refusal == Refusal::NoHost => first_refusal = refusal,
            Err(_) => {}
        }
    }
    if kept.is_empty() { Err(first_refusal) } else { Ok(kept) }
}

/// Judges one address.
///
/// # Errors
/// Why it is not called.
pub fn judge(address: IpAddr, reach: Reach) -> Result<(), Refusal> {
    let place = match address {
        IpAddr::V4(address) => place_v4(address),
        IpAddr::V6(address) => place_v6(address),
    };
    match (place, reach) {
        (Place::Public, _) | (Place::Private(_), Reach::Private) => Ok(()),
        (Place::Private(kind), Reach::Public) => Err(Refusal::NotPublic(kind)),
        (Place::Never(kind), _) => Err(Refusal::Never(kind)),
        (Place::Inside(kind, _), Reach::Public) => Err(Refusal::NotPublic(kind)),
        (Place::Inside(_, inner), Reach::Private) => judge(IpAddr::V4(inner), reach),
    }
}

enum Place {
    Public,
    Private(&'static str),
    Never(&'static str),
    /// An IPv4 address inside an IPv6 one.
    Inside(&'static str, Ipv4Addr),
}

const METADATA: Place = Place::Never("a cloud metadata");

/// IANA's IPv4 special-purpose registry, and the metadata services that live outside link-local space.
fn place_v4(address: Ipv4Addr) -> Place {
    match address.octets() {
        [169, 254, 169, 254] | [168, 63, 129, 16] | [100, 100, 100, 200] => METADATA,
        [0, ..] => Place::Never("an unspecified"),
        [127, ..] => Place::Private("a loopback"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Place::Private("a private"),
        [100, 64..=127, ..] => Place::Private("a carrier-grade NAT"),
        [198, 18..=19, ..] => Place::Private("a benchmarking"),
        [169, 254, ..] => Place::Never("a link-local"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Place::Never("a documentation"),
        [192, 0, 0, _] | [192, 88, 99, _] => Place::Never("a protocol-assigned"),
        [224..=239, ..] => Place::Never("a multicast"),
        [255, 255, 255, 255] => Place::Never("the broadcast"),
        [240..=255, ..] => Place::Never("a reserved"),
        _ => Place::Public,
    }
}

/// IANA's IPv6 special-purpose registry. Only 2000::/3 is assigned as public, so the rest needs no list to be refused.
fn place_v6(address: Ipv6Addr) -> Place {
    if address.is_loopback() {
        return Place::Private("a loopback");
    }
    if address.is_unspecified() {
        return Place::Never("an unspecified");
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = Ipv4Addr::from((u32::from(g) << 16) | u32::from(h));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] => Place::Inside("an IPv4-mapped", inner),
        [0x64, 0xff9b, 0, 0, 0, 0] => Place::Inside("a NAT64", inner),
        [0xfd00, 0xec2, 0, 0, 0, 0] if g == 0 && h == 0x254 => METADATA,
        [0xfd20, 0xce, 0, 0, 0, 0] if g == 0 && h == 0x254 => METADATA,
        [0xfc00..=0xfdff, ..] => Place::Private("a unique local"),
        [0xfe80..=0xfebf, ..] => Place::Never("a link-local"),
        [0xff00..=0xffff, ..] => Place::Never("a multicast"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Place::Never("a documentation"),
        [0x2001, 0, ..] => Place::Never("a Teredo"),
        [0x2001, 0..=0x1ff, ..] => Place::Never("a protocol-assigned"),
        [0x2002, ..] => Place::Never("a 6to4"),
        [0x2000..=0x3fff, ..] => Place::Public,
        _ => Place::Never("an unassigned"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a table with a broken address is a broken test")]
mod tests {
    use super::*;

    /// Whether an address is called with `Reach::Public`, and with `Reach::Private`.
    const TABLE: &[(&str, bool, bool)] = &[
        // Public.
        ("https://hooks.slack.com/services/T/B/x", true, true),
        ("https://93.184.216.34/", true, true),
        ("https://93.184.216.34:8443/", true, true),
        ("https://[2606:2800:220:1:248:1893:25c8:1946]/", true, true),
        ("https://100.63.255.255/", true, true),
        ("https://100.128.0.1/", true, true),
        ("https://172.15.255.255/", true, true),
        ("https://172.32.0.1/", true, true),
        // Schemes and credentials.
        ("http://93.184.216.34/", false, true),
        ("http://example.com/", false, true),
        ("ftp://example.com/", false, false),
        ("file:///etc/passwd", false, false),
        ("unix://run/docker.sock", false, false),
        ("https://user@example.com/", false, false),
        ("https://user:pass@example.com/", false, false),
        ("https://example.com@10.0.0.1/", false, false),
        // Loopback in every spelling.
        ("https://127.0.0.1/", false, true),
        ("https://127.255.255.254/", false, true),
        ("https://127.1/", false, true),
        ("https://127.0.1/", false, true),
        ("https://0x7f.1/", false, true),
        ("https://0x7f000001/", false, true),
        ("https://0X7F.0x0.0x0.0x1/", false, true),
        ("https://2130706433/", false, true),
        ("https://0177.0.0.1/", false, true),
        ("https://017700000001/", false, true),
        ("https://127.0.0.1./", false, true),
        ("https://%31%32%37.0.0.1/", false, true),
        ("https://１２７.０.０.１/", false, true),
        ("https://127。0。0。1/", false, true),
        ("https://[::1]/", false, true),
        ("https://[0:0:0:0:0:0:0:1]/", false, true),
        // IPv4 inside IPv6.
        ("https://[::ffff:127.0.0.1]/", false, true),
        ("https://[::ffff:7f00:1]/", false, true),
        ("https://[::ffff:93.184.216.34]/", false, true),
        ("https://[64:ff9b::10.0.0.1]/", false, true),
        ("https://[::ffff:169.254.169.254]/", false, false),
        ("https://[64:ff9b::a9fe:a9fe]/", false, false),
        ("https://[64:ff9b:1::10.0.0.1]/", false, false),
        ("https://[::127.0.0.1]/", false, false),
        ("https://[2002:7f00:1::]/", false, false),
        ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", false, false),
        // Private networks.
        ("https://10.0.0.1/", false, true),
        ("https://172.16.0.1/", false, true),
        ("https://172.31.255.255/", false, true),
        ("https://192.168.1.1/", false, true),
        ("https://3232235777/", false, true),
        ("https://100.64.0.1/", false, true),
        ("https://198.18.0.1/", false, true),
        ("https://[fc00::1]/", false, true),
        ("https://[fd12:3456::1]/", false, true),
        // Metadata services and link-local.
        ("http://169.254.169.254/latest/meta-data/", false, false),
        ("http://2852039166/", false, false),
        ("http://0xa9fea9fe/", false, false),
        ("https://169.254.170.2/", false, false),
        ("https://168.63.129.16/", false, false),
        ("https://100.100.100.200/", false, false),
        ("https://192.0.0.192/", false, false),
        ("https://[fd00:ec2::254]/", false, false),
        ("https://[fd20:ce::254]/", false, false),
        ("https://[fe80::1]/", false, false),
        // Nothing that anybody means.
        ("https://0.0.0.0/", false, false),
        ("https://0/", false, false),
        ("https://[::]/", false, false),
        ("https://224.0.0.1/", false, false),
        ("https://[ff02::1]/", false, false),
        ("https://240.0.0.1/", false, false),
        ("https://255.255.255.255/", false, false),
        ("https://192.0.2.1/", false, false),
        ("https://198.51.100.7/", false, false),
        ("https://203.0.113.9/", false, false),
        ("https://192.88.99.1/", false, false),
        ("https://[2001:db8::1]/", false, false),
        ("https://[3fff::1]/", false, false),
        ("https://[100::1]/", false, false),
        ("https://[5f00::1]/", false, false),
        ("https://[fec0::1]/", false, false),
    ];

    #[test]
    fn only_public_addresses_are_called_and_some_never() {
        for (address, public, private) in TABLE {
            let url = Url::parse(address).unwrap();
            assert_eq!(check(&url, Reach::Public).is_ok(), *public, "public: {address}");
            assert_eq!(check(&url, Reach::Private).is_ok(), *private, "private: {address}");
        }
    }

    #[test]
    fn of_several_answers_only_the_allowed_are_used() {
        let answers = ["10.0.0.1:0", "93.184.216.34:0", "[::1]:0"].map(|text| text.parse::<SocketAddr>().unwrap());
        let kept = allowed(answers.into_iter(), Reach::Public).unwrap();
        assert_eq!(kept, [answers[1]]);
        let refused = allowed(answers[..1].iter().copied(), Reach::Public);
        assert_eq!(refused, Err(Refusal::NotPublic("a private")));
        assert_eq!(allowed(std::iter::empty(), Reach::Private), Err(Refusal::NoHost));
    }

    #[test]
    fn a_refusal_tells_the_way_out_only_where_there_is_one() {
        let private = judge("192.168.1.1".parse().unwrap(), Reach::Public).unwrap_err().to_string();
        assert!(private.contains("allow_private"), "{private}");
        let metadata = judge("169.254.169.254".parse().unwrap(), Reach::Public).unwrap_err().to_string();
        assert!(!metadata.contains("allow_private"), "{metadata}");
    }
}
