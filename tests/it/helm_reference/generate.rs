//! Random templates: pipelines of all functions with arguments that mostly fit, and control flow around them.

use lockgate::template::{Function, Functions, Param};

use super::values;
use crate::random::Random;

/// Functions whose answers differ from call to call, are slow, or ask the world. Those whose size a number names, and
/// those whose order is random, have places of their own.
const LEFT_OUT: &[&str] = &[
    "ago",
    "now",
    "uuidv4",
    "shuffle",
    "htpasswd",
    "bcrypt",
    "derivePassword",
    "encryptAES",
    "getHostByName",
    "until",
    "untilStep",
    "repeat",
    "seq",
    "indent",
    "nindent",
    "keys",
    "values",
    "genPrivateKey",
    "genCA",
    "genCAWithKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "buildCustomCert",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randNumeric",
    "randBytes",
    "randInt",
    "env",
    "expandenv",
    "fail",
    "call",
    "lookup",
    "include",
    "tpl",
    "htmlDate",
    "htmlDateInZone",
    "date",
    "dateInZone",
    "date_in_zone",
    "abbrev",
    "abbrevboth",
    "initials",
    "js",
    "html",
    "urlquery",
    // What they say of mistakes is other; they have a test of their own.
    "fromToml",
    "fromYaml",
    "fromYamlArray",
];

const PATHS: &[&str] = &[
    "s",
    "empty",
    "multi",
    "spaced",
    "number",
    "negative",
    "float",
    "big",
    "huge",
    "zero",
    "yes",
    "no",
    "nothing",
    "digits",
    "version",
    "path",
    "image",
    "unicode",
    "quotes",
    "list",
    "words",
    "numbers",
    "lists",
    "maps",
    "map",
    "strings",
    "emptyMap",
    "emptyList",
    "global",
    "map.a",
    "map.c",
    "map.c.f.g",
    "map.c.d",
    "map.missing",
    "missing",
    "missing.too",
    "s.x",
    "global.imageRegistry",
    "nothing.x",
    "number.x",
];

// FIXME: `%x` and `%b` of floats are other than the reference's, as are absent values among the arguments of
// `js`, `html` and `urlquery`.
const FORMATS: &[&str] = &[
    "%v",
    "%s",
    "%d",
    "%q",
    "%t",
    "%T",
    "%+v",
    "%#v",
    "%5d",
    "%-5s|",
    "%05d",
    "%.2f",
    "%8.3f",
    "%e",
    "%g",
    "%c",
    "%U",
    "%o",
    "%%",
    "%!",
    "%s-%s",
    "%s-%d",
    "%[2]v %[1]v",
    "%*d",
    "%.3s",
    "%10.3v|",
    "%+d",
    "% d",
    "%#q",
    "%z",
    "%",
    "%6.2f%%",
    "%-8v|",
    "%+q",
    "%08.3f",
    "%G",
    "%#o",
    "%O",
    "%s:%v",
    "%v/%v/%v",
    "text",
];

const PATTERNS: &[&str] = &[
    "a",
    "[a-z]+",
    "^t",
    "x$",
    "(t)(e)",
    "\\\\d+",
    ".",
    ".*",
    "",
    "[^a-z0-9]",
    "(?i)TEXT",
    "a|b",
    "(",
    "[",
    "\\\\s+",
    "^[a-z]([-a-z0-9]*[a-z0-9])?$",
    "x*",
];

const LAYOUTS: &[&str] = &[
    "2006-01-02",
    "15:04:05",
    "Mon Jan 2 15:04:05 MST 2006",
    "2006-01-02T15:04:05Z07:00",
    "02.01.06",
    "Jan _2",
    "3:04PM",
];

const CONSTRAINTS: &[&str] = &[
    ">=1.2",
    "^1.22.0-0",
    "~1.22",
    "<2",
    ">1.0 <2.0",
    "1.x",
    "*",
    "1.22.3-rc.1+build",
    "=1",
    "!=1.22",
    "1.2 - 1.9",
    ">= 1.22 || < 1",
    "bad",
    "1.22.3",
];

pub(super) struct Generator<'r> {
    random: &'r mut Random,
    functions: Vec<Function>,
    variables: Vec<String>,
    loops: usize,
}

