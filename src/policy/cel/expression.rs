//! The compiled form: names are slots, calls are functions, macros are loops.

use smol_str::SmolStr;

use super::functions::Overload;
use super::value::Value;

/// A compiled expression.
#[derive(Debug)]
pub(crate) enum Expr {
    Literal(Value<'static>),
    /// A variable that a loop or a binding made.
    Local(usize),
    /// A variable that the evaluation is given.
    Root(Root),
    /// `variables.name`.
    Variable(usize),
    Select(Box<Expr>, SmolStr),
    /// `has(operand.field)`.
    Has(Box<Expr>, SmolStr),
    /// `operand.?field`.
    OptionalSelect(Box<Expr>, SmolStr),
    Index(Box<(Expr, Expr)>),
    /// `operand[?index]`.
    OptionalIndex(Box<(Expr, Expr)>),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Conditional(Box<(Expr, Expr, Expr)>),
    Binary(Operator, Box<(Expr, Expr)>),
    List(Vec<Item>),
    Map(Vec<Pair>),
    Call(Box<Call>),
    Loop(Box<Loop>),
    /// `optional.optMap(name, body)`, and `optFlatMap`, which does not wrap its result.
    OptionalMap(Box<OptionalMap>),
}

/// A variable that the evaluation is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Object,
    OldObject,
    Params,
    NamespaceObject,
    Request,
}

/// An operator of two operands that evaluates both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equals,
    NotEquals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
    In,
}

/// An element of a list; `[?a]` leaves out an absent one.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

/// An entry of a map; `{?k: v}` leaves out an absent one.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) key: Expr,
    pub(crate) value: Expr,
    pub(crate) optional: bool,
}

/// A function call; a receiver is its first argument.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: SmolStr,
    /// The overloads that the static types allow.
    pub(crate) overloads: Vec<&'static Overload>,
    pub(crate) arguments: Vec<Expr>,
}

/// A macro over the elements of a list or the keys of a map.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) kind: LoopKind,
    pub(crate) range: Expr,
    /// The slot of the element or key; in a loop of two variables, that of the index or key.
    pub(crate) first: usize,
    /// The slot of the element or value in a loop of two variables.
    pub(crate) second: Option<usize>,
    /// Which elements to take: the predicate of `filter`, and that of `map` where it has one.
    pub(crate) filter: Option<Expr>,
    /// The predicate or what is made of each element.
    pub(crate) body: Expr,
}

/// What a loop makes of its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopKind {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
    SortBy,
    TransformList,
    TransformMap,
    TransformMapEntry,
}

/// A binding of what an optional holds.
#[derive(Debug)]
pub(crate) struct OptionalMap {
    pub(crate) operand: Expr,
    pub(crate) slot: usize,
    pub(crate) body: Expr,
    pub(crate) flat: bool,
}
