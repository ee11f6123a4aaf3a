package bolt

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"akin/recommend/store"
)

func TestValueSize(t *testing.T) {
	for _, tt := range []struct {
		v    value
		want []byte // but for the checksum
	}{
		{value{rev: 1}, []byte{1, 0}},
		{value{rev: 300, data: []byte("ab")}, []byte{0xac, 2, 0, 'a', 'b'}},
		{value{rev: 1, expires: 128, data: []byte{0}}, []byte{1, 0x80, 1, 0}},
	} {
		got := encode([]byte("p\x00s"), tt.v)
		row := newRow(store.Key{Part: "p", Sort: "s"}, tt.v)
		want := append(binary.LittleEndian.AppendUint32([]byte{2}, row.Sum()), tt.want...)
		if !bytes.Equal(got, want) {
			t.Errorf("encode(%+v) = %v, want %v", tt.v, got, want)
		}
	}
}

// The check value of CRC32C, as RFC 3720 has it for 32 bytes of zeros.
func TestChecksum(t *testing.T) {
	if got := store.Checksum(make([]byte, 30), make([]byte, 2)); got != 0x8a9136aa {
		t.Errorf("checksum %x", got)
	}
}

// Of a value any bit may flip, and it may lie under another key.
func TestFlippedValue(t *testing.T) {
	key := []byte("p\x00s")
	good := encode(key, value{rev: 7, expires: 300, data: []byte("what was written")})
	for _, plain := range []bool{false, true} {
		if _, err := decode(key, good, plain); err != nil {
			t.Fatal(err)
		}
		if v, err := decode([]byte("p\x00t"), good, plain); err == nil {
			t.Errorf("under another key: %+v", v)
		}
		for bit := range 8 * len(good) {
			bad := bytes.Clone(good)
			bad[bit/8] ^= 1 << (bit % 8)
			if v, err := decode(key, bad, plain); err == nil {
				t.Errorf("bit %d flipped: %+v", bit, v)
			}
		}
	}
	if v, err := decode(key, []byte{plainValue, 1, 0, 'a'}, true); err != nil || !v.plain || string(v.data) != "a" {
		t.Errorf("of an earlier program: %+v, %v", v, err)
	}
	if v, err := decode(key, []byte{plainValue, 1, 0, 'a'}, false); err == nil {
		t.Errorf("without a checksum where all have one: %+v", v)
	}
}

func FuzzValue(f *testing.F) {
	key := []byte("p\x00s")
	f.Add([]byte{1, 1, 0})
	f.Add([]byte{})
	f.Add([]byte{2, 1, 0})
	f.Add([]byte{1, 0, 0})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add(encode(key, value{rev: math.MaxUint64, expires: math.MaxInt64, data: []byte("data")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decode(key, b, true)
		if err != nil {
			return
		}
		if v.rev == 0 || v.expires < 0 {
			t.Fatalf("decode(%x) = %+v", b, v)
		}
		again, err := decode(key, encode(key, v), false)
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
