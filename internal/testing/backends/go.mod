module github.com/mutagent-io/mutagent-go/internal/testing/backends

go 1.25

require (
	github.com/mutagent-io/mutagent-go v0.1.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/valyala/fastjson v1.6.10 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/mutagent-io/mutagent-go => ../../..
