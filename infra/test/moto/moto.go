// Package moto runs moto, which stands in for AWS services in tests: S3, SQS,
// EventBridge, Step Functions, CloudFormation. It belongs in no program.
package moto

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"akin/infra/test/tools"
)

//go:embed server.py
var program string

// A Server is a running moto.
type Server struct {
	URL string // "http://127.0.0.1:41234"

	mu  sync.Mutex
	log bytes.Buffer
}

// Write takes what moto says on standard error.
func (s *Server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

// Log returns what moto has said so far.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// Start runs moto until the test ends. State machines run for real and send
// their calls to callbackPort of this host, or to moto itself if it is 0. The
// test fails if moto is not installed.
func Start(t testing.TB, callbackPort int) *Server {
	t.Helper()
	python, err := tools.Python(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-c", program}
	if callbackPort != 0 {
		args = append(args, strconv.Itoa(callbackPort))
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{}
	cmd := exec.CommandContext(ctx, python, args...)
	cmd.Stderr = s
	cmd.Env = append(cmd.Environ(), "AWS_DEFAULT_REGION=us-east-1")
	stdin, err := cmd.StdinPipe() // closed when this process ends, however it does
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cancel()
		cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("moto does not start: %v\n%s", err, s.Log())
	}
	var hello struct{ URL string }
	if err := json.Unmarshal(line, &hello); err != nil {
		t.Fatalf("moto: %v in %q", err, line)
	}
	s.URL = hello.URL
	if err := s.configure(t.Context()); err != nil {
		t.Fatalf("moto: %v\n%s", err, s.Log())
	}
	return s
}

// configure makes state machines run, and Lambda functions need no Docker.
func (s *Server) configure(ctx context.Context) error {
	const config = `{"stepfunctions": {"execute_state_machine": true}, "lambda": {"use_docker": false}}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/moto-api/config", strings.NewReader(config))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err != nil || res.StatusCode >= 300 {
		return fmt.Errorf("configuration answered %s: %s", res.Status, b)
	}
	return nil
}
