package raft

//
// A Raft as a student writes it on the way to lab 3B and 3C, with two mistakes that the paper warns of:
// a follower cuts its log with every AppendEntries, also with an old one that comes late, and a leader
// counts replicas of entries of earlier terms (figure 8).
//

import (
	"bytes"
	"math/rand"
	"sync"
	"sync/atomic"
	"time"

	"6.5840/labgob"
	"6.5840/labrpc"
)

type ApplyMsg struct {
	CommandValid bool
	Command      interface{}
	CommandIndex int

	SnapshotValid bool
	Snapshot      []byte
	SnapshotTerm  int
	SnapshotIndex int
}

type Entry struct {
	Term    int
	Command interface{}
}

type Raft struct {
	mu        sync.Mutex
	peers     []*labrpc.ClientEnd
	persister *Persister
	me        int
	dead      int32

	applyCh chan ApplyMsg
	role    string
	heard   bool

	currentTerm int
	votedFor    int
	log         []Entry // log[0] is nothing
	commitIndex int
	lastApplied int
	nextIndex   map[int]int
	matchIndex  map[int]int
}

func (rf *Raft) GetState() (int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	return rf.currentTerm, rf.role == "leader"
}

func (rf *Raft) persist() {
	w := new(bytes.Buffer)
	e := labgob.NewEncoder(w)
	e.Encode(rf.currentTerm)
	e.Encode(rf.votedFor)
	e.Encode(rf.log)
	rf.persister.Save(w.Bytes(), nil)
}

func (rf *Raft) readPersist(data []byte) {
	if data == nil || len(data) < 1 {
		return
	}
	d := labgob.NewDecoder(bytes.NewBuffer(data))
	d.Decode(&rf.currentTerm)
	d.Decode(&rf.votedFor)
	d.Decode(&rf.log)
}

// Snapshot is not there yet: lab 3D.
func (rf *Raft) Snapshot(index int, snapshot []byte) {
}

type RequestVoteArgs struct {
	Term, CandidateId, LastLogIndex, LastLogTerm int
}

type RequestVoteReply struct {
	Term        int
	VoteGranted bool
}

func (rf *Raft) RequestVote(args *RequestVoteArgs, reply *RequestVoteReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	rf.newTerm(args.Term)
	reply.Term = rf.currentTerm
	last := len(rf.log) - 1
	isUpToDate := args.LastLogTerm > rf.log[last].Term ||
		args.LastLogTerm == rf.log[last].Term && args.LastLogIndex >= last
	if args.Term == rf.currentTerm && (rf.votedFor == -1 || rf.votedFor == args.CandidateId) && isUpToDate {
		rf.votedFor = args.CandidateId
		rf.heard = true
		reply.VoteGranted = true
		rf.persist()
	}
}

type AppendEntriesArgs struct {
	Term, LeaderId, PrevLogIndex, PrevLogTerm int
	Entries                                   []Entry
	LeaderCommit                              int
}

type AppendEntriesReply struct {
	Term    int
	Success bool
	Len     int
}

func (rf *Raft) AppendEntries(args *AppendEntriesArgs, reply *AppendEntriesReply) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	rf.newTerm(args.Term)
	reply.Term = rf.currentTerm
	if args.Term < rf.currentTerm {
		return
	}
	rf.role = "follower"
	rf.heard = true
	if args.PrevLogIndex >= len(rf.log) || rf.log[args.PrevLogIndex].Term != args.PrevLogTerm {
		reply.Len = min(len(rf.log), args.PrevLogIndex)
		return
	}
	// mistake: what is behind may have been accepted already
	rf.log = append(rf.log[:args.PrevLogIndex+1], args.Entries...)
	rf.persist()
	reply.Success = true
	if args.LeaderCommit > rf.commitIndex {
		rf.commitIndex = min(args.LeaderCommit, len(rf.log)-1)
	}
}

func (rf *Raft) newTerm(term int) {
	if term > rf.currentTerm {
		rf.currentTerm = term
		rf.votedFor = -1
		rf.role = "follower"
		rf.persist()
	}
}

func (rf *Raft) Start(command interface{}) (int, int, bool) {
	rf.mu.Lock()
	defer rf.mu.Unlock()
	if rf.role != "leader" {
		return -1, -1, false
	}
	rf.log = append(rf.log, Entry{rf.currentTerm, command})
	rf.persist()
	DPrintf("%d starts %v", rf.me, command)
	return len(rf.log) - 1, rf.currentTerm, true
}

func (rf *Raft) Kill() {
	atomic.StoreInt32(&rf.dead, 1)
}

func (rf *Raft) killed() bool {
	return atomic.LoadInt32(&rf.dead) == 1
}

