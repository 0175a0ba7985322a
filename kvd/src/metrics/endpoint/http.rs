//! The little of HTTP that it takes.

use prometheus_client::encoding::prometheus_text;

/// Whether the end of a request's head is among those bytes of it: an empty line.
pub(super) fn has_end(head: &[u8]) -> bool {
    head.windows(2).any(|end| end == b"\n\n") || head.windows(3).any(|end| end == b"\n\r\n")
}

/// The answer to the request with that head, `None` for one that is too long.
pub(super) fn answer(head: Option<&[u8]>, render: impl FnOnce() -> String) -> String {
    let Some(head) = head else {
        return response("431 Request Header Fields Too Large", "", "the request is too long\n");
    };
    match request_line(head) {
        Some(("GET", "/metrics")) => {
            let content = format!("Content-Type: {}\r\n", prometheus_text::CONTENT_TYPE);
            response("200 OK", &content, &render())
        }
        // No answer to HEAD may have a body.
        Some(("HEAD", "/metrics")) => response("405 Method Not Allowed", "Allow: GET\r\n", ""),
        Some((_, "/metrics")) => {
            response("405 Method Not Allowed", "Allow: GET\r\n", "only GET is answered\n")
        }
        Some(("HEAD", _)) => response("404 Not Found", "", ""),
        Some(_) => response("404 Not Found", "", "there is only /metrics\n"),
        None => response("400 Bad Request", "", "expected a request of HTTP/1.0 or HTTP/1.1\n"),
    }
}

/// The method and the path of a request, if it is one of HTTP/1.
fn request_line(head: &[u8]) -> Option<(&str, &str)> {
    let line = head.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.strip_suffix('\r').unwrap_or(line).split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_request = words.next().is_none()
        && !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_graphic())
        && target.starts_with('/')
        && matches!(version, "HTTP/1.0" | "HTTP/1.1");
    is_request.then(|| (method, target.split_once('?').map_or(target, |(path, _)| path)))
}

fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn status(head: &str) -> String {
        let answer = answer(Some(head.as_bytes()), || "kvd_term 1\n".into());
        answer.split(' ').nth(1).expect("a status").to_owned()
    }

    #[test]
    fn what_is_asked_for_is_rendered() {
        let whole =
            answer(Some(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), || "kvd_term 1\n".into());
        assert_eq!(
            whole,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
             Content-Length: 11\r\nConnection: close\r\n\r\nkvd_term 1\n"
        );
        assert_eq!(status("GET /metrics HTTP/1.0\n\n"), "200");
        assert_eq!(status("GET /metrics?name[]=a HTTP/1.1\r\n\r\n"), "200");
    }

    #[test]
    fn what_else_is_asked_for_is_not_there() {
        for path in ["/", "/metrics/", "/METRICS", "//metrics", "/x?/metrics"] {
            assert_eq!(status(&format!("GET {path} HTTP/1.1\r\n\r\n")), "404", "{path}");
        }
        assert_eq!(status("POST / HTTP/1.1\r\n\r\n"), "404");
    }

    #[test]
    fn other_methods_are_refused() {
        for method in ["HEAD", "POST", "get", "M-SEARCH"] {
            assert_eq!(status(&format!("{method} /metrics HTTP/1.1\r\n\r\n")), "405", "{method}");
        }
    }

    #[test]
    fn an_answer_to_head_has_no_body() {
        for path in ["/", "/metrics"] {
            let head = format!("HEAD {path} HTTP/1.1\r\n\r\n");
            let answer = answer(Some(head.as_bytes()), String::new);
            assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let heads = [
            "",
            "\r\n\r\n",
            "GET /metrics\r\n\r\n",
            "GET  /metrics HTTP/1.1\r\n\r\n",
            "GET /metrics HTTP/1.1 \r\n\r\n",
            " /metrics HTTP/1.1\r\n\r\n",
            "GET metrics HTTP/1.1\r\n\r\n",
            "GET /metrics HTTP/2\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\n",
            "G\tT /metrics HTTP/1.1\r\n\r\n",
        ];
        for head in heads {
            assert_eq!(status(head), "400", "{head:?}");
        }
    }

    #[test]
    fn a_head_ends_with_an_empty_line() {
        for whole in
            ["GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\n\n", "a\r\nb\r\n\r\nbody", "a\n\r\n"]
        {
            assert!(has_end(whole.as_bytes()), "{whole:?}");
        }
        for part in ["", "GET / HTTP/1.1\r\n", "a\r\nb\r\n", "\r\r", "\n\r"] {
            assert!(!has_end(part.as_bytes()), "{part:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_answered(head in prop::collection::vec(any::<u8>(), 0..200)) {
            has_end(&head);
            prop_assert!(answer(Some(&head), String::new).starts_with("HTTP/1.1 "));
        }

        #[test]
        fn whatever_is_asked_for_is_answered(method in "[A-Z]{0,5}", target in ".{0,30}", version in "[ -~]{0,9}") {
            let head = format!("{method} {target} {version}\r\n\r\n");
            prop_assert!(answer(Some(head.as_bytes()), String::new).starts_with("HTTP/1.1 "));
        }
    }
}
