"""redis-py's RedisCluster counts."""

from redis.cluster import ClusterNode, RedisCluster

import redis_py


def connect(ports, **options):
    nodes = [ClusterNode("127.0.0.1", port) for port in ports]
    cluster = RedisCluster(startup_nodes=nodes, decode_responses=True, **options)

    def execute(*words):
        # A command without a key is for all masters or for none, unless it is said.
        nodes = {"target_nodes": cluster.get_primaries()[0]} if len(words) == 1 else {}
        try:
            return cluster.execute_command(*words, **nodes)
        except redis_py.ERRORS as error:
            raise redis_py.outcome_of(error) from error

    return execute


redis_py.count(connect)