func (rf *Raft) elect() {
	rf.mu.Lock()
	rf.role = "candidate"
	rf.currentTerm++
	rf.votedFor = rf.me
	rf.persist()
	last := len(rf.log) - 1
	args := &RequestVoteArgs{rf.currentTerm, rf.me, last, rf.log[last].Term}
	rf.mu.Unlock()

	votes := make(chan bool, len(rf.peers))
	for i := range rf.peers {
		if i == rf.me {
			continue
		}
		go func(i int) {
			reply := &RequestVoteReply{}
			ok := rf.peers[i].Call("Raft.RequestVote", args, reply)
			if ok {
				rf.mu.Lock()
				rf.newTerm(reply.Term)
				rf.mu.Unlock()
			}
			votes <- ok && reply.VoteGranted
		}(i)
	}
	timeout := time.After(time.Duration(250+rand.Intn(150)) * time.Millisecond)
	count := 1
	for i := 1; i < len(rf.peers); i++ {
		select {
		case granted := <-votes:
			if granted {
				count++
			}
		case <-timeout:
			return
		}
		if count > len(rf.peers)/2 {
			rf.mu.Lock()
			if rf.role == "candidate" && rf.currentTerm == args.Term {
				rf.role = "leader"
				for i := range rf.peers {
					rf.nextIndex[i] = len(rf.log)
					rf.matchIndex[i] = 0
				}
				go rf.leader(rf.currentTerm)
			}
			rf.mu.Unlock()
			return
		}
	}
}

func (rf *Raft) leader(term int) {
	for i := 0; !rf.killed(); i++ {
		rf.mu.Lock()
		if rf.role != "leader" || rf.currentTerm != term {
			rf.mu.Unlock()
			return
		}
		for peer, next := range rf.nextIndex {
			// new entries at once, and a heartbeat every 100 ms
			if peer != rf.me && (next < len(rf.log) || i%5 == 0) {
				go rf.send(peer, AppendEntriesArgs{term, rf.me, next - 1, rf.log[next-1].Term,
					append([]Entry{}, rf.log[next:]...), rf.commitIndex})
			}
		}
		rf.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
}

func (rf *Raft) send(peer int, args AppendEntriesArgs) {
	var reply AppendEntriesReply
	if !rf.peers[peer].Call("Raft.AppendEntries", &args, &reply) {
		return
	}
	rf.mu.Lock()
	defer rf.mu.Unlock()
	rf.newTerm(reply.Term)
	if rf.role != "leader" || rf.currentTerm != args.Term {
		return
	}
	if !reply.Success {
		if reply.Len > rf.matchIndex[peer] {
			rf.nextIndex[peer] = reply.Len
		}
		return
	}
	if match := args.PrevLogIndex + len(args.Entries); match > rf.matchIndex[peer] {
		rf.matchIndex[peer] = match
		rf.nextIndex[peer] = match + 1
	}
	// mistake: also of earlier terms
	for n := len(rf.log) - 1; n > rf.commitIndex; n-- {
		count := 1
		for other, match := range rf.matchIndex {
			if other != rf.me && match >= n {
				count++
			}
		}
		if count > len(rf.peers)/2 {
			rf.commitIndex = n
			break
		}
	}
}

func (rf *Raft) applier() {
	for !rf.killed() {
		rf.mu.Lock()
		var msgs []ApplyMsg
		for rf.lastApplied < rf.commitIndex && rf.lastApplied+1 < len(rf.log) {
			rf.lastApplied++
			msgs = append(msgs, ApplyMsg{CommandValid: true, Command: rf.log[rf.lastApplied].Command, CommandIndex: rf.lastApplied})
		}
		rf.mu.Unlock()
		for _, msg := range msgs {
			rf.applyCh <- msg
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (rf *Raft) ticker() {
	for !rf.killed() {
		time.Sleep(time.Duration(300+rand.Int63()%300) * time.Millisecond)
		rf.mu.Lock()
		isQuiet := !rf.heard && rf.role != "leader"
		rf.heard = false
		rf.mu.Unlock()
		if isQuiet {
			rf.elect()
		}
	}
}

func Make(peers []*labrpc.ClientEnd, me int,
	persister *Persister, applyCh chan ApplyMsg) *Raft {
	rf := &Raft{}
	rf.peers = peers
	rf.persister = persister
	rf.me = me
	rf.applyCh = applyCh
	rf.role = "follower"
	rf.votedFor = -1
	rf.log = make([]Entry, 1)
	rf.nextIndex = make(map[int]int)
	rf.matchIndex = make(map[int]int)
	rf.readPersist(persister.ReadRaftState())
	go rf.ticker()
	go rf.applier()
	return rf
}
