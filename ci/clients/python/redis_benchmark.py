"""redis-benchmark counts, always at the server that leads, since it does not follow MOVED.

Each time it is told how many requests to send. It ends with an error at the first connection that breaks,
and does not say how many were acknowledged until then: the outcome of all of them is unknown. For ONCE all of
them are the same increment.
"""

import resp
import work

REQUESTS = 100


def connect(ports):
    def execute(*words):
        if words == ("SESSION",):
            return session(ports)
        port = resp.leader(ports)
        if port is None:
            raise work.Refused("there is no leader")
        command = ["redis-benchmark", "-p", str(port), "-c", "4", "-n", str(REQUESTS), "-q", "-e", *words]
        told = work.run(command)
        text = told.stdout + told.stderr
        if "Could not connect" in text:
            # It connects all before it sends anything.
            raise work.Refused(text)
        if told.returncode != 0 or "Error from server" in text:
            raise work.Unknown(text)

    return execute


def session(ports):
    try:
        return resp.ask(resp.leader(ports) or ports[0], "SESSION").decode()
    except (OSError, resp.Refused) as error:
        raise work.Unknown(str(error)) from error


work.main(sends_once=connect, as_it_comes=connect, requests=REQUESTS, reads=False)
