package raft

import (
	"bytes"
	"math/rand"
	"sync"
	"sync/atomic"
	"time"

	"6.5840/labgob"
	"6.5840/labrpc"
	"6.5840/raftapi"
	tester "6.5840/tester1"
)

type State int

const (
	Follower State = iota
	Candidate
	Leader
)

const heartbeatInterval = 100 * time.Millisecond

type LogEntry struct {
	Term    int
	Command interface{}
}

// Raft is one server. Everything below mu is guarded by it.
type Raft struct {
	mu        sync.Mutex
	peers     []*labrpc.ClientEnd
	persister *tester.Persister
	me        int
	dead      int32

	applyCh   chan raftapi.ApplyMsg
	applyCond *sync.Cond

	state    State
	deadline time.Time

	// on disk
	currentTerm       int
	votedFor          int
	log               []LogEntry // log[0] stands for the snapshot
	lastIncludedIndex int
	snapshot          []byte

	commitIndex int
	lastApplied int
	// a snapshot of the leader that the service has not got yet
	pendingSnapshot bool

	nextIndex  []int
	matchIndex []int
}

func (rf *Raft) GetState() (int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	return rf.currentTerm, rf.state == Leader
}

func (rf *Raft) lastIndex() int {
	return rf.lastIncludedIndex + len(rf.log) - 1
}

func (rf *Raft) termAt(index int) int {
	return rf.log[index-rf.lastIncludedIndex].Term
}

func (rf *Raft) persist() {
	w := new(bytes.Buffer)
	e := labgob.NewEncoder(w)
	e.Encode(rf.currentTerm)
	e.Encode(rf.votedFor)
	e.Encode(rf.lastIncludedIndex)
	e.Encode(rf.log)
	rf.persister.Save(w.Bytes(), rf.snapshot)
}

func (rf *Raft) readPersist(data []byte) {
	if len(data) < 1 {
		return
	}
	d := labgob.NewDecoder(bytes.NewBuffer(data))
	if d.Decode(&rf.currentTerm) != nil || d.Decode(&rf.votedFor) != nil ||
		d.Decode(&rf.lastIncludedIndex) != nil || d.Decode(&rf.log) != nil {
		panic("the state on disk can't be read")
	}
}

func (rf *Raft) PersistBytes() int {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	return rf.persister.RaftStateSize()
}

func (rf *Raft) Snapshot(index int, snapshot []byte) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if index <= rf.lastIncludedIndex || index > rf.lastApplied {
		return
	}
	rf.log = append([]LogEntry{{Term: rf.termAt(index)}}, rf.log[index-rf.lastIncludedIndex+1:]...)
	rf.lastIncludedIndex = index
	rf.snapshot = snapshot
	rf.persist()
}

type RequestVoteArgs struct {
	Term         int
	CandidateId  int
	LastLogIndex int
	LastLogTerm  int
}

type RequestVoteReply struct {
	Term        int
	VoteGranted bool
}

func (rf *Raft) becomeFollower(term int) {
	rf.state = Follower
	if term > rf.currentTerm {
		rf.currentTerm = term
		rf.votedFor = -1
		rf.persist()
	}
}

func (rf *Raft) resetDeadline() {
	rf.deadline = time.Now().Add(time.Duration(300+rand.Int63()%300) * time.Millisecond)
}

func (rf *Raft) RequestVote(args *RequestVoteArgs, reply *RequestVoteReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term > rf.currentTerm {
		rf.becomeFollower(args.Term)
	}
	reply.Term = rf.currentTerm
	if args.Term < rf.currentTerm || (rf.votedFor != -1 && rf.votedFor != args.CandidateId) {
		return
	}
	lastTerm := rf.termAt(rf.lastIndex())
	if args.LastLogTerm > lastTerm || (args.LastLogTerm == lastTerm && args.LastLogIndex >= rf.lastIndex()) {
		reply.VoteGranted = true
		rf.votedFor = args.CandidateId
		rf.persist()
		rf.resetDeadline()
	}
}

type AppendEntriesArgs struct {
	Term         int
	LeaderId     int
	PrevLogIndex int
	PrevLogTerm  int
	Entries      []LogEntry
	LeaderCommit int
}

type AppendEntriesReply struct {
	Term    int
	Success bool
	// where the leader goes on when it was not accepted
	XIndex int
}

