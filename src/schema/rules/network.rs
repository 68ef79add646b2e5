//! Addresses and ports, as several kinds have them.

use std::net::IpAddr;

use crate::schema::names::{self, Wrong};
use crate::schema::scalar::{Refusal, number_of};
use crate::yaml::{Scalar, Tag};

/// The number of a port, or the name of one.
pub(super) fn port(scalar: &Scalar) -> Result<(), Refusal> {
    if scalar.tag == Tag::Int || scalar.tag == Tag::Float {
        return match number_of(scalar) {
            Some(1..=65_535) => Ok(()),
            _ => Err((
                "schema/range",
                "a port is a number from 1 to 65535".to_owned(),
            )),
        };
    }
    names::port_name(&scalar.text).map_err(|wrong| {
        let text = &scalar.text;
        (
            "schema/name",
            format!("`{text}` is no name of a port: it {wrong}"),
        )
    })
}

/// Reads an address. As in the API's older fields, its parts may begin with zeros.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let plain = |part: &&str| {
        !part.is_empty() && part.len() < 8 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.len() != 4 || !parts.iter().all(plain) {
        return None;
    }
    let decimal = parts.iter().map(|part| {
        let trimmed = part.trim_start_matches('0');
        if trimmed.is_empty() { "0" } else { trimmed }
    });
    decimal.collect::<Vec<_>>().join(".").parse().ok()
}

/// An IP address.
pub(super) fn ip(text: &str) -> Result<(), Wrong> {
    match address(text) {
        Some(_) => Ok(()),
        None => Err("must be an IP address, such as `10.9.8.7` or `2001:db8::ffff`".into()),
    }
}

/// An IP address that is not the machine's own.
pub(super) fn remote_ip(text: &str) -> Result<(), Wrong> {
    ip(text)?;
    let Some(address) = address(text) else {
        return Ok(());
    };
    let local = match address {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.octets()[0] == 224
                    && address.octets()[1] == 0
                    && address.octets()[2] == 0
        }
        IpAddr::V6(address) => {
            let first = address.segments()[0];
            first & 0xffc0 == 0xfe80 || first == 0xff02
        }
    };
    if address.is_unspecified() || address.is_loopback() || local {
        return Err("must not be a loopback, link-local or unspecified address".into());
    }
    Ok(())
}

/// Reads a range of addresses.
pub(super) fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (start, length) = text.split_once('/')?;
    let start = address(start)?;
    let most = if start.is_ipv4() { 32 } else { 128 };
    let plain = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let length = length
        .parse()
        .ok()
        .filter(|length| plain && *length <= most)?;
    Some((start, length))
}

/// Tells whether a text is a range of addresses.
pub(in crate::schema) fn is_range(text: &str) -> bool {
    range(text).is_some()
}

/// A range of addresses.
pub(super) fn cidr(text: &str) -> Result<(), Wrong> {
    match range(text) {
        Some(_) => Ok(()),
        None => Err("must be a range of addresses, such as `10.9.8.0/24`".into()),
    }
}

/// Tells whether a range lies within another and is not all of it.
pub(super) fn is_strictly_within(inner: (IpAddr, u8), outer: (IpAddr, u8)) -> bool {
    inner.0.is_ipv4() == outer.0.is_ipv4()
        && inner.1 > outer.1
        && prefix(inner.0, outer.1) == prefix(outer.0, outer.1)
}

fn prefix(address: IpAddr, length: u8) -> u128 {
    let (bits, width) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    bits.checked_shr(width - u32::from(length)).unwrap_or(0)
}
