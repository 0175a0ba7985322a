// A whole Raft: elections, replication, persistence, snapshots. Names are those of Figure 2 of the extended Raft
// paper, which the comments mean by "figure" and "section".
//
//     g++ -std=c++17 -O2 -o raft raft.cpp && labtest run --exec ./raft 4A 4B 4C 4D

#include "labtest_exec.hpp"

#include <algorithm>
#include <set>

using labtest::Json;
using labtest::Object;
using labtest::Started;
using labtest::State;

namespace {

// A follower that has missed much gets it bit by bit.
constexpr size_t entries_max = 200;

enum class Role { follower, candidate, leader };

struct Entry {
    uint64_t term;
    std::string command;
    // As it is written in messages and in the state, since it never changes.
    std::string json;

    Entry(uint64_t term, std::string command) : term(term), command(std::move(command)) {
        json = Object().number("term", term).text("command", this->command).end();
    }
};

// What a leader knows of another server.
struct Follower {
    uint64_t nextIndex = 1;
    uint64_t matchIndex = 0;
    // Entries are sent as soon as the ones before are answered.
    bool is_waited_for = false;
};

class Raft : public labtest::Server {
    // Persistent. The log begins behind the last entry that the snapshot stands for.
    uint64_t currentTerm = 0;
    std::optional<size_t> votedFor;
    std::vector<Entry> log;
    uint64_t lastIncludedIndex = 0, lastIncludedTerm = 0;
    std::string snapshot;
    // Volatile.
    uint64_t commitIndex = 0, lastApplied = 0;
    Role role = Role::follower;
    std::set<size_t> votes;
    std::map<size_t, Follower> followers;

  public:
    void on_boot(const Json &state, const Json &records, const Json &stored) override {
        if (!state.is_null()) {
            currentTerm = state["currentTerm"].number();
            if (!state["votedFor"].is_null()) votedFor = state["votedFor"].number();
            log = read_entries(state["log"]);
            lastIncludedIndex = state["lastIncludedIndex"].number();
            lastIncludedTerm = state["lastIncludedTerm"].number();
        }
        for (const Json &record : records.items()) {
            currentTerm = record["currentTerm"].number();
            votedFor.reset();
            if (!record["votedFor"].is_null()) votedFor = record["votedFor"].number();
            if (!record["firstIndex"].is_null())
                cut_and_extend(record["firstIndex"].number(), read_entries(record["entries"]));
        }
        snapshot = stored.text();
        // The service has what is in the snapshot.
        commitIndex = lastApplied = lastIncludedIndex;
        reset_election_timer();
    }

    State state() override { return {currentTerm, role == Role::leader}; }

    // Elections (section 5.2).

    void on_timer(const std::string &name) override {
        if (name == "heartbeat") {
            send_to_all();
        } else if (role != Role::leader) {
            stand();
        }
    }

    // What other servers ask.

    std::string on_request(size_t, const std::string &method, const Json &args) override {
        uint64_t term = args["term"].number();
        bool changed = heard_term(term);
        if (term < currentTerm) return refusal(method);
        if (method == "RequestVote") return request_vote(args, changed);
        // It is from this term's leader.
        role = Role::follower;
        reset_election_timer();
        return method == "AppendEntries" ? append_entries(args, changed) : install_snapshot(args, changed);
    }

    void on_reply(size_t sender, const std::string &method, const Json &result) override {
        uint64_t term = result["term"].number();
        if (heard_term(term)) save();
        if (term != currentTerm) return;
        if (method == "RequestVote") {
            if (role == Role::candidate && result["voteGranted"].boolean()) {
                votes.insert(sender);
                count_votes();
            }
        } else if (role == Role::leader) {
            followers[sender].is_waited_for = false;
            if (!result["matchIndex"].is_null()) {
                matched(sender, result["matchIndex"].number());
            } else if (!result["conflictIndex"].is_null()) {
                back_up(sender, result);
            }
            // Otherwise it refuses a request of an earlier term.
        }
    }

    // Replication (section 5.3).

    std::optional<Started> on_start(const std::string &command) override {
        if (role != Role::leader) return std::nullopt;
        log.emplace_back(currentTerm, command);
        save_entries_from(last_index());
        for (auto &[server, follower] : followers)
            if (!follower.is_waited_for) send_to(server);
        find_committed();
        return Started{last_index(), currentTerm};
    }

    // Snapshots (section 7).

    void on_snapshot(uint64_t index, const std::string &data) override {
        if (index <= lastIncludedIndex) return;
        uint64_t term = *term_at(index);
        forget_up_to(index);
        lastIncludedIndex = index;
        lastIncludedTerm = term;
        snapshot = data;
        save_with_snapshot();
    }

  private:
    // The log.

    uint64_t last_index() const { return lastIncludedIndex + log.size(); }
    uint64_t last_term() const { return log.empty() ? lastIncludedTerm : log.back().term; }

