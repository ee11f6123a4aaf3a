package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"akin/infra/dynamo/dynamotest"
)

// Every verb works on a DynamoDB table as on a file, with the same lists.
func TestDynamoDB(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table := "dynamodb://" + dynamotest.Table(t)
	corpus, err := filepath.Abs("testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{
		"AWS_ENDPOINT_URL=" + dynamotest.Endpoint(t), "AWS_REGION=" + dynamotest.Region,
		"AWS_ACCESS_KEY_ID=akin", "AWS_SECRET_ACCESS_KEY=akin", "AWS_SESSION_TOKEN=", "AWS_PROFILE=",
		"AWS_CONFIG_FILE=" + filepath.Join(dir, "none"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(dir, "none"),
	}
	akin := func(code int, want string, args ...string) {
		t.Helper()
		cmd := akinCommand(t.Context(), t, dir, args...)
		cmd.Env = append(cmd.Env, env...)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(string(out), want) {
			t.Fatalf("akin %s: exit status %d, want %d with %s, got:\n%s", strings.Join(args, " "), got, code, want, out)
		}
	}
	all, err := os.ReadFile(filepath.Join(corpus, "items.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	some := bytes.Join(bytes.SplitAfter(all, []byte("\n"))[:60], nil)
	items, topics := filepath.Join(dir, "items.jsonl"), filepath.Join(corpus, "topics.json")
	if err := os.WriteFile(items, some, 0o600); err != nil {
		t.Fatal(err)
	}
	akin(0, "unchanged 0, stale 0, rejected 0", "import", "--store", table, topics, items)
	akin(0, "generation 1 in use", "reindex", "--store", table)
	akin(0, "cool-by-noon-launch", "related", "cool-by-noon", "--store", table)
	akin(0, "cool-by-noon", "topic", "heat", "--store", table)
	akin(0, "exact: ", "check", "--store", table)
	akin(0, "1 ", "generations", "--store", table)
	akin(1, "point-in-time recovery", "backup", "copy.db", "--store", table)

	akin(0, "stored", "import", "--store", "akin.db", topics, items)
	akin(0, "generation 1 in use", "reindex", "--store", "akin.db")
	akin(0, "lists", "export", "--store", table, "table")
	akin(0, "lists", "export", "--store", "akin.db", "file")
	diff := exec.CommandContext(t.Context(), "diff", "-r", "table", "file")
	diff.Dir = dir
	if out, err := diff.CombinedOutput(); err != nil {
		t.Errorf("the lists of table and file differ: %v\n%s", err, bytes.TrimSpace(out))
	}

	akin(1, "akin: ", "related", "x", "--store", "dynamodb://no-such-table")
	akin(2, "the name of a table is missing", "check", "--store", "dynamodb://")
	env = append(env, "AWS_ACCESS_KEY_ID=", "AWS_EC2_METADATA_DISABLED=true")
	akin(1, "no credentials; set AWS_ACCESS_KEY_ID", "check", "--store", table)
	env = append(env, "AWS_REGION=", "AWS_DEFAULT_REGION=")
	akin(1, "no region; set AWS_REGION", "check", "--store", table)
	if _, err := os.Stat(filepath.Join(dir, "copy.db")); err == nil {
		t.Error("a backup that failed left a file")
	}
}
