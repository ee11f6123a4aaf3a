package akin

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"One of ${enum}."`
}

func (completionCommand) Help() string {
	return `Verbs and flags are completed, values that are one of a few, and names of files.

Examples:
  source <(akin completion bash)
  akin completion zsh >"${fpath[1]}/_akin"
  akin completion fish >~/.config/fish/completions/akin.fish`
}

func (c *completionCommand) Run(p *program, app *kong.Application) error {
	var b strings.Builder
	map[string]func(io.Writer, *kong.Application){"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell](&b, app)
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// all returns akin itself and every verb.
func all(app *kong.Application) []*kong.Node {
	return append([]*kong.Node{app.Node}, verbs(app.Node)...)
}

// offered returns the flags of a command and those of all commands.
func offered(n *kong.Node) []*kong.Flag {
	flags := flagsOf(n)
	for n.Parent != nil {
		n = n.Parent
		flags = append(flags, flagsOf(n)...)
	}
	return flags
}

// takesValue tells whether a flag is followed by a word that belongs to it.
func takesValue(f *kong.Flag) bool { return !f.IsBool() && !f.IsCounter() }

// valued returns the flags of any command that take a value, each once. None has
// the name of one that takes none.
func valued(app *kong.Application) []string {
	var names []string
	seen := map[string]bool{}
	for _, n := range all(app) {
		for _, f := range flagsOf(n) {
			if takesValue(f) && !seen[f.Name] {
				seen[f.Name] = true
				names = append(names, "--"+f.Name)
			}
		}
	}
	return names
}

// choices returns what the value of a flag or an argument is one of; nil: anything.
func choices(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return v.EnumSlice()
}

// argChoices returns what the first argument of a verb is one of; nil: anything.
func argChoices(n *kong.Node) []string {
	if len(n.Positional) == 0 {
		return nil
	}
	return choices(n.Positional[0])
}

// walkVerbs is what bash and zsh find the verb by: they read the words before the
// one that is typed, and leave out values of flags.
func walkVerbs(w io.Writer, app *kong.Application) {
	fmt.Fprintf(w, "    if [[ -n $skip ]]; then\n      [[ $word == = ]] || skip=\n      continue\n    fi\n    case $word in\n")
	fmt.Fprintf(w, "      %s) skip=1 ;;\n      -*|=) ;;\n      *) case \"$at $word\" in\n", strings.Join(valued(app), "|"))
	for _, n := range verbs(app.Node) {
		fmt.Fprintf(w, "        %s) at=\"$at $word\" ;;\n", quote(" "+nameOf(n)))
	}
	fmt.Fprint(w, "        esac ;;\n    esac\n")
}

// place is how the scripts name a command in $at.
func place(n *kong.Node) string {
	if name := nameOf(n); name != "" {
		return " " + name
	}
	return ""
}

func bashCompletion(w io.Writer, app *kong.Application) {
	fmt.Fprint(w, `# What completes akin's commands in bash; akin completion bash makes it.
