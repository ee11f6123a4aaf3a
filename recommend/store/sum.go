package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A DamageError says that what a store keeps under Key is not what was written
// there.
type DamageError struct {
	Key Key
	Err error // what is wrong
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("row %q %q: damaged: %v", e.Key.Part, e.Key.Sort, e.Err)
}

// Unwrap returns what is wrong.
func (e *DamageError) Unwrap() error { return e.Err }

// Sum returns the checksum of a row: the CRC32C (Castagnoli) of Part, a NUL byte,
// Sort, a NUL byte, Rev and the second that it expires in as varints, 0 for
// never, and Data. A store keeps it beside the row, and every read holds the row
// to it, so that what was damaged on the disk or on the way is an error and
// never an answer.
func (r *Row) Sum() uint32 {
	b := make([]byte, 0, MaxPart+MaxSort)
	b = append(append(b, r.Part...), 0)
	b = append(append(b, r.Sort...), 0)
	b = binary.AppendUvarint(b, r.Rev)
	var expires int64
	if !r.Expires.IsZero() {
		expires = r.Expires.Unix()
	}
	b = binary.AppendUvarint(b, uint64(expires))
	return Checksum(b, r.Data)
}

// Checksum returns the CRC32C of the pieces, one after the other.
func Checksum(pieces ...[]byte) uint32 {
	var sum uint32
	for _, p := range pieces {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return sum
}
