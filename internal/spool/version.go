package spool

import (
	"bytes"
	"fmt"
	"strconv"
)

// A segment begins with a line that states the version of its records. A segment of
// version 1 has no such line and begins with a frame.
const (
	versionWord  = "mutagent spool "
	firstVersion = 2
	noVersion    = 0 // unknown
	formerly     = 1
)

func versionLine(version int) []byte { return fmt.Appendf(nil, "%s%d\n", versionWord, version) }

// maxVersionLine is longer than the line of any version.
const maxVersionLine = 32

// cutVersion returns the version at the beginning of a segment, and the length of its
// line. It returns errTorn if the line is cut short.
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
