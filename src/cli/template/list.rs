//! Flags that hold a list: values between commas, those with commas in quotes, as a line of CSV.

use anyhow::bail;

/// Returns the values of a flag that was given several times.
pub(super) fn values(flag: &str, given: &[String]) -> anyhow::Result<Vec<String>> {
    let mut values = Vec::new();
    for text in given {
        match line(text) {
            Ok(found) => values.extend(found),
            Err(reason) => bail!("{flag} {text:?}: {reason}"),
        }
    }
    Ok(values)
}

/// Splits a line.
fn line(text: &str) -> Result<Vec<String>, &'static str> {
    let mut values = Vec::new();
    let mut rest = text.lines().next().unwrap_or_default();
    if rest.is_empty() {
        return Ok(values);
    }
    loop {
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => in_quotes(quoted)?,
            None => plain(rest)?,
        };
        values.push(value);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None if after.is_empty() => return Ok(values),
            None => return Err("only a comma may stand behind a quoted value"),
        }
    }
}

fn plain(text: &str) -> Result<(String, &str), &'static str> {
    let (value, rest) = text.split_at(text.find(',').unwrap_or(text.len()));
    if value.contains('"') {
        return Err("a value with a quote in it stands in quotes, and the quote is doubled");
    }
    Ok((value.to_owned(), rest))
}

fn in_quotes(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut rest = text;
    while let Some((part, after)) = rest.split_once('"') {
        value.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => return Ok((value, after)),
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas() {
        let split = |text: &str| line(text).map(|values| values.join("|"));
        for (text, want) in [
            ("a", "a"),
            ("a,b", "a|b"),
            ("a,,b,", "a||b|"),
            (r#""a,b",c"#, "a,b|c"),
            (r#""say ""x""""#, "say \"x\""),
            ("", ""),
            (" a, b", " a| b"),
        ] {
            assert_eq!(split(text).as_deref(), Ok(want), "{text}");
        }
        for text in [r#"a"b"#, r#""a"#, r#""a"b"#, r#"a,"b"c"#] {
            assert!(split(text).is_err(), "{text}");
        }
    }
}
