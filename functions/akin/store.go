package akin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/logging"

	"akin/infra/dynamo"
	"akin/infra/remote"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

var errNoStore = errors.New("there is no store yet; akin import makes one")

// openStore opens the store that --store names. A file that is not there is an
// error unless fresh, and so is a store that a later program wrote.
func (p *program) openStore(ctx context.Context, fresh bool) (store.Store, error) {
	s, err := p.openRows(ctx, fresh)
	if err != nil {
		return nil, err
	}
	return p.readable(ctx, s)
}

// readable returns s, or closes it if a later program wrote it.
func (p *program) readable(ctx context.Context, s store.Store) (store.Store, error) {
	if err := engine.CheckFormat(ctx, s); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", p.storeName, err), s.Close())
	}
	return s, nil
}

func (p *program) openRows(ctx context.Context, fresh bool) (store.Store, error) {
	if table, ok := strings.CutPrefix(p.storeName, "dynamodb://"); ok {
		return openTable(ctx, table)
	}
	if strings.Contains(p.storeName, "://") {
		return nil, &usageError{fmt.Sprintf("--store %s: want a file, or dynamodb://TABLE", p.storeName)}
	}
	if _, err := os.Stat(p.storeName); errors.Is(err, fs.ErrNotExist) && !fresh {
		return nil, fmt.Errorf("%s: %w", p.storeName, errNoStore)
	}
	return p.openFile(ctx)
}

// openTable opens a table where the usual AWS variables and files say.
func openTable(ctx context.Context, table string) (store.Store, error) {
	client, err := tableClient(ctx, table)
	if err != nil {
		return nil, err
	}
	return dynamo.New(client, table, dynamo.WithReadRetries(10, 2*time.Second)), nil
}

// tableClient returns a client for a table, which errors name.
func tableClient(ctx context.Context, table string) (*dynamodb.Client, error) {
	if table == "" {
		return nil, &usageError{"--store dynamodb://: the name of a table is missing"}
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithLogger(logging.Nop{}))
	if err != nil {
		return nil, fmt.Errorf("dynamodb://%s: %w", table, err)
	}
	if c.Region == "" {
		return nil, fmt.Errorf("dynamodb://%s: no region; set AWS_REGION", table)
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("dynamodb://%s: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE: %w", table, err)
	}
	return dynamodb.NewFromConfig(c, func(o *dynamodb.Options) { o.HTTPClient = dynamo.HTTPClient() }), nil
}

// An opened store, and the parts that work on it that work on one store.
type opened struct {
	store     store.Store
	chosen    *engine.Chosen
	publisher *engine.Publisher
	indexer   *engine.Indexer
	reader    *engine.Reader
	shared    bool // other processes may write to the store
	log       *slog.Logger
}

func (p *program) newEngine(s store.Store) (*opened, error) {
	publishing := engine.PublisherOptions{Site: p.site}
	indexing := engine.IndexerOptions{
		Log:   p.log,
		Alone: !strings.Contains(p.storeName, "://"), // a file is locked
		Lean:  p.lean,

		Receipts: p.receipts,
	}
	var shared sharing
	if p.served != nil {
		shared = p.served
	} else if through, ok := s.(*remote.Store); ok {
		shared = through
	}
	if shared != nil {
		indexing.Alone, indexing.Owner, indexing.Gone, indexing.Patience = false, shared.Owner(), shared.Gone, busyPatience
		publishing.Turn = shared.Turn
	}
	chosen := p.choose(s)
	indexing.Chosen = chosen
	indexer := engine.NewIndexer(s, recommend.Settings{}, indexing)
	return &opened{
		store:     s,
		chosen:    chosen,
		publisher: engine.ChosenPublisher(s, chosen, publishing),
		indexer:   indexer,
		shared:    shared != nil,
		log:       p.log,
		reader: engine.NewReader(s, engine.ReaderOptions{
			Version: version(), Name: p.shownStore(), Site: p.site, Chosen: chosen, HeadAge: p.headAge,
			Index: func() (engine.Ranker, error) { return indexer, nil },
		}),
	}, nil
}

// settingsAge is how long a program takes the settings in its store for what
// they were.
const settingsAge = time.Second

// choose tells the settings that hold: those in the store, and over them what
// the command line says for this run.
func (p *program) choose(s store.Store) *engine.Chosen {
	return engine.NewChosen(s, func(site *recommend.Site) (err error) {
		if p.over != nil {
			if *site, err = site.Change(p.over); err != nil {
				return fmt.Errorf("--settings: %w", err)
			}
		}
		if p.langs != nil {
			site.Settings.Languages = p.langs
		}
		return nil
	}, settingsAge)
}

// shownStore is what the status, which anybody may read, calls the store.
func (p *program) shownStore() string {
	if strings.Contains(p.storeName, "://") {
		return p.storeName
	}
	return filepath.Base(p.storeName)
}

// withStore calls f with the parts on the store that --store names, and closes
// it.
func (p *program) withStore(ctx context.Context, fresh bool, f func(*opened) error) error {
	s, err := p.openStore(ctx, fresh)
	if err != nil {
		return err
	}
	return p.use(s, f)
}

// use calls f with the parts on s, and closes s.
func (p *program) use(s store.Store, f func(*opened) error) error {
	e, err := p.newEngine(s)
	if err == nil {
		err = f(e)
	}
	return errors.Join(err, s.Close())
}
