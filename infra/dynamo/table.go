package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// tablePause is the longest pause between two looks at a table being made.
const tablePause = 2 * time.Second

// CreateTable makes the store's table, paid by request, with a stream of new
// images and the time to live on x, and waits until it is active. A table that
// is there is left as it is but for its time to live; one with other keys is an
// error. It ends with ctx.
func (s *Store) CreateTable(ctx context.Context) error {
	err := s.retry(ctx, s.writes, func() error {
		err := s.client.call(ctx, "CreateTable", createTable{
			TableName:            s.table,
			BillingMode:          "PAY_PER_REQUEST",
			AttributeDefinitions: []attribute{{"pk", "S"}, {"sk", "S"}},
			KeySchema:            []keyElement{{"pk", "HASH"}, {"sk", "RANGE"}},
			StreamSpecification:  stream{true, "NEW_IMAGE"},
		}, nil)
		if isCode(err, "ResourceInUseException") {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("create table %s: %w", s.table, err)
	}
	for try := 1; ; try++ {
		var out describedTable
		err := s.client.call(ctx, "DescribeTable", tableName{s.table}, &out)
		// For a moment after it was made, it is not found.
		if err != nil && !isCode(err, "ResourceNotFoundException") && classify(err) == refused {
			return fmt.Errorf("create table %s: %w", s.table, err)
		}
		if err == nil {
			if err := checkKeys(&out.Table); err != nil {
				return fmt.Errorf("table %s: %w", s.table, err)
			}
			if out.Table.TableStatus == "ACTIVE" {
				break
			}
		}
		if ended := s.pause(ctx, try+3, tablePause); ended != nil {
			return fmt.Errorf("create table %s: %w", s.table, ended)
		}
	}
	if err := s.expire(ctx); err != nil {
		return fmt.Errorf("table %s: time to live: %w", s.table, err)
	}
	return nil
}

// checkKeys returns an error unless t has the keys pk and sk, both strings.
func checkKeys(t *table) error {
	for _, want := range []keyElement{{"pk", "HASH"}, {"sk", "RANGE"}} {
		if !slices.Contains(t.KeySchema, want) || !slices.Contains(t.AttributeDefinitions, attribute{want.AttributeName, "S"}) {
			return errors.New("is there and has not the keys of akin: pk and sk, both strings")
		}
	}
	return nil
}

// expire turns the time to live on, unless it is.
func (s *Store) expire(ctx context.Context) error {
	return s.retry(ctx, s.writes, func() error {
		var out describedTimeToLive
		if err := s.client.call(ctx, "DescribeTimeToLive", tableName{s.table}, &out); err != nil {
			return err
		}
		switch out.TimeToLiveDescription.TimeToLiveStatus {
		case "ENABLED", "ENABLING":
			return nil
		}
		return s.client.call(ctx, "UpdateTimeToLive", updateTimeToLive{s.table, timeToLive{"x", true}}, nil)
	})
}
