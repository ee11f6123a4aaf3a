package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// The layout of bbolt's pages. Numbers are in the byte order of the machine.
const (
	pageHeader  = 16 // id (8 bytes), flags (2), count (2), overflow (4)
	elementSize = 16 // of a branch: pos (4), key's length (4), page (8); of a leaf: flags, pos, key's and value's length (4 each)

	branchFlag   = 0x01
	leafFlag     = 0x02
	freelistFlag = 0x10
	bucketFlag   = 0x01 // of an element of a leaf

	bucketHeader = 16       // root (8), sequence (8); with root 0 a page of its own follows
	maxNode      = 4 << 20  // bytes of a page with those that it goes on in; splits keep it below
	maxFreelist  = 64 << 20 // likewise
)

// Pages are those of a file, read one by one and believed nothing: bbolt itself
// follows whatever a damaged page says, perhaps in a circle and for ever.
type pages struct {
	file     io.ReaderAt
	size     int    // bytes of a page
	high     uint64 // pages in use, those that are free included
	root     uint64 // the page of the root bucket
	freelist uint64
	headers  int // of the two that can be read

	seen, free []uint64          // a bit for each page
	ctx        context.Context   // nil: goes on to the end
	note       func(what string) // is told what is wrong
	leaf       func(bucket string, key, value []byte)
	page       func() // called for each page of a tree; nil: nothing is
}

func has(set []uint64, id uint64) bool { return set[id/64]>>(id%64)&1 == 1 }
func mark(set []uint64, id uint64)     { set[id/64] |= 1 << (id % 64) }

// readPages reads the headers of a file.
func readPages(file *os.File) (*pages, error) {
	head := make([]byte, maxPageSize+metaOffset+metaBytes)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	m, sound := newestHeader(head[:n])
	if sound == 0 {
		return nil, errNoHeader
	}
	p := &pages{file: file, size: int(m.pageSize), high: m.pages, root: m.root, freelist: m.freelist, headers: sound}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if p.size < 512 || p.high < 4 {
		return nil, errNoHeader
	}
	if p.high > uint64(info.Size())/uint64(p.size) {
		return nil, fmt.Errorf("truncated store: %d bytes of %d", info.Size(), p.high*uint64(p.size))
	}
	p.seen, p.free = make([]uint64, p.high/64+1), make([]uint64, p.high/64+1)
	p.note = func(string) {}
	p.leaf = func(string, []byte, []byte) {}
	return p, nil
}

// A node is a page of a tree, or one within a bucket's value.
type node struct {
	where string // for what is noted
	flags uint16
	count int
	b     []byte // all of it
}

// An element is one of a node: a value under a key, or a page and its first key.
type element struct {
	flags      uint32
	child      uint64
	key, value []byte
}

// read returns a page and those that it goes on in, which then have been seen.
func (p *pages) read(id uint64, most int) (node, error) {
	if id < 2 || id >= p.high {
		return node{}, fmt.Errorf("page %d is none of the file", id)
	}
	if has(p.seen, id) {
		return node{}, fmt.Errorf("page %d is used twice", id)
	}
	mark(p.seen, id)
	b := make([]byte, p.size)
	if _, err := p.file.ReadAt(b, int64(id)*int64(p.size)); err != nil {
		return node{}, fmt.Errorf("page %d: %w", id, err)
	}
	own, more := binary.NativeEndian.Uint64(b), uint64(binary.NativeEndian.Uint32(b[12:]))
	if own != id {
		return node{}, fmt.Errorf("page %d says that it is page %d", id, own)
	}
	if id+more >= p.high || int(more+1)*p.size > most {
		return node{}, fmt.Errorf("page %d goes on in %d more", id, more)
	}
	for i := id + 1; i <= id+more; i++ {
		if has(p.seen, i) {
			return node{}, fmt.Errorf("page %d is used twice", i)
		}
		mark(p.seen, i)
	}
	if more > 0 {
		b = append(b, make([]byte, int(more)*p.size)...)
		if _, err := p.file.ReadAt(b[p.size:], int64(id+1)*int64(p.size)); err != nil {
			return node{}, fmt.Errorf("page %d: %w", id, err)
		}
	}
	return newNode(fmt.Sprintf("page %d", id), b), nil
}

