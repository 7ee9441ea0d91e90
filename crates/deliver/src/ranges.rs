//! Which addresses may be connected to (threat C15): one table for each family.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far calls may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To public addresses: the rule.
    Public,
    /// To this machine alone: the URL itself says so.
    Loopback,
    /// Into private networks too: `allow_private`.
    Private,
}

/// What a range is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// This machine.
    Loopback,
    /// A network of one's own: with `allow_private` only.
    Private,
    /// Never the place of an application: metadata services, link-local, multicast, reserved.
    Never,
}

struct Range<A> {
    net: A,
    bits: u32,
    class: Class,
    name: &'static str,
}

const fn v4(net: [u8; 4], bits: u32, class: Class, name: &'static str) -> Range<Ipv4Addr> {
    let net = Ipv4Addr::from_octets(net);
    Range {
        net,
        bits,
        class,
        name,
    }
}

const fn v6(net: [u16; 8], bits: u32, class: Class, name: &'static str) -> Range<Ipv6Addr> {
    let net = Ipv6Addr::from_segments(net);
    Range {
        net,
        bits,
        class,
        name,
    }
}

/// IANA's special-purpose registry, and the metadata services that hide among other addresses; the
/// first row that fits decides.
const V4: &[Range<Ipv4Addr>] = &[
    v4(
        [100, 100, 100, 200],
        32,
        Class::Never,
        "a cloud metadata service",
    ),
    v4(
        [168, 63, 129, 16],
        32,
        Class::Never,
        "a cloud metadata service",
    ),
    v4(
        [169, 254, 169, 254],
        32,
        Class::Never,
        "a cloud metadata service",
    ),
    v4([0, 0, 0, 0], 8, Class::Never, "this network"),
    v4([10, 0, 0, 0], 8, Class::Private, "private"),
    v4(
        [100, 64, 0, 0],
        10,
        Class::Private,
        "shared by a carrier (CGNAT)",
    ),
    v4([127, 0, 0, 0], 8, Class::Loopback, "loopback"),
    v4([169, 254, 0, 0], 16, Class::Never, "link-local"),
    v4([172, 16, 0, 0], 12, Class::Private, "private"),
    v4([192, 0, 0, 0], 24, Class::Never, "reserved for protocols"),
    v4([192, 0, 2, 0], 24, Class::Never, "documentation"),
    v4([192, 88, 99, 0], 24, Class::Never, "a 6to4 relay"),
    v4([192, 168, 0, 0], 16, Class::Private, "private"),
    v4([198, 18, 0, 0], 15, Class::Private, "for benchmarks"),
    v4([198, 51, 100, 0], 24, Class::Never, "documentation"),
    v4([203, 0, 113, 0], 24, Class::Never, "documentation"),
    v4([224, 0, 0, 0], 4, Class::Never, "multicast"),
    v4([240, 0, 0, 0], 4, Class::Never, "reserved"),
];

const V6: &[Range<Ipv6Addr>] = &[
    v6(
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        128,
        Class::Never,
        "a cloud metadata service",
    ),
    v6(
        [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254],
        128,
        Class::Never,
        "a cloud metadata service",
    ),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, Class::Loopback, "loopback"),
    v6(
        [0x64, 0xff9b, 1, 0, 0, 0, 0, 0],
        48,
        Class::Private,
        "a local NAT64",
    ),
    v6(
        [0x2001, 0, 0, 0, 0, 0, 0, 0],
        23,
        Class::Never,
        "reserved for protocols (Teredo)",
    ),
    v6(
        [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0],
        32,
        Class::Never,
        "documentation",
    ),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, Class::Never, "6to4"),
    v6(
        [0x3fff, 0, 0, 0, 0, 0, 0, 0],
        20,
        Class::Never,
        "documentation",
    ),
    v6(
        [0xfc00, 0, 0, 0, 0, 0, 0, 0],
        7,
        Class::Private,
        "unique local",
    ),
    v6(
        [0xfe80, 0, 0, 0, 0, 0, 0, 0],
        10,
        Class::Never,
        "link-local",
    ),
    v6(
        [0xfec0, 0, 0, 0, 0, 0, 0, 0],
        10,
        Class::Never,
        "site-local",
    ),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, Class::Never, "multicast"),
];

/// Where IPv6 keeps an IPv4 address in its last 32 bits, and connects to that one.
const EMBEDDED: &[Range<Ipv6Addr>] = &[
    v6(
        [0, 0, 0, 0, 0, 0xffff, 0, 0],
        96,
        Class::Never,
        "IPv4-mapped",
    ),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, Class::Never, "NAT64"),
];

/// Only this part of IPv6 has public addresses.
const GLOBAL: Range<Ipv6Addr> = v6(
    [0x2000, 0, 0, 0, 0, 0, 0, 0],
    3,
    Class::Never,
    "global unicast",
);

/// Says what forbids `address`, in a few words; `None` when it may be connected to.
pub(crate) fn forbidden(address: IpAddr, reach: Reach) -> Option<&'static str> {
    let (class, name) = match special(address) {
        Some(known) => known,
        None if reach == Reach::Loopback => return Some("not loopback"),
        None => return None,
    };
    let is_open = match reach {
        Reach::Public => false,
        Reach::Loopback => class == Class::Loopback,
        Reach::Private => class != Class::Never,
    };
    (!is_open).then_some(name)
}

/// Tells whether an address is this machine's own.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    special(address).is_some_and(|(class, _)| class == Class::Loopback)
}

