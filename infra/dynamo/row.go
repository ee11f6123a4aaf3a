package dynamo

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"akin/recommend"
)

// An item is a row as DynamoDB has it.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n uint64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(n, 10)}
}

func keyItem(k recommend.Key) item {
	return item{"pk": text(k.Part), "sk": text(k.Sort)}
}

func rowItem(r recommend.Row) item {
	m := keyItem(r.Key)
	m["r"] = number(r.Rev)
	if len(r.Data) > 0 {
		m["d"] = &types.AttributeValueMemberB{Value: r.Data}
	}
	if !r.Expires.IsZero() {
		m["x"] = number(uint64(r.Expires.Unix()))
	}
	return m
}

func itemKey(m item) (recommend.Key, error) {
	pk, ok1 := m["pk"].(*types.AttributeValueMemberS)
	sk, ok2 := m["sk"].(*types.AttributeValueMemberS)
	if !ok1 || !ok2 {
		return recommend.Key{}, fmt.Errorf("item without the keys pk and sk")
	}
	return recommend.Key{Part: pk.Value, Sort: sk.Value}, nil
}

// itemRow undoes rowItem. It shares the bytes of m, which the client made for it.
func itemRow(m item) (recommend.Row, error) {
	key, err := itemKey(m)
	if err != nil {
		return recommend.Row{}, err
	}
	row := recommend.Row{Key: key}
	broken := func(attribute string) (recommend.Row, error) {
		return recommend.Row{}, fmt.Errorf("row %q %q: attribute %s is no row's: another program wrote to the table",
			key.Part, key.Sort, attribute)
	}
	if row.Rev, err = itemNumber(m["r"]); err != nil || row.Rev == 0 {
		return broken("r")
	}
	if d, ok := m["d"]; ok {
		b, ok := d.(*types.AttributeValueMemberB)
		if !ok {
			return broken("d")
		}
		row.Data = b.Value
	}
	if x, ok := m["x"]; ok {
		second, err := itemNumber(x)
		if err != nil || second > 1<<62 {
			return broken("x")
		}
		row.Expires = time.Unix(int64(second), 0).UTC()
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

// wrote says whether the stored item m is what a Put of row leaves.
func wrote(m item, row recommend.Row) bool {
	stored, err := itemRow(m)
	return err == nil && stored.Key == row.Key && stored.Rev == row.Rev &&
		bytes.Equal(stored.Data, row.Data) &&
		stored.Expires.IsZero() == row.Expires.IsZero() &&
		(row.Expires.IsZero() || stored.Expires.Unix() == row.Expires.Unix())
}

// condition returns the condition of op for DynamoDB; nil, nil for Always.
func condition(op recommend.Op) (*string, item) {
	expression := func(s string) *string { return &s }
	switch op.Cond {
	case recommend.Absent:
		return expression("attribute_not_exists(pk)"), nil
	case recommend.RevIs:
		return expression("r = :r"), item{":r": number(op.Want)}
	case recommend.RevLess:
		return expression("attribute_not_exists(pk) OR r < :r"), item{":r": number(op.Row.Rev)}
	}
	return nil, nil
}