func newNode(where string, b []byte) node {
	return node{where, binary.NativeEndian.Uint16(b[8:]), int(binary.NativeEndian.Uint16(b[10:])), b}
}

// elements returns those that lie within the node, and an error if it is not as
// bbolt writes one: keys and values follow on each other right behind the
// elements, so that a wrong number of elements shows.
func (n node) elements() (es []element, err error) {
	u32 := binary.NativeEndian.Uint32
	next := pageHeader + n.count*elementSize
	if next > len(n.b) {
		return nil, fmt.Errorf("%s has %d elements", n.where, n.count)
	}
	for i := range n.count {
		at := pageHeader + i*elementSize
		e := n.b[at:]
		var el element
		var pos, klen, vlen uint32
		if n.flags == branchFlag {
			pos, klen, el.child = u32(e), u32(e[4:]), binary.NativeEndian.Uint64(e[8:])
		} else {
			el.flags, pos, klen, vlen = u32(e), u32(e[4:]), u32(e[8:]), u32(e[12:])
		}
		from, end := at+int(pos), at+int(pos)+int(klen)+int(vlen)
		if from != next || klen == 0 {
			err = fmt.Errorf("element %d of %s is not where it should be", i, n.where)
		}
		if end > len(n.b) {
			err = fmt.Errorf("element %d of %s reaches beyond it", i, n.where)
			continue
		}
		next = end
		el.key, el.value = n.b[from:from+int(klen)], n.b[from+int(klen):end]
		es = append(es, el)
	}
	return es, err
}

// all walks the whole file: the free pages, and the trees of all buckets.
func (p *pages) all() (freeKnown bool) {
	freeKnown = p.readFree()
	p.buckets()
	return freeKnown
}

// readFree reads which pages are free.
func (p *pages) readFree() bool {
	n, err := p.read(p.freelist, maxFreelist)
	if err == nil && n.flags != freelistFlag {
		err = fmt.Errorf("%s is not the list of free pages", n.where)
	}
	if err != nil {
		p.note(err.Error())
		return false
	}
	ids := n.b[pageHeader:]
	count := uint64(n.count)
	if count == 0xffff {
		count, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		p.note(fmt.Sprintf("%s lists %d free pages", n.where, count))
		return false
	}
	last := uint64(1)
	for i := range count {
		id := binary.NativeEndian.Uint64(ids[8*i:])
		if id <= last || id >= p.high {
			p.note(fmt.Sprintf("%s lists page %d as free behind page %d", n.where, id, last))
			return false
		}
		mark(p.free, id)
		last = id
	}
	return true
}

// buckets walks the tree of the root bucket, and those of the buckets in it.
func (p *pages) buckets() {
	leaf := p.leaf
	type bucket struct {
		name  string
		value []byte
	}
	var found []bucket
	p.tree(p.root, nil, nil, func(e element) {
		if e.flags != bucketFlag || len(e.value) < bucketHeader {
			p.note(fmt.Sprintf("%q is no bucket", e.key))
			return
		}
		found = append(found, bucket{string(e.key), e.value})
	})
	for _, b := range found {
		each := func(e element) {
			if e.flags != 0 {
				p.note(fmt.Sprintf("the entry %q of bucket %q has a mark that it should not have", e.key, b.name))
			}
			leaf(b.name, e.key, e.value)
		}
		if root := binary.NativeEndian.Uint64(b.value); root != 0 {
			p.tree(root, nil, nil, each)
		} else if len(b.value) < bucketHeader+pageHeader {
			p.note(fmt.Sprintf("bucket %q is cut off", b.name))
		} else {
			p.node(newNode(fmt.Sprintf("bucket %q", b.name), b.value[bucketHeader:]), nil, nil, each)
		}
	}
}

