//! Opens one stream: dials, sends `Hello`, waits for `Welcome`. All of it before a deadline.

use std::sync::Arc;
use std::time::Duration;

use groundwire_kit::clock_offset::ClockOffset;
use groundwire_proto::gateway::v1::attach_request::Frame;
use groundwire_proto::gateway::v1::attach_response::Frame as Down;
use groundwire_proto::gateway::v1::{AttachRequest, AttachResponse, Welcome};
use groundwire_proto::log_head::SeenHead;
use groundwire_proto::time::moment_of;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tonic_types::StatusExt as _;

use super::dial::{DialError, GatewayConnection};
use super::link::Link;
use super::work::WorkError;

/// Frames that wait in memory for the socket. The rest waits in the outbox.
const QUEUE: usize = 64;

/// Why a stream is not, or no longer, there.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    /// The gateway cannot be reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The audit store is away.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The gateway refused or cut the stream.
    #[error("the gateway ended the stream: {} ({})", .0.message(), .0.code())]
    Status(Box<Status>),
    /// It ended without a status.
    #[error("the gateway ended the stream")]
    Ended,
    /// It did not do what the contract says.
    #[error("the gateway broke the contract: {0}")]
    Contract(&'static str),
    /// Not done in time.
    #[error("not attached within {0:?}")]
    Deadline(Duration),
    /// Three heartbeats without a sign of life.
    #[error("the gateway was silent for {0:?}")]
    Silent(Duration),
    /// The gateway takes nothing any more.
    #[error("the gateway takes no frames")]
    Stuck,
}

impl From<Status> for StreamError {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

impl StreamError {
    /// How long the gateway asks to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status(status) => status.get_details_retry_info()?.retry_delay,
            Self::Dial(_)
            | Self::Work(_)
            | Self::Ended
            | Self::Contract(_)
            | Self::Deadline(_)
            | Self::Silent(_)
            | Self::Stuck => None,
        }
    }
}

/// A stream after its first frames.
pub(super) struct Attached {
    pub(super) up: mpsc::Sender<AttachRequest>,
    pub(super) down: Streaming<AttachResponse>,
    pub(super) welcome: Welcome,
    /// Credits given in `Hello`.
    pub(super) credits: u32,
    /// The head of the directory's log that `Hello` reported.
    pub(super) directory_head_reported: Option<SeenHead>,
    /// Whether `Hello` said what is open: it does not while the audit store is away.
    pub(super) said_what_is_open: bool,
    /// The group in which the connection's keys were exchanged.
    pub(super) key_exchange: &'static str,
}

/// Opens a stream.
pub(super) async fn attach(link: &Arc<Link>) -> Result<Attached, StreamError> {
    let deadline = link.parts.attach_timeout;
    let GatewayConnection {
        mut client,
        key_exchange,
    } = link.parts.dialer.dial().await?;
    let opened = async {
        let hello = link.make_hello().await?;
        link.with_outbox(super::outbox::Outbox::forget_received);
        let (credits, said_what_is_open) = (hello.credits, !hello.open_operations_unknown);
        let directory_head_reported =
            SeenHead::from_frame(hello.directory_head_seen.as_ref()).unwrap_or(None);
        let (up, frames) = mpsc::channel(QUEUE);
        let first = AttachRequest {
            frame: Some(Frame::Hello(hello)),
        };
        up.send(first).await.map_err(|_| StreamError::Ended)?;
        let (sent, sent_boot) = (link.clock().now(), link.clock().boot());
        let mut down = client.attach(ReceiverStream::new(frames)).await?.into_inner();
        let welcome = match down.message().await?.and_then(|message| message.frame) {
            Some(Down::Welcome(welcome)) => welcome,
            Some(
                Down::PasswordEvent(_)
                | Down::CheckRequest(_)
                | Down::OutcomeRecorded(_)
                | Down::OperationClosed(_)
                | Down::SettingsChanged(_)
                | Down::Checkpoint(_)
                | Down::Drain(_)
                | Down::Heartbeat(_),
            ) => return Err(StreamError::Contract("the first frame was not Welcome")),
            None => return Err(StreamError::Ended),
        };
        if let Some(server) = welcome.server_time.as_ref().and_then(moment_of) {
            link.record_clock_offset(ClockOffset::measure(
                sent,
                link.parts.clock.elapsed(sent_boot),
                server,
            ));
        }
        Ok(Attached {
            up,
            down,
            welcome,
            credits,
            directory_head_reported,
            said_what_is_open,
            key_exchange,
        })
    };
    tokio::time::timeout(deadline, opened)
        .await
        .map_err(|_| StreamError::Deadline(deadline))?
}
