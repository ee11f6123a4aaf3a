package entry

import (
	"io"
	"strings"
	"testing"
)

// What is larger than its bound is an error where the bound is passed, not a
// file that seems to end.
func TestAnswerIsBounded(t *testing.T) {
	f := bounded{body: io.NopCloser(strings.NewReader("12345")), left: 4}
	if b, err := io.ReadAll(&f); err != errTooLarge {
		t.Errorf("read %q, %v, want %v", b, err, errTooLarge)
	}
	f = bounded{body: io.NopCloser(strings.NewReader("1234")), left: 4}
	if b, err := io.ReadAll(&f); err != nil || string(b) != "1234" {
		t.Errorf("read %q, %v", b, err)
	}
}
