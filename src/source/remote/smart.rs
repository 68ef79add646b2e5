//! Git's protocol of fetching, versions 2 and 0, one commit deep, over whatever carries bytes.
//!
//! libgit2's own transports speak version 0 only, in which most servers give no commit by its hash; its
//! HTTPS needs OpenSSL, and a time-out cannot be set in safe code. So its object store is used, and what
//! comes before it stands here.

use std::io::{self, Read};

use git2::Oid;

use super::packet::{self, Packet, SideBand, invalid, said};

/// The most references of a repository that are looked at.
const MOST_REFERENCES: usize = 1_000_000;

/// The most bytes of a list of references.
const LONGEST_LIST: u64 = 128 << 20;

/// A connection to a server.
pub(super) trait Connection {
    /// Returns what the server says first.
    fn greeting(&mut self) -> io::Result<Box<dyn Read + '_>>;

    /// Sends a request and returns the answer.
    fn ask(&mut self, request: &[u8]) -> io::Result<Box<dyn Read + '_>>;
}

/// A server that said what it can do.
pub(super) struct Server<'c> {
    connection: &'c mut dyn Connection,
    version: Version,
    capabilities: Vec<String>,
    /// All references, which a server of version 0 tells at once.
    references: Vec<Reference>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Zero,
    Two,
}

/// A reference of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// Its whole name: `refs/heads/main`.
    pub(super) name: String,
    /// The object it points to.
    pub(super) id: Oid,
}

impl<'c> Server<'c> {
    /// Reads what the server can do.
    pub(super) fn greet(connection: &'c mut dyn Connection) -> io::Result<Self> {
        let mut version = Version::Zero;
        let mut capabilities = Vec::new();
        let mut references = Vec::new();
        let greeting = connection.greeting()?;
        let mut greeting = greeting.take(LONGEST_LIST);
        let mut is_first = true;
        loop {
            let line = match packet::read(&mut greeting)? {
                Packet::Line(line) => line,
                // Over HTTP the list stands behind a line that names the service.
                Packet::Flush if is_first => continue,
                Packet::Flush | Packet::Delimiter => break,
            };
            if let Some(message) = line.strip_prefix(b"ERR ") {
                return Err(said(message));
            }
            let text = packet::text(&line);
            if text.starts_with("# service=") || text == "version 1" {
                continue;
            }
            is_first = false;
            if text == "version 2" {
                version = Version::Two;
            } else if version == Version::Two {
                capabilities.push(text);
            } else {
                let (text, found) = text.split_once('\0').unwrap_or((&text, ""));
                capabilities.extend(found.split(' ').map(str::to_owned));
                if text.starts_with("shallow ") {
                    continue;
                }
                push_reference(&mut references, text)?;
            }
        }
        drop(greeting);
        let server = Self {
            connection,
            version,
            capabilities,
            references,
        };
        match server.value("object-format") {
            None | Some("sha1") => Ok(server),
            Some(_) => Err(invalid(
                "its objects have SHA-256 names, which are not supported",
            )),
        }
    }

    /// Returns the references that may be meant by names, all of them where none is given.
    pub(super) fn references(&mut self, names: &[String]) -> io::Result<Vec<Reference>> {
        if self.version == Version::Zero {
            return Ok(self.references.clone());
        }
        let mut request = Vec::new();
        packet::write_line(&mut request, "command=ls-refs");
        self.write_agent(&mut request);
        packet::write_delimiter(&mut request);
        for name in names {
            packet::write_line(&mut request, &format!("ref-prefix {name}"));
        }
        packet::write_flush(&mut request);
        let answer = self.connection.ask(&request)?;
        let mut answer = answer.take(LONGEST_LIST);
        let mut references = Vec::new();
        while let Packet::Line(line) = packet::read(&mut answer)? {
            if let Some(message) = line.strip_prefix(b"ERR ") {
                return Err(said(message));
            }
            let text = packet::text(&line);
            // Attributes, such as what a symbolic reference leads to, stand behind the name.
            let end = text
                .match_indices(' ')
                .nth(1)
                .map_or(text.len(), |(at, _)| at);
            push_reference(&mut references, &text[..end])?;
        }
        Ok(references)
    }

    /// Tells whether the server gives a commit that is asked for by its hash.
    pub(super) fn gives(&self, id: Oid) -> bool {
        self.version == Version::Two
            || self.references.iter().any(|reference| reference.id == id)
            || ["allow-reachable-sha1-in-want", "allow-any-sha1-in-want"]
                .iter()
                .any(|name| self.capabilities.iter().any(|have| have == name))
    }

    /// Asks for a commit, as shallow as the server can, and hands over the pack.
    pub(super) fn fetch<T>(
        &mut self,
        id: Oid,
        take: impl FnOnce(&mut dyn Read) -> io::Result<T>,
    ) -> io::Result<T> {
        match self.version {
            Version::Zero => self.fetch_0(id, take),
            Version::Two => self.fetch_2(id, take),
        }
    }

