//! Patches over nodes: strategic merge by Kubernetes' merge keys, JSON patch.
//!
//! Performs no I/O and knows nothing of kustomizations: a patch arrives parsed, with its origins.
