// Command release builds what a release of akin consists of, into the folder that
// its argument names: an archive for each system, holding the program, its manual
// page, completions and licences; a bill of materials for each (CycloneDX); and
// SHA256SUMS. The plugin for WordPress is one more archive. The same commit and version of Go give the same bytes, wherever and
// whenever they are built.
package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A target is a system that akin is built for.
type target struct{ os, arch string }

var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

const (
	wordpress  = "wordpress"
	pluginName = "akin-related" // the folder that WordPress knows it by
)

func main() {
	version := flag.String("version", "", "version of the release; empty: the time and name of the commit")
	only := flag.String("only", "", "build for this system alone, such as linux/amd64, or wordpress")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: release [--version V] [--only OS/ARCH|wordpress] DIR")
		os.Exit(2)
	}
	if err := release(flag.Arg(0), *version, *only); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// A releaser makes the files of one release.
type releaser struct {
	dir     string
	version string
	at      time.Time // of the commit; every time that is told
	shared  []file    // of all archives
	sums    []string  // lines of SHA256SUMS
}

// release makes a release of the working directory's commit in dir, which is
// emptied before.
func release(dir, version, only string) error {
	seconds, err := output("git", "log", "-1", "--format=%ct")
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return fmt.Errorf("time of the commit: %w", err)
	}
	r := &releaser{dir: dir, version: version, at: time.Unix(n, 0).UTC()}
	if r.version == "" {
		commit, err := output("git", "rev-parse", "--short=12", "HEAD")
		if err != nil {
			return err
		}
		r.version = r.at.Format("20060102150405") + "-" + commit
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o777)); err != nil {
		return err
	}
	if only == "" || only == wordpress {
		if err := r.plugin(); err != nil {
			return err
		}
	}
	if only != wordpress {
		if err := r.readShared(); err != nil {
			return err
		}
	}
	for _, t := range targets {
		if only == "" || only == t.os+"/"+t.arch {
			if err := r.build(t); err != nil {
				return fmt.Errorf("%s/%s: %w", t.os, t.arch, err)
			}
		}
	}
	if len(r.sums) == 0 {
		return fmt.Errorf("--only %s: is none of %v and %s", only, targets, wordpress)
	}
	slices.Sort(r.sums)
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(strings.Join(r.sums, "")), 0o666)
}

// plugin packs the plugin for WordPress, which has a version of its own.
func (r *releaser) plugin() error {
	files := []file{}
	from := os.DirFS("infra/wordpress/" + pluginName)
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(from, name)
		files = append(files, file{name: name, body: b, mode: 0o644})
		return err
	})
	if err != nil {
		return err
	}
	licence, err := os.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	archive, err := zipped(pluginName, append(files, file{name: "LICENSE", body: licence, mode: 0o644}), r.at)
	if err != nil {
		return err
	}
	return r.write(pluginName+".zip", archive)
}

// readShared reads what all archives hold. The manual page and the completions are
// printed by the program itself.
func (r *releaser) readShared() error {
	for _, name := range []string{"LICENSE", "NOTICE", "README.md", "infra/release/akin.service"} {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		r.shared = append(r.shared, file{name: filepath.Base(name), body: b, mode: 0o644})
	}
	for _, made := range []struct{ name, args string }{
		{"akin.1", "man"}, {"completions/akin.bash", "completion bash"},
		{"completions/_akin", "completion zsh"}, {"completions/akin.fish", "completion fish"},
	} {
		cmd := exec.Command("go", append([]string{"run", "-trimpath", "."}, strings.Fields(made.args)...)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		b, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("akin %s: %w", made.args, err)
		}
		r.shared = append(r.shared, file{name: made.name, body: b, mode: 0o644})
	}
	return nil
}

// build makes the archive and the bill of materials of one system.
func (r *releaser) build(t target) error {
	tmp, err := os.MkdirTemp("", "akin-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	name := "akin"
	if t.os == "windows" {
		name += ".exe"
	}
	program := filepath.Join(tmp, name)
	// No path, no build id and no time is in the program; its version is told.
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= -X akin/functions/akin.released="+r.version, "-o", program, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOFIPS140=off")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	body, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	info, err := buildinfo.Read(bytes.NewReader(body))
	if err != nil {
		return err
	}
	base := "akin_" + r.version + "_" + t.os + "_" + t.arch
	bill, err := billOf(info, t, r.version, r.at, body)
	if err != nil {
		return err
	}
	files := append([]file{{name: name, body: body, mode: 0o755}}, r.shared...)
	pack, ending := tarball, ".tar.gz"
	if t.os == "windows" {
		pack, ending = zipped, ".zip"
	}
	archive, err := pack(base, files, r.at)
	if err != nil {
		return err
	}
	return errors.Join(r.write(base+ending, archive), r.write(base+".cdx.json", bill))
}

func (r *releaser) write(name string, b []byte) error {
	r.sums = append(r.sums, fmt.Sprintf("%x  %s\n", sha256.Sum256(b), name))
	return os.WriteFile(filepath.Join(r.dir, name), b, 0o666)
}

// output returns what a command prints.
func output(name string, args ...string) (string, error) {
	b, err := exec.Command(name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(b)), nil
}
