package akin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"akin/infra/feed"
	"akin/infra/feed/entry"
	"akin/infra/feed/sheet"
	"akin/recommend"
	"akin/recommend/engine"
)

type importCommand struct {
	Files     []string `arg:"" name:"file" help:"Files, http or https addresses, or - for standard input."`
	Complete  bool     `help:"Withdraw stored items that are not in the files."`
	Force     bool     `help:"Let --complete withdraw more than a tenth of the items."`
	Lang      []string `help:"Language of items that do not name theirs, such as en or es-MX. Of several, the likeliest is taken, and the first in doubt." placeholder:"LANG"`
	NoReindex bool     `name:"no-reindex" help:"Do not make lists in a store that has none yet."`
	DryRun    bool     `help:"Say what would happen to items and lists, but write nothing."`
	Rate      float64  `help:"Most pages to read from a website in a second; unless given, two or what its robots.txt says." placeholder:"N"`
	HTML      string   `name:"html" help:"With --dry-run: write what would become of the lists to this file, as a page." placeholder:"FILE"`
	Qrels     string   `help:"With --dry-run: measure the lists before and after by these judgements." placeholder:"FILE"`

	tableFlags `embed:""`
}

func (importCommand) Help() string {
	return `Items come as JSON Lines, a JSON array, a spreadsheet (CSV or XLSX), RSS, Atom or JSON Feed; topics as an array
of objects with a slug. Any of them may be gzipped. akin recognises each file by its content.

An item has an id or an address, and a title, a summary or an image text:
  {"id":"cranes","url":"/cranes","title":"Cranes","topics":["harbour"],"authors":["Jane Doe"],"date":"2024-03-26"}
  id,url,title,topics,authors,date
  cranes,/cranes,Cranes,harbour|locks,Jane Doe|Rick Roe,2024-03-26
Its fields: ` + strings.Join(sheet.Fields, ", ") + `.
All of them, with limits and examples: ` + itemsPage + `

Columns may have these names or other usual ones (Headline, Link, Tags, Byline, Published ...); --map assigns any
other. akin says what became of each column; with --dry-run it does so without storing anything. Where a sheet has
no ids, akin makes them from the addresses. Several topics or authors in a cell are separated by | or ; or , whichever
the column uses.

From publishing systems, akin reads what visitors may see: WordPress (its export file, or the address of a site that
runs it), Drupal's JSON:API and REST, exports of Ghost, Blogger and Contentful, answers of Strapi, Storyblok, the
Guardian and ActivityPub, and JSON of other systems with the usual names. It also reads folders of Hugo, Jekyll,
Eleventy and Astro, and any website by its sitemap. Whatever it leaves out is counted, with a line for each reason.

Items are committed 1,000 at a time; importing the same file again is safe and changes nothing. A wrong record is
reported as FILE:LINE: FIELD: REASON, the others are stored, and the exit status is 1. The last line gives the
outcome: stored 78, unchanged 0, stale 0, rejected 0. A stale item is older than the stored version.

Lists are up to date when the command ends. If the store has none yet, akin makes them, as akin reindex does, unless
--no-reindex is given; a line on standard error then says what to do next.

Examples:
  akin import topics.json items.jsonl
  akin import --complete export-of-the-whole-site.csv.gz
  akin import --dry-run --map Ressort=topics --map Views= articles.xlsx
  akin import https://example.org/feed.xml
  akin import https://wordpress.example.org/
  cms-export | akin import -`
}

// batchSize is how many items are committed together.
const batchSize = 1000

func (c *importCommand) Run(ctx context.Context, p *program) error {
	if c.Force && !c.Complete {
		return &usageError{"--force goes with --complete"}
	}
	if c.Rate < 0 {
		return &usageError{"--rate: want a number above 0"}
	}
	if !c.DryRun && (c.HTML != "" || c.Qrels != "") {
		return &usageError{"--html and --qrels go with --dry-run"}
	}
	if len(c.Lang) > 0 {
		s := p.settings
		s.Languages = nil
		for _, lang := range c.Lang {
			s.Languages = append(s.Languages, recommend.CanonicalLang(lang))
		}
		if err := s.Validate(); err != nil {
			return &usageError{fmt.Sprintf("--lang: %v", err)}
		}
		p.langs = s.Languages
	}
	if _, err := c.options(); err != nil {
		return err
	}
	if !c.DryRun {
		p.lean = true
		return p.withStore(ctx, true, func(e *opened) error { return c.load(ctx, p, e, nil) })
	}
	return p.withTrial(ctx, true, func(e *opened, before *engine.Reader) error { return c.load(ctx, p, e, before) })
}

