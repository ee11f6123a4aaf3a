//go:build !linux

package bolt

func letGo(at, size uintptr) {}