func (rf *Raft) AppendEntries(args *AppendEntriesArgs, reply *AppendEntriesReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term < rf.currentTerm {
		reply.Term = rf.currentTerm
		return
	}
	rf.becomeFollower(args.Term)
	rf.resetDeadline()
	reply.Term = rf.currentTerm
	prev, entries := args.PrevLogIndex, args.Entries
	if prev < rf.lastIncludedIndex {
		// the snapshot has the first of them
		skip := rf.lastIncludedIndex - prev
		if skip > len(entries) {
			skip = len(entries)
		}
		entries = entries[skip:]
		prev = rf.lastIncludedIndex
	} else if prev > rf.lastIndex() {
		reply.XIndex = rf.lastIndex() + 1
		return
	} else if rf.termAt(prev) != args.PrevLogTerm {
		term := rf.termAt(prev)
		index := prev
		for index > rf.lastIncludedIndex+1 && rf.termAt(index-1) == term {
			index--
		}
		reply.XIndex = index
		return
	}
	for i, entry := range entries {
		index := prev + 1 + i
		if index > rf.lastIndex() || rf.termAt(index) != entry.Term {
			rf.log = append(rf.log[:index-rf.lastIncludedIndex:index-rf.lastIncludedIndex], entries[i:]...)
			rf.persist()
			break
		}
	}
	reply.Success = true
	last := args.PrevLogIndex + len(args.Entries)
	if commit := min(args.LeaderCommit, last); commit > rf.commitIndex {
		rf.commitIndex = commit
		rf.applyCond.Signal()
	}
}

type InstallSnapshotArgs struct {
	Term              int
	LeaderId          int
	LastIncludedIndex int
	LastIncludedTerm  int
	Data              []byte
}

type InstallSnapshotReply struct {
	Term int
}

func (rf *Raft) InstallSnapshot(args *InstallSnapshotArgs, reply *InstallSnapshotReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if args.Term < rf.currentTerm {
		reply.Term = rf.currentTerm
		return
	}
	rf.becomeFollower(args.Term)
	rf.resetDeadline()
	reply.Term = rf.currentTerm
	if args.LastIncludedIndex <= rf.commitIndex {
		return
	}
	log := []LogEntry{{Term: args.LastIncludedTerm}}
	if args.LastIncludedIndex <= rf.lastIndex() && rf.termAt(args.LastIncludedIndex) == args.LastIncludedTerm {
		log = append(log, rf.log[args.LastIncludedIndex-rf.lastIncludedIndex+1:]...)
	}
	rf.log = log
	rf.lastIncludedIndex = args.LastIncludedIndex
	rf.snapshot = args.Data
	rf.commitIndex = args.LastIncludedIndex
	rf.pendingSnapshot = true
	rf.persist()
	rf.applyCond.Signal()
}

func (rf *Raft) Start(command interface{}) (int, int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.state != Leader || rf.killed() {
		return -1, rf.currentTerm, false
	}
	rf.log = append(rf.log, LogEntry{rf.currentTerm, command})
	rf.persist()
	rf.commit()
	rf.broadcast()
	return rf.lastIndex(), rf.currentTerm, true
}

func (rf *Raft) Kill() {
	atomic.StoreInt32(&rf.dead, 1)
	rf.applyCond.Broadcast()
}

func (rf *Raft) killed() bool {
	return atomic.LoadInt32(&rf.dead) == 1
}

func (rf *Raft) startElection() {
	rf.state = Candidate
	rf.currentTerm++
	rf.votedFor = rf.me
	rf.persist()
	rf.resetDeadline()
	args := RequestVoteArgs{rf.currentTerm, rf.me, rf.lastIndex(), rf.termAt(rf.lastIndex())}
	votes := 1
	if votes > len(rf.peers)/2 {
		rf.lead()
	}
	for peer := range rf.peers {
		if peer == rf.me {
			continue
		}
		go func(peer int) {
			reply := RequestVoteReply{}
			if !rf.peers[peer].Call("Raft.RequestVote", &args, &reply) {
				return
			}
			rf.mu.Lock()
			defer rf.mu.Unlock()
			if reply.Term > rf.currentTerm {
				rf.becomeFollower(reply.Term)
				return
			}
			if rf.state != Candidate || rf.currentTerm != args.Term || !reply.VoteGranted {
				return
			}
			votes++
			if votes > len(rf.peers)/2 {
				rf.lead()
			}
		}(peer)
	}
}

func (rf *Raft) lead() {
	rf.state = Leader
	for peer := range rf.peers {
		rf.nextIndex[peer] = rf.lastIndex() + 1
		rf.matchIndex[peer] = 0
	}
	go rf.heartbeats(rf.currentTerm)
}

func (rf *Raft) heartbeats(term int) {
	for !rf.killed() {
		rf.mu.Lock()
		if rf.state != Leader || rf.currentTerm != term {
			rf.mu.Unlock()
			return
		}
		rf.broadcast()
		rf.mu.Unlock()
		time.Sleep(heartbeatInterval)
	}
}

func (rf *Raft) broadcast() {
	for peer := range rf.peers {
		if peer != rf.me {
			rf.replicate(peer)
		}
	}
}

