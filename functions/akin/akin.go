// Package akin is the akin command: its verbs, a file each, and what they share.
// Begin at [Main]; a verb's flags, its help and what it runs stand together in
// the file that is called like it. What a verb does is done by the packages
// below recommend, infra and functions/web; here it is only called and printed.
package akin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"akin/infra/remote"
	"akin/recommend"
)

// Main runs the command line that the process was started with, and ends the
// process. A first interrupt or SIGTERM lets the verb end in order, a second one
// ends it at once.
func Main() {
	if os.Getenv("GOGC") == "" {
		// Large collections take a fifth less memory so, for a twentieth more work.
		debug.SetGCPercent(60)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// A command is all verbs and what they share.
type command struct {
	Store    string           `help:"Where items and lists are kept: a file (akin.db unless given) or dynamodb://TABLE." placeholder:"FILE"`
	Settings string           `help:"JSON file of settings for this run only, laid over those in the store; see akin settings." placeholder:"FILE"`
	Log      string           `help:"Form of log lines: ${enum}." enum:"text,json" default:"text"`
	Version  kong.VersionFlag `help:"Print the version."`

	Serve       serveCommand       `cmd:"" help:"Answer over HTTP: the pages, the widget and the API."`
	Import      importCommand      `cmd:"" help:"Store items and topics from files, addresses or standard input."`
	Source      sourceCommand      `cmd:"" help:"Keep items in step with websites, feeds, files and folders."`
	Reindex     reindexCommand     `cmd:"" help:"Relate all items anew and switch to the new lists."`
	Generations generationsCommand `cmd:"" help:"List the stored sets of lists."`
	Changes     changesCommand     `cmd:"" help:"Print which lists and pages of topics changed."`
	Webhooks    webhooksCommand    `cmd:"" help:"List the addresses that receipts are sent to, and what they never took."`
	DeadLetters deadLettersCommand `cmd:"" help:"List, retry or drop changes that could not be indexed."`
	Rollback    rollbackCommand    `cmd:"" help:"Go back to the previous set of lists."`
	Related     relatedCommand     `cmd:"" help:"Print what is related to an item, and why."`
	Why         whyCommand         `cmd:"" help:"Print why a work is not in the list of another, or is."`
	Topic       topicCommand       `cmd:"" help:"Print the items of a topic, newest first."`
	Curation    curationCommand    `cmd:"" help:"Import editors' decisions from a file, or export all of them."`
	Coverage    coverageCommand    `cmd:"" help:"Print the editors' report: what is covered, and what to do."`
	Check       checkCommand       `cmd:"" help:"Recompute every list and compare it with what is stored."`
	Eval        evalCommand        `cmd:"" help:"Measure lists against judgements."`
	Cost        costCommand        `cmd:"" help:"Estimate what akin uses on AWS: requests, capacity units, and money a month."`
	DeployCheck deployCheckCommand `cmd:"" help:"Check whether a DynamoDB table has what akin needs."`
	Export      exportCommand      `cmd:"" help:"Write every list and topic as a JSON file."`
	SiteSaid    settingsCommand    `cmd:"" name:"settings" help:"Read and change the site's settings, which the store keeps."`
	Backup      backupCommand      `cmd:"" help:"Copy the store to a file, even while it is served."`
	Token       tokenCommand       `cmd:"" help:"Make a secret, and its line for the file of serve --tokens."`
	Completion  completionCommand  `cmd:"" help:"Print what completes akin's commands in a shell."`
	Man         manCommand         `cmd:"" help:"Print the manual page."`
	VersionVerb versionCommand     `cmd:"" name:"version" help:"Print the version, and what akin was built with."`
}

// A program is what a verb works with.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool               // stderr is one
	storeName      string             // as --store says, or the default
	storeGiven     bool               // --store says it
	site           string             // the website's address; empty: not known
	headAge        time.Duration      // how long readers may take the generation in use for what it was
	over           []byte             // what --settings holds, laid over what the store has; nil: nothing
	settings       recommend.Settings // akin's own with over, for what works without a store
	langs          []string           // in place of the languages that the settings name; nil: those
	lean           bool               // the verb rebuilds at most once, and ends; see [engine.IndexerOptions]
	receipts       bool               // changes of what is published are told; see [engine.IndexerOptions]
	served         *remote.Server     // lets others use the store; nil: this program does not serve it
	log            *slog.Logger
}

// errReported ends a verb that has said on stderr what was wrong.
var errReported = errors.New("reported")

// A usageError is a mistake on the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// run runs one command line and returns its exit status: 0 done, 1 failed or
// something rejected, 2 wrong usage.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := execute(ctx, args, stdin, stdout, stderr)
	var usage *usageError
	var parse *kong.ParseError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errReported):
		return 1
	case errors.As(err, &usage), errors.As(err, &parse):
		fmt.Fprintf(stderr, "akin: %s; try akin --help\n", oneLine(err))
		return 2
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintf(stderr, "akin: interrupted: %s\n", oneLine(err))
		return 1
	}
	fmt.Fprintf(stderr, "akin: %s\n", oneLine(err))
	return 1
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// An exit is what kong asks for after --help and --version.
type exit struct{ code int }

func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	var c command
	parser, err := kong.New(&c,
		kong.Name("akin"),
		kong.Description("Related content for a website: exact lists, kept up to date by every publish, each entry with its reasons.\n\n"+
			"Start with: akin serve --demo, or akin related cool-by-noon --demo"),
		kong.Vars{"version": "akin " + version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit{code}) }),
	)
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(exit); !ok {
				panic(p)
			}
			err = nil
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return err
	}
	p := &program{stdin: stdin, stdout: stdout, stderr: stderr, storeName: c.Store, storeGiven: c.Store != ""}
	if !p.storeGiven {
		p.storeName = "akin.db"
	}
	if f, ok := stderr.(*os.File); ok {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	if p.over, p.settings, err = loadSettings(c.Settings); err != nil {
		return err
	}
	level := &slog.HandlerOptions{Level: slog.LevelWarn}
	if chosen.Command() == "serve" {
		level.Level = slog.LevelInfo
	}
	p.log = slog.New(slog.NewTextHandler(stderr, level))
	if c.Log == "json" {
		p.log = slog.New(slog.NewJSONHandler(stderr, level))
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	chosen.Bind(parser.Model)
	return chosen.Run(p)
}

// loadSettings reads the file that --settings names, and returns what it says and
// what akin's own settings are with it.
func loadSettings(name string) ([]byte, recommend.Settings, error) {
	if name == "" {
		return nil, recommend.DefaultSettings(), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, recommend.Settings{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, recommend.MaxSettings+1))
	if err != nil {
		return nil, recommend.Settings{}, err
	}
	site, err := recommend.DefaultSite().Change(b)
	if err != nil {
		return nil, recommend.Settings{}, fmt.Errorf("%s: settings: %w", name, err)
	}
	return b, site.Settings, nil
}

// released is the version of a release, which infra/release gives the linker; empty
// in other programs.
var released string

// version returns that of the release, the module's, or the commit that it was built
// from.
func version() string {
	if released != "" {
		return released
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "devel"
}
