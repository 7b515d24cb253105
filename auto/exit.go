package auto

import (
	"fmt"
	"log"

	"github.com/mutagent-io/mutagent-go"
)

// Fatal is [log.Fatal] for a program that has traces to deliver.
func Fatal(v ...any) { fatal(fmt.Sprint(v...)) }

// Fatalf is [log.Fatalf] for a program that has traces to deliver.
func Fatalf(format string, v ...any) { fatal(fmt.Sprintf(format, v...)) }

// Fatalln is [log.Fatalln] for a program that has traces to deliver.
func Fatalln(v ...any) { fatal(fmt.Sprintln(v...)) }

// fatal prints the line as one of the caller of the exported function.
func fatal(line string) {
	_ = log.Output(3, line)
	mutagent.Exit(1)
}