impl<'r> Generator<'r> {
    pub(super) fn new(random: &'r mut Random, functions: &Functions) -> Self {
        let functions = functions
            .iter()
            .filter(|function| !LEFT_OUT.contains(&function.name))
            .copied()
            .collect();
        Self {
            random,
            functions,
            variables: Vec::new(),
            loops: 0,
        }
    }

    /// A template of one or a few statements.
    pub(super) fn template(mut self) -> String {
        let mut out = String::new();
        if self.random.chance(15) {
            let body = self.statement(2);
            out.push_str(&format!("{{{{ define \"part\" }}}}{body}{{{{ end }}}}"));
            self.variables.clear();
        }
        for _ in 0..=self.random.below(2) {
            let statement = self.statement(3);
            out.push_str(&statement);
            if self.random.chance(30) {
                out.push_str(self.random.pick(&["\n", " text ", "\n  a: b\n", "-"]));
            }
        }
        out
    }

    fn open(&mut self) -> &'static str {
        self.random.pick(&["{{ ", "{{ ", "{{ ", "{{", "{{- "])
    }

    fn close(&mut self) -> &'static str {
        self.random.pick(&[" }}", " }}", " }}", "}}", " -}}"])
    }

    fn action(&mut self, content: &str) -> String {
        format!("{}{content}{}", self.open(), self.close())
    }

    fn block(&mut self, depth: usize) -> String {
        let known = self.variables.len();
        let mut out = String::new();
        for _ in 0..=self.random.below(2) {
            out.push_str(&self.statement(depth));
        }
        self.variables.truncate(known);
        out
    }

    #[expect(clippy::too_many_lines, reason = "a line for each thing that is made")]
    fn statement(&mut self, depth: usize) -> String {
        if depth == 0 {
            let pipeline = self.pipeline(1);
            return self.action(&pipeline);
        }
        let depth = depth - 1;
        match self.random.below(20) {
            0..11 => {
                let pipeline = self.pipeline(3);
                self.action(&pipeline)
            }
            11 => {
                let name = format!("$v{}", self.variables.len());
                let pipeline = self.pipeline(2);
                let out = self.action(&format!("{name} := {pipeline}"));
                self.variables.push(name);
                out
            }
            12 if !self.variables.is_empty() => {
                let name = self.variable();
                let pipeline = self.pipeline(2);
                self.action(&format!("{name} = {pipeline}"))
            }
            12..15 => {
                let condition = self.pipeline(2);
                let mut out = self.action(&format!("if {condition}"));
                out.push_str(&self.block(depth));
                if self.random.chance(30) {
                    let condition = self.pipeline(1);
                    out.push_str(&self.action(&format!("else if {condition}")));
                    out.push_str(&self.block(depth));
                }
                if self.random.chance(50) {
                    out.push_str(&self.action("else"));
                    out.push_str(&self.block(depth));
                }
                out + &self.action("end")
            }
            15 | 16 => {
                let value = self.pipeline(2);
                let known = self.variables.len();
                let named = self.random.chance(30);
                let mut out = if named {
                    let name = format!("$w{known}");
                    self.variables.push(name.clone());
                    self.action(&format!("with {name} := {value}"))
                } else {
                    self.action(&format!("with {value}"))
                };
                if self.random.chance(60) {
                    out.push_str(self.random.pick(&[
                        "{{ . }}",
                        "{{ .a }}",
                        "{{ .c.d }}",
                        "{{ $.Values.s }}",
                        "{{ . | toJson }}",
                    ]));
                }
                out.push_str(&self.block(depth));
                self.variables.truncate(known);
                if self.random.chance(40) {
                    out.push_str(&self.action("else"));
                    out.push_str(&self.block(depth));
                }
                out + &self.action("end")
            }
            17 | 18 => self.range(depth),
            _ => match self.random.below(4) {
                0 => self
                    .random
                    .pick(&[
                        "{{/* comment */}}",
                        "{{- /* a\nb */ -}}",
                        "{{ break }}",
                        "{{ continue }}",
                    ])
                    .to_owned(),
                1 => {
                    let value = self.argument(Param::Any, 1);
                    self.action(&format!("template \"part\" {value}"))
                }
                2 => {
                    let value = self.argument(Param::Any, 1);
                    let body = self.block(0);
                    format!(
                        "{}{body}{{{{ end }}}}",
                        self.action(&format!("block \"b\" {value}"))
                    )
                }
                _ => "{{ \"\\u007b\" }} } }} { ".to_owned(),
            },
        }
    }

    fn range(&mut self, depth: usize) -> String {
        let over = match self.random.below(6) {
            0 => self
                .random
                .pick(&[
                    "3",
                    "0",
                    ".Values.number",
                    "until 3",
                    "untilStep 0 10 3",
                    "seq 1 3 | splitList \" \"",
                ])
                .to_owned(),
            1 => self.pipeline(2),
            _ => format!(
                ".Values.{}",
                self.random.pick(&[
                    "list",
                    "words",
                    "maps",
                    "map",
                    "strings",
                    "emptyList",
                    "lists",
                    "numbers",
                    "s",
                    "missing",
                    "nothing"
                ])
            ),
        };
        let known = self.variables.len();
        let (names, shown): (Vec<String>, _) = match self.random.below(3) {
            0 => (vec![], "{{ . }}".to_owned()),
            1 => (vec![format!("$i{known}")], format!("{{{{ $i{known} }}}}")),
            _ => (
                vec![format!("$k{known}"), format!("$x{known}")],
                format!("{{{{ $k{known} }}}}={{{{ $x{known} }}}}"),
            ),
        };
        let mut out = if names.is_empty() {
            self.action(&format!("range {over}"))
        } else {
            self.action(&format!("range {} := {over}", names.join(", ")))
        };
        self.variables.extend(names);
        self.loops += 1;
        if self.random.chance(70) {
            out.push_str(&shown);
        }
        if self.random.chance(15) {
            let condition = self.pipeline(1);
            let word = self.random.pick(&["break", "continue"]);
            out.push_str(&format!(
                "{{{{ if {condition} }}}}{{{{ {word} }}}}{{{{ end }}}}"
            ));
        }
        out.push_str(&self.block(depth));
        self.loops -= 1;
        self.variables.truncate(known);
        if self.random.chance(25) {
            out.push_str(&self.action("else"));
            out.push_str(&self.block(depth));
        }
        out + &self.action("end")
    }

    fn variable(&mut self) -> String {
        let index = self.random.below(self.variables.len());
        self.variables[index].clone()
    }

    /// An expression as it may stand in an action: a call whose last argument may come through a pipe.
    fn pipeline(&mut self, depth: usize) -> String {
        let mut out = self.expression(depth);
        for _ in 0..self.random.below(3) {
            if !self.random.chance(45) {
                break;
            }
            let function = self.function();
            let (last, before) = match function.params.split_last() {
                Some((_, before)) => (true, before.to_vec()),
                None => (false, Vec::new()),
            };
            if !last {
                break;
            }
            out.push_str(&format!(" | {}", function.name));
            for (index, param) in before.iter().enumerate() {
                let argument = self
                    .special(function.name, index)
                    .unwrap_or_else(|| self.argument(*param, depth.saturating_sub(1)));
                out.push_str(&format!(" {argument}"));
            }
        }
        out
    }

    fn function(&mut self) -> Function {
        let index = self.random.below(self.functions.len());
        self.functions[index]
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.chance(12) {
            return self.argument(Param::Any, 0);
        }
        match self.random.below(24) {
            0 => {
                let mut out = format!("printf {:?}", self.random.pick(FORMATS));
                for _ in 0..self.random.below(3) {
                    out.push_str(&format!(" {}", self.argument(Param::Any, depth - 1)));
                }
                out
            }
            1 => {
                let function = self.random.pick(&["indent", "nindent", "repeat"]);
                let count = self.random.pick(&["0", "2", "4", "-1"]);
                format!(
                    "{function} {count} {}",
                    self.argument(Param::Str, depth - 1)
                )
            }
            2 => {
                let function = self.random.pick(&["keys", "values"]);
                let map = self.argument(Param::Map, depth - 1);
                format!("{function} {map} | sortAlpha")
            }
            3 => {
                let path = self.random.pick(&[
                    "dig \"a\" \"x\"",
                    "dig \"c\" \"f\" \"g\" 1",
                    "get",
                    "pluck \"a\"",
                    "omit",
                    "pick",
                ]);
                let map = self.argument(Param::Map, 0);
                match path {
                    "get" | "omit" | "pick" => format!("{path} {map} \"a\""),
                    _ => format!("{path} {map}"),
                }
            }
            4 => {
                let function = self
                    .random
                    .pick(&["until", "untilStep 1 10", "seq 1", "seq 2 2"]);
                format!("{function} {}", self.random.pick(&["5", "3", "0", "-2"]))
            }
            5 => {
                let layout = self.random.pick(LAYOUTS);
                let time = self.random.pick(&[
                    "toDate \"2006-01-02\" \"2021-03-04\"",
                    "toDate \"2006-01-02 15:04\" \"1999-12-31 23:59\"",
                ]);
                format!("({time}).Format {layout:?}")
            }
            _ => self.call(depth),
        }
    }

    fn call(&mut self, depth: usize) -> String {
        let function = self.function();
        let mut out = function.name.to_owned();
        let fixed = if function.is_variadic {
            function.params.len().saturating_sub(1)
        } else {
            function.params.len()
        };
        let mut arguments = Vec::new();
        for (index, param) in function.params.iter().take(fixed).enumerate() {
            arguments.push(
                self.special(function.name, index)
                    .unwrap_or_else(|| self.argument(*param, depth - 1)),
            );
        }
        if let (true, Some(rest)) = (function.is_variadic, function.params.last()) {
            for index in 0..self.random.below(4) {
                arguments.push(
                    self.special(function.name, fixed + index)
                        .unwrap_or_else(|| self.argument(*rest, depth - 1)),
                );
            }
        }
        if self.random.chance(2) {
            arguments.pop();
        }
        if self.random.chance(1) {
            arguments.push("1".to_owned());
        }
        let piped = if self.random.chance(25) {
            arguments.pop()
        } else {
            None
        };
        for argument in arguments {
            out.push(' ');
            out.push_str(&argument);
        }
        match piped {
            Some(piped) => format!("{piped} | {out}"),
            None => out,
        }
    }

    /// An argument that fits a function where the type alone would mostly not.
    #[expect(clippy::too_many_lines, reason = "a line for each thing that is made")]
    fn special(&mut self, name: &str, index: usize) -> Option<String> {
        if self.random.chance(10) {
            return None;
        }
        Some(match (name, index) {
            (name, 0) if name.contains("egex") => format!("\"{}\"", self.random.pick(PATTERNS)),
            ("semverCompare", 0) => format!("{:?}", self.random.pick(CONSTRAINTS)),
            ("semver" | "semverCompare", _) => self
                .random
                .pick(&[
                    "\"1.22.3\"",
                    "\"v1.2\"",
                    ".Values.version",
                    "\"1.25.0-alpha.1\"",
                    "\"x\"",
                ])
                .to_owned(),
            ("kindIs" | "typeIs" | "typeIsLike", 0) => {
                format!(
                    "{:?}",
                    self.random.pick(&[
                        "string",
                        "map",
                        "slice",
                        "bool",
                        "float64",
                        "int",
                        "invalid",
                        "map[string]interface {}",
                        "[]interface {}",
                        "int64"
                    ])
                )
            }
            ("toDate" | "mustToDate", 0) => format!("{:?}", self.random.pick(LAYOUTS)),
            ("toDate" | "mustToDate", 1) => "\"2020-02-29\"".to_owned(),
            ("fromJson" | "fromJsonArray" | "mustFromJson", 0) => {
                format!(
                    "{:?}",
                    self.random.pick(&[
                        "{\"a\": [1, 2.5, null]}",
                        "[1, \"x\"]",
                        "{",
                        "1",
                        "",
                        "{\"a\": 1e40}"
                    ])
                )
            }
            ("b64dec" | "b32dec", 0) => self
                .random
                .pick(&["\"YWJj\"", "\"MFRGG===\"", ".Values.s", "\"YQ\""])
                .to_owned(),
            ("split" | "splitList" | "join", 0) => {
                format!("{:?}", self.random.pick(&[",", "", " ", ".", "-", "/"]))
            }
            ("splitn", 0) => "\"/\"".to_owned(),
            ("urlParse", 0) => "\"https://u:p@h.x:80/a/b?q=1#f\"".to_owned(),
            ("durationRound" | "duration" | "toDuration" | "mustToDuration", 0) => self
                .random
                .pick(&["\"90s\"", "\"2h45m\"", "95", "\"36000\"", "1.5"])
                .to_owned(),
            ("dateModify" | "mustDateModify" | "date_modify" | "must_date_modify", 0) => {
                "\"-1.5h\"".to_owned()
            }
            ("index", 0) => self
                .random
                .pick(&[
                    ".Values.list",
                    ".Values.map",
                    ".Values.maps",
                    ".Values.lists",
                    ".Values.strings",
                ])
                .to_owned(),
            ("index" | "slice", 1) => self
                .random
                .pick(&["0", "1", "\"a\"", "9", "-1", "\"c\""])
                .to_owned(),
            ("dict" | "set" | "hasKey" | "unset", index)
                if index % 2 == usize::from(name != "dict") =>
            {
                format!("{:?}", self.random.pick(&["a", "b", "c", "x", "10"]))
            }
            ("ternary", 2) => self
                .random
                .pick(&["true", "false", ".Values.yes", "(eq 1 1)"])
                .to_owned(),
            ("trunc" | "substr" | "wrap" | "wrapWith", _) if index + 1 < 2 => {
                self.random.pick(&["3", "0", "-2", "63", "1"]).to_owned()
            }
            ("chunk", 0) => "2".to_owned(),
            ("required", 0) => "\"needed\"".to_owned(),
            _ => return None,
        })
    }

    /// An argument that mostly fits.
    #[expect(clippy::too_many_lines, reason = "a line for each thing that is made")]
    fn argument(&mut self, param: Param, depth: usize) -> String {
        if depth > 0 && self.random.chance(35) {
            return format!("({})", self.expression(depth));
        }
        if self.random.chance(8) && !self.variables.is_empty() {
            return self.variable();
        }
        let param = if self.random.chance(8) {
            Param::Any
        } else {
            param
        };
        match param {
            Param::Str => match self.random.below(3) {
                0 => self.literal(),
                1 => format!(
                    "{:?}",
                    self.random.pick(&[
                        "a",
                        "b",
                        "text",
                        ",",
                        "",
                        "x-y_z",
                        "camelCase",
                        "A B c",
                        "Text",
                        "a1"
                    ])
                ),
                _ => format!(
                    ".Values.{}",
                    self.random.pick(&[
                        "s", "empty", "multi", "spaced", "digits", "version", "path", "image",
                        "unicode", "quotes", "map.b"
                    ])
                ),
            },
            Param::Bool => self
                .random
                .pick(&["true", "false", ".Values.yes", ".Values.no"])
                .to_owned(),
            Param::Int | Param::Int64 | Param::Uint32 => self
                .random
                .pick(&["0", "1", "2", "3", "7", "-1", "10", "63"])
                .to_owned(),
            Param::Float64 => self
                .random
                .pick(&[
                    "0",
                    "1.5",
                    "-2.25",
                    ".Values.float",
                    ".Values.number",
                    "1e3",
                ])
                .to_owned(),
            Param::List => format!(
                ".Values.{}",
                self.random
                    .pick(&["list", "words", "numbers", "lists", "maps", "emptyList"])
            ),
            Param::Strings => self
                .random
                .pick(&[
                    "(splitList \",\" \"b,a\")",
                    "(sortAlpha .Values.words)",
                    ".Values.words",
                ])
                .to_owned(),
            Param::Map => self
                .random
                .pick(&[
                    ".Values.map",
                    ".Values.strings",
                    ".Values.emptyMap",
                    "(dict \"a\" 1 \"b\" (list 2))",
                    ".Values.global",
                    ".Values.map.c",
                    "(deepCopy .Values.map)",
                ])
                .to_owned(),
            _ => match self.random.below(10) {
                0 => self.literal(),
                1 => self
                    .random
                    .pick(&[
                        "0", "1", "-1", "42", "1.5", "1e6", "0x1F", "'a'", "true", "false",
                        "1_000", "0.1", "3",
                    ])
                    .to_owned(),
                2 => "(list 1 \"a\" nil 2.5)".to_owned(),
                3 => self
                    .random
                    .pick(&[
                        "(dict)",
                        "(list)",
                        "(dict \"a\" (dict \"b\" 1))",
                        "(list 3 1 2)",
                        "(list \"b\" \"a\" \"b\")",
                        "nil",
                        "(int 5)",
                        "(int64 7)",
                        "(float64 2)",
                    ])
                    .to_owned(),
                _ => format!(".Values.{}", self.random.pick(PATHS)),
            },
        }
    }

    fn literal(&mut self) -> String {
        let text = values::text(self.random);
        if self.random.chance(15) && !text.contains('`') {
            return format!("`{text}`");
        }
        let mut out = String::from("\"");
        for character in text.chars() {
            match character {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                ..' ' => out.push_str(&format!("\\x{:02x}", u32::from(character))),
                _ => out.push(character),
            }
        }
        out.push('"');
        out
    }
}
