package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The Makefile runs the tests of each package under the race detector whose code
// does several things at once, or lets others: it starts goroutines or holds locks,
// atomic values or pools. What is made once for all and then only read is no reason.
func TestPackagesThatShareAreRaced(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^RACED = ((?:.*\\\n)*.*)`).FindSubmatch(b)
	if list == nil {
		t.Fatal("the Makefile has no list RACED")
	}
	raced := strings.Fields(strings.ReplaceAll(string(list[1]), "\\\n", " "))
	shares, tested := map[string]string{}, map[string]bool{}
	for dir := range allowed {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				tested[dir] = true
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if how := shared(f); how != "" {
				shares[dir] = path.Base(name) + " has " + how
			}
		}
	}
	for _, p := range raced {
		dir := strings.TrimPrefix(p, "akin/")
		if !tested[dir] || dir == p {
			t.Errorf("RACED names %s, which is no package with tests", p)
		} else if shares[dir] == "" && dir != "infra/test/storetest" {
			t.Errorf("RACED names %s, which shares nothing between goroutines", p)
		}
	}
	for dir, how := range shares {
		// What is there for tests only is raced as far as it is in their process.
		if tested[dir] && !strings.HasPrefix(dir, "infra/test/") && !slices.Contains(raced, "akin/"+dir) {
			t.Errorf("%s/%s, so the Makefile's RACED should name it", dir, how)
		}
	}
}

// shared returns what of a file is there for several goroutines, or "".
func shared(f *ast.File) (how string) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			how = "a go statement"
		case *ast.SelectorExpr:
			of, _ := n.X.(*ast.Ident)
			if of == nil {
				break
			}
			switch of.Name {
			case "atomic", "errgroup", "parallel":
				how = of.Name + "." + n.Sel.Name
			case "sync":
				if !strings.HasPrefix(n.Sel.Name, "Once") {
					how = "sync." + n.Sel.Name
				}
			}
		}
		return how == ""
	})
	return how
}
