// Package raftapi is what a service asks of a Raft.
package raftapi

// Raft is one server.
type Raft interface {
	// Start has a command agreed on: its index, the term, and whether this server leads.
	Start(command any) (int, int, bool)
	// GetState is the term, and whether this server leads.
	GetState() (int, bool)
	// Snapshot says that the service has put all up to an index into a snapshot.
	Snapshot(index int, snapshot []byte)
	// PersistBytes is the size of the saved state.
	PersistBytes() int
}

// ApplyMsg is a committed command, or a snapshot.
type ApplyMsg struct {
	CommandValid bool
	Command      any
	CommandIndex int

	SnapshotValid bool
	Snapshot      []byte
	SnapshotTerm  int
	SnapshotIndex int
}
