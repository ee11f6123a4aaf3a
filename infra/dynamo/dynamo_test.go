package dynamo_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"akin/infra/dynamo"
	"akin/infra/test/dynamotest"
	"akin/infra/test/storetest"
	"akin/recommend/store"
)

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return dynamotest.Open(t, nil) })
}

// What a meter is told are the units that DynamoDB's price list counts: a write
// unit per KB begun, a read unit per 4 KB, half for an eventual read, double in a
// transaction. (DynamoDB Local counts more than that for a transaction with rows
// over 1 KB, so there is none here.)
func TestMeter(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	s := dynamotest.Open(t, nil, dynamo.WithMeter(func(op string, read, write float64) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprint(op, " ", read, " ", write))
	}))
	big := strings.Repeat("x", 5000)
	apply := func(txs ...store.Tx) {
		for _, err := range s.Apply(t.Context(), txs...) {
			if err != nil {
				t.Error(err)
			}
		}
	}
	apply(store.Tx{put(row("a", 1, big))})
	apply(store.Tx{put(row("b", 1, ""))}, store.Tx{put(row("c", 1, big))})
	apply(store.Tx{put(row("d", 1, "")), put(row("e", 1, "small"))})
	apply(store.Tx{{Act: store.Delete, Row: row("b", 0, "")}})
	a, c := row("a", 0, "").Key, row("c", 0, "").Key
	for _, read := range []func() error{
		func() error { _, err := s.Get(t.Context(), store.Strong, a); return err },
		func() error { _, err := s.Get(t.Context(), store.Eventual, a, c); return err },
		func() error {
			_, _, err := s.Query(t.Context(), store.Strong, store.Range{Part: "p"})
			return err
		},
	} {
		if err := read(); err != nil {
			t.Error(err)
		}
	}
	want := []string{
		"PutItem 0 5", "BatchWriteItem 0 6", "TransactWriteItems 0 4", "DeleteItem 0 1",
		"GetItem 2 0", "BatchGetItem 2 0", "Query 3 0",
	}
	if d := cmp.Diff(want, told); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
}

func TestCreateTable(t *testing.T) {
	t.Parallel()
	client := dynamotest.Client(t, nil)
	table := dynamotest.Table(t)
	if err := dynamo.New(client, table).CreateTable(t.Context()); err != nil {
		t.Errorf("CreateTable of one that is there = %v", err)
	}
	out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	stream := out.Table.StreamSpecification
	if stream == nil || !*stream.StreamEnabled || stream.StreamViewType != types.StreamViewTypeNewImage {
		t.Errorf("stream is %+v", stream)
	}
	if mode := out.Table.BillingModeSummary; mode == nil || mode.BillingMode != types.BillingModePayPerRequest {
		t.Errorf("billing mode is %+v", mode)
	}
	ttl, err := client.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	if d := ttl.TimeToLiveDescription; d.TimeToLiveStatus != types.TimeToLiveStatusEnabled || *d.AttributeName != "x" {
		t.Errorf("time to live is %s on %s", d.TimeToLiveStatus, *d.AttributeName)
	}

	other := table + "-other"
	_, err = client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            &other,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: "S"}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: "HASH"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := dynamo.New(client, other).CreateTable(t.Context()); err == nil || !strings.Contains(err.Error(), "lacks akin's keys") {
		t.Errorf("CreateTable of a table with other keys = %v", err)
	}
	if _, err := client.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: &other}); err != nil {
		t.Error(err)
	}
}

// An item that another program wrote is an error that names it, never a row.
func TestForeignItem(t *testing.T) {
	t.Parallel()
	client, table := dynamotest.Client(t, nil), dynamotest.Table(t)
	s := dynamo.New(client, table)
	for name, foreign := range map[string]map[string]types.AttributeValue{
		"r": {},
		"d": {"r": &types.AttributeValueMemberN{Value: "1"}, "d": &types.AttributeValueMemberS{Value: "text"}},
		"x": {"r": &types.AttributeValueMemberN{Value: "1"}, "x": &types.AttributeValueMemberN{Value: "-1"}},
	} {
		foreign["pk"] = &types.AttributeValueMemberS{Value: "p"}
		foreign["sk"] = &types.AttributeValueMemberS{Value: name}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: foreign}); err != nil {
			t.Fatal(err)
		}
		_, err := s.Get(t.Context(), store.Strong, row(name, 0, "").Key)
		if want := fmt.Sprintf(`row "p" %q: attribute %s is not a row's`, name, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Get = %v, want %s", err, want)
		}
	}
	if _, _, err := s.Query(t.Context(), store.Strong, store.Range{Part: "p"}); err == nil {
		t.Error("Query of foreign items succeeded")
	}
}

// Without a server, or without a table, calls end with an error that says so.
func TestNoServer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	s := dynamo.New(client(dynamo.HTTPClient(), &endpoint, "us-east-1"), "table", eager)
	if _, err := s.Get(t.Context(), store.Strong, row("a", 0, "").Key); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Get without a server = %v", err)
	}
	if err := s.Apply(t.Context(), store.Tx{put(row("a", 1, ""))})[0]; err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("Apply without a server = %v", err)
	}
	if err := s.CreateTable(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("CreateTable without a server = %v", err)
	}
	s = dynamo.New(dynamotest.Client(t, nil), "no-such-table")
	var missing *types.ResourceNotFoundException
	if _, _, err := s.Query(t.Context(), store.Strong, store.Range{Part: "p"}); !errors.As(err, &missing) {
		t.Errorf("Query without a table = %v", err)
	}
}

// A row that is not what was written is an error, and one of an earlier program,
// without a checksum, is read.
func TestChecksum(t *testing.T) {
	t.Parallel()
	client, table := dynamotest.Client(t, nil), dynamotest.Table(t)
	s := dynamo.New(client, table)
	for _, sort := range []string{"good", "data", "rev", "moved", "plain"} {
		if err := s.Apply(t.Context(), store.Tx{{Row: row(sort, 7, "what was written")}})[0]; err != nil {
			t.Fatal(err)
		}
		key := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "p"}, "sk": &types.AttributeValueMemberS{Value: sort}}
		out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		m, at := out.Item, sort
		switch sort {
		case "data":
			m["d"].(*types.AttributeValueMemberB).Value[3] ^= 1
		case "rev":
			m["r"] = &types.AttributeValueMemberN{Value: "8"}
		case "moved":
			at = "elsewhere"
			m["sk"] = &types.AttributeValueMemberS{Value: at}
		case "plain":
			delete(m, "c")
		}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: m}); err != nil {
			t.Fatal(err)
		}
		_, err = s.Get(t.Context(), store.Strong, row(at, 0, "").Key)
		var damage *store.DamageError
		if whole := sort == "good" || sort == "plain"; whole != (err == nil) || !whole && !errors.As(err, &damage) {
			t.Errorf("%s: Get = %v", sort, err)
		}
	}
}
