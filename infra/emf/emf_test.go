package emf

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPut(t *testing.T) {
	var b bytes.Buffer
	l := New(&b, "akin", map[string]string{"Stack": "news"})
	l.now = func() time.Time { return time.UnixMilli(1_700_000_000_123) }
	if err := l.Put(map[string]Metric{"Pending": {3, Count}, "GenerationAge": {86400.5, Seconds}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Put(nil); err != nil {
		t.Fatal(err)
	}
	// The form is that of CloudWatch's specification of the format.
	want := `{"GenerationAge":86400.5,"Pending":3,"Stack":"news","_aws":{"CloudWatchMetrics":[{"Dimensions":[["Stack"]],` +
		`"Metrics":[{"Name":"GenerationAge","Unit":"Seconds"},{"Name":"Pending","Unit":"Count"}],"Namespace":"akin"}],"Timestamp":1700000000123}}` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("line mismatch (-want +got):\n%s", diff)
	}
}

func TestPutRefuses(t *testing.T) {
	var b bytes.Buffer
	l := New(&b, "akin", map[string]string{"Stack": "news"})
	for name, m := range map[string]Metric{"Stack": {1, Count}, "Rate": {math.NaN(), Count}} {
		if err := l.Put(map[string]Metric{name: m}); err == nil {
			t.Errorf("metric %s of %v is taken", name, m.Value)
		}
	}
	if b.Len() > 0 {
		t.Errorf("refused metrics are written: %s", &b)
	}
}
