// Package page is the viewer's web page: ES modules without a build step, and without
// resources from another origin.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
)

//go:embed web
var files embed.FS

func web() fs.FS {
	sub, err := fs.Sub(files, "web")
	if err != nil {
		panic(err) // the directory is embedded
	}
	return sub
}

var importMap = regexp.MustCompile(`(?s)<script type="importmap">(.*?)</script>`)

// Handler serves the page at every path that is not one of its files: the path
// determines the view.
func Handler() http.Handler {
	index, err := files.ReadFile("web/index.html")
	if err != nil {
		panic(err)
	}
	policy := contentPolicy(index)
	etag := `"` + version() + `"`
	static := http.FileServerFS(web())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "the page is read only", http.StatusMethodNotAllowed)
			return
		}
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		h.Set("Etag", etag)
		if strings.HasPrefix(r.URL.Path, "/app/") || strings.HasPrefix(r.URL.Path, "/vendor/") || r.URL.Path == "/icon.svg" {
			if strings.HasSuffix(r.URL.Path, ".mjs") {
				h.Set("Content-Type", "text/javascript")
			}
			static.ServeHTTP(w, r)
			return
		}
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.Write(index)
	})
}

// contentPolicy allows only the page's own files and, by its hash, its import map.
func contentPolicy(index []byte) string {
	sum := sha256.Sum256(importMap.FindSubmatch(index)[1])
	return "default-src 'none'; script-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// version returns a hash that changes with any file of the page.
func version() string {
	hash := sha256.New()
	fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, _ := files.ReadFile(path)
			fmt.Fprintln(hash, path, len(b))
			hash.Write(b)
		}
		return err
	})
	return fmt.Sprintf("%x", hash.Sum(nil)[:8])
}

var specifier = regexp.MustCompile(`"([^"]+)": "(/(?:vendor|app)/[^"]+)"`)

// Export returns one file that shows a trace without a network. data is the JSON that
// the page would request from the server.
func Export(data []byte) ([]byte, error) {
	index, err := files.ReadFile("web/index.html")
	if err != nil {
		return nil, err
	}
	style, err := files.ReadFile("web/app/style.css")
	if err != nil {
		return nil, err
	}
	// Modules in data: URLs cannot import by path, so all of them import by name.
	imports := specifier.ReplaceAllFunc(importMap.FindSubmatch(index)[1], func(line []byte) []byte {
		m := specifier.FindSubmatch(line)
		code, readErr := files.ReadFile("web" + string(m[2]))
		if readErr != nil {
			err = readErr
		}
		return fmt.Appendf(nil, `"%s": "data:text/javascript;base64,%s"`, m[1], base64.StdEncoding.EncodeToString(code))
	})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>trace</title>` +
		`<meta name="viewport" content="width=device-width, initial-scale=1">` +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:">` +
		"<style>\n")
	b.Write(style)
	b.WriteString("</style>\n<script type=\"importmap\">")
	b.Write(imports)
	b.WriteString("</script>\n<script type=\"application/json\" id=\"trace\">")
	b.Write(bytes.ReplaceAll(data, []byte("<"), []byte(`\u003c`))) // no text in the data can end the script
	b.WriteString("</script>\n</head><body><div id=\"app\"></div><script type=\"module\">import \"mutview/main\"</script></body></html>\n")
	return b.Bytes(), nil
}
