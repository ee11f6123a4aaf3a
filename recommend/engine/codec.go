package engine

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Rows are packed: numbers as varints, strings with their length before them.
// Every packed row begins with one byte that tells its format, so that a later
// program can read what an earlier one wrote.

// errCorrupt is wrapped where a row cannot be unpacked.
var errCorrupt = errors.New("row cannot be read; it is damaged or of a later format")

// A packer appends to b.
type packer struct{ b []byte }

func (p *packer) byte(v byte)     { p.b = append(p.b, v) }
func (p *packer) uint(v uint64)   { p.b = binary.AppendUvarint(p.b, v) }
func (p *packer) int(v int64)     { p.b = binary.AppendVarint(p.b, v) }
func (p *packer) string(s string) { p.uint(uint64(len(s))); p.b = append(p.b, s...) }

func (p *packer) strings(ss []string) {
	p.uint(uint64(len(ss)))
	for _, s := range ss {
		p.string(s)
	}
}

// time packs t as seconds and nanoseconds; the zero time is one byte.
func (p *packer) time(t time.Time) {
	if t.IsZero() {
		p.byte(0)
		return
	}
	p.byte(1)
	p.int(t.Unix())
	p.uint(uint64(t.Nanosecond()))
}

// An unpacker takes from the front of s. After the first thing that is not
// there every method returns a zero value, and failed is true. Strings that it
// returns share the memory of s.
type unpacker struct {
	s      string
	failed bool
}

func (u *unpacker) fail() { u.s, u.failed = "", true }

func (u *unpacker) byte() byte {
	if u.s == "" {
		u.fail()
		return 0
	}
	v := u.s[0]
	u.s = u.s[1:]
	return v
}

func (u *unpacker) uint() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b := u.byte()
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	u.fail()
	return 0
}

// count takes a number of things that follow, each of at least one byte.
func (u *unpacker) count() int {
	v := u.uint()
	if v > uint64(len(u.s)) {
		u.fail()
		return 0
	}
	return int(v)
}

// small takes a number of at most 32 bits.
func (u *unpacker) small() uint32 {
	v := u.uint()
	if v > math.MaxUint32 {
		u.fail()
		return 0
	}
	return uint32(v)
}

func (u *unpacker) int() int64 {
	v := u.uint()
	return int64(v>>1) ^ -int64(v&1)
}

func (u *unpacker) string() string {
	n := u.count()
	v := u.s[:n]
	u.s = u.s[n:]
	return v
}

func (u *unpacker) strings() []string {
	n := u.count()
	if n == 0 {
		return nil
	}
	ss := make([]string, 0, min(n, 256))
	for range n {
		ss = append(ss, u.string())
	}
	return ss
}

func (u *unpacker) time() time.Time {
	if u.byte() == 0 {
		return time.Time{}
	}
	sec := u.int()
	return time.Unix(sec, int64(u.small())).UTC()
}

// end returns an error if anything failed or is left over.
func (u *unpacker) end() error {
	if u.failed || u.s != "" {
		return errCorrupt
	}
	return nil
}
