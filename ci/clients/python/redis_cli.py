"""redis-cli -c counts, a process for each command. It sends each once; to send again is up to its user."""

import itertools

import work


def connect(ports):
    others = itertools.cycle(ports)
    port = next(others)

    def execute(*words):
        nonlocal port
        command = ["redis-cli", "-c", "-e", "-p", str(port), *words]
        told = work.run(command)
        if told.returncode == 0:
            return told.stdout.strip() or None
        error = (told.stderr + told.stdout).strip()
        if error.startswith("Could not connect"):
            port = next(others)
            raise work.Refused(error)
        if error.startswith("Error: "):
            # The connection broke.
            raise work.Unknown(error)
        raise work.of_error(error)

    return execute


work.main(sends_once=connect, as_it_comes=connect)
