//! The longer texts of `--help`. Every example is run by a test.

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0   all passed
  1   a property was violated
  2   nothing was violated, but a run could not be judged, the command was stopped, or there was
      nothing to judge
  64  wrong usage: a flag, a filter, a file
  70  a fault of the tool or of the machine, or nobody reads what it prints
  130 ended at once, by a second Ctrl-C or SIGTERM; the first one ends the runs and shows the table";

pub(super) const RUN: &str = "\
Run tests over many seeds and show a table.

Each test runs under consecutive seeds, on all cores. On the virtual clock the same seed is the same run, on \
any machine. The first failures of each kind are run again, recorded, and leave a folder DIR/<test>/<seed> \
with a report, the history of the clients, a trace of all events and pictures of it; the first exploration of \
a kind is also shrunk, see `shrink`. DIR/latest points to the last folder. A folder that can't be written is \
reported as an error at the end, and changes neither the table nor the exit code.

A test is not run under more seeds once ten of its runs have broken the same property and none has passed; the \
table says what was skipped, and --no-fail-fast runs it.

Ctrl-C ends the runs and shows the table so far; a second one ends at once.

With --guided the scenario of a run is drawn afresh or made from one that brought something new; the last \
lines say how much was new lately, and so whether more runs are worth it. One that fails leaves its scenario \
as a file, which its replay line names. With one job the first seed decides everything. See docs/guided.md.

--nemesis and --shrink-runs are for explorations, --realtime is not. An option that would change no run is \
refused. Variables LABTEST_… are for test targets: here they are ignored, with a warning.

With --format json each run is a line (labtest.run/v2) as it ends, and the last line is a summary \
(labtest.summary/v2); progress goes to standard error.";

pub(super) const RUN_EXAMPLES: &str = "\
Examples:
  labtest run                                    every lab test, 100 seeds each
  labtest run explore --seeds 1000               explorations: faults drawn from the seed
  labtest run 4A 4B --seeds 1000 --jobs 2        two suites, on two cores
  labtest run 4C::figure8 --seed 17              one run
  labtest run 4B --base-seed 5000                100 other seeds
  labtest run 4C --time-limit 10m                as many seeds as ten minutes allow
  labtest run 4C --until-failure                 until one fails, however long it takes
  labtest run 4C --no-fail-fast                  all seeds, even of a test that always fails
  labtest run --shard 2/4 --format json          the second of four machines' part, see `merge`
  labtest run 4A --format junit                  for a CI that reads JUnit's XML
  labtest run 4B --config my.toml                with other timeouts
  labtest run 4A --check-determinism             each seed twice, not one in a hundred
  labtest run 4A --no-check-determinism          no seed twice
  labtest run explore --nemesis partition,crash  explorations, with these faults only
  labtest run explore --shrink-runs 0            explorations, without shrinking failures
  labtest run explore --guided --time-limit 10m --corpus corpus
                                                 explorations that learn, starting from last night's corpus
  labtest run --scenario my-scenario.toml        the scenario of a file, under many seeds
  labtest run 4A::initial_election --realtime    with real time and real threads
  labtest run 4A --outside-only                  as if the Raft showed nothing of its state
  labtest run 4A --poll-limit 0                  in a debugger: a poll may take as long as it likes
  labtest run 4A --set mode=lab                  an option of the Raft under test
  labtest run 4A --exec ./myraft                 a Raft that is another program, in any language
  labtest run 4A --exec ./myraft --exec-fresh    with a new process for each life of a server
  labtest run 4A --go-lab ./src/raft1            a solution of the course's labs in Go, see `go`
  labtest run 4A --go-lab ./src/raft1 --go /usr/local/go/bin/go --race
  labtest run 4A --failures failures --quiet        folders elsewhere, and only failures shown

Exit codes: 0 all passed, 1 a property was violated, 2 a run could not be judged, the command was stopped or \
nothing was run, 64 wrong usage, 70 a fault of the tool, or nobody reads its output (`| head`).";

pub(super) const CORPUS: &str = "\
Join corpora of guided explorations, and leave out what shows nothing of its own.

Every scenario of the folders is run once. Those that show a feature that no larger one shows stay in the first \
folder, and all others are removed from it. Features are those of the Raft under test, so name the same Raft as \
for `run --guided`.";

pub(super) const CORPUS_EXAMPLES: &str = "\
Examples:
  labtest corpus corpus                          make a corpus smaller
  labtest corpus all night-1 night-2             join two into a third
  labtest corpus corpus --exec ./myraft          that of a Raft that is another program";

