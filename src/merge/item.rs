//! What tells the items of Kubernetes' lists apart, where no schema is at hand.

/// The fields that mostly do, in the order in which they are tried.
pub const ITEM_KEYS: [&str; 9] = [
    "name",
    "key",
    "containerPort",
    "port",
    "mountPath",
    "devicePath",
    "ip",
    "type",
    "topologyKey",
];
