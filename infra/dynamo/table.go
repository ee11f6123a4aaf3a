package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// tablePause is the longest pause between two looks at a table being made.
const tablePause = 2 * time.Second

// CreateTable makes the store's table, paid by request, with a stream of new
// images and the time to live on x, and waits until it is active. A table that
// is there is left as it is but for its time to live; one with other keys is an
// error. It ends with ctx.
func (s *Store) CreateTable(ctx context.Context) error {
	err := retry(ctx, s.writes, func() error {
		_, err := s.client.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName:            &s.table,
			BillingMode:          types.BillingModePayPerRequest,
			AttributeDefinitions: keyTypes,
			KeySchema:            keySchema,
			StreamSpecification:  &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage},
		}, perCall)
		if isCode(err, "ResourceInUseException") {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("create table %s: %w", s.table, err)
	}
	for try := 1; ; try++ {
		out, err := s.client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &s.table}, perCall)
		// For a moment after it was made, it is not found.
		if err != nil && !isCode(err, "ResourceNotFoundException") && classify(err) == refused {
			return fmt.Errorf("create table %s: %w", s.table, err)
		}
		if err == nil {
			if err := checkKeys(out.Table); err != nil {
				return fmt.Errorf("table %s: %w", s.table, err)
			}
			if out.Table.TableStatus == types.TableStatusActive {
				break
			}
		}
		if ended := pause(ctx, try+3, tablePause); ended != nil {
			return fmt.Errorf("create table %s: %w", s.table, ended)
		}
	}
	if err := s.expire(ctx); err != nil {
		return fmt.Errorf("table %s: time to live: %w", s.table, err)
	}
	return nil
}

// The table's keys and their types: strings, both.
var (
	keySchema = []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange}}
	keyTypes  = []types.AttributeDefinition{
		{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}, {AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
	}
)

// checkKeys returns an error unless t has the keys pk and sk, both strings.
func checkKeys(t *types.TableDescription) error {
	is := make(map[string]string)
	for _, k := range t.KeySchema {
		is[aws.ToString(k.AttributeName)] = string(k.KeyType)
	}
	for _, a := range t.AttributeDefinitions {
		is[aws.ToString(a.AttributeName)] += " " + string(a.AttributeType)
	}
	if is["pk"] != "HASH S" || is["sk"] != "RANGE S" {
		return errors.New("exists, but lacks akin's keys: pk and sk, both strings")
	}
	return nil
}

// expire turns the time to live on, unless it is.
func (s *Store) expire(ctx context.Context) error {
	return retry(ctx, s.writes, func() error {
		out, err := s.client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &s.table}, perCall)
		if err != nil {
			return err
		}
		switch out.TimeToLiveDescription.TimeToLiveStatus {
		case types.TimeToLiveStatusEnabled, types.TimeToLiveStatusEnabling:
			return nil
		}
		_, err = s.client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName: &s.table, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("x"), Enabled: aws.Bool(true)},
		}, perCall)
		return err
	})
}
