module github.com/mutagent-io/mutagent-go/integrations/mutbedrock

go 1.25

replace github.com/mutagent-io/mutagent-go => ../..

require (
	github.com/aws/aws-sdk-go-v2 v1.45.1
	github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream v1.7.20
	github.com/aws/aws-sdk-go-v2/service/bedrockruntime v1.60.0
	github.com/aws/smithy-go v1.28.1
	github.com/mutagent-io/mutagent-go v0.1.0
	github.com/stretchr/testify v1.12.1
)

require (
	github.com/aws/aws-sdk-go-v2/internal/configsources v1.5.1 // indirect
	github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.8.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/valyala/fastjson v1.6.10 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)
