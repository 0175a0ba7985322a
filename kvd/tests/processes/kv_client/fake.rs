//! A server that follows a script.

use bytes::BytesMut;
use kvd::resp::{Limits, RequestParser};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tokio::net::TcpSocket;

/// What the answer is when a connection is to break instead.
pub const BREAK: &str = "";

/// A server that answers requests by a script, whatever they are, and then with `+OK`.
pub struct FakeServer {
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeServer {
    pub fn start<S: Into<String>>(script: impl IntoIterator<Item = S>) -> FakeServer {
        FakeServer::start_knowing(|_| script)
    }

    /// Starts one whose script is made of its address.
    pub fn start_knowing<T: IntoIterator<Item: Into<String>>>(
        script: impl FnOnce(&str) -> T,
    ) -> FakeServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let script = script(&address);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let all_asked = Arc::clone(&asked);
        let script = script.into_iter().map(Into::into).collect();
        let script = Arc::new(Mutex::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, asked) = (Arc::clone(&script), Arc::clone(&all_asked));
                std::thread::spawn(move || serve(stream.expect("a client"), &script, &asked));
            }
        });
        FakeServer { address, asked }
    }

    /// All that it was asked, each with blanks between its words.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no test fails here").clone()
    }
}

fn serve(mut stream: TcpStream, script: &Mutex<VecDeque<String>>, asked: &Mutex<Vec<String>>) {
    let mut parser = RequestParser::new(Limits::default());
    let mut input = BytesMut::new();
    let mut piece = [0; 4096];
    loop {
        while let Some(request) = parser.next(&mut input).expect("a request") {
            let words = request.arguments.iter().map(|word| String::from_utf8_lossy(word));
            let words: Vec<_> = words.collect();
            asked.lock().expect("no test fails here").push(words.join(" "));
            let answer = script.lock().expect("no test fails here").pop_front();
            let answer = answer.unwrap_or_else(|| "+OK".to_owned());
            if answer == BREAK || stream.write_all(format!("{answer}\r\n").as_bytes()).is_err() {
                return;
            }
        }
        match stream.read(&mut piece) {
            Ok(count @ 1..) => input.extend_from_slice(&piece[..count]),
            _ => return,
        }
    }
}

/// An address at which nobody listens, and which nobody else can have.
pub struct Nobody {
    pub address: String,
    _socket: TcpSocket,
}

impl Nobody {
    pub fn new() -> Nobody {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = socket.local_addr().expect("an address").to_string();
        Nobody { address, _socket: socket }
    }
}
