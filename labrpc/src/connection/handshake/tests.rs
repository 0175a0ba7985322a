use super::*;

const CALLERS: Callers = Callers::Servers { count: 3 };

fn words(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn hello() -> Hello {
    Hello {
        cluster: "tests".to_owned(),
        caller: Identity::Server(2),
        lane: Lane::Main,
        server: 1,
        frame_bytes: 1 << 20,
        nonce: [1; 32],
    }
}

fn challenge() -> Vec<u8> {
    seal(&Challenge { frame_bytes: 1 << 20, nonce: [2; 32] })
}

fn host(secret: Option<&Secret>, callers: Callers) -> Host<'_> {
    Host { cluster: "tests", secret, me: 1, callers }
}

/// Why a server without a secret does not go on with who says this; nothing if it does.
fn refusal(callers: Callers, hello: &[u8]) -> String {
    host(None, callers).hear(hello).err().map_or_else(String::new, |refusal| refusal.to_string())
}

#[test]
fn who_belongs_to_the_cluster_is_let_in() {
    let hello = hello();
    assert_eq!(host(None, CALLERS).hear(&seal(&hello)).unwrap(), hello);
}

#[test]
fn who_speaks_otherwise_is_a_stranger() {
    let mut said = seal(&hello());
    assert_eq!(refusal(CALLERS, b""), "it speaks another protocol");
    assert_eq!(refusal(CALLERS, b"GET / HTTP/1.1\r\n"), "it speaks another protocol");
    assert_eq!(refusal(CALLERS, &said[..7]), "it speaks another protocol");
    assert!(refusal(CALLERS, &said[..8]).starts_with("what it says can't be read"));
    said.push(0);
    let left_over = "what it says can't be read: 1 bytes are left over";
    assert_eq!(refusal(CALLERS, &said), left_over);
    said[6] = 2;
    let version = "it speaks version 2 of the protocol, and this is version 1";
    assert_eq!(refusal(CALLERS, &said), version);
}

#[test]
fn who_belongs_elsewhere_is_a_stranger() {
    let elsewhere = Hello { cluster: "test".to_owned(), ..hello() };
    assert_eq!(refusal(CALLERS, &seal(&elsewhere)), "it belongs to another cluster");
    let mistaken = Hello { server: 2, ..hello() };
    assert_eq!(refusal(CALLERS, &seal(&mistaken)), "it wants server 2");
    let unknown = Hello { caller: Identity::Server(3), ..hello() };
    assert_eq!(refusal(CALLERS, &seal(&unknown)), "it calls itself server 3, and there is none");
}

#[test]
fn a_listener_is_for_servers_or_for_clients() {
    let [server, client] =
        [Identity::Server(2), Identity::Client].map(|caller| seal(&Hello { caller, ..hello() }));
    assert_eq!(refusal(CALLERS, &server), "");
    assert_eq!(refusal(CALLERS, &client), "it is a client, which this listener is not for");
    assert_eq!(refusal(Callers::Clients, &client), "");
    assert_eq!(
        refusal(Callers::Clients, &server),
        "it is a server, which this listener is not for"
    );
}

#[test]
fn a_role_that_does_not_exist_can_not_be_read() {
    let mut said = seal(&hello());
    let role = MAGIC.len() + 2 + 1 + "tests".len();
    assert_eq!(said[role], 0, "a server");
    said[role] = 2;
    assert!(refusal(CALLERS, &said).starts_with("what it says can't be read"));
}

/// The result when both have that secret, with what is done to their messages.
fn meet(
    [guests, hosts]: [Option<&Secret>; 2],
    change: impl Fn(&mut Vec<u8>, &mut Vec<u8>),
) -> Result<Vec<String>, Refusal> {
    let said = [&seal(&hello())[..], &challenge()];
    let (guest, host) = (Guest { secret: guests }, host(hosts, CALLERS));
    guest.hear(said[1])?;
    let mut proof = guest.prove(said).to_vec();
    let mut welcome = Vec::new();
    change(&mut proof, &mut welcome);
    welcome = host.welcome(said, &proof, &["One", "Two"])?;
    change(&mut proof, &mut welcome);
    guest.enter(said, &welcome)
}

#[test]
fn who_has_the_same_secret_is_welcome() {
    let secret = words("0123456789abcdef");
    for secret in [Some(&secret), None] {
        assert_eq!(meet([secret, secret], |_, _| {}).unwrap(), ["One", "Two"]);
    }
}

#[test]
fn who_has_another_secret_or_none_is_refused() {
    let (one, two) = (words("0123456789abcdef"), words("0123456789abcdeF"));
    for secrets in [[Some(&one), Some(&two)], [Some(&one), None], [None, Some(&one)]] {
        assert!(matches!(meet(secrets, |_, _| {}), Err(Refusal::Secret)));
    }
}

#[test]
fn a_server_has_to_prove_itself_too() {
    let secret = words("0123456789abcdef");
    let said = [&seal(&hello())[..], &challenge()];
    let impostor = host(None, CALLERS);
    let proof = Guest { secret: None }.prove(said);
    let welcome = impostor.welcome(said, &proof, &[]).unwrap();
    let guest = Guest { secret: Some(&secret) };
    assert!(matches!(guest.enter(said, &welcome), Err(Refusal::Secret)));
    // To say a caller's own proof to it proves nothing.
    let echo = plain(&Welcome { proof: guest.prove(said), methods: Vec::new() });
    assert!(matches!(guest.enter(said, &echo), Err(Refusal::Secret)));
}

#[test]
fn a_proof_is_good_for_one_conversation() {
    let secret = words("0123456789abcdef");
    let (guest, host) = (Guest { secret: Some(&secret) }, host(Some(&secret), CALLERS));
    let (hello_bytes, challenge_bytes) = (seal(&hello()), challenge());
    let proof = guest.prove([&hello_bytes, &challenge_bytes]);
    let asked_anew = seal(&Challenge { frame_bytes: 1 << 20, nonce: [3; 32] });
    let another = seal(&Hello { caller: Identity::Server(0), ..hello() });
    for said in [[&hello_bytes[..], &asked_anew], [&another, &challenge_bytes]] {
        assert!(matches!(host.welcome(said, &proof, &[]), Err(Refusal::Secret)));
    }
    assert!(host.welcome([&hello_bytes, &challenge_bytes], &proof, &[]).is_ok());
}

#[test]
fn a_proof_cut_short_or_with_a_bit_changed_is_none() {
    let secret = words("0123456789abcdef");
    let secrets = [Some(&secret), Some(&secret)];
    let refused = |change: &dyn Fn(&mut Vec<u8>, &mut Vec<u8>)| meet(secrets, change).is_err();
    assert!(refused(&|proof, _| proof.truncate(31)));
    assert!(refused(&|proof, _| proof.push(0)));
    assert!(refused(&|proof, _| proof.clear()));
    for at in 0..32 {
        assert!(refused(&|proof, _| proof[at] ^= 1));
        assert!(refused(&|_, welcome| welcome.iter_mut().skip(at).take(1).for_each(|it| *it ^= 1)));
    }
}
