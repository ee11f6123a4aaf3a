package dynamo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"akin/recommend/store"
)

// An item is a row as DynamoDB has it, or the keys of one, or the values that
// an expression names.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n uint64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(n, 10)}
}

func keyItem(k store.Key) item { return item{"pk": text(k.Part), "sk": text(k.Sort)} }

func rowItem(r store.Row) item {
	m := keyItem(r.Key)
	m["r"] = number(r.Rev)
	if len(r.Data) > 0 {
		m["d"] = &types.AttributeValueMemberB{Value: r.Data}
	}
	if !r.Expires.IsZero() {
		m["x"] = number(uint64(r.Expires.Unix()))
	}
	m["c"] = &types.AttributeValueMemberB{Value: binary.BigEndian.AppendUint32(nil, r.Sum())}
	return m
}

func itemKey(m item) (store.Key, error) {
	pk, hasPart := m["pk"].(*types.AttributeValueMemberS)
	sk, hasSort := m["sk"].(*types.AttributeValueMemberS)
	if !hasPart || !hasSort {
		return store.Key{}, errors.New("item without the keys pk and sk")
	}
	return store.Key{Part: pk.Value, Sort: sk.Value}, nil
}

// itemRow undoes rowItem. It shares the bytes of m, which the client made for it.
func itemRow(m item) (store.Row, error) {
	key, err := itemKey(m)
	if err != nil {
		return store.Row{}, err
	}
	row := store.Row{Key: key}
	broken := func(attribute string) (store.Row, error) {
		return store.Row{}, fmt.Errorf("row %q %q: attribute %s is not a row's: another program wrote to the table",
			key.Part, key.Sort, attribute)
	}
	if row.Rev, err = itemNumber(m["r"]); err != nil || row.Rev == 0 {
		return broken("r")
	}
	if d, ok := m["d"]; ok {
		data, ok := d.(*types.AttributeValueMemberB)
		if !ok {
			return broken("d")
		}
		row.Data = data.Value
	}
	if x, ok := m["x"]; ok {
		second, err := itemNumber(x)
		if err != nil || second > 1<<62 {
			return broken("x")
		}
		row.Expires = time.Unix(int64(second), 0).UTC()
	}
	if c, ok := m["c"]; ok { // rows of earlier programs have none
		sum, ok := c.(*types.AttributeValueMemberB)
		if !ok || !bytes.Equal(sum.Value, binary.BigEndian.AppendUint32(nil, row.Sum())) {
			return store.Row{}, &store.DamageError{Key: key, Err: errors.New("its checksum is that of other bytes")}
		}
	}
	return row, nil
}

func itemNumber(v types.AttributeValue) (uint64, error) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(n.Value, 10, 64)
}

// isRow says whether the stored item m is what a Put of row leaves.
func isRow(m item, row store.Row) bool {
	stored, err := itemRow(m)
	return err == nil && stored.Key == row.Key && stored.Rev == row.Rev &&
		bytes.Equal(stored.Data, row.Data) &&
		stored.Expires.IsZero() == row.Expires.IsZero() &&
		(row.Expires.IsZero() || stored.Expires.Unix() == row.Expires.Unix())
}

// condition returns the condition of op for DynamoDB; nil for Always.
func condition(op store.Op) (*string, item) {
	switch op.Cond {
	case store.Absent:
		return aws.String("attribute_not_exists(pk)"), nil
	case store.RevIs:
		return aws.String("r = :r"), item{":r": number(op.Want)}
	case store.RevLess:
		return aws.String("attribute_not_exists(pk) OR r < :r"), item{":r": number(op.Row.Rev)}
	}
	return nil, nil
}
