package bridge

import (
	"reflect"
	"time"
)

// End is one server's way to another.
type End struct {
	life *Life
	to   int
}

// call is a call under way or over.
type call struct {
	method string
	args   reflect.Value
	// Takes the answer, or nil when there will be none.
	ended chan *answer
}

type answer struct{ result reflect.Value }

// How long a call takes of a server that is no more.
const deadCallTime = 100 * time.Millisecond

// Call sends a request and waits for the reply. False says that no reply came.
func (e *End) Call(method string, args any, reply any) bool {
	if e.life.dead.Load() {
		time.Sleep(deadCallTime)
		return false
	}
	value := reflect.Indirect(reflect.ValueOf(args))
	e.life.warn(value.Type())
	asked := &call{method: method, args: clone(value), ended: make(chan *answer, 1)}
	cluster.mu.Lock()
	cluster.calls = append(cluster.calls, asked)
	number := len(cluster.calls)
	cluster.mu.Unlock()
	e.life.put("call", func(out []byte) []byte {
		out = appendNumber(append(out, `,"call":`...), int64(number))
		out = appendNumber(append(out, `,"to":`...), int64(e.to))
		out = appendText(append(out, `,"method":`...), method, `,"args":`)
		return appendJSON(out, asked.args)
	})
	result := e.wait(asked)
	if result == nil {
		return false
	}
	assign(reflect.ValueOf(reply).Elem(), result.result)
	return true
}

// wait waits for the end of a call, which nobody tells a life that is over.
func (e *End) wait(asked *call) *answer {
	return <-asked.ended
}
