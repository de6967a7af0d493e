//! `aws:SourceIp`: whether the range is narrow enough to be one organization's network.

use super::{Family, Judgement, Pin};
use crate::policy::document::Condition;
use std::net::IpAddr;

/// Ranges wider than a /8 in total, or than an IPv6 /32, count as the internet. S3 uses the same limit to call a bucket
/// policy public.
const WIDEST_V4: u128 = 1 << 24;
const WIDEST_V6: u128 = 1 << 96;

pub(super) fn judge(condition: &Condition, family: Family) -> Judgement {
    if !matches!(family, Family::Network | Family::Positive { .. }) {
        return Judgement::unknown(format!("{} does not compare addresses", condition.operator));
    }
    let mut v4 = Vec::new();
    let mut v6 = Vec::new();
    for value in &condition.values {
        match range(value) {
            Some((IpAddr::V4(_), first, last)) => v4.push((first, last)),
            Some((IpAddr::V6(_), first, last)) => v6.push((first, last)),
            None => return Judgement::unknown(format!("{value} is no address range")),
        }
    }
    let all_private = v4.iter().all(|range| is_private(PRIVATE_V4, 32, *range))
        && v6.iter().all(|range| is_private(PRIVATE_V6, 128, *range));
    v4.retain(|range| !is_private(PRIVATE_V4, 32, *range));
    v6.retain(|range| !is_private(PRIVATE_V6, 128, *range));
    if size(v4) > WIDEST_V4 || size(v6) > WIDEST_V6 {
        return Judgement::open("the address ranges together are so wide that they admit the internet at large");
    }
    if family == Family::Network {
        let networks = condition.values.clone();
        let reason = if all_private {
            "it limits the network that the call may come from; calls over the internet never come from private addresses"
        } else {
            "it limits the network that the call may come from"
        };
        Judgement::narrowing(Pin::Networks(networks), reason)
    } else {
        Judgement::unknown("addresses are compared as text")
    }
}

/// Networks outside the internet: private, carrier-grade NAT, loopback, link-local.
const PRIVATE_V4: &[(u128, u32)] =
    &[(0x0a00_0000, 8), (0xac10_0000, 12), (0xc0a8_0000, 16), (0x6440_0000, 10), (0x7f00_0000, 8), (0xa9fe_0000, 16)];
const PRIVATE_V6: &[(u128, u32)] = &[(0xfc00 << 112, 7), (0xfe80 << 112, 10), (1, 128)];

/// Is the whole range within one of these networks?
fn is_private(networks: &[(u128, u32)], width: u32, (first, last): (u128, u128)) -> bool {
    networks.iter().any(|(start, bits)| {
        let free = width - bits;
        *start <= first && last <= (start | ((1u128 << free) - 1))
    })
}

/// First and last address of a range, as numbers.
fn range(text: &str) -> Option<(IpAddr, u128, u128)> {
    let (address, bits) = match text.trim().split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
        None => (text.trim(), None),
    };
    let address: IpAddr = address.parse().ok()?;
    let (number, width) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let bits = bits.unwrap_or(width);
    if bits > width {
        return None;
    }
    let free = width - bits;
    let mask = if free == 128 { u128::MAX } else { (1u128 << free) - 1 };
    Some((address, number & !mask, number | mask))
}

/// The number of addresses in all ranges; adjacent and overlapping ranges are merged.
fn size(mut ranges: Vec<(u128, u128)>) -> u128 {
    ranges.sort_unstable();
    let mut total: u128 = 0;
    let mut covered: Option<u128> = None;
    for (first, last) in ranges {
        let start = match covered {
            Some(end) if end >= last => continue,
            Some(end) if end >= first => end + 1,
            _ => first,
        };
        total = total.saturating_add((last - start).saturating_add(1));
        covered = Some(last);
    }
    total
}
