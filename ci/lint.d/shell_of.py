"""Takes the shell out of a CI template, to be checked or run.

    shell_of.py --all FOLDER FILE…   every step's shell, a file each
    shell_of.py FILE JOB [STEP]      one step's, on standard output; steps count from 0

A job is a job of GitHub Actions or GitLab, or the name of a Kubernetes Job. Only steps that have
shell count.
"""

import sys
from pathlib import Path

import yaml


def steps_of(document):
    """Yields the name of each job of a template and the shells of its steps."""
    if document.get("kind") == "Job":
        container = document["spec"]["template"]["spec"]["containers"][0]
        yield document["metadata"]["name"], list(container["args"])
    elif "jobs" in document:
        for name, job in document["jobs"].items():
            yield name, [step["run"] for step in job["steps"] if "run" in step]
    else:
        for name, job in document.items():
            if isinstance(job, dict) and "script" in job:
                yield name, job.get("before_script", []) + job["script"]


def read(path):
    """All jobs of a file."""
    documents = yaml.safe_load_all(Path(path).read_text(encoding="utf-8"))
    return [job for document in documents for job in steps_of(document)]


def write_all(folder, paths):
    """Writes each step's shell into a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.sh"):
        old.unlink()
    for path in paths:
        jobs = read(path)
        if not any(shells for _, shells in jobs):
            raise SystemExit(f"{path}: no job with shell; expected at least one")
        for name, shells in jobs:
            for number, shell in enumerate(shells):
                file = folder / f"{Path(path).stem}-{name}-{number}.sh"
                # Kubernetes runs `sh`, which is no bash; the others run bash.
                interpreter = "sh" if "kubernetes" in path else "bash"
                file.write_text(f"#!/usr/bin/env {interpreter}\nset -eu\n{shell}\n", encoding="utf-8")


def main(arguments):
    """Does what the arguments say."""
    match arguments:
        case ["--all", folder, *paths] if paths:
            write_all(Path(folder), paths)
        case [path, job, *step]:
            shells = dict(read(path)).get(job)
            number = int(step[0]) if step else 0
            if shells is None or number >= len(shells):
                raise SystemExit(f"{path}: no step {number} with shell in a job {job}")
            print(shells[number])
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
