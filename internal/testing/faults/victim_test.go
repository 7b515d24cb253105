package faults_test

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/mutagent-io/mutagent-go"
)

// victim is the program that is killed. It logs every ended span, each with one write.
// Before that, nothing about the span is outside of the client. It logs its progress in
// these lines:
//
//	ended <trace> <span> <when>
//	flush <n>
//	flushed <n>
func victim() {
	journal, err := os.OpenFile(os.Getenv("FAULTS_JOURNAL"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(err)
	fmt.Println("up") // the kill may come from now on
	var opts mutagent.Options
	spoolNamed(os.Getenv("FAULTS_SPOOL")).use(&opts, os.Getenv("FAULTS_DIR"))
	c, err := mutagent.New(&opts)
	must(err)

	rate, err := strconv.Atoi(os.Getenv("FAULTS_RATE"))
	must(err)
	if rate == 0 {
		heir(c)
	}
	load := startLoad(c, "victim "+strconv.Itoa(os.Getpid()), rate, func(s *mutagent.Span) {
		fmt.Fprintf(journal, "ended %s %s %d\n", s.TraceID(), s.SpanID(), now())
	})
	for n := 0; ; n++ {
		load.await(rate / 10)
		fmt.Fprintf(journal, "flush %d\n", n)
		if c.Flush(context.Background()) == nil {
			fmt.Fprintf(journal, "flushed %d\n", n)
		}
	}
}

// heir delivers what other processes have left, until it is killed.
func heir(c *mutagent.Client) {
	_ = c.Flush(context.Background())
	select {}
}

func spoolNamed(name string) spool {
	for _, s := range spools {
		if s.name == name {
			return s
		}
	}
	panic("no spool " + name)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
