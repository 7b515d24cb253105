package record

import (
	"runtime"
	"strconv"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/jsontext"
)

// A Source is a place in the program's code.
type Source struct {
	Function string
	File     string
	Line     int
	JSON     []byte // the source as a JSON object
}

// sources caches the source of every log statement that became an event. Programs have
// few of them.
var sources sync.Map // uintptr -> *Source

// SourceOf returns the source of a program counter, or nil if it is 0 or unknown.
func SourceOf(pc uintptr) *Source {
	if pc == 0 {
		return nil
	}
	if src, ok := sources.Load(pc); ok {
		return src.(*Source)
	}
	var src *Source
	if frame, _ := runtime.CallersFrames([]uintptr{pc}).Next(); frame.File != "" {
		src = &Source{Function: frame.Function, File: frame.File, Line: frame.Line}
		dst := jsontext.AppendString([]byte(`{"function":`), src.Function)
		dst = jsontext.AppendString(append(dst, `,"file":`...), src.File)
		dst = strconv.AppendInt(append(dst, `,"line":`...), int64(src.Line), 10)
		src.JSON = append(dst, '}')
	}
	sources.Store(pc, src)
	return src
}
