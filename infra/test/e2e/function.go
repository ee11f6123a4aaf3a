// Package e2e runs akin's Lambda functions on one machine as AWS runs them: the
// programs that are deployed, under a Runtime API; behind an HTTP API with the
// routes of template.yaml; fed by the stream of a table with the settings of
// the event source mapping; with the permissions of their roles and no others.
// DynamoDB Local is the table, moto the rest of AWS. It belongs in no program.
package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// A FunctionConfig says how a function runs.
type FunctionConfig struct {
	Name    string
	Binary  string        // path of the program
	Env     []string      // NAME=VALUE; nothing else is in the environment
	Timeout time.Duration // of one invocation
	Log     io.Writer     // takes what the program prints; safe for concurrent use
}

// A Function runs invocations of a program. Like Lambda it keeps environments
// (processes) for later invocations and starts a further one if all are busy.
// It is safe for concurrent use.
type Function struct {
	FunctionConfig

	mu     sync.Mutex
	idle   []*environment
	all    map[*environment]bool
	starts int
	closed bool
}

// A Result is what became of an invocation.
type Result struct {
	Payload []byte
	Error   string // "Unhandled" where the function failed; empty: it did not
}

// NewFunction returns a function; no process is started yet.
func NewFunction(c FunctionConfig) *Function {
	return &Function{FunctionConfig: c, all: map[*environment]bool{}}
}

// Starts returns how many processes were started so far.
func (f *Function) Starts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.starts
}

// Invoke runs one invocation. The error is nil also where the function failed,
// as [Result.Error] tells.
func (f *Function) Invoke(ctx context.Context, payload []byte) (*Result, error) {
	e, err := f.take()
	if err != nil {
		return nil, fmt.Errorf("function %s: %w", f.Name, err)
	}
	result, alive := e.invoke(ctx, payload, f.Timeout)
	f.mu.Lock()
	defer f.mu.Unlock()
	if alive && !f.closed {
		f.idle = append(f.idle, e)
	} else {
		delete(f.all, e)
		e.stop()
	}
	return result, nil
}

func (f *Function) take() (*environment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, errors.New("closed")
	}
	if n := len(f.idle); n > 0 {
		e := f.idle[n-1]
		f.idle = f.idle[:n-1]
		return e, nil
	}
	e, err := startEnvironment(f.FunctionConfig)
	if err != nil {
		return nil, err
	}
	f.starts++
	f.all[e] = true
	return e, nil
}

// Kill ends all processes at once, in the middle of what they do.
func (f *Function) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for e := range f.all {
		e.kill()
	}
	for _, e := range f.idle {
		delete(f.all, e)
		e.stop()
	}
	f.idle = nil
}

// Close ends all processes and refuses further invocations.
func (f *Function) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.Kill()
}

// An environment is one process and the Runtime API that it talks to.
type environment struct {
	name   string
	server *http.Server
	cmd    *exec.Cmd
	work   chan *invocation
	exited chan struct{} // closed when the process has ended
	ready  chan struct{} // closed when it asked for its first invocation

	mu      sync.Mutex
	current *invocation
	once    sync.Once
}

type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan *Result
}

func startEnvironment(c FunctionConfig) (*environment, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &environment{name: c.Name, work: make(chan *invocation), exited: make(chan struct{}), ready: make(chan struct{})}
	mux := http.NewServeMux()
	const api = "/2018-06-01/runtime"
	mux.HandleFunc("GET "+api+"/invocation/next", e.next)
	mux.HandleFunc("POST "+api+"/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { e.finish(w, r, "") })
	mux.HandleFunc("POST "+api+"/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { e.finish(w, r, "Unhandled") })
	mux.HandleFunc("POST "+api+"/init/error", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(c.Log, r.Body)
		w.WriteHeader(http.StatusAccepted)
	})
	e.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go e.server.Serve(listener)

	e.cmd = exec.Command(c.Binary)
	e.cmd.Stdout, e.cmd.Stderr = c.Log, c.Log
	e.cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(),
		"AWS_LAMBDA_FUNCTION_NAME=" + c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=1",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
		"_HANDLER=bootstrap",
		"TZ=:UTC",
	}, c.Env...)
	if err := e.cmd.Start(); err != nil {
		e.server.Close()
		return nil, err
	}
	go func() {
		e.cmd.Wait()
		close(e.exited)
	}()
	return e, nil
}

// next hands the process its next invocation, once there is one.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	e.once.Do(func() { close(e.ready) })
	select {
	case i := <-e.work:
		e.mu.Lock()
		e.current = i
		e.mu.Unlock()
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:"+e.name)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		w.Write(i.payload)
	case <-r.Context().Done():
	}
}

// finish takes the outcome of the current invocation.
func (e *environment) finish(w http.ResponseWriter, r *http.Request, failure string) {
	body, err := io.ReadAll(r.Body)
	e.mu.Lock()
	i := e.current
	if i != nil && i.id == r.PathValue("id") && err == nil {
		e.current = nil
		i.done <- &Result{Payload: body, Error: failure}
		w.WriteHeader(http.StatusAccepted)
	} else {
		http.Error(w, "no such invocation", http.StatusBadRequest)
	}
	e.mu.Unlock()
}

// invoke runs one invocation and tells whether the process can take another.
func (e *environment) invoke(ctx context.Context, payload []byte, timeout time.Duration) (*Result, bool) {
	i := &invocation{id: rand.Text(), payload: payload, deadline: time.Now().Add(timeout), done: make(chan *Result, 1)}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	failed := func(kind, message string) (*Result, bool) {
		b, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
		if err != nil {
			panic(err) // strings always encode
		}
		return &Result{Payload: b, Error: "Unhandled"}, false
	}
	work := e.work
	for {
		select {
		case work <- i:
			work = nil
		case r := <-i.done:
			return r, true
		case <-e.exited:
			select {
			case r := <-i.done: // it answered, and then ended
				return r, false
			default:
				return failed("Runtime.ExitError", "RequestId: "+i.id+" Error: Runtime exited")
			}
		case <-timer.C:
			return failed("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", i.id, timeout.Seconds()))
		case <-ctx.Done():
			return failed("Canceled", ctx.Err().Error())
		}
	}
}

func (e *environment) kill() { e.cmd.Process.Kill() }

func (e *environment) stop() {
	e.kill()
	<-e.exited
	e.server.Close()
}

// StartTime starts a program once, and returns how long it took to ask for its
// first invocation, and the processor time that it had used by then or a moment
// later. On an idle machine they are alike; a busy one spoils only the first.
func StartTime(ctx context.Context, c FunctionConfig) (wall, processor time.Duration, err error) {
	var log bytes.Buffer
	if c.Log == nil {
		c.Log = &log
	}
	start := time.Now()
	e, err := startEnvironment(c)
	if err != nil {
		return 0, 0, err
	}
	select {
	case <-e.ready:
		wall = time.Since(start)
	case <-e.exited:
		err = fmt.Errorf("%s ended before it asked for work: %s", c.Name, &log)
	case <-ctx.Done():
		err = ctx.Err()
	}
	e.stop()
	return wall, e.cmd.ProcessState.UserTime() + e.cmd.ProcessState.SystemTime(), err
}
