//! The gRPC edge: strings from the wire become types here and nowhere else.
