//! Made-up words for real ones: the same for the same, of the same shape, and none tells which.
//!
//! Words are numbered as they come, not derived from what they stand for: nothing can be tried
//! against them.

use std::collections::{BTreeMap, BTreeSet};

/// Replaces words, numbers and ids; letter case, punctuation and white space stay.
#[derive(Debug)]
pub(crate) struct Words {
    /// Eight hex digits that no other case has.
    case: String,
    made: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    ids: BTreeMap<String, String>,
    count: u64,
}

/// What a word may be of: no vowel, so that no made-up word is a name.
const LETTERS: &[char] = &[
    'b', 'c', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x',
    'z',
];
const HEX_LETTERS: &[char] = &['b', 'c', 'd', 'f'];
const DIGITS: &[char] = &['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'];
/// Letters beyond ASCII stay beyond ASCII: lengths in bytes and folding are part of what is sent.
const ACCENTED: &[char] = &['é', 'ö', 'ü', 'ñ'];
const IDEOGRAMS: &[char] = &['名', '前', '例'];

/// Words of the protocol and of booleans, which say nothing of anybody.
const KEPT: &[&str] = &["http", "https", "mailto", "tel", "true", "false"];

/// Least length of a word of hex digits that is taken for a number in hex.
const HEX_WORD_MIN: usize = 8;

impl Words {
    /// Starts for a case; `case` is eight hex digits of its own.
    pub(crate) fn new(case: &str) -> Self {
        Self {
            case: case.to_owned(),
            made: BTreeMap::new(),
            taken: BTreeSet::new(),
            ids: BTreeMap::new(),
            count: 0,
        }
    }

    /// Returns the made-up id of a resource: a UUID, whatever the real one looks like.
    pub(crate) fn id(&mut self, id: &str) -> String {
        if let Some(known) = self.ids.get(id) {
            return known.clone();
        }
        let made = self.guid(id);
        self.ids.insert(id.to_owned(), made.clone());
        made
    }

    /// Returns an id that stands for nothing.
    pub(crate) fn new_id(&mut self) -> String {
        let none = format!("none {}", self.count);
        self.id(&none)
    }

    /// Replaces every word of a text.
    pub(crate) fn text(&mut self, text: &str) -> String {
        if let Some(id) = self.ids.get(text) {
            return id.clone();
        }
        match text.rsplit_once('@') {
            Some((local, domain)) if !text.contains(char::is_whitespace) => {
                format!("{}@{}", self.words(local), self.domain(domain))
            }
            _ => self.words(text),
        }
    }

    /// Keeps how many labels a domain has; the last one is `example`.
    fn domain(&mut self, domain: &str) -> String {
        match domain.rsplit_once('.') {
            Some((host, last)) if last.chars().all(char::is_alphabetic) && !last.is_empty() => {
                let last = recased(last, "example");
                format!("{}.{last}", self.words(host))
            }
            _ => self.words(domain),
        }
    }

    fn words(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(guid) = rest.get(..GUID_BYTES).filter(|guid| is_guid(guid)) {
                out.push_str(&self.guid(guid));
                rest = rest.get(GUID_BYTES..).unwrap_or_default();
                continue;
            }
            // An escape that was encoded twice is punctuation too.
            if let Some(escape) = rest.get(..3).filter(|escape| is_escape(escape)) {
                out.push_str(escape);
                rest = rest.get(3..).unwrap_or_default();
                continue;
            }
            let end = |is_in: bool| {
                let other = |c: char| c.is_alphanumeric() != is_in || c == '%';
                rest.find(other).unwrap_or(rest.len())
            };
            let end = end(first.is_alphanumeric()).max(first.len_utf8());
            let (part, after) = rest.split_at(end);
            if first.is_alphanumeric() {
                out.push_str(&self.word(part));
            } else {
                out.push_str(part);
            }
            rest = after;
        }
        out
    }

    fn word(&mut self, word: &str) -> String {
        let folded = word.to_lowercase();
        if KEPT.contains(&folded.as_str()) {
            return word.to_owned();
        }
        let made = match self.made.get(&folded) {
            Some(made) => made.clone(),
            None => self.make(&folded),
        };
        recased(word, &made)
    }

    fn make(&mut self, folded: &str) -> String {
        let is_hex =
            folded.len() >= HEX_WORD_MIN && folded.bytes().all(|byte| byte.is_ascii_hexdigit());
        let alphabet = |c: char| match c {
            'a'..='z' if is_hex => HEX_LETTERS,
            'a'..='z' => LETTERS,
            _ if c.is_numeric() => DIGITS,
            _ if c.is_lowercase() => ACCENTED,
            _ => IDEOGRAMS,
        };
        let mut alphabets: Vec<_> = folded.chars().map(alphabet).collect();
        loop {
            for _ in 0..TRIES {
                self.count += 1;
                let made = spelled(spread(self.count), &alphabets);
                if made != folded && self.taken.insert(made.clone()) {
                    self.made.insert(folded.to_owned(), made.clone());
                    return made;
                }
            }
            // All words of that shape are taken.
            alphabets.push(alphabets.last().copied().unwrap_or(LETTERS));
        }
    }

    fn guid(&mut self, guid: &str) -> String {
        let folded = guid.to_lowercase();
        let (case, next) = (&self.case, self.count + 1);
        let made = self.made.entry(folded).or_insert_with(|| {
            self.count = next;
            format!("{case}-0000-4000-8000-{next:012}")
        });
        recased(guid, made)
    }
}

