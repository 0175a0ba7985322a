// Logs of all kinds, encoded.
package main

import (
	"bytes"
	"encoding/gob"
	"math/rand"
	"os"
	"strings"
)

type kind int8

type plainEntry struct {
	Term    int
	Command interface{}
}

type manyEntry struct {
	Small   int8
	hidden  int
	Big     uint64
	Kind    kind
	Is      bool
	Text    string
	Command any
	Other   any
	Wide    int32
	Byte    byte
	Channel chan int
}

type deepEntry struct {
	Term int
	In   struct{ X, Y int }
	List []plainEntry
}

type disk struct {
	Term int
	Log  []plainEntry
}

// encoded is what many logs come to, one behind the other.
func encoded() []byte {
	gob.RegisterName("kind", kind(0))
	var out bytes.Buffer
	chance := rand.New(rand.NewSource(1))
	number := func() int64 { return chance.Int63() >> chance.Intn(64) * int64(1-2*chance.Intn(2)) }
	command := func() any {
		switch chance.Intn(200) {
		case 0:
			return nil
		case 1:
			return int(number())
		case 2:
			return kind(3)
		case 3:
			return strings.Repeat("long ", chance.Intn(20_000))
		default:
			return strings.Repeat("x", chance.Intn(300))
		}
	}
	text := func() any { return strings.Repeat("y", chance.Intn(20)) }
	var logs [3][]plainEntry
	for round := 0; round < 200; round++ {
		log := &logs[chance.Intn(len(logs))]
		for count := chance.Intn(20); count > 0; count-- {
			if *log = append(*log, plainEntry{int(number()), text()}); chance.Intn(300) == 0 {
				(*log)[len(*log)-1].Command = command()
			}
		}
		switch at := chance.Intn(len(*log) + 1); chance.Intn(8) {
		case 0:
			*log = (*log)[:at:at]
		case 1:
			*log = append([]plainEntry{}, (*log)[at:]...)
		case 2:
			if at < len(*log) {
				(*log)[at].Term++
			}
		case 3:
			if at < len(*log) {
				(*log)[at].Command = text()
			}
		}
		many := make([]manyEntry, chance.Intn(30))
		for at := range many {
			many[at] = manyEntry{int8(number()), 1, uint64(number()), kind(number()), number() > 0,
				text().(string), command(), text(), int32(number()), byte(number()), nil}
		}
		deep := make([]deepEntry, chance.Intn(12))
		for at := range deep {
			deep[at].Term, deep[at].In.Y, deep[at].List = int(number()), int(number()), *log
		}
		encoder := gob.NewEncoder(&out)
		for _, value := range []any{round, *log, disk{round, *log}, many, &many, deep[:len(deep)/4]} {
			if err := encoder.Encode(value); err != nil {
				out.WriteString(err.Error())
			}
		}
	}
	return out.Bytes()
}