// load imports the files. Before is what to compare the lists with after a dry
// run; nil: it is none.
func (c *importCommand) load(ctx context.Context, p *program, e *opened, before *engine.Reader) error {
	in := p.newIntake(e)
	bar := p.progress()
	in.options, _ = c.options() // they were checked
	in.options.Rate = c.Rate
	if len(c.Lang) == 1 {
		in.options.Lang = c.Lang[0]
	}
	in.dryRun = c.DryRun
	in.progress = func(done int) { bar.at("importing", done, -1) }
	err := in.files(ctx, c.Files)
	bar.end()
	switch {
	case ctx.Err() != nil:
		fmt.Fprintf(p.stderr, "akin: import: interrupted; what is counted below is kept, import again for the rest\n")
	case err != nil:
		fmt.Fprintf(p.stderr, "akin: import: %s; what is counted below is kept\n", oneLine(err))
	case c.Complete:
		if err = c.withdraw(ctx, in, e); err != nil {
			fmt.Fprintf(p.stderr, "akin: import: --complete: %s\n", oneLine(err))
		}
	}
	if err == nil {
		if _, err = e.index(ctx); err != nil {
			fmt.Fprintf(p.stderr, "akin: import: %s; the items are kept, the next import, check or reindex goes on from here\n", oneLine(err))
		}
	}
	if err == nil && before == nil {
		if err = c.first(ctx, p, e, in); err != nil {
			fmt.Fprintf(p.stderr, "akin: import: %s\n", oneLine(err))
		}
	}
	if before != nil {
		fmt.Fprintln(p.stdout, "dry run: nothing was written, whatever is counted below")
		if err == nil {
			o, err := compare(ctx, before, e.reader, c.Qrels)
			if err != nil {
				return err
			}
			if err := o.write(p, false, c.HTML, "akin import --dry-run "+strings.Join(c.Files, " ")); err != nil {
				return err
			}
		}
	}
	if in.topics > 0 {
		fmt.Fprintf(p.stdout, "topics %d\n", in.topics)
	}
	for _, line := range in.notices.Lines() {
		fmt.Fprintln(p.stderr, line)
	}
	if in.withdrawn > 0 {
		fmt.Fprintf(p.stdout, "withdrawn %d\n", in.withdrawn)
	}
	fmt.Fprintln(p.stdout, in.summary())
	if err != nil || in.rejected > 0 {
		return errReported
	}
	return nil
}

// withdraw withdraws the items that the files lack.
func (c *importCommand) withdraw(ctx context.Context, in *intake, e *opened) error {
	if in.nameless > 0 {
		return fmt.Errorf("%s have no readable id, or a file could not be read to its end; nothing was withdrawn", count(in.nameless, "record"))
	}
	var missing []string
	all := 0
	for it, err := range e.reader.All(ctx) {
		if err != nil {
			return err
		}
		if all++; !in.seen[it.ID] {
			missing = append(missing, it.ID)
		}
	}
	if len(missing)*10 > all && !c.Force {
		return fmt.Errorf("would withdraw %d of %s, more than a tenth; nothing was withdrawn, give --force if that is meant", len(missing), count(all, "item"))
	}
	for _, id := range missing {
		if r := e.publisher.Withdraw(ctx, id, 0); r.Err != nil {
			return fmt.Errorf("withdraw %q: %w", id, r.Err)
		}
		in.withdrawn++
	}
	return nil
}

// count writes a number of things: "1 item", "2 items".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// An intake brings the records of files into a store and counts what became of
// them.
type intake struct {
	*program
	publisher *engine.Publisher
	reader    *engine.Reader
	progress  func(done int) // may be nil
	options   feed.Options
	dryRun    bool // print how spreadsheets are read, with their first items
	seen      map[string]bool

	stored, unchanged, stale, rejected int
	topics, withdrawn                  int
	shown                              int // items of a spreadsheet that are still to be printed
	notices                            entry.Tally
	nameless                           int // records whose id is not known, and files that were cut off
}

func (p *program) newIntake(e *opened) *intake {
	return &intake{program: p, publisher: e.publisher, reader: e.reader, seen: map[string]bool{}}
}

func (in *intake) summary() string {
	return fmt.Sprintf("stored %d, unchanged %d, stale %d, rejected %d", in.stored, in.unchanged, in.stale, in.rejected)
}

// files takes in files one after another. What is wrong with a record, or with
// a file, is reported and counted as rejected; an error is the store's or ctx's.
func (in *intake) files(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := in.file(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (in *intake) file(ctx context.Context, name string) error {
	r, err := in.open(ctx, name)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		in.reject(err)
		in.nameless++
		return nil
	}
	return in.from(ctx, r, name)
}

// from takes in what src holds, which errors call name, and closes it.
func (in *intake) from(ctx context.Context, src *feed.Source, name string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := readBatches(ctx, src, name, in.options)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case batch, ok := <-batches:
			if !ok {
				return ctx.Err()
			}
			// A batch that was begun is ended, so that its items are counted.
			if err := in.take(context.WithoutCancel(ctx), name, batch); err != nil {
				return err
			}
			if in.progress != nil {
				in.progress(in.stored + in.unchanged + in.stale + in.rejected)
			}
		}
	}
}

