//! The mailbox of an account's task. It has two lanes, so that callers who fill theirs never hold up a connector: neither
//! its attach, nor what it reports.

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;

use super::account::message::Message;

/// How many messages of callers an account's task takes before their senders wait.
const CALLERS: usize = 256;

/// The end to write to. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Mailbox {
    callers: mpsc::Sender<Message>,
    /// Has no bound of its own: a stream bounds the frames that it works on at once, and each waits for its answer; an attach
    /// writes once.
    connectors: mpsc::UnboundedSender<Message>,
}

/// The end of the task.
pub(crate) struct Messages {
    callers: mpsc::Receiver<Message>,
    connectors: mpsc::UnboundedReceiver<Message>,
}

/// A mailbox and its other end.
pub(crate) fn mailbox() -> (Mailbox, Messages) {
    let (callers, from_callers) = mpsc::channel(CALLERS);
    let (connectors, from_connectors) = mpsc::unbounded_channel();
    let mailbox = Mailbox { callers, connectors };
    let messages = Messages {
        callers: from_callers,
        connectors: from_connectors,
    };
    (mailbox, messages)
}

impl Mailbox {
    /// Writes to the task. Callers wait for a place; what comes of a connector never does.
    ///
    /// # Errors
    /// [`SendError`]: the task is gone.
    pub(crate) async fn send(&self, message: Message) -> Result<(), SendError<Message>> {
        match message {
            Message::Request { .. } | Message::Follow { .. } | Message::Cancel { .. } => {
                self.callers.send(message).await
            }
            Message::Report { .. }
            | Message::Fate { .. }
            | Message::AttemptAnswered { .. }
            | Message::Attached { .. }
            | Message::Wake => self.post(message),
        }
    }

    /// Writes what comes of a connector, without waiting.
    ///
    /// # Errors
    /// [`SendError`]: the task is gone.
    pub(crate) fn post(&self, message: Message) -> Result<(), SendError<Message>> {
        self.connectors.send(message)
    }

    /// The task has ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.callers.is_closed()
    }
}

impl Messages {
    /// The next message: of a connector, if there is one.
    pub(crate) async fn recv(&mut self) -> Option<Message> {
        tokio::select! {
            biased;
            Some(message) = self.connectors.recv() => Some(message),
            message = self.callers.recv() => message,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.callers.is_empty() && self.connectors.is_empty()
    }

    /// How many can write to it.
    pub(crate) fn writers(&self) -> usize {
        self.callers.sender_strong_count()
    }
}