    // Nothing for an entry that there is not (any more).
    std::optional<uint64_t> term_at(uint64_t index) const {
        if (index == lastIncludedIndex) return lastIncludedTerm;
        if (index < lastIncludedIndex || index > last_index()) return std::nullopt;
        return log[index - lastIncludedIndex - 1].term;
    }

    void forget_up_to(uint64_t index) {
        uint64_t count = std::min<uint64_t>(index - lastIncludedIndex, log.size());
        log.erase(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(count));
    }

    void cut_and_extend(uint64_t index, const std::vector<Entry> &entries) {
        log.erase(log.begin() + static_cast<std::ptrdiff_t>(index - lastIncludedIndex - 1), log.end());
        log.insert(log.end(), entries.begin(), entries.end());
    }

    std::string entries_from(uint64_t index, size_t count_max = SIZE_MAX) const {
        std::string out = "[";
        size_t begin = index - lastIncludedIndex - 1;
        size_t end = begin + std::min(count_max, log.size() - begin);
        for (size_t place = begin; place < end; ++place) {
            if (out.size() > 1) out += ',';
            out += log[place].json;
        }
        return out + ']';
    }

    static std::vector<Entry> read_entries(const Json &entries) {
        std::vector<Entry> read;
        for (const Json &entry : entries.items()) read.emplace_back(entry["term"].number(), entry["command"].text());
        return read;
    }

    // The disk: one of these is called whenever something persistent has changed, before anybody else can know.

    Object term_and_vote() const {
        Object object;
        object.number("currentTerm", currentTerm);
        object.json("votedFor", votedFor ? std::to_string(*votedFor) : "null");
        return object;
    }

    void save() { append(term_and_vote().end()); }

    void save_entries_from(uint64_t index) {
        append(term_and_vote().number("firstIndex", index).json("entries", entries_from(index)).end());
    }

    // Everything: what was appended before is not needed any more.
    void save_with_snapshot() {
        Object state = term_and_vote();
        state.json("log", entries_from(lastIncludedIndex + 1));
        state.number("lastIncludedIndex", lastIncludedIndex).number("lastIncludedTerm", lastIncludedTerm);
        persist(state.end(), snapshot);
    }

    // Elections.

    void reset_election_timer() {
        uint64_t low = options.election_timeout_min_ms, high = options.election_timeout_max_ms;
        set_timer("election", low + rng() % (high - low + 1));
    }

    void stand() {
        ++currentTerm;
        role = Role::candidate;
        votedFor = me;
        votes = {me};
        save();
        reset_election_timer();
        std::string args = Object()
                               .number("term", currentTerm)
                               .number("candidateId", me)
                               .number("lastLogIndex", last_index())
                               .number("lastLogTerm", last_term())
                               .end();
        for (size_t server = 0; server < servers; ++server)
            if (server != me) call(server, "RequestVote", args);
        count_votes();
    }

    void count_votes() {
        if (votes.size() * 2 <= servers) return;
        role = Role::leader;
        followers.clear();
        for (size_t server = 0; server < servers; ++server)
            if (server != me) followers[server].nextIndex = last_index() + 1;
        cancel_timer("election");
        send_to_all();
    }

    // Rules for all servers: a higher term makes a follower. True if it has changed what must persist.
    bool heard_term(uint64_t term) {
        if (term <= currentTerm) return false;
        if (role == Role::leader) {
            cancel_timer("heartbeat");
            reset_election_timer();
        }
        currentTerm = term;
        votedFor.reset();
        role = Role::follower;
        return true;
    }

    std::string refusal(const std::string &method) const {
        Object reply;
        reply.number("term", currentTerm);
        if (method == "RequestVote") reply.flag("voteGranted", false);
        if (method == "AppendEntries") reply.flag("success", false);
        return reply.end();
    }

    std::string request_vote(const Json &args, bool changed) {
        size_t candidate = args["candidateId"].number();
        // Section 5.4.1.
        bool is_up_to_date = std::pair(args["lastLogTerm"].number(), args["lastLogIndex"].number()) >=
                             std::pair(last_term(), last_index());
        bool granted = is_up_to_date && votedFor.value_or(candidate) == candidate;
        if (granted) {
            changed = changed || !votedFor;
            votedFor = candidate;
            reset_election_timer();
        }
        if (changed) save();
        return Object().number("term", currentTerm).flag("voteGranted", granted).end();
    }

