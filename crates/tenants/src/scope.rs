//! What a management key may do.

use std::fmt;

/// One thing a management key may be made for.
///
/// ```
/// use enroll_tenants::Scope;
///
/// assert!(Scope::Admin.opens(Scope::Read));
/// assert!(!Scope::Operate.opens(Scope::Admin));
/// assert!(!Scope::App.opens(Scope::Read), "the application asks its own questions only");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Sees everything, changes nothing.
    Read,
    /// Runs it day by day: selects groups, applies and approves; and reads.
    Operate,
    /// Decides who may write and by which rules: tenants, integrations, tokens, keys, policy; and
    /// operates; and asks as the application does.
    Admin,
    /// Changes what only the vendor's own people may, such as the login by UPN (S-27); and administers.
    Staff,
    /// Asks and reports as the application itself; nothing else.
    App,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] = [
        Self::Read,
        Self::Operate,
        Self::Admin,
        Self::Staff,
        Self::App,
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Admin => "admin",
            Self::Staff => "staff",
            Self::App => "app",
        }
    }

    /// Finds the scope of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Tells whether a key of this scope may do what needs `needed`.
    pub fn opens(self, needed: Self) -> bool {
        match self {
            Self::App => needed == Self::App,
            Self::Read | Self::Operate => needed <= self,
            Self::Admin => needed <= self || needed == Self::App,
            Self::Staff => true,
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Operate => 2,
            Self::Admin => 4,
            Self::Staff => 8,
            Self::App => 16,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of scopes.
///
/// ```
/// use enroll_tenants::{Scope, Scopes};
///
/// let scopes: Scopes = [Scope::App, Scope::Read].into_iter().collect();
/// assert!(scopes.opens(Scope::App) && !scopes.opens(Scope::Operate));
/// assert_eq!(scopes.to_string(), "read, app");
/// assert_eq!(Scopes::from_bits(scopes.bits()), scopes);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// Everything: what a key has unless it is made for less.
    pub const FULL: Self = Self(4 | 8);

    /// Returns what is stored.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Takes what was stored; a bit that means nothing opens nothing.
    pub fn from_bits(bits: u8) -> Self {
        Scope::ALL
            .into_iter()
            .filter(|scope| bits & scope.bit() != 0)
            .collect()
    }

    /// Lists them.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.0 & scope.bit() != 0)
    }

    /// Tells whether one of them may do what needs `needed`.
    pub fn opens(self, needed: Scope) -> bool {
        self.iter().any(|scope| scope.opens(needed))
    }

    /// Tells whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.iter().enumerate() {
            write!(f, "{}{scope}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_opens_what_the_table_says() {
        for (scope, opens) in [
            (Scope::Read, &[Scope::Read][..]),
            (Scope::Operate, &[Scope::Read, Scope::Operate]),
            (
                Scope::Admin,
                &[Scope::Read, Scope::Operate, Scope::Admin, Scope::App],
            ),
            (Scope::Staff, &Scope::ALL),
            (Scope::App, &[Scope::App]),
        ] {
            let found: Vec<_> = Scope::ALL.into_iter().filter(|n| scope.opens(*n)).collect();
            let mut wanted = opens.to_vec();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{scope}");
            assert_eq!(Scope::named(scope.name()), Some(scope));
        }
        assert!(
            Scope::ALL
                .into_iter()
                .all(|needed| Scopes::FULL.opens(needed))
        );
        assert!(
            !Scope::ALL
                .into_iter()
                .any(|needed| Scopes::default().opens(needed))
        );
    }

    #[test]
    fn bits_that_mean_nothing_open_nothing() {
        assert!(Scopes::from_bits(0b1110_0000).is_empty());
        assert_eq!(Scopes::from_bits(0b1110_0001).to_string(), "read");
    }
}
