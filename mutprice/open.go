package mutprice

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// environment names the price file, unless the program opens another.
const environment = "MUTAGENT_PRICES"

// maxFile is many times the size of upstream's file.
const maxFile = 64 << 20

var (
	opened  atomic.Pointer[table]
	initial = sync.OnceValue(fromEnvironment)
)

// current returns the table in use.
func current() *table {
	if t := opened.Load(); t != nil {
		return t
	}
	return initial()
}

// fromEnvironment returns the table of the file that the environment names, or the
// embedded one. An invalid file is reported once.
func fromEnvironment() *table {
	path := os.Getenv(environment)
	if path == "" {
		return embedded()
	}
	t, err := readFile(path)
	if err != nil {
		t = embedded()
		fmt.Fprintf(os.Stderr, "mutprice: %s: %v; the prices of %s %s stay in force\n", environment, err, t.source, t.version)
	}
	return t
}

// Open replaces the price table with the one in a file, which is upstream's
// prices/data.json as it is. The file is read and checked as a whole first; on an error
// the prices do not change. Open takes precedence over MUTAGENT_PRICES.
func Open(path string) error {
	t, err := readFile(path)
	if err != nil {
		return fmt.Errorf("mutprice: %w", err)
	}
	opened.Store(t)
	return nil
}

// Load is like [Open], with the table read from r. The limit is 64 MiB.
func Load(r io.Reader) error {
	t, err := read(r)
	if err != nil {
		return fmt.Errorf("mutprice: the prices: %w", err)
	}
	opened.Store(t)
	return nil
}

func readFile(path string) (*table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// read parses a table. Its version is the beginning of its SHA-256, because upstream's
// file has no version.
func read(r io.Reader) (*table, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("more than %d MiB", maxFile>>20)
	}
	t, err := parse(text)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	t.source, t.version = "file", hex.EncodeToString(sum[:6])
	return t, nil
}