pub(super) const GO: &str = "\
Test a solution of the course's labs in Go, as it is.

The folder is that of its raft.go, in the layout of 2024 or 2025. Nothing is written there: labrpc, the \
Persister and the parts of Go's runtime that depend on real time are replaced while it is built, by `go build \
-overlay`. All servers of a run share one process and one virtual clock. The version of Go must be a supported \
one.

It is short for `labtest run --go-lab DIR`, and takes the same flags and filters; `replay` and `shrink` have --go-lab, \
too. See docs/go.md.";

pub(super) const GO_EXAMPLES: &str = "\
Examples:
  labtest go ./src/raft1                         every lab test, 100 seeds each
  labtest go ./src/raft 4A 4B --seeds 10         two suites of a solution in the layout of 2024
  labtest go ./src/raft1 explore --until-failure  explorations, until one fails
  labtest go ./src/raft1 4B --race --seeds 5     with the race detector
  labtest go ./src/raft1 --go ~/go/bin/go        with another Go than the one on the PATH
  labtest go ./src/raft1 explore --nemesis crash --shrink-runs 0 --outside-only
  labtest go ./src/raft1 4A --base-seed 500 --jobs 1 --time-limit 1m --failures out --quiet
  labtest go ./src/raft1 4A::re_election --seed 17 --check-determinism
  labtest go ./src/raft1 4A --config my.toml --no-fail-fast --no-check-determinism
  labtest go ./src/raft1 explore --guided --time-limit 10m --corpus corpus
  labtest go ./src/raft1 --shard 1/4 --format json
  labtest go ./src/raft1 --scenario my-scenario.toml --poll-limit 0

Exit codes are those of `labtest run`. Flags for other Rafts are refused here: --go-lab, --exec, --exec-fresh, \
--set and --realtime.";

pub(super) const LIST_EXAMPLES: &str = "\
Examples:
  labtest list                                   all tests
  labtest list 4C                                the tests of a suite";

pub(super) const MEASURE: &str = "\
Measure what a Raft costs and how fast it is: time to a leader, messages and bytes for an entry, entries a \
second, time to recover from a fault. Everything except the last line is on the virtual clock, where a message \
takes 1 to 2 ms and a sync 2 ms, so the same seeds give the same figures on any machine. The last line is how \
many explorations this machine runs in a second.

The table is Markdown: the median over all seeds, with the least and the greatest. There are no limits to \
meet, but a Raft in which nothing is committed for a minute has no figures.";

pub(super) const MEASURE_EXAMPLES: &str = "\
Examples:
  labtest measure --seeds 5                      a first look
  labtest measure --seeds 2 --json               for --beside
  labtest measure --seeds 2 --beside theirs.json    two Rafts in one table
  labtest measure --seeds 2 --servers 5 --base-seed 100
  labtest measure --seeds 2 --config my.toml     with other timeouts
  labtest measure --seeds 2 --set mode=lab       an option of the Raft under test
  labtest measure --seeds 2 --exec ./myraft      a Raft that is another program";

pub(super) const DRAW: &str = "\
Print the scenario that a seed draws, as TOML for `run --scenario`: of an exploration, what `run` would do \
under that seed; with --live, one that real servers can run, too. The same seed always draws the same.

--nemesis keeps only the faults that it names. With --live the remaining ones are as frequent as before.";

pub(super) const DRAW_EXAMPLES: &str = "\
Examples:
  labtest draw explore::everything --seed 17     what that run does
  labtest draw explore::crash --seed 8 --nemesis crash-at
  labtest draw --live --seed 17                  for both worlds
  labtest draw --live --seed 17 --servers 5 --time-limit 20s --nemesis kill,partition";

pub(super) const REPLAY: &str = "\
Tell one run as text, with a column for each server: who stands for election in which term, votes requested \
and given, leaders, entries appended, committed and applied, faults, what clients do.

--filter keeps a part. `node` is a list of servers; faults and steps of the scenario stay. `kind` is a list \
of: role, term, vote, log, commit, apply, snapshot, start, fault, client, step, note, failure, and, only shown \
on request, append, heartbeat, lost and line; `all` is everything. `time` is a range of virtual time, and \
either end may be left out. An event is shown if all filters match.

The last lines are the verdict and the hash of the run. The exit code is the run's: 0 or 1.

