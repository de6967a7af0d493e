//! Whether an alarm notifies people: by its own actions, or by those of a composite alarm whose rule names it.
//!
//! Source: CloudWatch API reference, PutCompositeAlarm (AlarmRule, ActionsSuppressor) and DescribeAlarms (AlarmTypes: without
//! it, composite alarms are not returned).

use super::super::shapes::{Alarm, CompositeAlarm, SubscriptionsAnswer};
use super::effect::{Link, broken, holds};
use crate::account::answers::{Answers, needed};
use crate::account::fact::{ALARMS, Gap, GapKind, Observed, SUBSCRIPTIONS};
use crate::account::gaps::gap;
use crate::account::identity::Place;
use crate::account::sources::Source;
use std::sync::Arc;

/// Composite alarms above composite alarms that are followed.
const HIGHEST: usize = 10;

/// What alarms of one Region notify.
pub struct Notifications<'a> {
    pub place: &'a Place,
    pub region: &'a str,
    pub subscriptions: &'a Answers,
    pub composites: &'a Source<Vec<CompositeAlarm>>,
}

impl Notifications<'_> {
    /// Whether an alarm that goes off notifies a topic with a confirmed subscription: until it is confirmed, nothing is
    /// sent.
    pub fn of(&self, alarm: &Alarm) -> Link<()> {
        let own = self.of_actions(&alarm.alarm_name, alarm.actions_enabled, alarm.alarm_actions.as_deref());
        let Observed::Known(Err(why)) = &own else { return either(own, || self.above(alarm)) };
        let unseen = self.composites.gap.as_ref().map(|unseen| unseen_above(&alarm.alarm_name, why, unseen));
        either(either(own, || self.above(alarm)), || unseen.map_or_else(|| broken(""), Observed::Gap))
    }

    fn above(&self, alarm: &Alarm) -> Link<()> {
        self.of_parents(&alarm.alarm_name, alarm.alarm_arn.as_deref(), HIGHEST)
    }

    /// The same of the composite alarms whose rules name an alarm.
    fn of_parents(&self, name: &str, arn: Option<&str>, height: usize) -> Link<()> {
        let Some(height) = height.checked_sub(1) else { return broken("") };
        let rule = |composite: &CompositeAlarm| composite.alarm_rule.clone().unwrap_or_default();
        let parents = self.composites.data.iter().filter(|composite| rule_names(&rule(composite), name, arn));
        parents.fold(broken(""), |found, parent| {
            either(found, || {
                let own = self.of_actions(&parent.alarm_name, parent.actions_enabled, parent.alarm_actions.as_deref());
                let all = either(own, || self.of_parents(&parent.alarm_name, parent.alarm_arn.as_deref(), height));
                let certain = is_the_alarm(&rule(parent), name, arn) && parent.actions_suppressor.is_none();
                match all {
                    Observed::Known(Ok(())) if !certain => undecided(name, parent),
                    Observed::Known(Err(why)) if !why.is_empty() => {
                        let parent = &parent.alarm_name;
                        broken(format!(
                            "composite alarm {parent}, whose rule names it, does not notify anybody either: {why}"
                        ))
                    }
                    other => other,
                }
            })
        })
    }

    fn of_actions(&self, name: &str, enabled: Option<bool>, actions: Option<&[String]>) -> Link<()> {
        match enabled {
            Some(true) => {}
            Some(false) => return broken("its actions are disabled"),
            None => return needed(None, ALARMS, || format!("whether the actions of alarm {name} are enabled")),
        }
        let actions = match needed(actions, ALARMS, || format!("the actions of alarm {name}")) {
            Observed::Known(actions) => actions,
            Observed::Gap(gap) => return Observed::Gap(gap),
        };
        let prefix = format!("arn:{}:sns:", self.place.partition);
        let mut why = "it has no SNS topic as its alarm action".to_owned();
        let mut unknown = None;
        for topic in actions.iter().filter(|action| action.starts_with(&prefix)) {
            let about = [("TopicArn", topic.as_str())];
            let name = topic.rsplit(':').next().unwrap_or(topic);
            if matches!(self.subscriptions.code(self.region, &about), Some("NotFound" | "NotFoundException")) {
                why = format!("its SNS topic {name} does not exist");
                continue;
            }
            let list = self.subscriptions.list(self.region, &about, |page: SubscriptionsAnswer| page.subscriptions);
            // A subscription without an ARN has `PendingConfirmation` or `Deleted` in its place.
            let confirmed = |arn: &Option<String>| arn.as_deref().is_some_and(|arn| arn.starts_with("arn:"));
            if list.data.iter().any(|one| confirmed(&one.subscription_arn)) {
                return holds();
            }
            why = format!("its SNS topic {name} has no confirmed subscription");
            let nameless = list.data.iter().any(|one| one.subscription_arn.as_ref().is_none_or(String::is_empty));
            let missing = || {
                let reason = format!("{SUBSCRIPTIONS} returns a subscription of topic {name} without its ARN");
                gap(SUBSCRIPTIONS, GapKind::Absent, reason)
            };
            unknown = unknown.or(list.gap).or_else(|| nameless.then(missing));
        }
        unknown.map_or(Observed::Known(Err(why)), Observed::Gap)
    }
}

