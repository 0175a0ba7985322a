package PACKAGE

import "MODULE/labtestbridge"

// Persister is a server's disk.
type Persister = bridge.Persister

// MakePersister is a disk with nothing on it, which belongs to no server.
func MakePersister() *Persister { return &Persister{} }