/// Length of a UUID as text.
const GUID_BYTES: usize = 36;
/// How often a shape is tried before a word gets longer.
const TRIES: u32 = 200;

/// Spreads numbers that follow each other (the finish of SplitMix64).
fn spread(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 31)
}

/// Spells a number with one alphabet for each place.
fn spelled(mut number: u64, alphabets: &[&[char]]) -> String {
    let spell = |alphabet: &&[char]| {
        let size = alphabet.len() as u64;
        let letter = usize::try_from(number % size).unwrap_or_default();
        number /= size;
        alphabet.get(letter).copied().unwrap_or('b')
    };
    alphabets.iter().map(spell).collect()
}

/// Gives a made-up word the letter case of the real one.
fn recased(word: &str, made: &str) -> String {
    let upper = |c: char| {
        let mut up = c.to_uppercase();
        up.next().filter(|_| up.next().is_none()).unwrap_or(c)
    };
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let is_loud = letters().next().is_some() && letters().all(char::is_uppercase);
    let is_same_shape = word.chars().count() == made.chars().count();
    let mut shape = word.chars();
    let case = |(place, c): (usize, char)| {
        let like = shape.next();
        let loud = if is_same_shape && !is_loud {
            like.is_some_and(char::is_uppercase)
        } else {
            is_loud || place == 0 && like.is_some_and(char::is_uppercase)
        };
        if loud { upper(c) } else { c }
    };
    made.chars().enumerate().map(case).collect()
}

/// Tells whether a text is the percent-encoding of a character that is in no word.
fn is_escape(text: &str) -> bool {
    let byte = text
        .strip_prefix('%')
        .map(|hex| u8::from_str_radix(hex, 16));
    matches!(byte, Some(Ok(byte)) if byte.is_ascii() && !byte.is_ascii_alphanumeric())
}

fn is_guid(text: &str) -> bool {
    text.bytes().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_stays_and_the_words_go() {
        let mut words = Words::new("12345678");
        for text in [
            "Ada Lovelace",
            "ada.lovelace@eu.acme.com",
            "ADA",
            "  Ng \t",
            "+44 (20) 7946-0018",
            "00u1a2B3c",
            "Zoë Ångström 名前",
            "7f9c2e10aa",
            "https://acme.com/~ada?x=1",
            "O'Neil-Smith, Jr.",
        ] {
            let made = words.text(text);
            let shape = |text: &str| -> String {
                let class = |c: char| match c {
                    _ if c.is_numeric() => '0',
                    _ if c.is_uppercase() => 'A',
                    _ if c.is_alphabetic() => 'a',
                    _ => c,
                };
                text.chars().map(class).collect()
            };
            let wanted = shape(&text.replace(".com", ".example"));
            if text.contains('@') {
                assert_eq!(shape(&made), wanted, "{made}");
            } else {
                assert_eq!(shape(&made), shape(text), "{text} -> {made}");
            }
            let parts = text.split(|c: char| !c.is_alphanumeric());
            for part in parts.filter(|part| part.len() > 2 && !KEPT.contains(part)) {
                assert!(!made.contains(part), "{text} -> {made}");
            }
        }
    }

    #[test]
    fn the_same_is_the_same_whatever_its_letter_case() {
        let mut words = Words::new("12345678");
        let (name, address) = (words.text("Ada KING"), words.text("ada.king@x.org"));
        let (first, last) = name.split_once(' ').unwrap();
        assert!(address.starts_with(&format!("{}.{}", first.to_lowercase(), last.to_lowercase())));
        assert_eq!(words.text("Ada KING"), name);
        assert_eq!(words.text("True"), "True");
        let id = "2819C223-7f76-453a-919d-413861904646";
        let made = words.text(id);
        assert!(is_guid(&made) && made.starts_with("12345678"), "{made}");
        assert_eq!(
            words.text(&id.to_lowercase()).to_lowercase(),
            made.to_lowercase()
        );
    }

    #[test]
    fn different_words_stay_different_even_short_ones() {
        let mut words = Words::new("12345678");
        let all: Vec<String> = (0..3_000).map(|n| format!("x{n}")).collect();
        let made: BTreeSet<_> = all.iter().map(|word| words.text(word)).collect();
        assert_eq!(made.len(), all.len());
        let short: BTreeSet<_> = ('a'..='z').map(|c| words.text(&c.to_string())).collect();
        assert_eq!(short.len(), 26);
    }

    #[test]
    fn an_id_becomes_a_uuid_wherever_it_stands() {
        let mut words = Words::new("12345678");
        let id = words.id("u1");
        assert!(is_guid(&id), "{id}");
        assert_eq!((words.text("u1"), words.id("u1")), (id.clone(), id));
        assert_ne!(words.new_id(), words.new_id());
    }
}
