package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// valueFormat is the first byte of every value.
const valueFormat = 1

// A value is what the file keeps under the key of a row: the byte valueFormat,
// rev and expires as varints, and data, which takes the rest. That is 3 to 16
// bytes more than the data.
type value struct {
	rev     uint64 // 1 at least
	expires int64  // Unix seconds; 0: never
	data    []byte
}

func encode(v value) []byte {
	b := make([]byte, 0, 1+2*binary.MaxVarintLen64+len(v.data))
	b = append(b, valueFormat)
	b = binary.AppendUvarint(b, v.rev)
	b = binary.AppendUvarint(b, uint64(v.expires))
	return append(b, v.data...)
}

// decode undoes encode. The data shares the bytes of b.
func decode(b []byte) (value, error) {
	if len(b) == 0 {
		return value{}, errors.New("damaged value: empty")
	}
	if b[0] != valueFormat {
		return value{}, fmt.Errorf("value format %d is unknown; this akin knows %d", b[0], valueFormat)
	}
	b = b[1:]
	rev, n := binary.Uvarint(b)
	if n <= 0 || rev == 0 {
		return value{}, errors.New("damaged value: no rev")
	}
	b = b[n:]
	expires, n := binary.Uvarint(b)
	if n <= 0 || expires > math.MaxInt64 {
		return value{}, errors.New("damaged value: no expiry")
	}
	return value{rev: rev, expires: int64(expires), data: b[n:]}, nil
}
