// Package tools finds the programs that tests of the AWS side run: Python
// packages and an npm package, each at the version that requirements.txt and
// package.json beside this file pin. It installs nothing;
// infra/test/install/aws-tools.sh does.
package tools

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed requirements.txt
var requirements string

const script = "run infra/test/install/aws-tools.sh, which installs it"

// Root returns the folder of go.mod, looking upwards from the working
// directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = up
	}
}

// Python returns an interpreter that has every pinned package at its version:
// the one of .cache/python, or else the machine's python3.
func Python(ctx context.Context) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	var reasons []string
	for _, python := range []string{filepath.Join(root, ".cache", "python", "bin", "python3"), "python3"} {
		err := hasRequirements(ctx, python)
		if err == nil {
			return python, nil
		}
		reasons = append(reasons, err.Error())
	}
	return "", fmt.Errorf("%s: %s", strings.Join(reasons, "; "), script)
}

// hasRequirements returns an error that names the first package that python
// lacks.
func hasRequirements(ctx context.Context, python string) error {
	if _, err := exec.LookPath(python); err != nil {
		return fmt.Errorf("%s is missing", python)
	}
	const program = `import importlib.metadata, json, sys
have = {}
for name in sys.argv[1:]:
    try:
        have[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        have[name] = "not installed"
json.dump(have, sys.stdout)`
	want := map[string]string{}
	args := []string{"-c", program}
	for line := range strings.Lines(requirements) {
		name, version, ok := strings.Cut(strings.TrimSpace(line), "==")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, "[")
		want[name] = version
		args = append(args, name)
	}
	out, err := exec.CommandContext(ctx, python, args...).Output()
	if err != nil {
		return fmt.Errorf("%s: %w", python, err)
	}
	var have map[string]string
	if err := json.Unmarshal(out, &have); err != nil {
		return fmt.Errorf("%s: %w", python, err)
	}
	for _, name := range args[2:] {
		if have[name] != want[name] {
			return fmt.Errorf("%s has %s %s, want %s", python, name, have[name], want[name])
		}
	}
	return nil
}

// ASLValidator returns the program that checks state machines.
func ASLValidator() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, ".cache", "node", "node_modules", ".bin", "asl-validator")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("asl-validator is missing: %s", script)
	}
	return path, nil
}
