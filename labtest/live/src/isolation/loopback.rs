//! The loopback of a new network namespace, which is there and down.

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, sendto, socket};
use std::io;

// <linux/netlink.h>, <linux/rtnetlink.h> and <linux/if.h>.
const NLMSG_ERROR: u16 = 2;
const RTM_NEWLINK: u16 = 16;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const IFF_UP: u32 = 1;

/// Each network namespace begins with its loopback.
const LOOPBACK_INDEX: i32 = 1;

/// Asks the kernel to bring it up.
///
/// # Errors
/// What the kernel answers.
pub fn bring_up() -> io::Result<()> {
    // `None` is the protocol NETLINK_ROUTE.
    let socket = socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
    sendto(&socket, &request(), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0; 1024];
    let (length, _) = recv(&socket, &mut answer, RecvFlags::empty())?;
    match understand(&answer[..length]) {
        Some(0) => Ok(()),
        Some(error) => Err(io::Error::from_raw_os_error(error)),
        None => Err(io::Error::other("the kernel's answer is no acknowledgement")),
    }
}

/// A `nlmsghdr` and an `ifinfomsg`: the flag "up" is changed to be set.
fn request() -> Vec<u8> {
    let mut message = Vec::new();
    message.extend(32_u32.to_ne_bytes()); // Length.
    message.extend(RTM_NEWLINK.to_ne_bytes());
    message.extend((NLM_F_REQUEST | NLM_F_ACK).to_ne_bytes());
    message.extend([0; 8]); // Sequence number and port.
    message.extend([0; 4]); // Family, padding, type of device.
    message.extend(LOOPBACK_INDEX.to_ne_bytes());
    message.extend(IFF_UP.to_ne_bytes()); // Flags,
    message.extend(IFF_UP.to_ne_bytes()); // and which of them change.
    message
}

/// The error number in an acknowledgement, which is 0 if all is well: a `nlmsghdr`, and it negated.
fn understand(answer: &[u8]) -> Option<i32> {
    let kind = answer.get(4..6)?.try_into().ok().map(u16::from_ne_bytes)?;
    let error = answer.get(16..20)?.try_into().ok().map(i32::from_ne_bytes)?;
    (kind == NLMSG_ERROR).then(|| error.wrapping_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acknowledgement(kind: u16, error: i32) -> Vec<u8> {
        let mut answer = vec![0; 4];
        answer.extend(kind.to_ne_bytes());
        answer.extend([0; 10]);
        answer.extend(error.to_ne_bytes());
        answer
    }

    #[test]
    fn the_request_is_as_long_as_it_says() {
        assert_eq!(request().len(), 32);
    }

    #[test]
    fn an_acknowledgement_is_understood() {
        assert_eq!(understand(&acknowledgement(NLMSG_ERROR, 0)), Some(0));
        assert_eq!(understand(&acknowledgement(NLMSG_ERROR, -1)), Some(1));
        assert_eq!(understand(&acknowledgement(3, 0)), None);
        assert_eq!(understand(&[0; 12]), None);
    }
}
