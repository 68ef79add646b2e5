//! Is an object what the API server of a Kubernetes version would take?