// open opens a file, an address, or for "-" standard input.
func (p *program) open(ctx context.Context, name string) (*feed.Source, error) {
	if name == "-" {
		return feed.NewSource(p.stdin, name), nil
	}
	return feed.Open(ctx, name)
}

// readBatches returns the records of src in batches, read ahead by a goroutine
// that ends with src or with ctx and closes src. (Standard input that says
// nothing keeps it until the program ends.)
func readBatches(ctx context.Context, src *feed.Source, name string, o feed.Options) <-chan []feed.Record {
	batches := make(chan []feed.Record)
	o.Name = name
	go func() {
		defer close(batches)
		defer src.Close()
		send := func(batch []feed.Record) bool {
			select {
			case batches <- batch:
				return true
			case <-ctx.Done():
				return false
			}
		}
		var batch []feed.Record
		for record := range src.Records(ctx, o) {
			if batch = append(batch, record); len(batch) == batchSize {
				if !send(batch) {
					return
				}
				batch = nil
			}
		}
		send(batch)
	}()
	return batches
}

// take stores the records of a batch. An error is the store's.
func (in *intake) take(ctx context.Context, name string, batch []feed.Record) error {
	var items []recommend.Item
	var topics, named []recommend.Topic
	for _, r := range batch {
		in.tell(name, r)
		switch {
		case r.Item != nil:
			items = append(items, *r.Item)
		case r.Topic != nil && r.Foreign:
			named = append(named, *r.Topic)
		case r.Topic != nil:
			topics = append(topics, *r.Topic)
		}
	}
	refused, err := engine.RefusedTopics(in.publisher.PutTopics(ctx, topics...))
	if err != nil {
		return err
	}
	for _, t := range refused {
		at := slices.IndexFunc(batch, func(r feed.Record) bool { return r.Topic != nil && r.Topic.Slug == t.Slug })
		in.reject(&feed.Error{Name: name, Line: batch[at].Line, Err: t})
	}
	n, err := in.publisher.NameTopics(ctx, named...)
	if err != nil {
		return err
	}
	in.topics += len(topics) - len(refused) + n
	results := in.publisher.Put(ctx, items...)
	var failed error
	for _, r := range batch {
		if r.ID != "" && !r.Gone {
			in.seen[r.ID] = true
		}
		switch {
		case r.Notice != nil:
			failed = errors.Join(failed, in.notice(ctx, r))
			if r.Cut {
				in.nameless++
			}
		case r.Err != nil:
			in.reject(r.Err)
			if r.ID == "" || r.Cut {
				in.nameless++
			}
		case r.Item != nil:
			failed = errors.Join(failed, in.count(&feed.Error{Name: name, Line: r.Line}, results[0]))
			results = results[1:]
		}
	}
	return failed
}

// maxWarnings is how many warnings of one kind are printed; all are counted.
const maxWarnings = 10

// notice counts a notice, prints the warning that it may hold, and withdraws
// what is not to be seen any more. An error is the store's.
func (in *intake) notice(ctx context.Context, r feed.Record) error {
	if n := in.notices.Add(*r.Notice); r.Warning != nil && n <= maxWarnings {
		fmt.Fprintln(in.stderr, oneLine(r.Warning))
	}
	if !r.Gone || r.ID == "" {
		return nil
	}
	stored, err := in.reader.Item(ctx, r.ID)
	switch {
	case errors.Is(err, recommend.ErrNotFound):
		return nil
	case err != nil:
		return err
	case stored.Status == recommend.Withdrawn:
		return nil
	}
	if result := in.publisher.Withdraw(ctx, r.ID, 0); result.Err != nil {
		return result.Err
	}
	in.withdrawn++
	return nil
}

// count counts one result and reports it at its place if it is not well. An
// error is the store's.
func (in *intake) count(at *feed.Error, r recommend.Result) error {
	var invalid *recommend.InvalidError
	var conflict *recommend.ConflictError
	var unstorable *recommend.UnstorableError
	switch {
	case r.Outcome == recommend.Unchanged:
		in.unchanged++
	case r.Outcome == recommend.Stale && errors.As(r.Err, &conflict):
		in.stale++
		at.Err = &recommend.InvalidError{Field: "version", Reason: conflict.Error()}
		fmt.Fprintln(in.stderr, at)
	case r.Err == nil:
		in.stored++
	case errors.As(r.Err, &invalid):
		at.Err = invalid
		in.reject(at)
	case errors.As(r.Err, &unstorable):
		at.Err = unstorable
		in.reject(at)
	default:
		return r.Err
	}
	return nil
}

func (in *intake) reject(err error) {
	in.rejected++
	fmt.Fprintln(in.stderr, oneLine(err))
}
