package dynamo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"akin/recommend/store"
)

// Apply runs a transaction of several operations as one TransactWriteItems, one
// of a single operation as PutItem or DeleteItem, and those without a condition
// 25 at a time by BatchWriteItem; some requests at once.
//
// A write whose answer is lost is repeated. A transaction carries a token by
// which DynamoDB knows it again for ten minutes. A single conditional write that
// then finds its condition broken looks whether the stored row is its own, which
// counts as success; if it is not, the error is that of the lost answer and not
// a ConditionError, as the write may have happened and been overwritten since. A
// conditional Delete that finds no row then counts as success.
func (s *Store) Apply(ctx context.Context, txs ...store.Tx) []error {
	errs := s.Limits().Check(txs)
	var alone, batched []int // transactions by how they are run
	for i, tx := range txs {
		switch {
		case errs[i] != nil || len(tx) == 0:
		case len(tx) == 1 && tx[0].Cond == store.Always:
			batched = append(batched, i)
		default:
			alone = append(alone, i)
		}
	}
	if len(batched) == 1 {
		alone, batched = append(alone, batched[0]), nil
	}
	batches := (len(batched) + maxBatchWrite - 1) / maxBatchWrite
	// The function answers through errs, each index of which is one request's.
	_ = s.each(len(alone)+batches, func(n int) error {
		if n < batches {
			s.writeBatch(ctx, txs, batched[n*maxBatchWrite:min(len(batched), (n+1)*maxBatchWrite)], errs)
			return nil
		}
		i := alone[n-batches]
		var err error
		if err = ctx.Err(); err == nil {
			if len(txs[i]) == 1 {
				err = s.writeOne(ctx, txs[i][0])
			} else {
				err = s.transact(ctx, txs[i])
			}
		}
		errs[i] = s.wrap(err)
		return nil
	})
	return errs
}

// wrap names the table in an error that the caller cannot have caused.
func (s *Store) wrap(err error) error {
	if err == nil || errors.Is(err, store.ErrCondition) {
		return err
	}
	return fmt.Errorf("table %s: write: %w", s.table, err)
}

// writeOne runs a transaction of one operation.
func (s *Store) writeOne(ctx context.Context, op store.Op) error {
	if op.Act == store.Check {
		return s.check(ctx, op)
	}
	var lost error // of the last try whose answer was lost
	return retry(ctx, s.writes, func() error {
		err := s.send(ctx, op, lost != nil)
		if err == nil {
			return nil
		}
		var failed *types.ConditionalCheckFailedException
		if errors.As(err, &failed) {
			switch {
			case lost == nil:
				return errRefused{&store.ConditionError{Key: op.Row.Key}}
			case op.Act == store.Put && isRow(failed.Item, op.Row),
				op.Act == store.Delete && failed.Item == nil:
				return nil
			}
			return errRefused{fmt.Errorf("row %q %q: may have been written and overwritten since: %w",
				op.Row.Part, op.Row.Sort, lost)}
		}
		if classify(err) == unknown {
			lost = err
		}
		return err
	})
}

// send makes the one request of a Put or a Delete. With old, a failed condition
// comes with the stored item.
func (s *Store) send(ctx context.Context, op store.Op, old bool) error {
	condition, values := condition(op)
	var failed types.ReturnValuesOnConditionCheckFailure
	if old {
		failed = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	if op.Act == store.Delete {
		out, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: &s.table, Key: keyItem(op.Row.Key), ConditionExpression: condition, ExpressionAttributeValues: values,
			ReturnConsumedCapacity: s.capacity(), ReturnValuesOnConditionCheckFailure: failed,
		}, perCall)
		if err == nil {
			s.metered("DeleteItem", true, one(out.ConsumedCapacity)...)
		}
		return err
	}
	out, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.table, Item: rowItem(op.Row), ConditionExpression: condition, ExpressionAttributeValues: values,
		ReturnConsumedCapacity: s.capacity(), ReturnValuesOnConditionCheckFailure: failed,
	}, perCall)
	if err == nil {
		s.metered("PutItem", true, one(out.ConsumedCapacity)...)
	}
	return err
}

// check runs a transaction that only checks one row: a consistent read does.
func (s *Store) check(ctx context.Context, op store.Op) error {
	var rev uint64
	err := s.getOne(ctx, store.Strong, op.Row.Key, func(m item) error {
		row, err := itemRow(m)
		rev = row.Rev
		return err
	})
	if err == nil && !op.Holds(rev) {
		err = &store.ConditionError{Key: op.Row.Key}
	}
	return err
}

