"""redis-py's Redis counts: a client that knows one server, and is told MOVED by those that do not lead."""

import itertools

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError, ConnectionError, MovedError, ResponseError, TimeoutError
from redis.retry import Retry

import work


def connect(ports, **options):
    others = itertools.cycle(ports)

    def to(port):
        return Redis(port=port, decode_responses=True, socket_timeout=20, **options)

    client = to(next(others))

    def execute(*words):
        nonlocal client
        try:
            return client.execute_command(*words)
        except MovedError as error:
            client = to(error.port)
            raise work.Refused(str(error)) from error
        except ClusterDownError as error:
            raise work.Refused(str(error)) from error
        except ResponseError as error:
            raise work.of_error(str(error)) from error
        except (ConnectionError, TimeoutError) as error:
            client = to(next(others))
            if " connecting to " in str(error):
                raise work.Refused(str(error)) from error
            raise work.Unknown(str(error)) from error

    return execute


def sends_once(ports):
    # By itself it sends a write again when the connection breaks before the answer, ten times.
    return connect(ports, retry=Retry(NoBackoff(), 0))


work.main(sends_once=sends_once, as_it_comes=connect)
