package freeze

import "log/slog"

// Upsert adds a to attrs, or replaces the attribute with the same key.
func Upsert(attrs []slog.Attr, a slog.Attr) []slog.Attr {
	if i := find(attrs, a.Key); i >= 0 {
		attrs[i] = a
		return attrs
	}
	return append(attrs, a)
}

// Merge is Upsert for each of more. It may keep the memory of more.
func Merge(attrs, more []slog.Attr) []slog.Attr {
	if attrs == nil {
		attrs = more[:0] // the write position never passes the read position
	}
	if len(attrs)+len(more) <= few {
		for _, a := range more {
			attrs = Upsert(attrs, a)
		}
		return attrs
	}
	at := places(attrs)
	for _, a := range more {
		if i, ok := at[a.Key]; ok {
			attrs[i] = a
		} else {
			at[a.Key] = len(attrs)
			attrs = append(attrs, a)
		}
	}
	return attrs
}

// Growth returns how many bytes Merge adds. It counts the last attribute of each key in
// more, minus the attributes that it replaces.
func Growth(attrs, more []slog.Attr) int {
	size := 0
	if len(attrs)+len(more) <= few {
		for i, a := range more {
			if find(more[i+1:], a.Key) < 0 {
				size += Size(a) - sizeAt(attrs, find(attrs, a.Key))
			}
		}
		return size
	}
	before, last := places(attrs), places(more)
	for i, a := range more {
		if last[a.Key] != i {
			continue
		}
		size += Size(a)
		if j, ok := before[a.Key]; ok {
			size -= Size(attrs[j])
		}
	}
	return size
}

// few is the largest number of attributes for a linear search.
const few = 32

func find(attrs []slog.Attr, key string) int {
	for i := range attrs {
		if attrs[i].Key == key {
			return i
		}
	}
	return -1
}

func sizeAt(attrs []slog.Attr, i int) int {
	if i < 0 {
		return 0
	}
	return Size(attrs[i])
}

// places returns the index of each key; the last one wins.
func places(attrs []slog.Attr) map[string]int {
	at := make(map[string]int, len(attrs))
	for i := range attrs {
		at[attrs[i].Key] = i
	}
	return at
}
