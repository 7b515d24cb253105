package mutprice

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A clause matches names of models. One of its members is set.
type clause struct {
	Equals     string   `json:"equals"`
	StartsWith string   `json:"starts_with"`
	EndsWith   string   `json:"ends_with"`
	Contains   string   `json:"contains"`
	Regex      string   `json:"regex"`
	Or         []clause `json:"or"`
	And        []clause `json:"and"`

	not, is *regexp.Regexp // of Regex
}

// ready prepares a clause for matching, or returns why it is invalid.
func (c *clause) ready() error {
	set := 0
	for _, text := range []*string{&c.Equals, &c.StartsWith, &c.EndsWith, &c.Contains} {
		if *text != "" {
			*text = strings.ToLower(*text)
			set++
		}
	}
	if c.Regex != "" {
		set++
		if err := c.compile(); err != nil {
			return err
		}
	}
	for _, list := range [][]clause{c.Or, c.And} {
		if list != nil {
			set++
		}
		for i := range list {
			if err := list[i].ready(); err != nil {
				return err
			}
		}
	}
	if set != 1 {
		return errors.New("a match is one of equals, starts_with, ends_with, contains, regex, or, and")
	}
	return nil
}

// compile parses a Python regular expression. Of the features that Go lacks, only one
// is in use: ^(?!X)Y, which matches Y, and not ^X.
func (c *clause) compile() (err error) {
	is := c.Regex
	if rest, ok := strings.CutPrefix(is, "^(?!"); ok {
		end := closing(rest)
		if end < 0 {
			return fmt.Errorf("the regular expression %q does not close a parenthesis", is)
		}
		if c.not, err = regexp.Compile("^(?:" + rest[:end] + ")"); err != nil {
			return err
		}
		is = "^(?:" + rest[end+1:] + ")"
	}
	c.is, err = regexp.Compile(is)
	return err
}

// closing returns the index of the parenthesis that closes the one at the start of s,
// or -1.
func closing(s string) int {
	depth, class := 1, false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case class:
			class = s[i] != ']'
		case s[i] == '[':
			class = true
		case s[i] == '(':
			depth++
		case s[i] == ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// matches reports whether a lower-case name matches.
func (c *clause) matches(name string) bool {
	switch {
	case c.Equals != "":
		return name == c.Equals
	case c.StartsWith != "":
		return strings.HasPrefix(name, c.StartsWith)
	case c.EndsWith != "":
		return strings.HasSuffix(name, c.EndsWith)
	case c.Contains != "":
		return strings.Contains(name, c.Contains)
	case c.is != nil:
		return (c.not == nil || !c.not.MatchString(name)) && c.is.MatchString(name)
	case c.Or != nil:
		for i := range c.Or {
			if c.Or[i].matches(name) {
				return true
			}
		}
		return false
	}
	for i := range c.And {
		if !c.And[i].matches(name) {
			return false
		}
	}
	return true
}
