package tools

import (
	"fmt"
	"os"
	"testing"
)

// Budget tells what something takes of what it may take, in the log of the test
// and in the file that AKIN_BUDGETS names, if it names one: .ci/run prints it.
func Budget(t testing.TB, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	t.Log(line)
	name := os.Getenv("AKIN_BUDGETS")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(line + "\n")
		if closed := f.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		t.Error(err)
	}
}
