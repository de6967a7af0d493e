//! What a column of a sheet shows of its rows.

use crate::account::fact::{BaseType, Fact, Field, Kind, Observed, Subject};
use crate::pack::words::{NOT_KNOWN, shown, stamp, thousands, yes_no};

/// A row: the subjects of the sheet's kinds that have its id, in the order of the kinds.
pub(super) struct SheetRow<'a> {
    pub id: &'a str,
    pub subjects: Vec<&'a dyn Subject>,
}

/// One column before those of the controls.
#[derive(Clone, Copy)]
pub(super) struct Column {
    shows: Shows,
    /// Set where the column is about more than a fact, or is wider than one.
    title: Option<&'static str>,
    /// In the table's file; the fact's name where nothing else is said.
    key: Option<&'static str>,
    /// As in [`crate::pack::Column::kind`]; by the fact's type where nothing else is said.
    kind: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Shows {
    /// The fact of the first subject that has one of this name, or else of the second name.
    Fact(&'static str, Option<&'static str>),
    /// How many a list holds.
    Count(&'static str),
    Id,
    Label,
    Words(fn(&SheetRow<'_>) -> String),
}

const fn column(shows: Shows) -> Column {
    Column { shows, title: None, key: None, kind: None }
}

/// A fact, titled and worded as it is declared.
pub(super) const fn fact(name: &'static str) -> Column {
    column(Shows::Fact(name, None))
}

/// The number of a list's members.
pub(super) const fn number_of(name: &'static str, title: &'static str, key: &'static str) -> Column {
    column(Shows::Count(name)).titled(title).key(key).kind("number")
}

/// The subject's id.
pub(super) const fn id(title: &'static str, key: &'static str) -> Column {
    column(Shows::Id).titled(title).key(key).kind("text")
}

/// The subject's name.
pub(super) const fn label(title: &'static str, key: &'static str) -> Column {
    column(Shows::Label).titled(title).key(key).kind("text")
}

/// What several facts come to.
pub(super) const fn words(title: &'static str, key: &'static str, of: fn(&SheetRow<'_>) -> String) -> Column {
    column(Shows::Words(of)).titled(title).key(key).kind("word")
}

impl Column {
    /// The fact of rows that lack the first one.
    pub const fn or(self, other: &'static str) -> Self {
        match self.shows {
            Shows::Fact(name, _) => Self { shows: Shows::Fact(name, Some(other)), ..self },
            _ => self,
        }
    }
    pub const fn titled(self, title: &'static str) -> Self {
        Self { title: Some(title), ..self }
    }
    pub const fn key(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }
    /// A text of one or two words.
    pub const fn word(self) -> Self {
        self.kind("word")
    }
    const fn kind(self, kind: &'static str) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Its place in the sheet's head; `kinds` are those of the rows.
    pub fn head(self, kinds: &[&'static Kind]) -> crate::pack::Column {
        let field = self.field(kinds);
        let title = self.title.map_or_else(|| field.map(title).unwrap_or_default(), str::to_owned);
        let name = field.map_or("", |field| field.name);
        let kind = self.kind.or_else(|| field.map(|field| kind_of(field.ty.base))).unwrap_or("text");
        crate::pack::Column { title, key: self.key.unwrap_or(name).to_owned(), control: None, kind }
    }

    fn field(self, kinds: &[&'static Kind]) -> Option<&'static Field> {
        let (Shows::Fact(name, _) | Shows::Count(name)) = self.shows else { return None };
        kinds.iter().find_map(|kind| kind.field(name)).map(|(_, field)| field)
    }

    pub fn cell(self, row: &SheetRow<'_>) -> String {
        match self.shows {
            Shows::Fact(name, other) => {
                let found = find(row, name).or_else(|| find(row, other?));
                found.map_or_else(String::new, |(field, fact)| shown(&fact, |fact| cell(field, fact)))
            }
            Shows::Count(name) => match find(row, name) {
                Some((_, fact)) => shown(&fact, |fact| match fact {
                    Fact::TextList(items) => thousands(items.len() as u64),
                    _ => String::new(),
                }),
                None => String::new(),
            },
            Shows::Id => row.id.to_owned(),
            Shows::Label => row.subjects.first().map_or_else(String::new, |subject| subject.label().to_owned()),
            Shows::Words(of) => of(row),
        }
    }
}

/// The fact of the row's first subject that has one of this name.
fn find(row: &SheetRow<'_>, name: &str) -> Option<(&'static Field, Observed<Fact>)> {
    row.subjects.iter().find_map(|subject| {
        let (index, field) = subject.kind().field(name)?;
        Some((field, subject.fact(index)))
    })
}

/// A known fact of the row in words, for columns that put several together.
pub(super) fn known(row: &SheetRow<'_>, name: &str) -> Option<String> {
    let (field, fact) = find(row, name)?;
    fact.known().map(|fact| cell(field, fact))
}

/// Columns of times say in which zone they are.
fn title(field: &Field) -> String {
    let zone = if field.ty.base == BaseType::Time { " (UTC)" } else { "" };
    format!("{}{zone}", field.label())
}

const fn kind_of(base: BaseType) -> &'static str {
    match base {
        BaseType::Bool => "word",
        BaseType::Int => "number",
        BaseType::Text | BaseType::TextList => "text",
        BaseType::Time => "time",
    }
}

fn cell(field: &Field, fact: &Fact) -> String {
    match fact {
        Fact::Null => field.none.to_owned(),
        Fact::Bool(value) => yes_no(*value).to_owned(),
        Fact::Int(value) => value.to_string(),
        Fact::Text(value) => value.clone(),
        Fact::Time(value) => stamp(*value),
        Fact::TextList(values) if values.is_empty() => field.none.to_owned(),
        Fact::TextList(values) => values.join(", "),
    }
}

/// Who owns a role. Not known where either mark could not be read.
pub(super) fn role_kind(row: &SheetRow<'_>) -> String {
    let mark = |name| match find(row, name) {
        Some((_, Observed::Known(Fact::Bool(value)))) => Some(value),
        _ => None,
    };
    match (mark("service_linked"), mark("identity_center")) {
        (Some(true), _) => "service-linked",
        (_, Some(true)) => "Identity Center",
        (Some(false), Some(false)) => "customer",
        _ => NOT_KNOWN,
    }
    .to_owned()
}

/// Which of a user's credentials it is.
pub(super) fn credential_kind(row: &SheetRow<'_>) -> String {
    match find(row, "slot") {
        Some((_, slot)) => format!("access key {}", shown(&slot, |_| known(row, "slot").unwrap_or_default())),
        None => known(row, "kind").unwrap_or_else(|| NOT_KNOWN.to_owned()),
    }
}

/// By which protocol people sign in through an identity provider.
pub(super) fn provider_kind(row: &SheetRow<'_>) -> String {
    let is_saml = find(row, "valid_until").is_some();
    if is_saml { "SAML" } else { "OpenID Connect" }.to_owned()
}
