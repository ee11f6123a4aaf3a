package wire

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"akin/functions/web/serve"
	"akin/infra/gateway"
	"akin/infra/memory"
	"akin/recommend/engine"
	"akin/recommend/store"
)

// A function leaves a table alone that a later program wrote, and looks once.
func TestFormatIsLookedAtOnce(t *testing.T) {
	meter := store.NewMeter(memory.New())
	f := &formatted{Store: meter}
	row := store.Row{Key: store.Key{Part: "p", Sort: "a"}, Rev: 1}
	if _, err := f.Get(t.Context(), store.Strong, row.Key); err != nil {
		t.Fatal(err)
	}
	if err := f.Apply(t.Context(), store.Tx{{Row: row}})[0]; err != nil {
		t.Fatal(err)
	}
	meter.Take()
	for range 3 {
		if _, _, err := f.Query(t.Context(), store.Strong, store.Range{Part: "p"}); err != nil {
			t.Fatal(err)
		}
		if err := f.Apply(t.Context(), store.Tx{{Row: row}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	if n := meter.Take().Requests; n != 6 {
		t.Errorf("six calls made %d requests", n)
	}

	later := memory.New()
	if err := engine.CheckFormat(t.Context(), &latest{later}); err == nil {
		t.Fatal("a format that is to come is none")
	}
	f = &formatted{Store: later}
	const want = "the store has format 1000"
	if _, err := f.Get(t.Context(), store.Strong, row.Key); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Get = %v, want %s", err, want)
	}
	if _, _, err := f.Query(t.Context(), store.Strong, store.Range{Part: "p"}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Query = %v, want %s", err, want)
	}
	for _, err := range f.Apply(t.Context(), store.Tx{{Row: row}}, store.Tx{{Row: row}}) {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Apply = %v, want %s", err, want)
		}
	}
}

// A latest writes formats that are to come.
type latest struct{ store.Store }

func (l *latest) Apply(ctx context.Context, txs ...store.Tx) []error {
	txs[0][0].Row.Data = []byte("1000")
	return l.Store.Apply(ctx, txs...)
}

// The words of all languages are read when something needs them; settings of
// the site's own are checked when the function starts.
func TestSettings(t *testing.T) {
	env := func(settings string) Env {
		return func(name string) string { return map[string]string{"AKIN_SETTINGS": settings, "AKIN_TABLE": "t"}[name] }
	}
	log := slog.New(slog.DiscardHandler)
	for _, settings := range []string{"", `{"k": 20}`} {
		f, err := New(env(settings), log, memory.New())
		if err != nil {
			t.Fatal(err)
		}
		if x, err := f.Indexer()(); err != nil || x == nil {
			t.Errorf("with settings %q, no indexer: %v", settings, err)
		}
	}
	if _, err := New(env(`{"k": 0}`), log, memory.New()); err == nil || !strings.Contains(err.Error(), "AKIN_SETTINGS: settings: k") {
		t.Errorf("settings that are wrong: %v", err)
	}
}

// A token of the issuer makes an editor only if the claim that was named has the
// value that was named.
func TestEditorsByClaim(t *testing.T) {
	for _, tt := range []struct {
		editors string // AKIN_EDITORS
		claims  map[string]string
		want    serve.Roles
	}{
		{"cognito:groups=editors", map[string]string{"sub": "1", "cognito:groups": "[readers editors]"}, serve.RoleReader | serve.RoleEditor},
		{"cognito:groups=editors", map[string]string{"sub": "1", "cognito:groups": "[chief-editors]"}, serve.RoleReader},
		{"cognito:groups=editors", map[string]string{"sub": "1"}, serve.RoleReader},
		{"scope=akin/edit", map[string]string{"scope": "openid akin/edit"}, serve.RoleReader | serve.RoleEditor},
		{"scope=akin/edit", map[string]string{"scope": "openid akin/edit2"}, serve.RoleReader},
		{"https://news.example/role=editor", map[string]string{"https://news.example/role": "editor"}, serve.RoleReader | serve.RoleEditor},
		{"name=editor", map[string]string{"name": "not an editor"}, serve.RoleReader},
		{"", map[string]string{"sub": "1", "": ""}, serve.RoleReader},
	} {
		f, err := New(func(name string) string {
			return map[string]string{"AKIN_TABLE": "t", "AKIN_EDITORS": tt.editors}[name]
		}, slog.New(slog.DiscardHandler), memory.New())
		if err != nil {
			t.Fatal(err)
		}
		var got serve.Roles
		h := gateway.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, got = f.Access.Authorize(r) }))
		var e events.APIGatewayV2HTTPRequest
		e.RawPath, e.RequestContext.HTTP.Method = "/", "GET"
		e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: tt.claims}}
		if _, err := h(t.Context(), e); err != nil || got != tt.want {
			t.Errorf("AKIN_EDITORS %q, claims %v: %s, want %s (%v)", tt.editors, tt.claims, got, tt.want, err)
		}
	}
	for name, value := range map[string]string{"AKIN_EDITORS": "editors", "AKIN_PUBLIC": "related.example.org"} {
		env := map[string]string{"AKIN_TABLE": "t", name: value}
		if _, err := New(func(n string) string { return env[n] }, slog.New(slog.DiscardHandler), memory.New()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

// An answer that is an error of the service is a failure of its version, whether the
// function failed over it or not; what a client did wrong is none.
func TestFailuresAreCounted(t *testing.T) {
	env := map[string]string{"AKIN_TABLE": "t", "AKIN_STACK": "news", "AWS_LAMBDA_FUNCTION_VERSION": "7"}
	f, err := New(func(n string) string { return env[n] }, slog.New(slog.DiscardHandler), memory.New())
	if err != nil {
		t.Fatal(err)
	}
	var metrics bytes.Buffer
	answer := f.answer(&metrics, "api", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("broken")
		}
		status, _ := strconv.Atoi(r.URL.Path[1:])
		w.WriteHeader(status)
	}))
	for path, want := range map[string]int{"/200": 0, "/404": 0, "/429": 0, "/500": 1, "/503": 1, "/panic": 1} {
		metrics.Reset()
		var e events.APIGatewayV2HTTPRequest
		e.RawPath, e.RequestContext.HTTP.Method = path, "GET"
		if _, err := answer(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(metrics.String(), `"Failures":1`); got != want {
			t.Errorf("%s: %d failures, want %d: %s", path, got, want, &metrics)
		}
		if want > 0 && !strings.Contains(metrics.String(), `"Dimensions":[["Function","Stack","Version"]]`) || want > 0 && !strings.Contains(metrics.String(), `"Version":"7"`) {
			t.Errorf("%s: %s", path, &metrics)
		}
	}
}
