package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// A Mapping feeds a function from the stream of a table, as Lambda's event
// source mappings do: in order, filtered, in batches; what the function reports
// as failed, or everything if it fails as a whole, is tried again, in halves if
// so set, and given up in the end.
type Mapping struct {
	Client   *dynamodbstreams.Client
	Stream   string   // its ARN
	Patterns []Filter // a record that matches any of them is delivered; none: all

	BatchSize int
	Retries   int  // of a record, after its first try
	Bisect    bool // whether a batch that failed as a whole is tried in halves

	// Invoke hands a batch to the function.
	Invoke func(ctx context.Context, payload []byte) (*Result, error)

	// GiveUp takes the description of a batch that was given up, as the queue
	// of failures would.
	GiveUp func(ctx context.Context, description []byte) error

	iterators map[string]*string // by shard; nil iterator: at its end
	known     bool               // whether iterators has all shards; more come only when one ends
}

// A Filter is a pattern of EventBridge's kind of which only lists of equal
// strings are understood.
type Filter map[string]any

// ParseFilter reads a pattern.
func ParseFilter(pattern string) (Filter, error) {
	var f Filter
	err := json.Unmarshal([]byte(pattern), &f)
	return f, err
}

// Matches tells whether event holds, for each name of the pattern, one of the
// values that it lists.
func (f Filter) Matches(event map[string]any) bool {
	for name, want := range f {
		got, ok := event[name]
		if !ok {
			return false
		}
		switch want := want.(type) {
		case map[string]any:
			inner, ok := got.(map[string]any)
			if !ok || !Filter(want).Matches(inner) {
				return false
			}
		case []any:
			if !slices.Contains(want, got) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// Poll reads what is new in each shard and delivers it. It returns how many
// records were delivered (or given up).
func (m *Mapping) Poll(ctx context.Context) (int, error) {
	if !m.known {
		if err := m.shards(ctx); err != nil {
			return 0, err
		}
	}
	delivered := 0
	for id, iterator := range m.iterators {
		if iterator == nil {
			continue
		}
		out, err := m.Client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterator})
		if err != nil {
			return delivered, fmt.Errorf("shard %s: %w", id, err)
		}
		var events []map[string]any
		for _, r := range out.Records {
			e := StreamEvent(r, m.Stream)
			if len(m.Patterns) == 0 || slices.ContainsFunc(m.Patterns, func(f Filter) bool { return f.Matches(e) }) {
				events = append(events, e)
			}
		}
		for batch := range slices.Chunk(events, m.BatchSize) {
			if err := m.deliver(ctx, batch, m.Retries); err != nil {
				return delivered, err
			}
			delivered += len(batch)
		}
		m.iterators[id] = out.NextShardIterator
		if out.NextShardIterator == nil {
			m.known = false
		}
	}
	return delivered, nil
}

// shards finds the shards that are new.
func (m *Mapping) shards(ctx context.Context) error {
	if m.iterators == nil {
		m.iterators = map[string]*string{}
	}
	out, err := m.Client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &m.Stream})
	if err != nil {
		return err
	}
	for _, s := range out.StreamDescription.Shards {
		if _, ok := m.iterators[*s.ShardId]; ok {
			continue
		}
		it, err := m.Client.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
			StreamArn: &m.Stream, ShardId: s.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		})
		if err != nil {
			return err
		}
		m.iterators[*s.ShardId] = it.ShardIterator
		m.known = true
	}
	return nil
}

// deliver invokes the function until all of batch is done or given up.
func (m *Mapping) deliver(ctx context.Context, batch []map[string]any, retries int) error {
	for try := 0; len(batch) > 0; try++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		payload, err := json.Marshal(map[string]any{"Records": batch})
		if err != nil {
			return err
		}
		result, err := m.Invoke(ctx, payload)
		if err != nil {
			return err
		}
		done := 0 // records before the first that failed
		if result.Error == "" {
			done = m.done(result.Payload, batch)
		}
		batch = batch[done:]
		switch {
		case len(batch) == 0:
			return nil
		case try >= retries:
			return m.giveUp(ctx, batch, try+1)
		case result.Error != "" && m.Bisect && len(batch) > 1:
			half := len(batch) / 2
			if err := m.deliver(ctx, batch[:half], retries-try-1); err != nil {
				return err
			}
			return m.deliver(ctx, batch[half:], retries-try-1)
		}
		if done > 0 {
			try = -1 // the rest is a batch of its own
		}
	}
	return nil
}

