// A cluster of Rafts under the tester.
package main

import (
	bridge "MODULE/labtestbridge"
	messages "MESSAGES"
	raft "RAFT"
)

func main() {
	bridge.Main("RAFT", func(ends []*bridge.End, me int, persister *bridge.Persister, life *bridge.Life) bridge.Server {
		applied := make(chan messages.ApplyMsg)
		go func() {
			for m := range applied {
				life.Apply(bridge.ApplyMsg{
					CommandValid: m.CommandValid, Command: m.Command, CommandIndex: m.CommandIndex,
					SnapshotValid: m.SnapshotValid, Snapshot: m.Snapshot,
					SnapshotTerm: m.SnapshotTerm, SnapshotIndex: m.SnapshotIndex,
				})
			}
		}()
		rf := raft.Make(ends, me, persister, applied)
		server := bridge.Server{Raft: rf, Start: rf.Start, GetState: rf.GetState, Snapshot: rf.Snapshot}
		if mortal, ok := any(rf).(interface{ Kill() }); ok {
			server.Kill = mortal.Kill
		}
		return server
	})
}
