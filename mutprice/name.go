package mutprice

import (
	"slices"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// plain returns the name of a model without prefixes that are not part of it.
func plain(c *price.Call, name string) string {
	if i := strings.LastIndex(name, "models/"); i >= 0 { // Google's collections
		name = name[i+len("models/"):]
	}
	if strings.EqualFold(c.Host, vercel) {
		_, after, ok := strings.Cut(name, "/")
		if ok {
			return after
		}
	}
	return name
}

// same reports whether two names are those of one model, ignoring the vendor, the date,
// -latest or -preview, and the order of the words.
func same(a, b string) bool { return slices.Equal(words(a), words(b)) }

func words(name string) []string {
	name = strings.ToLower(name[strings.LastIndex(name, "/")+1:])
	all := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_.@ ", r) })
	for i := 0; i < len(all); i++ {
		if i+3 <= len(all) && isDay(strings.Join(all[i:i+3], "")) {
			all = slices.Delete(all, i, i+3)
			i--
		}
	}
	all = slices.DeleteFunc(all, func(w string) bool { return w == "latest" || w == "preview" || isDay(w) })
	slices.Sort(all)
	return all
}

func isDay(s string) bool {
	_, err := time.Parse("20060102", s)
	return err == nil
}
