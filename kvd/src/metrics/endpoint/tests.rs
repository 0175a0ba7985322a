use super::*;
use std::net::SocketAddr;

/// Waits this long for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

const GET: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A test against an endpoint on loopback.
fn against<F: Future<Output = ()>>(limits: Limits, test: impl FnOnce(SocketAddr) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let _serving = runtime::spawn(serve_within(limits, listener, || "kvd_term 7\n".to_owned()));
        test(address).await;
    });
}

/// No step takes long enough to be cut off.
fn patient() -> Limits {
    Limits { step: PATIENCE * 2, ..LIMITS }
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

/// All that comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    let read = runtime::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    // A reset is an end, too.
    let _ = read.expect("the connection is closed");
    String::from_utf8(rest).unwrap()
}

async fn ask(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = connect(address).await;
    stream.write_all(request).await.unwrap();
    rest(&mut stream).await
}

#[test]
fn metrics_are_answered_one_request_a_connection() {
    against(patient(), |address| async move {
        for version in ["1.0", "1.1"] {
            let request = format!("GET /metrics HTTP/{version}\r\n\r\n");
            let answer = ask(address, request.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            assert!(answer.ends_with("\r\n\r\nkvd_term 7\n"), "{answer}");
        }
    });
}

#[test]
fn what_else_is_asked_is_refused() {
    let requests: [(&[u8], &str); 4] = [
        (b"GET / HTTP/1.1\r\n\r\n", "404"),
        (b"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "405"),
        (b"HEAD /metrics HTTP/1.1\r\n\r\n", "405"),
        (b"\x16\x03\x01\xff\xfe\r\n\r\n", "400"),
    ];
    against(patient(), |address| async move {
        for (request, status) in requests {
            let answer = ask(address, request).await;
            assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
        }
    });
}

#[test]
fn a_head_may_come_in_pieces() {
    against(patient(), |address| async move {
        let mut stream = connect(address).await;
        stream.set_nodelay(true).unwrap();
        for byte in GET {
            stream.write_all(&[*byte]).await.unwrap();
            runtime::yield_now().await;
        }
        assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200 "));
    });
}

#[test]
fn a_head_may_be_as_long_as_the_limit() {
    let head = |bytes: usize| {
        let (start, end) = ("GET /metrics HTTP/1.1\r\nX: ", "\r\n\r\n");
        format!("{start}{}{end}", "x".repeat(bytes - start.len() - end.len()))
    };
    against(patient(), |address| async move {
        let longest = ask(address, head(LIMITS.head_bytes).as_bytes()).await;
        assert!(longest.starts_with("HTTP/1.1 200 "), "{longest}");
        let longer = ask(address, head(LIMITS.head_bytes + 1).as_bytes()).await;
        assert!(longer.starts_with("HTTP/1.1 431 "), "{longer}");
    });
}

#[test]
fn one_who_is_slow_to_ask_is_cut_off() {
    let limits = Limits { step: Duration::from_millis(50), ..LIMITS };
    against(limits, |address| async move {
        let mut stream = connect(address).await;
        stream.write_all(&GET[..10]).await.unwrap();
        assert_eq!(rest(&mut stream).await, "");
    });
}

#[test]
fn one_who_hangs_up_is_no_harm() {
    against(patient(), |address| async move {
        let mut stream = connect(address).await;
        stream.write_all(&GET[..10]).await.unwrap();
        drop(stream);
        assert!(ask(address, GET).await.starts_with("HTTP/1.1 200 "));
    });
}

#[test]
fn more_than_may_ask_at_once_wait_for_their_turn() {
    let limits = Limits { connections: 2, ..patient() };
    against(limits, |address| async move {
        let holders = [connect(address).await, connect(address).await];
        let mut third = connect(address).await;
        third.write_all(GET).await.unwrap();
        let mut byte = [0];
        let answered = runtime::timeout(Duration::from_millis(100), third.read(&mut byte)).await;
        assert!(answered.is_err(), "two who ask have all places");
        drop(holders);
        assert!(rest(&mut third).await.starts_with("HTTP/1.1 200 "));
    });
}
