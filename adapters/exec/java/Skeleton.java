import java.io.IOException;
import java.util.Map;

/**
 * A Raft to fill in. It runs as it is: {@code labtest run 4A --exec 'java -cp classes Skeleton'} says what is missing.
 * Names are those of Figure 2 of the extended Raft paper.
 */
public final class Skeleton extends LabtestExec.Server {
    private long currentTerm;
    private boolean isLeader;

    @Override
    protected void onBoot(Map<String, Object> state, String snapshot) {
        // TODO (4C): what an earlier life has persisted is in `state`.
        resetElectionTimer();
    }

    private void resetElectionTimer() {
        setTimer("election", random.nextLong(electionTimeoutMinMs, electionTimeoutMaxMs + 1));
    }

    @Override
    protected void onTimer(String name) {
        // TODO (4A): nobody leads: stand for election, and ask the others for their votes with
        //     call(server, "RequestVote", LabtestExec.object("term", currentTerm, "candidateId", me, ...));
        //            A leader sends heartbeats, about ten a second.
        resetElectionTimer();
    }

    @Override
    protected Map<String, Object> onRequest(int sender, String method, Map<String, Object> args) {
        // TODO (4A): RequestVote, and AppendEntries as a heartbeat. (4B): with entries. (4D): InstallSnapshot.
        return LabtestExec.object("term", currentTerm, "voteGranted", false);
    }

    @Override
    protected void onReply(int sender, String method, Map<String, Object> result) {
        // TODO (4A): count votes; with a majority, lead.
    }

    @Override
    protected LabtestExec.Started onStart(String command) {
        // TODO (4B): as the leader append it to the log, persist, have it sent to the others, and return its index
        //            and the term at once.
        return null;
    }

    @Override
    protected void onSnapshot(long index, String data) {
        // TODO (4D): drop the log up to `index`, and persist the state together with the snapshot.
    }

    @Override
    protected LabtestExec.State state() {
        return new LabtestExec.State(currentTerm, isLeader);
    }

    public static void main(String[] arguments) throws IOException {
        LabtestExec.run("java skeleton", Skeleton::new);
    }
}
