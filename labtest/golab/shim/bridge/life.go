package bridge

import (
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing/synctest"
)

// Life is one life of a server.
type Life struct {
	server, number int
	rf             Server
	isMade         bool
	dead           atomic.Bool
	handlers       map[string]reflect.Value
	// What it said last of itself.
	term     int
	isLeader bool
}

// ApplyMsg is what a Raft applies.
type ApplyMsg struct {
	CommandValid  bool
	Command       any
	CommandIndex  int
	SnapshotValid bool
	Snapshot      []byte
	SnapshotTerm  int
	SnapshotIndex int
}

func initialize(in input, begin Make) {
	if !cluster.seeded {
		cluster.seeded = true
		cluster.answers = make([]*answer, 1)
		cluster.lives = make([]*Life, in.servers)
		synctest.LabSeed(in.seed)
	}
	life := &Life{server: in.server, number: in.life, term: -1}
	cluster.lives[in.server] = life
	ends := make([]*End, in.servers)
	for to := range ends {
		ends[to] = &End{life: life, to: to}
	}
	persister := &Persister{life: life, state: in.state, snapshot: in.snapshot}
	go func() {
		life.rf = begin(ends, in.server, persister, life)
		life.handlers = handlers(life.rf.Raft)
		life.isMade = true
	}()
	synctest.Wait()
	if !life.isMade {
		life.fail("Make has not returned: it waits for something that takes time")
	}
}

// handlers are the methods that others can call, by their names with that of the type.
func handlers(raft any) map[string]reflect.Value {
	value := reflect.ValueOf(raft)
	service := reflect.Indirect(value).Type().Name()
	found := map[string]reflect.Value{}
	for at := 0; at < value.NumMethod(); at++ {
		method := value.Type().Method(at)
		kind := method.Type
		if kind.NumIn() == 3 && kind.NumOut() == 0 && kind.In(2).Kind() == reflect.Pointer {
			found[service+"."+method.Name] = value.Method(at)
		}
	}
	return found
}

func (l *Life) kill() {
	if !l.dead.Swap(true) && l.isMade && l.rf.Kill != nil {
		go l.rf.Kill()
	}
}

// look tells what the server says of itself, if that is something else than before.
func (l *Life) look() {
	term, isLeader := l.rf.GetState()
	if term == l.term && isLeader == l.isLeader {
		return
	}
	l.term, l.isLeader = term, isLeader
	if term < 0 {
		l.fail(fmt.Sprintf("GetState says term %d", term))
		return
	}
	l.put("state", func(out []byte) []byte { return appendPlace(out, term, isLeader) })
}

func (l *Life) start(number int64, command []byte) {
	index, term, isLeader := l.rf.Start(string(command))
	if isLeader && (index < 0 || term < 0) {
		l.fail(fmt.Sprintf("Start says index %d and term %d", index, term))
		return
	}
	l.put("started", func(out []byte) []byte {
		out = appendNumber(append(out, `,"call":`...), number)
		if isLeader {
			out = appendNumber(append(out, `,"index":`...), int64(index))
			out = appendNumber(append(out, `,"term":`...), int64(term))
		}
		return out
	})
}

// Apply takes what a Raft applies. It never waits: the tester's service does that.
func (l *Life) Apply(m ApplyMsg) {
	switch {
	case m.CommandValid:
		command, isOurs := m.Command.(string)
		if !isOurs {
			l.fail(fmt.Sprintf("it applies %T at index %d, which nobody has submitted", m.Command, m.CommandIndex))
			return
		}
		if m.CommandIndex < 0 {
			l.fail(fmt.Sprintf("it applies index %d", m.CommandIndex))
			return
		}
		l.put("apply", func(out []byte) []byte {
			out = appendNumber(append(out, `,"index":`...), int64(m.CommandIndex))
			return appendBytes(out, "data", []byte(command))
		})
	case m.SnapshotValid:
		if m.SnapshotIndex < 0 {
			l.fail(fmt.Sprintf("it applies a snapshot up to index %d", m.SnapshotIndex))
			return
		}
		l.put("apply_snapshot", func(out []byte) []byte {
			out = appendNumber(append(out, `,"index":`...), int64(m.SnapshotIndex))
			return appendBytes(out, "data", m.Snapshot)
		})
	}
}

// Note tells those who read about the run something.
func (l *Life) Note(text string) {
	l.put("note", func(out []byte) []byte { return appendText(append(out, `,"text":`...), text, "") })
}

func (l *Life) fail(text string) {
	l.put("fail", func(out []byte) []byte { return appendText(append(out, `,"text":`...), text, "") })
}

func appendPlace(out []byte, term int, isLeader bool) []byte {
	out = appendNumber(append(out, `,"term":`...), int64(term))
	if isLeader {
		return append(out, `,"is_leader":true`...)
	}
	return append(out, `,"is_leader":false`...)
}

// serve answers a call in a goroutine of its own, as a handler expects it.
func (l *Life) serve(number int64, asked *call) {
	handler, isKnown := l.handlers[asked.method]
	if !isKnown {
		known := make([]string, 0, len(l.handlers))
		for name := range l.handlers {
			known = append(known, name)
		}
		l.fail(fmt.Sprintf("there is no method %s that others can call, of %s", asked.method, strings.Join(sorted(known), ", ")))
		return
	}
	kind := handler.Type()
	args := reflect.New(indirect(kind.In(0)))
	assign(args.Elem(), asked.args)
	if kind.In(0).Kind() != reflect.Pointer {
		args = args.Elem()
	}
	reply := reflect.New(kind.In(1).Elem())
	handler.Call([]reflect.Value{args, reply})
	result := clone(reply.Elem())
	l.warn(reply.Type().Elem())
	cluster.mu.Lock()
	cluster.answers = append(cluster.answers, &answer{result})
	of := len(cluster.answers) - 1
	cluster.mu.Unlock()
	l.put("reply", func(out []byte) []byte {
		out = appendNumber(append(out, `,"call":`...), number)
		out = appendNumber(append(out, `,"of":`...), int64(of))
		return appendJSON(append(out, `,"result":`...), result)
	})
}
