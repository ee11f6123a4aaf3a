// Package wire makes what the Lambda functions have in common out of their
// environment: the table, the settings, the log, the metrics.
package wire

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"akin/functions/web/serve"
	"akin/infra/dynamo"
	"akin/infra/emf"
	"akin/infra/gateway"
	"akin/recommend"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// An Env looks up a variable of the environment; [os.Getenv] is one. These
// count, besides those that Lambda sets:
//
//	AKIN_TABLE     name of the table
//	AKIN_STACK     name of the stack, the dimension of metrics
//	AKIN_SETTINGS  settings as JSON, laid over those in the table; empty: those in the table
//	AKIN_SITE      address of the website; empty: the one in the table
//	AKIN_LEASE     how long a writer is waited for that died, as 30s; empty: the default
//	AKIN_EVENTS    true: what readers see and follow in related lists is counted
//	AKIN_TOKENS    tokens of people who sign in on pages: lines of a token file, parted by semicolons
//	AKIN_INDEX     address of the API, where the function that holds an index answers filters; empty: nobody does
//	AKIN_SESSION   secret that seals their sessions; functions that share it accept each other's
type Env func(string) string

// Credentials are those of the function's role. They hold as long as the
// process lives.
func (e Env) Credentials() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(e("AWS_ACCESS_KEY_ID"), e("AWS_SECRET_ACCESS_KEY"), e("AWS_SESSION_TOKEN"))
}

// Endpoint returns the address to reach a service at ("S3"), nil for AWS's own.
func (e Env) Endpoint(service string) *string {
	if u := cmp.Or(e("AWS_ENDPOINT_URL_"+service), e("AWS_ENDPOINT_URL")); u != "" {
		return &u
	}
	return nil
}

// Region returns the region that the function runs in.
func (e Env) Region() string { return e("AWS_REGION") }

// Store returns the table. A job has more patience with DynamoDB than what a
// reader waits for.
func (e Env) Store(job bool) (store.Store, error) {
	if e("AKIN_TABLE") == "" {
		return nil, fmt.Errorf("AKIN_TABLE: names no table")
	}
	client := dynamodb.New(dynamodb.Options{
		Region: e.Region(), BaseEndpoint: e.Endpoint("DYNAMODB"), Credentials: e.Credentials(), HTTPClient: dynamo.HTTPClient(),
	})
	var options []dynamo.Option
	if job {
		options = append(options, dynamo.WithReadRetries(10, time.Second))
	}
	return &formatted{Store: dynamo.New(client, e("AKIN_TABLE"), options...)}, nil
}

// settingsAge is how long a process takes the settings in the table for what
// they were.
const settingsAge = time.Minute

// Chosen tells the settings that hold. Reading them takes half of what a process
// takes to start, so it is not done before they are needed; but a mistake in
// AKIN_SETTINGS is told at once.
func (e Env) Chosen(s store.Store) (*engine.Chosen, error) {
	over := func(site *recommend.Site) (err error) {
		if *site, err = site.Change([]byte(cmp.Or(e("AKIN_SETTINGS"), "{}"))); err != nil {
			return fmt.Errorf("AKIN_SETTINGS: settings: %w", err)
		}
		return nil
	}
	if said := e("AKIN_SETTINGS"); said != "" && said != "{}" {
		site := recommend.DefaultSite()
		if err := over(&site); err != nil {
			return nil, err
		}
	}
	return engine.NewChosen(s, over, settingsAge), nil
}

// Indexer returns what makes an indexer on store, once.
func (e Env) Indexer(store store.Store, log *slog.Logger) (func() (*engine.Indexer, error), error) {
	chosen, err := e.Chosen(store)
	if err != nil {
		return nil, err
	}
	o := engine.IndexerOptions{Log: log, Chosen: chosen}
	if lease := e("AKIN_LEASE"); lease != "" {
		if o.Lease, err = time.ParseDuration(lease); err != nil {
			return nil, fmt.Errorf("AKIN_LEASE: %w", err)
		}
	}
	return sync.OnceValues(func() (*engine.Indexer, error) {
		return engine.NewIndexer(store, recommend.Settings{}, o), nil
	}), nil
}

// Publisher returns a publisher to store, which reads the settings when it is
// handed the first item.
func (e Env) Publisher(store store.Store) (*engine.Publisher, error) {
	chosen, err := e.Chosen(store)
	if err != nil {
		return nil, err
	}
	return engine.ChosenPublisher(store, chosen, engine.PublisherOptions{Site: e("AKIN_SITE")}), nil
}

// Reader returns a reader of store that may remember the generation in use for
// five seconds.
func (e Env) Reader(store store.Store) *engine.Reader { return e.IndexedReader(store, nil) }

// IndexedReader returns such a reader, which asks an index what filters leave
// open; nil: none.
func (e Env) IndexedReader(store store.Store, index func() (engine.Ranker, error)) *engine.Reader {
	chosen, err := e.Chosen(store)
	if err != nil {
		chosen = nil // whoever writes tells of it
	}
	return engine.NewReader(store, engine.ReaderOptions{
		Site: e("AKIN_SITE"), Chosen: chosen, Version: Version(), Name: "dynamodb://" + e("AKIN_TABLE"), HeadAge: 5 * time.Second, Index: index,
	})
}

// Access returns who may ask: those whom API Gateway let through, and holders of
// tokens.
func (e Env) Access(log *slog.Logger) (serve.Config, error) {
	tokens, err := serve.ParseTokens(strings.NewReader(strings.ReplaceAll(e("AKIN_TOKENS"), ";", "\n")))
	if err != nil {
		return serve.Config{}, fmt.Errorf("AKIN_TOKENS: %w", err)
	}
	return serve.Config{Tokens: tokens, Authorize: authorize, SessionKey: []byte(e("AKIN_SESSION")), Logger: log}, nil
}

// authorize returns the caller that API Gateway let through and what they may
// do: a principal that signed with IAM everything, since its policy names the
// routes that it may call; the bearer of a verified token what editors may.
func authorize(r *http.Request) (string, serve.Roles) {
	c, _ := gateway.CallerOf(r.Context())
	switch {
	case c.Principal != "":
		return c.Principal, serve.AllRoles
	case c.Claims != nil:
		return cmp.Or(c.Claims["email"], c.Claims["sub"], "editor"), serve.RoleReader | serve.RoleEditor
	}
	return "", 0
}

// Site returns the address of the website, nil if it is unknown.
func (e Env) Site() (*url.URL, error) {
	if e("AKIN_SITE") == "" {
		return nil, nil
	}
	u, err := url.Parse(e("AKIN_SITE"))
	if err != nil {
		return nil, fmt.Errorf("AKIN_SITE: %w", err)
	}
	return u, nil
}

// Counter returns what counts for readers of r, nil if nothing is to be counted.
func (e Env) Counter(store store.Store, r *engine.Reader) *engine.Counter {
	if e("AKIN_EVENTS") != "true" {
		return nil
	}
	return engine.NewCounter(store, r, engine.CounterOptions{})
}

// Metrics returns a log of metrics of this stack.
func (e Env) Metrics(w io.Writer) *emf.Log {
	return emf.New(w, "akin", map[string]string{"Stack": e("AKIN_STACK")})
}

// Main runs a function, which is called name in the log and returns only if it
// cannot start.
func Main(name string, run func(Env, *slog.Logger) error) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	if err := run(os.Getenv, log); err != nil {
		log.Error(name+" does not start", "err", err)
		os.Exit(1)
	}
}

// Version returns the module's version, or "devel".
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