// used reads a page of a tree, and reports whether it could.
func (p *pages) used(id uint64) (node, bool) {
	n, err := p.read(id, maxNode)
	if err != nil {
		p.note(err.Error())
		return n, false
	}
	if has(p.free, id) {
		p.note(fmt.Sprintf("page %d is in use and listed as free", id))
	}
	return n, true
}

// tree walks the tree below a page, whose keys are from, or behind it, and before
// to, where that is not nil.
func (p *pages) tree(id uint64, from, to []byte, each func(element)) {
	if p.ctx != nil && p.ctx.Err() != nil {
		return
	}
	n, ok := p.used(id)
	if !ok {
		return
	}
	if p.page != nil {
		p.page()
	}
	p.node(n, from, to, each)
}

func (p *pages) node(n node, from, to []byte, each func(element)) {
	if n.flags != branchFlag && n.flags != leafFlag {
		p.note(fmt.Sprintf("%s is of no kind that a tree has", n.where))
		return
	}
	es, err := n.elements()
	if err != nil {
		p.note(err.Error())
	}
	if n.flags == branchFlag && len(es) == 0 {
		p.note(fmt.Sprintf("%s leads nowhere", n.where))
	}
	for i, e := range es {
		if c := bytes.Compare(e.key, from); c < 0 || i > 0 && c == 0 || to != nil && bytes.Compare(e.key, to) >= 0 {
			p.note(fmt.Sprintf("the keys of %s are out of order", n.where))
		}
		from = e.key
		if n.flags == leafFlag {
			each(e)
			continue
		}
		end := to
		if i+1 < len(es) {
			end = es[i+1].key
		}
		p.tree(e.child, e.key, end, each)
	}
}

// unseen calls f for each page that is neither in a tree nor free.
func (p *pages) unseen(f func(id uint64)) {
	for id := uint64(2); id < p.high; id++ {
		if !has(p.seen, id) && !has(p.free, id) {
			f(id)
		}
	}
}

// branches looks at the pages that lead to others alone, of which there are few:
// whether each page is used once and is not free, so that no reader goes round in
// a circle and no writer writes over what is in use. All leaves of a tree are at
// one depth; so whether the first child leads on tells it of all.
func (p *pages) branches() {
	p.readFree()
	roots := []uint64{}
	p.tree(p.root, nil, nil, func(e element) {
		if len(e.value) >= bucketHeader {
			if root := binary.NativeEndian.Uint64(e.value); root != 0 {
				roots = append(roots, root)
			}
		}
	})
	for _, id := range roots {
		p.branch(id)
	}
}

func (p *pages) branch(id uint64) {
	if !p.leads(id) {
		p.leafPage(id)
		return
	}
	n, ok := p.used(id)
	if !ok {
		return
	}
	es, err := n.elements()
	if err != nil {
		p.note(err.Error())
	}
	on := len(es) > 0 && p.leads(es[0].child)
	for _, e := range es {
		if on {
			p.branch(e.child)
		} else {
			p.leafPage(e.child)
		}
	}
}

// leafPage takes a page for a leaf, without reading it.
func (p *pages) leafPage(id uint64) {
	switch {
	case id < 2 || id >= p.high:
		p.note(fmt.Sprintf("page %d is none of the file", id))
	case has(p.seen, id):
		p.note(fmt.Sprintf("page %d is used twice", id))
	case has(p.free, id):
		p.note(fmt.Sprintf("page %d is in use and listed as free", id))
	default:
		mark(p.seen, id)
	}
}

// leads reports whether a page leads to others.
func (p *pages) leads(id uint64) bool {
	b := make([]byte, pageHeader)
	if id < 2 || id >= p.high {
		return false
	}
	_, err := p.file.ReadAt(b, int64(id)*int64(p.size))
	return err == nil && binary.NativeEndian.Uint16(b[8:]) == branchFlag
}