--inputs-of prints the lines that one server of --exec was given, in all its lives if its program can do \
`reset`, else in the last; with --expect it says whether the program, run alone, wrote the same as in the run: \
0 if so, 1 if not.";

pub(super) const REPLAY_EXAMPLES: &str = "\
Examples:
  labtest replay 4A::re_election --seed 17
  labtest replay 4A::re_election --seed 17 --filter kind=role,vote,fault
  labtest replay 4A::re_election --seed 17 --filter node=0,2 --filter time=500ms..2s
  labtest replay 4B::backup --seed 3 --config my.toml --outside-only
  labtest replay 4B::backup --seed 3 --poll-limit 0
  labtest replay 4B::backup --seed 3 --set mode=lab
  labtest replay 4B::backup --seed 3 --exec ./myraft --exec-fresh
  labtest replay 4B::backup --seed 3 --exec ./myraft --inputs-of 2
  labtest replay 4B::backup --seed 3 --exec ./myraft --inputs-of 2 --expect out.jsonl
  labtest replay 4B::backup --seed 3 --go-lab ./src/raft1 --go /usr/local/go/bin/go --race
  labtest replay explore::crash --seed 8 --nemesis crash
  labtest replay --scenario my-scenario.toml --seed 17
  labtest replay 4B::backup --seed 3 --filter kind=all --width 200";

pub(super) const EXEC_CHECK: &str = "\
Walk through the protocol labtest-exec/1 with a program that is a Raft (`run --exec`): three servers introduce \
themselves, elect a leader, agree on a command, and one restarts. Each mistake is explained, and what the \
program does not do yet is listed. The protocol is in docs/exec-protocol.md.";

pub(super) const EXEC_CHECK_EXAMPLES: &str = "\
Examples:
  labtest exec-check ./myraft                    what it does right and what not
  labtest exec-check ./myraft --poll-limit 0     with a debugger attached to it

Exit codes: 0 no mistake, 1 a mistake, 64 wrong usage, 70 a fault of the tool.";

pub(super) const SHRINK: &str = "\
Make the scenario of a failing run as small as possible: fewer faults, fewer bursts of commands, fewer \
servers, default settings, less time, as long as the same property breaks.

A fault, a burst, or a setting other than the default counts as a step. Each candidate is run under several \
variations of the seed; the result has the one that fails. How far it gets depends on the number of runs, never on time. \
It continues from the smallest scenario that an earlier `shrink` left in DIR, if that still fails. Ctrl-C ends \
it and keeps the smallest so far. `run` does the same, with fewer runs, for explorations that fail.

The failing run leaves the folder DIR/<test>/<seed>, the smallest scenario the folder `shrunk` in it, with its \
own pictures. The exit code is the run's: 1, or 0 if it passes and there is nothing to do.";

pub(super) const SHRINK_EXAMPLES: &str = "\
Examples:
  labtest shrink explore::everything --seed 17
  labtest shrink explore::crash --seed 8 --nemesis crash --runs 10000
  labtest shrink --scenario my-scenario.toml --seed 17 --failures smaller
  labtest shrink explore::network --seed 3 --outside-only --config my.toml --poll-limit 2m
  labtest shrink explore::network --seed 3 --set mode=lab
  labtest shrink explore::network --seed 3 --runs 20 --exec ./myraft --exec-fresh
  labtest shrink explore::network --seed 3 --runs 20 --go-lab ./src/raft1 --go /usr/local/go/bin/go --race";

pub(super) const RENDER: &str = "\
Draw the pictures of a stored run again: timeline.html and timeline.svg, from trace.jsonl. A trace that ends \
in the middle of a line is drawn up to there.";

pub(super) const RENDER_EXAMPLES: &str = "\
Examples:
  labtest render failures/latest";

pub(super) const CHECK: &str = "\
Judge a stored run again, from its files alone: no code of the implementation is run. Trace and history show \
who led when, and what was voted, applied and answered; the checks that need no more than that are made.

The exit code is 1 when a check finds a violation; 2 when none does, but the run failed for another reason, or \
its trace has no end or no events; 0 when the run passed and every check agrees.";

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  labtest check failures/latest";

pub(super) const CHECK_HISTORY: &str = "\
Judge a history of your own: is there an order of the operations, each at one instant between its invocation \
and its answer, in which a single object without concurrency would have given the same answers? If there is \
none, the few operations that contradict each other are shown.

