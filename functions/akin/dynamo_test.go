package akin

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"akin/infra/dynamo"
	"akin/infra/test/dynamotest"
	"akin/recommend"
	"akin/recommend/engine"
)

// tableEnv names DynamoDB Local to the program, and nothing of this machine's.
func tableEnv(t *testing.T) []string {
	none := filepath.Join(t.TempDir(), "none")
	return []string{
		"AWS_ENDPOINT_URL=" + dynamotest.Endpoint(t), "AWS_REGION=" + dynamotest.Region,
		"AWS_ACCESS_KEY_ID=akin", "AWS_SECRET_ACCESS_KEY=akin", "AWS_SESSION_TOKEN=", "AWS_PROFILE=",
		"AWS_CONFIG_FILE=" + none, "AWS_SHARED_CREDENTIALS_FILE=" + none,
	}
}

// Every verb works on a DynamoDB table as on a file, with the same lists.
func TestDynamoDB(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table := "dynamodb://" + dynamotest.Table(t)
	corpus, err := filepath.Abs("../../testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	env := tableEnv(t)
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
	some := bytes.Join(bytes.SplitAfter(all, []byte("\n"))[:30], nil)
	items, topics := filepath.Join(dir, "items.jsonl"), filepath.Join(corpus, "topics.json")
	if err := os.WriteFile(items, some, 0o600); err != nil {
		t.Fatal(err)
	}
	akin(0, "unchanged 0, stale 0, rejected 0", "import", "--no-reindex", "--store", table, topics, items)
	akin(0, "generation 1 in use", "reindex", "--store", table)
	akin(0, "cool-by-noon-launch", "related", "cool-by-noon", "--store", table)
	akin(0, "cool-by-noon", "topic", "heat", "--store", table)
	akin(0, "exact: ", "check", "--store", table)
	akin(0, "1 ", "generations", "--store", table)
	akin(1, "point-in-time recovery", "backup", "copy.db", "--store", table)

	akin(0, "stored", "import", "--no-reindex", "--store", "akin.db", topics, items)
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

// deploy-check says what a table lacks, one line each, and changes nothing.
func TestDeployCheck(t *testing.T) {
	t.Parallel()
	table := dynamotest.Table(t)
	check := func(code int, want ...string) {
		t.Helper()
		cmd := akinCommand(t.Context(), t, t.TempDir(), "deploy-check", "--store", "dynamodb://"+table)
		cmd.Env = append(cmd.Env, tableEnv(t)...)
		out, _ := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("exit status %d, want %d", got, code)
		}
		if d := cmp.Diff(want, strings.Split(strings.TrimSpace(string(out)), "\n")); d != "" {
			t.Errorf("deploy-check (-want +got):\n%s", d)
		}
	}
	check(1,
		"ok       keys: pk and sk, both strings",
		"ok       status: ACTIVE",
		"ok       stream: NEW_IMAGE",
		"ok       time to live: on x",
		"unknown  point-in-time recovery: cannot be told here",
		"missing  deletion protection: off; turn it on",
		"ok       encryption: with a key of DynamoDB's own",
		"ok       billing: by request",
		"ok       format: this program's",
		"missing  items: none; akin import stores some",
		"missing  lists: none; akin reindex makes the first",
		"akin: deploy-check: 3 things missing")

	client := dynamotest.Client(t, nil)
	protect := func(on bool) {
		if _, err := client.UpdateTable(t.Context(), &dynamodb.UpdateTableInput{TableName: &table, DeletionProtectionEnabled: &on}); err != nil {
			t.Fatal(err)
		}
	}
	protect(true)
	defer protect(false)
	store := dynamo.New(dynamotest.Client(t, nil), table)
	publisher, err := engine.NewPublisher(store, recommend.DefaultSettings(), engine.PublisherOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range publisher.Put(t.Context(), recommend.Item{ID: "a", Title: "Harbours"}) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	indexer := engine.NewIndexer(store, recommend.DefaultSettings(), engine.IndexerOptions{})
	if _, err := indexer.Reindex(t.Context(), engine.ReindexOptions{}); err != nil {
		t.Fatal(err)
	}
	check(0,
		"ok       keys: pk and sk, both strings",
		"ok       status: ACTIVE",
		"ok       stream: NEW_IMAGE",
		"ok       time to live: on x",
		"unknown  point-in-time recovery: cannot be told here",
		"ok       deletion protection: on",
		"ok       encryption: with a key of DynamoDB's own",
		"ok       billing: by request",
		"ok       format: this program's",
		"ok       items: 1 item",
		"ok       lists: generation 1, 0 changes waiting")
}
