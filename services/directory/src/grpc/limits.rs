//! The limits of the servers: how long messages and how many streams may be, and where each number is from. What is read
//! from somebody unknown before health and reflection answer, `groundwire_kit` bounds.

use std::time::Duration;

/// Longest message to `PasswordService`, in bytes: a sealed secret for 256 recipients (about 100 KiB) and a proof (16 KiB)
/// fit many times.
pub const MAX_PASSWORD_MESSAGE: usize = 1 << 20;

/// Longest message to `AccountService` and `TenantService`, in bytes: names, ids and settings, of which the longest is an
/// account's name of 1,024 characters.
pub const MAX_ADMINISTRATION_MESSAGE: usize = 64 << 10;

/// Longest message from a connector that is known, in bytes: a `Hello` with 10,000 open operations, or a page of 1,000
/// accounts.
pub const MAX_CONNECTOR_MESSAGE: usize = 4 << 20;

/// Longest message to `Enroll`, which is read from anybody because its token is in it, in bytes: a certificate request of
/// 8 KiB, a name of 200 characters, keys and a proof fit several times.
pub const MAX_ENROLL_MESSAGE: usize = 64 << 10;

/// Calls that one connection to the API may have under way at once. tonic sets no limit. An app's connection carries all of
/// the people who wait for their outcome; what a caller who is not known sends is not kept, whatever the number.
pub const MAX_API_STREAMS: u32 = 1_000;

/// The same at the gateway: `Attach`, its successor while draining, a sync, and room.
pub const MAX_GATEWAY_STREAMS: u32 = 16;

/// PINGs keep proxies awake and find a dead connection; whether the connector lives, heartbeats tell.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);

/// How long the answer to a PING may take.
pub const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
