//! Digests of what was rendered.
//!
//! An object's digest is over its compact JSON with sorted keys; a component's over those of its objects, whatever
//! their order; an environment's over the names and digests of its components; a set's over those of
//! its environments. `docs/digests.md` describes them for other tools.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use ring::digest::{Context, SHA256};
use rustc_hash::FxHashMap;

use crate::yaml::Node;
use crate::yaml::json::{self, Escape};

/// A SHA-256 digest, written as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// What keeps digests of different things, and of later versions of the form, apart.
const OBJECT: &[u8] = b"lockgate.dev/object/v1\0";
const COMPONENT: &[u8] = b"lockgate.dev/component/v1\0";
const ENVIRONMENT: &[u8] = b"lockgate.dev/environment/v1\0";
const SET: &[u8] = b"lockgate.dev/set/v1\0";

impl Digest {
    /// Returns the digest of an object: the same for all texts that mean the same.
    pub fn of_object(node: &Node) -> Self {
        Self::of_object_by(node, &mut String::new())
    }

    /// Returns the digest of an object, its form written over what a buffer holds.
    fn of_object_by(node: &Node, form: &mut String) -> Self {
        form.clear();
        json::write(node, Escape::Minimal, form);
        let mut hash = Context::new(&SHA256);
        hash.update(OBJECT);
        hash.update(form.as_bytes());
        Self::finished(hash)
    }

    /// Returns the digest of a component, from those of its objects in any order.
    pub fn of_component(objects: impl IntoIterator<Item = Digest>) -> Self {
        let mut digests: Vec<Digest> = objects.into_iter().collect();
        digests.sort_unstable();
        let mut hash = Context::new(&SHA256);
        hash.update(COMPONENT);
        for digest in digests {
            hash.update(&digest.0);
        }
        Self::finished(hash)
    }

    /// Returns the digest of an environment, from its components' names and digests in any order.
    pub fn of_environment<'n>(components: impl IntoIterator<Item = (&'n str, Digest)>) -> Self {
        Self::of_named(ENVIRONMENT, components)
    }

    /// Returns the digest of a set, from its environments' names and digests in any order.
    pub fn of_set<'n>(environments: impl IntoIterator<Item = (&'n str, Digest)>) -> Self {
        Self::of_named(SET, environments)
    }

    fn finished(hash: Context) -> Self {
        let mut digest = Self([0; 32]);
        digest.0.copy_from_slice(hash.finish().as_ref());
        digest
    }

    fn of_named<'n>(domain: &[u8], parts: impl IntoIterator<Item = (&'n str, Digest)>) -> Self {
        let mut parts: Vec<(&str, Digest)> = parts.into_iter().collect();
        parts.sort_unstable();
        let mut hash = Context::new(&SHA256);
        hash.update(domain);
        for (name, digest) in parts {
            // No name holds a NUL.
            hash.update(name.as_bytes());
            hash.update(&[0]);
            hash.update(&digest.0);
        }
        Self::finished(hash)
    }
}

/// The digests of objects that builds share: an object of a base stands in each overlay that leaves it as
/// it is.
#[derive(Default)]
pub(super) struct ObjectDigests(RwLock<FxHashMap<usize, (Node, Digest)>>);

impl ObjectDigests {
    /// Returns the digest of a component with these objects.
    pub(super) fn of_component<'n>(&self, objects: impl Iterator<Item = &'n Node>) -> Digest {
        let mut form = String::with_capacity(4096);
        Digest::of_component(objects.map(|node| {
            let place = node.place();
            if let Some(known) = place.and_then(|place| self.get(place)) {
                return known;
            }
            let digest = Digest::of_object_by(node, &mut form);
            if let Some(place) = place {
                let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
                // Kept with the object, as its place is its own while it is there.
                known.insert(place, (node.clone(), digest));
            }
            digest
        }))
    }

    fn get(&self, place: usize) -> Option<Digest> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&place).map(|(_, digest)| *digest)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{FileId, Limits, parse};

    fn digest(text: &str) -> Digest {
        let documents = parse(text.as_bytes(), FileId::of("x.yaml"), &Limits::default()).unwrap();
        Digest::of_object(&documents[0])
    }

    #[test]
    fn style_and_key_order_do_not_count() {
        assert_eq!(
            digest("a: 1\nb: {c: [x, 'y']}\n"),
            digest("b:\n  c:\n  - \"x\"\n  - y\na: 1 # one\n")
        );
        assert_ne!(digest("a: [1, 2]\n"), digest("a: [2, 1]\n"));
        assert_ne!(digest("a: 1\n"), digest("a: '1'\n"));
        assert_eq!(digest("a: 012\n"), digest("a: 10.0\n"));
    }

    /// The golden digest: it changes only with a new version of the form.
    #[test]
    fn the_form_is_what_the_documentation_says() {
        let mut hash = Context::new(&SHA256);
        hash.update(b"lockgate.dev/object/v1\0{\"a\":[1,true],\"b\":null}");
        let by_hand = Digest::finished(hash);
        assert_eq!(digest("b: null\na: [1, true]\n"), by_hand);
    }

    #[test]
    fn the_order_of_objects_and_components_does_not_count() {
        let (a, b) = (digest("a: 1\n"), digest("b: 1\n"));
        assert_eq!(Digest::of_component([a, b]), Digest::of_component([b, a]));
        assert_ne!(Digest::of_component([a, a]), Digest::of_component([a]));
        assert_eq!(
            Digest::of_environment([("x", a), ("y", b)]),
            Digest::of_environment([("y", b), ("x", a)])
        );
        assert_ne!(
            Digest::of_environment([("x", a)]),
            Digest::of_set([("x", a)])
        );
    }
}