The file is one of Jepsen (history.edn, history.txt, jepsen.log), Maelstrom or Porcupine (its kv and etcd \
logs), or has a header and then one event per line, in the order in which they happened:

  {\"schema\":\"labtest.history/v2\"}
  {\"at\":1000,\"process\":0,\"type\":\"invoke\",\"f\":\"put\",\"key\":\"x\",\"value\":\"1\"}
  {\"at\":2500,\"process\":0,\"type\":\"ok\",\"f\":\"put\",\"key\":\"x\"}

`at` is in nanoseconds, and may be left out of all lines. `key` may be left out of all lines, except with kv. \
`type` is invoke, ok, fail (it certainly had no effect) or info (nobody knows). `f` is read, write, cas for \
registers; get, put, append, cas, delete for kv; read, append for append; add, remove, contains, read for \
sets; enqueue, dequeue for queues; acquire, release for locks; add, add_and_get, read for counters; txn for \
multi-register; transfer, read for banks.

The exit code is 0 when the history is linearizable, 1 when it is not, 2 when the budget of steps or the time \
ran out before that was decided, or no operation was answered, 64 when the file is not a history.";

pub(super) const CHECK_HISTORY_EXAMPLES: &str = "\
Examples:
  labtest check-history registers.jsonl --model register
  labtest check-history store.jsonl --model kv --html linearizability.html --part x
  labtest check-history lists.jsonl --model append --budget-steps 1000000 --time-limit 60s
  labtest check-history history.edn --model set --from maelstrom --format json
  labtest check-history history.edn --model counter --initial 0";

pub(super) const LIVE: &str = "\
Start real servers as processes, kill them, pause them, cut them off and break their disks while clients \
use them, and judge what the clients saw: with the same checkers as a simulated run, a report and a page.

Nothing is left over: where the system allows it, the servers live in their own namespaces with their own \
network, and all of them end with this command, however it ends. It needs no root.

The exit code is 0 when everything holds, 1 when something is violated, 2 when the run could not be \
judged: too little load, a server killed for memory, an overloaded machine, a checker out of budget.";

pub(super) const LIVE_EXAMPLES: &str = "\
Examples:
  labtest live
  labtest live --servers 5 --nemesis kill,partition --time-limit 10m
  labtest live --server ./my-kvd --seed 7 --clients 20
  labtest live --scenario failures/live/7/scenario.toml";

#[cfg(unix)]
pub(super) const MAELSTROM: &str = "\
Test nodes written for Maelstrom (workload lin-kv): any program that reads and writes messages as JSON lines.

Nodes are processes on this machine, and this program is the network between them: it delays and loses \
messages and cuts nodes off from each other, as the seed says. Clients read, write and compare-and-set \
registers, and what they saw must be linearizable. A node that exits, writes something other than a message to \
standard output, or stays silent when the faults are over, is a violation, too.

--nemesis is a list of partition, one-way, pause, loss and delay, which are drawn by default, and of duplicate \
and kill, which Maelstrom itself does not have: messages between nodes that arrive twice, and processes that \
are killed and started again in their working directories.

The folder DIR/maelstrom/<seed> has a report, the history of the clients, all messages, what nodes wrote to \
standard error, their working directories, and, if something was found, a page that shows it. Time is real: a \
seed gives the same faults again, but not the same run.

The exit code is 1 for a violation, 2 when too little happened or the history is too hard to judge, and 0 \
otherwise.";

#[cfg(unix)]
pub(super) const MAELSTROM_EXAMPLES: &str = "\
Examples:
  labtest maelstrom --bin ./node                 three nodes, five clients, 20 seconds
  labtest maelstrom --bin ./node --nodes 5 --clients 10 --time-limit 60s --seed 7
  labtest maelstrom --bin ./node --nemesis partition,kill --failures elsewhere
  labtest maelstrom --bin ./node -- --log debug  arguments after -- are for the nodes";

pub(super) const MERGE: &str = "\
Join the output of several `labtest run --format json`, one for each shard. The result is the same as from one \
machine that makes all runs, except for wall times. Exit codes are those of `run`.

Each shard records its number. If one is missing, duplicated or cut off, or of another plan (other seeds, \
tests or number of shards) or another Raft, that is reported, and the result does not count as passed: the \
exit code is 2, or 1 if there is a failure in it.";

pub(super) const MERGE_EXAMPLES: &str = "\
Examples:
  labtest merge shard-1.jsonl shard-2.jsonl
  labtest merge shard-1.jsonl shard-2.jsonl --format junit";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  labtest completions bash
  labtest completions zsh
  labtest completions fish";
