//! IP addresses and address blocks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{EvalError, Line, Opaque, Result, Value, arguments, fail};

pub(super) const TABLE: &[Line] = &[
    ("ip(string): net.IP", |a| {
        arguments!(a, Value::String(text));
        read_ip(text).map(ip_value)
    }),
    ("isIP(string): bool", |a| {
        arguments!(a, Value::String(text));
        Ok(Value::Bool(read_ip(text).is_ok()))
    }),
    ("::ip.isCanonical(string): bool", |a| {
        arguments!(a, Value::String(text));
        let ip = read_ip(text)?;
        Ok(Value::Bool(ip.to_string() == text.as_str()))
    }),
    ("string(net.IP): string", |a| {
        address(a).map(|ip| Value::string(ip.to_string()))
    }),
    ("net.IP.family(): int", |a| {
        address(a).map(|ip| Value::Int(if ip.is_ipv4() { 4 } else { 6 }))
    }),
    ("net.IP.isUnspecified(): bool", |a| {
        is(a, IpAddr::is_unspecified)
    }),
    ("net.IP.isLoopback(): bool", |a| is(a, IpAddr::is_loopback)),
    ("net.IP.isLinkLocalMulticast(): bool", |a| {
        is(a, link_local_multicast)
    }),
    ("net.IP.isLinkLocalUnicast(): bool", |a| {
        is(a, link_local_unicast)
    }),
    ("net.IP.isGlobalUnicast(): bool", |a| {
        is(a, |ip| {
            let broadcast = *ip == IpAddr::V4(Ipv4Addr::BROADCAST);
            !broadcast
                && !ip.is_unspecified()
                && !ip.is_loopback()
                && !ip.is_multicast()
                && !link_local_unicast(ip)
        })
    }),
    ("cidr(string): net.CIDR", |a| {
        arguments!(a, Value::String(text));
        read_cidr(text).map(|cidr| Value::opaque(Opaque::Cidr(cidr)))
    }),
    ("isCIDR(string): bool", |a| {
        arguments!(a, Value::String(text));
        Ok(Value::Bool(read_cidr(text).is_ok()))
    }),
    ("string(net.CIDR): string", |a| {
        block(a).map(|cidr| Value::string(cidr.to_string()))
    }),
    ("net.CIDR.ip(): net.IP", |a| {
        block(a).map(|cidr| ip_value(cidr.address))
    }),
    ("net.CIDR.prefixLength(): int", |a| {
        block(a).map(|cidr| Value::Int(i64::from(cidr.prefix)))
    }),
    ("net.CIDR.masked(): net.CIDR", |a| {
        block(a).map(|cidr| Value::opaque(Opaque::Cidr(cidr.masked())))
    }),
    ("net.CIDR.containsIP(string): bool", contains_ip),
    ("net.CIDR.containsIP(net.IP): bool", contains_ip),
    ("net.CIDR.containsCIDR(string): bool", contains_cidr),
    ("net.CIDR.containsCIDR(net.CIDR): bool", contains_cidr),
];

/// An address with the length of its network's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    address: IpAddr,
    prefix: u8,
}

impl Cidr {
    fn masked(self) -> Self {
        let address = match self.address {
            IpAddr::V4(ip) => {
                let mask = u32::MAX
                    .checked_shl(32 - u32::from(self.prefix))
                    .unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & mask))
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX
                    .checked_shl(128 - u32::from(self.prefix))
                    .unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & mask))
            }
        };
        Self { address, ..self }
    }

    fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4()
            && Self { address, ..self }.masked() == self.masked()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn ip_value<'a>(ip: IpAddr) -> Value<'a> {
    Value::opaque(Opaque::Ip(ip))
}

fn read_ip(text: &str) -> std::result::Result<IpAddr, EvalError> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) if ip.to_ipv4_mapped().is_some() => {
            fail(format!("IPv4-mapped IPv6 address {text:?} is not allowed"))
        }
        Ok(ip) => Ok(ip),
        Err(_) if text.contains('%') => fail(format!(
            "IP address {text:?} with zone value is not allowed"
        )),
        Err(_) => fail(format!(
            "IP Address {text:?} parse error during conversion from string: ParseAddr({text:?}): unable to parse IP"
        )),
    }
}

fn read_cidr(text: &str) -> std::result::Result<Cidr, EvalError> {
    let parse = || {
        let (address, prefix) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        // A leading zero or a sign is no prefix length.
        if prefix.is_empty()
            || !prefix.bytes().all(|byte| byte.is_ascii_digit())
            || (prefix.len() > 1 && prefix.starts_with('0'))
        {
            return None;
        }
        let prefix: u8 = prefix.parse().ok()?;
        (prefix <= if address.is_ipv4() { 32 } else { 128 }).then_some(Cidr { address, prefix })
    };
    match parse() {
        Some(cidr) => Ok(cidr),
        None => fail(format!(
            "network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix({text:?}): invalid prefix"
        )),
    }
}

fn address(values: &[Value<'_>]) -> std::result::Result<IpAddr, EvalError> {
    match values.first() {
        Some(Value::Opaque(opaque)) => match opaque.as_ref() {
            Opaque::Ip(ip) => Ok(*ip),
            _ => Err(EvalError::NoSuchOverload),
        },
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn block(values: &[Value<'_>]) -> std::result::Result<Cidr, EvalError> {
    match values.first() {
        Some(Value::Opaque(opaque)) => match opaque.as_ref() {
            Opaque::Cidr(cidr) => Ok(*cidr),
            _ => Err(EvalError::NoSuchOverload),
        },
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn is<'a>(values: &[Value<'a>], test: fn(&IpAddr) -> bool) -> Result<'a> {
    address(values).map(|ip| Value::Bool(test(&ip)))
}

fn link_local_unicast(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.segments().first().is_some_and(|s| s & 0xffc0 == 0xfe80),
    }
}

fn link_local_multicast(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => matches!(ip.octets(), [224, 0, 0, _]),
        IpAddr::V6(ip) => ip.segments().first().is_some_and(|s| s & 0xff0f == 0xff02),
    }
}

fn contains_ip<'a>(values: &[Value<'a>]) -> Result<'a> {
    let cidr = block(values)?;
    let ip = match values.get(1) {
        Some(Value::String(text)) => read_ip(text).map_err(|_| EvalError::NoSuchOverload)?,
        Some(other) => address(std::slice::from_ref(other))?,
        None => return Err(EvalError::NoSuchOverload),
    };
    Ok(Value::Bool(cidr.contains(ip)))
}

fn contains_cidr<'a>(values: &[Value<'a>]) -> Result<'a> {
    let cidr = block(values)?;
    let inner = match values.get(1) {
        Some(Value::String(text)) => read_cidr(text).map_err(|_| EvalError::NoSuchOverload)?,
        Some(other) => block(std::slice::from_ref(other))?,
        None => return Err(EvalError::NoSuchOverload),
    };
    Ok(Value::Bool(
        cidr.prefix <= inner.prefix && cidr.contains(inner.address),
    ))
}
