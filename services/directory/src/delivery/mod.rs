//! The connectors: enrolment, their streams, their keys.
