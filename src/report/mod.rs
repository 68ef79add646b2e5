//! Findings, differences and plans, drawn for people and written for machines.
