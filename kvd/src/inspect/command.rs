//! Commands of the store in words.

use super::lines::bytes_as_json;
use kv::{Action, Command, NewSession, Once, Request};
use serde_json::{Value, json};

/// A command of the key/value store as people read it: `{"requests": [{"put": "x", "value": "1"}]}`, with the place in
/// its session if it has one, as `"once": {"sequence": 2, "session": 7}`; `{"open_session": …}`; `{"read": "x"}`.
///
/// The random numbers of sessions are left out: with one of them others could write in its session.
pub fn describe(command: &[u8]) -> Value {
    match Command::decode(command) {
        Ok(Command::OpenSession(NewSession { owner, .. })) => {
            json!({ "open_session": { "owner": bytes_as_json(&owner) } })
        }
        Ok(Command::Read { key }) => json!({ "read": bytes_as_json(&key) }),
        Ok(Command::Execute { once, requests }) => {
            let requests: Vec<Value> = requests.iter().map(describe_request).collect();
            match once {
                None => json!({ "requests": requests }),
                Some(Once { session, sequence, .. }) => {
                    let once = json!({ "session": session, "sequence": sequence });
                    json!({ "once": once, "requests": requests })
                }
            }
        }
        Err(_) => json!({ "not_a_command": bytes_as_json(command) }),
    }
}

fn describe_request(Request { key, action }: &Request) -> Value {
    let key = bytes_as_json(key);
    match action {
        Action::Get => json!({ "get": key }),
        Action::Put(value) => json!({ "put": key, "value": bytes_as_json(value) }),
        Action::PutAtVersion(version, value) => {
            json!({ "put_at_version": key, "version": version, "value": bytes_as_json(value) })
        }
        Action::Append(tail) => json!({ "append": key, "value": bytes_as_json(tail) }),
        Action::CompareAndSet(from, to) => {
            let from = from.as_ref().map(|from| bytes_as_json(from));
            json!({ "compare_and_set": key, "from": from, "to": bytes_as_json(to) })
        }
        Action::Delete => json!({ "delete": key }),
        Action::PutIfPresent(value) => {
            json!({ "put_if_present": key, "value": bytes_as_json(value) })
        }
        Action::Remove => json!({ "remove": key }),
        Action::Add(number) => json!({ "add": key, "number": number }),
        Action::Length => json!({ "length": key }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn told(command: &Command) -> String {
        describe(&command.encode()).to_string()
    }

    fn told_action(action: Action) -> String {
        let requests = vec![Request::new("k", action)];
        let told = told(&Command::Execute { once: None, requests });
        let inner = told.strip_prefix(r#"{"requests":["#).and_then(|it| it.strip_suffix("]}"));
        inner.unwrap().to_owned()
    }

    #[test]
    fn every_action_is_told_with_its_key_and_values() {
        let value = || Bytes::from("v");
        assert_eq!(told_action(Action::Get), r#"{"get":"k"}"#);
        assert_eq!(told_action(Action::Put(value())), r#"{"put":"k","value":"v"}"#);
        let at_version = told_action(Action::PutAtVersion(3, value()));
        assert_eq!(at_version, r#"{"put_at_version":"k","value":"v","version":3}"#);
        let binary = Bytes::from_static(b"\xff");
        let append = told_action(Action::Append(binary));
        assert_eq!(append, r#"{"append":"k","value":{"hex":"ff"}}"#);
        let swap = |from| told_action(Action::CompareAndSet(from, value()));
        assert_eq!(swap(None), r#"{"compare_and_set":"k","from":null,"to":"v"}"#);
        assert_eq!(swap(Some("u".into())), r#"{"compare_and_set":"k","from":"u","to":"v"}"#);
        assert_eq!(told_action(Action::Delete), r#"{"delete":"k"}"#);
        let if_present = told_action(Action::PutIfPresent(value()));
        assert_eq!(if_present, r#"{"put_if_present":"k","value":"v"}"#);
        assert_eq!(told_action(Action::Remove), r#"{"remove":"k"}"#);
        assert_eq!(told_action(Action::Add(-5)), r#"{"add":"k","number":-5}"#);
        assert_eq!(told_action(Action::Length), r#"{"length":"k"}"#);
    }

    #[test]
    fn commands_are_told_without_the_numbers_of_sessions_that_nobody_may_know() {
        let token = 0x0123_4567_89ab_cdef;
        let once = Some(Once { session: 7, token, sequence: 2 });
        let requests = vec![Request::new("a", Action::Delete), Request::new("b", Action::Delete)];
        let expected =
            r#"{"once":{"sequence":2,"session":7},"requests":[{"delete":"a"},{"delete":"b"}]}"#;
        assert_eq!(told(&Command::Execute { once, requests }), expected);
        let session = NewSession { token, owner: "me".into(), ..NewSession::default() };
        assert_eq!(told(&Command::OpenSession(session)), r#"{"open_session":{"owner":"me"}}"#);
        assert_eq!(told(&Command::Read { key: "x".into() }), r#"{"read":"x"}"#);
    }

    #[test]
    fn what_is_no_command_is_told_as_it_is() {
        assert_eq!(describe(b"what?").to_string(), r#"{"not_a_command":"what?"}"#);
        assert_eq!(describe(b"\xff").to_string(), r#"{"not_a_command":{"hex":"ff"}}"#);
    }
}
