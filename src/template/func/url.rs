//! Addresses, taken apart and put together as Go does it.

use std::net::Ipv6Addr;

use super::super::print::quoted;
use super::super::value::{Map, Str, Value};
use super::super::{CallError, Run};
use super::{Function, arg, functions};

pub(super) const FUNCTIONS: &[Function] =
    functions![("urlParse", [Str], url_parse), ("urlJoin", [Map], url_join),];

/// The parts of an address, unescaped but for the query.
#[derive(Debug, Default)]
struct Address {
    scheme: Vec<u8>,
    opaque: Vec<u8>,
    /// Escaped, as it is printed.
    user: Option<Vec<u8>>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    fragment: Vec<u8>,
}

/// Why a text is no address: the reference's words.
type Problem = String;

fn url_parse(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let text = arg::bytes(arguments, 0);
    run.take(text.len().saturating_mul(4))?;
    let address =
        parse(text).map_err(|problem| CallError::new(format!("unable to parse url: {problem}")))?;
    let hostname = hostname(&address.host).to_vec();
    let map = Map::new();
    for (key, part) in [
        ("scheme", address.scheme),
        ("host", address.host),
        ("hostname", hostname),
        ("path", address.path),
        ("query", address.query),
        ("opaque", address.opaque),
        ("fragment", address.fragment),
        ("userinfo", address.user.unwrap_or_default()),
    ] {
        map.insert(key, Value::str(part));
    }
    Ok(map.into())
}

fn url_join(run: &mut Run<'_>, arguments: &[Value]) -> Result<Value, CallError> {
    let map = arg::map(arguments, 0);
    let part = |key: &str| match map.get(key.as_bytes()) {
        None => Ok(Str::default()),
        Some(value) => match value.as_str() {
            Some(text) => Ok(text.clone()),
            None if value.is_nil() => Err(CallError::new(super::convert::NIL_POINTER)),
            None => Err(CallError::new(format!(
                "unable to parse {key} key, must be of type string, but {} found",
                value.kind_name()
            ))),
        },
    };
    let mut address = Address {
        scheme: part("scheme")?.to_vec(),
        host: part("host")?.to_vec(),
        path: part("path")?.to_vec(),
        query: part("query")?.to_vec(),
        opaque: part("opaque")?.to_vec(),
        fragment: part("fragment")?.to_vec(),
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let other = parse(&[b"proto://", user.bytes(), b"@host"].concat());
        let unusable =
            |problem| CallError::new(format!("unable to parse userinfo in dict: {problem}"));
        address.user = other.map_err(unusable)?.user;
    }
    let text = address.print();
    run.take(text.len())?;
    Ok(Value::str(text))
}

/// Which characters need no escape beside letters, digits and `-._~`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

impl Part {
    fn takes(self, byte: u8) -> bool {
        let others: &[u8] = match self {
            Self::Path => b"$&+,/:;=@",
            Self::Host | Self::Zone => b"!\"$&'()*+,:;<=>[]",
            Self::User => b"$&+,;=",
            Self::Fragment => b"!$&()*+,/:;=?@",
        };
        byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || others.contains(&byte)
    }
}

fn escaped(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if part.takes(byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}

fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(&quoted(text)).into_owned()
}

fn unescaped(text: &[u8], part: Part) -> Result<Vec<u8>, Problem> {
    let in_host = matches!(part, Part::Host | Part::Zone);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            if in_host && byte.is_ascii() && !part.takes(byte) {
                let wrong = shown(&[byte]);
                return Err(format!("invalid character {wrong} in host name"));
            }
            out.push(byte);
            rest = after;
            continue;
        }
        let wrong = || {
            let wrong = rest.get(..3).unwrap_or(rest);
            Err(format!("invalid URL escape {}", shown(wrong)))
        };
        let digit = |at: usize| char::from(*rest.get(at)?).to_digit(16);
        let (Some(high), Some(low)) = (digit(1), digit(2)) else {
            return wrong();
        };
        let byte = u8::try_from(high << 4 | low).unwrap_or(b'%');
        // In a host only what is not ASCII may be escaped, and the sign before a zone.
        let is_allowed = byte == b'%'
            || match part {
                Part::Host => !byte.is_ascii(),
                Part::Zone => byte == b' ' || Part::Host.takes(byte),
                _ => true,
            };
        if !is_allowed {
            return wrong();
        }
        out.push(byte);
        rest = rest.get(3..).unwrap_or_default();
    }
    Ok(out)
}

fn parse(text: &[u8]) -> Result<Address, Problem> {
    let (rest, fragment) = cut(text, b'#');
    let mut address =
        parse_reference(rest).map_err(|problem| format!("parse {}: {problem}", shown(rest)))?;
    address.fragment = unescaped(fragment.unwrap_or_default(), Part::Fragment)
        .map_err(|problem| format!("parse {}: {problem}", shown(text)))?;
    Ok(address)
}

/// What stands before the first such byte, and what after.
fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(at, text) {
        Some(place) => (text.get(..place).unwrap_or_default(), text.get(place + 1..)),
        None => (text, None),
    }
}

