//! Typed services, and several of them on one server.

use futures::executor::block_on;
use labrpc::{HandleError, Router, ServerId, Service, decode, encode};
use parking_lot::Mutex;
use std::sync::Arc;

labrpc::service! {
    /// Adds.
    trait Adder, client AdderClient {
        /// One more.
        fn add_one("Adder.AddOne", u64) -> u64;
        /// Two more.
        fn add_two("Adder.AddTwo", u64) -> u64;
    }
}

labrpc::service! {
    /// Multiplies.
    trait Multiplier, client MultiplierClient {
        /// Twice the number.
        fn double("Multiplier.Double", u64) -> u64;
    }
}

struct Server;

impl Adder for Server {
    async fn add_one(self: Arc<Self>, number: u64) -> u64 {
        number + 1
    }

    async fn add_two(self: Arc<Self>, number: u64) -> u64 {
        number + 2
    }
}

impl Multiplier for Server {
    async fn double(self: Arc<Self>, number: u64) -> u64 {
        number * 2
    }
}

fn adder() -> Arc<dyn Service> {
    AdderClient::serve(Arc::new(Server))
}

fn multiplier() -> Arc<dyn Service> {
    MultiplierClient::serve(Arc::new(Server))
}

fn ask(service: Arc<dyn Service>, method: &'static str, number: u64) -> Result<u64, HandleError> {
    let reply = block_on(service.handle(method, encode(&number).unwrap()))?;
    Ok(decode(&reply).unwrap())
}

#[test]
fn a_client_has_the_name_of_each_method_on_the_wire() {
    assert_eq!(AdderClient::ADD_ONE, "Adder.AddOne");
    assert_eq!(AdderClient::ADD_TWO, "Adder.AddTwo");
    assert_eq!(ask(adder(), AdderClient::ADD_TWO, 40), Ok(42));
    let known = |name| match name {
        AdderClient::ADD_ONE | AdderClient::ADD_TWO => adder().methods().contains(&name),
        MultiplierClient::DOUBLE => multiplier().methods().contains(&name),
        _ => false,
    };
    assert!(known("Adder.AddOne") && known("Adder.AddTwo") && known("Multiplier.Double"));
    assert!(!known("Adder.AddThree"));
}

fn router() -> Arc<dyn Service> {
    Arc::new(Router::new().route("Adder.", adder()).route("Multiplier.", multiplier()))
}

#[test]
fn a_router_passes_a_call_on_by_its_prefix() {
    assert_eq!(ask(router(), AdderClient::ADD_ONE, 21), Ok(22));
    assert_eq!(ask(router(), MultiplierClient::DOUBLE, 21), Ok(42));
}

#[test]
fn to_a_router_an_unknown_prefix_is_an_unknown_method() {
    let unknown = ask(adder(), "Adder.AddThree", 0);
    assert_eq!(unknown, Err(HandleError::UnknownMethod));
    for method in ["Adder.AddThree", "Divider.Halve", "Adder", ""] {
        assert_eq!(ask(router(), method, 0), unknown, "{method}");
    }
    assert_eq!(ask(Arc::new(Router::new()), AdderClient::ADD_ONE, 0), unknown);
}

#[test]
fn a_router_has_the_methods_that_it_passes_on() {
    assert_eq!(router().methods(), ["Adder.AddOne", "Adder.AddTwo", "Multiplier.Double"]);
    let shadowed = Router::new().route("Adder.", multiplier()).route("", adder());
    assert!(shadowed.methods().is_empty(), "what goes to another service is none of this one's");
}

#[test]
fn who_has_disconnected_is_told_to_every_service() {
    #[derive(Default)]
    struct Deserted(Mutex<Vec<ServerId>>);

    impl Adder for Deserted {
        async fn add_one(self: Arc<Self>, number: u64) -> u64 {
            number
        }

        async fn add_two(self: Arc<Self>, number: u64) -> u64 {
            number
        }

        fn peer_disconnected(self: Arc<Self>, peer: ServerId) {
            self.0.lock().push(peer);
        }
    }

    let (one, two) = (Arc::new(Deserted::default()), Arc::new(Deserted::default()));
    let router = Router::new().route("Multiplier.", multiplier());
    let router = router.route("Adder.", AdderClient::serve(Arc::clone(&one)));
    let router = router.route("", AdderClient::serve(Arc::clone(&two)));
    router.peer_disconnected(2);
    assert_eq!((&*one.0.lock(), &*two.0.lock()), (&vec![2], &vec![2]));
}

#[test]
fn a_router_takes_the_first_route_that_fits() {
    let router = Router::new().route("Adder.", adder()).route("", multiplier());
    let router: Arc<dyn Service> = Arc::new(router);
    assert_eq!(ask(Arc::clone(&router), AdderClient::ADD_ONE, 1), Ok(2));
    assert_eq!(ask(Arc::clone(&router), MultiplierClient::DOUBLE, 1), Ok(2));
    assert_eq!(ask(router, "Adder.AddThree", 1), Err(HandleError::UnknownMethod));
}

#[test]
fn a_service_says_what_a_message_is_as_its_types_print_themselves() {
    let router: Arc<dyn Service> =
        Arc::new(Router::new().route("Adder.", adder()).route("", multiplier()));
    let seven = encode(&7_u64).unwrap();
    for (method, reply) in [("Adder.AddOne", false), ("Multiplier.Double", true)] {
        assert_eq!(router.describe(method, reply, &seven).as_deref(), Some("7"));
    }
    assert_eq!(router.describe("Adder.AddOne", false, b""), None);
    assert_eq!(router.describe("Adder.Nothing", false, &seven), None);
}
