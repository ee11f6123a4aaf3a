package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"akin/recommend/store"
)

// The first byte of every value.
const (
	plainValue  = 1 // of earlier programs
	valueFormat = 2
)

var nul = []byte{0} // between key and value in a checksum

// sumBytes is where the checksum of a value lies: behind its first byte.
const sumBytes = 1 + 4

// maxValue is the length of the longest value.
const maxValue = sumBytes + 2*binary.MaxVarintLen64 + store.MaxData

// A value is what the file keeps under the key of a row: the byte valueFormat, the
// row's checksum ([store.Row.Sum], least byte first), rev and expires as varints,
// and data, which takes the rest. That is 7 to 20 bytes more than the data. In
// values of earlier programs there is no checksum.
type value struct {
	rev     uint64 // 1 at least
	expires int64  // Unix seconds; 0: never
	data    []byte
	sum     uint32 // as stored, or as it would be
	plain   bool   // has no checksum
}

// encode returns v as it is stored under the key of a row.
func encode(key []byte, v value) []byte {
	b := make([]byte, 0, sumBytes+2*binary.MaxVarintLen64+len(v.data))
	b = append(b, valueFormat, 0, 0, 0, 0)
	b = binary.AppendUvarint(b, v.rev)
	b = binary.AppendUvarint(b, uint64(v.expires))
	b = append(b, v.data...)
	binary.LittleEndian.PutUint32(b[1:], store.Checksum(key, nul, b[sumBytes:]))
	return b
}

// decode undoes encode. The data shares the bytes of b. Plain says whether there
// may be values without a checksum.
func decode(key, b []byte, plain bool) (value, error) {
	if len(b) == 0 {
		return value{}, errors.New("it is empty")
	}
	if len(b) > maxValue {
		return value{}, fmt.Errorf("it has %d bytes, more than %d", len(b), maxValue)
	}
	v := value{plain: b[0] == plainValue && plain}
	rest := b[1:]
	switch {
	case v.plain:
	case b[0] != valueFormat:
		return value{}, fmt.Errorf("format %d is unknown; this akin knows %d", b[0], valueFormat)
	case len(b) < sumBytes:
		return value{}, errors.New("it is cut off")
	default:
		rest = b[sumBytes:]
	}
	v.sum = store.Checksum(key, nul, rest)
	if !v.plain && v.sum != binary.LittleEndian.Uint32(b[1:]) {
		return value{}, errors.New("its checksum is that of other bytes")
	}
	var n int
	if v.rev, n = binary.Uvarint(rest); n <= 0 || v.rev == 0 {
		return value{}, errors.New("it has no rev")
	}
	rest = rest[n:]
	expires, n := binary.Uvarint(rest)
	if n <= 0 || expires > math.MaxInt64 {
		return value{}, errors.New("it has no expiry")
	}
	v.expires, v.data = int64(expires), rest[n:]
	return v, nil
}

// summed returns what a stored value counts as in the [totals], whatever it is
// by now.
func summed(key, b []byte) (sum uint32, plain bool) {
	switch {
	case len(b) >= sumBytes && b[0] == valueFormat:
		return binary.LittleEndian.Uint32(b[1:]), false
	case len(b) > 0:
		return store.Checksum(key, nul, b[1:]), true
	}
	return 0, true
}

// Totals are of all rows of a file, so that one that is gone is noticed. The file
// keeps them as three numbers of 8 bytes, least byte first, and the CRC32C of
// these and of the file's format.
type totals struct {
	rows  uint64
	plain uint64 // rows without a checksum of their own
	sum   uint64 // of all checksums
}

// count adds a row, or takes one away.
func (t *totals) count(sum uint32, plain, away bool) {
	n := uint64(1)
	if away {
		n = ^uint64(0)
	}
	t.rows += n
	t.sum += n * uint64(sum)
	if plain {
		t.plain += n
	}
}

func (t totals) pack() []byte {
	var b []byte
	for _, n := range []uint64{t.rows, t.plain, t.sum} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return binary.LittleEndian.AppendUint32(b, store.Checksum(b, []byte{format}))
}

var errTotals = errors.New("the sums over all rows cannot be read")

func unpackTotals(b []byte) (t totals, err error) {
	if len(b) != 28 || binary.LittleEndian.Uint32(b[24:]) != store.Checksum(b[:24], []byte{format}) {
		return t, errTotals
	}
	u64 := binary.LittleEndian.Uint64
	return totals{u64(b), u64(b[8:]), u64(b[16:])}, nil
}
