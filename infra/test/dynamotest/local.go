// Package dynamotest gives tests Amazon's DynamoDB Local, one process per test
// binary, and makes requests to it fail in the ways that DynamoDB fails and
// DynamoDB Local does not. It belongs in no program.
package dynamotest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"akin/infra/dynamo"
)

// Env names the environment variable that may hold the folder of DynamoDB Local,
// the one with DynamoDBLocal.jar.
const Env = "AKIN_DYNAMODB_LOCAL"

// Region is the one that clients made here name.
const Region = "us-east-1"

// cached is where infra/test/install/dynamodb-local.sh puts DynamoDB Local, from
// the root of the project.
var cached = filepath.Join(".cache", "dynamodb-local")

// startLimit is how long DynamoDB Local may take to answer; 2 s are usual.
const startLimit = time.Minute

// A server is a running DynamoDB Local. It ends with this process, however that
// ends: a shell waits for the end of a pipe that only this process holds.
type server struct {
	endpoint string
	pid      int
	alive    io.Closer
}

var running = sync.OnceValues(start)

// Endpoint returns the address of DynamoDB Local, which the first call starts.
// The test fails if it is not installed.
func Endpoint(t testing.TB) string {
	t.Helper()
	s, err := running()
	if err != nil {
		t.Fatal(err)
	}
	return s.endpoint
}

// ProcessorTime returns how much processor time DynamoDB Local has used so far,
// zero where the system does not tell as Linux does.
func ProcessorTime(t testing.TB) time.Duration {
	t.Helper()
	Endpoint(t) // starts it
	s, err := running()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		return 0
	}
	_, fields, _ := strings.Cut(string(b), ") ") // after the command's name
	var ticks int64
	for _, field := range strings.Fields(fields)[11:13] { // in user mode, in the kernel
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100)
}

// Client returns a client of DynamoDB Local that sends its requests by rt; nil
// stands for what programs use.
func Client(t testing.TB, rt http.RoundTripper) *dynamodb.Client {
	t.Helper()
	endpoint := Endpoint(t)
	o := dynamodb.Options{
		Region: Region, BaseEndpoint: &endpoint, HTTPClient: dynamo.HTTPClient(),
		Credentials: credentials.NewStaticCredentialsProvider("akin", "akin", ""),
	}
	if rt != nil {
		o.HTTPClient = &http.Client{Transport: rt}
	}
	return dynamodb.New(o)
}

// Table makes a table for the test, which is deleted at its end.
func Table(t testing.TB) string {
	t.Helper()
	table := "akin-" + strings.ToLower(rand.Text())
	if err := dynamo.New(Client(t, nil), table).CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := Client(t, nil).DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &table})
		if err != nil {
			t.Errorf("delete table: %v", err)
		}
	})
	return table
}

// Open returns a store on a table of the test's own that sends its requests by
// rt; nil stands for what programs use.
func Open(t testing.TB, rt http.RoundTripper, options ...dynamo.Option) *dynamo.Store {
	t.Helper()
	return dynamo.New(Client(t, rt), Table(t), options...)
}

// folder returns the folder of DynamoDB Local.
func folder() (string, error) {
	if dir := os.Getenv(Env); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "DynamoDBLocal.jar")); err != nil {
			return "", fmt.Errorf("%s: %w", Env, err)
		}
		return dir, nil
	}
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			return "", fmt.Errorf("no go.mod above the working folder; name DynamoDB Local's folder in %s", Env)
		}
		root = filepath.Dir(root)
	}
	dir := filepath.Join(root, cached)
	if _, err := os.Stat(filepath.Join(dir, "DynamoDBLocal.jar")); err != nil {
		return "", fmt.Errorf("DynamoDB Local is not in %s: run make tools (or infra/test/install/dynamodb-local.sh)", dir)
	}
	return dir, nil
}

func start() (*server, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, errors.New("DynamoDB Local needs Java, and there is no java: run make tools")
	}
	for try := 1; ; try++ {
		s, err := startOn(java, dir)
		if err == nil || try == 3 { // the port may have been taken meanwhile
			return s, err
		}
	}
}

func startOn(java, dir string) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return nil, err
	}
	var output bytes.Buffer
	cmd := exec.Command(java,
		"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar",
		"-inMemory", "-sharedDb", "-disableTelemetry", "-port", strconv.Itoa(port))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &output, &output
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	s, err := watch(cmd.Process.Pid)
	if err != nil {
		return nil, errors.Join(err, cmd.Process.Kill())
	}
	s.pid = cmd.Process.Pid
	s.endpoint = fmt.Sprintf("http://127.0.0.1:%d", port)

	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	ticker := time.NewTicker(25 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			err := errors.Join(errors.New("DynamoDB Local does not answer"), s.alive.Close())
			<-exited
			return nil, fmt.Errorf("%w\n%s", err, &output)
		case err := <-exited:
			return nil, fmt.Errorf("DynamoDB Local ended: %w\n%s", err, &output)
		case <-ticker.C:
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint, nil)
			if err != nil {
				return nil, err
			}
			if answer, err := http.DefaultClient.Do(request); err == nil {
				return s, answer.Body.Close() // any answer will do
			}
		}
	}
}

// watch kills the process pid once alive is closed or this process has ended.
func watch(pid int) (*server, error) {
	cmd := exec.Command("sh", "-c", `cat >/dev/null; kill -9 "$0"`, strconv.Itoa(pid))
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &server{alive: alive}, nil
}
