// Package wire makes what the Lambda functions have in common out of their
// environment: the table, the settings, the log, the metrics.
package wire

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
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
//	AKIN_PUBLIC    address where readers find the pages; empty: wherever a request went
//	AKIN_EDITORS   CLAIM=VALUE that a token of the editors' issuer has to have; empty: no token makes an editor
//	AKIN_LEASE     how long a writer is waited for that died, as 30s; empty: the default
//	AKIN_EVENTS    true: what readers see and follow in related lists is counted
//	AKIN_RECEIPTS  true: what each change made of lists and topics is told
//	AKIN_BUS       name of the bus of EventBridge that receipts are put on
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

// store returns the table. A job has more patience with DynamoDB than what a
// reader waits for.
func (e Env) store(job bool) (store.Store, error) {
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

// A Function is what every Lambda function is made of.
type Function struct {
	Env
	Store  store.Store
	Log    *slog.Logger
	Access serve.Config   // who may ask: those whom API Gateway let through, and holders of tokens
	Site   *url.URL       // of the website; nil: unknown
	Public *url.URL       // where readers find the pages; nil: wherever a request went
	Chosen *engine.Chosen // the settings that hold
	lease  time.Duration
}

// New returns the function that env describes, on s. A mistake in env is told
// at once. Nothing is read from s.
func New(env Env, log *slog.Logger, s store.Store) (*Function, error) {
	f := &Function{Env: env, Store: s, Log: log}
	tokens, err := serve.ParseTokens(strings.NewReader(strings.ReplaceAll(env("AKIN_TOKENS"), ";", "\n")))
	if err != nil {
		return nil, fmt.Errorf("AKIN_TOKENS: %w", err)
	}
	claim, value, ok := strings.Cut(env("AKIN_EDITORS"), "=")
	if !ok && claim != "" || ok && (claim == "" || value == "") {
		return nil, fmt.Errorf("AKIN_EDITORS: %q is not CLAIM=VALUE", env("AKIN_EDITORS"))
	}
	authorize := func(r *http.Request) (string, serve.Roles) { return authorize(r, claim, value) }
	if public := env("AKIN_PUBLIC"); public != "" {
		if f.Public, err = url.Parse(public); err != nil || f.Public.Scheme != "https" || f.Public.Host == "" {
			return nil, fmt.Errorf("AKIN_PUBLIC: %q is not an address like https://related.example.org", public)
		}
	}
	// API Gateway answers by HTTPS only.
	f.Access = serve.Config{Tokens: tokens, Authorize: authorize, SessionKey: []byte(env("AKIN_SESSION")), HTTPS: true, Logger: log}
	if site := env("AKIN_SITE"); site != "" {
		if f.Site, err = url.Parse(site); err != nil {
			return nil, fmt.Errorf("AKIN_SITE: %w", err)
		}
	}
	if lease := env("AKIN_LEASE"); lease != "" {
		if f.lease, err = time.ParseDuration(lease); err != nil {
			return nil, fmt.Errorf("AKIN_LEASE: %w", err)
		}
	}
	f.Chosen, err = chosen(env("AKIN_SETTINGS"), s)
	return f, err
}

// chosen tells the settings that hold: said, laid over those in s. Reading them
// takes half of what a process takes to start, so it is not done before they are
// needed; but a mistake in said is told at once.
func chosen(said string, s store.Store) (*engine.Chosen, error) {
	over := func(site *recommend.Site) (err error) {
		if *site, err = site.Change([]byte(cmp.Or(said, "{}"))); err != nil {
			return fmt.Errorf("AKIN_SETTINGS: settings: %w", err)
		}
		return nil
	}
	if said != "" && said != "{}" {
		site := recommend.DefaultSite()
		if err := over(&site); err != nil {
			return nil, err
		}
	}
	return engine.NewChosen(s, over, settingsAge), nil
}

// Indexer returns what makes an indexer, once.
func (f *Function) Indexer() func() (*engine.Indexer, error) {
	return sync.OnceValues(func() (*engine.Indexer, error) {
		o := engine.IndexerOptions{Log: f.Log, Chosen: f.Chosen, Lease: f.lease, Receipts: f.Receipts(), ReviewEvery: reviewEvery}
		return engine.NewIndexer(f.Store, recommend.Settings{}, o), nil
	})
}

// reviewEvery is how often all lists are looked at for what rules for ages change: they
// count days, and reading all lists costs.
const reviewEvery = 24 * time.Hour

// Receipts reports whether receipts are made.
func (f *Function) Receipts() bool { return f.Env("AKIN_RECEIPTS") == "true" }

// Publisher returns a publisher, which reads the settings when it is handed the
// first item.
func (f *Function) Publisher() *engine.Publisher {
	return engine.ChosenPublisher(f.Store, f.Chosen, engine.PublisherOptions{Site: f.Env("AKIN_SITE")})
}

// Reader returns a reader that may remember the generation in use for five
// seconds, and asks an index what filters leave open; nil: none.
func (f *Function) Reader(index func() (engine.Ranker, error)) *engine.Reader {
	return engine.NewReader(f.Store, engine.ReaderOptions{
		Site: f.Env("AKIN_SITE"), Chosen: f.Chosen, Version: Version(), Name: "dynamodb://" + f.Env("AKIN_TABLE"), HeadAge: 5 * time.Second, Index: index,
	})
}

// authorize returns the caller that API Gateway let through and what they may
// do: a principal that signed with IAM everything, since its policy names the
// routes that it may call; the bearer of a verified token what editors may, if
// its claim has value, and otherwise what readers may.
func authorize(r *http.Request, claim, value string) (string, serve.Roles) {
	c, _ := gateway.CallerOf(r.Context())
	switch {
	case c.Principal != "":
		return c.Principal, serve.AllRoles
	case c.Claims != nil:
		roles := serve.RoleReader
		if claim != "" && claims(claim, c.Claims[claim], value) {
			roles |= serve.RoleEditor
		}
		return cmp.Or(c.Claims["email"], c.Claims["sub"], "editor"), roles
	}
	return "", 0
}

// claims tells whether a claim, as API Gateway hands it over, is value or lists
// it: a list of a token arrives as [a b], scopes are parted by spaces in the
// token itself. Other claims are taken whole: people may write them themselves.
func claims(name, got, value string) bool {
	list, ok := strings.CutPrefix(got, "[")
	if ok {
		list, ok = strings.CutSuffix(list, "]")
	}
	if !ok && name != "scope" && name != "scp" {
		return got == value
	}
	return slices.Contains(strings.Fields(list), value)
}

// Metrics returns a log of metrics of this stack.
func (e Env) Metrics() *emf.Log {
	return emf.New(os.Stdout, "akin", map[string]string{"Stack": e("AKIN_STACK")})
}

// Answer returns what answers requests of the HTTP API with h. Each answer that is an error
// of the service counts as one of Failures, by function and version: a version that
// comes into use is told by them from the one before.
func (f *Function) Answer(name string, h http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return f.answer(os.Stdout, name, h)
}

func (f *Function) answer(metrics io.Writer, name string, h http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	failures := emf.New(metrics, "akin", map[string]string{"Stack": f.Env("AKIN_STACK"), "Function": name, "Version": f.Env("AWS_LAMBDA_FUNCTION_VERSION")})
	answer := gateway.Handler(h)
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		r, err := answer(ctx, e)
		if r.StatusCode >= http.StatusInternalServerError {
			if err := failures.Put(map[string]emf.Metric{"Failures": {Value: 1, Unit: emf.Count}}); err != nil {
				f.Log.ErrorContext(ctx, "metrics", "err", err)
			}
		}
		return r, err
	}
}

// Main runs a function, which is called name in the log. Run is not called if the
// environment is wrong, and does not return. Job says that nobody waits.
func Main(name string, job bool, run func(*Function)) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	fail := func(err error) {
		if err != nil {
			log.Error(name+" does not start", "err", err)
			os.Exit(1)
		}
	}
	table, err := Env(os.Getenv).store(job)
	fail(err)
	f, err := New(os.Getenv, log, table)
	fail(err)
	run(f)
}

// Version returns the module's version, or "devel".
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
