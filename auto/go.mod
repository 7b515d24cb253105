module github.com/mutagent-io/mutagent-go/auto

go 1.25

require github.com/mutagent-io/mutagent-go v0.1.0

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/valyala/fastjson v1.6.10 // indirect
)

replace github.com/mutagent-io/mutagent-go => ../
