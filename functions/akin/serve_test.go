package akin

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"akin/infra/bolt"
	"akin/recommend"
	"akin/recommend/engine"
)

// patience is how long a process may take for anything, on a busy machine and
// with the race detector.
const patience = time.Minute

// akinCommand returns a command that runs the program akin in dir.
func akinCommand(ctx context.Context, t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	return commandIn(exec.CommandContext(ctx, filepath.Join(programDir(t), "akin"), args...), dir)
}

// racedCommand returns a command that runs this test binary as akin in dir, under
// the race detector if the tests are.
func racedCommand(ctx context.Context, t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return commandIn(exec.CommandContext(ctx, self, args...), dir, runMain+"=1", noLinger)
}

func commandIn(cmd *exec.Cmd, dir string, env ...string) *exec.Cmd {
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), env...), "GOGC=", "AKIN_TOKEN=", "TMPDIR="+dir)
	return cmd
}

// akin runs akin in dir to its end and returns what it prints.
func akin(t testing.TB, dir string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := akinCommand(ctx, t, dir, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// A served is a running akin serve.
type served struct {
	t   testing.TB
	cmd *exec.Cmd
	url string

	mu     sync.Mutex
	stderr strings.Builder
	read   chan struct{} // closed at the end of stderr
}

// startServe starts akin serve in dir on a free port and waits until it answers.
func startServe(t testing.TB, dir string, env []string, args ...string) *served {
	t.Helper()
	cmd := racedCommand(context.Background(), t, dir, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(cmd.Env, env...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, cmd: cmd, read: make(chan struct{})}
	listening := make(chan string, 1)
	go func() {
		defer close(s.read)
		for sc := bufio.NewScanner(stderr); sc.Scan(); {
			s.mu.Lock()
			s.stderr.WriteString(sc.Text() + "\n")
			s.mu.Unlock()
			if address, ok := strings.CutPrefix(sc.Text(), "akin: listening on "); ok {
				listening <- address
			}
		}
	}()
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	select {
	case s.url = <-listening:
	case <-s.read:
		t.Fatalf("serve ended: %s", s.log())
	case <-time.After(patience):
		t.Fatalf("serve does not listen: %s", s.log())
	}
	return s
}

func (s *served) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stderr.String()
}

// stop ends the server with SIGTERM, and the test if that is not a good end.
func (s *served) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	<-s.read
	if err := s.cmd.Wait(); err != nil {
		s.t.Fatalf("serve ended with %v: %s", err, s.log())
	}
}

// do makes a request and returns status and body.
func (s *served) do(method, path, body string, header ...string) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("%v; log: %s", err, s.log())
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// want fails the test unless a request is answered with a status and a text.
func (s *served) want(method, path, body string, status int, text string, header ...string) {
	s.t.Helper()
	got, answer := s.do(method, path, body, header...)
	if got != status || !strings.Contains(answer, text) {
		s.t.Errorf("%s %s: %d %.300s, want %d with %s", method, path, got, answer, status, text)
	}
}

func (s *served) status() (st recommend.StatusReport) {
	s.t.Helper()
	_, body := s.do("GET", "/v1/status", "")
	if err := json.Unmarshal([]byte(body), &st); err != nil {
		s.t.Fatalf("status: %v: %s", err, body)
	}
	return st
}

// The demonstration answers with lists, takes a publish that shows at once in
// another item's list, and leaves nothing behind.
func TestServeDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServe(t, dir, nil, "--demo")
	s.want("GET", "/healthz", "", 200, "ok")
	s.want("GET", "/", "", 200, "Lindero Institute")
	s.want("GET", "/items/cool-by-noon", "", 200, "cool-by-noon-launch")
	s.want("GET", "/v1/items/cool-by-noon/related", "", 200, `"generation":1`)

	s.want("PUT", "/v1/items/again", `{"title":"Cool by Noon: What Makes a Public Cooling Centre Work","date":"2022-05","lang":"en"}`, 201, `"created"`)
	s.want("GET", "/v1/items/cool-by-noon/related?limit=1", "", 200, `"again"`)
	s.want("DELETE", "/v1/items/again", "", 204, "")
	if _, body := s.do("GET", "/v1/items/cool-by-noon/related", ""); strings.Contains(body, `"again"`) {
		t.Errorf("a withdrawn item is still listed: %s", body)
	}
	s.want("GET", "/v1/items/again/related", "", 410, "")
	s.stop()
	if !strings.Contains(s.log(), "akin: ending") {
		t.Errorf("the log does not say that serve ends: %s", s.log())
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range left {
		t.Errorf("left behind: %s", entry.Name())
	}
}

// SIGTERM lets a request that has begun end, and refuses others.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	s := startServe(t, t.TempDir(), nil)
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"title":"Slowly sent"}`
	fmt.Fprintf(conn, "PUT /v1/items/slow HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", u.Host, len(body))
	answers := bufio.NewReader(conn)
	// The server asks for the body: the request has begun.
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; { // until it has closed the door
		other, err := net.Dial("tcp", u.Host)
		if err != nil {
			break
		}
		other.Close()
		if time.Now().After(deadline) {
			t.Fatal("it still listens")
		}
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("the request was cut off: %v; log: %s", err, s.log())
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Errorf("status %s, want 201", resp.Status)
	}
	<-s.read
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("serve ended with %v: %s", err, s.log())
	}
}

// With secrets, only those who hold one may write.
func TestServeTokens(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	line, told, code := akin(t, dir, "token", "cms", "pipeline")
	_, secret, ok := strings.Cut(strings.TrimSpace(told), "shown once: ")
	if code != 0 || !ok {
		t.Fatalf("token: %d %s", code, told)
	}
	if err := os.WriteFile(filepath.Join(dir, "tokens.txt"), []byte("# who may write\n"+line), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, dir, []string{"AKIN_TOKEN=all-of-it"}, "--tokens", "tokens.txt")
	item := `{"title":"Rents"}`
	s.want("PUT", "/v1/items/rents", item, 401, "")
	s.want("PUT", "/v1/items/rents", item, 401, "", "Authorization", "Bearer "+secret+"x")
	s.want("PUT", "/v1/items/rents", item, 201, "", "Authorization", "Bearer "+secret)
	s.want("DELETE", "/v1/items/rents", "", 204, "", "Authorization", "Bearer all-of-it")
	s.stop()
}

// What readers tell is counted only where that is asked for, and stored before
// the program ends.
func TestServeCountsEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	items := `{"id":"a","title":"Rent caps in three cities","lang":"en"}` + "\n" + `{"id":"b","title":"Tenants and rent caps","lang":"en"}`
	if err := os.WriteFile(filepath.Join(dir, "items.jsonl"), []byte(items), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"import", "items.jsonl"}} {
		if _, told, code := akin(t, dir, args...); code != 0 {
			t.Fatal(told)
		}
	}
	const click = `{"kind":"click","item":"a","generation":1,"entries":[{"id":"b","tier":"similar","position":1}]}`
	off := startServe(t, dir, nil)
	off.want("POST", "/v1/events", click, 404, "not counted here")
	off.stop()
	on := startServe(t, dir, []string{"AKIN_EVENTS=true"})
	on.want("POST", "/v1/events", click, 204, "", "User-Agent", "Mozilla/5.0")
	on.want("POST", "/v1/events", click, 204, "", "User-Agent", "Mozilla/5.0 (compatible; bot)")
	on.want("POST", "/v1/events", `{"kind":"hover"}`, 422, "kind", "User-Agent", "Mozilla/5.0")
	on.stop()
	if out, told, code := akin(t, dir, "coverage", "--json"); code != 0 || !strings.Contains(out, `"impressions":0,"clicks":1,"places":[{"tier":"similar","position":1,"impressions":0,"clicks":1}]`) {
		t.Errorf("coverage --json: %d %s %s", code, out, told)
	}
}

// A store that is being served can be copied and checked, and nobody else may
// serve it.
// Changes that were left over are indexed without being asked for.
func TestServeStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	corpus, err := filepath.Abs("../../testdata/corpus/items.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if _, told, code := akin(t, dir, "import", corpus); code != 0 {
		t.Fatal(told)
	}
	leaveChange(t, filepath.Join(dir, "akin.db"))

	s := startServe(t, dir, nil, "--site", "https://lindero.example", "--log", "json")
	for deadline := time.Now().Add(patience); s.status().Pending > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("changes wait for ever; log: %s", s.log())
		}
	}
	s.want("GET", "/v1/items/cool-by-noon/related?limit=1", "", 200, `"left-over"`)
	s.want("GET", "/v1/related?url=https://lindero.example/works/cool-by-noon", "", 200, `"item":"cool-by-noon"`)

	if _, told, code := akin(t, dir, "serve", "--addr", "127.0.0.1:0"); code != 1 || told != "akin: akin.db is in use by another akin process\n" {
		t.Errorf("a second server of a store: %d %s", code, told)
	}
	if out, told, code := akin(t, dir, "check"); code != 0 || !strings.HasPrefix(out, "exact: ") {
		t.Errorf("check of a served store: %d %s %s", code, out, told)
	}
	if out, told, code := akin(t, dir, "backup", "copy.db"); code != 0 || !strings.HasPrefix(out, "copy.db: ") {
		t.Errorf("backup of a served store: %d %s %s", code, out, told)
	}
	_, answer := s.do("GET", "/v1/items/cool-by-noon/related?limit=9&type=Reports", "")
	told := `"site":"https://lindero.example",` // to serve alone, not to the copy
	if !strings.Contains(answer, told) {
		t.Errorf("related answers %s, without the site that serve was told", answer)
	}
	answer = strings.Replace(answer, told, "", 1)
	if out, _, _ := akin(t, dir, "related", "cool-by-noon", "--store", "copy.db", "--json", "--limit", "9", "--type", "Reports"); out != answer {
		t.Errorf("related --json prints\n%s, and the API answers\n%s", out, answer)
	}
	_, answer = s.do("GET", "/v1/topics/heat/items?limit=100", "")
	if out, _, _ := akin(t, dir, "topic", "heat", "--store", "copy.db", "--json"); out != answer {
		t.Errorf("topic --json prints\n%s, and the API answers\n%s", out, answer)
	}
	if out, told, code := akin(t, dir, "check", "--store", "copy.db"); code != 0 || !strings.HasPrefix(out, "exact: ") {
		t.Errorf("check of the copy: %d %s %s", code, out, told)
	}

	// A rebuild in the background keeps nobody from reading.
	s.want("POST", "/v1/reindex", "", 202, "running")
	for deadline := time.Now().Add(patience); s.status().Generation < 2; {
		s.want("GET", "/v1/items/cool-by-noon/related", "", 200, `"similar"`)
		if time.Now().After(deadline) {
			t.Fatalf("the rebuild does not end; log: %s", s.log())
		}
	}
	s.stop()
	if out, told, code := akin(t, dir, "check"); code != 0 || !strings.HasPrefix(out, "exact: ") {
		t.Errorf("check after serve: %d %s %s", code, out, told)
	}
	if !strings.Contains(s.log(), `"level":"INFO"`) {
		t.Errorf("the log is not JSON: %s", s.log())
	}
	if _, err := os.Stat(filepath.Join(dir, "akin.db.sock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// leaveChange publishes into a store and does not index, as a process does that
// is killed in between.
func leaveChange(t testing.TB, path string) {
	t.Helper()
	s, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p, err := engine.NewPublisher(s, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Put(t.Context(), recommend.Item{ID: "left-over", Title: "Cool by Noon: What Makes a Public Cooling Centre Work", Date: "2022-05", Lang: "en"}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
}
