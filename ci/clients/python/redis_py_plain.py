"""redis-py's Redis counts: a client that knows one server, and is told MOVED by those that do not lead."""

import itertools

from redis import Redis
from redis.exceptions import ConnectionError, MovedError, TimeoutError

import redis_py
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
        except redis_py.ERRORS as error:
            if isinstance(error, (ConnectionError, TimeoutError)):
                client = to(next(others))
            raise redis_py.outcome_of(error) from error

    return execute


redis_py.count(connect)
