package dynamo

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"akin/recommend/store"
)

// Get makes a request per 100 different keys, some at once, and more where the
// rows exceed the 16 MB of an answer.
func (s *Store) Get(ctx context.Context, c store.Consistency, keys ...store.Key) ([]store.Row, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	places := make(map[store.Key]int, len(keys)) // first place of each key
	var wanted []store.Key
	for i, k := range keys {
		if err := k.Check(); err != nil {
			return nil, err
		}
		if _, ok := places[k]; !ok {
			places[k] = i
			wanted = append(wanted, k)
		}
	}
	rows := make([]store.Row, len(keys))
	var mu sync.Mutex
	found := func(m item) error {
		row, err := itemRow(m)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		i, ok := places[row.Key]
		if !ok {
			return fmt.Errorf("row %q %q: answered though not asked for", row.Part, row.Sort)
		}
		rows[i] = row
		return nil
	}
	var err error
	if len(wanted) == 1 {
		err = s.getOne(ctx, c, wanted[0], found)
	} else {
		err = s.each((len(wanted)+maxBatchGet-1)/maxBatchGet, func(i int) error {
			return s.getBatch(ctx, c, wanted[i*maxBatchGet:min(len(wanted), (i+1)*maxBatchGet)], found)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("table %s: get %d rows: %w", s.table, len(keys), err)
	}
	for i, k := range keys {
		rows[i].Key = k
		if first := places[k]; first != i {
			rows[i] = rows[first]
			rows[i].Data = bytes.Clone(rows[first].Data)
		}
	}
	return rows, nil
}

func (s *Store) getOne(ctx context.Context, c store.Consistency, key store.Key, found func(item) error) error {
	return retry(ctx, s.reads, func() error {
		out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: &s.table, Key: keyItem(key), ConsistentRead: aws.Bool(bool(c)), ReturnConsumedCapacity: s.capacity(),
		}, perCall)
		if err != nil {
			return err
		}
		s.metered("GetItem", false, one(out.ConsumedCapacity)...)
		if out.Item == nil {
			return nil
		}
		return found(out.Item)
	})
}

// getBatch gets rows of at most 100 different keys, until DynamoDB has processed
// all keys.
func (s *Store) getBatch(ctx context.Context, c store.Consistency, wanted []store.Key, found func(item) error) error {
	pending := make([]item, len(wanted))
	for i, k := range wanted {
		pending[i] = keyItem(k)
	}
	for len(pending) > 0 {
		err := retry(ctx, s.reads, func() error {
			out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
				RequestItems:           map[string]types.KeysAndAttributes{s.table: {Keys: pending, ConsistentRead: aws.Bool(bool(c))}},
				ReturnConsumedCapacity: s.capacity(),
			}, perCall)
			if err != nil {
				return err
			}
			s.metered("BatchGetItem", false, out.ConsumedCapacity...)
			for _, m := range out.Responses[s.table] {
				if err := found(m); err != nil {
					return err
				}
			}
			left := out.UnprocessedKeys[s.table].Keys
			if len(left) == len(pending) {
				return errUnprocessed
			}
			pending = left
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Query makes one request, unless none of its rows counts.
func (s *Store) Query(ctx context.Context, c store.Consistency, r store.Range) (rows []store.Row, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if err := r.Check(); err != nil {
		return nil, false, err
	}
	if r.To != "" && r.From >= r.To {
		return nil, false, nil
	}
	condition, bounds := "pk = :p", item{":p": text(r.Part)}
	// A key condition takes one bound or BETWEEN, which includes the row at To:
	// that one is asked for in vain and dropped.
	limit := r.Limit
	switch {
	case r.From != "" && r.To != "":
		condition = "pk = :p AND sk BETWEEN :f AND :t"
		if r.Reverse && limit > 0 {
			limit++
		}
	case r.From != "":
		condition = "pk = :p AND sk >= :f"
	case r.To != "":
		condition = "pk = :p AND sk < :t"
	}
	if r.From != "" {
		bounds[":f"] = text(r.From)
	}
	if r.To != "" {
		bounds[":t"] = text(r.To)
	}
	in := &dynamodb.QueryInput{
		TableName: &s.table, KeyConditionExpression: &condition, ExpressionAttributeValues: bounds,
		ConsistentRead: aws.Bool(bool(c)), ScanIndexForward: aws.Bool(!r.Reverse), ReturnConsumedCapacity: s.capacity(),
	}
	if limit > 0 {
		in.Limit = aws.Int32(int32(min(limit, 1<<30)))
	}
	for first := true; first || more && len(rows) == 0; first = false {
		var out *dynamodb.QueryOutput
		err := retry(ctx, s.reads, func() (err error) {
			out, err = s.client.Query(ctx, in, perCall)
			return err
		})
		if err != nil {
			return nil, false, fmt.Errorf("table %s: query %q: %w", s.table, r.Part, err)
		}
		s.metered("Query", false, one(out.ConsumedCapacity)...)
		for _, m := range out.Items {
			row, err := itemRow(m)
			if err != nil {
				return nil, false, fmt.Errorf("table %s: %w", s.table, err)
			}
			if r.To == "" || row.Sort < r.To {
				rows = append(rows, row)
			}
		}
		more = out.LastEvaluatedKey != nil
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
	if r.Limit > 0 && len(rows) > r.Limit {
		return rows[:r.Limit:r.Limit], true, nil
	}
	return rows, more, nil
}
