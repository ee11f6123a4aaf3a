package bolt

import (
	"bytes"
	"math"
	"testing"
)

func TestValueSize(t *testing.T) {
	for _, tt := range []struct {
		v    value
		want []byte
	}{
		{value{rev: 1}, []byte{1, 1, 0}},
		{value{rev: 300, data: []byte("ab")}, []byte{1, 0xac, 2, 0, 'a', 'b'}},
		{value{rev: 1, expires: 128, data: []byte{0}}, []byte{1, 1, 0x80, 1, 0}},
	} {
		if got := encode(tt.v); !bytes.Equal(got, tt.want) {
			t.Errorf("encode(%+v) = %v, want %v", tt.v, got, tt.want)
		}
	}
}

func FuzzValue(f *testing.F) {
	f.Add([]byte{1, 1, 0})
	f.Add([]byte{})
	f.Add([]byte{2, 1, 0})
	f.Add([]byte{1, 0, 0})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add(encode(value{rev: math.MaxUint64, expires: math.MaxInt64, data: []byte("data")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decode(b)
		if err != nil {
			return
		}
		if v.rev == 0 || v.expires < 0 {
			t.Fatalf("decode(%x) = %+v", b, v)
		}
		again, err := decode(encode(v))
		if err != nil || again.rev != v.rev || again.expires != v.expires || !bytes.Equal(again.data, v.data) {
			t.Fatalf("decode(encode(%+v)) = %+v, %v", v, again, err)
		}
	})
}

// Any start of a file is looked at without fault.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, metaOffset+metaBytes))
	f.Add(make([]byte, 5000))
	f.Fuzz(func(t *testing.T, head []byte) {
		if need, ok := neededBytes(head); !ok && need != 0 {
			t.Fatalf("neededBytes = %d, false", need)
		}
	})
}
