use super::*;
use crate::yaml::FileId;

fn check(dialect: Dialect<'_>, base: &str, text: &str, want: Result<&str, &str>) {
    let file = FileId::of("values.yaml");
    let base = crate::helm::values::read::documents(base.as_bytes(), file).unwrap();
    let got = assign(&base, text, dialect, Origin::file(file));
    let got = match got {
        Ok(table) => Ok(table.to_json().to_string()),
        Err(error) => Err(error.to_string()),
    };
    let got = got.as_deref().map_err(String::as_str);
    match (got, want) {
        (Err(got), Err(want)) => assert!(got.contains(want), "{text}: {got}"),
        _ => assert_eq!(got, want, "{text}"),
    }
}

#[test]
fn set_knows_types_and_paths() {
    for (text, want) in [
        (
            "a=1,b=true,c=null,d=x",
            Ok(r#"{"a":1,"b":true,"c":null,"d":"x"}"#),
        ),
        (
            "a=0755,b=0,c=1e6,d=1.5,e=-3,f=0x1f",
            Ok(r#"{"a":"0755","b":0,"c":"1e6","d":"1.5","e":-3,"f":"0x1f"}"#),
        ),
        ("a={x,1},b={}", Ok(r#"{"a":["x",1],"b":[""]}"#)),
        ("h=[]", Ok(r#"{"h":"[]"}"#)),
        ("b[1]=q", Ok(r#"{"b":[null,"q"]}"#)),
        (r"c\.d=1", Ok(r#"{"c.d":1}"#)),
        (r"e=a\,b", Ok(r#"{"e":"a,b"}"#)),
        ("a.b.c=1,a.b.d=2", Ok(r#"{"a":{"b":{"c":1,"d":2}}}"#)),
        (
            "a[0].b=1,a[0].c=2,a[1][1]=3",
            Ok(r#"{"a":[{"b":1,"c":2},[null,3]]}"#),
        ),
        ("a=", Ok(r#"{"a":""}"#)),
        ("a=1,", Ok(r#"{"a":1}"#)),
        ("=1", Ok("{}")),
        ("a", Err("key `a` has no value")),
        ("a,b=1", Err("cannot end with a comma")),
        ("a={x", Err("a list must end")),
        (
            "a=1,a.b=2",
            Err("`a` is a number in earlier values, not a table"),
        ),
        ("a[x]=1", Err("`x` is no position")),
        ("a[-1]=1", Err("below zero")),
        ("a[65537]=1", Err("beyond 65536")),
        ("a[0]x=1", Err("unexpected `x`")),
        ("a[0", Ok("{}")),
        ("a[0]", Ok(r#"{"a":[]}"#)),
    ] {
        check(Dialect::Typed, "", text, want);
    }
    let deep = format!("{}=1", vec!["a"; 32].join("."));
    check(Dialect::Typed, "", &deep, Err("deeper than 30"));
}

#[test]
fn flags_change_what_files_gave() {
    check(
        Dialect::Typed,
        "a: {b: [1, {c: 2}]}\nd: x\n",
        "a.b[1].c=3,a.b[2]=y,d=null",
        Ok(r#"{"a":{"b":[1,{"c":3},"y"]},"d":null}"#),
    );
    check(Dialect::Typed, "a: text", "a[0]=1", Err("not a list"));
}

#[test]
fn other_dialects_differ_in_the_right_side() {
    check(
        Dialect::Text,
        "",
        "a=1,b=true,c={1,x}",
        Ok(r#"{"a":"1","b":"true","c":["1","x"]}"#),
    );
    check(
        Dialect::Json,
        "",
        r#"a={"b":[1,null]} , c= ,d=1,e="x,y""#,
        Ok(r#"{" c":null,"a":{"b":[1,null]},"d":1,"e":"x,y"}"#),
    );
    check(Dialect::Json, "", "a={", Err("is not JSON"));
    check(
        Dialect::Literal,
        "",
        r"a.b[0]=x,y=z\",
        Ok(r#"{"a":{"b":["x,y=z\\"]}}"#),
    );
    let read = |path: &str| match path {
        "there" => Ok(b"content\n".to_vec()),
        _ => Err("it is not there".to_owned()),
    };
    check(
        Dialect::File(&read),
        "",
        "a=there,b={there}",
        Ok(r#"{"a":"content\n","b":["content\n"]}"#),
    );
    check(
        Dialect::File(&read),
        "",
        "a=none",
        Err("cannot read `none`"),
    );
}
