package akin

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/alecthomas/kong"
)

type versionCommand struct{}

func (versionCommand) Run(p *program) error {
	_, err := fmt.Fprintf(p.stdout, "akin %s\n%s, %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

type manCommand struct{}

func (manCommand) Help() string {
	return `It is made of what --help says of each verb, in the macros of man.

Example:
  akin man >akin.1 && man ./akin.1`
}

func (manCommand) Run(p *program, app *kong.Application) error {
	m := manual{w: p.stdout}
	m.page(app)
	return m.err
}

// verbs returns the commands below n in the order of the help, first those with
// verbs of their own, each before its verbs.
func verbs(n *kong.Node) []*kong.Node {
	var all []*kong.Node
	for _, c := range n.Children {
		if !c.Hidden {
			all = append(append(all, c), verbs(c)...)
		}
	}
	return all
}

// flagsOf returns the flags of one command that are its own.
func flagsOf(n *kong.Node) []*kong.Flag {
	var all []*kong.Flag
	for _, f := range n.Flags {
		if !f.Hidden {
			all = append(all, f)
		}
	}
	return all
}

// nameOf returns the words of a command after akin, such as "source add"; empty
// for akin itself.
func nameOf(n *kong.Node) string {
	if n.Parent == nil {
		return ""
	}
	return strings.TrimSpace(nameOf(n.Parent) + " " + n.Name)
}

// A manual writes a page in the macros of man.
type manual struct {
	w   io.Writer
	err error
}

func (m *manual) page(app *kong.Application) {
	about, rest, _ := strings.Cut(app.Help, "\n\n")
	m.macro(".TH", "AKIN", "1", "", "akin", "")
	m.macro(".SH", "NAME")
	m.text("akin - related content for a website")
	m.macro(".SH", "SYNOPSIS")
	m.text("akin VERB [ARGUMENT...] [FLAG...]")
	m.macro(".SH", "DESCRIPTION")
	m.text(about)
	m.macro(".PP")
	m.text(rest)
	m.macro(".SH", "FLAGS")
	m.flags(app.Node)
	m.macro(".SH", "VERBS")
	for _, n := range verbs(app.Node) {
		m.verb(n)
	}
	m.macro(".SH", "EXIT STATUS")
	m.text("0 done, 1 failed or something was rejected, 2 wrong usage.")
}

func (m *manual) verb(n *kong.Node) {
	usage := []string{"akin", nameOf(n)}
	for _, a := range n.Positional {
		usage = append(usage, a.Summary())
	}
	if len(n.Children) > 0 {
		usage = append(usage, "VERB")
	}
	m.macro(".SS", strings.Join(usage, " "))
	m.text(n.Help)
	for _, a := range n.Positional {
		m.macro(".TP")
		m.text(a.Summary())
		m.text(a.Help)
	}
	m.flags(n)
	if n.Detail != "" {
		m.macro(".PP")
		m.macro(".nf") // as it stands: examples and tables
		m.text(n.Detail)
		m.macro(".fi")
	}
}

func (m *manual) flags(n *kong.Node) {
	for _, f := range flagsOf(n) {
		m.macro(".TP")
		m.text(f.String())
		m.text(f.Help)
	}
}

// macro writes a line that begins a part of the page.
func (m *manual) macro(name string, args ...string) {
	for _, a := range args {
		name += ` "` + strings.ReplaceAll(escapeRoff(a), `"`, `\(dq`) + `"`
	}
	m.line(name)
}

// text writes lines that are no macros, whatever they begin with.
func (m *manual) text(s string) {
	for l := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		l = escapeRoff(l)
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			l = `\&` + l
		}
		m.line(l)
	}
}

func (m *manual) line(s string) {
	if m.err == nil {
		_, m.err = fmt.Fprintln(m.w, s)
	}
}

// escapeRoff returns s for a line of roff: hyphens stay those that one types.
func escapeRoff(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
}
