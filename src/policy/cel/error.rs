//! Why an expression has no value.

use smol_str::SmolStr;

/// Why an expression has no value. Messages are those of the API server, which users search for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EvalError {
    #[error("no such key: {0}")]
    NoSuchKey(SmolStr),
    #[error("no such overload")]
    NoSuchOverload,
    #[error("no such overload: {0}")]
    NoOverloadOf(String),
    #[error("got '{0}', expected iterable type")]
    NotIterable(&'static str),
    #[error("index out of bounds: {0}")]
    IndexOutOfBounds(i64),
    #[error("division by zero")]
    DivisionByZero,
    #[error("modulus by zero")]
    ModulusByZero,
    #[error("integer overflow")]
    Overflow,
    #[error("optional.none() dereference")]
    NoneDereference,
    #[error("operation cancelled: actual cost limit exceeded")]
    CostLimit,
    #[error("composited variable {0:?} fails to evaluate: {1}")]
    Variable(SmolStr, Box<EvalError>),
    #[error("{0}")]
    Function(String),
}

impl EvalError {
    /// Returns what went wrong at first, whatever variables used it.
    pub(crate) fn root(&self) -> &Self {
        match self {
            Self::Variable(_, cause) => cause.root(),
            other => other,
        }
    }

    pub(crate) fn function(message: impl Into<String>) -> Self {
        Self::Function(message.into())
    }
}

/// Why a text is not an expression, and where in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct CompileError {
    pub(crate) message: String,
    /// The byte in the expression.
    pub(crate) offset: usize,
}
