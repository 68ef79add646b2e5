//! Policies of a repository: `ValidatingAdmissionPolicy`, evaluated in CEL.

mod cel;
