// Package bridge runs a whole cluster of Rafts on the tester's clock: it reads a line of what happens, lets the
// goroutines do what they do until all of them wait, and writes what came of it.
package bridge

import (
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing/synctest"
	"time"
)

// Server is what the bridge needs of one life of a Raft.
type Server struct {
	// Raft is the object whose methods answer calls.
	Raft     any
	Start    func(command any) (int, int, bool)
	GetState func() (int, bool)
	Snapshot func(index int, snapshot []byte)
	// Kill may be nil.
	Kill func()
}

// Make starts a Raft; what it applies goes to the life.
type Make func(ends []*End, me int, persister *Persister, life *Life) Server

// Garbage is collected between two answers alone, when the heap is twice what was kept the last time and this more.
const bytesPerCollection = 256 << 20

// cluster is all that this process plays. The mutex is never held while something waits.
var cluster struct {
	mu    sync.Mutex
	out   []byte
	lives []*Life
	// What was called and answered in this run, by number from 1.
	calls   []*call
	answers []*answer
	seeded  bool
}

// Main talks with the tester until it has had enough.
func Main(name string, begin Make) {
	// What a Raft prints must not get among the lines.
	lines, err := syscall.Dup(1)
	if err != nil || syscall.Dup3(2, 1, 0) != nil {
		panic("labtest: the standard output can't be set aside")
	}
	in, out := &reader{fd: 0}, lines
	in.next()
	write(out, appendText([]byte(`{"type":"hello","protocol":1,"style":"cluster","name":`), name, "}\n"))
	synctest.LabRun(func() {
		kept := synctest.LabHeap()
		for {
			obey(parse(in.next()), begin)
			write(out, answered())
			if synctest.LabHeap() > 2*kept+bytesPerCollection {
				runtime.GC()
				kept = synctest.LabHeap()
			}
		}
	})
}

// obey does what a line says, at its time, and returns when every goroutine waits.
func obey(in input, begin Make) {
	pass(in.at)
	switch in.kind {
	case "advance":
		advance(in.until)
		return
	case "init":
		initialize(in, begin)
	case "kill":
		cluster.lives[in.server].kill()
	case "request":
		life := cluster.lives[in.server]
		asked := cluster.calls[in.of-1]
		go life.serve(in.call, asked)
	case "reply":
		asked := cluster.calls[in.call-1]
		if in.of == 0 {
			asked.ended <- nil
		} else {
			asked.ended <- cluster.answers[in.of]
		}
	case "start":
		go cluster.lives[in.server].start(in.call, in.data)
	case "snapshot":
		go cluster.lives[in.server].rf.Snapshot(int(in.index), in.data)
	default:
		panic("labtest: no line is called " + in.kind)
	}
	synctest.Wait()
}

// pass lets time pass until that moment.
func pass(at int64) {
	if wait := at - synctest.LabNow(); wait > 0 {
		time.Sleep(time.Duration(wait))
		synctest.Wait()
	}
}

// advance goes on from timer to timer as long as nothing is done that others can see, up to a moment at which something
// else happens.
func advance(until int64) {
	for {
		look()
		next := synctest.LabNextTimer()
		if len(cluster.out) > 0 || next == 0 || next >= until {
			return
		}
		pass(next)
	}
}

// look asks the servers what they say of themselves.
func look() {
	for _, life := range cluster.lives {
		if life != nil && !life.dead.Load() && life.isMade {
			life.look()
		}
	}
}

// answered is what the tester is told: what was done, what servers say, and when the next timer is due.
func answered() []byte {
	look()
	cluster.mu.Lock()
	defer cluster.mu.Unlock()
	out := append(cluster.out, `{"type":"done","now":`...)
	out = appendNumber(out, synctest.LabNow())
	if next := synctest.LabNextTimer(); next > 0 {
		out = appendNumber(append(out, `,"next":`...), next)
	}
	cluster.out = out[:0]
	return append(out, "}\n"...)
}

func write(fd int, bytes []byte) {
	for len(bytes) > 0 {
		count, err := syscall.Write(fd, bytes)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			os.Exit(0)
		}
		bytes = bytes[count:]
	}
}
