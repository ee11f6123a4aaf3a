// Package widget makes, from one source, the script that akin serves as its widget
// and the npm package akin-related. It is for the tests, which write both with
// -update and hold what is committed to the source; no program contains it.
package widget

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

//go:embed *.js *.css words.json package
var source embed.FS

// Version is that of package/package.json: a new one for each change of the script.
func Version() (string, error) {
	b, err := source.ReadFile("package/package.json")
	if err != nil {
		return "", err
	}
	var p struct{ Version string }
	if err := json.Unmarshal(b, &p); err != nil {
		return "", fmt.Errorf("package.json: %w", err)
	}
	return p.Version, nil
}

// Script returns the widget as akin serves it: a module without imports, as small
// as esbuild makes it.
func Script() ([]byte, error) { return bundle("served.js", true) }

// Package returns the files of the npm package by their names: the element without
// an address of its own, readable, and what package/ has.
func Package() (map[string][]byte, error) {
	element, err := bundle("element.js", false)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"index.js": element}
	sub, err := fs.Sub(source, "package")
	if err != nil {
		return nil, err
	}
	return files, fs.WalkDir(sub, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[name], err = fs.ReadFile(sub, name)
		}
		return err
	})
}

// between matches the spaces that esbuild leaves in values of custom properties.
var between = regexp.MustCompile(`(,|--\w+:) `)

// bundle makes one module of a file and what it imports, for browsers from 2023 on.
func bundle(entry string, small bool) ([]byte, error) {
	load := func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		b, err := source.ReadFile(strings.TrimPrefix(a.Path, "/"))
		if err != nil {
			return api.OnLoadResult{}, err
		}
		text, loader := string(b), api.LoaderDefault
		if strings.HasSuffix(a.Path, ".css") {
			sheet := api.Transform(text, api.TransformOptions{Loader: api.LoaderCSS, MinifyWhitespace: true, MinifySyntax: true})
			if err := failed(sheet.Errors); err != nil {
				return api.OnLoadResult{}, err
			}
			text, loader = between.ReplaceAllString(strings.TrimSpace(string(sheet.Code)), "$1"), api.LoaderText
		}
		return api.OnLoadResult{Contents: &text, Loader: loader}, nil
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: []string{entry}, Bundle: true, Format: api.FormatESModule, Target: api.ES2022, Charset: api.CharsetUTF8,
		MinifyWhitespace: small, MinifyIdentifiers: small, MinifySyntax: small, LogLevel: api.LogLevelSilent,
		Plugins: []api.Plugin{{Name: "source", Setup: func(b api.PluginBuild) {
			b.OnResolve(api.OnResolveOptions{Filter: `.`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
				return api.OnResolveResult{Path: strings.TrimPrefix(a.Path, "./"), Namespace: "source"}, nil
			})
			b.OnLoad(api.OnLoadOptions{Filter: `.`, Namespace: "source"}, load)
		}}},
	})
	if err := failed(result.Errors); err != nil {
		return nil, fmt.Errorf("bundle %s: %w", entry, err)
	}
	return result.OutputFiles[0].Contents, nil
}

func failed(messages []api.Message) error {
	var errs []error
	for _, m := range messages {
		errs = append(errs, errors.New(m.Text))
	}
	return errors.Join(errs...)
}
