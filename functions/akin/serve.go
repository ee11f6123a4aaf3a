package akin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"akin/functions/web"
	"akin/functions/web/serve"
	"akin/functions/web/words"
	"akin/infra/bolt"
	"akin/infra/feed"
	"akin/infra/memory"
	"akin/infra/remote"
	"akin/infra/webhook"
	"akin/recommend"
	"akin/recommend/coverage"
	"akin/recommend/engine"
	"akin/recommend/preview"
	"akin/recommend/sources"
	"akin/recommend/store"
	"akin/testdata"
)

type serveCommand struct {
	Addr   string `help:"Address to listen on; port 0 takes a free one." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Demo   bool   `help:"Serve the sample corpus from a temporary store."`
	Site   string `help:"Address of the website, to which the relative addresses of items belong, in place of the one in the settings." placeholder:"URL"`
	Name   string `help:"Name of the website, shown on the pages, in place of the one in the settings; akin unless either gives it." placeholder:"NAME"`
	Words  string `help:"Folder of words of your own for the pages, LANG.json each." placeholder:"DIR" type:"existingdir"`
	Tokens string `help:"File that lists who may write; akin token makes its lines." placeholder:"FILE"`
	Events bool   `help:"Count what readers see and follow in related lists, without cookies or identifiers." env:"AKIN_EVENTS"`

	Receipts      bool     `help:"Tell which lists and topics each change made others: in the answers to writes and by GET /v1/changes."`
	Webhook       []string `help:"Address to send receipts to, signed as Standard Webhooks says; may repeat. Implies --receipts." placeholder:"URL" sep:"none"`
	WebhookSecret string   `help:"File that holds the secret to sign with, in base64, in place of AKIN_WEBHOOK_SECRET." placeholder:"FILE"`

	TrustedProxy []string `help:"Address, or range of addresses, of a proxy whose X-Forwarded-For, -Host and -Proto count; may repeat. From others they are ignored." placeholder:"CIDR" sep:"none"`
}

func (serveCommand) Help() string {
	return `Serves everything on one machine: pages for readers and editors, the widget, the JSON API (/openapi.json).
When a write is answered, all lists show it. After SIGTERM or Ctrl-C, requests under way are answered first.

Behind a proxy that speaks HTTPS to readers, name it by --trusted-proxy; docs/serving.md shows how.

The secret in AKIN_TOKEN may do everything; --tokens names others who may write. Without either, only this machine
may write.

Examples:
  akin serve --demo
  akin serve --store site.db --site https://example.org --tokens tokens.txt
  curl -X PUT --data @item.json -H 'Content-Type: application/json' localhost:8080/v1/items/rents`
}

const (
	serveHeadAge = time.Second      // how long a server may take the generation in use for what it was
	sweepEvery   = 5 * time.Second  // how often changes that were left over are looked for
	rebuildEvery = time.Hour        // at most, of itself
	countEvery   = 5 * time.Second  // how long counts of readers wait in memory
	reportWait   = 3 * time.Second  // for the editors' report to be made, before the page says that it is being made
	tellEvery    = time.Minute      // how often the editors' report is told of them
	drainTime    = 10 * time.Second // for requests to end
)

func (c *serveCommand) Run(ctx context.Context, p *program) (err error) {
	if c.Demo && p.storeGiven {
		return &usageError{"--demo has a store of its own; give it or --store"}
	}
	if err := ownWords(c.Words); err != nil {
		return err
	}
	site, err := siteAddress("--site", c.Site)
	if err != nil {
		return err
	}
	tokens, err := loadTokens(c.Tokens, os.Getenv("AKIN_TOKEN"))
	if err != nil {
		return err
	}
	proxies, err := serve.ParseProxies(c.TrustedProxy)
	if err != nil {
		return &usageError{"--trusted-proxy " + err.Error()}
	}
	sender, err := c.sender()
	if err != nil {
		return err
	}
	p.site, p.headAge, p.receipts = c.Site, serveHeadAge, c.Receipts || sender != nil
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	defer listener.Close() // the server has closed it, unless it never began
	store, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if !strings.Contains(p.storeName, "://") {
		p.served = remote.NewServer(store, version())
	}
	e, err := p.newEngine(store)
	if err != nil {
		return err
	}
	if c.Demo {
		c.Name = cmp.Or(c.Name, "Lindero Institute")
		if err := p.loadSample(ctx, e); err != nil {
			return err
		}
	}
	config := web.Config{Name: c.Name, Site: site, Config: serve.Config{Tokens: tokens}}
	if c.Demo {
		if config.Pictures, err = fs.Sub(testdata.Corpus, "corpus/pictures"); err != nil {
			return err
		}
	}
	if c.Events {
		config.Events = engine.NewCounter(store, e.reader, engine.CounterOptions{Buffer: true})
	}
	return p.serve(ctx, listener, e, config, proxies, sender)
}

// ownWords lays the words in a folder over those of the pages, none if dir is empty.
func ownWords(dir string) error {
	if dir == "" {
		return nil
	}
	if err := words.Add(os.DirFS(dir)); err != nil {
		return fmt.Errorf("--words %s: %w", dir, err)
	}
	return nil
}

// serve answers until ctx ends, and then lets what is under way end.
func (p *program) serve(ctx context.Context, listener net.Listener, e *opened, c web.Config, proxies serve.Proxies, sender *webhook.Sender) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // for what requests wait for
	defer stop()
	background := engine.NewBackground(work, e.indexer, p.log)
	c.Reader, c.Publisher, c.Searcher, c.Rebuilder = e.reader, e.publisher, coverage.NewDrafter(e.indexer, time.Now), background
	c.CatchUp = e.catchUp
	receipts := &engine.Receipts{Reader: e.reader, Writer: e.indexer, Ending: ctx.Done()}
	if p.receipts {
		c.Receipts = receipts
	}
	if sender != nil {
		c.Webhooks = func(ctx context.Context) ([]recommend.Webhook, error) { return webhook.List(ctx, e.store) }
	}
	c.Trial = func() (preview.Reader, preview.Publisher, error) {
		s := memory.NewOverlay(e.store)
		return e.reader.On(s), e.publisher.On(s), nil
	}
	var ahead sync.Mutex // each takes as much memory as a rebuild
	c.PreviewRebuild = func(ctx context.Context, change func(preview.Publisher) error, ids []string) (preview.Reader, error) {
		ahead.Lock()
		defer ahead.Unlock()
		s := memory.NewOverlay(e.store)
		if err := change(e.publisher.On(s)); err != nil {
			return nil, err
		}
		return e.reader.On(s), e.indexer.PreviewRebuild(ctx, s, ids)
	}
	desk := coverage.NewLiveReport(e.indexer, e.store, time.Now)
	desk.Patience = reportWait
	c.Report, c.Changed = desk, desk.Changed
	c.Version, c.Store, c.Logger = version(), p.shownStore(), p.log
	asked := make(chan struct{}, 1)
	c.Sources = &sources.Desk{Store: e.store, Asked: func() {
		select {
		case asked <- struct{}{}:
		default: // it is looked at anyway
		}
	}}
	server := web.NewServer(proxies.Behind(web.Following(web.New, c, e.chosen.Site)), p.log)

	var tasks sync.WaitGroup
	tasks.Go(func() { p.sweep(work, e, background, desk) })
	tasks.Go(func() {
		desk.Run(work, func(err error) { p.log.ErrorContext(work, "the editors' report failed", "err", err) })
	})
	tasks.Go(func() { p.poll(work, e, asked, desk.Changed) })
	if p.receipts {
		tasks.Go(func() { p.tell(work, e) })
	}
	if sender != nil {
		sender.Store, sender.Receipts, sender.Log = e.store, receipts, p.log
		tasks.Go(func() { sender.Run(work) })
	}
	counter, _ := c.Events.(*engine.Counter)
	if counter != nil {
		tasks.Go(func() { p.count(work, counter, desk) })
	}
	closeSocket := func() {}
	if p.served != nil {
		closeSocket = p.offer(func(ctx context.Context) (int, error) {
			n, err := e.index(ctx)
			if n > 0 {
				desk.Changed()
			}
			return n, err
		})
	}

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(p.stderr, "akin: listening on http://%s\n", listener.Addr())
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		fmt.Fprintln(p.stderr, "akin: ending; requests under way are answered first")
		drain, cancel := context.WithTimeout(work, drainTime)
		if err = server.Shutdown(drain); err != nil {
			err = errors.Join(fmt.Errorf("serve: requests were cut off: %w", err), server.Close())
		}
		cancel()
	}
	closeSocket()
	stop()
	tasks.Wait()
	background.Wait()
	if counter != nil {
		_, failed := counter.Flush(context.WithoutCancel(ctx))
		err = errors.Join(err, failed)
	}
	return err
}

// count stores what the counter holds every few seconds until ctx ends.
func (p *program) count(ctx context.Context, counter *engine.Counter, desk *coverage.LiveReport) {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	var told time.Time
	news := false
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		counted, err := counter.Flush(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.ErrorContext(ctx, "storing counts failed; they wait", "err", err)
		}
		if news = news || counted; news && time.Since(told) > tellEvery {
			news, told = false, time.Now()
			desk.Changed()
		}
	}
}

// catchUp brings the lists up to date. Where another process is at that, it
// is left to it.
func (e *opened) catchUp(ctx context.Context) (int, error) {
	n, err := e.index(ctx)
	if errors.Is(err, engine.ErrBusy) {
		return n, nil
	}
	return n, err
}

// sweep looks for changes that no request has brought into the lists, tells the
// editors' report of them and of new generations, and starts a rebuild when the
// generation in use has drifted too far, until ctx ends.
func (p *program) sweep(ctx context.Context, e *opened, background *engine.Background, desk *coverage.LiveReport) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var rebuilt time.Time
	reported := -1       // generation that the report was told of
	written := uint64(0) // by other processes, as of when it was
	for {
		n, err := e.catchUp(ctx)
		if err != nil && ctx.Err() == nil {
			p.log.ErrorContext(ctx, "catching up failed", "done", n, "err", err)
		}
		s, err := e.reader.Status(ctx)
		now := written
		if p.served != nil {
			now = p.served.Writes()
		}
		if err == nil && (n > 0 || s.Generation != reported || now != written) {
			reported, written = s.Generation, now
			desk.Changed()
		}
		if time.Since(rebuilt) > rebuildEvery && err == nil && s.Generation != 0 && s.Stale {
			rebuilt = time.Now()
			if _, err := background.Start(ctx, engine.RebuildOptions{}); err != nil && !errors.Is(err, engine.ErrRebuilding) {
				p.log.ErrorContext(ctx, "rebuild did not start", "err", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// open opens the store; for a demonstration a new one, which is removed when
// it is closed.
func (c *serveCommand) open(ctx context.Context, p *program) (store.Store, error) {
	if !c.Demo {
		if strings.Contains(p.storeName, "://") {
			return p.openStore(ctx, true)
		}
		s, err := bolt.Open(p.storeName) // whoever serves it already is not joined
		if err != nil {
			return nil, err
		}
		return p.readable(ctx, s)
	}
	dir, err := os.MkdirTemp("", "akin-demo-")
	if err != nil {
		return nil, err
	}
	p.storeName = filepath.Join(dir, "akin.db")
	s, err := bolt.Open(p.storeName)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &demoStore{s, dir}, nil
}

// A demoStore is gone once it is closed.
type demoStore struct {
	*bolt.Store
	dir string
}

func (s *demoStore) Close() error { return errors.Join(s.Store.Close(), os.RemoveAll(s.dir)) }

// loadSample puts the sample corpus into a store and relates it.
func (p *program) loadSample(ctx context.Context, e *opened) error {
	if err := p.newIntake(e).sample(ctx); err != nil {
		return err
	}
	_, err := e.indexer.Reindex(ctx, engine.ReindexOptions{})
	return err
}

// sample takes the sample corpus in.
func (in *intake) sample(ctx context.Context) error {
	for _, name := range []string{"corpus/topics.json", "corpus/items.jsonl"} {
		f, err := testdata.Corpus.Open(name)
		if err != nil {
			return err
		}
		err = in.from(ctx, feed.NewSource(f, name), name)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	if in.rejected > 0 {
		return fmt.Errorf("the sample corpus is broken: %s", in.summary())
	}
	return nil
}

func siteAddress(flag, s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, &usageError{fmt.Sprintf("%s %s: want an address like https://example.org", flag, s)}
	}
	return u, nil
}

// loadTokens reads who may write; secret is the one that gives all roles.
func loadTokens(name, secret string) (*serve.Tokens, error) {
	tokens := &serve.Tokens{}
	if name != "" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if tokens, err = serve.ParseTokens(f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if secret != "" {
		if err := tokens.Add("AKIN_TOKEN", secret, serve.AllRoles); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

type tokenCommand struct {
	Name  string   `arg:"" help:"Name of the holder, for the log."`
	Roles []string `arg:"" help:"What the holder may do: editor, pipeline, reader."`
}

func (tokenCommand) Help() string {
	return `Prints a line for the file of serve --tokens, which holds only a hash, and on standard error the secret, which is
not shown again. Programs send it as Authorization: Bearer SECRET; people sign in with it.

Example:
  akin token cms pipeline >>tokens.txt`
}

func (c *tokenCommand) Run(p *program) error {
	var roles serve.Roles
	for _, name := range c.Roles {
		r, err := serve.ParseRoles(name)
		if err != nil {
			return &usageError{err.Error()}
		}
		roles |= r
	}
	secret, line, err := serve.NewToken(c.Name, roles)
	if err != nil {
		return &usageError{err.Error()}
	}
	fmt.Fprintln(p.stdout, line)
	_, err = io.WriteString(p.stderr, "akin: the secret of "+c.Name+", shown once: "+secret+"\n")
	return err
}
