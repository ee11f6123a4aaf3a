package entry

import (
	"bufio"
	"errors"
	"io"

	"akin/recommend"
)

// ErrTooLong says that a record is over [recommend.MaxLine]. It was skipped.
var ErrTooLong = errors.New("line too long")

// Lines reads a file line by line.
type Lines struct {
	R   *bufio.Reader
	N   int // number of the last line read, from 1
	buf []byte
}

// Next returns the next line without its end, which is LF or CR LF. It is good
// until the call after. The error is io.EOF behind the last line, [ErrTooLong]
// for a line that was skipped, or the file's; then what came of the line is
// dropped.
func (l *Lines) Next() ([]byte, error) {
	l.N++
	l.buf = l.buf[:0]
	long := false
	for {
		part, err := l.R.ReadSlice('\n')
		whole := err == nil
		if whole {
			part = part[:len(part)-1]
		}
		if len(l.buf)+len(part) > recommend.MaxLine+1 { // 1: a CR
			long, l.buf = true, l.buf[:0]
		}
		switch {
		case long:
		case whole && len(l.buf) == 0:
			return l.trim(part)
		default:
			l.buf = append(l.buf, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && !long && len(l.buf) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, err
		case long:
			return nil, ErrTooLong
		}
		return l.trim(l.buf)
	}
}

func (l *Lines) trim(line []byte) ([]byte, error) {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if len(line) > recommend.MaxLine {
		return nil, ErrTooLong
	}
	return line, nil
}
