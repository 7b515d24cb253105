package config

import (
	"fmt"
	"os"
	"strconv"
)

// Bool reads a variable that is true, false or not set.
func Bool(name string) (bool, error) {
	text := os.Getenv(name)
	if text == "" {
		return false, nil
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("%s is %q; set it to true or false", name, text)
	}
	return v, nil
}
