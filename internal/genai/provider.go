package genai

import (
	"log/slog"
	"net/url"
	"strings"
)

// A provider is a service with the facts by which its calls are recognized. Each has a
// file, which also has the protocols of this provider only.
type provider struct {
	name     string   // OpenTelemetry's gen_ai.provider.name if there is one; empty: that of the protocol's inventor
	hosts    []string // domains, including subdomains; * matches anything; ":80" is a port
	paths    []path   // paths at its own hosts
	anywhere []path   // paths that other providers have, too; they match at every host

	reasoningApart  bool // the output in its usage excludes reasoning
	reasoningWithin bool // the output in its usage includes reasoning, however large that is
}

// A path matches the end of a call's path. {model} matches the model. An empty end
// matches a URL without a path.
type path struct {
	end      string
	protocol *protocol
}

// providers are all known providers.
var providers []*provider

// provide registers a provider.
func provide(p provider) *provider {
	providers = append(providers, &p)
	return &p
}

// Recognise returns a call of the service at u by its URL, or nil if the URL is
// unknown. The request's body decides whether it is such a call.
func Recognise(u *url.URL) *Call {
	at := strings.TrimRight(u.Path, "/")
	host := providerAt(u)
	of, found, model := host, path{}, ""
	if host != nil {
		found, model = longest(at, host.paths)
	}
	if found.protocol == nil {
		of, found, model = anybody(at)
	}
	if found.protocol == nil && host == nil {
		return nil
	}
	c := &Call{host: host, Provider: nameOf(host, of), Asked: model, address: u.Host, path: at, named: model}
	if found.protocol == nil {
		c.other()
		return c
	}
	c.Stream = strings.Contains(strings.ToLower(found.end), "stream")
	c.speak(found.protocol)
	if model == "" {
		c.Asked = deployment(at)
	}
	if c.Asked == "" && strings.Contains(u.RawQuery, "model=") {
		c.Asked = u.Query().Get("model") // at Deepgram
	}
	return c
}

// anybody finds the path at any host among those that several providers have. The
// longest match wins.
func anybody(at string) (of *provider, found path, model string) {
	for _, p := range providers {
		if f, m := longest(at, p.anywhere); len(f.end) > len(found.end) {
			of, found, model = p, f, m
		}
	}
	return of, found, model
}

// nameOf returns the name of the provider at the host, or else of the path's inventor.
// A gateway without a name counts as OpenAI.
func nameOf(host, of *provider) string {
	for _, p := range []*provider{host, of} {
		if p != nil && p.name != "" {
			return p.name
		}
	}
	return "openai"
}

// longest returns the longest matching end of a path, and the model in it.
func longest(at string, ends []path) (found path, model string) {
	for _, end := range ends {
		if m, ok := end.match(at); ok && (found.protocol == nil || len(end.end) > len(found.end)) {
			found, model = end, m
		}
	}
	return found, model
}

func (p path) match(at string) (model string, ok bool) {
	before, after, named := strings.Cut(p.end, "{model}")
	switch {
	case p.end == "":
		return "", at == ""
	case !named:
		return "", strings.HasSuffix(at, p.end)
	}
	at, ok = strings.CutSuffix(at, after)
	i := strings.LastIndex(at, before)
	if !ok || i < 0 {
		return "", false
	}
	model = at[i+len(before):]
	return model, model != ""
}

// providerAt returns the provider at u, or nil.
func providerAt(u *url.URL) *provider {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	for _, p := range providers {
		for _, h := range p.hosts {
			if belongs(host, h) || port != "" && h == ":"+port {
				return p
			}
		}
	}
	return nil
}

// belongs reports whether a host is in a domain. Google's hosts have the region before
// a hyphen.
func belongs(host, domain string) bool {
	if before, after, wild := strings.Cut(domain, "*"); wild {
		return strings.HasPrefix(host, before) && strings.HasSuffix(host, after) && len(host) > len(before)+len(after)
	}
	prefix, ok := strings.CutSuffix(host, domain)
	return ok && (prefix == "" || strings.HasSuffix(prefix, ".") || strings.HasSuffix(prefix, "-"))
}

// deployment returns the deployment in a path of Azure, which takes the place of the
// model.
func deployment(at string) string {
	_, rest, _ := strings.Cut(at, "/openai/deployments/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// Other makes the call one of which only the provider is known. It returns false if the
// provider is unknown.
func (c *Call) Other() bool {
	if c.host == nil {
		return false
	}
	c.other()
	return true
}

func (c *Call) other() {
	c.speak(anything)
	c.attr(slog.String("http.request.method", "POST"))
	c.attr(slog.String("url.path", c.path))
}
