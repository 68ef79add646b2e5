//! How `fmt` prints values: `print`'s way and the verbs of `printf`.
//!
//! [`Printer`] writes one value by one verb; `format` reads the format strings.

mod binary;
mod format;
mod number;
mod printer;
mod quote;

pub use format::sprintf;
pub use number::shortest;
pub use printer::duration;
pub(super) use printer::{MONTHS, WEEKDAYS};
pub(crate) use quote::is_printable;
pub(super) use quote::unquoted_character;
pub use quote::{quoted, unquoted};

use printer::{Printer, Spec};

use super::{Kind, Str, Value};

/// A value as `fmt.Sprint` and `%v` print it.
pub fn display(value: &Value) -> Str {
    if let Kind::Str(text) = &value.kind {
        return text.clone();
    }
    let mut out = Vec::new();
    write_display(value, &mut out);
    out.into()
}

/// Appends what [`display`] returns.
pub(super) fn write_display(value: &Value, out: &mut Vec<u8>) {
    match &value.kind {
        Kind::Str(text) => out.extend_from_slice(text),
        _ => Printer::new(out, Spec::default()).any(value, b'v'),
    }
}

/// `fmt.Sprint`: a space between two operands neither of which is a string.
pub fn sprint(arguments: &[Value]) -> Str {
    let mut out = Vec::new();
    let mut was_string = true;
    for (place, argument) in arguments.iter().enumerate() {
        let is_string = argument.as_str().is_some();
        if place > 0 && !is_string && !was_string {
            out.push(b' ');
        }
        write_display(argument, &mut out);
        was_string = is_string;
    }
    out.into()
}

/// `fmt.Sprintln`: a space between all operands, and a newline.
pub fn sprintln(arguments: &[Value]) -> Str {
    let mut out = Vec::new();
    for (place, argument) in arguments.iter().enumerate() {
        if place > 0 {
            out.push(b' ');
        }
        write_display(argument, &mut out);
    }
    out.push(b'\n');
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Map;

    fn text(value: &Value) -> String {
        display(value).text().into_owned()
    }

    #[test]
    fn prints_as_go_does() {
        assert_eq!(text(&Value::NIL), "<nil>");
        assert_eq!(text(&1e6.into()), "1e+06");
        assert_eq!(text(&123_456_789.0.into()), "1.23456789e+08");
        assert_eq!(text(&0.00001.into()), "1e-05");
        assert_eq!(text(&100_000.0.into()), "100000");
        assert_eq!(text(&(-0.0).into()), "-0");
        assert_eq!(text(&f64::INFINITY.into()), "+Inf");
        let map = Map::new();
        map.insert(
            "b",
            Value::list(vec![Value::int(1), "x".into(), Value::NIL]),
        );
        map.insert("a", Value::NIL);
        assert_eq!(text(&map.into()), "map[a:<nil> b:[1 x <nil>]]");
    }

    #[test]
    fn formats_as_go_does() {
        let f = |format: &str, arguments: &[Value]| {
            sprintf(format.as_bytes(), arguments).text().into_owned()
        };
        let map = Map::new();
        map.insert("a", Value::int(1));
        assert_eq!(
            f("%d|%5d|%-5d|%05d|%+d", &[3, 3, 3, 3, 3].map(Value::int)),
            "3|    3|3    |00003|+3"
        );
        assert_eq!(f("%s", &[Value::int(3)]), "%!s(int=3)");
        assert_eq!(f("%d", &["x".into()]), "%!d(string=x)");
        assert_eq!(f("%d", &[3.0.into()]), "%!d(float64=3)");
        assert_eq!(f("%s %v", &["x".into()]), "x %!v(MISSING)");
        assert_eq!(
            f("x", &[Value::int(1), Value::NIL]),
            "x%!(EXTRA int=1, <nil>)"
        );
        assert_eq!(f("%", &[]), "%!(NOVERB)");
        assert_eq!(f("%%|%z", &[Value::int(1)]), "%|%!z(int=1)");
        assert_eq!(
            f(
                "%q %#q %x %X % x",
                &[
                    "é\"".into(),
                    "a".into(),
                    "hi".into(),
                    "hi".into(),
                    "hi".into()
                ]
            ),
            r#""é\"" `a` 6869 6869 68 69"#
        );
        assert_eq!(
            f("%#v %T", &[map.clone().into(), map.into()]),
            r#"map[string]interface {}{"a":1} map[string]interface {}"#
        );
        assert_eq!(
            f(
                "%.2f|%8.3f|%e|%g",
                &[2.555.into(), 1.5.into(), 1500.0.into(), 1e21.into()]
            ),
            "2.56|   1.500|1.500000e+03|1e+21"
        );
        assert_eq!(f("%[2]d %[1]d", &[Value::int(1), Value::int(2)]), "2 1");
        assert_eq!(f("%*d", &[Value::int(4), Value::int(2)]), "   2");
        assert_eq!(
            f("%.3s|%5s|%-5s|", &["abcdef".into(), "é".into(), "é".into()]),
            "abc|    é|é    |"
        );
        assert_eq!(
            f(
                "%t %c %U %b %o %#x",
                &[
                    true.into(),
                    Value::int(0x1F600),
                    Value::int(0x41),
                    Value::int(5),
                    Value::int(8),
                    Value::int(255)
                ]
            ),
            "true 😀 U+0041 101 10 0xff"
        );
        assert_eq!(
            f("%s", &[Value::list(vec!["a".into(), Value::int(1)])]),
            "[a %!s(int=1)]"
        );
        assert_eq!(
            f("%s|%d|%v", &[Value::NIL, Value::NIL, Value::NIL]),
            "%!s(<nil>)|%!d(<nil>)|<nil>"
        );
    }
}
