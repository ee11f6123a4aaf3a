package api

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"akin/recommend"
)

// The fast way must write what the obvious one does, for values of every
// shape: fields that are filled or not, texts that need escapes or not. A field
// that a type gets and the fast way lacks fails this test.
func TestEncodeAgreesWithEncodingJSON(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		for _, v := range []any{new(recommend.Related), new(recommend.Listing)} {
			fill(rng, reflect.ValueOf(v).Elem())
			switch v := v.(type) {
			case *recommend.Related:
				v.Related = orEmpty(v.Related) // as handlers do
			case *recommend.Listing:
				v.Items = orEmpty(v.Items)
			}
			var got, want bytes.Buffer
			if err := writeJSON(&got, v); err != nil {
				t.Fatal(err)
			}
			if err := huma.DefaultJSONFormat.Marshal(&want, v); err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Fatalf("%+v\n got %s\nwant %s", v, got.String(), want.String())
			}
		}
	}
}

var texts = []string{
	"", "", "a", "Rents & tenants", "<b>", "“quoted”", `"`, `\`, "\n", "\x00", "\x7f", "\b\f\r\t\x1f", "\u2028", "a\u2029", "\xff", "\xed\xa0\x80", "\uFFFD", "ñ", "🏠", "é\"",
}

// fill sets every field of v at random, to its zero value now and then.
func fill(rng *rand.Rand, v reflect.Value) {
	if rng.IntN(4) == 0 && v.Kind() != reflect.Struct {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[rng.IntN(len(texts))])
	case reflect.Int:
		v.SetInt(rng.Int64N(1000) - 100)
	case reflect.Int64:
		v.SetInt(rng.Int64N(2_500_000) - 200_000)
	case reflect.Float64:
		v.SetFloat(float64(rng.IntN(10_000)) / 1000)
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(rng, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rng.IntN(4), 4))
		for i := range v.Len() {
			fill(rng, v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			if rng.IntN(3) > 0 {
				v.Set(reflect.ValueOf(time.Unix(rng.Int64N(4e9), rng.Int64N(2)*rng.Int64N(1e9)).UTC()))
			}
			return
		}
		for i := range v.NumField() {
			fill(rng, v.Field(i))
		}
	default:
		panic(v.Kind())
	}
}

func BenchmarkEncode(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	rel := &recommend.Related{Item: "cool-by-noon", Related: make([]recommend.Entry, 6)}
	for i := range rel.Related {
		fill(rng, reflect.ValueOf(&rel.Related[i]).Elem())
	}
	var buf bytes.Buffer
	for name, encode := range map[string]func() error{
		"fast":    func() error { return writeJSON(&buf, rel) },
		"obvious": func() error { return huma.DefaultJSONFormat.Marshal(&buf, rel) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				buf.Reset()
				if err := encode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
