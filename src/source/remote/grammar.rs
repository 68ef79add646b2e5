//! What addresses of repositories may hold: nothing that could be taken for an option, and nothing that means
//! something to a shell, whoever may hand them to one.

use percent_encoding::percent_decode_str;

use super::reference::Scheme;

/// The longest address.
const LONGEST: usize = 4096;

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum ReferenceError {
    #[error("`{shown}` is longer than {LONGEST} bytes")]
    TooLong { shown: String },
    #[error("the {part} of `{shown}` begins with `-`, like an option")]
    Option { part: &'static str, shown: String },
    #[error("the {part} of `{shown}` holds {found:?}, which none may hold")]
    Char {
        part: &'static str,
        found: char,
        shown: String,
    },
    #[error("`{shown}` leads out of its repository")]
    LeavesRepository { shown: String },
    #[error("`{reference}` in `{shown}` is no name of a branch, a tag or a commit")]
    Reference { reference: String, shown: String },
}

/// Holds an address to a length.
pub(super) fn check_length(text: &str, shown: &dyn Fn() -> String) -> Result<(), ReferenceError> {
    if text.len() <= LONGEST {
        return Ok(());
    }
    let shown = shown().chars().take(80).collect::<String>() + "…";
    Err(ReferenceError::TooLong { shown })
}

/// Holds the user and the host to plain text.
pub(super) fn check_host(
    host: &str,
    scheme: Scheme,
    shown: &dyn Fn() -> String,
) -> Result<(), ReferenceError> {
    let (_, after_scheme) = host.split_once("://").unwrap_or(("", host));
    let (user, name) = after_scheme.rsplit_once('@').unwrap_or(("", after_scheme));
    let part = "host";
    if after_scheme.starts_with('-') || name.starts_with('-') {
        return Err(ReferenceError::Option {
            part,
            shown: shown(),
        });
    }
    let is_fine = |char: char| {
        char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | ':' | '[' | ']' | '/')
    };
    if let Some(found) = name.chars().find(|char| !is_fine(*char)) {
        return Err(ReferenceError::Char {
            part,
            found,
            shown: shown(),
        });
    }
    // `ssh` may hand the user on to a shell, as that of a proxy.
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-+".contains(char);
    let user = user.split(':').next().unwrap_or_default();
    let is_of_a_shell = |char: char| matches!(char, '$' | ';' | '`' | '&');
    let is_wrong = |char: &char| is_of_a_shell(*char) || scheme == Scheme::Ssh && !is_plain(*char);
    if let Some(found) = user.chars().find(is_wrong) {
        return Err(ReferenceError::Char {
            part: "user",
            found,
            shown: shown(),
        });
    }
    // A web server is told the user and password encoded, but no line may end in them.
    if let Some(found) = after_scheme.chars().find(|char| char.is_control()) {
        return Err(ReferenceError::Char {
            part,
            found,
            shown: shown(),
        });
    }
    Ok(())
}

/// Holds a path to plain text, encoded or not.
pub(super) fn check_path(
    part: &'static str,
    path: &str,
    scheme: Scheme,
    shown: &dyn Fn() -> String,
) -> Result<(), ReferenceError> {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    for text in [path, &decoded] {
        if text.starts_with('-') {
            return Err(ReferenceError::Option {
                part,
                shown: shown(),
            });
        }
        let is_fine = |char: char| {
            char.is_alphanumeric()
                || "-._~/%+,@:=".contains(char)
                // No shell ever sees the path of a folder here, or an encoded space.
                || char == ' ' && (scheme == Scheme::File || text != path)
        };
        if let Some(found) = text.chars().find(|char| !is_fine(*char)) {
            return Err(ReferenceError::Char {
                part,
                found,
                shown: shown(),
            });
        }
    }
    Ok(())
}

/// Holds a name to Git's rules for names of references and to what no shell takes for more than text.
pub(super) fn check_reference(
    reference: &str,
    shown: &dyn Fn() -> String,
) -> Result<(), ReferenceError> {
    let part = "ref";
    if reference.starts_with('-') {
        return Err(ReferenceError::Option {
            part,
            shown: shown(),
        });
    }
    let is_fine = |char: char| char.is_alphanumeric() || "-._/+,@=%#".contains(char);
    if let Some(found) = reference.chars().find(|char| !is_fine(*char)) {
        return Err(ReferenceError::Char {
            part,
            found,
            shown: shown(),
        });
    }
    let is_name = !reference.starts_with(['/', '+', '.'])
        && !reference.ends_with(['/', '.'])
        && !reference.contains("..")
        && !reference.contains("//")
        && !reference.contains("/.")
        && !reference.contains("@{")
        && reference != "@"
        && reference
            .split('/')
            .all(|segment| !segment.to_ascii_lowercase().ends_with(".lock"));
    if is_name {
        Ok(())
    } else {
        Err(ReferenceError::Reference {
            reference: reference.to_owned(),
            shown: shown(),
        })
    }
}
