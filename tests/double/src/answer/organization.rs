//! Many accounts behind one endpoint: who is meant is told by the access key that signs a request.
//!
//! The worlds of the accounts are made when they are asked for and forgotten when others are.

use super::alike::Mirror;
use super::{Asked, Desk, Said, error, request_id, understood, written};
use crate::account::Account;
use crate::faults::Faults;
use crate::http::{Delivery, Reply, Request};
use crate::server::Answers;
use crate::time;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Accounts whose worlds are kept at a time.
const KEPT: usize = 96;

/// What an account answers, by its number.
pub type World = Box<dyn Fn(&str) -> (Account, Faults) + Send + Sync>;

/// An organization: the account that asks, and those it may assume a role in.
pub struct Organization {
    management: Desk,
    members: Members,
    role: String,
    external_id: Option<String>,
    refuse: BTreeSet<String>,
    latency: Duration,
    /// By the service's name in a signature; the last that fits holds, and an empty name fits all.
    limits: Vec<(String, Limit)>,
    state: Mutex<State>,
}

enum Members {
    Worlds(World),
    Alike(Box<Mirror>),
}

/// Requests a second that one service of one account answers in one region, and how many at once after a rest.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub per_second: f64,
    pub burst: f64,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    desks: BTreeMap<String, Arc<Desk>>,
    order: VecDeque<String>,
    buckets: BTreeMap<(String, String, String), (f64, Option<Instant>)>,
}

impl Organization {
    /// `management` answers whoever has no session of a role; `world` makes the other accounts.
    pub fn new(management: Account, faults: Faults, world: World) -> Self {
        Self::of(management, faults, Members::Worlds(world))
    }

    /// The other accounts are `template` under their own numbers; nothing goes wrong in them. Answers are made once
    /// and kept as bytes, so that the double takes little of a machine that is measured.
    pub fn alike(management: Account, faults: Faults, template: Account, latency: Duration) -> Self {
        Self::of(management, faults, Members::Alike(Box::new(Mirror::new(template, latency))))
    }

    fn of(management: Account, faults: Faults, members: Members) -> Self {
        Self {
            management: Desk::new(management, faults),
            members,
            role: "AuditpackReadOnly".to_owned(),
            external_id: None,
            refuse: BTreeSet::new(),
            latency: Duration::ZERO,
            limits: Vec::new(),
            state: Mutex::default(),
        }
    }

    /// The role's trust policy asks for this external id.
    #[must_use]
    pub fn external_id(mut self, value: &str) -> Self {
        self.external_id = Some(value.to_owned());
        self
    }

    /// The role in these accounts does not trust the caller.
    #[must_use]
    pub fn refuse(mut self, accounts: &[&str]) -> Self {
        self.refuse.extend(accounts.iter().map(|account| (*account).to_owned()));
        self
    }

    /// `AssumeRole` takes this long; the accounts have latencies of their own.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// More than this is throttled, whatever the service.
    #[must_use]
    pub fn limit(self, limit: Limit) -> Self {
        self.limit_of("", limit)
    }

    /// More than this is throttled by the service that signatures name so.
    #[must_use]
    pub fn limit_of(mut self, service: &str, limit: Limit) -> Self {
        self.limits.push((service.to_owned(), limit));
        self
    }

    /// What a service allows.
    pub fn limit_for(&self, service: &str) -> Option<Limit> {
        let fits = |name: &String| name.is_empty() || name == service;
        self.limits.iter().rev().find(|(name, _)| fits(name)).map(|(_, limit)| *limit)
    }

    fn assume(&self, asked: &Asked, number: u32) -> Said {
        let parameter = |name: &str| asked.parameters.get(name).map_or("", String::as_str);
        let (arn, session) = (parameter("RoleArn"), parameter("RoleSessionName"));
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, "iam", "", account, name] = parts[..] else {
            return error(400, "ValidationError", &format!("{arn} is invalid"));
        };
        let caller = self.management.account.caller();
        let trusted = name == format!("role/{}", self.role)
            && !self.refuse.contains(account)
            && self.external_id.as_deref().is_none_or(|wanted| wanted == parameter("ExternalId"));
        if !trusted {
            let message = format!("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}");
            return error(403, "AccessDenied", &message);
        }
        let role = &self.role;
        Said::Result(json!({
            "Credentials": {
                "AccessKeyId": format!("ASIA{account}{number:08}"),
                "SecretAccessKey": format!("SECRET-OF-THE-SESSION-{account}"),
                "SessionToken": format!("TOKEN-OF-THE-SESSION-{account}"),
                "Expiration": time::zulu(time::now() + 3600),
            },
            "AssumedRoleUser": {
                "AssumedRoleId": format!("AROAEXAMPLE{account}:{session}"),
                "Arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            },
        }))
    }

    fn desk(&self, world: &World, account: &str) -> Arc<Desk> {
        let mut state = self.state.lock().expect("no thread panics while it holds the lock");
        if let Some(desk) = state.desks.get(account) {
            return Arc::clone(desk);
        }
        let (world, faults) = world(account);
        let desk = Arc::new(Desk::new(world, faults));
        state.desks.insert(account.to_owned(), Arc::clone(&desk));
        state.order.push_back(account.to_owned());
        if state.order.len() > KEPT
            && let Some(oldest) = state.order.pop_front()
        {
            state.desks.remove(&oldest);
        }
        desk
    }

    /// Whether the account's service has had enough for now.
    fn throttles(&self, asked: &Asked) -> bool {
        let Some(limit) = self.limit_for(&asked.service) else { return false };
        let mut state = self.state.lock().expect("no thread panics while it holds the lock");
        let key = (asked.account.clone(), asked.service.clone(), asked.region.clone());
        let bucket = state.buckets.entry(key).or_insert((limit.burst, None));
        let now = Instant::now();
        let rested = bucket.1.map_or(0.0, |before| now.duration_since(before).as_secs_f64());
        bucket.0 = (bucket.0 + rested * limit.per_second).min(limit.burst);
        bucket.1 = Some(now);
        if bucket.0 < 1.0 {
            return true;
        }
        bucket.0 -= 1.0;
        false
    }
}

impl Answers for Organization {
    fn asked(&self) -> Vec<Asked> {
        self.state.lock().expect("no thread panics while it holds the lock").asked.clone()
    }

    fn answer(&self, request: &Request) -> (Reply, Duration) {
        let mut asked = understood(request);
        let number = {
            let state = self.state.lock().expect("no thread panics while it holds the lock");
            u32::try_from(state.asked.len() + 1).unwrap_or(u32::MAX)
        };
        let own = |said: Said, asked: &Asked| {
            let date = time::http_date(time::now());
            (written(asked, said, &request_id(&number.to_string()), date), self.latency)
        };
        asked.throttled = self.throttles(&asked);
        let (reply, delay) = if asked.throttled {
            own(error(400, "Throttling", "Rate exceeded"), &asked)
        } else if asked.action == "AssumeRole" && asked.service == "sts" && asked.account.is_empty() {
            own(self.assume(&asked, number), &asked)
        } else if asked.account.is_empty() {
            self.management.answer(request)
        } else {
            match &self.members {
                Members::Worlds(world) => self.desk(world, &asked.account).answer(request),
                Members::Alike(mirror) => mirror.answer(request, &asked, &request_id(&number.to_string())),
            }
        };
        asked.status = if reply.delivery == Delivery::Nothing { 0 } else { reply.status };
        self.state.lock().expect("no thread panics while it holds the lock").asked.push(asked);
        (reply, delay)
    }
}