/// An address without its fragment.
fn parse_reference(text: &[u8]) -> Result<Address, Problem> {
    if text.iter().any(u8::is_ascii_control) {
        return Err("net/url: invalid control character in URL".into());
    }
    let mut address = Address::default();
    if text == b"*" {
        address.path = b"*".to_vec();
        return Ok(address);
    }
    let (scheme, rest) = split_scheme(text)?;
    address.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = cut(rest, b'?');
    address.query = query.unwrap_or_default().to_vec();
    if !rest.starts_with(b"/") {
        if !scheme.is_empty() {
            address.opaque = rest.to_vec();
            return Ok(address);
        }
        if cut(rest, b'/').0.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".into());
        }
    }
    let has_authority =
        rest.starts_with(b"//") && (!scheme.is_empty() || !rest.starts_with(b"///"));
    let path = if has_authority {
        let rest = rest.get(2..).unwrap_or_default();
        let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        parse_authority(&mut address, authority)?;
        path
    } else {
        rest
    };
    address.path = unescaped(path, Part::Path)?;
    Ok(address)
}

/// The scheme, which may be empty, and what follows its colon.
fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), Problem> {
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".into()),
            b':' => {
                let (scheme, rest) = text.split_at(at);
                return Ok((scheme, rest.get(1..).unwrap_or_default()));
            }
            _ => break,
        }
    }
    Ok((&[], text))
}

fn parse_authority(address: &mut Address, authority: &[u8]) -> Result<(), Problem> {
    let (user, host) = match memchr::memrchr(b'@', authority) {
        Some(at) => (
            authority.get(..at),
            authority.get(at + 1..).unwrap_or_default(),
        ),
        None => (None, authority),
    };
    address.host = parse_host(&address.scheme, host)?;
    let Some(user) = user else {
        return Ok(());
    };
    let is_allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !user.iter().all(is_allowed) {
        return Err("net/url: invalid userinfo".into());
    }
    let (name, password) = cut(user, b':');
    let mut printed = escaped(&unescaped(name, Part::User)?, Part::User);
    if let Some(password) = password {
        printed.push(b':');
        printed.extend(escaped(&unescaped(password, Part::User)?, Part::User));
    }
    address.user = Some(printed);
    Ok(())
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, Problem> {
    match memchr::memrchr(b'[', host) {
        Some(0) => return parse_literal(host),
        Some(_) => return Err("invalid IP-literal".into()),
        None => {}
    }
    let is_web = matches!(scheme, b"http" | b"https");
    // Databases have lists of hosts with ports, so that only here a colon is nothing else.
    let colon = if is_web {
        memchr::memchr(b':', host)
    } else {
        memchr::memrchr(b':', host)
    };
    if let Some(colon) = colon {
        check_port(host.get(colon..).unwrap_or_default())?;
    }
    unescaped(host, Part::Host)
}

fn check_port(port: &[u8]) -> Result<(), Problem> {
    if is_port(port) {
        Ok(())
    } else {
        Err(format!("invalid port {} after host", shown(port)))
    }
}

/// Nothing, or a colon and digits.
fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// An address of IPv6 in brackets, with or without a zone and a port.
fn parse_literal(host: &[u8]) -> Result<Vec<u8>, Problem> {
    let Some(end) = memchr::memrchr(b']', host) else {
        return Err("missing ']' in host".into());
    };
    let port = host.get(end + 1..).unwrap_or_default();
    check_port(port)?;
    let inner = host.get(1..end).unwrap_or_default();
    let zone = memchr::memmem::find(inner, b"%25").unwrap_or(inner.len());
    let (number, zone) = inner.split_at(zone);
    let number = unescaped(number, Part::Host)?;
    let zone = unescaped(zone, Part::Zone)?;
    let text = String::from_utf8_lossy(&number);
    let has_empty_zone = zone == b"%";
    if text.parse::<std::net::Ipv4Addr>().is_ok() && zone.is_empty() {
        return Err("invalid IP-literal".into());
    }
    if text.parse::<Ipv6Addr>().is_err() || has_empty_zone {
        let whole = [number.as_slice(), &zone].concat();
        return Err(format!(
            "invalid host: ParseAddr({}): unable to parse IP",
            shown(&whole)
        ));
    }
    Ok([b"[", number.as_slice(), &zone, b"]", port].concat())
}

/// The host without its port and without brackets.
fn hostname(host: &[u8]) -> &[u8] {
    let colon = memchr::memrchr(b':', host);
    let host = match colon.and_then(|colon| host.split_at_checked(colon)) {
        Some((host, port)) if is_port(port) => host,
        _ => host,
    };
    let inner = host
        .strip_prefix(b"[")
        .and_then(|host| host.strip_suffix(b"]"));
    inner.unwrap_or(host)
}

impl Address {
    fn print(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.print_hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escaped(&self.fragment, Part::Fragment));
        }
        out
    }

    fn print_hierarchy(&self, out: &mut Vec<u8>) {
        let has_host = !self.host.is_empty();
        let has_authority = has_host || self.user.is_some();
        if has_authority || !self.scheme.is_empty() && !self.path.is_empty() {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.extend_from_slice(user);
            out.push(b'@');
        }
        out.extend(escaped(&self.host, Part::Host));
        let path = match self.path.as_slice() {
            b"*" => b"*".to_vec(),
            path => escaped(path, Part::Path),
        };
        if has_host && path.first().is_some_and(|first| *first != b'/') {
            out.push(b'/');
        }
        // A colon in the first element would make a scheme of what is before it.
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    }
}