    std::string append_entries(const Json &args, bool changed) {
        uint64_t prev = args["prevLogIndex"].number();
        std::vector<Entry> entries = read_entries(args["entries"]);
        uint64_t match = prev + entries.size();
        if (prev < lastIncludedIndex) {
            // What the snapshot stands for is committed, and so the same.
            uint64_t known = std::min<uint64_t>(lastIncludedIndex - prev, entries.size());
            entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(known));
            prev = lastIncludedIndex;
        } else if (term_at(prev) != args["prevLogTerm"].number()) {
            if (changed) save();
            return where_logs_part(prev);
        }
        for (size_t place = 0; place < entries.size(); ++place) {
            if (term_at(prev + 1 + place) == entries[place].term) continue;
            // Only a conflict cuts the log: a late request must not remove what came after it.
            entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(place));
            cut_and_extend(prev + 1 + place, entries);
            save_entries_from(prev + 1 + place);
            changed = false;
            break;
        }
        if (changed) save();
        commit(std::min(args["leaderCommit"].number(), match));
        return Object().number("term", currentTerm).flag("success", true).number("matchIndex", match).end();
    }

    // For the leader, so that it skips a term at a time (end of section 5.3).
    std::string where_logs_part(uint64_t prev) const {
        Object reply;
        reply.number("term", currentTerm).flag("success", false).number("prevLogIndex", prev);
        if (last_index() < prev) return reply.json("conflictTerm", "null").number("conflictIndex", last_index() + 1).end();
        uint64_t term = *term_at(prev), first = prev;
        while (first - 1 > lastIncludedIndex && term_at(first - 1) == term) --first;
        return reply.number("conflictTerm", term).number("conflictIndex", first).end();
    }

    std::string install_snapshot(const Json &args, bool changed) {
        uint64_t index = args["lastIncludedIndex"].number(), term = args["lastIncludedTerm"].number();
        if (index > commitIndex) {
            // What follows the last entry of the snapshot stays, if that entry is here (figure 13).
            if (term_at(index) == term) {
                forget_up_to(index);
            } else {
                log.clear();
            }
            lastIncludedIndex = index;
            lastIncludedTerm = term;
            snapshot = args["data"].text();
            save_with_snapshot();
            commitIndex = lastApplied = index;
            apply_snapshot(index, term, snapshot);
        } else if (changed) {
            save();
        }
        return Object().number("term", currentTerm).number("matchIndex", index).end();
    }

    // Replication.

    void send_to_all() {
        set_timer("heartbeat", options.heartbeat_ms);
        for (auto &[server, follower] : followers) send_to(server);
    }

    void send_to(size_t server) {
        Follower &follower = followers[server];
        follower.is_waited_for = true;
        uint64_t prev = follower.nextIndex - 1;
        Object args;
        args.number("term", currentTerm).number("leaderId", me);
        if (prev < lastIncludedIndex) {
            args.number("lastIncludedIndex", lastIncludedIndex).number("lastIncludedTerm", lastIncludedTerm);
            call(server, "InstallSnapshot", args.text("data", snapshot).end());
            return;
        }
        args.number("prevLogIndex", prev).number("prevLogTerm", *term_at(prev));
        args.json("entries", entries_from(prev + 1, entries_max)).number("leaderCommit", commitIndex);
        call(server, "AppendEntries", args.end());
    }

    void matched(size_t server, uint64_t index) {
        Follower &follower = followers[server];
        follower.matchIndex = std::max(follower.matchIndex, index);
        follower.nextIndex = follower.matchIndex + 1;
        find_committed();
        if (follower.nextIndex <= last_index()) send_to(server);
    }

    // The log of a follower parts from this one before what was sent.
    void back_up(size_t server, const Json &result) {
        Follower &follower = followers[server];
        // Late: more is known by now.
        if (result["prevLogIndex"].number() != follower.nextIndex - 1) return;
        uint64_t index = result["conflictIndex"].number();
        if (!result["conflictTerm"].is_null()) {
            // This leader's last entry of that term, if it has any.
            uint64_t term = result["conflictTerm"].number(), last = follower.nextIndex - 1;
            while (last > lastIncludedIndex && *term_at(last) > term) --last;
            if (last > lastIncludedIndex && term_at(last) == term) index = last + 1;
        }
        follower.nextIndex = std::max(index, follower.matchIndex + 1);
        send_to(server);
    }

    // Rules for leaders: an entry of this term that a majority has is committed (section 5.4.2).
    void find_committed() {
        std::vector<uint64_t> has{last_index()};
        for (auto &[server, follower] : followers) has.push_back(follower.matchIndex);
        std::sort(has.rbegin(), has.rend());
        uint64_t index = has[servers / 2];
        if (index > commitIndex && term_at(index) == currentTerm) commit(index);
    }

    void commit(uint64_t index) {
        commitIndex = std::max(commitIndex, index);
        while (lastApplied < commitIndex) {
            const Entry &entry = log[++lastApplied - lastIncludedIndex - 1];
            apply(lastApplied, entry.term, entry.command);
        }
    }
};

} // namespace

int main() { return labtest::run<Raft>("c++ raft", "1"); }
