// Package labrpc has the end of a call that a Raft sees; the network is the tester's.
package labrpc

import "MODULE/labtestbridge"

// ClientEnd is a way to another server.
type ClientEnd = bridge.End
