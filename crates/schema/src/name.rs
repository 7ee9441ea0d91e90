//! Names as spelled, compared as RFC 7643 §2.1 compares them: ASCII letters without case.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

macro_rules! caseless_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Keeps `text` as spelled.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// Returns the spelling it was made with.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Tells whether `other` is the same name, ASCII letter case ignored.
            pub fn is(&self, other: &str) -> bool {
                self.0.eq_ignore_ascii_case(other)
            }
        }

        impl $name {
            /// Compares with `other` as [`Ord`] does, without making a name of it.
            pub(crate) fn cmp_str(&self, other: &str) -> Ordering {
                let lower = |b: u8| b.to_ascii_lowercase();
                self.0.bytes().map(lower).cmp(other.bytes().map(lower))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.is(&other.0)
            }
        }

        impl Eq for $name {}

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.is(other)
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.cmp_str(&other.0)
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                for byte in self.0.bytes() {
                    state.write_u8(byte.to_ascii_lowercase());
                }
                state.write_u8(0xff);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

caseless_text! {
    /// An attribute name as spelled; equality, order and hash ignore ASCII letter case.
    AttrName
}
caseless_text! {
    /// A schema URI as spelled; equality, order and hash ignore ASCII letter case.
    Urn
}
