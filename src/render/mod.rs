//! The fleet: its file, its discovery, all its builds in parallel, the rendered set and its digest.
