package auto

import (
	"fmt"
	"log"

	"github.com/mutagent-io/mutagent-go"
)

// Fatal is like [log.Fatal], but delivers spans before the program exits.
func Fatal(v ...any) { fatal(fmt.Sprint(v...)) }

// Fatalf is like [log.Fatalf], but delivers spans before the program exits.
func Fatalf(format string, v ...any) { fatal(fmt.Sprintf(format, v...)) }

// Fatalln is like [log.Fatalln], but delivers spans before the program exits.
func Fatalln(v ...any) { fatal(fmt.Sprintln(v...)) }

// fatal prints the line with the call site of the exported function.
func fatal(line string) {
	_ = log.Output(3, line)
	mutagent.Exit(1)
}
