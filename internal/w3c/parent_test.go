package w3c_test

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/w3c"
)

const (
	id     = "12345678901234567890123456789012-1234567890123456"
	valid  = "00-" + id + "-01"
	keys   = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
	values = " !\"#$%&'()*+-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
)

// header returns headers given as "name: value".
func header(lines ...string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

// The cases of the W3C test harness for traceparent, in its order.
var parents = []struct {
	name   string
	header http.Header
	ok     bool
}{
	{"both missing", header(), false},
	{"tracestate missing", header("traceparent: " + valid), true},
	{"duplicated", header("traceparent: "+valid, "traceparent: "+valid), false},
	{"header name, dash", header("trace-parent: " + valid), false},
	{"header name, dot", header("trace.parent: " + valid), false},
	{"header name, casing", header("TrAcEpArEnT: " + valid), true},
	{"header name, capitals", header("TRACEPARENT: " + valid), true},
	{"version 00, more after it", header("traceparent: " + valid + "."), false},
	{"version 00, more after a dash", header("traceparent: " + valid + "-what-the-future-will-be-like"), false},
	{"version cc", header("traceparent: cc-" + id + "-01"), true},
	{"version cc, more after a dash", header("traceparent: cc-" + id + "-01-what-the-future-will-be-like"), true},
	{"version cc, more after a dot", header("traceparent: cc-" + id + "-01.what-the-future-will-be-like"), false},
	{"version ff", header("traceparent: ff-" + id + "-01"), false},
	{"version, illegal first character", header("traceparent: .0-" + id + "-01"), false},
	{"version, illegal second character", header("traceparent: 0.-" + id + "-01"), false},
	{"version too long", header("traceparent: 000-" + id + "-01"), false},
	{"version much too long", header("traceparent: 0000-" + id + "-01"), false},
	{"version too short", header("traceparent: 0-" + id + "-01"), false},
	{"trace id all zero", header("traceparent: 00-00000000000000000000000000000000-1234567890123456-01"), false},
	{"trace id, illegal first character", header("traceparent: 00-.2345678901234567890123456789012-1234567890123456-01"), false},
	{"trace id, illegal last character", header("traceparent: 00-1234567890123456789012345678901.-1234567890123456-01"), false},
	{"trace id too long", header("traceparent: 00-123456789012345678901234567890123-1234567890123456-01"), false},
	{"trace id too short", header("traceparent: 00-1234567890123456789012345678901-1234567890123456-01"), false},
	{"parent id all zero", header("traceparent: 00-12345678901234567890123456789012-0000000000000000-01"), false},
	{"parent id, illegal first character", header("traceparent: 00-12345678901234567890123456789012-.234567890123456-01"), false},
	{"parent id, illegal last character", header("traceparent: 00-12345678901234567890123456789012-123456789012345.-01"), false},
	{"parent id too long", header("traceparent: 00-12345678901234567890123456789012-12345678901234567-01"), false},
	{"parent id too short", header("traceparent: 00-12345678901234567890123456789012-123456789012345-01"), false},
	{"flags, illegal first character", header("traceparent: 00-" + id + "-.0"), false},
	{"flags, illegal second character", header("traceparent: 00-" + id + "-0."), false},
	{"flags too long", header("traceparent: 00-" + id + "-001"), false},
	{"flags too short", header("traceparent: 00-" + id + "-1"), false},
	{"space before", header("traceparent:  " + valid), true},
	{"tab before", header("traceparent: \t" + valid), true},
	{"space behind", header("traceparent: " + valid + " "), true},
	{"tab behind", header("traceparent: " + valid + "\t"), true},
	{"white space around", header("traceparent: \t " + valid + " \t"), true},
	{"only a tracestate", header("tracestate: foo=1"), false},
	{"only a longer tracestate", header("tracestate: foo=1,bar=2"), false},
	{"random flag", header("traceparent: 00-" + id + "-02"), true},
	// Cases that the harness does not have.
	{"capitals in the trace id", header("traceparent: 00-ABCDEF78901234567890123456789012-1234567890123456-01"), false},
	{"capitals in the parent id", header("traceparent: 00-12345678901234567890123456789012-ABCDEF7890123456-01"), false},
	{"capitals in the flags", header("traceparent: 00-" + id + "-0A"), false},
	{"capitals in the version", header("traceparent: CC-" + id + "-01"), false},
	{"wrong delimiter", header("traceparent: 00_" + id + "-01"), false},
	{"two in one header", header("traceparent: " + valid + "," + valid), false},
	{"duplicated, one of them empty", header("traceparent: "+valid, "traceparent: "), false},
	{"empty", header("traceparent: "), false},
}

func TestParent(t *testing.T) {
	for _, c := range parents {
		t.Run(c.name, func(t *testing.T) {
			p, ok := w3c.Extract(c.header)
			assert.Equal(t, c.ok, ok)
			if !ok {
				assert.Zero(t, p)
				return
			}
			assert.Equal(t, id, hex.EncodeToString(p.TraceID[:])+"-"+hex.EncodeToString(p.SpanID[:]))
		})
	}
}

// The cases of the W3C test harness for tracestate, in its order. state is what is
// propagated, "" if the headers are discarded.
var states = []struct {
	name    string
	headers []string
	state   string
}{
	{"included", []string{"tracestate: foo=1,bar=2"}, "foo=1,bar=2"},
	{"header name, dash", []string{"trace-state: foo=1"}, ""},
	{"header name, dot", []string{"trace.state: foo=1"}, ""},
	{"header name, casing", []string{"TrAcEsTaTe: foo=1"}, "foo=1"},
	{"header name, capitals", []string{"TRACESTATE: foo=1"}, "foo=1"},
	{"empty header", []string{"tracestate: "}, ""},
	{"empty header behind", []string{"tracestate: foo=1", "tracestate: "}, "foo=1"},
	{"empty header before", []string{"tracestate: ", "tracestate: foo=1"}, "foo=1"},
	{"several headers", []string{"tracestate: foo=1,bar=2", "tracestate: rojo=1,congo=2", "tracestate: baz=3"}, "foo=1,bar=2,rojo=1,congo=2,baz=3"},
	{"the same member twice", []string{"tracestate: foo=1,foo=1"}, "foo=1"},
	{"a key twice", []string{"tracestate: foo=1,foo=2"}, "foo=1"},
	{"the same member in two headers", []string{"tracestate: foo=1", "tracestate: foo=1"}, "foo=1"},
	{"a key in two headers", []string{"tracestate: foo=1", "tracestate: foo=2"}, "foo=1"},
	{"all legal characters", []string{"tracestate: " + keys + "=" + values}, keys + "=" + values},
	{"all legal characters and a vendor", []string{"tracestate: " + keys + "@a-z0-9_-*/=" + values}, keys + "@a-z0-9_-*/=" + values},
	{"spaces around commas", []string{"tracestate: foo=1 \t , \t bar=2, \t baz=3"}, "foo=1,bar=2,baz=3"},
	{"tabs around commas", []string{"tracestate: foo=1\t \t,\t \tbar=2,\t \tbaz=3"}, "foo=1,bar=2,baz=3"},
	{"space before", []string{"tracestate:  foo=1"}, "foo=1"},
	{"tab before", []string{"tracestate: \tfoo=1"}, "foo=1"},
	{"space behind", []string{"tracestate: foo=1 "}, "foo=1"},
	{"tab behind", []string{"tracestate: foo=1\t"}, "foo=1"},
	{"white space around", []string{"tracestate: \t foo=1 \t"}, "foo=1"},
	{"space in a key", []string{"tracestate: foo =1"}, ""},
	{"capitals in a key", []string{"tracestate: FOO=1"}, ""},
	{"dot in a key", []string{"tracestate: foo.bar=1"}, ""},
	{"at sign at the end of a key", []string{"tracestate: foo@=1,bar=2"}, "foo@=1,bar=2"},
	{"at sign at the start of a key", []string{"tracestate: @foo=1,bar=2"}, ""},
	{"two at signs", []string{"tracestate: foo@@bar=1,bar=2"}, "foo@@bar=1,bar=2"},
	{"at signs in several places", []string{"tracestate: foo@bar@baz=1,bar=2"}, "foo@bar@baz=1,bar=2"},
	{"32 members", []string{"tracestate: " + members(0, 10), "tracestate: " + members(10, 20), "tracestate: " + members(20, 32)}, members(0, 32)},
	{"33 members", []string{"tracestate: " + members(0, 10), "tracestate: " + members(10, 20), "tracestate: " + members(20, 33)}, ""},
	{"key of 256 characters", []string{"tracestate: foo=1", "tracestate: " + long("z", 256) + "=1"}, "foo=1," + long("z", 256) + "=1"},
	{"key of 257 characters", []string{"tracestate: foo=1", "tracestate: " + long("z", 257) + "=1"}, ""},
	{"long tenant and vendor", []string{"tracestate: foo=1", "tracestate: " + long("t", 241) + "@" + long("v", 14) + "=1"}, "foo=1," + long("t", 241) + "@" + long("v", 14) + "=1"},
	{"longer tenant", []string{"tracestate: foo=1", "tracestate: " + long("t", 242) + "@v=1"}, "foo=1," + long("t", 242) + "@v=1"},
	{"longer vendor", []string{"tracestate: foo=1", "tracestate: t@" + long("v", 15) + "=1"}, "foo=1,t@" + long("v", 15) + "=1"},
	{"equals sign in a value", []string{"tracestate: foo=bar=baz"}, ""},
	{"empty value", []string{"tracestate: foo=,bar=3"}, ""},
	// Cases that the harness does not have.
	{"empty members", []string{"tracestate: , foo=1,,\t,bar=2,"}, "foo=1,bar=2"},
	{"nothing but empty members", []string{"tracestate: , ,", "tracestate: \t"}, ""},
	{"33 members, one of them twice", []string{"tracestate: " + members(0, 32) + ",bar00=0"}, ""},
	{"value of 256 characters", []string{"tracestate: foo=" + long("v", 256)}, "foo=" + long("v", 256)},
	{"value of 257 characters", []string{"tracestate: foo=" + long("v", 257)}, ""},
	{"space before a value", []string{"tracestate: foo= 1"}, "foo= 1"},
	{"value of spaces", []string{"tracestate: foo=  "}, ""},
	{"tab in a value", []string{"tracestate: foo=1\t2"}, ""},
	{"UTF-8 in a value", []string{"tracestate: foo=é"}, ""},
	{"no value", []string{"tracestate: foo"}, ""},
	{"no key", []string{"tracestate: =1"}, ""},
	{"digit at the start of a key", []string{"tracestate: 0foo=1"}, "0foo=1"},
	{"a key that begins like another", []string{"tracestate: foo=1,foobar=2,fo=3"}, "foo=1,foobar=2,fo=3"},
	{"more than 512 characters", []string{"tracestate: " + members(0, 16) + ",foo=" + long("v", 256) + ",bar=" + long("v", 256)}, members(0, 16) + ",foo=" + long("v", 256) + ",bar=" + long("v", 256)},
}

func long(s string, n int) string { return strings.Repeat(s, n) }

// members returns numbered members, from first up to but not including end.
func members(first, end int) string {
	var list []string
	for i := first; i < end; i++ {
		n := string([]byte{'0' + byte(i/10), '0' + byte(i%10)})
		list = append(list, "bar"+n+"="+n)
	}
	return strings.Join(list, ",")
}

func TestState(t *testing.T) {
	for _, c := range states {
		t.Run(c.name, func(t *testing.T) {
			p, ok := w3c.Extract(header(append(c.headers, "traceparent: "+valid)...))
			require.True(t, ok, "a tracestate does no harm to the traceparent")
			assert.Equal(t, c.state, p.State)
		})
	}
}

func TestFlags(t *testing.T) {
	for flags, want := range map[string]byte{"00": 0, "01": w3c.Sampled, "02": w3c.Random, "03": w3c.Sampled | w3c.Random, "fc": 0, "ff": w3c.Sampled | w3c.Random} {
		p, ok := w3c.Extract(header("traceparent: 00-" + id + "-" + flags))
		require.True(t, ok)
		assert.Equal(t, want, p.Flags, "flags %s", flags)
	}
}

func parent() w3c.Parent {
	return w3c.Parent{TraceID: [16]byte{0: 0xab, 15: 1}, SpanID: [8]byte{0: 0xcd, 7: 2}, Flags: w3c.Sampled | w3c.Random, State: "foo=1,bar=2"}
}

const injected = "00-ab000000000000000000000000000001-cd00000000000002-03"

func TestInject(t *testing.T) {
	h := http.Header{}
	w3c.Inject(h, parent())
	assert.Equal(t, header("traceparent: "+injected, "tracestate: foo=1,bar=2"), h)
}

func TestInjectReplaces(t *testing.T) {
	h := header("traceparent: "+valid, "traceparent: "+valid, "tracestate: old=1", "tracestate: old=2", "accept: */*")
	p := parent()
	p.State = ""
	w3c.Inject(h, p)
	assert.Equal(t, header("traceparent: "+injected, "accept: */*"), h)
}

func TestInjectUnknownFlags(t *testing.T) {
	h := http.Header{}
	p := parent()
	p.Flags = 0xff
	w3c.Inject(h, p)
	assert.Equal(t, injected, h.Get("traceparent"))
}

func TestInjectNobody(t *testing.T) {
	h := header("traceparent: " + valid)
	w3c.Inject(h, w3c.Parent{TraceID: parent().TraceID})
	w3c.Inject(h, w3c.Parent{SpanID: parent().SpanID})
	assert.Equal(t, header("traceparent: "+valid), h)
}