fn special(address: IpAddr) -> Option<(Class, &'static str)> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<(Class, &'static str)> {
    let fits = |range: &&Range<Ipv4Addr>| {
        let differs = address.to_bits() ^ range.net.to_bits();
        differs.leading_zeros() >= range.bits
    };
    V4.iter().find(fits).map(|range| (range.class, range.name))
}

fn special_v6(address: Ipv6Addr) -> Option<(Class, &'static str)> {
    if EMBEDDED.iter().any(|range| range.holds(address)) {
        let [.., a, b, c, d] = address.octets();
        return special_v4(Ipv4Addr::new(a, b, c, d));
    }
    match V6.iter().find(|range| range.holds(address)) {
        Some(range) => Some((range.class, range.name)),
        None if GLOBAL.holds(address) => None,
        None => Some((Class::Never, "reserved")),
    }
}

impl Range<Ipv6Addr> {
    fn holds(&self, address: Ipv6Addr) -> bool {
        let differs = address.to_bits() ^ self.net.to_bits();
        differs.leading_zeros() >= self.bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, open_to: [bool; 3]) {
        let parsed: IpAddr = address.parse().unwrap();
        let reaches = [Reach::Public, Reach::Loopback, Reach::Private];
        let open = reaches.map(|reach| forbidden(parsed, reach).is_none());
        assert_eq!(open, open_to, "{address}");
    }

    const PUBLIC: [bool; 3] = [true, false, true];
    const LOOPBACK: [bool; 3] = [false, true, true];
    const PRIVATE: [bool; 3] = [false, false, true];
    const NEVER: [bool; 3] = [false, false, false];

    #[test]
    fn c15_every_range_by_its_first_and_last_address_and_the_neighbours() {
        for (address, open_to) in [
            ("1.1.1.1", PUBLIC),
            ("0.0.0.0", NEVER),
            ("0.255.255.255", NEVER),
            ("1.0.0.0", PUBLIC),
            ("9.255.255.255", PUBLIC),
            ("10.0.0.0", PRIVATE),
            ("10.255.255.255", PRIVATE),
            ("11.0.0.0", PUBLIC),
            ("100.63.255.255", PUBLIC),
            ("100.64.0.0", PRIVATE),
            ("100.127.255.255", PRIVATE),
            ("100.128.0.0", PUBLIC),
            ("100.100.100.200", NEVER),
            ("126.255.255.255", PUBLIC),
            ("127.0.0.1", LOOPBACK),
            ("127.255.255.255", LOOPBACK),
            ("128.0.0.0", PUBLIC),
            ("168.63.129.16", NEVER),
            ("168.63.129.17", PUBLIC),
            ("169.253.255.255", PUBLIC),
            ("169.254.0.0", NEVER),
            ("169.254.169.254", NEVER),
            ("169.254.255.255", NEVER),
            ("169.255.0.0", PUBLIC),
            ("172.15.255.255", PUBLIC),
            ("172.16.0.0", PRIVATE),
            ("172.31.255.255", PRIVATE),
            ("172.32.0.0", PUBLIC),
            ("192.0.0.192", NEVER),
            ("192.0.1.0", PUBLIC),
            ("192.0.2.1", NEVER),
            ("192.88.99.1", NEVER),
            ("192.167.255.255", PUBLIC),
            ("192.168.0.0", PRIVATE),
            ("192.168.255.255", PRIVATE),
            ("192.169.0.0", PUBLIC),
            ("198.17.255.255", PUBLIC),
            ("198.18.0.0", PRIVATE),
            ("198.19.255.255", PRIVATE),
            ("198.20.0.0", PUBLIC),
            ("198.51.100.7", NEVER),
            ("203.0.113.7", NEVER),
            ("223.255.255.255", PUBLIC),
            ("224.0.0.1", NEVER),
            ("239.255.255.255", NEVER),
            ("240.0.0.0", NEVER),
            ("255.255.255.255", NEVER),
        ] {
            check(address, open_to);
        }
    }

    #[test]
    fn c15_ipv6_and_the_ipv4_inside_it() {
        for (address, open_to) in [
            ("2606:4700::1111", PUBLIC),
            ("2a00::1", PUBLIC),
            ("::", NEVER),
            ("::1", LOOPBACK),
            ("::2", NEVER),
            ("::127.0.0.1", NEVER),
            ("::ffff:127.0.0.1", LOOPBACK),
            ("::ffff:10.0.0.1", PRIVATE),
            ("::ffff:169.254.169.254", NEVER),
            ("::ffff:1.1.1.1", PUBLIC),
            ("64:ff9b::1.1.1.1", PUBLIC),
            ("64:ff9b::10.0.0.1", PRIVATE),
            ("64:ff9b::169.254.169.254", NEVER),
            ("64:ff9b:1::1.1.1.1", PRIVATE),
            ("64:ff9b:2::1", NEVER),
            ("100::1", NEVER),
            ("2001::1", NEVER),
            ("2001:1ff:ffff::1", NEVER),
            ("2001:200::1", PUBLIC),
            ("2001:db8::1", NEVER),
            ("2002:0a00:0001::1", NEVER),
            ("3fff::1", NEVER),
            ("3fff:1000::1", PUBLIC),
            ("4000::1", NEVER),
            ("5f00::1", NEVER),
            ("fc00::1", PRIVATE),
            ("fd12:3456::1", PRIVATE),
            ("fd00:ec2::254", NEVER),
            ("fd20:ce::254", NEVER),
            ("fe80::1", NEVER),
            ("febf::1", NEVER),
            ("fec0::1", NEVER),
            ("ff02::1", NEVER),
        ] {
            check(address, open_to);
        }
    }
}
