//! Makes a target equal to a rendered set: plan, order, apply, prune.
