#!/usr/bin/env bash
# The tests of a Raft over many seeds, as a Slurm array: each task runs its share of them. Whatever
# the number of tasks, the runs are the same.
#
#   sbatch --array=1-16 ci/slurm-array.sh                   every test
#   sbatch --array=1-16 ci/slurm-array.sh 4C --seeds 5000   what follows goes to `labtest run`
#   labtest merge labtest-results/JOB/shard-*.jsonl          one table, when all have ended
#
# The merge can wait for them:
#   sbatch --dependency=afterany:JOB --wrap 'labtest merge labtest-results/JOB/shard-*.jsonl'
#
# Environment: LABTEST is the command of your own Raft [labtest], LABTEST_RESULTS the folder of the
# results, on a disk that all nodes share [labtest-results], LABTEST_BASE_SEED the first seed [made
# of the job's number, so that each job has others].
#
#SBATCH --job-name=labtest
#SBATCH --cpus-per-task=4
#SBATCH --time=02:00:00
#SBATCH --output=labtest-%A_%a.log
set -euo pipefail

index=${SLURM_ARRAY_TASK_ID:?"SLURM_ARRAY_TASK_ID is not set: start this with sbatch --array=1-N"}
first=${SLURM_ARRAY_TASK_MIN:-1}
last=${SLURM_ARRAY_TASK_MAX:-$index}
shards=$((last - first + 1))
if [[ ${SLURM_ARRAY_TASK_COUNT:-$shards} != "$shards" ]]; then
    echo "error: the array has ${SLURM_ARRAY_TASK_COUNT} tasks between $first and $last;" \
        "expected one without gaps, like --array=1-16" >&2
    exit 64
fi
shard=$((index - first + 1))

job=${SLURM_ARRAY_JOB_ID:-0}
# A million seeds lie between two jobs, so that none runs another's again.
base_seed=${LABTEST_BASE_SEED:-$((job * 1000000 + 1))}
results=${LABTEST_RESULTS:-labtest-results}/$job
mkdir -p "$results"

read -ra labtest <<<"${LABTEST:-labtest}"
echo "shard $shard of $shards, seeds from $base_seed, results in $results"
"${labtest[@]}" run "$@" --base-seed "$base_seed" --shard "$shard/$shards" \
    --jobs "${SLURM_CPUS_PER_TASK:-1}" --format json --failures "$results/failures-$shard" \
    >"$results/shard-$shard.jsonl"
