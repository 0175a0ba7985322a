//! Two servers on a network, of which one echoes.

use labrpc::{BoxFuture, ClientEnd, Delay, HandleError, LinkConfig, Network, RpcError, Service};
use parking_lot::Mutex;
use runtime::{Node, sleep};
use std::sync::Arc;
use std::time::Duration;

pub const MS: Duration = Duration::from_millis(1);

/// Notes what it handles, waits if told to, and echoes.
pub struct Echo {
    pub handled: Mutex<Vec<Vec<u8>>>,
    pub takes: Duration,
}

impl Service for Echo {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(async move {
            if method != "Echo.Echo" {
                return Err(HandleError::UnknownMethod);
            }
            self.handled.lock().push(args.clone());
            if !self.takes.is_zero() {
                sleep(self.takes).await;
            }
            Ok(args)
        })
    }
}

/// Two servers, of which 1 echoes.
pub struct Pair {
    pub network: Network,
    pub client: Node,
    pub node: Node,
    pub server: Arc<Echo>,
    pub end: ClientEnd,
}

impl Pair {
    pub fn new() -> Pair {
        Pair::taking(Duration::ZERO)
    }

    pub fn taking(takes: Duration) -> Pair {
        let (network, client) = (Network::new(2), Node::new("client"));
        let end = network.add_server(0, &client).swap_remove(1);
        let (node, server) = Pair::start(&network, takes);
        Pair { network, client, node, server, end }
    }

    pub fn start(network: &Network, takes: Duration) -> (Node, Arc<Echo>) {
        let node = Node::new("server");
        let server = Arc::new(Echo { handled: Mutex::default(), takes });
        network.add_server(1, &node);
        network.set_service(1, Arc::clone(&server) as Arc<dyn Service>);
        (node, server)
    }

    pub async fn echo(&self, text: &str) -> Result<Vec<u8>, RpcError> {
        self.end.call("Echo.Echo", text.as_bytes().to_vec()).await
    }

    pub fn handled(&self) -> usize {
        self.server.handled.lock().len()
    }
}

/// How long each message is under way.
pub fn slow_link(milliseconds: u64) -> LinkConfig {
    let mut config = LinkConfig::reliable();
    config.request.delay = Delay::uniform_ms(milliseconds, milliseconds);
    config.reply.delay = Delay::uniform_ms(milliseconds, milliseconds);
    config
}
