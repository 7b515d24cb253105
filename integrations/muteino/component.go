package muteino

import (
	"github.com/cloudwego/eino/adk"
	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components"
	"github.com/cloudwego/eino/components/embedding"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/retriever"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/compose"

	"github.com/mutagent-io/mutagent-go"
)

// componentOf returns the kind of the component. A component that is called directly
// may have no info; then the type of the input determines the kind.
func componentOf(info *callbacks.RunInfo, input any) components.Component {
	if info != nil {
		return info.Component
	}
	switch input.(type) {
	case *model.CallbackInput:
		return components.ComponentOfChatModel
	case *tool.CallbackInput:
		return components.ComponentOfTool
	case *retriever.CallbackInput:
		return components.ComponentOfRetriever
	case *embedding.CallbackInput:
		return components.ComponentOfEmbedding
	}
	return ""
}

func kindOf(component components.Component) mutagent.Kind {
	switch component {
	case components.ComponentOfChatModel, components.ComponentOfAgenticModel:
		return mutagent.KindLLMChat
	case components.ComponentOfEmbedding:
		return mutagent.KindLLMEmbedding
	case components.ComponentOfRetriever:
		return mutagent.KindRetrieval
	case components.ComponentOfTool:
		return mutagent.KindTool
	case adk.ComponentOfAgent, adk.ComponentOfAgenticAgent:
		return mutagent.KindAgent
	case compose.ComponentOfGraph, compose.ComponentOfWorkflow:
		return mutagent.KindGraph
	case compose.ComponentOfChain:
		return mutagent.KindChain
	case "":
		return mutagent.KindCustom
	}
	return mutagent.KindNode // lambdas, prompts, tools nodes, loaders, …
}

// nameOf returns the name of a node, or the name of its type in eino's form, such as
// OpenAIChatModel.
func nameOf(info *callbacks.RunInfo, component components.Component) string {
	switch {
	case info == nil:
		return string(component)
	case info.Name != "":
		return info.Name
	}
	return info.Type + string(info.Component)
}
