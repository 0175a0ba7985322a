//! What strangers leave in a server's log.

use super::*;
use std::fmt::Debug;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Everything that is worth a warning.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "labrpc" && *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.0.lock().push(line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() != "address" {
            self.0 += &format!("{field}={value:?} ");
        }
    }
}

#[tokio::test]
async fn strangers_leave_a_line_each_and_only_so_many() {
    let lines = Lines::default();
    let _default = tracing::subscriber::set_default(lines.clone());
    let secret = Some(Secret::new("the secret of these tests").unwrap());
    let wire = Wire { secret, ..wire(Limits::default()) };
    let (_, address) = serve(&wire, SERVERS).await;
    for _ in 0..30 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"\x08\0\0\0abcdefgh").await.unwrap();
        raw::closed(&mut stream).await;
    }
    assert_eq!(client(&wire, address).after(&1).await, Ok(1));
    let nonsense = "message=refused: the connection: a frame whose checksum is another ";
    assert_eq!(
        *lines.0.lock(),
        [const { "" }; 10].map(|_| format!("{nonsense}server=1 untold=0 "))
    );
}

#[tokio::test]
async fn a_line_says_what_is_wrong_and_no_secret() {
    let lines = Lines::default();
    let _default = tracing::subscriber::set_default(lines.clone());
    let secret = Some(Secret::new("the secret of these tests").unwrap());
    let wire = Wire { secret, ..wire(Limits::default()) };
    let (_, address) = serve(&wire, SERVERS).await;
    let stranger = Wire { secret: None, ..wire.clone() };
    assert!(client(&stranger, address).after(&1).await.is_err());
    let said = [
        "message=refused: it has another secret, or none server=1 untold=0 ",
        "message=no connection: it has closed the connection server=1 untold=0 ",
    ];
    assert_eq!(*lines.0.lock(), said);
    assert!(format!("{wire:?}").contains("secret: Some(Secret(…))"));
}
