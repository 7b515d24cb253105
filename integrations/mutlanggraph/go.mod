module github.com/mutagent-io/mutagent-go/integrations/mutlanggraph

go 1.25.0

require (
	github.com/mutagent-io/mutagent-go v0.1.0
	github.com/smallnest/langgraphgo v0.8.5
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/dlclark/regexp2 v1.10.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/pkoukk/tiktoken-go v0.1.6 // indirect
	github.com/tmc/langchaingo v0.1.14 // indirect
	github.com/valyala/fastjson v1.6.10 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/mutagent-io/mutagent-go => ../..
