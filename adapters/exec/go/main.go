// A Raft to fill in. It runs as it is: `labtest run 4A --exec ./myraft` says what is missing.
//
// Names are those of Figure 2 of the extended Raft paper.
package main

import (
	"encoding/json"

	"myraft/labtestexec"
)

// Raft is one life of a server.
type Raft struct {
	tester      *labtestexec.Tester
	currentTerm int
	isLeader    bool
}

// RequestVoteArgs are the arguments of RequestVote.
type RequestVoteArgs struct {
	Term         int `json:"term"`
	CandidateID  int `json:"candidateId"`
	LastLogIndex int `json:"lastLogIndex"`
	LastLogTerm  int `json:"lastLogTerm"`
}

// RequestVoteReply is the reply.
type RequestVoteReply struct {
	Term        int  `json:"term"`
	VoteGranted bool `json:"voteGranted"`
}

// Boot begins a life.
func (rf *Raft) Boot(tester *labtestexec.Tester, state json.RawMessage, snapshot string) {
	// TODO (4C): what an earlier life has persisted is in state.
	rf.tester = tester
	rf.resetElectionTimer()
}

func (rf *Raft) resetElectionTimer() {
	low, high := rf.tester.Options.ElectionTimeoutMinMs, rf.tester.Options.ElectionTimeoutMaxMs
	rf.tester.SetTimer("election", low+rf.tester.Rand.Int63n(high-low+1))
}

// Timer says that a timer is due.
func (rf *Raft) Timer(name string) {
	// TODO (4A): nobody leads: stand for election, and ask the others for their votes with
	//     rf.tester.Call(server, "RequestVote", RequestVoteArgs{...})
	//            A leader sends heartbeats, about ten a second.
	rf.resetElectionTimer()
}

// Request is a call of another server.
func (rf *Raft) Request(sender int, method string, args json.RawMessage) any {
	// TODO (4A): RequestVote, and AppendEntries as a heartbeat. (4B): with entries. (4D): InstallSnapshot.
	return RequestVoteReply{Term: rf.currentTerm}
}

// Reply is the answer to a call.
func (rf *Raft) Reply(sender int, method string, result json.RawMessage, ok bool) {
	// TODO (4A): count votes; with a majority, lead.
}

// Start takes a command.
func (rf *Raft) Start(command string) (index, term int, isLeader bool) {
	// TODO (4B): as the leader append it to the log, persist, have it sent to the others, and return its index and
	//            the term at once.
	return 0, 0, false
}

// Snapshot says that the service needs nothing up to index any more.
func (rf *Raft) Snapshot(index int, data string) {
	// TODO (4D): drop the log up to index, and persist the state together with the snapshot.
}

// State returns the term, and whether this server leads.
func (rf *Raft) State() (term int, isLeader bool) {
	return rf.currentTerm, rf.isLeader
}

func main() {
	labtestexec.Run("go skeleton", func() labtestexec.Server { return &Raft{} })
}
