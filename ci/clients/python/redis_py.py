"""What redis-py's errors say of a command, and how it is told not to send a write again."""

from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError, ConnectionError, RedisClusterException, ResponseError
from redis.exceptions import TimeoutError
from redis.retry import Retry

import work

# What `outcome_of` knows.
ERRORS = (ClusterDownError, ResponseError, ConnectionError, TimeoutError, RedisClusterException)


def outcome_of(error):
    """The error of `work` that says whether the command may have had its effect."""
    if isinstance(error, ClusterDownError):
        return work.Refused(str(error))
    if isinstance(error, ResponseError):
        return work.of_error(str(error))
    if " connecting to " in str(error):
        return work.Refused(str(error))
    return work.Unknown(str(error))


def count(connect):
    """Counts with connections that send a write once, and with such as come by default."""

    def sends_once(ports):
        # By itself it sends a write again when the connection breaks before the answer, ten times. RedisCluster
        # goes on to follow MOVED, which is no retry.
        return connect(ports, retry=Retry(NoBackoff(), 0))

    work.main(sends_once=sends_once, as_it_comes=connect)
