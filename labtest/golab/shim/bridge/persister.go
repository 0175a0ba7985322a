package bridge

import (
	"bytes"
	"sync"
)

// Persister is one server's disk: a state and a snapshot, saved in one piece.
type Persister struct {
	mu       sync.Mutex
	life     *Life
	state    []byte
	snapshot []byte
}

// Save replaces the state and the snapshot.
func (p *Persister) Save(state []byte, snapshot []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	isNew := !bytes.Equal(snapshot, p.snapshot)
	before := p.state
	p.state, p.snapshot = bytes.Clone(state), bytes.Clone(snapshot)
	if p.life == nil {
		return
	}
	p.life.put("persist", func(out []byte) []byte {
		out = appendState(out, before, state)
		if isNew {
			out = appendBytes(out, "snapshot", snapshot)
		}
		return out
	})
}

// Copy is a disk of its own with the same on it, which belongs to no server.
func (p *Persister) Copy() *Persister {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &Persister{state: p.state, snapshot: p.snapshot}
}

// ReadRaftState is what was saved last, or what the server began with.
func (p *Persister) ReadRaftState() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.state)
}

// RaftStateSize is the size of the state in bytes.
func (p *Persister) RaftStateSize() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.state)
}

// ReadSnapshot is the snapshot saved last.
func (p *Persister) ReadSnapshot() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.snapshot)
}

// SnapshotSize is the size of the snapshot in bytes.
func (p *Persister) SnapshotSize() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.snapshot)
}
