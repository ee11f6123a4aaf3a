package bolt

import "syscall"

// letGo takes the pages of the mapped file at an address out of the memory of the
// process. That they stay is no error: it is a matter of memory only.
func letGo(at, size uintptr) {
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, at, size, syscall.MADV_DONTNEED)
}
