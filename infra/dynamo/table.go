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
	err := s.retry(ctx, s.writes, func() error {
		_, err := s.api.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName:   &s.table,
			BillingMode: types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{
				{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
				{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
			},
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
				{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
			},
			StreamSpecification: &types.StreamSpecification{
				StreamEnabled:  aws.Bool(true),
				StreamViewType: types.StreamViewTypeNewImage,
			},
		}, once)
		var exists *types.ResourceInUseException
		if errors.As(err, &exists) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("create table %s: %w", s.table, err)
	}
	for try := 1; ; try++ {
		out, err := s.api.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &s.table}, once)
		var missing *types.ResourceNotFoundException // for a moment after it was made
		if err != nil && !errors.As(err, &missing) && classify(err) == refused {
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
func checkKeys(t *types.TableDescription) error {
	kinds := make(map[string]types.ScalarAttributeType)
	for _, a := range t.AttributeDefinitions {
		kinds[aws.ToString(a.AttributeName)] = a.AttributeType
	}
	keys := make(map[string]types.KeyType)
	for _, k := range t.KeySchema {
		keys[aws.ToString(k.AttributeName)] = k.KeyType
	}
	if keys["pk"] != types.KeyTypeHash || keys["sk"] != types.KeyTypeRange ||
		kinds["pk"] != types.ScalarAttributeTypeS || kinds["sk"] != types.ScalarAttributeTypeS {
		return errors.New("is there and has not the keys of akin: pk and sk, both strings")
	}
	return nil
}

// expire turns the time to live on, unless it is.
func (s *Store) expire(ctx context.Context) error {
	return s.retry(ctx, s.writes, func() error {
		out, err := s.api.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &s.table}, once)
		if err != nil {
			return err
		}
		if ttl := out.TimeToLiveDescription; ttl != nil {
			switch ttl.TimeToLiveStatus {
			case types.TimeToLiveStatusEnabled, types.TimeToLiveStatusEnabling:
				return nil
			}
		}
		_, err = s.api.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName: &s.table,
			TimeToLiveSpecification: &types.TimeToLiveSpecification{
				AttributeName: aws.String("x"),
				Enabled:       aws.Bool(true),
			},
		}, once)
		return err
	})
}
