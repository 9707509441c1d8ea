//! Health as clients watch it.

use tonic::Status;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// Watches a server's health, stops the server when the first state has come, and gives the status with which the stream
/// ends.
///
/// # Panics
/// If the server does not let anybody watch, or ends the stream with `OK`.
pub async fn watch_health_to_its_end(channel: Channel, stop: impl FnOnce()) -> Status {
    let states = HealthClient::new(channel)
        .watch(HealthCheckRequest::default())
        .await;
    let mut states = states.unwrap().into_inner();
    states.message().await.unwrap().expect("the first state");
    stop();
    loop {
        match states.message().await {
            Ok(state) => assert!(state.is_some(), "an end with a status"),
            Err(status) => return status,
        }
    }
}