// done returns how many records at the start of batch the function reports as
// done. An answer that cannot be read, or names an unknown record, means none.
func (m *Mapping) done(answer []byte, batch []map[string]any) int {
	var report struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		return 0
	}
	first := len(batch)
	for _, f := range report.BatchItemFailures {
		first = min(first, max(0, slices.IndexFunc(batch, func(e map[string]any) bool { return sequence(e) == f.ItemIdentifier })))
	}
	return first
}

func (m *Mapping) giveUp(ctx context.Context, batch []map[string]any, tries int) error {
	b, err := json.Marshal(map[string]any{
		"requestContext": map[string]any{"condition": "RetryAttemptsExhausted", "approximateInvokeCount": tries},
		"DDBStreamBatchInfo": map[string]any{
			"streamArn": m.Stream, "batchSize": len(batch),
			"startSequenceNumber": sequence(batch[0]), "endSequenceNumber": sequence(batch[len(batch)-1]),
		},
	})
	if err != nil {
		return err
	}
	return m.GiveUp(ctx, b)
}

func sequence(event map[string]any) string {
	s, _ := event["dynamodb"].(map[string]any)["SequenceNumber"].(string)
	return s
}

// StreamEvent returns the record as Lambda hands it to a function.
func StreamEvent(r types.Record, stream string) map[string]any {
	d := map[string]any{
		"SequenceNumber": aws.ToString(r.Dynamodb.SequenceNumber),
		"SizeBytes":      aws.ToInt64(r.Dynamodb.SizeBytes),
		"StreamViewType": string(r.Dynamodb.StreamViewType),
	}
	if t := r.Dynamodb.ApproximateCreationDateTime; t != nil {
		d["ApproximateCreationDateTime"] = float64(t.UnixNano()/int64(time.Millisecond)) / 1e3
	}
	for name, image := range map[string]map[string]types.AttributeValue{"Keys": r.Dynamodb.Keys, "NewImage": r.Dynamodb.NewImage, "OldImage": r.Dynamodb.OldImage} {
		if image != nil {
			d[name] = attributes(image)
		}
	}
	e := map[string]any{
		"eventID": aws.ToString(r.EventID), "eventName": string(r.EventName), "eventVersion": aws.ToString(r.EventVersion),
		"eventSource": "aws:dynamodb", "awsRegion": aws.ToString(r.AwsRegion), "eventSourceARN": stream, "dynamodb": d,
	}
	if u := r.UserIdentity; u != nil {
		e["userIdentity"] = map[string]any{"type": aws.ToString(u.Type), "principalId": aws.ToString(u.PrincipalId)}
	}
	return e
}

func attributes(image map[string]types.AttributeValue) map[string]any {
	m := make(map[string]any, len(image))
	for name, v := range image {
		m[name] = attribute(v)
	}
	return m
}

// attribute returns v as DynamoDB's JSON has it; encoding/json writes bytes in
// base64, as that does.
func attribute(v types.AttributeValue) map[string]any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberNULL:
		return map[string]any{"NULL": v.Value}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": v.Value}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": v.Value}
	case *types.AttributeValueMemberBS:
		return map[string]any{"BS": v.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": attributes(v.Value)}
	case *types.AttributeValueMemberL:
		l := make([]map[string]any, len(v.Value))
		for i, x := range v.Value {
			l[i] = attribute(x)
		}
		return map[string]any{"L": l}
	default:
		panic(fmt.Sprintf("attribute of type %T", v))
	}
}