// transact runs a transaction of several operations.
func (s *Store) transact(ctx context.Context, tx store.Tx) error {
	in := &dynamodb.TransactWriteItemsInput{
		// The same in every try, so that one whose answer was lost is not
		// done twice.
		ClientRequestToken:     aws.String(rand.Text()),
		TransactItems:          make([]types.TransactWriteItem, len(tx)),
		ReturnConsumedCapacity: s.capacity(),
	}
	for i, op := range tx {
		condition, values := condition(op)
		switch w := &in.TransactItems[i]; op.Act {
		case store.Put:
			w.Put = &types.Put{TableName: &s.table, Item: rowItem(op.Row), ConditionExpression: condition, ExpressionAttributeValues: values}
		case store.Delete:
			w.Delete = &types.Delete{TableName: &s.table, Key: keyItem(op.Row.Key), ConditionExpression: condition, ExpressionAttributeValues: values}
		case store.Check:
			w.ConditionCheck = &types.ConditionCheck{TableName: &s.table, Key: keyItem(op.Row.Key), ConditionExpression: condition, ExpressionAttributeValues: values}
		}
	}
	return retry(ctx, s.writes, func() error {
		out, err := s.client.TransactWriteItems(ctx, in, perCall)
		var cancelled *types.TransactionCanceledException
		switch {
		case err == nil:
			s.metered("TransactWriteItems", true, out.ConsumedCapacity...)
		case errors.As(err, &cancelled):
			return cancellation(tx, cancelled.CancellationReasons, err)
		}
		return err
	})
}

// cancellation returns what the error of a cancelled tx means: a failed condition
// before anything else, for it stands whatever became of the rest.
func cancellation(tx store.Tx, reasons []types.CancellationReason, cancelled error) error {
	var blocked, broken error
	for i, reason := range reasons {
		code := aws.ToString(reason.Code)
		if i >= len(tx) || code == "" || code == "None" {
			continue
		}
		key := tx[i].Row.Key
		err := fmt.Errorf("operation %d, row %q %q: %s: %s", i, key.Part, key.Sort, code, aws.ToString(reason.Message))
		switch {
		case code == "ConditionalCheckFailed":
			return errRefused{&store.ConditionError{Op: i, Key: key}}
		case again(code):
			blocked = err
		case broken == nil:
			broken = err
		}
	}
	switch {
	case broken != nil:
		return errRefused{broken}
	case blocked != nil:
		return errPostponed{blocked}
	}
	return errRefused{cancelled}
}

// writeBatch runs at most 25 unconditional transactions of one operation, those
// of txs at the given places, and sets their errors.
func (s *Store) writeBatch(ctx context.Context, txs []store.Tx, places []int, errs []error) {
	pending := make([]types.WriteRequest, len(places))
	place := make(map[store.Key]int, len(places))
	for n, i := range places {
		op := txs[i][0]
		place[op.Row.Key] = i
		if op.Act == store.Delete {
			pending[n].DeleteRequest = &types.DeleteRequest{Key: keyItem(op.Row.Key)}
		} else {
			pending[n].PutRequest = &types.PutRequest{Item: rowItem(op.Row)}
		}
	}
	err := ctx.Err()
	for len(pending) > 0 && err == nil {
		err = retry(ctx, s.writes, func() error {
			out, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
				RequestItems: map[string][]types.WriteRequest{s.table: pending}, ReturnConsumedCapacity: s.capacity(),
			}, perCall)
			if err != nil {
				return err
			}
			s.metered("BatchWriteItem", true, out.ConsumedCapacity...)
			left := out.UnprocessedItems[s.table]
			if len(left) == len(pending) {
				return errUnprocessed
			}
			pending = left
			return nil
		})
		if err == nil && len(pending) > 0 {
			// Some were turned away: the table is at its limit.
			err = pause(ctx, 2, s.writes.longest)
		}
	}
	for _, request := range pending {
		var m item
		if request.PutRequest != nil {
			m = request.PutRequest.Item
		} else {
			m = request.DeleteRequest.Key
		}
		if key, keyErr := itemKey(m); keyErr == nil {
			errs[place[key]] = s.wrap(err)
		}
	}
}
