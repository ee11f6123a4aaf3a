// Package emf writes metrics as log lines in CloudWatch's embedded metric
// format: CloudWatch makes metrics of them as it takes in the log, so that
// nothing is sent while a request waits.
package emf

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Unit says what a value counts, in CloudWatch's words.
type Unit string

const (
	Count        Unit = "Count"
	Seconds      Unit = "Seconds"
	Milliseconds Unit = "Milliseconds"
)

// A Metric is one value.
type Metric struct {
	Value float64
	Unit  Unit
}

// A Log writes metrics of one namespace under fixed dimensions. It is safe for
// concurrent use.
type Log struct {
	namespace  string
	dimensions map[string]string
	now        func() time.Time

	mu sync.Mutex
	w  io.Writer
}

// New returns a Log that writes to w. Every combination of dimensions is a
// metric of its own that costs money: keep them few.
func New(w io.Writer, namespace string, dimensions map[string]string) *Log {
	return &Log{w: w, namespace: namespace, dimensions: maps.Clone(dimensions), now: time.Now}
}

// Put writes one line with all metrics, by their names; no metrics are no line.
// A name must not be that of a dimension.
func (l *Log) Put(metrics map[string]Metric) error {
	if len(metrics) == 0 {
		return nil
	}
	type definition struct {
		Name string
		Unit Unit
	}
	line := map[string]any{}
	for name, value := range l.dimensions {
		line[name] = value
	}
	var definitions []definition
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		if _, taken := line[name]; taken {
			return fmt.Errorf("metric %q has the name of a dimension", name)
		}
		definitions = append(definitions, definition{name, metrics[name].Unit})
	}
	for name, m := range metrics {
		line[name] = m.Value
	}
	line["_aws"] = map[string]any{
		"Timestamp": l.now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace":  l.namespace,
			"Dimensions": [][]string{slices.Sorted(maps.Keys(l.dimensions))},
			"Metrics":    definitions,
		}},
	}
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("metrics: %w", err) // a value that is not a number
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err = l.w.Write(append(b, '\n'))
	return err
}
