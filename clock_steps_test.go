//go:build linux && amd64

package mutagent_test

import (
	"bytes"
	"context"
	"debug/elf"
	endian "encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// A steppedClock is this process's view of the machine's clocks. The wall clock
// and the clock that counts suspended time can be set, for this process alone and
// without a privilege, while the monotonic clock runs on.
//
// The runtime reads clocks through a function that the kernel maps into each
// process, __vdso_clock_gettime. It is replaced by one that makes the system call
// and adds what was set.
type steppedClock struct {
	memory *os.File // of this process
	vdso   int64    // the address of the new function's constants
}

// The clocks of clock_gettime(2) that can be set.
const (
	wallClock = 0 // CLOCK_REALTIME
	bootClock = 7 // CLOCK_BOOTTIME, which goes on during a suspend
)

// The machine code of the function. Its two constants follow it.
var stepped = []byte{
	0xB8, 228, 0, 0, 0, // mov  eax, SYS_clock_gettime
	0x0F, 0x05, //         syscall
	0x85, 0xFF, //         test edi, edi           ; CLOCK_REALTIME?
	0x74, 14, //           jz   wall
	0x83, 0xFF, 7, //      cmp  edi, 7             ; CLOCK_BOOTTIME?
	0x75, 19, //           jne  done
	0x48, 0x8B, 0x0D, 25, 0, 0, 0, // mov rcx, [boot]
	0xEB, 7, //            jmp  add
	0x48, 0x8B, 0x0D, 8, 0, 0, 0, //  wall: mov rcx, [wall]
	0x48, 0x01, 0x0E, //   add: add [rsi], rcx     ; to the seconds
	0xC3, //               done: ret
	0x90, 0x90, 0x90, 0x90,
}

func newSteppedClock() (*steppedClock, error) {
	memory, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	start, image, err := vdso(memory)
	if err != nil {
		return nil, err
	}
	function, err := clockGettime(image)
	if err != nil {
		return nil, err
	}
	room := len(bytes.TrimRight(image, "\x00"))
	room += 16 - room%16
	size := len(stepped) + 16
	if room+size > len(image) {
		return nil, errors.New("the vdso has no room")
	}
	code := append(bytes.Clone(stepped), make([]byte, 16)...)
	if _, err := memory.WriteAt(code, start+int64(room)); err != nil {
		return nil, err
	}
	// One jump of five bytes, written at once, because other threads read the clock.
	jump := bytes.Clone(image[function : function+8])
	jump[0] = 0xE9
	endian.LittleEndian.PutUint32(jump[1:], uint32(room-function-5))
	if _, err := memory.WriteAt(jump, start+int64(function)); err != nil {
		return nil, err
	}
	return &steppedClock{memory, start + int64(room+len(stepped))}, nil
}

// vdso finds the kernel's functions in this process.
func vdso(memory io.ReaderAt) (start int64, image []byte, err error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0, nil, err
	}
	for line := range strings.Lines(string(maps)) {
		var end int64
		if !strings.HasSuffix(line, "[vdso]\n") {
			continue
		}
		if _, err := fmt.Sscanf(line, "%x-%x", &start, &end); err != nil {
			return 0, nil, err
		}
		image = make([]byte, end-start)
		_, err = memory.ReadAt(image, start)
		return start, image, err
	}
	return 0, nil, errors.New("this process has no vdso")
}

// clockGettime returns the place of the function in the image.
func clockGettime(image []byte) (int, error) {
	file, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return 0, err
	}
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return 0, err
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" {
			return int(s.Value), nil
		}
	}
	return 0, errors.New("the vdso has no clock")
}

// set moves a clock, relative to the machine's.
func (c *steppedClock) set(clock int, by time.Duration) {
	place := c.vdso
	if clock == bootClock {
		place += 8
	}
	if _, err := c.memory.WriteAt(endian.LittleEndian.AppendUint64(nil, uint64(by/time.Second)), place); err != nil {
		panic(err)
	}
}

func (c *steppedClock) stepWall(by time.Duration) { c.set(wallClock, by) }

// suspend is what a process sees of a machine that slept: the monotonic clock did
// not.
func (c *steppedClock) suspend(by time.Duration) {
	c.set(wallClock, by)
	c.set(bootClock, by)
}

// leap is how far clocks are moved. No test takes as long.
const leap = 8 * time.Hour

func init() {
	programs["clock steps"] = func() {
		clock, err := newSteppedClock()
		if err != nil {
			panic(err)
		}
		log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
		root := context.Background()
		record := func(name string, step func()) {
			ctx, end := mutagent.Start(root, mutagent.KindTool, name)
			mutagent.FromContext(ctx).AddEvent("before")
			step()
			mutagent.FromContext(ctx).AddEvent("after")
			log.InfoContext(ctx, "logged after")
			_, endChild := mutagent.Start(ctx, mutagent.KindTool, name+", child")
			endChild()
			end()
			_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindTool, Name: name + ", next"})
			span.End(mutagent.EndOptions{})
		}
		record("no step", func() {})
		record("forward", func() { clock.stepWall(leap) })
		record("back", func() { clock.stepWall(0) })
		record("suspend", func() { clock.suspend(leap) })
		if err := mutagent.Shutdown(root); err != nil {
			panic(err)
		}
	}
}

// TestClockSteps: the wall clock is set, and the machine sleeps, while spans are
// open. Their duration is what the monotonic clock says: a suspend does not count,
// and a step changes nothing. What starts or happens afterwards has the new time at
// once, though the client is older.
func TestClockSteps(t *testing.T) {
	r := newReceiver(t)
	before := time.Now()
	_, stderr, code := child(t, r, "clock steps")
	require.Zero(t, code, stderr)
	spans := r.named()
	require.Len(t, spans, 12)
	for _, tt := range []struct {
		name          string
		before, after time.Duration // what the wall clock is ahead
	}{
		{"no step", 0, 0},
		{"forward", 0, leap},
		{"back", leap, 0},
		{"suspend", 0, leap},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := spans[tt.name]
			checkAhead(t, s.StartTime, before, tt.before)
			checkAhead(t, s.EndTime, before, tt.before)
			assert.Less(t, s.DurationMs, float64(leap.Milliseconds()/2), "of a span that was open for a moment")
			assert.Greater(t, s.DurationMs, 0.0)
			require.Len(t, s.Events, 3)
			checkAhead(t, s.Events[0].Timestamp, before, tt.before)
			checkAhead(t, s.Events[1].Timestamp, before, tt.after)
			checkAhead(t, s.Events[2].Timestamp, before, tt.after)
			for _, later := range []span{spans[tt.name+", child"], spans[tt.name+", next"]} {
				checkAhead(t, later.StartTime, before, tt.after)
				checkAhead(t, later.EndTime, before, tt.after)
			}
		})
	}
}

// checkAhead checks that text is a time between before and now on a clock that is
// ahead.
func checkAhead(t *testing.T, text string, before time.Time, ahead time.Duration) {
	t.Helper()
	at := moment(t, text).Add(-ahead)
	assert.False(t, at.Before(before.Truncate(time.Millisecond)), "%v is before %v", at, before)
	assert.False(t, at.After(time.Now()), "%v is yet to come", at)
}