/// One of two ways to notify: one that holds decides, then one that is not known; otherwise both reasons.
fn either(one: Link<()>, other: impl FnOnce() -> Link<()>) -> Link<()> {
    if matches!(one, Observed::Known(Ok(()))) {
        return one;
    }
    match (one, other()) {
        (_, Observed::Known(Ok(()))) => holds(),
        (Observed::Gap(gap), _) | (_, Observed::Gap(gap)) => Observed::Gap(gap),
        (Observed::Known(Err(why)), Observed::Known(Err(more))) => {
            let both = [why, more].into_iter().filter(|why| !why.is_empty());
            broken(both.collect::<Vec<_>>().join("; "))
        }
        (one, _) => one,
    }
}

/// The list holds no composite alarms because they were not requested, or the answer is not complete.
fn unseen_above(name: &str, why: &str, unseen: &Arc<Gap>) -> Arc<Gap> {
    let reason = format!(
        "alarm {name} does not notify anybody itself ({why}); whether a composite alarm whose rule names it does is not known: \
         {}",
        unseen.reason
    );
    gap(ALARMS, unseen.kind.clone(), reason)
}

fn undecided(name: &str, parent: &CompositeAlarm) -> Link<()> {
    let why = match &parent.actions_suppressor {
        Some(suppressor) => {
            format!("sends nothing while alarm {suppressor} is in ALARM state (its actions suppressor)")
        }
        None => "combines it with other alarms or states".to_owned(),
    };
    let reason = format!(
        "composite alarm {} notifies for alarm {name} and {why}, so that it may not notify at each such event",
        parent.alarm_name
    );
    Observed::Gap(gap(ALARMS, GapKind::NotDecided, reason))
}

/// Whether a rule is `ALARM(...)` of this alarm and nothing else.
fn is_the_alarm(rule: &str, name: &str, arn: Option<&str>) -> bool {
    let mut rule = rule.trim();
    while let Some(inner) = rule.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        rule = inner.trim();
    }
    let argument = rule.strip_prefix("ALARM").and_then(|rest| rest.trim_start().strip_prefix('(')?.strip_suffix(')'));
    argument.is_some_and(|argument| {
        let argument = argument.trim();
        let quoted = argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let is_one = match quoted {
            Some(text) => !text.contains('"'),
            None => !argument.contains(|letter: char| letter.is_whitespace() || "()\",".contains(letter)),
        };
        let text = quoted.unwrap_or(argument);
        is_one && (text == name || Some(text) == arn)
    })
}

/// Whether a rule names an alarm, by its name or its ARN. A name with spaces or brackets is in quotation marks.
fn rule_names(rule: &str, name: &str, arn: Option<&str>) -> bool {
    let is = |text: &str| text == name || Some(text) == arn;
    rule.split('"').enumerate().any(|(place, part)| {
        let is_quoted = place % 2 == 1;
        if is_quoted {
            is(part)
        } else {
            part.split(|letter: char| letter.is_whitespace() || "(),".contains(letter)).any(is)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:use of root";

    #[test]
    fn a_rule_names_an_alarm_in_every_spelling() {
        for rule in ["ALARM(root)", "ALARM(\"root\") OR ALARM(x)", "NOT OK( root )", "AT_LEAST(1, ALARM, (x, root))"] {
            assert!(rule_names(rule, "root", None), "{rule}");
        }
        for rule in ["ALARM(roots)", "ALARM(\"use of root\")", "TRUE", ""] {
            assert!(!rule_names(rule, "root", None), "{rule}");
        }
        assert!(rule_names(&format!("ALARM(\"{ARN}\")"), "use of root", Some(ARN)));
    }

    #[test]
    fn a_rule_is_the_alarm_where_nothing_else_decides() {
        for rule in ["ALARM(root)", " ( ALARM( \"root\" ) ) ", "ALARM (root)"] {
            assert!(is_the_alarm(rule, "root", None), "{rule}");
        }
        for rule in ["ALARM(root) OR ALARM(x)", "(ALARM(root)) AND (ALARM(root))", "OK(root)", "NOT ALARM(root)"] {
            assert!(!is_the_alarm(rule, "root", None), "{rule}");
        }
    }
}
