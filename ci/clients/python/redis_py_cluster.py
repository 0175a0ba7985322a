"""redis-py's RedisCluster counts."""

from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import ClusterDownError, RedisClusterException, ResponseError
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

import work


def connect(ports, **options):
    nodes = [ClusterNode("127.0.0.1", port) for port in ports]
    cluster = RedisCluster(startup_nodes=nodes, decode_responses=True, **options)

    def execute(*words):
        # A command without a key is for all masters or for none, unless it is said.
        nodes = {"target_nodes": cluster.get_primaries()[0]} if len(words) == 1 else {}
        try:
            return cluster.execute_command(*words, **nodes)
        except ClusterDownError as error:
            raise work.Refused(str(error)) from error
        except ResponseError as error:
            raise work.of_error(str(error)) from error
        except (ConnectionError, TimeoutError, RedisClusterException) as error:
            if " connecting to " in str(error):
                raise work.Refused(str(error)) from error
            raise work.Unknown(str(error)) from error

    return execute


def sends_once(ports):
    # By itself it sends a write again when the connection breaks before the answer, ten times. It goes on to
    # follow MOVED, which is no retry.
    return connect(ports, retry=Retry(NoBackoff(), 0))


work.main(sends_once=sends_once, as_it_comes=connect)
