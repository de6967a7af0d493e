//! The populations that controls are about, declared once.

use super::fact::{Gap, Subject};
use std::sync::Arc;

/// The members of one kind, and what keeps the list from being complete.
#[derive(Clone, Debug)]
pub struct Population<T> {
    /// Sorted by id.
    pub subjects: Vec<T>,
    /// Gaps in the sources that enumerate it. Not empty: the population is at best a part.
    pub gaps: Vec<Arc<Gap>>,
}

impl<T> Population<T> {
    /// Of a kind of which every account has one.
    pub fn single(subject: T) -> Self {
        Self { subjects: vec![subject], gaps: Vec::new() }
    }

    /// Known to have no member.
    pub const fn empty() -> Self {
        Self { subjects: Vec::new(), gaps: Vec::new() }
    }
}

/// A population seen without its type, as the assessment reads it.
pub struct View<'a> {
    pub subjects: Vec<&'a dyn Subject>,
    pub gaps: &'a [Arc<Gap>],
}

/// The same, to be changed: tests take members, facts and completeness away from an account.
pub struct ViewMut<'a> {
    pub subjects: Vec<&'a mut dyn Subject>,
    pub gaps: &'a mut Vec<Arc<Gap>>,
}

/// A population of any kind.
pub trait AnyPopulation {
    fn view(&self) -> View<'_>;
    fn view_mut(&mut self) -> ViewMut<'_>;
    /// Takes every member away.
    fn clear(&mut self);
}

impl<T: Subject> AnyPopulation for Population<T> {
    fn view(&self) -> View<'_> {
        View { subjects: self.subjects.iter().map(|one| one as &dyn Subject).collect(), gaps: &self.gaps }
    }
    fn view_mut(&mut self) -> ViewMut<'_> {
        let subjects = self.subjects.iter_mut().map(|one| one as &mut dyn Subject).collect();
        ViewMut { subjects, gaps: &mut self.gaps }
    }
    fn clear(&mut self) {
        self.subjects.clear();
    }
}

/// Every gap of a population: in its list, and in the facts of its members.
pub fn gaps(view: View<'_>) -> impl Iterator<Item = Arc<Gap>> {
    let of_facts = view.subjects.into_iter().flat_map(|subject| {
        let facts = (0..subject.kind().fields.len()).map(move |index| subject.fact(index));
        facts.filter_map(|fact| fact.gap().cloned())
    });
    view.gaps.iter().cloned().chain(of_facts)
}

/// Declares an account: its populations, and what else is known of it, each with the value that an empty account has.
/// A population is declared nowhere else; schema, sheets, gaps and tests find it by its kind.
macro_rules! populations {
    (
        $(#[$attribute:meta])*
        pub struct Account;
        populations, in the order of the pack { $( $population:ident: $Kind:ident, )* }
        also { $( $(#[$doc:meta])* $field:ident: $ty:ty = $nothing:expr, )* }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug)]
        pub struct Account {
            $( pub $population: $crate::account::populations::Population<$Kind>, )*
            $( $(#[$doc])* pub $field: $ty, )*
        }

        /// Every kind of subject, in the order of the pack.
        pub const KINDS: &[&$crate::account::fact::Kind] = &[$( $Kind::KIND ),*];

        impl Account {
            /// Without members and without gaps: what tests put an account together from.
            pub fn empty() -> Self {
                Self {
                    $( $population: $crate::account::populations::Population::empty(), )*
                    $( $field: $nothing, )*
                }
            }

            fn find(&self, kind: &$crate::account::fact::Kind) -> &dyn $crate::account::populations::AnyPopulation {
                $( if kind.name == $Kind::KIND.name { return &self.$population; } )*
                unreachable!("{} is not in the list of kinds", kind.name)
            }

            fn find_mut(
                &mut self,
                kind: &$crate::account::fact::Kind,
            ) -> &mut dyn $crate::account::populations::AnyPopulation {
                $( if kind.name == $Kind::KIND.name { return &mut self.$population; } )*
                unreachable!("{} is not in the list of kinds", kind.name)
            }
        }
    };
}
pub(crate) use populations;
