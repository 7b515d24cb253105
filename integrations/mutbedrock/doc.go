// Package mutbedrock traces calls of Amazon Bedrock models by the AWS SDK for Go,
// github.com/aws/aws-sdk-go-v2/service/bedrockruntime:
//
//	cfg.APIOptions = append(cfg.APIOptions, mutbedrock.Trace)
//
// See [Trace] for what is recorded.
package mutbedrock
