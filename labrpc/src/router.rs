//! Several services on one server.

use crate::error::HandleError;
use crate::server_id::ServerId;
use crate::service::{BoxFuture, Service};
use std::sync::Arc;

/// A [`Service`] that passes each call on to one of several services, chosen by how the method's name
/// begins. A name that no route fits is an unknown method.
///
/// ```
/// use labrpc::Router;
/// # use labrpc::{Network, Service};
/// # use runtime::{Node, Simulation};
/// # use std::sync::Arc;
/// # labrpc::service! {
/// #     /// Doubles.
/// #     trait Doubler, client DoublerClient {
/// #         /// Twice the number.
/// #         fn double("Doubler.Double", u64) -> u64;
/// #     }
/// # }
/// # labrpc::service! {
/// #     /// Halves.
/// #     trait Halver, client HalverClient {
/// #         /// Half the number.
/// #         fn halve("Halver.Halve", u64) -> u64;
/// #     }
/// # }
/// # struct Server;
/// # impl Doubler for Server {
/// #     async fn double(self: Arc<Self>, number: u64) -> u64 {
/// #         2 * number
/// #     }
/// # }
/// # impl Halver for Server {
/// #     async fn halve(self: Arc<Self>, number: u64) -> u64 {
/// #         number / 2
/// #     }
/// # }
/// # let finished = Simulation::new(1).run(async {
/// # let network = Network::new(2);
/// # let end = network.add_server(0, &Node::current()).swap_remove(1);
/// # network.add_server(1, &Node::new("server"));
/// # let server = Arc::new(Server);
///
/// let router = Router::new()
///     .route("Doubler.", DoublerClient::serve(Arc::clone(&server)))
///     .route("Halver.", HalverClient::serve(server));
/// network.set_service(1, Arc::new(router));
///
/// assert_eq!(DoublerClient::new(end.clone()).double(&21).await, Ok(42));
/// assert_eq!(HalverClient::new(end).halve(&42).await, Ok(21));
/// # });
/// # finished.result.unwrap();
/// ```
#[derive(Default)]
pub struct Router(Vec<Route>);

struct Route {
    prefix: &'static str,
    service: Arc<dyn Service>,
}

impl Router {
    /// A router without routes: it knows no method.
    pub fn new() -> Router {
        Router::default()
    }

    /// Adds a route: methods whose names begin with `prefix` go to `service`.
    ///
    /// A call takes the first route that fits. The empty prefix fits every name, so a service with that
    /// prefix comes last and gets what is left.
    #[must_use]
    pub fn route(mut self, prefix: &'static str, service: Arc<dyn Service>) -> Router {
        self.0.push(Route { prefix, service });
        self
    }

    fn service_of(&self, method: &str) -> Option<&Arc<dyn Service>> {
        let route = self.0.iter().find(|route| method.starts_with(route.prefix))?;
        Some(&route.service)
    }

    /// Whether that service is the one that gets calls of that method.
    fn leads_to(&self, method: &str, service: &Arc<dyn Service>) -> bool {
        self.service_of(method).is_some_and(|found| Arc::ptr_eq(found, service))
    }
}

impl Service for Router {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        match self.service_of(method) {
            Some(service) => Arc::clone(service).handle(method, args),
            None => Box::pin(std::future::ready(Err(HandleError::UnknownMethod))),
        }
    }

    fn describe(&self, method: &str, reply: bool, bytes: &[u8]) -> Option<String> {
        self.service_of(method)?.describe(method, reply, bytes)
    }

    fn methods(&self) -> Vec<&'static str> {
        let routes = self.0.iter().flat_map(|route| {
            let methods = route.service.methods().into_iter();
            methods.filter(|name| self.leads_to(name, &route.service))
        });
        routes.collect()
    }

    /// All services are told.
    fn peer_disconnected(&self, peer: ServerId) {
        self.0.iter().for_each(|route| route.service.peer_disconnected(peer));
    }
}
