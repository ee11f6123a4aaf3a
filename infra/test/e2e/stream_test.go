package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/google/go-cmp/cmp"
)

// records returns stream events with sequence numbers from 1 to n.
func records(n int) []map[string]any {
	var all []map[string]any
	for i := range n {
		all = append(all, map[string]any{"dynamodb": map[string]any{"SequenceNumber": strconv.Itoa(i + 1)}})
	}
	return all
}

func TestDeliver(t *testing.T) {
	tests := []struct {
		name    string
		bisect  bool
		retries int
		bad     string // number that the function fails at; empty: none
		whole   bool   // the function fails as a whole, and reports no numbers
		calls   [][]string
		given   string // first and last number of what is given up
	}{
		{"all done at once", false, 2, "", false, [][]string{{"1", "2", "3", "4"}}, ""},
		{"from the first that failed", false, 2, "3", false, [][]string{{"1", "2", "3", "4"}, {"3", "4"}, {"3", "4"}, {"3", "4"}}, "3 4"},
		{"all of it again", false, 1, "3", true, [][]string{{"1", "2", "3", "4"}, {"1", "2", "3", "4"}}, "1 4"},
		{"in halves, so that only the bad one is given up", true, 4, "3", true,
			[][]string{{"1", "2", "3", "4"}, {"1", "2"}, {"3", "4"}, {"3"}, {"3"}, {"3"}, {"4"}}, "3 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var calls [][]string
			var given string
			m := &Mapping{Stream: "arn", BatchSize: 10, Bisect: tt.bisect,
				Invoke: func(_ context.Context, payload []byte) (*Result, error) {
					var e struct {
						Records []struct {
							DynamoDB struct{ SequenceNumber string } `json:"dynamodb"`
						}
					}
					if err := json.Unmarshal(payload, &e); err != nil {
						return nil, err
					}
					var numbers []string
					for _, r := range e.Records {
						numbers = append(numbers, r.DynamoDB.SequenceNumber)
					}
					calls = append(calls, numbers)
					switch {
					case !slices.Contains(numbers, tt.bad):
						return &Result{Payload: []byte(`{"batchItemFailures":[]}`)}, nil
					case tt.whole:
						return &Result{Error: "Unhandled"}, nil
					}
					return &Result{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"` + tt.bad + `"}]}`)}, nil
				},
				GiveUp: func(_ context.Context, b []byte) error {
					var d struct {
						DDBStreamBatchInfo struct{ StartSequenceNumber, EndSequenceNumber string }
					}
					err := json.Unmarshal(b, &d)
					given += d.DDBStreamBatchInfo.StartSequenceNumber + " " + d.DDBStreamBatchInfo.EndSequenceNumber
					return err
				},
			}
			if err := m.deliver(t.Context(), records(4), tt.retries); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.calls, calls); diff != "" {
				t.Errorf("calls mismatch (-want +got):\n%s", diff)
			}
			if given != tt.given {
				t.Errorf("given up %q, want %q", given, tt.given)
			}
		})
	}
}

func TestDeliverEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := &Mapping{Invoke: func(context.Context, []byte) (*Result, error) { cancel(); return &Result{Error: "Unhandled"}, nil }}
	if err := m.deliver(ctx, records(1), 100); !errors.Is(err, context.Canceled) {
		t.Errorf("deliver: %v", err)
	}
}

func TestFilter(t *testing.T) {
	f, err := ParseFilter(`{"eventName":["INSERT"],"dynamodb":{"Keys":{"pk":{"S":["queue"]}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	event := func(name, pk string) map[string]any {
		return map[string]any{"eventName": name, "dynamodb": map[string]any{"Keys": map[string]any{"pk": map[string]any{"S": pk}}}}
	}
	if !f.Matches(event("INSERT", "queue")) {
		t.Error("an insertion into the queue is left out")
	}
	for _, e := range []map[string]any{event("REMOVE", "queue"), event("INSERT", "change"), event("INSERT", "item/1"), {}, {"eventName": "INSERT", "dynamodb": "x"}} {
		if f.Matches(e) {
			t.Errorf("%v is delivered", e)
		}
	}
}

// What the function is handed is what aws-lambda-go reads, each kind of
// attribute included.
func TestStreamEvent(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_123)
	image := map[string]types.AttributeValue{
		"s": &types.AttributeValueMemberS{Value: "a"}, "n": &types.AttributeValueMemberN{Value: "1.5"}, "b": &types.AttributeValueMemberB{Value: []byte{0, 255}},
		"t": &types.AttributeValueMemberBOOL{Value: true}, "z": &types.AttributeValueMemberNULL{Value: true},
		"ss": &types.AttributeValueMemberSS{Value: []string{"x", "y"}}, "ns": &types.AttributeValueMemberNS{Value: []string{"1", "2"}},
		"bs": &types.AttributeValueMemberBS{Value: [][]byte{{1}}},
		"l":  &types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberS{Value: "in"}}},
		"m":  &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"k": &types.AttributeValueMemberN{Value: "7"}}},
	}
	b, err := json.Marshal(StreamEvent(types.Record{
		EventID: aws.String("id"), EventName: types.OperationTypeInsert, EventVersion: aws.String("1.1"), AwsRegion: aws.String("us-east-1"),
		Dynamodb: &types.StreamRecord{SequenceNumber: aws.String("42"), SizeBytes: aws.Int64(9), StreamViewType: types.StreamViewTypeNewImage,
			ApproximateCreationDateTime: &at, Keys: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "queue"}}, NewImage: image},
	}, "arn:stream"))
	if err != nil {
		t.Fatal(err)
	}
	var r events.DynamoDBEventRecord
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	if r.EventID != "id" || r.EventName != "INSERT" || r.EventSource != "aws:dynamodb" || r.EventSourceArn != "arn:stream" || r.Change.SequenceNumber != "42" {
		t.Errorf("record %+v", r)
	}
	if got := r.Change.ApproximateCreationDateTime.Unix(); got != at.Unix() {
		t.Errorf("created at %d, want %d", got, at.Unix())
	}
	i := r.Change.NewImage
	if i["s"].String() != "a" || i["n"].Number() != "1.5" || !cmp.Equal(i["b"].Binary(), []byte{0, 255}) || !i["t"].Boolean() || !i["z"].IsNull() ||
		!cmp.Equal(i["ss"].StringSet(), []string{"x", "y"}) || !cmp.Equal(i["ns"].NumberSet(), []string{"1", "2"}) || !cmp.Equal(i["bs"].BinarySet(), [][]byte{{1}}) ||
		i["l"].List()[0].String() != "in" || i["m"].Map()["k"].Number() != "7" {
		t.Errorf("image arrives as %s", b)
	}
}
