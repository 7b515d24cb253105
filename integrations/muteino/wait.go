package muteino

import (
	"context"
	"sync"
)

// streams counts the goroutines that read streams.
var streams struct {
	sync.Mutex
	reading int
	idle    chan struct{} // closed when no goroutine reads any more, nil if nobody waits
}

// background runs read in a goroutine; Wait waits for it.
func background(read func()) {
	streams.Lock()
	streams.reading++
	streams.Unlock()
	go func() {
		defer func() {
			streams.Lock()
			defer streams.Unlock()
			if streams.reading--; streams.reading == 0 && streams.idle != nil {
				close(streams.idle)
				streams.idle = nil
			}
		}()
		read()
	}()
}

// Wait waits until all streams that have started are recorded, or until ctx ends, and
// then returns the cause. A stream is recorded shortly after it has ended.
func Wait(ctx context.Context) error {
	streams.Lock()
	if streams.reading == 0 {
		streams.Unlock()
		return nil
	}
	if streams.idle == nil {
		streams.idle = make(chan struct{})
	}
	idle := streams.idle
	streams.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
