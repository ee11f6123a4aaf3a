package akin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"akin/recommend"
	"akin/recommend/engine"
)

type settingsCommand struct {
	Get     settingsGet     `cmd:"" help:"Print what the site has said, as JSON."`
	Set     settingsSet     `cmd:"" help:"Replace the settings by those of a file, or change some of them."`
	Edit    settingsEdit    `cmd:"" help:"Change the settings in an editor."`
	History settingsHistory `cmd:"" help:"Say who changed what, and when."`
}

func (settingsCommand) Help() string {
	return `The settings of a site, its name, address, languages, weights and word lists, are one JSON object in the store.
What it does not name is as akin ships it. Each change is kept with who made it, the last 100 of them. The name,
the address and the rules of lists count at once, all else with the next reindex. docs/settings.md in the source describes every setting.

Examples:
  akin settings set name='Harbour Times' address=https://harbour.example languages=en,es
  akin settings set text.stop.en.add='["harbour"]'
  akin settings get >settings.json`
}

type settingsGet struct {
	All bool `help:"Print also what the site has not said, as it holds; of word lists only what the site says."`
}

func (c *settingsGet) Run(ctx context.Context, p *program) error {
	return p.withView(ctx, false, func(e *opened) error {
		s, err := e.reader.Settings(ctx)
		if err != nil {
			return err
		}
		b := []byte(s.JSON)
		if c.All {
			if b, err = allSettings(b); err != nil {
				return err
			}
		}
		if b, err = indented(b); err != nil {
			return err
		}
		_, err = p.stdout.Write(b)
		return err
	})
}

// allSettings adds to what a site says what it does not.
func allSettings(said []byte) ([]byte, error) {
	site, err := recommend.DefaultSite().Change(said)
	if err != nil {
		return nil, err
	}
	own, err := settingsTree(said)
	if err != nil {
		return nil, err
	}
	all := site.Said()
	if words := own["text"]; words != nil {
		all["text"] = words
	}
	return json.Marshal(all)
}

// indented lays settings out for people.
func indented(b []byte) ([]byte, error) {
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// A signature says who changes settings, and why.
type signature struct {
	Author string `help:"Who makes the change, for the history; akin if nobody is known." env:"USER" placeholder:"NAME"`
	Note   string `help:"Why, for the history." placeholder:"TEXT"`
}

func (s *signature) edit(ifMatch string) engine.Edit {
	by := s.Author
	if by == "" {
		by = "akin"
	}
	return engine.Edit{By: by, Note: s.Note, IfMatch: ifMatch}
}

type settingsSet struct {
	signature
	What    []string `arg:"" help:"A file of all settings, - for standard input; or any number of PATH=VALUE."`
	IfMatch string   `help:"Only if the settings are still at this revision." placeholder:"NUMBER"`
}

func (settingsSet) Help() string {
	return `A file takes the place of all that was set before. PATH=VALUE changes one setting: PATH is its name, as
fields.title, and VALUE is JSON, or text as it stands; languages=en,es names several. PATH= takes a setting out, so
that it is as akin ships it. Where others change settings at once, PATH=VALUE is done over theirs.

Examples:
  akin settings set settings.json
  akin settings set fields.title=3 minScore= --note 'titles say more here'`
}

// setTries is how often a change of some settings is made anew over others'.
const setTries = 20

func (c *settingsSet) Run(ctx context.Context, p *program) error {
	var file []byte
	some := strings.Contains(c.What[0], "=")
	if !some {
		if len(c.What) > 1 {
			return &usageError{"settings set: want one file, or PATH=VALUE ..."}
		}
		var err error
		if file, err = c.read(p); err != nil {
			return err
		}
	}
	for _, what := range c.What {
		if some && !strings.Contains(what, "=") {
			return &usageError{fmt.Sprintf("settings set: %q: want PATH=VALUE", what)}
		}
	}
	return p.withStore(ctx, true, func(e *opened) error {
		for try := 1; ; try++ {
			match, next := c.IfMatch, file
			if some {
				was, err := e.reader.Settings(ctx)
				if err != nil {
					return err
				}
				if match == "" {
					match = was.ETag
				}
				if next, err = withSettings(was.JSON, c.What); err != nil {
					return err
				}
			} else if match == "" {
				match = "*"
			}
			tag, err := e.publisher.PutSettings(ctx, next, c.edit(match))
			if some && c.IfMatch == "" && errors.Is(err, recommend.ErrPrecondition) && try < setTries {
				continue
			}
			if err != nil {
				return err
			}
			return p.sayRevision(tag)
		}
	})
}

func (p *program) sayRevision(tag string) error {
	_, err := fmt.Fprintf(p.stderr, "akin: settings are at revision %s; lists follow with the next akin reindex\n", tag)
	return err
}

func (c *settingsSet) read(p *program) ([]byte, error) {
	if c.What[0] == "-" {
		return io.ReadAll(io.LimitReader(p.stdin, recommend.MaxSettings+1))
	}
	f, err := os.Open(c.What[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, recommend.MaxSettings+1))
}

func settingsTree(b []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	tree := map[string]any{}
	return tree, d.Decode(&tree)
}

// withSettings returns settings with changes PATH=VALUE.
func withSettings(said []byte, changes []string) ([]byte, error) {
	tree, err := settingsTree(said)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		path, value, _ := strings.Cut(change, "=")
		names := strings.Split(path, ".")
		if slices.Contains(names, "") {
			return nil, &usageError{fmt.Sprintf("settings set: %q: want PATH=VALUE, PATH as fields.title", change)}
		}
		if err := setIn(tree, names, settingValue(path, value)); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return json.Marshal(tree)
}

// settingValue reads a value on the command line; empty is nil.
func settingValue(path, value string) any {
	d := json.NewDecoder(strings.NewReader(value))
	d.UseNumber()
	var v any
	valid := json.Valid([]byte(value)) && d.Decode(&v) == nil
	switch _, text := v.(string); {
	case value == "":
		return nil
	case (path == "name" || path == "address") && !text:
		return value
	case valid:
		return v
	case path == "languages":
		var langs []any
		for lang := range strings.SplitSeq(value, ",") {
			langs = append(langs, strings.TrimSpace(lang))
		}
		return langs
	}
	return value
}

// setIn sets a value in a tree of objects, or takes it out if it is nil, with the
// objects that are empty then.
func setIn(tree map[string]any, names []string, v any) error {
	name := names[0]
	if len(names) == 1 {
		if tree[name] = v; v == nil {
			delete(tree, name)
		}
		return nil
	}
	within, ok := tree[name].(map[string]any)
	if !ok && tree[name] != nil {
		return fmt.Errorf("%s is not an object; set it as a whole", name)
	}
	if within == nil {
		within = map[string]any{}
	}
	if err := setIn(within, names[1:], v); err != nil {
		return err
	}
	if tree[name] = within; len(within) == 0 {
		delete(tree, name)
	}
	return nil
}

type settingsEdit struct {
	signature
}

func (settingsEdit) Help() string {
	return `Opens the editor that VISUAL or EDITOR names, vi otherwise, with the settings. They are stored when it ends. Text
that cannot be stored, since it is wrong or since somebody else changed the settings meanwhile, is kept in a file
that the error names: mend it, and store it with akin settings set FILE.`
}

// Run has the store open only to read and to write, so that other programs can
// use it meanwhile.
func (c *settingsEdit) Run(ctx context.Context, p *program) error {
	var was *engine.SiteSettings
	err := p.withStore(ctx, true, func(e *opened) (err error) {
		was, err = e.reader.Settings(ctx)
		return err
	})
	if err != nil {
		return err
	}
	name, err := settingsFile(was.JSON)
	if err != nil {
		return err
	}
	kept := func(err error) error { return fmt.Errorf("%w; your text is kept in %s", err, name) }
	if err := runEditor(ctx, p, name); err != nil {
		return kept(err)
	}
	next, err := os.ReadFile(name)
	if err != nil {
		return kept(err)
	}
	tag := ""
	err = p.withStore(ctx, true, func(e *opened) (err error) {
		tag, err = e.publisher.PutSettings(ctx, next, c.edit(was.ETag))
		return err
	})
	if err != nil {
		return kept(err)
	}
	if err := os.Remove(name); err != nil {
		return err
	}
	if tag == was.ETag {
		_, err := fmt.Fprintln(p.stderr, "akin: settings: nothing changed")
		return err
	}
	return p.sayRevision(tag)
}

// settingsFile writes settings to a new file for an editor.
func settingsFile(said []byte) (name string, err error) {
	text, err := indented(said)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "akin-settings-*.json")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// runEditor lets the user's editor change a file. What names it may have
// arguments, as a shell reads them.
func runEditor(ctx context.Context, p *program, file string) error {
	editor := os.Getenv("VISUAL")
	if editor == "" {
		editor = os.Getenv("EDITOR")
	}
	if editor == "" {
		editor = "vi"
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$1"`, "sh", file)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.stdin, p.stdout, p.stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", editor, err)
	}
	return nil
}

