package bridge

import (
	"encoding/base64"
	"os"
	"strconv"
	"syscall"
)

// input is a line of the tester.
type input struct {
	kind     string
	at       int64
	until    int64
	server   int
	servers  int
	life     int
	call     int64
	of       int64
	index    int64
	seed     uint64
	state    []byte
	snapshot []byte
	data     []byte
}

// parse reads a line: one flat object, in which no text needs escapes.
func parse(line []byte) input {
	var in input
	for at := 0; at < len(line); {
		if line[at] != '"' {
			at++
			continue
		}
		end := at + 1
		for line[end] != '"' {
			end++
		}
		key := string(line[at+1 : end])
		from := end + 2
		at = from
		if line[from] == '"' {
			for at++; line[at] != '"'; at++ {
			}
			in.text(key, line[from+1:at])
			at++
			continue
		}
		for line[at] != ',' && line[at] != '}' {
			at++
		}
		// `null` is no number, and leaves what it stands for as it is.
		if number, err := strconv.ParseUint(string(line[from:at]), 10, 64); err == nil {
			in.number(key, number)
		}
	}
	return in
}

func (in *input) text(key string, value []byte) {
	if key == "type" {
		in.kind = string(value)
		return
	}
	bytes := make([]byte, base64.StdEncoding.DecodedLen(len(value)))
	count, err := base64.StdEncoding.Decode(bytes, value)
	if err != nil {
		panic("labtest: " + key + " is not base64")
	}
	bytes = bytes[:count]
	switch key {
	case "state":
		in.state = bytes
	case "snapshot":
		in.snapshot = bytes
	case "data":
		in.data = bytes
	}
}

func (in *input) number(key string, value uint64) {
	switch key {
	case "at":
		in.at = int64(value)
	case "until":
		in.until = int64(value)
	case "server":
		in.server = int(value)
	case "servers":
		in.servers = int(value)
	case "life":
		in.life = int(value)
	case "call":
		in.call = int64(value)
	case "of":
		in.of = int64(value)
	case "index":
		in.index = int64(value)
	case "seed":
		in.seed = value
	}
}

// reader reads lines with real reads, during which the clock of the cluster stands still.
type reader struct {
	fd    int
	bytes []byte
	from  int
}

// next is the next line. The process ends with the tester.
func (r *reader) next() []byte {
	for searched := r.from; ; {
		for at := searched; at < len(r.bytes); at++ {
			if r.bytes[at] == '\n' {
				line := r.bytes[r.from:at]
				r.from = at + 1
				return line
			}
		}
		r.bytes = append(r.bytes[:0], r.bytes[r.from:]...)
		r.from, searched = 0, len(r.bytes)
		if cap(r.bytes)-len(r.bytes) < 1<<16 {
			grown := make([]byte, len(r.bytes), 2*cap(r.bytes)+1<<17)
			copy(grown, r.bytes)
			r.bytes = grown
		}
		count, err := syscall.Read(r.fd, r.bytes[len(r.bytes):cap(r.bytes)])
		if err == syscall.EINTR {
			continue
		}
		if err != nil || count <= 0 {
			os.Exit(0)
		}
		r.bytes = r.bytes[:len(r.bytes)+count]
	}
}

// put writes a line of a life, unless that is over.
func (l *Life) put(kind string, fields func(out []byte) []byte) {
	cluster.mu.Lock()
	defer cluster.mu.Unlock()
	if l.dead.Load() {
		return
	}
	out := append(cluster.out, `{"type":"`...)
	out = append(out, kind...)
	out = appendNumber(append(out, `","server":`...), int64(l.server))
	out = appendNumber(append(out, `,"life":`...), int64(l.number))
	cluster.out = append(fields(out), "}\n"...)
}

func appendNumber(out []byte, number int64) []byte {
	return strconv.AppendInt(out, number, 10)
}

func appendBytes(out []byte, key string, bytes []byte) []byte {
	out = append(append(out, `,"`...), key...)
	out = append(out, `":"`...)
	return append(base64.StdEncoding.AppendEncode(out, bytes), '"')
}

func appendText(out []byte, text string, end string) []byte {
	return append(appendString(out, text), end...)
}
