package akin

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// printed returns what akin prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out, told bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &told); code != 0 {
		t.Fatalf("akin %q: %d %s", args, code, &told)
	}
	return out.String()
}

// model returns akin's verbs and flags.
func model(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(new(command), kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// shells say how each one completes the last of $2 and more in the script $1, and
// prints a word a line.
var shells = map[string]string{
	"bash": `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _akin; printf '%s\n' "${COMPREPLY[@]}"`,
	"zsh": `compdef() { }
_describe() { [[ $1 == -o ]] && shift; local w; for w in "${(@P)2}"; do [[ $w == $PREFIX* ]] && print -r -- "${w%%:*}"; done }
_files() { }
source "$1"; shift; words=("$@"); CURRENT=$#; PREFIX=${@[-1]}; _akin; true`,
	"fish": `source $argv[1]; complete -C (string join -- ' ' $argv[2..]) | string replace -r '\t.*' ''; true`,
}

// Each shell runs its own script, and offers what may stand next.
func TestCompletion(t *testing.T) {
	for shell, script := range shells {
		program, err := exec.LookPath(shell)
		if err != nil {
			t.Fatalf("%v; run infra/test/install/release-checkers.sh, which installs it", err)
		}
		file := filepath.Join(t.TempDir(), shell)
		if err := os.WriteFile(file, []byte(printed(t, "completion", shell)), 0o600); err != nil {
			t.Fatal(err)
		}
		complete := func(words ...string) []string {
			args := []string{"-c", script}
			if shell != "fish" {
				args = append(args, shell)
			}
			cmd := exec.Command(program, append(append(args, file), words...)...)
			cmd.Dir = t.TempDir() // with no file to offer
			cmd.Env = append(os.Environ(), "HOME="+cmd.Dir)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s, %q: %v\n%s", shell, words, err, out)
			}
			got := strings.Fields(string(out))
			slices.Sort(got)
			return got
		}
		for _, tt := range []struct{ typed, want string }{
			{"akin so", "source"},
			{"akin source ", "add list remove run"},
			{"akin --store x.db source re", "remove"},
			{"akin --store source ru", ""},
			{"akin source add import re", ""},
			{"akin export --d", "--data"},
			{"akin export --si", "--single --site"},
			{"akin export site --pub", "--public"},
			{"akin serve --lo", "--log"},
			{"akin serve --log ", "json text"},
			{"akin completion ", "bash fish zsh"},
			{"akin completion z", "zsh"},
		} {
			if got := complete(strings.Split(tt.typed, " ")...); strings.Join(got, " ") != tt.want {
				t.Errorf("%s completes %q by %q, want %s", shell, tt.typed, got, tt.want)
			}
		}
		app := model(t)
		for _, n := range all(app) {
			if want := following(n); len(want) > 0 {
				slices.Sort(want)
				if got := complete(strings.Split("akin"+place(n)+" ", " ")...); !slices.Equal(got, want) {
					t.Errorf("%s: after akin%s stand %q, want %q", shell, place(n), got, want)
				}
			}
			var want []string
			for _, f := range offered(n) {
				want = append(want, "--"+f.Name)
			}
			slices.Sort(want)
			if got := complete(strings.Split("akin"+place(n)+" --", " ")...); n.Parent != nil && !slices.Equal(got, want) {
				t.Errorf("%s: flags of akin%s are %q, want %q", shell, place(n), got, want)
			}
		}
	}
}

// A flag that takes a value takes one in every verb, since the scripts know flags
// by their names alone.
func TestFlagsTakeValuesAlike(t *testing.T) {
	app := model(t)
	names := valued(app)
	for _, n := range all(app) {
		for _, f := range flagsOf(n) {
			if !takesValue(f) && slices.Contains(names, "--"+f.Name) {
				t.Errorf("akin%s: --%s takes no value, and does elsewhere", place(n), f.Name)
			}
		}
	}
}

// The manual page says all that the help says, and is one for mandoc.
func TestManual(t *testing.T) {
	page := printed(t, "man")
	file := filepath.Join(t.TempDir(), "akin.1")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Fatalf("%v; run infra/test/install/release-checkers.sh, which installs it", err)
	}
	if out, err := exec.Command(mandoc, "-T", "lint", "-W", "error", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("mandoc: %v\n%s", err, out)
	}
	out, err := exec.Command(mandoc, "-T", "utf8", "-O", "width=500", file).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(out)), " ")
	for _, n := range verbs(model(t).Node) {
		for _, want := range append([]string{n.Help}, strings.Split(n.Detail, "\n")...) {
			if want = strings.Join(strings.Fields(want), " "); !strings.Contains(text, want) {
				t.Errorf("akin %s: the manual lacks %q", nameOf(n), want)
			}
		}
		for _, f := range flagsOf(n) {
			if !strings.Contains(text, f.String()+" ") {
				t.Errorf("akin %s: the manual lacks %s", nameOf(n), f)
			}
		}
	}
}