type settingsHistory struct {
	JSON bool `name:"json" help:"Print the changes as JSON, each with the settings before and after."`
}

func (c *settingsHistory) Run(ctx context.Context, p *program) error {
	return p.withView(ctx, false, func(e *opened) error {
		changes, err := e.reader.SettingsHistory(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(p.stdout, map[string]any{"changes": changes})
		}
		w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		for _, change := range changes {
			lines, err := settingsDiff(change.Before, change.After)
			if err != nil {
				return err
			}
			about := ""
			if change.Note != "" {
				about = "(" + oneLine(errors.New(change.Note)) + ")"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", change.Number, change.At.UTC().Format(time.RFC3339), change.By, strings.TrimSpace(strings.Join(lines, "; ")+" "+about))
		}
		return w.Flush()
	})
}

// settingsDiff says what changed from one state of settings to the next.
func settingsDiff(before, after []byte) ([]string, error) {
	was, err := flatSettings(before)
	if err != nil {
		return nil, err
	}
	is, err := flatSettings(after)
	if err != nil {
		return nil, err
	}
	names := maps.Clone(was)
	maps.Copy(names, is)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		from, had := was[name]
		to, has := is[name]
		switch {
		case from == to && had == has:
		case !had:
			lines = append(lines, name+" = "+to)
		case !has:
			lines = append(lines, name+" no longer "+from)
		default:
			lines = append(lines, name+" = "+to+", was "+from)
		}
	}
	return lines, nil
}

// flatSettings returns the JSON of every setting by its path.
func flatSettings(b []byte) (map[string]string, error) {
	tree, err := settingsTree(b)
	if err != nil {
		return nil, err
	}
	flat := map[string]string{}
	var walk func(path string, v any) error
	walk = func(path string, v any) error {
		if object, ok := v.(map[string]any); ok {
			for name, v := range object {
				if err := walk(path+"."+name, v); err != nil {
					return err
				}
			}
			return nil
		}
		b, err := json.Marshal(v)
		flat[strings.TrimPrefix(path, ".")] = string(b)
		return err
	}
	return flat, walk("", tree)
}
