// Package labtestexec is what stands between `labtest run --exec ./myraft` and a Raft in Go.
//
// The tester calls the methods of a Server, one at a time, and the server answers by those of its Tester. It must
// do the same whenever the same happens: take chance from Tester.Rand alone and time from Tester.NowNs, start no
// goroutines, and never range over a map.
//
// Commands and snapshots are texts in base64: pass them on as they are. Arguments, replies and the state are your
// own, anything that encoding/json can write. With the names of Figure 2 (use field tags such as `json:"term"`)
// the tester understands them, and checks more.
package labtestexec

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"os"
)

// Options are the times of the test's configuration, in milliseconds.
type Options struct {
	HeartbeatMs          int64 `json:"heartbeat_ms"`
	ElectionTimeoutMinMs int64 `json:"election_timeout_min_ms"`
	ElectionTimeoutMaxMs int64 `json:"election_timeout_max_ms"`
}

// Server is a Raft server. A new one is made for each life.
type Server interface {
	// Boot begins a life, with what an earlier one has persisted; nil and "" if none ever did.
	Boot(tester *Tester, state json.RawMessage, snapshot string)
	// Timer says that a timer is due.
	Timer(name string)
	// Request is a call of another server; it returns the reply.
	Request(sender int, method string, args json.RawMessage) any
	// Reply is the answer to a call; ok is false when there was none, and never will be.
	Reply(sender int, method string, result json.RawMessage, ok bool)
	// Start takes a command of a client, or says that this server does not lead.
	Start(command string) (index, term int, isLeader bool)
	// Snapshot says that the service needs nothing up to index any more.
	Snapshot(index int, data string)
	// State returns the present term, and whether this server leads.
	State() (term int, isLeader bool)
}

type call struct {
	to     int
	method string
}

// Tester is what a server acts by.
type Tester struct {
	Me      int
	Servers []int
	Options Options
	Rand    *rand.Rand
	NowNs   int64

	out      io.Writer
	calls    map[int64]call
	nextCall int64
}

type line map[string]any

// Call calls another server; Reply of the Server hears how that ends.
func (t *Tester) Call(to int, method string, args any) {
	t.nextCall++
	t.calls[t.nextCall] = call{to, method}
	t.write(line{"type": "call", "call": t.nextCall, "to": to, "method": method, "args": args})
}

// SetTimer sets a timer, in place of the one of that name.
func (t *Tester) SetTimer(name string, afterMs int64) {
	t.write(line{"type": "set_timer", "id": name, "after": afterMs * 1_000_000})
}

// CancelTimer takes a timer back.
func (t *Tester) CancelTimer(name string) {
	t.write(line{"type": "cancel_timer", "id": name})
}

// Persist saves all that must survive a crash. What is done after it waits until it is on the disk.
func (t *Tester) Persist(state any) {
	t.write(line{"type": "persist", "state": state})
}

// PersistWithSnapshot is Persist together with a snapshot.
func (t *Tester) PersistWithSnapshot(state any, snapshot string) {
	t.write(line{"type": "persist", "state": state, "snapshot": snapshot})
}

// Apply hands a committed command to the service.
func (t *Tester) Apply(index, term int, command string) {
	t.write(line{"type": "apply", "index": index, "term": term, "command": command})
}

// ApplySnapshot hands a leader's snapshot to the service.
func (t *Tester) ApplySnapshot(index, term int, data string) {
	t.write(line{"type": "apply_snapshot", "index": index, "term": term, "data": data})
}

// Note is something for those who read about the run.
func (t *Tester) Note(format string, values ...any) {
	t.write(line{"type": "note", "text": fmt.Sprintf(format, values...)})
}

// write is deterministic: encoding/json sorts the keys of maps.
func (t *Tester) write(what line) {
	write(t.out, what)
}

func write(out io.Writer, what line) {
	text, err := json.Marshal(what)
	if err != nil {
		giveUp("what can't be written as JSON: %v", err)
	}
	if _, err := out.Write(append(text, '\n')); err != nil {
		giveUp("nobody reads: %v", err)
	}
}

func giveUp(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

type happened struct {
	Type     string          `json:"type"`
	At       json.Number     `json:"at"`
	Me       int             `json:"me"`
	Servers  []int           `json:"servers"`
	Seed     int64           `json:"seed"`
	Options  Options         `json:"options"`
	State    json.RawMessage `json:"state"`
	Snapshot *string         `json:"snapshot"`
	Call     int64           `json:"call"`
	From     int             `json:"from"`
	Method   string          `json:"method"`
	Args     json.RawMessage `json:"args"`
	Result   json.RawMessage `json:"result"`
	Lost     bool            `json:"lost"`
	ID       string          `json:"id"`
	Command  string          `json:"command"`
	Index    int             `json:"index"`
	Data     string          `json:"data"`
}

// Run answers the tester's lines until there are no more. newServer makes a server that has not begun to live.
func Run(name string, newServer func() Server) {
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	var server Server
	var tester *Tester
	for {
		text, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var now happened
		if err == nil {
			err = json.Unmarshal(text, &now)
		}
		if err != nil {
			giveUp("a line that can't be read: %v", err)
		}
		switch now.Type {
		case "hello":
			write(out, line{"type": "hello", "protocol": 1, "name": name, "can": []string{"reset"}})
		case "reset":
			server, tester = nil, nil
			write(out, line{"type": "done"})
		default:
			if now.Type == "init" {
				server = newServer()
				tester = &Tester{Me: now.Me, Servers: now.Servers, Options: now.Options, out: out,
					Rand: rand.New(rand.NewSource(now.Seed)), calls: map[int64]call{}}
			}
			answer(server, tester, &now)
		}
		if err := out.Flush(); err != nil {
			giveUp("nobody reads: %v", err)
		}
	}
}

func answer(server Server, tester *Tester, now *happened) {
	done := line{"type": "done"}
	tester.NowNs, _ = now.At.Int64()
	switch now.Type {
	case "init":
		snapshot := ""
		if now.Snapshot != nil {
			snapshot = *now.Snapshot
		}
		state := now.State
		if string(state) == "null" {
			state = nil
		}
		server.Boot(tester, state, snapshot)
	case "timer":
		server.Timer(now.ID)
	case "request":
		result := server.Request(now.From, now.Method, now.Args)
		tester.write(line{"type": "reply", "call": now.Call, "result": result})
	case "reply":
		known := tester.calls[now.Call]
		delete(tester.calls, now.Call)
		server.Reply(known.to, known.method, now.Result, !now.Lost)
	case "start":
		if index, term, isLeader := server.Start(now.Command); isLeader {
			done["started"] = line{"index": index, "term": term}
		} else {
			done["not_leader"] = line{}
		}
	case "snapshot":
		server.Snapshot(now.Index, now.Data)
	case "state":
	default:
		giveUp("a line of an unknown type: %s", now.Type)
	}
	done["term"], done["is_leader"] = server.State()
	tester.write(done)
}
