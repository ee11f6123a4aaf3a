package bolt

import "go.etcd.io/bbolt"

const (
	passBytes = 32 << 20 // that scans and commits go through before the pages of the file are let go
	pageSize  = 4 << 10  // of the file, mostly
)

// pass notes that so many bytes of the file were gone through in tx, which is open.
//
// Whatever page of the file was once looked at stays part of the resident memory
// of the process: after a scan of all rows, the whole file. Such pages are let go
// every 32 MB; the system goes on holding them for as long as it has room, and a
// page that is looked at again costs a fault, without a read of the disk. Single
// rows and some rows of a range, as readers ask for them, do not count.
func (s *Store) pass(tx *bbolt.Tx, bytes int) {
	n := s.passed.Add(int64(bytes))
	if n >= passBytes && s.passed.CompareAndSwap(n, 0) {
		letGo(tx.DB().Info().Data, uintptr(tx.Size())) // the file stays mapped there while tx is open
	}
}
