package dynamo

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"akin/recommend/store"
)

func text(s string) *value { return &value{S: s} }

func number(n uint64) *value { return &value{N: strconv.FormatUint(n, 10)} }

func keyItem(k store.Key) item { return item{PK: text(k.Part), SK: text(k.Sort)} }

func rowItem(r store.Row) item {
	m := keyItem(r.Key)
	m.R = number(r.Rev)
	if len(r.Data) > 0 {
		m.D = &value{B: &r.Data}
	}
	if !r.Expires.IsZero() {
		m.X = number(uint64(r.Expires.Unix()))
	}
	return m
}

func itemKey(m item) (store.Key, error) {
	if m.PK == nil || m.SK == nil || m.PK.S == "" || m.SK.S == "" {
		return store.Key{}, errors.New("item without the keys pk and sk")
	}
	return store.Key{Part: m.PK.S, Sort: m.SK.S}, nil
}

// itemRow undoes rowItem. It shares the bytes of m, which the client made for it.
func itemRow(m item) (store.Row, error) {
	key, err := itemKey(m)
	if err != nil {
		return store.Row{}, err
	}
	row := store.Row{Key: key}
	broken := func(attribute string) (store.Row, error) {
		return store.Row{}, fmt.Errorf("row %q %q: attribute %s is no row's: another program wrote to the table",
			key.Part, key.Sort, attribute)
	}
	if row.Rev, err = itemNumber(m.R); err != nil || row.Rev == 0 {
		return broken("r")
	}
	if m.D != nil {
		if m.D.B == nil {
			return broken("d")
		}
		row.Data = *m.D.B
	}
	if m.X != nil {
		second, err := itemNumber(m.X)
		if err != nil || second > 1<<62 {
			return broken("x")
		}
		row.Expires = time.Unix(int64(second), 0).UTC()
	}
	return row, nil
}

func itemNumber(v *value) (uint64, error) {
	if v == nil {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(v.N, 10, 64)
}

// isRow says whether the stored item m is what a Put of row leaves.
func isRow(m item, row store.Row) bool {
	stored, err := itemRow(m)
	return err == nil && stored.Key == row.Key && stored.Rev == row.Rev &&
		bytes.Equal(stored.Data, row.Data) &&
		stored.Expires.IsZero() == row.Expires.IsZero() &&
		(row.Expires.IsZero() || stored.Expires.Unix() == row.Expires.Unix())
}

// condition returns the condition of op for DynamoDB; empty for Always.
func condition(op store.Op) (string, values) {
	switch op.Cond {
	case store.Absent:
		return "attribute_not_exists(pk)", nil
	case store.RevIs:
		return "r = :r", values{":r": number(op.Want)}
	case store.RevLess:
		return "attribute_not_exists(pk) OR r < :r", values{":r": number(op.Row.Rev)}
	}
	return "", nil
}
