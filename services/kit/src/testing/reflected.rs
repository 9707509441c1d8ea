//! Reflection as clients ask for it.

use tonic::Status;
use tonic::transport::Channel;
use tonic_reflection::pb::{v1, v1alpha};

/// One version: the same words in both, but not the same types.
macro_rules! services {
    ($version:ident, $channel:expr) => {{
        use $version::server_reflection_client::ServerReflectionClient;
        use $version::server_reflection_request::MessageRequest;
        use $version::server_reflection_response::MessageResponse;

        let question = $version::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut client = ServerReflectionClient::new($channel);
        let questions = tokio_stream::once(question);
        let mut answers = client.server_reflection_info(questions).await?.into_inner();
        let answer = answers
            .message()
            .await?
            .and_then(|answer| answer.message_response);
        let Some(MessageResponse::ListServicesResponse(list)) = answer else {
            return Err(Status::internal("no list of services"));
        };
        list.service.into_iter().map(|service| service.name).collect()
    }};
}

/// The services that a server tells of by reflection: asked as v1, and as v1alpha.
///
/// # Errors
/// What the server says, `UNIMPLEMENTED` where it serves no reflection.
pub async fn reflected_services(channel: Channel) -> Result<[Vec<String>; 2], Status> {
    Ok([services!(v1, channel.clone()), services!(v1alpha, channel)])
}
