package feed

import "akin/infra/feed/entry"

const byteOrderMark = "\xef\xbb\xbf" // of UTF-8

// errTooLong says that a record is over [recommend.MaxLine]. It was skipped.
var errTooLong = entry.ErrTooLong

type lines = entry.Lines
