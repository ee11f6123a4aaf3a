package akin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"akin/infra/feed/sheet/xlsx"
	"akin/infra/source"
	"akin/recommend/sources"
)

type sourceCommand struct {
	Add    sourceAdd    `cmd:"" help:"Register an address, and keep its items in step."`
	List   sourceList   `cmd:"" help:"List the sources, with the outcome of their last runs."`
	Run    sourceRun    `cmd:"" help:"Read a source now."`
	Remove sourceRemove `cmd:"" help:"Forget a source; its items stay."`
}

func (sourceCommand) Help() string {
	return `A source is an address that akin serve reads at intervals: a website, a feed, the interface of a publishing system,
a file or a folder. akin stores its items, corrects them, and withdraws them when the source no longer lists them.

Examples:
  akin source add news https://example.org/ --every 30m
  akin source add notes ~/site/content
  akin source run news
  akin source list`
}

type sourceAdd struct {
	Name    string        `arg:"" help:"Name of the source: a to z, digits, - and _."`
	Address string        `arg:"" help:"An http or https address, a file or a folder."`
	Every   time.Duration `help:"How often to read it; at least a minute." default:"15m" placeholder:"15m"`
	Rate    float64       `help:"Most pages to read from a website in a second; unless given, two or what its robots.txt says." placeholder:"N"`
	Lang    string        `help:"Language of items that do not name theirs, such as en or es-MX." placeholder:"LANG"`

	tableFlags `embed:""`
}

func (sourceAdd) Help() string {
	return `Prints a secret on standard error. A publishing system signs its webhooks with it (Standard Webhooks); then
POST /v1/sources/NAME/run reads the source at once.

Examples:
  akin source add news https://example.org/ --every 30m
  akin source add sheet https://example.org/articles.csv --map Ressort=topics --dates dmy`
}

func (c *sourceAdd) Run(ctx context.Context, p *program) error {
	address := c.Address
	if !strings.Contains(address, "://") {
		abs, err := filepath.Abs(address) // serve may run elsewhere
		if err != nil {
			return err
		}
		if _, err := os.Stat(abs); err != nil {
			return err
		}
		address = abs
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	want := sources.Source{Name: c.Name, Address: address, Every: c.Every, Rate: c.Rate, Lang: c.Lang}
	if len(o.Map) > 0 || c.Split != "" || c.Dates != "" {
		want.Table = &sources.Table{Map: o.Map, Split: c.Split, Dates: c.Dates}
	}
	return p.withStore(ctx, true, func(e *opened) error {
		s, err := sources.Add(ctx, e.store, want, time.Now())
		if err != nil {
			return fmt.Errorf("source %q: %w", c.Name, err)
		}
		fmt.Fprintf(p.stdout, "added %s: %s, every %v\n", s.Name, s.Address, s.Every)
		fmt.Fprintf(p.stderr, "akin: the secret of its webhook: %s\n", s.Secret)
		return nil
	})
}

type sourceList struct{}

func (c *sourceList) Run(ctx context.Context, p *program) error {
	return p.withStore(ctx, false, func(e *opened) error {
		all, err := sources.List(ctx, e.store)
		if err != nil {
			return err
		}
		for _, s := range all {
			last := "never read"
			if s.Last != nil {
				last = s.Last.Finished.Format(time.RFC3339) + " " + s.Last.String()
			}
			if s.Silent(time.Now()) {
				last += "; SILENT for too long"
			}
			fmt.Fprintf(p.stdout, "%s\t%s\tevery %v\t%d items\t%s\n", s.Name, s.Address, s.Every, s.Items, last)
		}
		if len(all) == 0 {
			fmt.Fprintln(p.stderr, "akin: there are no sources; akin source add NAME ADDRESS keeps one")
		}
		return nil
	})
}

type sourceRun struct {
	Name  string `arg:"" help:"Name of the source."`
	Force bool   `help:"Read all of it, and withdraw what is no longer there even if that is more than a tenth."`
}

func (c *sourceRun) Run(ctx context.Context, p *program) error {
	return p.withStore(ctx, false, func(e *opened) error {
		run, err := p.newRunner(e).Run(ctx, c.Name, c.Force)
		if err != nil {
			return fmt.Errorf("source %q: %w", c.Name, err)
		}
		if _, err := e.catchUp(ctx); err != nil {
			return err
		}
		for _, line := range run.Errors {
			fmt.Fprintln(p.stderr, line)
		}
		fmt.Fprintln(p.stdout, run)
		if run.Error != "" || run.Rejected > 0 || run.Held > 0 {
			return errReported
		}
		return nil
	})
}

type sourceRemove struct {
	Name string `arg:"" help:"Name of the source."`
}

func (c *sourceRemove) Run(ctx context.Context, p *program) error {
	return p.withStore(ctx, false, func(e *opened) error {
		if err := sources.Remove(ctx, e.store, c.Name); err != nil {
			return fmt.Errorf("source %q: %w", c.Name, err)
		}
		fmt.Fprintf(p.stdout, "removed %s; its items stay\n", c.Name)
		return nil
	})
}

func (p *program) newRunner(e *opened) *sources.Runner {
	reader := source.Local(p.site, "")
	reader.Workbook = xlsx.Read
	return &sources.Runner{Store: e.store, Reader: reader, Publisher: e.publisher}
}

// pollEvery is how often serve looks which sources are due.
const pollEvery = 10 * time.Second

// poll reads the sources that are due, at once when asked, until ctx ends.
func (p *program) poll(ctx context.Context, e *opened, asked <-chan struct{}, changed func()) {
	runner := p.newRunner(e)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		n, err := runner.Due(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "reading sources failed; they are tried again later", "err", err)
		}
		if n > 0 && ctx.Err() == nil {
			if _, err := e.catchUp(ctx); err != nil && !errors.Is(err, context.Canceled) {
				p.log.ErrorContext(ctx, "catching up failed", "err", err)
			}
			changed()
		}
		select {
		case <-tick.C:
		case <-asked:
		case <-ctx.Done():
			return
		}
	}
}
