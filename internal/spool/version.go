package spool

import (
	"bytes"
	"fmt"
	"strconv"
)

// A segment begins with a line that says in which version its records are. What
// was written before there was one begins with a frame right away: version 1.
const (
	versionWord  = "mutagent spool "
	firstVersion = 2
	noVersion    = 0 // nobody knows
	formerly     = 1
)

func versionLine(version int) []byte { return fmt.Appendf(nil, "%s%d\n", versionWord, version) }

// maxVersionLine is more than the line of any version takes.
const maxVersionLine = 32

// cutVersion returns the version that the beginning of a segment tells, and the
// length of its line. A beginning that is cut short has errTorn.
func cutVersion(start []byte) (version, n int, err error) {
	if len(start) < len(versionWord) && bytes.HasPrefix([]byte(versionWord), start) {
		return noVersion, 0, errTorn
	}
	rest, ok := bytes.CutPrefix(start, []byte(versionWord))
	if !ok {
		return noVersion, 0, nil
	}
	digits, _, ok := bytes.Cut(rest, []byte("\n"))
	if !ok && len(start) < maxVersionLine {
		return noVersion, 0, errTorn
	}
	version, err = strconv.Atoi(string(digits))
	if err != nil || version < firstVersion || !bytes.HasPrefix(start, versionLine(version)) {
		return noVersion, 0, nil
	}
	return version, len(versionLine(version)), nil
}
