package mutbedrock

import (
	"io"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// An operation is a request to a model.
type operation struct {
	model  string
	end    string // end of its path
	stream bool
	body   []byte // body of InvokeModel, which is passed on unchanged
}

// operationOf returns the operation of params, if it requests an answer of a model.
func operationOf(params any) (operation, bool) {
	switch in := params.(type) {
	case *bedrockruntime.ConverseInput:
		return operation{model: aws.ToString(in.ModelId), end: "converse"}, true
	case *bedrockruntime.ConverseStreamInput:
		return operation{model: aws.ToString(in.ModelId), end: "converse-stream", stream: true}, true
	case *bedrockruntime.InvokeModelInput:
		return operation{model: aws.ToString(in.ModelId), end: "invoke", body: in.Body}, true
	case *bedrockruntime.InvokeModelWithResponseStreamInput:
		return operation{model: aws.ToString(in.ModelId), end: "invoke-with-response-stream", stream: true, body: in.Body}, true
	}
	return operation{}, false
}

// reader returns the reader of request and response. It is selected by Bedrock's path
// for the operation, regardless of the address that the client calls.
func (op *operation) reader() *genai.Call {
	model := op.model
	if model == "" { // the SDK will reject that
		model = "none"
	}
	read := genai.Recognise(&url.URL{Scheme: "https", Host: "bedrock-runtime.amazonaws.com", Path: "/model/" + model + "/" + op.end})
	read.Asked = op.model
	return read
}

// written returns the body of a request that the SDK has written, and restores its read
// position.
func written(req *smithyhttp.Request) *genai.Excerpt {
	body, ok := req.GetStream().(io.ReadSeeker)
	if !ok {
		return nil
	}
	at, err := body.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil
	}
	e := new(genai.Excerpt)
	_, err = io.Copy(e, body)
	if _, back := body.Seek(at, io.SeekStart); err != nil || back != nil {
		return nil
	}
	return e
}
