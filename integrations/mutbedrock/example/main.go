// Example asks a Bedrock model a question and streams the answer. It runs without AWS
// and without a network: the model is part of the program, and implements Bedrock's
// protocol.
//
//	go run ./example
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutbedrock"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	rec := new(mutest.Recorder)
	receiver := httptest.NewServer(rec)
	defer receiver.Close()
	if err := mutagent.Init(&mutagent.Options{APIKey: "mt_example", Endpoint: receiver.URL}); err != nil {
		return err
	}

	// A real program gets its aws.Config from config.LoadDefaultConfig.
	cfg := aws.Config{Region: "eu-north-1", HTTPClient: model{}, Credentials: aws.CredentialsProviderFunc(nobody)}
	cfg.APIOptions = append(cfg.APIOptions, mutbedrock.Trace) // this line adds tracing
	err := answer(ctx, stdout, bedrockruntime.NewFromConfig(cfg), "Where is my order?")

	if err = errors.Join(err, mutagent.Shutdown(ctx)); err != nil {
		return err
	}
	return rec.WriteTree(stdout)
}

func nobody(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "nobody", SecretAccessKey: "none"}, nil
}

// answer prints the model's answer as it arrives.
func answer(ctx context.Context, stdout io.Writer, client *bedrockruntime.Client, question string) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end(&err)
	out, err := client.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{
		ModelId: aws.String("amazon.nova-lite-v1:0"),
		System:  []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: "Be brief."}},
		Messages: []types.Message{{
			Role:    types.ConversationRoleUser,
			Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: question}},
		}},
		InferenceConfig: &types.InferenceConfiguration{Temperature: aws.Float32(0.2)},
	})
	if err != nil {
		return err
	}
	stream := out.GetStream()
	for e := range stream.Events() {
		if d, ok := e.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
			if text, ok := d.Value.Delta.(*types.ContentBlockDeltaMemberText); ok {
				fmt.Fprint(stdout, text.Value)
			}
		}
	}
	fmt.Fprint(stdout, "\n\n")
	return stream.Close()
}