    fn fetch_2<T>(
        &mut self,
        id: Oid,
        take: impl FnOnce(&mut dyn Read) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut request = Vec::new();
        packet::write_line(&mut request, "command=fetch");
        self.write_agent(&mut request);
        packet::write_delimiter(&mut request);
        packet::write_line(&mut request, "ofs-delta");
        packet::write_line(&mut request, "no-progress");
        let features = self.value("fetch").unwrap_or_default();
        if features.split(' ').any(|feature| feature == "shallow") {
            packet::write_line(&mut request, "deepen 1");
        }
        packet::write_line(&mut request, &format!("want {id}"));
        packet::write_line(&mut request, "done");
        packet::write_flush(&mut request);
        let mut answer = self.connection.ask(&request)?;
        loop {
            match packet::read(&mut answer)? {
                Packet::Line(line) => {
                    if let Some(message) = line.strip_prefix(b"ERR ") {
                        return Err(said(message));
                    }
                    if packet::text(&line) == "packfile" {
                        return take(&mut SideBand::new(&mut answer));
                    }
                }
                Packet::Delimiter => {}
                Packet::Flush => return Err(invalid("the answer holds no pack")),
            }
        }
    }

    fn fetch_0<T>(
        &mut self,
        id: Oid,
        take: impl FnOnce(&mut dyn Read) -> io::Result<T>,
    ) -> io::Result<T> {
        let can = |name: &str| self.capabilities.iter().any(|have| have == name);
        let has_side_band = can("side-band-64k");
        let is_shallow = can("shallow");
        let wanted = ["side-band-64k", "ofs-delta", "no-progress"];
        let mut line = format!("want {id}");
        for name in wanted.into_iter().filter(|name| can(name)) {
            line.push(' ');
            line.push_str(name);
        }
        let mut request = Vec::new();
        packet::write_line(&mut request, &line);
        if is_shallow {
            packet::write_line(&mut request, "deepen 1");
        }
        packet::write_flush(&mut request);
        packet::write_line(&mut request, "done");
        let mut answer = self.connection.ask(&request)?;
        let mut shallow_is_over = !is_shallow;
        loop {
            match packet::read(&mut answer)? {
                Packet::Line(line) => {
                    if let Some(message) = line.strip_prefix(b"ERR ") {
                        return Err(said(message));
                    }
                    if shallow_is_over && packet::text(&line).starts_with("NAK") {
                        break;
                    }
                }
                Packet::Flush | Packet::Delimiter if !shallow_is_over => shallow_is_over = true,
                _ => return Err(invalid("the answer holds no pack")),
            }
        }
        if has_side_band {
            take(&mut SideBand::new(&mut answer))
        } else {
            take(&mut answer)
        }
    }

    /// Returns the value of a capability.
    fn value(&self, name: &str) -> Option<&str> {
        self.capabilities
            .iter()
            .find_map(|capability| capability.strip_prefix(name)?.strip_prefix('='))
    }

    fn write_agent(&self, request: &mut Vec<u8>) {
        if self.value("agent").is_some() {
            packet::write_line(
                request,
                concat!("agent=lockgate/", env!("CARGO_PKG_VERSION")),
            );
        }
        if self.value("object-format").is_some() {
            packet::write_line(request, "object-format=sha1");
        }
    }
}

fn push_reference(references: &mut Vec<Reference>, text: &str) -> io::Result<()> {
    let parsed = text
        .split_once(' ')
        .and_then(|(id, name)| Some((id.parse::<Oid>().ok()?, name)));
    let Some((id, name)) = parsed else {
        return Err(invalid("the list of references holds something else"));
    };
    // An empty repository has one line with no object; an annotated tag has a second line with the
    // object behind it, which no one may ask for by it.
    if !id.is_zero() && !name.ends_with("^{}") {
        references.push(Reference {
            name: name.to_owned(),
            id,
        });
    }
    if references.len() > MOST_REFERENCES {
        return Err(invalid("it has too many references"));
    }
    Ok(())
}

/// The names by which a reference may be meant, the first that exists counts.
pub(super) fn candidates(reference: &str) -> [String; 6] {
    [
        reference.to_owned(),
        format!("refs/{reference}"),
        format!("refs/tags/{reference}"),
        format!("refs/heads/{reference}"),
        format!("refs/remotes/{reference}"),
        format!("refs/remotes/{reference}/HEAD"),
    ]
}

/// Returns the commit that a reference is the whole hash of, if it is one.
pub(super) fn as_hash(reference: &str) -> Option<Oid> {
    (reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| reference.parse().ok())
        .flatten()
}

/// Returns the branch or tag that is named most like a reference, if one is.
pub(super) fn nearest(reference: &str, references: &[Reference]) -> Option<String> {
    references
        .iter()
        .filter_map(|found| {
            let name = ["refs/heads/", "refs/tags/"]
                .iter()
                .find_map(|folder| found.name.strip_prefix(folder))?;
            Some((strsim::damerau_levenshtein(name, reference), name))
        })
        .filter(|(distance, _)| *distance <= reference.len() / 3 + 1)
        .min()
        .map(|(_, name)| name.to_owned())
}