// replicate sends a peer what it is missing. Called with mu held; the call is made by a goroutine.
func (rf *Raft) replicate(peer int) {
	next := rf.nextIndex[peer]
	if next <= rf.lastIncludedIndex {
		args := InstallSnapshotArgs{rf.currentTerm, rf.me, rf.lastIncludedIndex, rf.log[0].Term, rf.snapshot}
		go rf.sendSnapshot(peer, args)
		return
	}
	entries := append([]LogEntry{}, rf.log[next-rf.lastIncludedIndex:]...)
	args := AppendEntriesArgs{rf.currentTerm, rf.me, next - 1, rf.termAt(next - 1), entries, rf.commitIndex}
	go rf.sendEntries(peer, args)
}

func (rf *Raft) sendSnapshot(peer int, args InstallSnapshotArgs) {
	reply := InstallSnapshotReply{}
	if !rf.peers[peer].Call("Raft.InstallSnapshot", &args, &reply) {
		return
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if reply.Term > rf.currentTerm {
		rf.becomeFollower(reply.Term)
		return
	}
	if rf.state == Leader && rf.currentTerm == args.Term {
		rf.matched(peer, args.LastIncludedIndex)
	}
}

func (rf *Raft) sendEntries(peer int, args AppendEntriesArgs) {
	reply := AppendEntriesReply{}
	if !rf.peers[peer].Call("Raft.AppendEntries", &args, &reply) {
		return
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if reply.Term > rf.currentTerm {
		rf.becomeFollower(reply.Term)
		return
	}
	if rf.state != Leader || rf.currentTerm != args.Term {
		return
	}
	if reply.Success {
		rf.matched(peer, args.PrevLogIndex+len(args.Entries))
		return
	}
	// only if nothing newer has come in between
	if rf.nextIndex[peer] == args.PrevLogIndex+1 && reply.XIndex > rf.matchIndex[peer] {
		rf.nextIndex[peer] = reply.XIndex
		rf.replicate(peer)
	}
}

func (rf *Raft) matched(peer int, index int) {
	if index <= rf.matchIndex[peer] {
		return
	}
	rf.matchIndex[peer] = index
	rf.nextIndex[peer] = index + 1
	rf.commit()
}

// commit takes for committed what a majority has, if the last of it is of this term.
func (rf *Raft) commit() {
	for n := rf.lastIndex(); n > rf.commitIndex && rf.termAt(n) == rf.currentTerm; n-- {
		count := 1
		for other := range rf.peers {
			if other != rf.me && rf.matchIndex[other] >= n {
				count++
			}
		}
		if count > len(rf.peers)/2 {
			rf.commitIndex = n
			rf.applyCond.Signal()
			return
		}
	}
}

func (rf *Raft) applier() {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	for !rf.killed() {
		if rf.pendingSnapshot {
			rf.pendingSnapshot = false
			msg := raftapi.ApplyMsg{SnapshotValid: true, Snapshot: rf.snapshot,
				SnapshotTerm: rf.log[0].Term, SnapshotIndex: rf.lastIncludedIndex}
			rf.lastApplied = rf.lastIncludedIndex
			rf.mu.Unlock()
			rf.applyCh <- msg
			rf.mu.Lock()
		} else if rf.lastApplied < rf.commitIndex {
			rf.lastApplied++
			index := rf.lastApplied
			msg := raftapi.ApplyMsg{CommandValid: true, Command: rf.log[index-rf.lastIncludedIndex].Command, CommandIndex: index}
			rf.mu.Unlock()
			rf.applyCh <- msg
			rf.mu.Lock()
		} else {
			rf.applyCond.Wait()
		}
	}
}

func (rf *Raft) ticker() {
	for !rf.killed() {
		rf.mu.Lock()
		if rf.state != Leader && time.Now().After(rf.deadline) {
			rf.startElection()
		}
		rf.mu.Unlock()
		time.Sleep(time.Duration(20+rand.Int63()%20) * time.Millisecond)
	}
}

// Make starts a server.
func Make(peers []*labrpc.ClientEnd, me int, persister *tester.Persister, applyCh chan raftapi.ApplyMsg) raftapi.Raft {
	rf := &Raft{peers: peers, persister: persister, me: me, applyCh: applyCh}
	rf.applyCond = sync.NewCond(&rf.mu)
	rf.votedFor = -1
	rf.log = []LogEntry{{Term: 0}}
	rf.nextIndex = make([]int, len(peers))
	rf.matchIndex = make([]int, len(peers))
	rf.readPersist(persister.ReadRaftState())
	rf.snapshot = persister.ReadSnapshot()
	rf.commitIndex = rf.lastIncludedIndex
	rf.lastApplied = rf.lastIncludedIndex
	rf.resetDeadline()
	go rf.ticker()
	go rf.applier()
	return rf
}
