"""Asks servers of this machine, in the words of Redis's protocol, without a client of Redis."""

import socket


class Refused(Exception):
    """The server answered with an error, which is the text of this."""


def ask(port, *words, timeout_s=5.0):
    """What the server at that port of this machine answers: bytes, a number, None or a list.

    Raises Refused for an error, and OSError where there is no answer.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        request = [b"*%d\r\n" % len(words)]
        for word in map(str.encode, words):
            request.append(b"$%d\r\n%s\r\n" % (len(word), word))
        connection.sendall(b"".join(request))
        with connection.makefile("rb") as answer:
            return read(answer)


def leader(ports):
    """The port of the server that leads, or None.

    It names itself in CLUSTER SLOTS, and has just found a majority that follows it: otherwise it would not
    have answered a read.
    """
    for port in ports:
        try:
            [[_, _, master, *_]] = ask(port, "CLUSTER", "SLOTS")
            if master[1] == port:
                ask(port, "GET", "any")
                return port
        except (OSError, Refused):
            continue
    return None


def read(answer):
    """The next reply of RESP2 in a stream."""
    line = answer.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionResetError("the connection ended within an answer")
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise Refused(rest.decode(errors="replace"))
    if kind == b"+":
        return rest
    number = int(rest)
    if kind == b":":
        return number
    if number < 0:
        return None
    if kind == b"$":
        return answer.read(number + 2)[:-2]
    if kind == b"*":
        return [read(answer) for _ in range(number)]
    raise ValueError(f"an answer that begins with {line!r}")
