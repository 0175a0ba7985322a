//! What is applied goes to the service, in order.

use raft_api::ApplyMsg;
use tokio::sync::mpsc;

/// The child does not wait for its service: what the service has not taken yet waits here.
pub(crate) async fn hand_over(
    mut applied: mpsc::UnboundedReceiver<ApplyMsg>,
    service: mpsc::Sender<ApplyMsg>,
) {
    while let Some(message) = applied.recv().await {
        if service.send(message).await.is_err() {
            return;
        }
    }
}