_akin() {
  local cur=${COMP_WORDS[COMP_CWORD]} at= skip= flag= word words= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    [[ $word == -* ]] && flag=$word
`)
	walkVerbs(w, app)
	fmt.Fprint(w, `  done
  [[ $cur == = ]] && cur=
  if [[ -n $skip ]]; then
    case "$at $flag" in
`)
	for _, n := range all(app) {
		for _, f := range offered(n) {
			if c := choices(f.Value); c != nil {
				fmt.Fprintf(w, "      %s) words=%s ;;\n", quote(place(n)+" --"+f.Name), quote(strings.Join(c, " ")))
			}
		}
	}
	fmt.Fprint(w, "    esac\n  elif [[ $cur == -* ]]; then\n    case $at in\n")
	for _, n := range all(app) {
		var names []string
		for _, f := range offered(n) {
			names = append(names, "--"+f.Name)
		}
		fmt.Fprintf(w, "      %s) words=%s ;;\n", quote(place(n)), quote(strings.Join(names, " ")))
	}
	fmt.Fprint(w, "    esac\n  else\n    case $at in\n")
	for _, n := range all(app) {
		if words := following(n); len(words) > 0 {
			fmt.Fprintf(w, "      %s) words=%s ;;\n", quote(place(n)), quote(strings.Join(words, " ")))
		}
	}
	fmt.Fprint(w, `    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _akin akin
`)
}

// following returns what may stand next: verbs, or one of a few arguments.
func following(n *kong.Node) []string {
	words := argChoices(n)
	for _, c := range n.Children {
		if !c.Hidden {
			words = append(words, c.Name)
		}
	}
	return words
}

func zshCompletion(w io.Writer, app *kong.Application) {
	fmt.Fprint(w, `#compdef akin
# What completes akin's commands in zsh; akin completion zsh makes it.
_akin() {
  local at= skip= flag= word
  local -a next flags values
  for word in "${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] && flag=$word
`)
	walkVerbs(w, app)
	fmt.Fprint(w, "  done\n  case $at in\n")
	for _, n := range all(app) {
		fmt.Fprintf(w, "    %s)\n      next=(", quote(place(n)))
		for _, c := range argChoices(n) {
			fmt.Fprint(w, " "+quote(c))
		}
		for _, c := range n.Children {
			if !c.Hidden {
				fmt.Fprint(w, " "+described(c.Name, c.Help))
			}
		}
		fmt.Fprint(w, " )\n      flags=(")
		for _, f := range offered(n) {
			fmt.Fprint(w, " "+described("--"+f.Name, f.Help))
		}
		fmt.Fprint(w, " )\n")
		for _, f := range offered(n) {
			if c := choices(f.Value); c != nil {
				fmt.Fprintf(w, "      [[ $flag == --%s ]] && values=(%s)\n", f.Name, strings.Join(c, " "))
			}
		}
		fmt.Fprint(w, "      ;;\n")
	}
	fmt.Fprint(w, `  esac
  if [[ -n $skip ]]; then
    if (( $#values )); then _describe value values; else _files; fi
  elif [[ $PREFIX == -* ]]; then
    _describe -o flag flags
  elif (( $#next )); then
    _describe command next
  else
    _files
  fi
}
if [[ $funcstack[1] == _akin ]]; then _akin "$@"; else compdef _akin akin; fi
`)
}

// described returns a word and what it means, as _describe of zsh takes them.
func described(word, help string) string {
	return quote(strings.ReplaceAll(word, ":", `\:`) + ":" + help)
}

func fishCompletion(w io.Writer, app *kong.Application) {
	fmt.Fprintf(w, `# What completes akin's commands in fish; akin completion fish makes it.
function __akin_at
  set -l at
  set -l skip
  for word in (commandline -opc)[2..]
    if test -n "$skip"
      set skip
      continue
    end
    switch $word
      case %s
        set skip 1
      case '-*'
      case '*'
        switch "$at $word"
          case %s
            set at "$at $word"
        end
    end
  end
  test "$at" = "$argv[1]"
end
complete -c akin -f -n '__akin_at ""'
`, strings.Join(valued(app), " "), strings.Join(places(app), " "))
	for _, f := range flagsOf(app.Node) {
		fmt.Fprintf(w, "complete -c akin %s\n", fishFlag(f))
	}
	for _, n := range all(app) {
		at := "-n " + fishQuote(`__akin_at "`+place(n)+`"`)
		for _, c := range argChoices(n) {
			fmt.Fprintf(w, "complete -c akin %s -f -a %s\n", at, fishQuote(c))
		}
		for _, c := range n.Children {
			if !c.Hidden {
				fmt.Fprintf(w, "complete -c akin %s -f -a %s -d %s\n", at, fishQuote(c.Name), fishQuote(c.Help))
			}
		}
		if n.Parent == nil {
			continue
		}
		for _, f := range flagsOf(n) {
			fmt.Fprintf(w, "complete -c akin %s %s\n", at, fishFlag(f))
		}
	}
}

// places returns the verbs as $at has them, quoted for fish.
func places(app *kong.Application) []string {
	var names []string
	for _, n := range verbs(app.Node) {
		names = append(names, fishQuote(place(n)))
	}
	return names
}

func fishFlag(f *kong.Flag) string {
	s := "-l " + f.Name + " -d " + fishQuote(f.Help)
	if c := choices(f.Value); c != nil {
		return s + " -x -a " + fishQuote(strings.Join(c, " "))
	}
	if takesValue(f) {
		s += " -r"
	}
	return s
}

// quote returns s as one word of bash and zsh.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// fishQuote returns s as one word of fish.
func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
