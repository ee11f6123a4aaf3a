// Package arch holds the imports between akin's packages to a table.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// allowed lists, for each package, all that its code may import beyond the
// standard library: akin's own packages and other modules. A name that ends in
// /... stands for what is below it too. Tests may import more.
//
// Imports point one way: main and the Lambdas wire web, infra and coverage to
// recommend, which knows text and index and nothing of HTTP, AWS or files.
var allowed = map[string][]string{
	".": {"akin/functions/akin"},

	"functions/akin": {
		"akin/functions/web/...", "akin/infra/...", "akin/recommend/...", "akin/testdata",
		"github.com/alecthomas/kong", "github.com/aws/aws-sdk-go-v2/config", "github.com/aws/aws-sdk-go-v2/service/dynamodb",
		"github.com/aws/smithy-go/logging",
		"github.com/schollz/progressbar/v3",
		"golang.org/x/sync/errgroup", "golang.org/x/term",
	},

	"recommend":          {"akin/recommend/text"},
	"recommend/store":    {},
	"recommend/engine":   {"akin/recommend/sources", "golang.org/x/net/idna", "akin/recommend", "akin/recommend/index", "akin/recommend/judge", "akin/recommend/parallel", "akin/recommend/store", "akin/recommend/text", "golang.org/x/sync/errgroup"},
	"recommend/preview":  {"akin/recommend", "akin/recommend/engine", "golang.org/x/sync/errgroup"},
	"recommend/coverage": {"akin/recommend/sources", "akin/recommend", "akin/recommend/parallel", "akin/recommend/engine", "akin/recommend/store"},
	"recommend/index":    {},
	"recommend/judge":    {},
	"recommend/sources":  {"akin/recommend", "akin/recommend/store"},
	"recommend/parallel": {},
	"recommend/text": {
		"github.com/blevesearch/snowballstem/...", "github.com/clipperhouse/uax29/v2/...",
		"github.com/kljensen/snowball/...", "golang.org/x/text/...",
	},

	"functions/api":   {"akin/functions/...", "akin/infra/...", "akin/recommend/...", "github.com/aws/aws-lambda-go/..."},
	"functions/draft": {"akin/functions/...", "akin/infra/...", "akin/recommend/...", "github.com/aws/aws-lambda-go/..."},
	"functions/publish": {
		"akin/functions/wire", "akin/infra/...", "github.com/aws/aws-lambda-go/...",
	},
	"functions/reindex": {
		"akin/functions/web/api", "akin/functions/web/serve", "akin/functions/wire", "akin/infra/...", "akin/recommend/...",
		"github.com/aws/aws-lambda-go/...", "github.com/aws/aws-sdk-go-v2/...",
	},
	"functions/source": {
		"akin/functions/wire", "akin/infra/...", "akin/recommend/...", "github.com/aws/aws-lambda-go/...",
	},
	"functions/wire":      {"akin/functions/web/serve", "akin/infra/...", "akin/recommend/...", "github.com/aws/aws-lambda-go/...", "github.com/aws/aws-sdk-go-v2/..."},
	"functions/web":       {"akin/functions/web/...", "akin/recommend", "akin/recommend/coverage", "akin/recommend/engine", "akin/recommend/preview"},
	"functions/web/serve": {"akin/recommend", "akin/recommend/engine", "github.com/klauspost/compress/..."},
	"functions/web/words": {"akin/recommend", "golang.org/x/text/..."},
	"functions/web/api": {
		"akin/recommend/sources",
		"akin/functions/web/serve", "akin/recommend", "akin/recommend/coverage", "akin/recommend/engine", "akin/recommend/preview",
		"github.com/danielgtaylor/huma/v2/...",
	},
	"functions/web/pages": {
		"akin/functions/web/serve", "akin/functions/web/words",
		"akin/recommend", "akin/recommend/engine", "akin/recommend/preview", "akin/recommend/text",
		"github.com/yuin/goldmark/...", "golang.org/x/sync/errgroup",
	},
	"functions/web/editors": {
		"akin/functions/web/pages", "akin/functions/web/serve", "akin/functions/web/words",
		"akin/recommend", "akin/recommend/coverage", "akin/recommend/engine", "akin/recommend/preview",
	},

	"infra/bolt":   {"akin/recommend/store", "go.etcd.io/bbolt/..."},
	"infra/dynamo": {"akin/recommend/store", "github.com/aws/aws-sdk-go-v2/...", "github.com/aws/smithy-go/...", "golang.org/x/sync/errgroup"},
	"infra/feed": {
		"akin/infra/feed/...", "akin/recommend", "github.com/klauspost/compress/...", "github.com/mmcdole/gofeed/...",
		"golang.org/x/net/html/...", "golang.org/x/text/...",
	},
	"infra/feed/entry":     {"akin/recommend", "akin/recommend/text", "golang.org/x/net/html/...", "golang.org/x/text/..."},
	"infra/feed/cms":       {"akin/infra/feed/entry", "akin/infra/feed/stream", "akin/recommend"},
	"infra/feed/stream":    {},
	"infra/feed/wordpress": {"akin/infra/feed/entry", "akin/infra/feed/stream", "akin/recommend", "akin/recommend/text"},
	"infra/feed/folder": {
		"akin/infra/feed/entry", "akin/recommend", "akin/recommend/text", "github.com/goccy/go-yaml", "github.com/pelletier/go-toml/v2",
		"github.com/yuin/goldmark/...", "golang.org/x/text/...",
	},
	"infra/feed/site":       {"akin/infra/feed/entry", "akin/recommend", "golang.org/x/net/html/..."},
	"infra/source":          {"akin/infra/feed/...", "akin/recommend/sources"},
	"infra/emf":             {},
	"infra/gateway":         {"github.com/aws/aws-lambda-go/..."},
	"infra/remote":          {"akin/recommend", "akin/recommend/engine", "akin/recommend/store"},
	"infra/memory":          {"akin/recommend/store"},
	"infra/feed/sheet":      {"akin/infra/feed/entry", "akin/recommend", "golang.org/x/text/..."},
	"infra/feed/sheet/xlsx": {"akin/infra/feed/...", "github.com/xuri/excelize/v2"},
	"infra/intake":          {"akin/infra/feed", "akin/recommend", "akin/recommend/engine", "github.com/aws/aws-sdk-go-v2/..."},
	"infra/release":         {},
	"infra/webhook":         {"akin/recommend", "akin/recommend/engine", "akin/recommend/sources", "akin/recommend/store"},
	"infra/widget":          {"github.com/evanw/esbuild/pkg/api"},
	"infra/steps":           {"akin/infra/emf", "akin/recommend", "akin/recommend/engine", "github.com/aws/aws-lambda-go/...", "github.com/aws/aws-sdk-go-v2/..."},
	"infra/stream":          {"akin/infra/emf", "akin/recommend/engine"},

	// What only tests use.
	"infra/test/artwork":    {"akin/recommend"},
	"infra/test/compare":    {},
	"infra/test/browser":    {"github.com/chromedp/chromedp"},
	"infra/test/dynamotest": {"akin/infra/dynamo", "github.com/aws/aws-sdk-go-v2/..."},
	"infra/test/e2e":        {"akin/infra/test/stack", "github.com/aws/aws-lambda-go/...", "github.com/aws/aws-sdk-go-v2/..."},
	"infra/test/moto":       {"akin/infra/test/tools"},
	"infra/test/stack":      {"akin/infra/test/tools"},
	"infra/test/storetest":  {"akin/infra/memory", "akin/recommend/store", "github.com/google/go-cmp/cmp"},
	"infra/test/wordpress":  {"akin/infra/test/tools"},
	"infra/test/surface": {
		"akin/functions/...", "akin/infra/...", "akin/recommend/...", "github.com/aws/aws-lambda-go/...", "github.com/google/go-cmp/cmp",
	},
	"infra/test/tools": {},
	"testdata":         {},
}

// root is the folder of the module.
const root = "../../.."

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		below, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		dir := path.Dir(filepath.ToSlash(below))
		seen[dir] = true
		may, known := allowed[dir]
		if !known {
			t.Errorf("%s: package %s is not in the table of allowed imports; add it", name, dir)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !standard(imported) && !matchesAny(may, imported) {
				t.Errorf("%s imports %s, which package %s may not", name, imported, dir)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range allowed {
		if !seen[dir] {
			t.Errorf("the table of allowed imports names %s, which is not a package", dir)
		}
	}
}

// standard reports whether a package is of the standard library: the first
// element of any other module's path but akin's own is a host name.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return first != "akin" && !strings.Contains(first, ".")
}

func matchesAny(patterns []string, imported string) bool {
	for _, p := range patterns {
		below, tree := strings.CutSuffix(p, "/...")
		if imported == below || tree && strings.HasPrefix(imported, below+"/") {
			return true
		}
	}
	return false
}
