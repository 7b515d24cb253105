module github.com/mutagent-io/mutagent-go

go 1.25

require (
	github.com/google/uuid v1.6.0
	github.com/valyala/fastjson v1.6.10
)

require (
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
