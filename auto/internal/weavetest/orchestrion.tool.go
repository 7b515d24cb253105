//go:build tools

package tools

import (
	_ "github.com/DataDog/orchestrion"
	_ "github.com/mutagent-io/mutagent-go/auto" // integration
)
